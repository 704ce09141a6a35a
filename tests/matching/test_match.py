"""Gate, proposals and verification against all pairs."""

from itertools import combinations
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.lsh import MemoryIndex, bucket_pairs
from dedupe.matching.match import FEWEST_SIFTED, MOST_SIFTED, VARIANTS, candidate_documents, in_order, match
from dedupe.matching.minhash import bands, signatures
from dedupe.text.paragraphs import split
from dedupe.text.shingles import shingles
from dedupe.text.tokens import words
from tests import twins
from tests.texts import SENTENCES, nasty


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=60), st.sampled_from([1, 1 << 59]))
def test_rows_are_put_in_order_by_key_even_where_both_do_not_fit_into_a_number(
    given: list[tuple[int, int]], factor: int
) -> None:
    pairs = sorted(given)
    rows, keys = in_order(
        np.array([row for row, _ in pairs], np.int64), np.array([key * factor for _, key in pairs], np.uint64)
    )
    assert list(zip(keys.tolist(), rows.tolist(), strict=True)) == sorted((key * factor, row) for row, key in pairs)


@given(st.lists(nasty(), min_size=1, max_size=3), st.sampled_from([0.3, 0.5, 0.8]), st.sampled_from([0.4, 0.5, 1.0]))
def test_matches_are_all_pairs_that_reach_a_threshold(texts: list[str], jaccard: float, containment: float) -> None:
    """The gate loses nothing, and every score is exact: the twin compares all pairs of sets of word tuples."""
    agree(texts, jaccard, containment)


def test_matches_of_so_many_words_that_lone_ones_are_sifted_out_are_all_pairs() -> None:
    chance = Random(1)
    rows = [[f"w{chance.randrange(3000)}" for _ in range(chance.randrange(1, 40))] for _ in range(220)]
    edited = [
        [*row[: chance.randrange(len(row) + 1)], "eggs", *row[chance.randrange(len(row) + 1) :]] for row in rows[::3]
    ]
    chance.shuffle(rows := rows + edited + rows[::7])
    texts = ["\n".join(" ".join(row) for row in rows[at::2]) for at in range(2)]
    assert FEWEST_SIFTED < sum(map(len, rows)) < MOST_SIFTED
    agree(texts, 0.5, 0.5)


def agree(texts: list[str], jaccard: float, containment: float) -> None:
    """Assert that the matches of texts are those of the twin."""
    chunk = shingles(texts)
    scopes = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(chunk.documents))
    found = match(chunk, scopes, jaccard=jaccard, containment=containment)
    rows = [words(text[row.start : row.stop]) for text in texts for row in split(text)]
    first: dict[tuple[int, tuple[str, ...]], int] = {}
    copies = {}
    for at, row in enumerate(rows):
        if row and (same := first.setdefault((int(scopes[at]), tuple(row)), at)) != at:
            copies[at] = same
    assert dict(zip(found.copies.tolist(), found.firsts.tolist(), strict=True)) == copies
    expected = {}
    for one, other in combinations(list(first.values()), 2):
        mine, theirs = twins.shingles(rows[one]), twins.shingles(rows[other])
        shared = len(mine & theirs)
        enough = shared >= jaccard * len(mine | theirs) or shared >= containment * min(len(mine), len(theirs))
        if shared and enough and scopes[one] == scopes[other]:
            expected[one, other] = (shared / len(mine | theirs), shared / len(mine), shared / len(theirs))
    forth, back = found.containments
    scores = zip(found.jaccard.tolist(), forth.tolist(), back.tolist(), strict=True)
    assert dict(zip(zip(found.left.tolist(), found.right.tolist(), strict=True), scores, strict=True)) == expected


@given(st.lists(st.integers(0, 6), max_size=40), st.integers(1, 50))
def test_bucket_pairs_are_all_pairs_within_the_window(values: list[int], window: int) -> None:
    keys = np.array(values, np.uint64)
    order, (left, right) = bucket_pairs(keys, window)
    pairs = {(min(a, b), max(a, b)) for a, b in zip(order[left].tolist(), order[right].tolist(), strict=True)}
    for value in set(values):
        members = [at for at, other in enumerate(values) if other == value]
        for at, (one, other) in ((b - a, (members[a], members[b])) for a, b in combinations(range(len(members)), 2)):
            assert ((one, other) in pairs) == (at <= window or one == members[0])
    assert all(values[a] == values[b] for a, b in pairs)


def test_a_bucket_of_ten_thousand_is_linear_work() -> None:
    _, (left, _) = bucket_pairs(np.zeros(10_000, np.uint64))
    assert len(left) <= 10_000 * 34


def test_the_index_finds_99_of_100_pairs_at_the_threshold() -> None:
    """Pairs of 60-word rows that share a Jaccard similarity of 0.50 to 0.60, the hardest that must be found."""
    generator = np.random.default_rng(3)
    rows = []
    for _ in range(600):
        base = generator.integers(0, 2**32, 60, dtype=np.uint32)
        other = base.copy()
        other[: int(generator.integers(15, 21))] = generator.integers(0, 2**32, 1, dtype=np.uint32)[0]
        rows += [base, other]
    starts = np.append(0, np.cumsum([len(row) for row in rows]))
    index = MemoryIndex(*bands(0.5))
    index.add(signatures(np.concatenate(rows), starts), np.zeros(len(rows), np.uint64))
    found = set(zip(*(side.tolist() for side in index.pairs()), strict=True))
    wanted = []
    for at in range(0, len(rows), 2):
        mine, theirs = set(rows[at].tolist()), set(rows[at + 1].tolist())
        if len(mine & theirs) >= 0.5 * len(mine | theirs):
            wanted.append((at, at + 1))
    assert len(wanted) > 500
    assert len(found & set(wanted)) >= 0.99 * len(wanted)


def test_paragraphs_of_other_documents_do_not_match() -> None:
    chunk = shingles([SENTENCES[0], SENTENCES[0]])
    found = match(chunk, np.array([0, 1], np.uint64), jaccard=0.5, containment=0.5)
    assert not len(found.copies)
    assert match(chunk, np.zeros(2, np.uint64), jaccard=0.5, containment=0.5).copies.tolist() == [1]


@given(st.lists(nasty(), min_size=1, max_size=4), st.sampled_from([0.3, 0.5, 1.0]))
def test_no_document_with_a_match_is_held_back(texts: list[str], least: float) -> None:
    chunk = shingles(texts)
    scopes = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(chunk.documents))
    found = match(chunk, scopes, jaccard=least, containment=least)
    matched = set(scopes[np.concatenate([found.left, found.copies])].tolist())
    assert matched <= set(candidate_documents(chunk, least).tolist())


def test_variants_of_one_sentence_are_bounded_and_said_to_be() -> None:
    rows = [f"{SENTENCES[0]} It was meeting {number}." for number in range(200)]
    chunk = shingles(["\n".join([*rows, SENTENCES[5], SENTENCES[5]])])
    found = match(chunk, np.zeros(202, np.uint64), jaccard=0.5, containment=0.5)
    assert set(range(200)) <= set(found.crowded.tolist())
    assert len(found.left) <= 200 * VARIANTS
    assert found.copies.tolist() == [201]
