"""Gate, proposals and verification against all pairs."""

from itertools import combinations
from random import Random
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.lsh import (
    MAX_SIFTED_KEYS,
    MIN_SIFTED_KEYS,
    bucket_pairs,
    packed_pairs,
    shared_keys,
    signature_pairs,
    unpacked_pairs,
)
from dedupe.matching.match import (
    VARIANTS,
    Matches,
    candidate_documents,
    candidate_shingles,
    in_order,
    match,
)
from dedupe.matching.minhash import bands, signatures
from dedupe.text.paragraphs import split
from dedupe.text.shingles import shingles
from dedupe.text.tokens import words
from tests import twins
from tests.texts import SENTENCES, nasty


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=60), st.sampled_from([1, 1 << 59]))
def test_paragraphs_are_sorted_by_key_even_where_both_do_not_fit_into_one_number(
    entries: list[tuple[int, int]], factor: int
) -> None:
    pairs = sorted(entries)
    paragraphs, keys = in_order(
        np.array([paragraph for paragraph, _ in pairs], np.int64),
        np.array([key * factor for _, key in pairs], np.uint64),
    )
    expected = sorted((key * factor, paragraph) for paragraph, key in pairs)
    assert list(zip(keys.tolist(), paragraphs.tolist(), strict=True)) == expected


@given(st.lists(nasty(), min_size=1, max_size=3), st.sampled_from([0.3, 0.5, 0.8]), st.sampled_from([0.4, 0.5, 1.0]))
def test_matches_are_all_pairs_that_reach_a_threshold(texts: list[str], jaccard: float, containment: float) -> None:
    """The gate loses nothing, and every score is exact: the twin compares all pairs of sets of word tuples."""
    assert_same_matches(texts, jaccard, containment)


def test_matches_of_so_many_words_that_unique_ones_are_sifted_out_are_all_pairs() -> None:
    generator = Random(1)
    paragraphs = [[f"w{generator.randrange(3000)}" for _ in range(generator.randrange(1, 40))] for _ in range(220)]
    edited = [
        [
            *paragraph[: generator.randrange(len(paragraph) + 1)],
            "eggs",
            *paragraph[generator.randrange(len(paragraph) + 1) :],
        ]
        for paragraph in paragraphs[::3]
    ]
    generator.shuffle(paragraphs := paragraphs + edited + paragraphs[::7])
    texts = ["\n".join(" ".join(paragraph) for paragraph in paragraphs[at::2]) for at in range(2)]
    assert MIN_SIFTED_KEYS < sum(map(len, paragraphs)) < MAX_SIFTED_KEYS
    assert_same_matches(texts, 0.5, 0.5)


def test_keys_that_occur_more_than_once_are_found_among_few_and_many() -> None:
    generator = np.random.default_rng(5)
    for count in (0, 1, 100, MIN_SIFTED_KEYS, 50_000, 300_000):
        keys = generator.integers(0, max(1, 4 * count), count, dtype=np.uint64) << np.uint64(40)
        values, counts = np.unique(keys, return_counts=True)
        repeated = np.flatnonzero(np.isin(keys, values[counts > 1]))
        assert shared_keys(keys).tolist() == repeated[keys[repeated].argsort(kind="stable")].tolist()


def test_the_gate_holds_back_no_document_of_many_words_in_which_a_paragraph_repeats() -> None:
    def lines(first: int, count: int, length: int) -> list[str]:
        return [" ".join(f"w{first + length * at + word}" for word in range(length)) for at in range(count)]

    short, long = lines(0, 6000, 1), lines(10_000, 300, 30)
    texts = ["\n".join(paragraphs) for paragraphs in (short, [*short, short[7]], long, [*long, long[7]])]
    for some in (texts, texts[1:2], texts[3:4], texts[:2]):
        chunk = shingles(some)
        assert MIN_SIFTED_KEYS < len(chunk.hashes) < MAX_SIFTED_KEYS
        passed = candidate_documents(chunk, 0.5).tolist()
        assert {number for number, text in enumerate(some) if text in (texts[1], texts[3])} <= set(passed)
        assert texts[2] not in [some[number] for number in passed]


def assert_same_matches(texts: list[str], jaccard: float, containment: float) -> None:
    """Assert that the matches of texts are those of the twin, also where the gate has told what may repeat."""
    chunk = shingles(texts)
    scopes = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(chunk.documents))
    _, positions = candidate_shingles(chunk, 0.5)
    for known in (None, positions):
        found = match(chunk, scopes, jaccard=jaccard, containment=containment, positions=known)
        assert_matches(found, texts, scopes.tolist(), jaccard, containment)


def assert_matches(found: Matches, texts: list[str], scopes: list[int], jaccard: float, containment: float) -> None:
    """Assert that matches are those of the twin."""
    paragraphs = [words(text[one.start : one.stop]) for text in texts for one in split(text)]
    originals: dict[tuple[int, tuple[str, ...]], int] = {}
    copies = {}
    for number, paragraph in enumerate(paragraphs):
        original = originals.setdefault((scopes[number], tuple(paragraph)), number) if paragraph else number
        if original != number:
            copies[number] = original
    assert dict(zip(found.copies.tolist(), found.originals.tolist(), strict=True)) == copies
    expected = {}
    for earlier, later in combinations(list(originals.values()), 2):
        ours, theirs = twins.shingles(paragraphs[earlier]), twins.shingles(paragraphs[later])
        shared = len(ours & theirs)
        enough = shared >= jaccard * len(ours | theirs) or shared >= containment * min(len(ours), len(theirs))
        if shared and enough and scopes[earlier] == scopes[later]:
            expected[earlier, later] = (shared / len(ours | theirs), shared / len(ours), shared / len(theirs))
    scores = zip(found.jaccard.tolist(), *(column.tolist() for column in found.containments), strict=True)
    assert dict(zip(zip(found.earlier.tolist(), found.later.tolist(), strict=True), scores, strict=True)) == expected


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 50))
def test_bucket_pairs_are_all_pairs_within_the_window(values: list[int], window: int) -> None:
    keys = np.array(values, np.uint64)
    order, (left, right) = bucket_pairs(keys, window)
    pairs = {(min(a, b), max(a, b)) for a, b in zip(order[left].tolist(), order[right].tolist(), strict=True)}
    for value in set(values):
        members = [position for position, other in enumerate(values) if other == value]
        for a, b in combinations(range(len(members)), 2):
            assert ((members[a], members[b]) in pairs) == (b - a <= window or a == 0)
    assert all(values[a] == values[b] for a, b in pairs)


def test_a_bucket_of_ten_thousand_is_linear_work() -> None:
    _, (left, _) = bucket_pairs(np.zeros(10_000, np.uint64))
    assert len(left) <= 10_000 * 34


def test_lsh_finds_99_of_100_pairs_at_the_threshold() -> None:
    """Pairs of 60-word paragraphs that share a Jaccard similarity of 0.50 to 0.60, the hardest that must be found."""
    generator = np.random.default_rng(3)
    paragraphs = []
    for _ in range(600):
        base = generator.integers(0, 2**32, 60, dtype=np.uint32)
        other = base.copy()
        other[: int(generator.integers(15, 21))] = generator.integers(0, 2**32, 1, dtype=np.uint32)[0]
        paragraphs += [base, other]
    starts = np.append(0, np.cumsum([len(paragraph) for paragraph in paragraphs]))
    values = signatures(np.concatenate(paragraphs), starts)
    pairs = signature_pairs(values, np.zeros(len(paragraphs), np.uint64), bands(0.5))
    found = set(zip(*(side.tolist() for side in pairs), strict=True))
    expected = []
    for at in range(0, len(paragraphs), 2):
        ours, theirs = set(paragraphs[at].tolist()), set(paragraphs[at + 1].tolist())
        if len(ours & theirs) >= 0.5 * len(ours | theirs):
            expected.append((at, at + 1))
    assert len(expected) > 500
    assert len(found & set(expected)) >= 0.99 * len(expected)


def test_paragraphs_of_other_documents_do_not_match() -> None:
    chunk = shingles([SENTENCES[0], SENTENCES[0]])
    found = match(chunk, np.array([0, 1], np.uint64), jaccard=0.5, containment=0.5)
    assert not len(found.copies)
    assert match(chunk, np.zeros(2, np.uint64), jaccard=0.5, containment=0.5).copies.tolist() == [1]


@given(st.lists(nasty(), min_size=1, max_size=4), st.sampled_from([0.3, 0.5, 1.0]))
def test_no_document_with_a_match_is_held_back(texts: list[str], threshold: float) -> None:
    chunk = shingles(texts)
    scopes = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(chunk.documents))
    found = match(chunk, scopes, jaccard=threshold, containment=threshold)
    matched = set(scopes[np.concatenate([found.earlier, found.copies])].tolist())
    assert matched <= set(candidate_documents(chunk, threshold).tolist())


def test_variants_of_one_sentence_are_bounded_and_reported_as_crowded() -> None:
    paragraphs = [f"{SENTENCES[0]} It was meeting {number}." for number in range(200)]
    chunk = shingles(["\n".join([*paragraphs, SENTENCES[5], SENTENCES[5]])])
    found = match(chunk, np.zeros(202, np.uint64), jaccard=0.5, containment=0.5)
    assert set(range(200)) <= set(found.crowded.tolist())
    assert len(found.earlier) <= 200 * VARIANTS
    assert found.copies.tolist() == [201]


def test_pairs_of_numbers_of_32_bits_are_packed_whole() -> None:
    left: Any = np.array([0, 1, 2**31 - 1], np.int32)
    right: Any = np.array([5, 0, 2**31 - 1], np.int32)
    packed = packed_pairs(left, right)
    assert packed.tolist() == [5, 1 << 32, (2**31 - 1) << 32 | (2**31 - 1)]
    assert [numbers.tolist() for numbers in unpacked_pairs(packed)] == [left.tolist(), right.tolist()]
