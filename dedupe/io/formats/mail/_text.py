"""The paragraphs of a message: their lines in its parts and their roles."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from dedupe.io.formats.mail._body import Body
from dedupe.model import Document, Layout, Paragraph, Role
from dedupe.text.paragraphs import split
from dedupe.text.quoting import SIGNATURE, find_letter, line_roles

_WORD = re.compile(r"\w+")


class MailParagraph(NamedTuple):
    """A paragraph: the number of its part, its first and last line there, its text on one line, and its role.

    A quotation of an earlier message with the line that attributes it is one paragraph; so is a signature.
    """

    part: int
    first: int
    last: int
    text: str
    role: Role


def paragraphs_of(bodies: Sequence[Body], recipients: Collection[frozenset[str]]) -> list[MailParagraph]:
    """Return the paragraphs of all texts of a message, in order.

    `recipients`: the words of the name and of the address of each. Unmarked text of another message below a rule is
    history if a recipient wrote it; otherwise it is forwarded to them.
    """
    found = []
    for part, body in enumerate(bodies):
        texts = [line.text for line in body.lines]
        if body.flowed:  # there a space before ">" means that it is no quotation
            texts = [f".{text}" if text.startswith(" >") else text for text in texts]
        letter = find_letter(texts)
        if letter is None or _names_one_of(texts[letter[1]], recipients):
            roles = line_roles(texts, letter and letter[0])
        else:
            forwarded: list[Role] = ["matter"] * (len(texts) - letter[0])
            roles = [*line_roles(texts[: letter[0]]), *forwarded]
        spans = [*_own_spans(body, roles), *_role_spans(body, roles)]
        for first, last in sorted(spans):
            text = " ".join(_text_between(body, first, last).split())
            if text:
                found.append(MailParagraph(part, first, last, text, roles[first]))
    return found


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name or address, which identify it in any order."""
    return frozenset(_WORD.findall(name.casefold()))


def _names_one_of(line: str, recipients: Collection[frozenset[str]]) -> bool:
    """Say whether a line names one of these people."""
    words = words_of(line)
    return any(one <= words for one in recipients)


def _own_spans(body: Body, roles: Sequence[Role]) -> list[tuple[int, int]]:
    """Return the first and last line of each paragraph of the text that is not quoted."""
    own = [line.text if not role else "" for line, role in zip(body.lines, roles, strict=True)]
    if not any(map(str.strip, own)):
        return []
    if not body.flowed:
        split_text = split("\n".join(text.replace("\r", " ").replace("\n", " ") for text in own))
        return [(split_text[number].first_line - 1, split_text[number].last_line - 1) for number in split_text.filled]
    found: list[tuple[int, int]] = []
    continues = False
    for number, text in enumerate(own):
        if continues and text.strip():
            found[-1] = (found[-1][0], number)
        elif text.strip():
            found.append((number, number))
        continues = text.endswith(" ") and text != SIGNATURE and bool(text.strip())
    return found


def _role_spans(body: Body, roles: Sequence[Role]) -> list[tuple[int, int]]:
    """Return the first and last line of each run of lines with a role."""
    found: list[tuple[int, int]] = []
    for number, role in enumerate(roles):
        if role and body.lines[number].text.strip():
            continues = found and found[-1][1] >= 0 and all(one == role for one in roles[found[-1][1] : number])
            found[-1:] = [(found[-1][0], number)] if continues else [*found[-1:], (number, number)]
    return found


def _text_between(body: Body, first: int, last: int) -> str:
    texts = [line.text for line in body.lines[first : last + 1]]
    if not body.flowed:
        return "\n".join(texts)
    texts = [text.removeprefix(" ") for text in texts]
    if body.joins:
        return "".join(text[:-1] if text.endswith(" ") else text + "\n" for text in texts)
    return "\n".join(texts)


def document_of(
    bodies: Sequence[Body], paragraphs: Sequence[MailParagraph], name: str, date: str, base: int, lines: Sequence[int]
) -> Document:
    """Return a message as a document; `base`: its offset in the file, `lines`: the first line there of each part."""
    positions = []
    for number, paragraph in enumerate(paragraphs):
        body = bodies[paragraph.part]
        first, last = body.lines[paragraph.first], body.lines[paragraph.last]
        (start, _, _), (_, stop, end) = body.span_of(first), body.span_of(last)
        line = lines[paragraph.part]
        span = base + start, base + stop, base + end
        positions.append(Paragraph(number, *span, line + first.first, line + last.last))
    layout = Layout(tuple(positions), tuple(paragraph.role for paragraph in paragraphs))
    return Document("\n\n".join(paragraph.text for paragraph in paragraphs), name, date, layout=layout)
