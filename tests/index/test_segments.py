"""Entries of a segment are four bytes in a chunk, and come back as they were."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe.index import IndexSpec, StoredParagraph, _segments
from dedupe.index._file_paragraphs import ROW_SHINGLES
from dedupe.index.batch import index_batch
from dedupe.index.maintenance import problems
from dedupe.index.sqlite import SqliteStore
from tests.known import own


@given(
    st.lists(st.tuples(st.integers(0, (1 << 33) - 1), st.integers(0, (1 << 24) - 1)), min_size=1, max_size=60),
    st.integers(8, 24),
)
def test_packed_entries_come_back_whatever_the_steps_between_their_paragraphs(
    values: list[tuple[int, int]], bits: int
) -> None:
    entries = np.sort(np.array([key << 31 | paragraph for key, paragraph in values], np.uint64))
    chunks, edges, packed = _segments._packed(entries, bits)
    bounds = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    rows = [
        (chunk, packed[begin:end].astype("<u4").tobytes())
        for chunk, (begin, end) in zip(chunks.tolist(), bounds, strict=True)
    ]
    assert np.sort(_segments._entries(rows, bits)).tolist() == entries.tolist()


def test_a_segment_takes_four_bytes_an_entry() -> None:
    generator = np.random.default_rng(5)
    keys = generator.integers(0, 1 << 33, 13 * 40_000, dtype=np.uint64) << np.uint64(31)
    entries = np.sort(keys | np.repeat(np.arange(40_000, dtype=np.uint64), 13))
    packed = _segments._packed(entries, _segments._bits(len(entries)))[2]
    assert len(packed) < 1.01 * len(entries)


@pytest.mark.parametrize("texts", [False, True])
def test_paragraphs_that_share_a_row_are_removed_one_by_one(tmp_path: Path, texts: bool) -> None:
    """The rest keeps its shingles, and a paragraph that another document has too goes on with that one."""
    spec = IndexSpec.of(dedupe.Options(), texts=texts)
    lines = [own(number) for number in range(9)] + ["Short", "word " * 3 * ROW_SHINGLES + "end", "Short again", own(50)]
    kept = [dedupe.Document("\n\n".join(lines[at] for at in chosen), f"k{chosen}") for chosen in ((1, 4), (7,), (11,))]
    store = SqliteStore(f"{tmp_path}/an.index", spec, write=True)
    store.add(index_batch([dedupe.Document("\n\n".join(lines), "whole"), *kept], spec))
    numbers = list(range(len(lines)))
    before = store.paragraphs(numbers)
    assert len(before) == len(lines)
    assert store.remove(["whole"]) == 1
    after = store.paragraphs(numbers)
    assert sorted(after) == [1, 4, 7, 11]
    assert all(contents(after[number]) == contents(before[number]) for number in after)
    assert store.stats().distinct_paragraphs == 4
    assert {number: [one.id for one, _ in found] for number, found in store.occurrences([1, 2, 7], 99).items()} == {
        1: ["k(1, 4)"],
        2: [],
        7: ["k(7,)"],
    }
    assert store.document_counts([1, 2, 7]) == {1: 1, 7: 1}
    assert list(problems(store)) == []
    assert store.remove([one.id for one in kept]) == 3
    assert store.paragraphs(numbers) == {}
    store.close()


def contents(paragraph: StoredParagraph) -> tuple[list[int], str | None]:
    return paragraph.shingles.tolist(), paragraph.text
