"""File formats: how bytes become documents and, changed, bytes again. One file a format, one line in the table.

To add a format, write a module and name its reader in `FORMATS`; the contract test runs over every entry. A module is
loaded when a file of its format is met: some cost as much as the rest of a run.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import Any

from dedupe.compression import SUFFIXES
from dedupe.errors import OptionError
from dedupe.formats.record import Format, Judged, Reading, Record, Stretch, Unread, agreed


def _later(module: str, function: str = "read") -> Callable[..., Any]:
    """Return a function of a format's module, which is loaded when the function is called."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(f"dedupe.formats.{module}"), function)(*arguments)

    return call


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("text", (".txt", ".text"), _later("plain")),
        Format("markdown", (".md", ".markdown"), _later("markdown")),
        Format("html", (".html", ".htm", ".xhtml"), _later("html")),
        Format("json-lines", (".jsonl", ".ndjson"), _later("json_lines"), columns=True),
        Format("csv", (".csv",), _later("separated", "read_csv"), columns=True),
        Format("tsv", (".tsv", ".tab"), _later("separated", "read_tsv"), columns=True),
        Format("parquet", (".parquet",), _later("parquet"), _later("parquet", "write"), columns=True),
        Format("warc", (".warc",), _later("warc"), _later("warc", "write"), becomes=".jsonl"),
    )
}
"""Every format by name."""


def format_of(path: str, name: str = "") -> Format:
    """Return the format of this name, or the one whose suffix the path has, or plain text."""
    if name:
        if name not in FORMATS:
            raise OptionError(f"format must be one of {', '.join(FORMATS)}, not {name!r}")
        return FORMATS[name]
    plain_name = PurePath(path).name.lower()
    for ending in SUFFIXES:
        plain_name = plain_name.removesuffix(ending)
    suffix = PurePath(plain_name).suffix
    return next((one for one in FORMATS.values() if suffix in one.suffixes), FORMATS["text"])


__all__ = ["FORMATS", "Format", "Judged", "Reading", "Record", "Stretch", "Unread", "agreed", "format_of"]
