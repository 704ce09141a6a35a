"""Labelled texts: which lines an editor would remove."""

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
"""Parts of the sites: a model is measured on the part that it was not fitted to."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its labels: numbers of lines, from 0, split at line feeds.

    `remove`: lines to be removed. `either`: groups of lines of which one stays. `open`: lines that do not count,
    since either is right or editors differ. Every other line must stay. `weight`: of the text when a model is fitted.
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
        """The number of the part of its site, which does not depend on other texts."""
        return zlib.crc32((self.site or self.id).encode()) % PARTS

    @property
    def edited(self) -> bool:
        """Whether people have edited the text, so that nothing may be removed."""
        return not (self.remove or self.either)

    def outcome(self, removed: set[int]) -> tuple[set[int], set[int], set[int]]:
        """Return the lines that are rightly removed, missed, and wrongly removed."""
        grouped = frozenset().union(*self.either)
        expected = self.remove - grouped
        hits, misses = set(removed & expected), set(expected - removed)
        wrong = set(removed - expected - grouped - self.open)
        for group in self.either:
            removed_copies, staying = sorted(group & removed), sorted(group - removed)
            hits |= set(removed_copies if staying else removed_copies[1:])
            misses |= set(staying[1:])
            wrong |= set(() if staying else removed_copies[:1])
        return hits, misses, wrong


def read_labels(paths: Sequence[Path], texts: Sequence[Path] = ()) -> list[Labelled]:
    """Read the labelled texts of files of JSON lines, perhaps compressed (`.xz`).

    Labels without a text get it by `id` and `checksum` from `texts`, files of objects with `id` and `text`. Raises
    `ValueError` with the file and line of a record that is no label or has no text.
    """
    texts_by_id = {
        (record["id"], checksum(record["text"])): record["text"] for path in texts for _, record in _records(path)
    }
    return [_labelled(record, location, texts_by_id) for path in paths for location, record in _records(path)]


def checksum(text: str) -> str:
    """Return 128 bits of BLAKE2b of a text, in hexadecimal."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            yield f"{path}:{number}", json.loads(line)


def _labelled(record: Any, location: str, texts_by_id: Mapping[tuple[str, str], str]) -> Labelled:
    try:
        text = record["text"] if "text" in record else texts_by_id.get((record["id"], record["checksum"]))
        if text is None:
            name = repr(record["id"])
            raise ValueError(f"{location}: no file of texts has {name} with this checksum; name it with --texts")
        return Labelled(
            record["id"],
            record["kind"],
            record.get("site", ""),
            text,
            frozenset(record.get("remove", ())),
            tuple(map(frozenset, record.get("either", ()))),
            frozenset(record.get("ok", ())) | frozenset(record.get("unsure", ())),
            float(record.get("weight", 1.0)),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{location}: no labelled text: {error!r}") from error
