"""The keys that Spark shuffles: all that several paragraphs share, and few others; and documents found in files."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe._arrays import U64
from dedupe.corpus.spark._lookups import EARLIER, RECORD_BITS, FingerprintFiles, Found
from dedupe.corpus.spark._sharing import RANGE_KEYS, Prefixes, _share_step, _shared_step, _sketch_step

SCHEMA = "key long, paragraph long"


def found(part: int, keys: U64, notes: pa.RecordBatch | None = None) -> Iterator[Found]:
    """Yield what is shared of a part, if that is known, and its documents, in two batches."""
    none = np.zeros(0, np.int64)
    if notes is not None:
        yield Found(part, notes.slice(0, 0), none, notes)
    for half in np.array_split(np.arange(keys.shape[1]), 2):
        columns = pa.RecordBatch.from_pydict({"position": half})
        yield Found(part, pa.RecordBatch.from_pydict({"document": [0]}), none, columns)


def passing(parts: list[U64], prefixes: Prefixes) -> list[tuple[int, int, int]]:
    """Return the keys that the steps let through: part, paragraph, key."""

    def keys_of(one: Found) -> tuple[U64, pa.RecordBatch]:
        positions = one.rows.column("position")
        return parts[one.part][:, positions.to_numpy()], pa.RecordBatch.from_arrays([positions], ["paragraph"])

    everything = (one for part, keys in enumerate(parts) for one in found(part, keys))
    sketches = pa.Table.from_batches(_sketch_step(keys_of, prefixes)(everything))
    by_range = [sketches.filter(pc.equal(sketches["range"], number)) for number in set(sketches["range"].to_pylist())]
    shared = pa.concat_tables([_share_step(prefixes)(one) for one in by_range])
    through = []
    for part, keys in enumerate(parts):
        notes = shared.filter(pc.equal(shared["part"], part)).combine_chunks().to_batches()
        of_part = found(part, keys, notes[0] if notes else None)
        for batch in _shared_step(keys_of, prefixes, SCHEMA)(of_part):
            columns = batch.to_pydict()
            through += [(part, *one) for one in zip(columns["paragraph"], columns["key"], strict=True)]
    return through


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=20), min_size=1, max_size=5),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_no_key_that_several_paragraphs_share_is_missed(values: list[list[int]], range_bits: int, few: int) -> None:
    mixed = np.random.default_rng(few).integers(1 << 63, size=(2, 13)).astype(np.uint64) << np.uint64(1)
    parts = [mixed[:, part] for part in values]
    through = Counter((part, paragraph, key) for part, paragraph, key in passing(parts, Prefixes(8 + few, range_bits)))
    for band in range(2):
        counts = Counter(value for part in values for value in part)
        for number, part in enumerate(values):
            for paragraph, value in enumerate(part):
                key = int(mixed[band, value].view(np.int64))
                assert counts[value] == 1 or through[number, paragraph, key] == 1


def test_few_keys_pass_that_nothing_shares() -> None:
    keys = np.random.default_rng(5).integers(1 << 63, size=(1, 40_000)).astype(np.uint64)
    keys[0, -100:] = keys[0, :100]
    prefixes = Prefixes.of(keys.size)
    through = passing(list(np.array_split(keys, 8, axis=1)), prefixes)
    assert 200 <= len(through) < 1200


@pytest.mark.parametrize(
    ("keys", "ranges"), [(0, 1), (1000, 1), (RANGE_KEYS, 2), (9 * RANGE_KEYS, 16), (1 << 70, None)]
)
def test_prefixes_tell_all_keys_apart_and_have_ranges_for_one_task(keys: int, ranges: int | None) -> None:
    prefixes = Prefixes.of(keys)
    assert keys < 1 << prefixes.bits or prefixes.bits == 64
    assert ranges is None or 1 << prefixes.range_bits == ranges


def test_rows_find_their_documents_in_the_files_of_both_runs(tmp_path: Path) -> None:
    for folder, parts in (("now", (0, 2)), ("earlier", (0,))):
        (tmp_path / folder).mkdir()
        for part in parts:
            ats = [part << RECORD_BITS | record for record in range(3000)]
            paragraphs = [[{"number": 1, "start": record}] for record in range(3000)]
            table = {"at": ats, "name": [f"{folder} {at}" for at in ats], "paragraphs": paragraphs}
            pq.write_table(pa.table(table), tmp_path / folder / f"part-{part:05d}-x.parquet")
    files = FingerprintFiles([tmp_path / "now", tmp_path / "earlier"])
    wanted = [(-1 << 31, EARLIER + 5), (0, 0), (0, 1), (0, 1), (0, 2999), (2, None), (2, (2 << 32) + 2000)]
    batches = [pa.RecordBatch.from_pydict({"part": [part], "at": pa.array([at], pa.int64())}) for part, at in wanted]
    batches[1:4] = pa.Table.from_batches(batches[1:4]).combine_chunks().to_batches()
    seen: list[str] = []
    for one in files.find(batches, ["name"], ["start"]):
        names = one.documents.column("name").take(pa.array(one.owners)).to_pylist() if one.documents.num_rows else []
        seen += names or [f"notes of {one.part}"]
    expected = ["earlier 5", "now 0", "now 1", "now 1", "now 2999", "notes of 2", f"now {(2 << 32) + 2000}"]
    assert seen == expected
