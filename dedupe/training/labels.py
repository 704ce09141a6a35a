"""Labelled texts: which lines an editor takes out."""

from __future__ import annotations

import json
import lzma
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PARTS = 5
"""Parts into which the sites fall: a model is measured on the part that it was not fitted on."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its labels, by lines counted from 0 and split at line feeds.

    `remove` must go; of each group of `either` exactly one stays; `open` (may go or stay, or editors differ) does not
    count. Every other line must stay.
    """

    id: str
    kind: str
    site: str
    text: str
    remove: frozenset[int]
    either: tuple[frozenset[int], ...]
    open: frozenset[int]

    @property
    def part(self) -> int:
        """The part of its site, whatever other texts there are."""
        return zlib.crc32((self.site or self.id).encode()) % PARTS

    @property
    def edited(self) -> bool:
        """Whether people have edited the text, so that nothing may go."""
        return not (self.remove or self.either)

    def outcome(self, gone: set[int]) -> tuple[set[int], set[int], set[int]]:
        """Return the lines that were rightly taken out, missed, and wrongly taken out."""
        grouped = frozenset().union(*self.either)
        wanted = self.remove - grouped
        hits, misses = set(gone & wanted), set(wanted - gone)
        wrong = set(gone - wanted - grouped - self.open)
        for group in self.either:
            taken, left = sorted(group & gone), sorted(group - gone)
            hits |= set(taken if left else taken[1:])
            misses |= set(left[1:])
            wrong |= set(() if left else taken[:1])
        return hits, misses, wrong


def read_labels(paths: Sequence[Path]) -> list[Labelled]:
    """Return the labelled texts of files of JSON lines, which may be compressed (`.xz`).

    Raises `ValueError` with the file and line of what is no label.
    """
    return [_labelled(row, place) for path in paths for place, row in _rows(path)]


def _rows(path: Path) -> Iterator[tuple[str, Any]]:
    opened: IO[str] = lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8")
    with opened as lines:
        for number, line in enumerate(lines, 1):
            yield f"{path}:{number}", json.loads(line)


def _labelled(row: Any, place: str) -> Labelled:
    try:
        return Labelled(
            row["id"],
            row["kind"],
            row.get("site", ""),
            row["text"],
            frozenset(row["remove"]),
            tuple(map(frozenset, row["either"])),
            frozenset(row["ok"]) | frozenset(row["unsure"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{place}: no labelled text: {error!r}") from error
