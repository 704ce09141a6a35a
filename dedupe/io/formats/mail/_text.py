"""The paragraphs of a message: where each lies in its parts, and its role."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from dedupe.io.formats.mail._body import Body, MailLine
from dedupe.model import Document, Layout, Paragraph, Role
from dedupe.text.paragraphs import split
from dedupe.text.quoting import SIGNATURE, find_letter, line_roles

_WORD = re.compile(r"\w+")


class MailParagraph(NamedTuple):
    """A paragraph: the lines of a part, first and last, what it says on one line, and its role.

    What is quoted of an earlier message in a row, with the line that says whose it is, is one; so is a signature.
    """

    part: int
    first: int
    last: int
    text: str
    role: Role


def blocks_of(bodies: Sequence[Body], recipients: Collection[frozenset[str]]) -> list[MailParagraph]:
    """Return the paragraphs of all texts of a message, in order.

    `recipients`: the words of the name, or of the address, of each to whom it goes. What stands in it unmarked below a
    rule is history if one of them has written it; else it is passed on to them.
    """
    found = []
    for part, body in enumerate(bodies):
        texts = [line.text for line in body.lines]
        if body.flowed:  # there a space is put before what is quoted in no way
            texts = [f".{text}" if text.startswith(" >") else text for text in texts]
        letter = find_letter(texts)
        if letter is None or _is_of(texts[letter[1]], recipients):
            roles = line_roles(texts, letter and letter[0])
        else:
            passed_on: list[Role] = ["matter"] * (len(texts) - letter[0])
            roles = [*line_roles(texts[: letter[0]]), *passed_on]
        spans = [*_own(body, roles), *_others(body, roles)]
        for first, last in sorted(spans):
            text = " ".join(_said(body, first, last).split())
            if text:
                found.append(MailParagraph(part, first, last, text, roles[first]))
    return found


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name or address, by which it is recognised in whatever order it is written."""
    return frozenset(_WORD.findall(name.casefold()))


def _is_of(line: str, recipients: Collection[frozenset[str]]) -> bool:
    """Say whether a line names one of these."""
    said = words_of(line)
    return any(one <= said for one in recipients)


def _own(body: Body, roles: Sequence[Role]) -> list[tuple[int, int]]:
    """Return the first and last line of each paragraph of the message's own text."""
    own = [line.text if not role else "" for line, role in zip(body.lines, roles, strict=True)]
    if not any(map(str.strip, own)):
        return []
    if not body.flowed:
        rows = split("\n".join(text.replace("\r", " ").replace("\n", " ") for text in own))
        return [(rows[number].first_line - 1, rows[number].last_line - 1) for number in rows.filled]
    found: list[tuple[int, int]] = []
    flows = False
    for number, text in enumerate(own):
        if flows and text.strip():
            found[-1] = (found[-1][0], number)
        elif text.strip():
            found.append((number, number))
        flows = text.endswith(" ") and text != SIGNATURE and bool(text.strip())
    return found


def _others(body: Body, roles: Sequence[Role]) -> list[tuple[int, int]]:
    """Return the first and last line of each run of lines with a role."""
    found: list[tuple[int, int]] = []
    for number, role in enumerate(roles):
        if role and body.lines[number].text.strip():
            goes_on = found and found[-1][1] >= 0 and all(one == role for one in roles[found[-1][1] : number])
            found[-1:] = [(found[-1][0], number)] if goes_on else [*found[-1:], (number, number)]
    return found


def _said(body: Body, first: int, last: int) -> str:
    texts = [line.text for line in body.lines[first : last + 1]]
    if not body.flowed:
        return "\n".join(texts)
    texts = [text.removeprefix(" ") for text in texts]
    if body.joins:
        return "".join(text[:-1] if text.endswith(" ") else text + "\n" for text in texts)
    return "\n".join(texts)


def document_of(
    bodies: Sequence[Body], blocks: Sequence[MailParagraph], name: str, date: str, base: int, lines: Sequence[int]
) -> Document:
    """Return a message as a document; `base`: where it begins in its file, `lines`: the line there of each part."""
    paragraphs = []
    for number, block in enumerate(blocks):
        body = bodies[block.part]
        first, last = body.lines[block.first], body.lines[block.last]
        (start, _, _), (_, stop, end) = body.place(first), body.place(last)
        paragraphs.append(_paragraph(number, (base + start, base + stop, base + end), lines[block.part], first, last))
    layout = Layout(tuple(paragraphs), tuple(block.role for block in blocks))
    return Document("\n\n".join(block.text for block in blocks), name, date, layout=layout)


def _paragraph(number: int, place: tuple[int, int, int], line: int, first: MailLine, last: MailLine) -> Paragraph:
    return Paragraph(number, *place, line + first.first, line + last.last)
