"""Keys of runs of shingles are those of their slow twin, and near-duplicates share enough of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.index import IndexSpec
from dedupe.index.batch import index_batch
from dedupe.index.memory import MemoryStore
from dedupe.matching import runs
from dedupe.matching.runs import NO_KEY, run_keys, sampling
from dedupe.text.words import M1, M2, M3

MASK = (1 << 64) - 1


def mixed(value: int) -> int:
    value = (value ^ value >> 32) * int(M1) & MASK
    value = (value ^ value >> 29) * int(M2) & MASK
    return value ^ value >> 32


def slow_keys(shingles: list[int], count: int, run: int, seed: int) -> list[int]:
    """Return the keys of one paragraph."""
    shingles = [one for at, one in enumerate(shingles) if not at or one != shingles[at - 1]]
    hashes = set()
    for first in range(len(shingles) - run + 1) if len(shingles) >= run else [0] * bool(shingles):
        value = mixed(shingles[first] | seed << 32)
        for offset in range(1, run):
            follower = shingles[first + offset] + offset if first + offset < len(shingles) else 0
            value = mixed((value + follower * int(M3)) & MASK)
        hashes.add(value >> 24)
    keys = [mixed(value) for value in sorted(hashes)[:count]]
    return keys + [int(NO_KEY)] * (count - len(keys))


@given(
    st.lists(st.lists(st.integers(0, 6) | st.integers(0, 2**32 - 1), max_size=14), max_size=6),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 2, 1 << 22]),
)
@settings(deadline=None)
def test_keys_equal_those_of_the_slow_twin(
    paragraphs: list[list[int]], count: int, run: int, seed: int, block: int
) -> None:
    hashes = np.array([one for paragraph in paragraphs for one in paragraph], np.uint32)
    starts = np.cumsum([0, *map(len, paragraphs)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_BLOCK_PARAGRAPHS", block)
        found = run_keys(hashes, starts, count, run, seed)
    assert found.dtype == np.uint64
    assert found.tolist() == [slow_keys(paragraph, count, run, seed) for paragraph in paragraphs]


def test_fewer_keys_suffice_at_higher_thresholds() -> None:
    counts = [sampling(threshold / 100) for threshold in range(30, 101, 5)]
    assert counts[0] == (20, 2)
    assert all(one[0] >= other[0] for one, other in pairwise(counts))
    assert counts[-1] == (2, 3)


GENERATOR = random.Random(9)


def replaced(words: list[str]) -> list[str]:
    return [f"new{GENERATOR.randrange(10**6)}" if GENERATOR.random() < 1 / 10 else word for word in words]


def missing(words: list[str]) -> list[str]:
    return [word for word in words if GENERATOR.random() < 6 / 7]


def added(words: list[str]) -> list[str]:
    return [one for word in words for one in ([word, "added"] if GENERATOR.random() < 1 / 7 else [word])]


def cut_off(words: list[str]) -> list[str]:
    return words[: len(words) * 11 // 20]


def continued(words: list[str]) -> list[str]:
    return [*words, *(f"more{GENERATOR.randrange(10**6)}" for _ in range(len(words) * 9 // 10))]


def moved(words: list[str]) -> list[str]:
    third = len(words) // 3
    return words[third:] + words[:third]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("edit", [replaced, missing, added, cut_off, continued, moved])
def test_near_duplicates_are_proposed_whatever_the_edit(
    threshold: float, edit: Callable[[list[str]], list[str]]
) -> None:
    vocabulary = [f"word{number}" for number in range(3000)]
    known = [GENERATOR.choices(vocabulary, k=GENERATOR.randrange(4, 90)) for _ in range(600)]
    spec = IndexSpec.of(dedupe.Options(jaccard=threshold), texts=False)
    store = MemoryStore(spec)
    store.add(index_batch([dedupe.Document(" ".join(words), f"k{at}") for at, words in enumerate(known)], spec))
    asked = [edit(words) for words in known]
    batch = index_batch([dedupe.Document(" ".join(words) or "none", f"q{at}") for at, words in enumerate(asked)], spec)
    proposed = set(zip(*(one.tolist() for one in store.propose(batch.keys)), strict=True))
    pairs = [at for at in range(len(known)) if jaccard(known[at], asked[at]) >= threshold]
    found = sum((at, at) in proposed for at in pairs)
    assert found >= 0.98 * len(pairs)


def jaccard(one: list[str], other: list[str]) -> float:
    ours, theirs = (set(zip(["", *words], words, [*words[1:], ""], strict=False)) for words in (one, other))
    return len(ours & theirs) / max(1, len(ours | theirs))


def test_words_that_repeat_are_one_run() -> None:
    spec = IndexSpec.of(dedupe.Options(), texts=False)
    batch = index_batch([dedupe.Document("ha ha ha", "a"), dedupe.Document("Ha, ha, ha, ha, ha!", "b")], spec)
    assert batch.keys[0, 1:].tolist() == batch.keys[1, 1:].tolist()
