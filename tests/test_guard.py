"""The guard: what would be lost, held against a slow and obvious alignment; each kind of loss and of furniture."""

import random
import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.judge.alignment import aligned
from dedupe.judge.content import Content
from dedupe.judge.guard import Account, guard
from dedupe.judge.policy import Policy
from dedupe.judge.weight import NEGATIONS
from tests import twins
from tests.texts import SENTENCES, nasty

NEAR = 3
STANDARD = Policy()
BRIDGE = "The old bridge over the Lune will be closed from the first week of May until the end of the year"
"""Twenty words and one."""


def account(duplicate: str, original: str, *beside: str, level: str = "default") -> Account:
    policy = Policy(level)  # type: ignore[arg-type]  # one of three
    return guard(Content(duplicate), [Content(original)], [Content(one) for one in beside], policy)


def lost(duplicate: str, original: str, *beside: str) -> str:
    found = account(duplicate, original, *beside)
    return f"{found.loss.kind}: {' '.join(found.loss.words)}" if found.loss else ""


# What is promised, computed anew from two texts.


def signed(text: str) -> list[str]:
    """Return the words of a text, those of figures with the signs that stand at them."""
    text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("٪", "%")
    found: list[str] = []
    for match in re.finditer(r"[^\s\w]?[^\s\w]?\s?\w+\s?[^\s\w]?", text):
        piece = match.group()
        words = twins.words(piece)
        signs = "".join(sorted(c for c in piece if c in "-+±<>≤≥≈~%‰°" or unicodedata.category(c) == "Sc"))
        digits = [word for word in words if any(c.isdigit() for c in word)]
        found += [signs + word if word in digits and signs_stand_at(piece) else word for word in words]
    return found


def signs_stand_at(piece: str) -> bool:
    return re.search(r"^[^\w]+\d|\d\s?[^\w]$", piece.strip()) is not None


def cheapest(mine: list[str], theirs: list[str], costs: list[int]) -> int:
    """Return what is lost of mine at least, each word at its cost, where theirs has the others in order."""
    row = [0] * (len(theirs) + 1)
    for word, cost in zip(mine, costs, strict=True):
        before = row
        row = [before[0] + cost]
        for at, other in enumerate(theirs, 1):
            row.append(min(before[at] + cost, row[-1], before[at - 1] if word == other else 1 << 40))
    return row[-1]


WEIGHTY = 1000


def broken(duplicate: str, original: str, beside: list[str], most: int = 5) -> bool:
    """Say whether more would be lost than is promised: words of weight, or too many, said nowhere near."""
    mine, theirs = signed(duplicate), signed(original)
    near = {word for text in [original, *beside] for word in signed(text)}
    inside = {
        word for match in re.finditer(r"(?<=[\w,;] )[A-ZÀ-Þ]\w*", duplicate) for word in twins.words(match.group())
    }
    costs = []
    for word in mine:
        weighty = word in inside or word in NEGATIONS or any(c.isnumeric() for c in word)
        costs.append(0 if word in near - set(theirs) else WEIGHTY if weighty else 1)
    return cheapest(mine, theirs, costs) > min(most, len(mine) // 20)


@given(nasty())
@settings(max_examples=200)
@example("We lost 5 million of them in the year before.\n\nWe lost -5 million of them in the year before.")
def test_nothing_of_weight_is_lost_as_recomputed_from_the_texts(text: str) -> None:
    report = dedupe.check(text)
    rows = [line for line in twins.lines(text) if line.strip()]
    numbers = [number for number, line in enumerate(twins.lines(text), 1) if line.strip()]
    removed = [one for one in report.findings if one.action == "remove"]
    gone = {numbers.index(one.lines[0]) for one in removed}
    for one in removed:
        mine = rows[numbers.index(one.lines[0])]
        first, last = (numbers.index(line) for line in one.original.lines)
        assert gone.isdisjoint(range(first, last + 1))
        around = range(max(0, first - NEAR), min(len(rows), last + NEAR + 1))
        beside = [rows[at] for at in around if at not in gone and not first <= at <= last]
        assert not broken(mine, " ".join(rows[first : last + 1]), beside)


WORDS = [
    "the",
    "old",
    "bridge",
    "was",
    "closed",
    "not",
    "5",
    "-5",
    "5 %",
    "$5",
    "€5",
    "in",
    "Rome",
    "Lune",
    "km",
    "miles",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=400)
def test_an_edited_paragraph_loses_what_the_slow_alignment_says(words: list[str], chance: random.Random) -> None:
    edited = list(words)
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(edited) + 1)
        edited[at : at + chance.randint(0, 2)] = chance.sample(WORDS, chance.randint(0, 2))
    mine, theirs = "So " + " ".join(words), "So " + " ".join(edited)
    if not account(mine, theirs).loss:
        assert not broken(mine, theirs, [])


@given(st.lists(st.sampled_from("abcde"), max_size=40), st.lists(st.sampled_from("abcde"), max_size=40))
def test_runs_are_of_equal_words_in_order(one: list[str], other: list[str]) -> None:
    a = b = 0
    for mine, theirs, size in aligned(one, other):
        assert mine >= a
        assert theirs >= b
        assert size > 0
        assert one[mine : mine + size] == other[theirs : theirs + size]
        a, b = mine + size, theirs + size
    if one and " ".join(one) in " ".join(other):
        assert aligned(one, other)[0][2] == len(one)


def test_long_paragraphs_are_held_together_by_what_stands_once_in_each() -> None:
    chance = random.Random(5)
    one = [str(chance.randrange(3000)) for _ in range(100_000)]
    other = [*one[:30_000], *(["new"] * 50), *one[30_500:70_000], "more", *one[70_000:]]
    other[0] = other[-1] = "end"
    assert sum(size for _, _, size in aligned(one, other)) == 100_000 - 500 - 2


def test_words_scattered_through_another_text_do_not_stand_there() -> None:
    mine = "it was the end of a day in the year that we had left".split()
    other = [part for word in mine for part in (word, "fish", "and", "chips")]
    assert aligned(mine, other) == []


def test_a_paragraph_that_stands_whole_in_another_loses_nothing() -> None:
    found = account(
        "the bridge will be closed", f"As of now the bridge will stay, but {BRIDGE}, the bridge will be closed."
    )
    assert (found.kind, found.share, found.differing) == ("contained", 1.0, ())
    assert account(BRIDGE, BRIDGE.upper()).kind == "exact"


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
def test_what_would_be_lost_is_named(duplicate: str, original: str, expected: str) -> None:
    found = lost(duplicate, original)
    assert found.split(" ")[:2] == expected.split(" ")[:2]
    assert account(duplicate, original).kind == "variant"


def test_a_word_of_no_weight_in_twenty_may_go() -> None:
    other = BRIDGE.replace("old", "big")
    found = account(BRIDGE, other)
    assert (found.kind, found.differing, found.loss) == ("near", ("old",), None)
    assert lost(BRIDGE.replace("until the end of the year", "on"), other) == "words: old on"
    assert account(BRIDGE, other, level="conservative").loss
    assert str(account("It was a big surprise.", "It was a heavy surprise.").loss) == "a word is replaced: big / heavy"
    assert str(account("It rose by 5 in all.", "It rose by 6 in all.").loss) == "a number differs: 5 / 6"


LONG = f"{BRIDGE}. “I am glad,” the mayor told the paper on the phone, and would say no more."
NAMED = "The mayor is Ann Lee, said to be a cautious woman."


@pytest.mark.parametrize(
    ("duplicate", "original", "beside"),
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
        (f"{BRIDGE}... Read more", f"{BRIDGE}, the town said on Monday.", []),
        (f"{BRIDGE} pic.example.com/abc — Ann Lee (@ann_lee) May 2, 2022", f"{BRIDGE}.", [NAMED]),
    ],
)
def test_what_is_said_nearby_and_furniture_may_go(duplicate: str, original: str, beside: list[str]) -> None:
    assert account(duplicate, original, *beside).loss is None
    assert account(duplicate, original, *beside, level="conservative").loss


@pytest.mark.parametrize(
    ("duplicate", "original", "beside"),
    [
        ("“I am glad,” said Ann Lee, the mayor.", LONG, []),  # nobody names her
        ("“I am glad,” said Ann Lee.", "“I am glad,” said Bob Ray.", [NAMED]),  # another said it
        ("The train leaves the town at 12:30", "The train leaves the town at", []),  # a time, not of a player
        (f"{BRIDGE} (5 dead)", BRIDGE, []),
        (f"{BRIDGE} (not true)", BRIDGE, []),
        (f"No: {BRIDGE}", BRIDGE, []),
        (f"Part 2: {BRIDGE}", BRIDGE, []),
        ("Three workers were taken to hospital.", "Two workers were taken to hospital.", ["It was in three villages."]),
        ("The bridge was not closed at the time.", "The bridge was closed at the time.", ["It is not known."]),
        ("It rose by 5 million in the year.", "It rose by 6 million in the year.", ["There were 5 of them."]),
        (f"{BRIDGE} — Ann Lee (@ann_lee) May 2, 2022", f"{BRIDGE}.", []),
    ],
)
def test_what_only_looks_so_stays(duplicate: str, original: str, beside: list[str]) -> None:
    assert account(duplicate, original, *beside).loss


def test_several_paragraphs_may_be_the_original() -> None:
    parts = [BRIDGE + ".", "It was built in 1903 by the town itself, with stones of the old mill."]
    found = guard(Content(" ".join(parts)), [Content(part) for part in parts], (), STANDARD)
    assert (found.kind, found.share) == ("contained", 1.0)


@pytest.mark.parametrize("sign", ["-5 million", "5 % of it", "$5", "€5", "5 °"])
@pytest.mark.parametrize("around", ["", " It went on, and nobody could say why, until the end of the long summer."])
def test_a_figure_with_another_sign_is_another_figure(sign: str, around: str) -> None:
    one = "The committee found on Tuesday that the account of the bridge had changed by {} since the first of May."
    plain = sign.strip("-$€").replace(" %", "").replace(" °", "")
    rows = ["The bridge", one.format(plain), SENTENCES[5], one.format(sign) + around]
    for text in ("\n\n".join(rows), "\n\n".join(reversed(rows))):
        assert not dedupe.check(text).changed
    found = dedupe.corpus.clean([("a", rows[1]), ("b", rows[3])])
    assert not any(one.action == "remove" for report in found for one in report.findings)


def test_identifiers_in_another_case_stay() -> None:
    rule = "Call {} on every value of the list before it is written, and say so in the minutes of the group."
    text = "\n\n".join(["The functions", rule.format("toInteger"), SENTENCES[0], rule.format("ToInteger")])
    assert dedupe.clean(text) == text
    again = "\n\n".join(["The functions", rule.format("toInteger"), SENTENCES[0], rule.format("toInteger")])
    assert dedupe.clean(again) != again
