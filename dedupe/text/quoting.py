"""Quoted history: what a message repeats of an earlier one, found by its structure and not by words of a language."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from dedupe.model import Document, Role
from dedupe.text.paragraphs import Paragraphs, lines

SIGNATURE = "-- "
"""The line above a signature (RFC 3676, 4.3)."""

SIGNATURE_LINES = 12
"""Lines of the longest signature; what is longer is text."""

FOOTER_LINES, FOOTER_WIDTH = 6, 120
"""Most lines, and most characters of a line, that a mailing list adds below a message."""

ATTRIBUTION_CHARACTERS = 200
"""The longest attribution: the line that says who wrote what is quoted below it."""

BREAKABLE_CHARACTERS = 40
"""A line of at least this length may have been broken in the middle of a sentence."""

MIN_QUOTED_LINES = 2
"""Quoted lines that are needed where there is no attribution; fewer may be anything."""

MIN_HEADER_LINES = 3
"""Header-like lines that are needed above an earlier message that is not marked line by line."""

_COLONS = (":", "：")
_STOPS = (".", "!", "?", ";", "…", "。", "！", "？", *_COLONS)
_RULE = regex.compile(r"\s*+(?:-{5,}+(?:[^-\r\n]++-{5,}+)?|_{20,}+)\s*+")
_FOOTER_RULE = regex.compile(r"(?:_{20,}+|-{20,}+|--)\s*+")
_LINK = regex.compile(r"\S@\S+|://\S")
_HEADER = regex.compile(r"\*?[^\W\d_][^:\n]{0,30}+:\*?[ \t]++\S")
_DIGIT = regex.compile(r"\d")
_DATE_OR_ADDRESS = regex.compile(r"[\d@]")


def line_roles(texts: Sequence[str], letter: int | None = None) -> list[Role]:
    """Return the role of each line of a message: "history" if it is quoted from an earlier one, or its attribution;
    "matter" in a signature or the footer of a mailing list; else "".

    `letter`: the line from which an earlier message follows unmarked, up to the end, as `find_letter` returns it.

    >>> line_roles(["Yes.", "", "Anna wrote:", "> Shall we?", "-- ", "Bert"])
    ['', '', 'history', 'history', 'matter', 'matter']
    """
    roles: list[Role] = [""] * len(texts)
    end = len(texts) if letter is None else letter
    for first, last in _quoted_runs(texts, end):
        start = _attribution(texts, first)
        if start < first or sum(map(_is_quoted, texts[first : last + 1])) >= MIN_QUOTED_LINES:
            roles[start : last + 1] = ["history"] * (last + 1 - start)
    roles[end:] = ["history"] * (len(texts) - end)
    _mark_signatures(texts, roles, end)
    return roles


def _is_quoted(text: str) -> bool:
    return text.startswith((">", " >"))


def _quoted_runs(texts: Sequence[str], end: int) -> list[tuple[int, int]]:
    """Return the first and last line of each run of quoted lines, blank lines between them included."""
    runs: list[tuple[int, int]] = []
    open_run = False
    for number in range(end):
        if _is_quoted(texts[number]):
            runs[-1:] = [(runs[-1][0], number)] if open_run else [*runs[-1:], (number, number)]
            open_run = True
        elif texts[number].strip():
            open_run = False
    return runs


def _attribution(texts: Sequence[str], first: int) -> int:
    """Return the line where the attribution above a run of quoted lines begins; the first of these if there is none."""
    last = first - 1
    if last >= 0 and not texts[last].strip():
        last -= 1
    if last < 0 or not texts[last].rstrip().endswith(_COLONS) or len(texts[last]) > ATTRIBUTION_CHARACTERS:
        return first
    start = last
    while start and last - start < 2 and not _DATE_OR_ADDRESS.search(texts[start]) and _continues(texts[start - 1]):
        start -= 1
    if start and start == last and texts[start].lstrip().startswith("<") and _continues(texts[start - 1]):
        start -= 1  # an address that did not fit into the line above
    return start if start == last or _DATE_OR_ADDRESS.search(texts[start]) else last


def _continues(text: str) -> bool:
    """Say whether a line may have been broken in the middle of a sentence."""
    return (
        BREAKABLE_CHARACTERS <= len(text) <= ATTRIBUTION_CHARACTERS
        and not _is_quoted(text)
        and not text.rstrip().endswith(_STOPS)
    )


def find_letter(texts: Sequence[str]) -> tuple[int, int] | None:
    """Return the line of the first rule above header-like lines (`-----Original Message-----`, `From: ...`) and the
    first of these lines; None if there is none.
    """
    for number, text in enumerate(texts):
        if text[:1] in ("-", "_", " ") and _RULE.fullmatch(text) and (first := _header(texts, number + 1)):
            return number, first
    return None


def _header(texts: Sequence[str], first: int) -> int:
    """Return the first of header-like lines that begin here or behind one blank line; 0 if there are none."""
    if first < len(texts) and not texts[first].strip():
        first += 1
    headers = []
    for text in texts[first : first + 12]:
        if _HEADER.match(text):
            headers.append(text)
        elif not headers or not text.startswith((" ", "\t")):
            break
    return first if len(headers) >= MIN_HEADER_LINES and any(map(_DIGIT.search, headers)) else 0


def _mark_signatures(texts: Sequence[str], roles: list[Role], end: int) -> None:
    """Give signatures and the footer their role, up to the next quoted line or the end of the message."""
    footer = _footer(texts, end)
    roles[footer:end] = [role or "matter" for role in roles[footer:end]]
    number = 0
    while number < footer:
        if texts[number] != SIGNATURE or roles[number]:
            number += 1
            continue
        stop = number
        while stop < footer and not roles[stop]:
            stop += 1
        if sum(bool(text.strip()) for text in texts[number:stop]) <= SIGNATURE_LINES:
            roles[number:stop] = ["matter"] * (stop - number)
        number = stop


def _footer(texts: Sequence[str], end: int) -> int:
    """Return the line from which only footers of mailing lists follow; the end if there are none.

    A footer is a rule of underscores or hyphens, or two hyphens, and a few lines, one of them with an address.
    """
    footer = number = end
    while number:
        number -= 1
        if number < footer - FOOTER_LINES - 2 or _is_quoted(texts[number]):
            break
        if _FOOTER_RULE.fullmatch(texts[number]):
            filled = [text for text in texts[number + 1 : footer] if text.strip()]
            if len(filled) > FOOTER_LINES or not any(map(_LINK.search, filled)):
                break
            below = texts[number + 1 : number + 1 + len(filled)]
            if max(map(len, filled)) > FOOTER_WIDTH or not all(map(str.strip, below)):
                break
            footer = number
    return footer


def may_quote(text: str) -> bool:
    """Say whether lines of a text may be quoted; a quick way out for nearly all texts."""
    return ">" in text and (_is_quoted(text) or any(mark in text for mark in ("\n>", "\r>", "\n >", "\r >")))


def paragraph_roles(document: Document, paragraphs: Paragraphs) -> Sequence[Role]:
    """Return the role of each paragraph that is not blank: from the layout of the document, else from its lines."""
    text = document.text
    if document.layout is not None:
        return document.layout.roles
    if not may_quote(text):
        return ()
    roles = line_roles([text[start:stop] for start, stop, _ in lines(text)])
    found: list[Role] = []
    for number in paragraphs.filled:
        paragraph = paragraphs[number]
        inside = set(roles[paragraph.first_line - 1 : paragraph.last_line])
        found.append(inside.pop() if len(inside) == 1 else "")
    return found


def unanswered(roles: Sequence[Role]) -> list[int]:
    """Return the positions of quoted history that has text of the message itself above it, and none below it.

    >>> unanswered(["", "history", "matter"]), unanswered(["history", ""]), unanswered(["", "history", ""])
    ([1], [], [])
    """
    first = next((position for position, role in enumerate(roles) if role == "history"), len(roles))
    others = ("history", "matter")
    if all(role in others for role in roles[:first]) or any(role not in others for role in roles[first:]):
        return []
    return [position for position in range(first, len(roles)) if roles[position] == "history"]
