"""Read fingerprints from disk: a folder a part, whole columns, single records and texts."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from struct import Struct
from typing import Any

import numpy as np

from dedupe._arrays import U8, U64, Ints
from dedupe.across.case import LocalResult
from dedupe.corpus._fingerprints import DOCUMENT, PARAGRAPH
from dedupe.matching.sketches import SKETCH_BITS
from dedupe.model import Finding, Original, Span

SOURCE = np.dtype(
    [
        ("line", "<u8"),  # the number of its record in the part
        ("begin", "<u8"),  # the position of that, in bytes
        ("size", "<u4"),
        ("alone", "<u4"),  # 1: its paragraphs are lines, and none is similar to another one of it
        ("name", "<u8"),  # the end of its id among the ids
        ("order", "<u8"),  # the end of its order key
    ]
)
"""Where a document comes from: 40 bytes."""

_NAME_OFFSET = 24
"""The offset of `name` in it, in bytes."""

_BLOCK_RECORDS = 1 << 18

# Single records are read by `struct`: numpy takes ten times as long for one.
_PARAGRAPH_RECORD, _DOCUMENT_RECORD, _TEXT_RECORD = Struct("<QQ8IQ"), Struct("<16s3Q4IQ"), Struct("<IQ")
_PARAGRAPH_FIELDS, _DOCUMENT_FIELDS = PARAGRAPH.names or (), DOCUMENT.names or ()


def decode_local_result(encoded: Mapping[str, Any]) -> LocalResult:
    """Return the local result that `encode_local_results` encoded."""
    cuts, findings = (Span(*cut) for cut in encoded["cuts"]), map(Finding.of_dict, encoded["findings"])
    return LocalResult(tuple(cuts), tuple(findings), encoded.get("problem", ""))


class PartReader:
    """Read the fingerprints of one part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counts: dict[str, Any] = json.loads((folder / "counts.json").read_text())
        self.paragraphs: int = self.counts["paragraphs"]
        self.documents: int = self.counts["documents"]
        self._open: dict[str, int] = {}

    def _read(self, name: str, offset: int, size: int) -> bytes:
        """Return bytes of a table."""
        if name not in self._open:
            self._open[name] = os.open(self.folder / name, os.O_RDONLY)
        return os.pread(self._open[name], size, offset)

    def close(self) -> None:
        """Close the files."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()

    def blocks(self, name: str, kind: np.dtype[Any]) -> Iterator[np.ndarray]:
        """Yield a table in blocks."""
        with open(self.folder / name, "rb") as file:
            while len(block := np.fromfile(file, kind, _BLOCK_RECORDS)):
                yield block

    def paragraph(self, number: int) -> Mapping[str, int]:
        """Return the fields of a paragraph, see `PARAGRAPH`."""
        size = _PARAGRAPH_RECORD.size
        record = _PARAGRAPH_RECORD.unpack(self._read("paragraphs", number * size, size))
        return dict(zip(_PARAGRAPH_FIELDS, record, strict=True))

    def document(self, number: int) -> Mapping[str, Any]:
        """Return the fields of a document, see `DOCUMENT`."""
        size = _DOCUMENT_RECORD.size
        record = _DOCUMENT_RECORD.unpack(self._read("documents", number * size, size))
        return dict(zip(_DOCUMENT_FIELDS, record, strict=True))

    def digest(self, number: int) -> bytes:
        """Return the digest of a document, 16 bytes."""
        return self._read("documents", number * _DOCUMENT_RECORD.size, 16)

    def text(self, record: Mapping[str, Any]) -> str:
        """Return the text of a paragraph or document from its fields."""
        return self._read("texts", record["offset"], record["length"]).decode("utf-8", "surrogatepass")

    def paragraph_text(self, number: int) -> str:
        """Return the text of a paragraph, by number."""
        end = (number + 1) * _PARAGRAPH_RECORD.size
        length, offset = _TEXT_RECORD.unpack(self._read("paragraphs", end - _TEXT_RECORD.size, _TEXT_RECORD.size))
        return self._read("texts", offset, length).decode("utf-8", "surrogatepass")

    def id(self, number: int) -> str:
        """Return the id of a document."""
        size = SOURCE.itemsize
        before = (
            self._read("sources", (number - 1) * size, 2 * size)
            if number
            else bytes(size) + self._read("sources", 0, size)
        )
        begin, end = (int.from_bytes(before[at : at + 8], "little") for at in (_NAME_OFFSET, size + _NAME_OFFSET))
        return self._read("names", begin, end - begin).decode("utf-8", "surrogatepass")

    def orders(self) -> list[bytes]:
        """Return the order keys of all documents."""
        return self._pieces("orders", "order")

    def ids(self) -> list[bytes]:
        """Return the ids of all documents, in UTF-8."""
        return self._pieces("names", "name")

    def sources(self) -> np.ndarray:
        """Return where all documents come from, `SOURCE`, shape (documents,)."""
        return np.fromfile(self.folder / "sources", SOURCE)

    def _pieces(self, name: str, field: str) -> list[bytes]:
        """Return the strings of a table, which end where a field of `SOURCE` says."""
        whole = (self.folder / name).read_bytes()
        ends = np.fromfile(self.folder / "sources", SOURCE)[field].tolist()
        return [whole[begin:end] for begin, end in zip([0, *ends][:-1], ends, strict=True)]

    def local_results(self) -> Iterator[tuple[int, LocalResult]]:
        """Yield documents with findings or a problem of their own, by number, in order."""
        with open(self.folder / "local_results", "rb") as file:
            for line in file:
                encoded = json.loads(line)
                yield encoded["document"], decode_local_result(encoded)


class FingerprintStore:
    """Read the fingerprints of all parts; paragraphs and documents are numbered across the parts."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = list(folders)
        self.parts = [PartReader(folder) for folder in self.folders]
        self.paragraph_bases = np.cumsum([0, *(part.paragraphs for part in self.parts)])
        self.document_bases = np.cumsum([0, *(part.documents for part in self.parts)])
        self._paragraph_bases, self._document_bases = self.paragraph_bases.tolist(), self.document_bases.tolist()
        self.paragraphs, self.documents = int(self.paragraph_bases[-1]), int(self.document_bases[-1])

    def __reduce__(self) -> tuple[type[FingerprintStore], tuple[list[Path]]]:
        return type(self), (self.folders,)  # another process opens the files itself

    def close(self) -> None:
        """Close the files."""
        for part in self.parts:
            part.close()

    def owners(self) -> np.ndarray:
        """Return the document of each paragraph, uint32, shape (paragraphs,)."""
        found = np.zeros(self.paragraphs, np.uint32)
        for at, base, block in self._paragraph_blocks():
            found[at : at + len(block)] = block["document"] + base
        return found

    def keys(self, share: int, shares: int, compared: np.ndarray) -> tuple[Ints, U64, U64, Ints]:
        """Return the compared paragraphs whose keys are in one share of all keys.

        `compared`: bool, shape (paragraphs,). Returns their numbers, their keys (high, low) and their numbers in their
        texts.
        """
        paragraphs, highs, lows, numbers = [], [], [], []
        for at, _, block in self._paragraph_blocks():
            chosen = np.flatnonzero(compared[at : at + len(block)] & (block["low"] % np.uint64(shares) == share))
            paragraphs.append(chosen + at)
            highs.append(block["high"][chosen])
            lows.append(block["low"][chosen])
            numbers.append(block["number"][chosen].astype(np.int64))
        none = np.zeros(0, np.int64)
        return (
            np.concatenate([none, *paragraphs]),
            np.concatenate([none.astype(np.uint64), *highs]),
            np.concatenate([none.astype(np.uint64), *lows]),
            np.concatenate([none, *numbers]),
        )

    def band(self, band: int) -> U64:
        """Return the keys of a band, uint64, shape (paragraphs,)."""
        keys = np.empty(self.paragraphs, "<u8")
        for part, (first, stop) in zip(self.parts, pairwise(self._paragraph_bases), strict=True):
            keys[first:stop] = np.fromfile(part.folder / f"band-{band}", "<u8")
        return keys

    def column(self, name: str) -> np.ndarray:
        """Return a column of the documents, shape (documents,)."""
        blocks = [np.zeros(0, DOCUMENT)[name]]
        for part in self.parts:
            blocks += [block[name].copy() for block in part.blocks("documents", DOCUMENT)]
        return np.concatenate(blocks)

    def _paragraph_blocks(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Yield blocks of paragraphs: the number of the first one, that of the part's first document, the block."""
        at = 0
        for part, base in zip(self.parts, self.document_bases.tolist(), strict=False):
            for block in part.blocks("paragraphs", PARAGRAPH):
                yield at, base, block
                at += len(block)

    def _part_of(self, bases: list[int], number: int) -> int:
        return bisect_right(bases, number) - 1

    def texts(self, paragraphs: Ints) -> list[str]:
        """Return the texts of paragraphs, whose numbers are in order."""
        edges = np.searchsorted(paragraphs, self.paragraph_bases)
        found: list[str] = []
        for part, base, (first, stop) in zip(self.parts, self._paragraph_bases, pairwise(edges.tolist()), strict=False):
            found += map(part.paragraph_text, (paragraphs[first:stop] - base).tolist())
        return found

    def sketches(self, paragraphs: Ints) -> tuple[U8, Ints]:
        """Return the sketches of paragraphs, whose numbers are in order, and their numbers of words, int64."""
        edges = np.searchsorted(paragraphs, self.paragraph_bases)
        found = [np.zeros((0, SKETCH_BITS // 8), np.uint8)]
        sizes = [np.zeros(0, np.int64)]
        for part, base, (first, stop) in zip(self.parts, self._paragraph_bases, pairwise(edges.tolist()), strict=False):
            if first < stop:
                chosen = paragraphs[first:stop] - base
                found.append(np.memmap(part.folder / "sketches", np.uint8, "r").reshape(-1, SKETCH_BITS // 8)[chosen])
                sizes.append(np.memmap(part.folder / "paragraphs", PARAGRAPH, "r")["words"][chosen].astype(np.int64))
        return np.concatenate(found), np.concatenate(sizes)

    def original(self, paragraph: int) -> tuple[Original, str]:
        """Return a paragraph as an original, and its text."""
        at = self._part_of(self._paragraph_bases, paragraph)
        part = self.parts[at]
        record = part.paragraph(paragraph - self._paragraph_bases[at])
        number = record["document"]
        digest = part.digest(number).hex()
        span, lines = Span(record["start"], record["stop"]), (record["first"], record["last"])
        return Original(part.id(number), span, lines, key=digest), part.text(record)

    def whole(self, document: int) -> tuple[Original, str]:
        """Return a whole document as an original, and its remaining text."""
        at = self._part_of(self._document_bases, document)
        part = self.parts[at]
        number = document - self._document_bases[at]
        record = part.document(number)
        span, lines = Span(0, record["points"]), (1, record["lines"])
        return Original(part.id(number), span, lines, key=record["digest"].hex()), part.text(record)
