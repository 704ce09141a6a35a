"""Near-duplicates of a list: what a slow twin finds by comparing every text with every other one."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.lists import _elements, _join, _sets, clusters, pairs
from dedupe.lists._arguments import Measure, Shingling, TextLike
from tests.lists.twin import all_pairs, shingle_set, stays_for

WORDS = "the a night ferry sails again to Sandholm on Friday after fortyyears STRASSE Straße 東京 12".split()
RANDOM = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
SAME = st.sampled_from(["", "...", "* * *", "The night ferry sails again.", "the NIGHT ferry, sails again!"])


@st.composite
def variants(draw: st.DrawFn) -> str:
    """Return a template of which some words are replaced."""
    words = "the night ferry to the island sails again on the first day of the week at noon".split()
    for at in draw(st.lists(st.integers(0, len(words) - 1), max_size=4)):
        words[at] = draw(st.sampled_from("abcd"))
    return " ".join(words[: draw(st.integers(8, len(words)))])


TEXTS = st.lists(RANDOM | SAME | variants(), max_size=24)
THRESHOLDS = st.sampled_from([0.05, 0.07, 0.2, 0.5, 0.6, 0.7, 0.8, 1.0, 1])
MEASURES = st.sampled_from(["jaccard", "containment"])
SHINGLINGS = st.sampled_from(["words", "characters"])
SIZES = st.sampled_from([1, 2, 3, 4, 5])
FUNCTIONS: list[Callable[..., Any]] = [dedupe.near_duplicates, dedupe.clusters, dedupe.unique]
FERRY = "The night ferry sails again to Sandholm on Friday, forty years after the line was given up."
HARBOUR = "Owners of houses along the inlet have complained about the horn, and the council has asked for patience."


@given(TEXTS, THRESHOLDS, MEASURES, SHINGLINGS, SIZES)
@settings(max_examples=100)
def test_pairs_are_those_of_comparing_every_text_with_every_other(
    texts: list[str], threshold: float, measure: Measure, shingles: Shingling, size: int
) -> None:
    how: dict[str, Any] = {"measure": measure, "shingles": shingles, "size": size}
    found = dedupe.near_duplicates(texts, threshold, **how)
    assert found == all_pairs(texts, threshold, **how)  # both divide the same whole numbers
    left, right, scores = dedupe.near_duplicates(iter(texts), threshold, as_arrays=True, **how)
    assert list(zip(left.tolist(), right.tolist(), scores.tolist(), strict=True)) == found
    assert [str(one.dtype) for one in (left, right, scores)] == ["int64", "int64", "float64"]


@given(TEXTS, THRESHOLDS, MEASURES, SHINGLINGS)
@settings(max_examples=60)
def test_a_text_is_left_out_for_the_first_earlier_one_that_stays(
    texts: list[str], threshold: float, measure: Measure, shingles: Shingling
) -> None:
    how: dict[str, Any] = {"measure": measure, "shingles": shingles}
    wanted = stays_for(texts, threshold, measure, shingles, 3 if shingles == "words" else 5)
    stay = [position for position, leader in enumerate(wanted) if position == leader]
    groups = [[at for at, leader in enumerate(wanted) if leader == first] for first in stay]
    assert dedupe.clusters(texts, threshold, as_arrays=True, **how).tolist() == wanted
    assert dedupe.clusters(texts, threshold, **how) == [group for group in groups if len(group) > 1]
    assert dedupe.unique(iter(texts), threshold, **how) == [texts[position] for position in stay]
    assert dedupe.unique(texts, threshold, as_arrays=True, **how).tolist() == stay


@given(st.lists(variants(), max_size=60), THRESHOLDS, MEASURES)
@settings(max_examples=60)
def test_small_blocks_and_batches_change_nothing(texts: list[str], threshold: float, measure: Measure) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (_join, clusters, pairs):
            patch.setattr(module, "BLOCK", 7)
        patch.setattr(clusters, "FIRST_BATCH", 2)
        assert dedupe.near_duplicates(texts, threshold, measure=measure) == all_pairs(texts, threshold, measure)
        found = dedupe.clusters(texts, threshold, measure=measure, as_arrays=True)
        assert found.tolist() == stays_for(texts, threshold, measure)


@given(TEXTS, THRESHOLDS, MEASURES, SHINGLINGS, st.integers(0, 6))
@settings(max_examples=60)
def test_nothing_rests_on_a_hash(
    texts: list[str], threshold: float, measure: Measure, shingles: Shingling, bits: int
) -> None:
    factors = _sets._factors
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_sets, "spelled", lambda whole: whole)
        # Few bits of each element stay, so that different shingles have equal hashes.
        patch.setattr(
            _sets, "_factors", lambda size: factors(size) << np.uint64(64 - bits) if bits else factors(size) * 0
        )
        found = dedupe.near_duplicates(texts, threshold, measure=measure, shingles=shingles)
    assert found == all_pairs(texts, threshold, measure, shingles, 3 if shingles == "words" else 5)


@given(st.lists(RANDOM | SAME | variants(), min_size=2, max_size=2), SHINGLINGS, SIZES)
@settings(max_examples=60)
def test_similarity_is_that_of_the_sets(texts: list[str], shingles: Shingling, size: int) -> None:
    one, other = (shingle_set(text, shingles, size) for text in texts)
    found = dedupe.similarity(texts[0], texts[1], shingles=shingles, size=size)
    assert found.jaccard == len(one & other) / len(one | other)
    assert (found.a_in_b, found.b_in_a) == (len(one & other) / len(one), len(one & other) / len(other))
    assert found == dedupe.similarity(("id", texts[0]), dedupe.Document(texts[1]), shingles=shingles, size=size)  # type: ignore[arg-type]


def test_similarity_tells_which_words_differ() -> None:
    found = dedupe.similarity(FERRY, FERRY.replace("night ferry", "ferry") + " Nobody minds.")
    assert (found.only_in_a, found.only_in_b) == (("night",), ("nobody", "minds"))
    assert found.a_in_b > found.b_in_a
    assert dedupe.similarity("", "") == dedupe.Similarity(1.0, 1.0, 1.0, (), ())
    assert dedupe.similarity("", "...").jaccard == 0.0
    assert dedupe.similarity("", "Yes") == dedupe.Similarity(0.0, 0.0, 0.0, (), ("yes",))
    assert dedupe.similarity("STRASSE", "straße").jaccard == 1.0


def test_a_text_of_several_lines_is_one_text() -> None:
    texts = [FERRY, FERRY.replace(" on ", "\n\non\r\n"), f"{HARBOUR}\n{FERRY}"]
    assert dedupe.near_duplicates(texts, 0.9) == [(0, 1, 1.0)]
    assert dedupe.unique(texts) == [texts[0], texts[2]]
    assert dedupe.unique(texts, 0.85, measure="containment") == [texts[0]]


def test_texts_without_words_are_equal_if_their_characters_are() -> None:
    texts = ["", "...", "", " ... ", "🎉", FERRY, "\n"]
    for shingles in ("words", "characters"):
        assert dedupe.clusters(texts, shingles=shingles) == [[0, 2, 6], [1, 3]]
    for function in FUNCTIONS:
        assert function(iter([])) == []
        assert len(function([], as_arrays=True)) in (0, 3)


def test_documents_and_pairs_are_texts_too() -> None:
    given_texts: list[TextLike] = [
        ("a", FERRY),
        dedupe.Document(HARBOUR, id="b"),
        FERRY,
        dedupe.Document(FERRY.upper(), id="c"),
    ]
    assert dedupe.clusters(given_texts) == [[0, 2, 3]]
    assert dedupe.unique(given_texts) == given_texts[:2]
    report = dedupe.check(f"{FERRY}\n{HARBOUR}\n{FERRY}")
    assert dedupe.clusters(report.document.text.splitlines()) == [[0, 2]]


@given(TEXTS, SHINGLINGS, st.integers(1, 40))
@settings(max_examples=60)
def test_long_texts_are_read_in_pieces(texts: list[str], shingles: Shingling, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_elements, "CHUNK_CHARACTERS", size)
        found = dedupe.near_duplicates(texts, 0.4, shingles=shingles)
    assert found == all_pairs(texts, 0.4, "jaccard", shingles, 3 if shingles == "words" else 5)


def test_a_text_of_many_pieces_is_one_text() -> None:
    long = f"{FERRY}\n{HARBOUR} " * 3000
    for shingles in ("words", "characters"):
        assert dedupe.clusters([long, FERRY, long.upper(), f"{long} Yes."], 0.9, shingles=shingles) == [[0, 2, 3]]
    assert dedupe.similarity("." * 200_000, "." * 200_000).jaccard == 1.0


def test_many_variants_of_a_template_are_all_found() -> None:
    texts = [f"{FERRY} {HARBOUR} Number {number} of the list." for number in range(400)]
    assert len(dedupe.near_duplicates(texts, 0.8)) == 400 * 399 // 2
    assert len(dedupe.near_duplicates(texts, 0.8, measure="containment")) == 400 * 399 // 2
    assert dedupe.clusters(texts, 0.8) == [list(range(400))]
    assert dedupe.near_duplicates(texts, 0.99) == []


@pytest.mark.slow
def test_many_equal_texts_are_one_cluster() -> None:
    texts = [FERRY, HARBOUR] * 50_000
    assert dedupe.clusters(texts) == [list(range(0, 100_000, 2)), list(range(1, 100_000, 2))]
    assert dedupe.unique(texts) == [FERRY, HARBOUR]
    with pytest.raises(dedupe.InputError, match=r"texts: have more than 20,000,000 pairs .*; use clusters or unique"):
        dedupe.near_duplicates(texts)
    left, right, scores = next(dedupe.near_duplicate_blocks(texts))
    assert left.max() < right.max() < 100_000
    assert scores.min() == 1.0


def test_blocks_hold_every_pair_once() -> None:
    texts = [FERRY, HARBOUR, f"{FERRY} Yes."] * 40
    blocks = list(dedupe.near_duplicate_blocks(texts, 0.5))
    found = sorted(one for block in blocks for one in zip(*(part.tolist() for part in block), strict=True))
    assert found == dedupe.near_duplicates(texts, 0.5) == all_pairs(texts, 0.5)


def test_too_many_near_pairs_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "MAX_PAIRS", 99)
    texts = [f"{FERRY} {number}" for number in range(20)]
    with pytest.raises(dedupe.InputError, match="texts: have more than 99 pairs"):
        dedupe.near_duplicates(texts)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"threshold": 0}, "threshold must be above 0 and at most 1, not 0"),
        ({"threshold": 1.5}, "threshold must be above 0 and at most 1, not 1.5"),
        ({"threshold": float("nan")}, "threshold must be above 0 and at most 1, not nan"),
        ({"threshold": "half"}, "threshold must be above 0 and at most 1, not 'half'"),
        ({"measure": "cosine"}, "measure must be one of jaccard, containment, not 'cosine'"),
        ({"shingles": ["words"]}, "shingles must be one of words, characters, not ['words']"),
        ({"size": 0}, "size must be a whole number from 1 to 64, not 0"),
        ({"size": 2.0}, "size must be a whole number from 1 to 64, not 2.0"),
    ],
)
def test_an_argument_out_of_range_is_one_sentence(arguments: dict[str, Any], sentence: str) -> None:
    for function in (*FUNCTIONS, dedupe.near_duplicate_blocks):
        with pytest.raises(dedupe.OptionError) as error:
            function([FERRY], **arguments)
        assert str(error.value) == sentence


@pytest.mark.parametrize("wrong", [None, 3, 1.5, ["list"], ("a", "b", "c"), ("a", 3)])
def test_what_is_no_text_is_named_with_its_position(wrong: object) -> None:
    for function in FUNCTIONS:
        with pytest.raises(TypeError, match=r"^text 1 must be a str, an \(id, text\) pair or a dedupe.Document, not "):
            function([FERRY, wrong])
    with pytest.raises(TypeError, match=r"^b must be a str, an \(id, text\) pair or a dedupe.Document, not "):
        dedupe.similarity(FERRY, wrong)  # type: ignore[arg-type]  # what is refused


def test_bytes_are_named_and_what_to_do_with_them() -> None:
    for function in FUNCTIONS:
        with pytest.raises(TypeError, match=r"^text 2 must be a str, not bytes; decode it first"):
            function([FERRY, FERRY, b"bytes"])
    with pytest.raises(TypeError, match=r"^a must be a str, not bytes; decode it first"):
        dedupe.similarity(b"bytes", FERRY)  # type: ignore[arg-type]  # what is refused


@pytest.mark.parametrize("wrong", [None, 3, FERRY, b"bytes", {"a": FERRY}, dedupe.Document(FERRY)])
def test_what_is_no_list_of_texts_is_refused(wrong: Any) -> None:
    for function in (*FUNCTIONS, dedupe.near_duplicate_blocks):
        with pytest.raises(TypeError, match=r"^texts are (a list|many texts)"):
            function(wrong)


def test_an_error_of_the_caller_s_iterable_comes_through() -> None:
    def failing() -> Iterator[str]:
        yield FERRY
        raise RuntimeError("the connection is gone")

    for function in FUNCTIONS:
        with pytest.raises(RuntimeError, match="the connection is gone"):
            function(failing())


@given(st.lists(st.text(max_size=20), max_size=8), SHINGLINGS, MEASURES)
@settings(max_examples=60)
def test_any_characters_are_read(texts: list[str], shingles: Shingling, measure: Measure) -> None:
    found = dedupe.near_duplicates(texts, 0.3, shingles=shingles, measure=measure)
    assert found == all_pairs(texts, 0.3, measure, shingles, 3 if shingles == "words" else 5)
    for text in texts:
        assert dedupe.similarity(text, text, shingles=shingles).jaccard == 1.0


def test_lone_surrogates_are_read() -> None:
    assert dedupe.clusters(["a \ud800 b", "a \udfff b", "\ud800", "\ud800"], 0.9) == [[0, 1], [2, 3]]
