"""Signatures and bands."""

import itertools

import datasketch
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.minhash import band_keys, bands, permutations, signatures


def of_datasketch(hashes: list[int], count: int, seed: int) -> list[int]:
    sketch = datasketch.MinHash(num_perm=count, seed=seed, scheme="affine32", hashfunc=lambda value: value)
    for value in hashes:
        sketch.update(value)
    values: list[int] = sketch.hashvalues.tolist()
    return values


@given(
    st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=40), min_size=1, max_size=6),
    st.sampled_from([1, 16, 128]),
    st.integers(0, 2**32 - 1),
)
def test_signatures_equal_those_of_datasketch(paragraphs: list[list[int]], count: int, seed: int) -> None:
    hashes = np.array([value for paragraph in paragraphs for value in paragraph], np.uint32)
    starts = np.cumsum([0, *map(len, paragraphs)])
    assert signatures(hashes, starts, count, seed).tolist() == [
        of_datasketch(paragraph, count, seed) for paragraph in paragraphs
    ]


def test_signatures_made_in_tiles_equal_those_made_in_one_call() -> None:
    generator = np.random.default_rng(5)
    lengths = generator.integers(0, 300, 400)
    starts = np.append(0, np.cumsum(lengths))
    hashes = generator.integers(0, 2**32, starts[-1], dtype=np.uint32)
    one_by_one = [signatures(hashes[a:b], np.array([0, b - a]))[0] for a, b in itertools.pairwise(starts)]
    assert (signatures(hashes, starts) == np.array(one_by_one)).all()


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_bands_reach_the_recall_at_the_threshold(threshold: float) -> None:
    band_count, band_rows = bands(threshold, 128, 0.99)
    assert band_count * band_rows <= 128
    assert 1 - (1 - threshold**band_rows) ** band_count >= 0.99


def test_band_keys_are_equal_where_bands_and_salts_are() -> None:
    values = np.arange(24, dtype=np.uint32).reshape(2, 12)
    values[1, :6] = values[0, :6]
    keys = band_keys(values, 4, 3, np.array([7, 7], np.uint64))
    assert (keys[:, 0] == keys[:, 1]).tolist() == [True, True, False, False]
    apart = band_keys(values, 4, 3, np.array([7, 8], np.uint64))
    assert not (apart[:, 0] == apart[:, 1]).any()
    assert len(np.unique(keys[:, 0])) == 4


@pytest.mark.parametrize("seed", [0, 1, 7, 2**31, 2**32 - 1])
def test_permutations_are_those_that_numpy_draws(seed: int) -> None:
    generator = np.random.RandomState(seed)
    multipliers = generator.randint(0, 1 << 31, 100, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    offsets = generator.randint(0, 1 << 32, 100, dtype=np.uint32)
    assert [values.tolist() for values in permutations(100, seed)] == [multipliers.tolist(), offsets.tolist()]
