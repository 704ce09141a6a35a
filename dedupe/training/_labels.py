"""Labelled texts: which lines an editor takes out."""

from __future__ import annotations

import hashlib
import json
import lzma
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PARTS = 5
"""Parts into which the sites fall: a model is measured on the part that it was not fitted on."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its labels, by lines counted from 0 and split at line feeds.

    `remove` must go; of each group of `either` exactly one stays; `open` (may go or stay, or editors differ) does not
    count. Every other line must stay.
    `weight`: how much the text counts beside others when a model is fitted.
    """

    id: str
    kind: str
    site: str
    text: str
    remove: frozenset[int]
    either: tuple[frozenset[int], ...]
    open: frozenset[int]
    weight: float = 1.0

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


def read_labels(paths: Sequence[Path], texts: Sequence[Path] = ()) -> list[Labelled]:
    """Return the labelled texts of files of JSON lines, which may be compressed (`.xz`).

    Labels without a text take the one of their `id` and `checksum` from `texts`, files of objects with `id` and `text`.
    Raises `ValueError` with the file and line of what is no label, or has no text.
    """
    known = {(row["id"], checksum(row["text"])): row["text"] for path in texts for _, row in _rows(path)}
    return [_labelled(row, place, known) for path in paths for place, row in _rows(path)]


def checksum(text: str) -> str:
    """Return what a text is recognised by: 128 bits of BLAKE2b, in hexadecimal."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _rows(path: Path) -> Iterator[tuple[str, Any]]:
    with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            yield f"{path}:{number}", json.loads(line)


def _labelled(row: Any, place: str, known: Mapping[tuple[str, str], str]) -> Labelled:
    try:
        text = row["text"] if "text" in row else known.get((row["id"], row["checksum"]))
        if text is None:
            raise ValueError(f"{place}: no file of texts has {row['id']!r} with this checksum; name it with --texts")
        return Labelled(
            row["id"],
            row["kind"],
            row.get("site", ""),
            text,
            frozenset(row.get("remove", ())),
            tuple(map(frozenset, row.get("either", ()))),
            frozenset(row.get("ok", ())) | frozenset(row.get("unsure", ())),
            float(row.get("weight", 1.0)),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{place}: no labelled text: {error!r}") from error
