"""Recognize binary files by their first bytes."""

from __future__ import annotations

import regex

BINARIES: tuple[tuple[str, regex.Pattern[bytes]], ...] = (
    ("a PDF file", regex.compile(rb"%PDF-\d")),
    ("a ZIP archive (as .docx, .odt, .xlsx and .epub are)", regex.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)")),
    ("a 7-Zip archive", regex.compile(rb"7z\xBC\xAF\x27\x1C")),
    ("a RAR archive", regex.compile(rb"Rar!\x1A\x07")),
    ("a tar archive", regex.compile(rb".{257}ustar", regex.DOTALL)),
    ("an Office document of before 2007", regex.compile(rb"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")),
    ("a Parquet file", regex.compile(rb"PAR1")),
    ("an SQLite database", regex.compile(rb"SQLite format 3\0")),
    ("an image", regex.compile(rb"\x89PNG\r\n|GIF8[79]a|\xFF\xD8\xFF|RIFF.{4}WEBP", regex.DOTALL)),
    ("a program", regex.compile(rb"\x7FELF|MZ.\0", regex.DOTALL)),
)
"""Kinds of binary files, as errors name them, and their first bytes."""


def binary(head: bytes) -> str:
    """Return the kind of a binary file with these first bytes; empty if it is not known to be binary."""
    return next((shown for shown, begins in BINARIES if begins.match(head)), "")
