"""Near-duplicates of a list: what a slow twin finds by comparing every text with every other one."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe import lists
from tests import twins

WORDS = "the a night ferry sails again to Sandholm on Friday after forty years".split()
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), max_size=12)
FUNCTIONS: list[Callable[..., Any]] = [dedupe.near_duplicates, dedupe.clusters, dedupe.unique]
FERRY = "The night ferry sails again to Sandholm on Friday, forty years after the line was given up."
HARBOUR = "Owners of houses along the inlet have complained about the horn, and the council has asked for patience."


def jaccard(one: str, other: str) -> float:
    mine, theirs = (set(twins.shingles(twins.words(text))) for text in (one, other))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def contained(one: str, other: str) -> float:
    mine, theirs = (set(twins.shingles(twins.words(text))) for text in (one, other))
    return len(mine & theirs) / min(len(mine), len(theirs)) if mine and theirs else 0.0


def all_pairs(texts: list[str], threshold: float, score: str) -> list[tuple[int, int, float]]:
    compared = {"jaccard": jaccard, "containment": contained}[score]
    scores = ((i, j, compared(texts[i], texts[j])) for i, j in combinations(range(len(texts)), 2))
    return [one for one in scores if one[2] >= threshold]


@given(TEXTS, st.sampled_from([0.2, 0.5, 0.8, 1.0]), st.sampled_from(["jaccard", "containment"]))
@settings(max_examples=150)
def test_pairs_are_those_of_comparing_every_text_with_every_other(
    texts: list[str], threshold: float, measure: lists.Measure
) -> None:
    found = dedupe.near_duplicates(texts, threshold, measure=measure)
    assert found == all_pairs(texts, threshold, measure)  # both divide the same whole numbers
    left, right, scores = dedupe.near_duplicates(texts, threshold, measure=measure, as_arrays=True)
    assert list(zip(left.tolist(), right.tolist(), scores.tolist(), strict=True)) == found
    assert [str(one.dtype) for one in (left, right, scores)] == ["int64", "int64", "float64"]


@given(TEXTS, st.sampled_from([0.3, 0.6, 1.0]))
@settings(max_examples=150)
def test_clusters_are_what_pairs_join(texts: list[str], threshold: float) -> None:
    groups = [{position} for position in range(len(texts))]
    for left, right, _ in all_pairs(texts, threshold, "jaccard"):
        one, other = (next(group for group in groups if at in group) for at in (left, right))
        if one is not other:
            groups.remove(other)
            one |= other
    joined = sorted(sorted(group) for group in groups if len(group) > 1)
    assert dedupe.clusters(texts, threshold) == joined


@given(TEXTS, st.sampled_from([0.3, 0.6, 1.0]), st.sampled_from(["jaccard", "containment"]))
@settings(max_examples=150)
def test_a_text_is_left_out_for_an_earlier_one_that_stays(
    texts: list[str], threshold: float, measure: lists.Measure
) -> None:
    pairs = {(left, right) for left, right, _ in all_pairs(texts, threshold, measure)}
    stay: list[int] = []
    for position in range(len(texts)):
        if not any((earlier, position) in pairs for earlier in stay):
            stay.append(position)
    assert dedupe.unique(texts, threshold, measure=measure) == [texts[position] for position in stay]


def test_a_text_of_several_lines_is_one_text() -> None:
    texts = [FERRY, FERRY.replace(" on ", "\n\non\r\n"), f"{HARBOUR}\n{FERRY}"]
    assert dedupe.near_duplicates(texts, 0.9) == [(0, 1, 1.0)]
    assert dedupe.unique(texts) == [texts[0], texts[2]]
    assert dedupe.unique(texts, 0.9, measure="containment") == [texts[0]]


def test_texts_without_words_are_no_duplicates() -> None:
    assert dedupe.near_duplicates(["", "", "...", "..."]) == []
    assert dedupe.unique(["", FERRY, "", FERRY]) == ["", FERRY, ""]
    for function in FUNCTIONS:
        assert function(iter([])) == []


def test_a_large_list_gives_what_a_short_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{FERRY} {HARBOUR} Number {number // 3} of {number % 3}" for number in range(90)]
    short = dedupe.near_duplicates(texts, 0.9)
    assert len(short) >= 30
    monkeypatch.setattr(lists, "LARGE", 1)
    assert dedupe.near_duplicates(texts, 0.9) == short
    assert dedupe.near_duplicates(texts, 0.9, num_perm=256, seed=7) == short


def test_many_equal_texts_are_one_cluster() -> None:
    assert dedupe.clusters([FERRY, HARBOUR] * 2000) == [list(range(0, 4000, 2)), list(range(1, 4000, 2))]
    assert dedupe.unique([FERRY, HARBOUR] * 2000) == [FERRY, HARBOUR]


def test_similarity_tells_both_ways_and_which_words_differ() -> None:
    found = dedupe.similarity(FERRY, FERRY.replace("night ferry", "ferry") + " Nobody minds.")
    assert found.jaccard == pytest.approx(jaccard(FERRY, FERRY.replace("night ferry", "ferry") + " Nobody minds."))
    assert (found.only_in_a, found.only_in_b) == (("night",), ("nobody", "minds"))
    assert found.a_in_b > found.b_in_a
    assert dedupe.similarity("", "...").jaccard == 1.0
    assert dedupe.similarity("", FERRY) == dedupe.Similarity(0.0, 0.0, 0.0, (), tuple(twins.words(FERRY)))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"threshold": 0}, "threshold must be above 0 and at most 1, not 0"),
        ({"threshold": 1.5}, "threshold must be above 0 and at most 1, not 1.5"),
        ({"measure": "cosine"}, "measure must be 'jaccard' or 'containment', not 'cosine'"),
        ({"num_perm": 8}, "num_perm must be from 16 to 1024, not 8"),
        ({"seed": -1}, "seed must be from 0 to 4294967295, not -1"),
    ],
)
def test_an_argument_out_of_range_is_one_sentence(arguments: dict[str, object], sentence: str) -> None:
    for function in FUNCTIONS:
        with pytest.raises(dedupe.OptionError) as error:
            function([FERRY], **arguments)
        assert str(error.value) == sentence


def test_what_is_no_text_is_named() -> None:
    for function in FUNCTIONS:
        with pytest.raises(TypeError, match="text 1 must be a str, not int"):
            function([FERRY, 3])
        with pytest.raises(TypeError, match="an iterable of str, not one str"):
            function(FERRY)
    with pytest.raises(TypeError, match="text 1 must be a str, not NoneType"):
        dedupe.similarity(FERRY, None)  # type: ignore[arg-type]  # what is refused
