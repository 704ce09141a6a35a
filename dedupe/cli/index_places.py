"""The indexes that --index names: files, patterns of files, and addresses."""

from __future__ import annotations

import os
from collections.abc import Sequence
from glob import glob, has_magic

from dedupe.errors import InputError, OptionError

_LOGS = ("-wal", "-shm", "-journal")
"""Endings of the files that SQLite keeps beside an open one."""


def index_places(names: Sequence[str]) -> list[str]:
    """Return the places of indexes, each once; a name with `*`, `?` or `[` that is no file is a pattern of files.

    Raises `InputError` for a pattern that matches nothing.
    """
    places: dict[str, str] = {}
    for name in names:
        for place in _matches(name):
            places.setdefault(place if _is_address(place) else os.path.realpath(place), place)
    return list(places.values())


def written_place(names: Sequence[str]) -> str:
    """Return the place of the one index that is written to, the first; raise `OptionError` if that is several."""
    first = _matches(names[0])
    if len(first) > 1:
        raise OptionError(f"--index {names[0]} names {len(first)} indexes, and one is written to; name that one first")
    return first[0]


def refuse_several(names: Sequence[str]) -> None:
    """Raise `OptionError` if more than one index is named."""
    count = len(index_places(names))
    if count > 1:
        raise OptionError(f"this works on one index, and --index names {count}; name one, or see dedupe index merge")


def _matches(name: str) -> list[str]:
    if _is_address(name) or not has_magic(name) or os.path.exists(name):
        return [name]
    found = [path for path in sorted(glob(name, recursive=True)) if os.path.isfile(path) and not path.endswith(_LOGS)]
    if not found:
        raise InputError(name, "no file matches this pattern; name an index, or correct the pattern")
    return found


def _is_address(name: str) -> bool:
    return "://" in name or name.startswith(":")
