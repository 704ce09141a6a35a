"""XML read from its beginning to its end, without entities of its own, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import regex

from dedupe.errors import InputError

DEEPEST = 5_000
"""Elements that may be open at once."""

_DECLARED = regex.compile(rb"""<\?xml\s[^>?]*?\bencoding\s*+=\s*+["']([A-Za-z][A-Za-z0-9._-]*+)["']""")

Start = Callable[[str, Mapping[str, str]], None]


def parse(
    data: bytes,
    place: str,
    start: Start | None = None,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call `start` with the name and attributes of each element, `end` with its name, `text` with what stands in it.

    A name in a namespace is that one's, a space, and the name itself. Raises `InputError` for what is not well-formed,
    declares entities (a few lines of these can stand for gigabytes), or is nested without end. Nothing else is read.
    """
    from xml.parsers import expat  # 3 ms that only formats of XML pay for

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.UseForeignDTD(True)  # names of characters are those of a DTD that is not read, so they are no errors
    depth = 0

    def entity(name: str, *_: Any) -> None:
        raise InputError(place, f"declares entities ({name[:40]!r}) in its DOCTYPE, so it is not read; take them out")

    def started(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise InputError(place, f"is nested more than {DEEPEST:,} elements deep, so it is not read")
        if start is not None:
            start(name, attributes)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name)

    parser.EntityDeclHandler = entity
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InputError(place, f"is not well-formed XML: {error}") from None
    except (LookupError, ValueError) as error:  # of an encoding that Python does not know
        raise InputError(place, f"is XML that cannot be decoded: {' '.join(str(error).split())[:100]}") from None


def declared(data: bytes) -> str:
    """Return the encoding that the first line of a document names; UTF-8 without one."""
    match = _DECLARED.match(data)
    return match[1].decode("ascii") if match else "utf-8"
