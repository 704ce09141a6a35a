"""Quoted history: what a text repeats of an earlier message, told by its structure and not by words of a language."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from dedupe.model import Document, Role
from dedupe.text.paragraphs import Paragraphs, lines

SIGNATURE = "-- "
"""The line above a signature (RFC 3676, 4.3)."""

SIGNATURE_LINES = 12
"""Lines of the longest signature; what is longer is a text."""

FOOTER_LINES, FOOTER_WIDTH = 6, 120
"""Lines, and characters of a line, that a mailing list sets below a message at most."""

LEADING = 200
"""Characters of the longest line that says who wrote what is quoted below it."""

FULL = 40
"""Characters from which such a line may have been broken into two."""

QUOTED = 2
"""Lines that are quoted where no line says who wrote them; fewer may be anything."""

HEADERS = 3
"""Lines like those of a header that stand at least above an earlier message that is not marked line by line."""

_COLONS = (":", "：")
_STOPS = (".", "!", "?", ";", "…", "。", "！", "？", *_COLONS)
_RULE = regex.compile(r"\s*+(?:-{5,}+(?:[^-\r\n]++-{5,}+)?|_{20,}+)\s*+")
_FOOTER_RULE = regex.compile(r"_{20,}+\s*+")
_LINK = regex.compile(r"\S@\S+|://\S")
_HEADER = regex.compile(r"\*?[^\W\d_][^:\n]{0,30}+:\*?[ \t]++\S")
_DIGIT = regex.compile(r"\d")
_ORIGIN = regex.compile(r"[\d@]")


def line_roles(texts: Sequence[str], letter: int | None = None) -> list[Role]:
    """Return the role of each line of a message: "history" if it is quoted from an earlier one, with the line that says
    whose it is; "matter" in a signature or a mailing list's footer; else "".

    `letter`: the line from which an earlier message stands there unmarked, to the end, as `find_letter` tells.

    >>> line_roles(["Yes.", "", "Anna wrote:", "> Shall we?", "-- ", "Bert"])
    ['', '', 'history', 'history', 'matter', 'matter']
    """
    roles: list[Role] = [""] * len(texts)
    end = len(texts) if letter is None else letter
    for first, last in _runs(texts, end):
        start = _leading(texts, first)
        if start < first or sum(map(_is_quoted, texts[first : last + 1])) >= QUOTED:
            roles[start : last + 1] = ["history"] * (last + 1 - start)
    roles[end:] = ["history"] * (len(texts) - end)
    _mark_signatures(texts, roles, end)
    return roles


def _is_quoted(text: str) -> bool:
    return text.startswith((">", " >"))


def _runs(texts: Sequence[str], end: int) -> list[tuple[int, int]]:
    """Return the first and last line of each run of quoted lines, those without a word between them included."""
    runs: list[tuple[int, int]] = []
    open_run = False
    for number in range(end):
        if _is_quoted(texts[number]):
            runs[-1:] = [(runs[-1][0], number)] if open_run else [*runs[-1:], (number, number)]
            open_run = True
        elif texts[number].strip():
            open_run = False
    return runs


def _leading(texts: Sequence[str], first: int) -> int:
    """Return where the line begins that says who wrote a run of quoted lines; the first of these if none does."""
    last = first - 1
    if last >= 0 and not texts[last].strip():
        last -= 1
    if last < 0 or not texts[last].rstrip().endswith(_COLONS) or len(texts[last]) > LEADING:
        return first
    start = last
    while start and last - start < 2 and not _ORIGIN.search(texts[start]) and _goes_on(texts[start - 1]):
        start -= 1
    if start and start == last and texts[start].lstrip().startswith("<") and _goes_on(texts[start - 1]):
        start -= 1  # an address that did not fit into the line above
    return start if start == last or _ORIGIN.search(texts[start]) else last


def _goes_on(text: str) -> bool:
    """Say whether a line may have been broken in the middle of what it says."""
    return FULL <= len(text) <= LEADING and not _is_quoted(text) and not text.rstrip().endswith(_STOPS)


def find_letter(texts: Sequence[str]) -> tuple[int, int] | None:
    """Return the line of the first rule above lines like those of a header (`-----Original Message-----`, `From: ...`),
    and the first of these; None if there is none.
    """
    for number, text in enumerate(texts):
        if text[:1] in ("-", "_", " ") and _RULE.fullmatch(text) and (first := _header(texts, number + 1)):
            return number, first
    return None


def _header(texts: Sequence[str], first: int) -> int:
    """Return where lines like those of a header begin, here or behind one blank line; 0 if they do not."""
    if first < len(texts) and not texts[first].strip():
        first += 1
    found = []
    for text in texts[first : first + 12]:
        if _HEADER.match(text):
            found.append(text)
        elif not found or not text.startswith((" ", "\t")):
            break
    return first if len(found) >= HEADERS and any(map(_DIGIT.search, found)) else 0


def _mark_signatures(texts: Sequence[str], roles: list[Role], end: int) -> None:
    """Give signatures their role: from their first line to what is quoted behind them, or to the end."""
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
    """Return the line from which on there is only what mailing lists set below a message: a rule of underscores and a
    few lines with an address among them, once or more; the end if there is nothing like that.
    """
    first = at = end
    while at:
        at -= 1
        if at < first - FOOTER_LINES - 2 or _is_quoted(texts[at]):
            break
        if _FOOTER_RULE.fullmatch(texts[at]):
            said = [text for text in texts[at + 1 : first] if text.strip()]
            if len(said) > FOOTER_LINES or not any(map(_LINK.search, said)):
                break
            if max(map(len, said)) > FOOTER_WIDTH or not all(map(str.strip, texts[at + 1 : at + 1 + len(said)])):
                break
            first = at
    return first


def may_quote(text: str) -> bool:
    """Say whether lines of a text may be quoted: the quick way out for nearly all texts."""
    return ">" in text and (_is_quoted(text) or any(mark in text for mark in ("\n>", "\r>", "\n >", "\r >")))


def paragraph_roles(document: Document, rows: Paragraphs) -> Sequence[Role]:
    """Return the role of each row of a document that is not blank: what its layout says, else as its lines tell."""
    text = document.text
    if document.layout is not None:
        return document.layout.roles
    if not may_quote(text):
        return ()
    told = line_roles([text[start:stop] for start, stop, _ in lines(text)])
    found: list[Role] = []
    for number in rows.filled:
        row = rows[number]
        inside = set(told[row.first_line - 1 : row.last_line])
        found.append(inside.pop() if len(inside) == 1 else "")
    return found


def unanswered(roles: Sequence[Role]) -> list[int]:
    """Return the positions of the quoted history to which the message's own text stands above, and none is behind it.

    >>> unanswered(["", "history", "matter"]), unanswered(["history", ""]), unanswered(["", "history", ""])
    ([1], [], [])
    """
    first = next((at for at, role in enumerate(roles) if role == "history"), len(roles))
    others = ("history", "matter")
    if all(role in others for role in roles[:first]) or any(role not in others for role in roles[first:]):
        return []
    return [at for at in range(first, len(roles)) if roles[at] == "history"]
