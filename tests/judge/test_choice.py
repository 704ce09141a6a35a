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
    given = [
        Candidate(duplicate, original, confidence, 0.9, texts[duplicate] == texts[original])
        for duplicate, original, confidence in sorted(candidates, key=lambda one: -one[2])
    ]
    choice = Choice(JudgedParagraphs(texts, roles, numbers), Policy(level), (0.8, 0.5), set(keep), set(force))  # type: ignore[arg-type]
    return {one.duplicate: one for one in choice.choose(given)}


def gone(decisions: dict[int, ParagraphDecision]) -> dict[int, int]:
    return {at: one.original for at, one in decisions.items() if one.action == "remove"}


def test_what_is_sure_goes_and_what_is_not_is_flagged() -> None:
    decided = choose([LONG, OTHER, LONG, OTHER], [(2, 0, 0.9), (3, 1, 0.6)])
    assert gone(decided) == {2: 0}
    assert decided[3].action == "flag"


def test_of_two_only_the_surer_goes() -> None:
    assert gone(choose([LONG, OTHER, LONG], [(0, 2, 0.85), (2, 0, 0.9)])) == {2: 0}


def test_an_original_that_goes_hands_its_duplicates_on() -> None:
    teaser = "The committee met on Tuesday evening and talked about the roof of the old school ..."
    decided = choose([teaser, OTHER, LONG, OTHER, LONG], [(0, 4, 0.95), (4, 2, 0.9)])
    assert gone(decided) == {0: 2, 4: 2}


def test_what_the_guard_refuses_is_flagged_as_a_variant() -> None:
    five = "The council will spend 5 million on the roof of the old school, the mayor said on Tuesday evening."
    decided = choose([five, OTHER, five.replace("5", "6")], [(2, 0, 0.99)])
    assert gone(decided) == {}
    assert decided[2].coverage.kind == "variant"


def test_what_the_user_keeps_is_flagged_and_what_the_user_wants_gone_goes() -> None:
    assert choose([LONG, OTHER, LONG], [(2, 0, 0.99)], keep=[2])[2].action == "flag"
    assert gone(choose([LONG, OTHER, LONG], [(2, 0, 0.01)], force=[2])) == {2: 0}
    assert gone(choose([LONG, OTHER, LONG], [(2, 0, 0.02), (0, 2, 0.01)], force=[0, 2])) == {2: 0}


def test_a_line_that_announces_does_not_stay_with_nothing_under_it() -> None:
    texts = [
        "The rules are these:",
        LONG,
        OTHER,
        "And for others the rules are:",
        LONG,
        "The prices are as follows:",
        "No.",
    ]
    assert gone(choose(texts, [(4, 1, 0.99)])) == {}
    assert gone(choose(texts[:5], [(4, 1, 0.99)])) == {}
    assert gone(choose([*texts[:5], OTHER + " Still."], [(4, 1, 0.99)])) == {4: 1}


def test_a_line_that_announces_does_not_go_where_something_else_follows() -> None:
    texts = ["The rules are these:", LONG, "The rules are these:", OTHER]
    assert gone(choose(texts, [(2, 0, 0.99)])) == {}
    assert gone(choose([*texts[:3], LONG], [(2, 0, 0.99), (3, 1, 0.99)])) == {2: 0, 3: 1}
    assert gone(choose(["The rules are these:", "The rules are these:", LONG], [(1, 0, 0.99)])) == {1: 0}


def test_what_is_said_of_another_thing_stays() -> None:
    texts = ["toInteger", "Does not guarantee a safe integer", OTHER, "ToInteger", "Does not guarantee a safe integer"]
    candidates = [(3, 0, 0.9), (4, 1, 0.9)]
    decided = choose(texts, candidates)
    assert gone(decided) == {}
    assert (decided[3].coverage.kind, decided[4].action) == ("variant", "flag")
    texts[3] = texts[0]
    assert gone(choose(texts, candidates)) == {3: 0, 4: 1}


def test_a_short_line_on_top_of_one_paragraph_does_not_stay_alone() -> None:
    texts = ["8.3", LONG, "8.2", LONG, "8.1", OTHER]
    assert gone(choose(texts, [(3, 1, 0.9)], numbers=[0, 1, 3, 4, 6, 7])) == {}
    assert gone(choose(texts, [(3, 1, 0.9)], numbers=[0, 2, 4, 6, 8, 10])) == {3: 1}  # all are apart
    assert gone(choose(texts, [(3, 1, 0.9)], numbers=[0, 1, 2, 3, 4, 5])) == {3: 1}
    texts[2] = OTHER
    assert gone(choose(texts, [(3, 1, 0.9)], numbers=[0, 1, 3, 4, 6, 7])) == {3: 1}


def test_a_label_is_no_announcement() -> None:
    assert gone(choose(["Advertisement:", LONG, "Advertisement:", OTHER], [(2, 0, 0.99)])) == {2: 0}


def test_code_cells_and_menus_stay() -> None:
    for role in ("code", "cell", "fixed", "navigation", "matter"):
        assert choose([LONG, OTHER, LONG], [(2, 0, 0.99)], roles=["", "", role]) == {}
        assert choose([LONG, OTHER, LONG], [(2, 0, 0.99)], roles=[role, "", ""]) == {}


@given(
    st.lists(st.sampled_from([LONG, OTHER, LONG + " " + OTHER, "Read more:", "No."]), min_size=2, max_size=9),
    st.data(),
)
def test_every_original_stays_and_says_it(texts: list[str], data: st.DataObject) -> None:
    place = st.integers(0, len(texts) - 1)
    rows = st.tuples(place, place, st.floats(0, 1)).filter(lambda row: row[0] != row[1])
    decided = choose(texts, data.draw(st.lists(rows, max_size=12)))
    taken = gone(decided)
    assert not set(taken) & set(taken.values())
    assert all(decided[at].coverage.loss is None for at in taken)
    assert all(texts[at].rstrip(".") in texts[original] for at, original in taken.items())
