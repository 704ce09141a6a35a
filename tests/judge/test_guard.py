"""The guard: what would be lost, held against a slow and obvious alignment; each kind of loss and of furniture."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.judge import _furniture, _weight
from dedupe.judge.content import ParagraphText
from dedupe.judge.guard import Coverage, guard
from dedupe.judge.policy import Policy
from dedupe.text.tokens import normalize_ascii
from tests.promised import broken
from tests.texts import ARTICLE, SENTENCES

POLICY = Policy()
BRIDGE = "The old bridge over the Lune will be closed from the first week of May until the end of the year"
"""Twenty words and one."""


def coverage(duplicate: str, original: str, *nearby: str, level: str = "default") -> Coverage:
    policy = Policy(level)  # type: ignore[arg-type]  # one of three
    return guard(ParagraphText(duplicate), [ParagraphText(original)], [ParagraphText(one) for one in nearby], policy)


def loss_of(duplicate: str, original: str, *nearby: str) -> str:
    found = coverage(duplicate, original, *nearby)
    return f"{found.loss.kind}: {' '.join(found.loss.words)}" if found.loss else ""


@given(st.text("aAbB1 .\n-“”!_·", max_size=14))
def test_a_word_is_capitalised_as_it_is_among_all_words_of_the_text(text: str) -> None:
    plain = normalize_ascii(text)
    assert plain is not None
    found = _weight.capitalised(text)
    for word in {*plain.split(), "ab", "1"}:
        assert _weight.is_capitalised(word, text, plain) == found.get(word)


@given(st.text("aAbB1 .,@#_+-“–\n", max_size=14))
def test_no_code_is_overlooked_where_a_text_cannot_have_one(text: str) -> None:
    assert _weight.may_have_codes(text) or not _weight.codes(text)
    assert _weight.may_have_identifiers(text) or not _weight.identifiers(text)


@pytest.mark.parametrize("mark", [":", " :", "|", " –", "：", " »"])
@pytest.mark.parametrize("length", [1, 23, 24, 25])
def test_the_two_words_of_a_label_may_have_24_characters_each(length: int, mark: str) -> None:
    label = f"{'a' * length} {'b' * length}{mark} "
    assert _furniture.label_end(f"{label}the ferry leaves") == (len(label) if length <= 24 else 0)


WORDS = ["the", "old", "bridge", "was", "not", "5", "-5", "5 %", "$5", "€5", "in", "Rome", "Lune", "km", "miles"]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=400)
def test_the_guard_agrees_with_a_slow_alignment(words: list[str], chance: random.Random) -> None:
    edited = list(words)
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(edited) + 1)
        edited[at : at + chance.randint(0, 2)] = chance.sample(WORDS, chance.randint(0, 2))
    before, after = "So " + " ".join(words), "So " + " ".join(edited)
    if not coverage(before, after).loss:
        assert not broken(before, after, [])


def test_a_paragraph_that_stands_whole_in_another_loses_nothing() -> None:
    found = coverage(
        "the bridge will be closed", f"As of now the bridge will stay, but {BRIDGE}, the bridge will be closed."
    )
    assert (found.kind, found.share, found.differing) == ("contained", 1.0, ())
    assert coverage(BRIDGE, BRIDGE.upper()).kind == "exact"


@pytest.mark.parametrize(
    ("duplicate", "original", "expected"),
    [
        ("It rose by 5 million in the year.", "It rose by 6 million in the year.", "number: 5"),
        ("It rose by 5 million in the year.", "It rose by -5 million in the year.", "sign: 5"),
        ("It rose by −5 million in the year.", "It rose by 5 million in the year.", "sign: -5"),
        ("It rose by 5 % in the year.", "It rose by 5 in the year.", "sign: %5"),
        ("It rose by 5 in the year.", "It rose by 5% in the year.", "sign: 5"),
        ("It cost $5 in the first year.", "It cost €5 in the first year.", "sign: $5"),
        ("Es kostete 5 € im ersten Jahr.", "Es kostete 5 £ im ersten Jahr.", "sign: €5"),
        ("It lies 5 km from the old town.", "It lies 5 miles from the old town.", "unit: km"),
        ("Il est à 5 km de la vieille ville.", "Il est à 5 de la vieille ville.", "unit: km"),
        ("It cost 5 million crowns in all.", "It cost 5 million dollars in all.", "unit: crowns"),
        ("Het kostte 5 miljoen kronen in totaal.", "Het kostte 5 miljoen pond in totaal.", "unit: kronen"),
        ("It cost five million crowns.", "It cost five billion crowns.", "number: million"),
        ("Il a coûté 2 millions d’euros en tout.", "Il a coûté 2 millions de francs en tout.", "unit: euros"),
        ("It cost five million crowns in all.", "It cost five million dollars in all.", "unit: crowns"),
        ("Then the mayor met Ann in the town.", "Then the mayor met Bob in the town.", "name: ann"),
        ("Потом мэр встретил Анну в городе.", "Потом мэр встретил Веру в городе.", "name: анну"),
        ("市长在会上说李明昨天没有来过这里。", "市长在会上说王明昨天没有来过这里。", "name: 李"),
        ("The bridge was not closed at the time.", "The bridge was now closed at the time.", "negation: not"),
        ("Die Brücke war nicht gesperrt an dem Tag.", "Die Brücke war gesperrt an dem Tag.", "negation: nicht"),
        ("Le pont ne sera pas fermé cette année.", "Le pont sera fermé cette année.", "negation: ne pas"),
        (
            "Call toInteger on every value of the list.",
            "Call ToInteger on every value of the list.",
            "identifier: toInteger",
        ),
        ("Call to_integer on every value of it.", "Call TO_INTEGER on every value of it.", "identifier: to_integer"),
        ("It was a big surprise for all of us.", "It was a heavy surprise for all of us.", "words: big"),
        (
            "Temperatures fell below 五 degrees that night.",
            "Temperatures fell below 六 degrees that night.",
            "number: 五",
        ),
    ],
)
def test_a_loss_is_named(duplicate: str, original: str, expected: str) -> None:
    found = loss_of(duplicate, original)
    assert found.split(" ")[:2] == expected.split(" ")[:2]
    assert coverage(duplicate, original).kind == "variant"


def test_a_word_of_no_weight_in_twenty_may_go() -> None:
    other = BRIDGE.replace("old ", "")
    found = coverage(BRIDGE, other)
    assert (found.kind, found.differing, found.loss) == ("near", ("old",), None)
    assert loss_of(BRIDGE.replace("until the end of the year", "on"), other) == "words: old on"
    assert loss_of(BRIDGE, BRIDGE.replace("old", "big")) == "words: old"
    assert coverage(BRIDGE, other, level="conservative").loss
    assert str(coverage("It was a big surprise.", "It was a heavy surprise.").loss) == "a word is replaced: big / heavy"
    assert str(coverage("It rose by 5 in all.", "It rose by 6 in all.").loss) == "a number differs: 5 / 6"


POLISH = "Most zostanie zamknięty od pierwszego tygodnia maja"
LONG = f"{BRIDGE}. “I am glad,” the mayor told the paper on the phone, and would say no more."
NAMED = "The mayor is Ann Lee, said to be a cautious woman."
UNPAID = "Nobody was asked, and nobody is to be paid for the 5 boats that lie above it"
QUOTED = "We cannot say today when the bridge will be open again to those who live there"
TOLD = "told the paper on Monday that the bridge will not be open again before the end of May"


@pytest.mark.parametrize(
    ("duplicate", "original", "nearby"),
    [
        ("“I am glad,” said Ann Lee, the mayor.", LONG, [NAMED]),
        (f"Lune: {BRIDGE}.", f"{BRIDGE}.", []),
        (f"Video: {BRIDGE}", BRIDGE, []),
        (f"Mehr dazu: {BRIDGE}", BRIDGE, []),
        (f"WATCH | {BRIDGE}", BRIDGE, []),
        (f"写真：{BRIDGE}", BRIDGE, []),
        (f"Video 02:13 {BRIDGE}", BRIDGE, []),
        (f"1:02:13 {BRIDGE}", BRIDGE, []),
        (f"{BRIDGE} (02:13)", BRIDGE, []),
        (f"{BRIDGE}. (Photo: Ann Lee/AP)", f"{BRIDGE}.", []),
        (f"{BRIDGE}. (Ann Lee)", f"{BRIDGE}.", []),
        (f"{BRIDGE}. [© Ann Lee, 2019]", f"{BRIDGE}.", []),
        (f"{BRIDGE} | Lune News", BRIDGE, []),
        (f"{BRIDGE} | AP photo", BRIDGE, []),
        (f"{BRIDGE} | Ann Lee/Lune Photos; Bob Ray", BRIDGE, []),
        (f"{BRIDGE}... Read more", f"{BRIDGE}, the town said on Monday.", []),
        (f"{BRIDGE} https://t.co/VsruD0r8FR", BRIDGE, []),
        (f"{BRIDGE} https://t.co/VsruD0r8FR and the ferry goes", f"{BRIDGE} and the ferry goes", []),
        (
            f"{BRIDGE} www.example.com/5/no?t=7 and so will the ferry... Read more",
            f"{BRIDGE} and so will the ferry be.",
            [],
        ),
        (
            f"{BRIDGE} (https://example.com/not/5t) said the town. — Ann Lee (@ann_lee) May 2, 2022",
            f"{BRIDGE} said the town.",
            [NAMED],
        ),
        ("Мост через реку закроют https://t.co/5tNe до конца года.", "Мост через реку закроют до конца года.", []),
        (
            f"{POLISH} pic.twitter.com/Nie5t do samej wiosny przyszłego roku.",
            f"{POLISH} do samej wiosny przyszłego roku.",
            [],
        ),
        ("这座桥从五月起将关闭https://t.co/5tNe直到年底为止", "这座桥从五月起将关闭直到年底为止", []),
        (f"{BRIDGE} pic.example.com/abc — Ann Lee (@ann_lee) May 2, 2022", f"{BRIDGE}.", [NAMED]),
        (f"{BRIDGE}. {UNPAID}!", f"“{BRIDGE},” he wrote.", [f"“{UNPAID},” he added."]),
        (f"{BRIDGE}. {UNPAID}! — Ann Lee (@ann_lee) May 2, 2022", f"“{BRIDGE},” she wrote.", [f"“{UNPAID}.”", NAMED]),
        (f"{QUOTED} Ann Lee", f"“{QUOTED},” she said.", [NAMED]),
        (f"{QUOTED} Ann Lee, mayor", f"“{QUOTED} and work there.”", [NAMED]),
        (f"Ann Lee {TOLD}.", f"She {TOLD}.", [NAMED]),
        (f"“It is so,” Ann Lee {TOLD}.", f"“It is so,” the mayor {TOLD}.", [NAMED]),
    ],
)
def test_words_nearby_and_furniture_may_be_removed(duplicate: str, original: str, nearby: list[str]) -> None:
    assert coverage(duplicate, original, *nearby).loss is None
    assert coverage(duplicate, original, *nearby, level="conservative").loss


@pytest.mark.parametrize(
    ("duplicate", "original", "nearby"),
    [
        ("“I am glad,” said Ann Lee, the mayor.", LONG, []),  # nobody names her
        ("“I am glad,” said Ann Lee.", "“I am glad,” said Bob Ray.", [NAMED]),  # another said it
        ("The train leaves the town at 12:30", "The train leaves the town at", []),  # a time, not of a player
        (f"At 12:30 {BRIDGE}", BRIDGE, []),
        (f"Um 12:30 {BRIDGE}", BRIDGE, []),
        (f"Update at 12:30 {BRIDGE}", BRIDGE, []),
        (f"12:30 p.m. {BRIDGE}", BRIDGE, []),
        (f"Updated 12:30PM {BRIDGE}", BRIDGE, []),
        (f"Stand 12:30 Uhr {BRIDGE}", BRIDGE, []),
        (f"Update 12:30 EDT {BRIDGE}", BRIDGE, []),
        (f"12:30, {BRIDGE}", BRIDGE, []),
        (f"Video 02:13 {BRIDGE}", f"Video 03:13 {BRIDGE}", []),  # another video
        (f"{BRIDGE} (02:13)", f"{BRIDGE} (03:13)", []),
        (f"{BRIDGE}. [© Ann Lee, 2019]", f"{BRIDGE}. [© Ann Lee, 2018]", []),
        (f"{BRIDGE} (5 dead)", BRIDGE, []),
        (f"{BRIDGE} (not true)", BRIDGE, []),
        (f"{BRIDGE} | Lune Photos The mayor goes home", BRIDGE, []),  # a headline behind a credit
        (f"No: {BRIDGE}", BRIDGE, []),
        (f"Part 2: {BRIDGE}", BRIDGE, []),
        ("Three workers were taken to hospital.", "Two workers were taken to hospital.", ["It was in three villages."]),
        ("The bridge was not closed at the time.", "The bridge was closed at the time.", ["It is not known."]),
        ("It rose by 5 million in the year.", "It rose by 6 million in the year.", ["There were 5 of them."]),
        (f"{BRIDGE} — Ann Lee (@ann_lee) May 2, 2022", f"{BRIDGE}.", []),
        (f"{BRIDGE}: see https://example.com/5 for it.", f"{BRIDGE}: see for it.", []),  # neither a post nor a teaser
        (f"{BRIDGE} https://t.co/VsruD0r8FR", f"{BRIDGE} https://t.co/7dru50r8", []),  # another picture
        (f"{BRIDGE} https://t.co/VsruD0r8FR not so", f"{BRIDGE} so", []),
        (f"{BRIDGE}. {UNPAID}!", f"{BRIDGE}.", [UNPAID.replace("is to be", "is not to be")]),  # denied
        (f"{BRIDGE}. {UNPAID}!", f"{BRIDGE}.", [UNPAID[:30], UNPAID[30:]]),  # in pieces
        (f"{QUOTED} Ann Lee", f"“{QUOTED},” Bob Ray said.", [NAMED]),  # another said it
        ("The prize for the best boat goes to Ann Lee.", "The prize for the best boat goes to a child.", [NAMED]),
        (f"{BRIDGE} for Ann Lee to see.", f"{BRIDGE} for us to see.", [NAMED]),
        (f"Ann Lee {TOLD}.", f"Bob Ray {TOLD}.", [NAMED]),
        (f"Ann Lee {TOLD}.", f"Nobody {TOLD}.", [NAMED]),
        ("Ann Lee had a boat.", "She had a boat.", [NAMED]),  # a sentence that may be said of anybody
    ],
)
def test_words_that_only_look_like_furniture_stay(duplicate: str, original: str, nearby: list[str]) -> None:
    assert coverage(duplicate, original, *nearby).loss


@pytest.mark.parametrize(
    ("duplicate", "original"),
    [
        ("They were told on Monday that it would be closed.", "They were not told on Monday that it would be closed."),
        ("Sie wurden am Montag gewarnt.", "Sie wurden am Montag nicht gewarnt."),
        ("Les riverains du port ont été prévenus lundi.", "Les riverains du port n'ont pas été prévenus lundi."),
    ],
)
def test_a_negation_of_the_original_is_a_loss(duplicate: str, original: str) -> None:
    loss_of = coverage(duplicate, original).loss
    assert loss_of is not None
    assert loss_of.kind == "negation"


def test_a_clause_with_a_negation_may_be_left_out() -> None:
    original = "The bridge over the river, which nobody had thought would last, was closed by the harbour authority."
    assert coverage("The bridge over the river was closed by the harbour authority.", original).loss is None


@pytest.mark.parametrize("link", ["https://t.co/VsruD0r8FR", "pic.twitter.com/5nE0t"])
def test_a_link_in_the_middle_of_a_post_is_furniture(link: str) -> None:
    parts = [BRIDGE, "and the ferry goes back to its old berth in the harbour."]
    post = f"{parts[0]} {link} {parts[1]} — Ann Lee (@ann_lee) May 3, 2021"
    first = [ARTICLE[0], NAMED, " ".join(parts), *ARTICLE[1:]]
    second = [ARTICLE[0], NAMED, post, *ARTICLE[1:]]
    assert dedupe.clean("\n\n".join(first + second)) == "\n\n".join(first)


def test_several_paragraphs_may_be_the_original() -> None:
    parts = [BRIDGE + ".", "It was built in 1903 by the town itself, with stones of the old mill."]
    found = guard(ParagraphText(" ".join(parts)), [ParagraphText(part) for part in parts], (), POLICY)
    assert (found.kind, found.share) == ("contained", 1.0)


@pytest.mark.parametrize("sign", ["-5 million", "5 % of it", "$5", "€5", "5 °"])
@pytest.mark.parametrize("around", ["", " It went on, and nobody could say why, until the end of the long summer."])
def test_a_figure_with_another_sign_is_another_figure(sign: str, around: str) -> None:
    one = "The committee found on Tuesday that the account of the bridge had changed by {} since the first of May."
    plain = sign.strip("-$€").replace(" %", "").replace(" °", "")
    paragraphs = ["The bridge", one.format(plain), SENTENCES[5], one.format(sign) + around]
    for text in ("\n\n".join(paragraphs), "\n\n".join(reversed(paragraphs))):
        assert not dedupe.check(text).changed
    found = dedupe.corpus.check([("a", paragraphs[1]), ("b", paragraphs[3])])
    assert not any(one.action == "remove" for report in found for one in report.findings)


def test_identifiers_in_another_case_stay() -> None:
    rule = "Call {} on every value of the list before it is written, and say so in the minutes of the group."
    text = "\n\n".join(["The functions", rule.format("toInteger"), SENTENCES[0], rule.format("ToInteger")])
    assert dedupe.clean(text) == text
    assert "the case of an identifier differs: " in dedupe.check(text).findings[0].reason
    first = [*ARTICLE[:2], rule.format("toInteger"), *ARTICLE[2:]]
    other = [*ARTICLE[:2], rule.format("ToInteger"), *ARTICLE[2:]]
    assert dedupe.clean("\n\n".join(first * 2)) == "\n\n".join(first)
    assert dedupe.clean("\n\n".join(first + other)) == "\n\n".join([*first, other[2]])


def test_paragraphs_the_user_wants_removed_are_all_removed() -> None:
    quoted_lines = [
        "I went up this morning and bled the two radiators at the end of the corridor, which helped a little.",
        "They are old, and the valve of the second one turns only if you hold it with a cloth.",
    ]
    head = ["From: Ben", *quoted_lines, "", "From: Anna", "Thanks, it is warmer now.", "", "On Wednesday Ben wrote:"]
    quoted = [f"> {line}" for line in quoted_lines]
    deduper = dedupe.Deduper(dedupe.Options(remove_matching="^>"))
    assert deduper.check("\n".join([*head, *quoted])).text.split("\n") == head
    first = [*quoted, "", *head]
    assert [line for line in deduper.check("\n".join(first)).text.split("\n") if line] == [
        line for line in head if line
    ]
    changed = [*head, quoted[0].replace("two", "12")]
    assert deduper.check("\n".join(changed)).text.split("\n") == changed  # no original says what it says


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("33 of them were injured", "35 of them were injured", "a number differs: 33 / 35"),
        ("they were not told to stay home", "they were told to stay home", "a negation"),
        ("it was a heavy loss for the town", "it was a big loss for the town", "a word is replaced: heavy / big"),
        ("it was 5 million in all", "it was -5 million in all", "a sign differs: 5 / -5"),
        ("it was 5 km to the town", "it was 5 miles to the town", "a unit differs: km / miles"),
        ("it was Ann who told them", "it was Bob who told them", "a name differs: ann / bob"),
    ],
)
def test_a_finding_names_what_differs(one: str, other: str, reason: str) -> None:
    frame = "Residents said that {}, and nobody had asked them before it fell."
    report = dedupe.check("\n\n".join([frame.format(other), SENTENCES[8], frame.format(one)]))
    (found,) = (finding for finding in report.findings if finding.kind == "variant" and finding.lines == (5, 5))
    assert found.action == "flag"
    assert reason in found.reason


def test_a_contained_paragraph_has_a_containment_of_one() -> None:
    report = dedupe.check("\n\n".join([SENTENCES[5], SENTENCES[8], f"“{SENTENCES[0]}”"]))
    assert [(one.action, one.kind, one.containment) for one in report.findings] == [("remove", "contained", 1.0)]


@pytest.mark.parametrize("stop", [".", "!", "。", "؟", "۔", "।", "\u1362", "\u0589", "\u17d5"])
def test_a_paragraph_is_a_sentence_by_the_stops_of_every_script(stop: str) -> None:
    assert ParagraphText(f"A word {stop}").is_sentence
    assert ParagraphText(f"A word {stop}”").is_sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "On the last day of the fair the judge said that {} sued {} over the bridge by the mill, and the town paid",
        "In the spring of that long year {} and then {} asked the court for leave to sell the mill by the lane",
        "So {} {} left the mill, as the judge had asked of all who lived there, before the end of the week of May",
        "在五月的第一个星期里法院说{}起诉了{}并且要求镇上的人在年底之前把桥重新开放给所有的人使用",
    ],
)
def test_names_that_change_places_are_lost(sentence: str) -> None:
    names = ("李明", "王刚") if "法院" in sentence else ("Ann", "Bob")
    one, other = sentence.format(*names), sentence.format(*names[::-1])
    assert coverage(one, other).loss
    assert coverage(other, one, one.split()[0]).loss
    assert not coverage(one, f"{one}, as {names[0]} had told {names[1]} at the time").loss


def test_a_name_may_be_left_out_where_the_original_has_it_elsewhere() -> None:
    said = "The mayor said of Ann that the old bridge over the river would be closed by{} until the end of the year"
    assert coverage(said.format(" Ann"), said.format("")).loss is None
