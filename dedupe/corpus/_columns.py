"""Fingerprints on disk: a folder a part, columns that are read whole, single records and texts that are looked up."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np

from dedupe._arrays import U64, Ints
from dedupe.across.case import LocalResult
from dedupe.corpus._fingerprints import DOCUMENT, ROW
from dedupe.model import Finding, Original, Span

NAMED = np.dtype(
    [
        ("line", "<u8"),  # the number of its item in the part
        ("begin", "<u8"),  # where that stands there, in bytes
        ("size", "<u4"),
        ("alone", "<u4"),  # 1: its rows are its lines, and none is like another of them
        ("name", "<u8"),  # the end of its id among the ids
        ("order", "<u8"),  # the end of its order key
    ]
)
"""Where a document comes from: 40 bytes."""

_NAME = 24
"""Where `name` stands in it."""

_BLOCK = 1 << 18

# Single records are read as numbers of Python's: a record of numpy's takes ten times as long.
_ROW, _DOCUMENT, _TEXT = Struct("<QQ8IQ"), Struct("<16s3Q4IQ"), Struct("<IQ")
_ROW_NAMES, _DOCUMENT_NAMES = ROW.names or (), DOCUMENT.names or ()


def local_result_of(kept: Mapping[str, Any]) -> LocalResult:
    """Return what was kept by `local_results_of` of one document."""
    cuts, findings = (Span(*cut) for cut in kept["cuts"]), map(Finding.of_dict, kept["findings"])
    return LocalResult(tuple(cuts), tuple(findings), kept.get("problem", ""))


class PartReader:
    """The fingerprints of one part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: dict[str, Any] = json.loads((folder / "counts.json").read_text())
        self.rows: int = self.counts["rows"]
        self.documents: int = self.counts["documents"]
        self._open: dict[str, int] = {}

    def _read(self, name: str, offset: int, size: int) -> bytes:
        if name not in self._open:
            self._open[name] = os.open(self.folder / name, os.O_RDONLY)
        return os.pread(self._open[name], size, offset)

    def close(self) -> None:
        """Close what is open."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def blocks(self, name: str, kind: np.dtype[Any]) -> Iterator[np.ndarray]:
        """Yield a table in blocks."""
        with open(self.folder / name, "rb") as file:
            while len(block := np.fromfile(file, kind, _BLOCK)):
                yield block

    def row(self, number: int) -> Mapping[str, int]:
        """Return a paragraph, by the names of `ROW`."""
        return dict(zip(_ROW_NAMES, _ROW.unpack(self._read("rows", number * _ROW.size, _ROW.size)), strict=True))

    def document(self, number: int) -> Mapping[str, Any]:
        """Return a document, by the names of `DOCUMENT`."""
        found = _DOCUMENT.unpack(self._read("documents", number * _DOCUMENT.size, _DOCUMENT.size))
        return dict(zip(_DOCUMENT_NAMES, found, strict=True))

    def digest(self, number: int) -> bytes:
        """Return a document's digest."""
        return self._read("documents", number * _DOCUMENT.size, 16)

    def text(self, record: Mapping[str, Any]) -> str:
        """Return the text of a paragraph or document."""
        return self._read("texts", record["offset"], record["length"]).decode("utf-8", "surrogatepass")

    def row_text(self, number: int) -> str:
        """Return the text of a paragraph, by number."""
        length, offset = _TEXT.unpack(self._read("rows", number * _ROW.size + _ROW.size - _TEXT.size, _TEXT.size))
        return self._read("texts", offset, length).decode("utf-8", "surrogatepass")

    def name(self, number: int) -> str:
        """Return a document's id."""
        size = NAMED.itemsize
        before = (
            self._read("named", (number - 1) * size, 2 * size) if number else bytes(size) + self._read("named", 0, size)
        )
        begin, end = (int.from_bytes(before[at : at + 8], "little") for at in (_NAME, size + _NAME))
        return self._read("names", begin, end - begin).decode("utf-8", "surrogatepass")

    def orders(self) -> list[bytes]:
        """Return the order keys of all documents."""
        return self._pieces("orders", "order")

    def names(self) -> list[bytes]:
        """Return the ids of all documents, in UTF-8."""
        return self._pieces("names", "name")

    def named(self) -> np.ndarray:
        """Return where all documents come from, `NAMED`."""
        return np.fromfile(self.folder / "named", NAMED)

    def _pieces(self, name: str, field: str) -> list[bytes]:
        whole = (self.folder / name).read_bytes()
        ends = np.fromfile(self.folder / "named", NAMED)[field].tolist()
        return [whole[begin:end] for begin, end in zip([0, *ends][:-1], ends, strict=True)]

    def inner(self) -> Iterator[tuple[int, LocalResult]]:
        """Yield what was found in the documents for themselves, in order."""
        with open(self.folder / "inner", "rb") as file:
            for line in file:
                one = json.loads(line)
                yield one["document"], local_result_of(one)


class FingerprintStore:
    """The fingerprints of all parts: rows and documents are numbered through."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.parts = [PartReader(folder) for folder in folders]
        self.row_bases = np.cumsum([0, *(part.rows for part in self.parts)])
        self.document_bases = np.cumsum([0, *(part.documents for part in self.parts)])
        self._row_bases, self._document_bases = self.row_bases.tolist(), self.document_bases.tolist()
        self.rows, self.documents = int(self.row_bases[-1]), int(self.document_bases[-1])

    def close(self) -> None:
        """Close what is open."""
        for part in self.parts:
            part.close()

    def owners(self) -> np.ndarray:
        """Return the document of each row, uint32."""
        found = np.zeros(self.rows, np.uint32)
        for at, base, block in self._row_blocks():
            found[at : at + len(block)] = block["document"] + base
        return found

    def keys(self, share: int, shares: int, alive: np.ndarray) -> tuple[Ints, U64, U64, Ints]:
        """Return rows, keys (high, low) and numbers in the text of the living rows of one share of all keys."""
        rows, highs, lows, numbers = [], [], [], []
        for at, _, block in self._row_blocks():
            chosen = np.flatnonzero(alive[at : at + len(block)] & (block["low"] % np.uint64(shares) == share))
            rows.append(chosen + at)
            highs.append(block["high"][chosen])
            lows.append(block["low"][chosen])
            numbers.append(block["number"][chosen].astype(np.int64))
        none = np.zeros(0, np.int64)
        return (
            np.concatenate([none, *rows]),
            np.concatenate([none.astype(np.uint64), *highs]),
            np.concatenate([none.astype(np.uint64), *lows]),
            np.concatenate([none, *numbers]),
        )

    def band(self, band: int) -> U64:
        """Return the keys of a band, uint64, shape (rows,)."""
        return np.concatenate(
            [np.zeros(0, np.uint64), *(np.fromfile(part.folder / f"band-{band}", "<u8") for part in self.parts)]
        )

    def column(self, name: str) -> np.ndarray:
        """Return a column of the documents."""
        blocks = [np.zeros(0, DOCUMENT)[name]]
        for part in self.parts:
            blocks += [block[name].copy() for block in part.blocks("documents", DOCUMENT)]
        return np.concatenate(blocks)

    def _row_blocks(self) -> Iterator[tuple[int, int, np.ndarray]]:
        at = 0
        for part, base in zip(self.parts, self.document_bases.tolist(), strict=False):
            for block in part.blocks("rows", ROW):
                yield at, base, block
                at += len(block)

    def _part_of(self, bases: list[int], number: int) -> int:
        return bisect_right(bases, number) - 1

    def text(self, row: int) -> str:
        """Return the text of a paragraph."""
        at = self._part_of(self._row_bases, row)
        return self.parts[at].row_text(row - self._row_bases[at])

    def place(self, row: int) -> tuple[Original, str]:
        """Return where a paragraph stands, and its text."""
        at = self._part_of(self._row_bases, row)
        part = self.parts[at]
        record = part.row(row - self._row_bases[at])
        number = record["document"]
        digest = part.digest(number).hex()
        span, lines = Span(record["start"], record["stop"]), (record["first"], record["last"])
        return Original(part.name(number), span, lines, key=digest), part.text(record)

    def whole(self, document: int) -> tuple[Original, str]:
        """Return the place of a whole document, and its text as it remains."""
        at = self._part_of(self._document_bases, document)
        part = self.parts[at]
        number = document - self._document_bases[at]
        record = part.document(number)
        span, lines = Span(0, record["points"]), (1, record["lines"])
        return Original(part.name(number), span, lines, key=record["digest"].hex()), part.text(record)
