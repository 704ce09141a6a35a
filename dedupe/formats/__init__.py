"""File formats: how bytes become documents and, changed, bytes again. One file a format, one line in the table.

To add a format, write a module with a `Format` in it and name it in `FORMATS`; the contract test runs over every entry.
"""

from __future__ import annotations

from pathlib import PurePath

from dedupe.errors import OptionError
from dedupe.formats import json_lines, plain
from dedupe.formats.record import Format, Judged, Reading, Record

COMPRESSED = (".gz",)
"""Endings of compressed files; what stands before them names the format."""

FORMATS: dict[str, Format] = {one.name: one for one in (plain.FORMAT, json_lines.FORMAT)}
"""Every format by name."""


def format_of(path: str, name: str = "") -> Format:
    """Return the format of this name, or the one whose suffix the path has, or plain text."""
    if name:
        if name not in FORMATS:
            raise OptionError(f"format must be one of {', '.join(FORMATS)}, not {name!r}")
        return FORMATS[name]
    plain_name = PurePath(path).name.lower()
    for ending in COMPRESSED:
        plain_name = plain_name.removesuffix(ending)
    suffix = PurePath(plain_name).suffix
    return next((one for one in FORMATS.values() if suffix in one.suffixes), FORMATS["text"])


__all__ = ["FORMATS", "Format", "Judged", "Reading", "Record", "format_of"]
