"""Which candidates go: the surest first, and every original stays."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from dedupe.judge.choice import Candidate, Choice, JudgedParagraphs, ParagraphDecision
from dedupe.judge.policy import Policy
from dedupe.model import Role

LONG = "The committee met on Tuesday evening and talked about the roof of the old school until nobody was awake."
OTHER = "Nobody has seen the keeper of the lighthouse since the end of the summer, and the lamp is dark."


def choose(
    texts: Sequence[str],
    candidates: Sequence[tuple[int, int, float]],
    *,
    roles: Sequence[Role] = (),
    numbers: Sequence[int] = (),
    keep: Sequence[int] = (),
    force: Sequence[int] = (),
    level: str = "default",
) -> dict[int, ParagraphDecision]:
    sorted_candidates = [
        Candidate(duplicate, original, confidence, 0.9, texts[duplicate] == texts[original])
        for duplicate, original, confidence in sorted(candidates, key=lambda one: -one[2])
    ]
    choice = Choice(JudgedParagraphs(texts, roles, numbers), Policy(level), (0.8, 0.5), set(keep), set(force))  # type: ignore[arg-type]
    return {one.duplicate: one for one in choice.choose(sorted_candidates)}


def removals(decisions: dict[int, ParagraphDecision]) -> dict[int, int]:
    return {at: one.original for at, one in decisions.items() if one.action == "remove"}


def test_sure_candidates_are_removed_and_others_flagged() -> None:
    decided = choose([LONG, OTHER, LONG, OTHER], [(2, 0, 0.9), (3, 1, 0.6)])
    assert removals(decided) == {2: 0}
    assert decided[3].action == "flag"


def test_of_two_paragraphs_only_the_surer_one_is_removed() -> None:
    assert removals(choose([LONG, OTHER, LONG], [(0, 2, 0.85), (2, 0, 0.9)])) == {2: 0}


def test_duplicates_of_a_removed_original_get_its_original() -> None:
    teaser = "The committee met on Tuesday evening and talked about the roof of the old school ..."
    decided = choose([teaser, OTHER, LONG, OTHER, LONG], [(0, 4, 0.95), (4, 2, 0.9)])
    assert removals(decided) == {0: 2, 4: 2}


def test_a_candidate_the_guard_refuses_is_flagged_as_a_variant() -> None:
    five = "The council will spend 5 million on the roof of the old school, the mayor said on Tuesday evening."
    decided = choose([five, OTHER, five.replace("5", "6")], [(2, 0, 0.99)])
    assert removals(decided) == {}
    assert decided[2].coverage.kind == "variant"


def test_the_user_keeps_and_removes_paragraphs() -> None:
    assert choose([LONG, OTHER, LONG], [(2, 0, 0.99)], keep=[2])[2].action == "flag"
    assert removals(choose([LONG, OTHER, LONG], [(2, 0, 0.01)], force=[2])) == {2: 0}
    assert removals(choose([LONG, OTHER, LONG], [(2, 0, 0.02), (0, 2, 0.01)], force=[0, 2])) == {2: 0}


def test_an_announcement_keeps_the_paragraph_below_it() -> None:
    texts = [
        "The rules are these:",
        LONG,
        OTHER,
        "And for others the rules are:",
        LONG,
        "The prices are as follows:",
        "No.",
    ]
    assert removals(choose(texts, [(4, 1, 0.99)])) == {}
    assert removals(choose(texts[:5], [(4, 1, 0.99)])) == {}
    assert removals(choose([*texts[:5], OTHER + " Still."], [(4, 1, 0.99)])) == {4: 1}


def test_an_announcement_stays_where_something_else_follows() -> None:
    texts = ["The rules are these:", LONG, "The rules are these:", OTHER]
    assert removals(choose(texts, [(2, 0, 0.99)])) == {}
    assert removals(choose([*texts[:3], LONG], [(2, 0, 0.99), (3, 1, 0.99)])) == {2: 0, 3: 1}
    assert removals(choose(["The rules are these:", "The rules are these:", LONG], [(1, 0, 0.99)])) == {1: 0}
    assert removals(choose(["Duties include:", LONG, "Duties include:", OTHER], [(2, 0, 0.99)])) == {}


def test_a_repeat_about_another_subject_stays() -> None:
    texts = ["toInteger", "Does not guarantee a safe integer", OTHER, "ToInteger", "Does not guarantee a safe integer"]
    candidates = [(3, 0, 0.9), (4, 1, 0.9)]
    decided = choose(texts, candidates)
    assert removals(decided) == {}
    assert (decided[3].coverage.kind, decided[4].action) == ("variant", "flag")
    texts[3] = texts[0]
    assert removals(choose(texts, candidates)) == {3: 0, 4: 1}


def test_a_short_line_on_top_of_one_paragraph_does_not_stay_alone() -> None:
    texts = ["8.3", LONG, "8.2", LONG, "8.1", OTHER]
    assert removals(choose(texts, [(3, 1, 0.9)], numbers=[0, 1, 3, 4, 6, 7])) == {}
    assert removals(choose(texts, [(3, 1, 0.9)], numbers=[0, 2, 4, 6, 8, 10])) == {3: 1}  # all are apart
    assert removals(choose(texts, [(3, 1, 0.9)], numbers=[0, 1, 2, 3, 4, 5])) == {3: 1}
    texts[2] = OTHER
    assert removals(choose(texts, [(3, 1, 0.9)], numbers=[0, 1, 3, 4, 6, 7])) == {3: 1}


def test_a_label_is_no_announcement() -> None:
    assert removals(choose(["Advertisement:", LONG, "Advertisement:", OTHER], [(2, 0, 0.99)])) == {2: 0}


def test_code_cells_and_menus_stay() -> None:
    for role in ("code", "cell", "fixed", "navigation", "matter"):
        assert choose([LONG, OTHER, LONG], [(2, 0, 0.99)], roles=["", "", role]) == {}
        assert choose([LONG, OTHER, LONG], [(2, 0, 0.99)], roles=[role, "", ""]) == {}


@given(
    st.lists(st.sampled_from([LONG, OTHER, LONG + " " + OTHER, "Read more:", "No."]), min_size=2, max_size=9),
    st.data(),
)
def test_every_original_stays_and_covers_its_duplicates(texts: list[str], data: st.DataObject) -> None:
    position = st.integers(0, len(texts) - 1)
    pairs = st.tuples(position, position, st.floats(0, 1)).filter(lambda pair: pair[0] != pair[1])
    decided = choose(texts, data.draw(st.lists(pairs, max_size=12)))
    removed = removals(decided)
    assert not set(removed) & set(removed.values())
    assert all(decided[at].coverage.loss is None for at in removed)
    remaining = [text for at, text in enumerate(texts) if at not in removed]
    for at, original in removed.items():  # what does not stand in the original stays near it
        sentences = [sentence for sentence in (LONG, OTHER) if sentence in texts[at]] or [texts[at].rstrip(".")]
        assert all(any(sentence in text for text in remaining) for sentence in sentences)
        assert any(sentence in texts[original] for sentence in sentences)
