"""Pairs told apart by hashes, against the comparison of their words."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.similarity import similar_pairs, word_scores
from dedupe.text.shingles import shingles

WORDS = st.lists(st.sampled_from(["ferry", "bridge", "quay", "north", "harbour"]), min_size=1, max_size=12)


@given(st.lists(WORDS, min_size=2, max_size=8), st.sampled_from([0.2, 1 / 3, 0.5, 0.8, 1.0]))
def test_pairs_are_similar_by_hashes_as_they_are_by_words(paragraphs: list[list[str]], jaccard: float) -> None:
    chunk = shingles([" ".join(words) for words in paragraphs])
    left, right = np.array(list(combinations(range(len(paragraphs)), 2)), np.intp).T
    found = similar_pairs(chunk.hashes, chunk.starts, left, right, jaccard)
    scores = [word_scores(paragraphs[one], paragraphs[other])[0] for one, other in zip(left, right, strict=True)]
    assert found.tolist() == [score >= jaccard for score in scores]
