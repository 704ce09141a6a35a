"""Pairs told apart by sketches, against the comparison of their words."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.similarity import word_scores
from dedupe.matching.sketches import SKETCH_BITS, perhaps_similar, sketches
from dedupe.text.shingles import shingles

WORDS = st.lists(st.sampled_from(["ferry", "bridge", "quay", "north", "harbour"]), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=2, max_size=8), st.sampled_from([0.2, 1 / 3, 0.5, 0.8, 1.0]))
def test_no_pair_that_is_similar_by_words_is_told_apart(paragraphs: list[list[str]], jaccard: float) -> None:
    chunk = shingles([" ".join(words) for words in paragraphs])
    left, right = np.array(list(combinations(range(len(paragraphs)), 2)), np.intp).T
    found, sizes = sketches(chunk.hashes, chunk.starts, np.arange(len(paragraphs))), np.diff(chunk.starts)
    perhaps = perhaps_similar(found[left], found[right], sizes[left], sizes[right], jaccard)
    scores = [word_scores(paragraphs[one], paragraphs[other])[0] for one, other in zip(left, right, strict=True)]
    assert not [score for score, kept in zip(scores, perhaps, strict=True) if score >= jaccard and not kept]


def test_sketches_of_some_paragraphs_are_those_of_all_in_blocks_of_any_size() -> None:
    generator = np.random.default_rng(3)
    sizes = generator.integers(1, 9, 9000)
    starts = np.append(0, np.cumsum(sizes))
    hashes = generator.integers(0, 1 << 32, starts[-1], dtype=np.uint32)
    chosen = np.arange(1, 9000, 2)
    found = np.unpackbits(sketches(hashes, starts, chosen), axis=1)
    for row in (0, 1, 2047, 2048, 4499):
        own = hashes[starts[chosen[row]] : starts[chosen[row] + 1]]
        assert np.flatnonzero(found[row]).tolist() == sorted({int(value) * SKETCH_BITS >> 32 for value in own})


@pytest.mark.parametrize("size", [20, 48, 100])
def test_sketches_tell_apart_nearly_all_pairs_of_different_paragraphs(size: int) -> None:
    generator = np.random.default_rng(size)
    hashes = generator.integers(0, 1 << 32, 2000 * size, dtype=np.uint32)
    starts = np.arange(2001) * size
    found, sizes = sketches(hashes, starts, np.arange(2000)), np.diff(starts)
    assert perhaps_similar(found[::2], found[1::2], sizes[::2], sizes[1::2], 0.5).mean() < 0.01
