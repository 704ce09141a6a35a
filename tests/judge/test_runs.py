"""Runs of candidates, and what becomes of them: the removals of a copied second half are one block."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe.judge.features._runs import runs
from tests.judge.test_features import read, slow

A, B, C, D, E, F, G = PARAGRAPHS = [
    "The miller of Aldra sold his last sack of rye on Friday and has closed the mill until the river thaws.",
    "Two of the three bells of Saint Ursula were taken down for repair, and the third one rings alone.",
    "Schoolchildren planted forty lindens along the road to the station, each with a name tied to its stem.",
    "A cutter brought the post through the ice, and with it the first newspapers in eleven days.",
    "The choir goes on without its conductor, who broke an ankle while looking for mushrooms.",
    "Nobody bid for the old customs house, so the county will keep salt and sand in it for another winter.",
    "Bees came back to the roof of the library, where the keeper had given them up in autumn.",
]
"""Paragraphs of which none is like another."""
OTHERS = [
    "Snow fell in the hills.",
    "Prices of tar went up again, said the rope makers.",
    "Our reader asks where the fountain went, and so do we.",
]
Runs = dict[tuple[int, int], tuple[tuple[int, int], int, int]]


def runs_of(*texts: Sequence[str]) -> list[Runs]:
    """Return of each text, by (duplicate, original): candidates up and down, their words, those that stand twice."""
    chunk, numbers = read(["\n\n".join(paragraphs) for paragraphs in texts])
    up, down = runs(chunk.texts, chunk.candidates)
    found: list[Runs] = [{} for _ in texts]
    for at, (duplicate, original) in enumerate(zip(chunk.duplicate.tolist(), chunk.original.tolist(), strict=True)):
        document = int(chunk.texts.document[duplicate])
        first = int(chunk.texts.documents[document])
        lengths = int(up.length[at]), int(down.length[at])
        words, twice = int(up.words[at] + down.words[at]), int(up.twice[at] + down.twice[at])
        found[numbers[document]][duplicate - first, original - first] = (lengths, words, twice)
    return found


def lengths_of(paragraphs: Sequence[str]) -> dict[tuple[int, int], tuple[int, int]]:
    (found,) = runs_of(paragraphs)
    return {pair: lengths for pair, (lengths, _, _) in found.items()}


def test_a_second_half_is_one_run_in_both_directions() -> None:
    lengths = lengths_of([A, B, C, D, A, B, C, D])
    for at in range(4):
        assert lengths[at + 4, at] == lengths[at, at + 4] == (at, 3 - at)


def test_a_run_counts_the_words_and_the_pairs_beside_the_candidate_itself() -> None:
    (found,) = runs_of([A, B, C, OTHERS[0], A, B, C, OTHERS[1], C])
    counts = [len(text.split()) for text in (A, B, C)]
    assert found[4, 0] == ((0, 2), counts[1] + counts[2], 1)  # C stands three times
    assert found[5, 1] == ((1, 1), counts[0] + counts[2], 1)


@pytest.mark.parametrize(("between", "expected"), [(0, 1), (1, 1), (2, 0)])
@pytest.mark.parametrize("both", [False, True])
def test_one_paragraph_may_be_passed_over_on_either_side_and_two_may_not(
    between: int, expected: int, both: bool
) -> None:
    inserted = OTHERS[:between]
    paragraphs = [A, *(["It rained."] * between if both else []), B, C, A, *inserted, B]
    first, second = paragraphs.index(C) + 1, len(paragraphs) - 1
    assert lengths_of(paragraphs)[first, 0] == (0, expected)
    assert lengths_of(paragraphs)[second, paragraphs.index(B)][0] == expected


def test_copies_in_another_order_are_no_run() -> None:
    assert set(lengths_of([A, B, C, D, C, B, A]).values()) == {(0, 0)}


def test_a_run_stays_in_its_document() -> None:
    paragraphs = [A, B, C, A, B]
    alone, *several = runs_of(paragraphs, paragraphs, [*paragraphs, C], paragraphs)
    assert several[0] == several[2] == alone
    assert alone[4, 1] == ((1, 0), len(A.split()), 1)


def test_a_paragraph_is_never_its_own_original_in_a_run() -> None:
    assert lengths_of([A, A, A])[1, 0] == (0, 0)


def test_a_long_run_is_counted_to_its_end() -> None:
    half = [
        f"Number {number} of the list is {number * 7} yards of cloth, sold to {number * 3} buyers."
        for number in range(70)
    ]
    lengths = lengths_of([*half, B, *half])
    assert [lengths[at + 71, at] for at in range(70)] == [(at, 69 - at) for at in range(70)]


@given(st.lists(st.sampled_from([A, B, C, D, "It rained."]), min_size=2, max_size=12))
def test_runs_are_what_their_twin_says(paragraphs: list[str]) -> None:
    if len(set(paragraphs)) == len(paragraphs):
        return
    twin = slow("\n\n".join(paragraphs))
    lengths = lengths_of(paragraphs)
    for pair, (before, after) in twin.runs.items():
        assert lengths[pair.duplicate, pair.original] == (len(before), len(after))


def blocks_of(paragraphs: Sequence[str]) -> list[tuple[int, str, int | None]]:
    report = dedupe.check("\n\n".join(paragraphs))
    return [(one.lines[0] // 2, one.rule, one.block) for one in report.findings if one.action == "remove"]


def test_the_removals_of_a_second_half_are_a_copied_run() -> None:
    assert blocks_of([*PARAGRAPHS, *PARAGRAPHS]) == [(at, "copied-run", 1) for at in range(7, 14)]


def test_what_stands_between_does_not_break_a_copied_run() -> None:
    paragraphs = [*PARAGRAPHS, *PARAGRAPHS[:3], *OTHERS, *PARAGRAPHS[3:]]
    assert blocks_of(paragraphs) == [(at, "copied-run", 1) for at in (7, 8, 9, 13, 14, 15, 16)]


def test_what_stands_far_apart_is_two_copied_runs() -> None:
    between = [*OTHERS, "It rained.", "It froze."]
    paragraphs = [*PARAGRAPHS, *PARAGRAPHS[:3], *between, *PARAGRAPHS[3:]]
    assert blocks_of(paragraphs) == [(at, "copied-run", 1) for at in (7, 8, 9)] + [
        (at, "copied-run", 2) for at in (15, 16, 17, 18)
    ]


def test_a_lone_copy_is_no_run() -> None:
    assert blocks_of([*PARAGRAPHS, *OTHERS, A]) == [(10, "exact-copy", None)]
