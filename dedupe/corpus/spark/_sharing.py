"""Find the keys that several paragraphs share from a few bits of each, so that only these are shuffled.

The task of a part sorts the prefixes of its keys and sends the differences between them, about two bytes a key. The
tasks that get those of one range from all parts send back, for each part, a bit a key: whether its prefix occurs
again. So a key that is shared is never missed, and of those that are not, one of a hundred passes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe._arrays import U64, Bools
from dedupe.corpus.spark._lookups import FingerprintSource, Found, FoundStep, SavedFingerprints, with_part
from dedupe.matching.lsh import shared_keys

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

RANGE_KEYS = 1 << 22
"""Keys whose prefixes are compared in one task."""

SPARE_BITS = 7
"""Bits of a prefix beyond those that number all keys: one of so many keys passes that nothing shares."""

SKETCH = "part long, range int, keys int, data binary"
"""The sorted prefixes of keys of a part in a range, or whether each is shared."""

KeyRows = Callable[[Found], tuple[U64, pa.RecordBatch]]
"""Return the keys of paragraphs of documents, uint64, shape (keys of one, paragraphs), and what goes with them."""


@dataclass(frozen=True, slots=True)
class Prefixes:
    """How keys are cut: the number of `bits` of a prefix, and the number of bits that tell its range."""

    bits: int
    range_bits: int

    @classmethod
    def of(cls, keys: int) -> Prefixes:
        """Return how so many keys are cut."""
        return cls(min(64, keys.bit_length() + SPARE_BITS), (keys // RANGE_KEYS).bit_length())

    def of_keys(self, keys: U64) -> U64:
        """Return the prefixes of keys."""
        return keys >> np.uint64(64 - self.bits)

    def ranges(self, ordered: U64) -> Iterator[tuple[int, slice]]:
        """Yield each range that has prefixes, and the positions of these, which are in order."""
        edges = np.arange(1, 1 << self.range_bits, dtype=np.uint64) << np.uint64(self.bits - self.range_bits)
        bounds = [0, *np.searchsorted(ordered, edges).tolist(), len(ordered)]
        for number, (begin, end) in enumerate(itertools.pairwise(bounds)):
            if begin < end:
                yield number, slice(begin, end)


def sharing(
    fingerprints: FingerprintSource,
    rows: DataFrame,
    needed: tuple[list[str], list[str]],
    keys: KeyRows,
    schema: str,
) -> DataFrame:
    """Return the keys of all documents that rows name, a row each with what goes with it; without many that are unique.

    `needed`: the columns of documents and the fields of paragraphs that `keys` looks at.
    """
    if not isinstance(fingerprints, SavedFingerprints):
        return fingerprints.look_up(rows, *needed, _all_step(keys, schema), schema)
    prefixes = Prefixes.of(fingerprints.paragraphs)
    sketches = fingerprints.look_up(rows, *needed, _sketch_step(keys, prefixes), SKETCH)
    shared = sketches.groupBy("range").applyInArrow(_share_step(prefixes), SKETCH)
    named = with_part(rows).unionByName(shared, allowMissingColumns=True)
    return fingerprints.look_up(named, *needed, _shared_step(keys, prefixes, schema), schema)


def _all_step(keys: KeyRows, schema: str) -> FoundStep:
    """Return the step from documents to all their keys."""

    def step(found: Iterable[Found]) -> Iterator[pa.RecordBatch]:
        for one in found:
            bands, columns = keys(one)
            for band in bands:
                yield _batch(band, columns, schema)

    return step


def _sketch_step(keys: KeyRows, prefixes: Prefixes) -> FoundStep:
    """Return the step from documents to the `SKETCH` of their keys."""

    def step(found: Iterable[Found]) -> Iterator[pa.RecordBatch]:
        for part, group in itertools.groupby(found, key=lambda one: one.part):
            bands, _ = _joined(map(keys, group))
            rows = []
            for band, band_keys in enumerate(bands):
                ordered = np.sort(prefixes.of_keys(band_keys))
                for number, where in prefixes.ranges(ordered):
                    rows.append((part, band << prefixes.range_bits | number, *_packed(ordered[where])))
            yield _sketch(rows)

    return step


def _share_step(prefixes: Prefixes) -> Callable[[pa.Table], pa.Table]:
    """Return the step from the prefixes of a range, of all parts, to whether each is shared."""

    def step(table: pa.Table) -> pa.Table:
        counts = table.column("keys").to_pylist()
        pieces = [_unpacked(data, count) for data, count in zip(table.column("data").to_pylist(), counts, strict=True)]
        is_shared = np.zeros(sum(counts), bool)
        is_shared[shared_keys(np.concatenate(pieces) << np.uint64(64 - prefixes.bits))] = True
        rows = []
        ends = np.cumsum(counts).tolist()
        for part, number, count, end in zip(
            table.column("part").to_pylist(), table.column("range").to_pylist(), counts, ends, strict=True
        ):
            mask = is_shared[end - count : end]
            if mask.any():
                rows.append((part, number, count, pa.compress(np.packbits(mask).tobytes(), "zstd", asbytes=True)))
        return pa.Table.from_batches([_sketch(rows)])

    return step


def _shared_step(keys: KeyRows, prefixes: Prefixes, schema: str) -> FoundStep:
    """Return the step from documents, before which comes what is shared of their part, to the keys that are."""

    def step(found: Iterable[Found]) -> Iterator[pa.RecordBatch]:
        for _, group in itertools.groupby(found, key=lambda one: one.part):
            is_shared: dict[int, Bools] = {}
            pieces = []
            for one in group:
                if one.documents.num_rows:
                    pieces.append(keys(one))
                else:
                    is_shared |= _shared_of(one.rows)
            bands, columns = _joined(iter(pieces))
            for band, band_keys in enumerate(bands):
                cut_keys = prefixes.of_keys(band_keys)
                order = np.argsort(cut_keys, kind="stable")
                passing = [
                    order[where][is_shared[number]]
                    for position, where in prefixes.ranges(cut_keys[order])
                    if (number := band << prefixes.range_bits | position) in is_shared
                ]
                if passing:
                    positions = np.sort(np.concatenate(passing))
                    yield _batch(band_keys[positions], columns.take(pa.array(positions)), schema)

    return step


def _shared_of(rows: pa.RecordBatch) -> dict[int, Bools]:
    """Return whether each key is shared, by range."""
    columns = [rows.column(name).to_pylist() for name in ("range", "keys", "data")]
    return {number: _mask(data, count) for number, count, data in zip(*columns, strict=True)}


def _mask(data: bytes, count: int) -> Bools:
    packed = pa.decompress(data, -(-count // 8), "zstd", asbytes=True)
    return np.unpackbits(np.frombuffer(packed, np.uint8), count=count).astype(bool)


def _packed(ordered: U64) -> tuple[int, bytes]:
    """Return the number of prefixes, in order, and the differences between them: all low bytes, then the next ones."""
    planes = np.diff(ordered, prepend=np.uint64(0)).astype("<u8").view(np.uint8).reshape(-1, 8).T
    return len(ordered), pa.compress(planes.tobytes(), "zstd", asbytes=True)


def _unpacked(data: bytes, count: int) -> U64:
    planes = np.frombuffer(pa.decompress(data, 8 * count, "zstd", asbytes=True), np.uint8).reshape(8, count)
    prefixes: U64 = np.cumsum(np.ascontiguousarray(planes.T).view("<u8")[:, 0], dtype=np.uint64)
    return prefixes


def _joined(pieces: Iterable[tuple[U64, pa.RecordBatch]]) -> tuple[U64, pa.RecordBatch]:
    keys, columns = zip(*pieces, strict=True)
    arrays = [pa.concat_arrays(arrays) for arrays in zip(*(one.columns for one in columns), strict=True)]
    return np.concatenate(keys, axis=1), pa.RecordBatch.from_arrays(arrays, columns[0].schema.names)


def _batch(keys: U64, columns: pa.RecordBatch, schema: str) -> pa.RecordBatch:
    arrays = [pa.array(np.ascontiguousarray(keys).view(np.int64)), *columns.columns]
    return pa.RecordBatch.from_arrays(arrays, [column.split()[0] for column in schema.split(", ")])


def _sketch(rows: list[tuple[int, int, int, bytes]]) -> pa.RecordBatch:
    types = pa.int64(), pa.int32(), pa.int32(), pa.binary()
    columns = zip(*rows, strict=True) if rows else [()] * len(types)
    arrays = [pa.array(column, type_) for column, type_ in zip(columns, types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, [column.split()[0] for column in SKETCH.split(", ")])
