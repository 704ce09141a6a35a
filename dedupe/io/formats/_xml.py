"""Parse XML as a stream of events, within bounds, and without entities of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import regex

from dedupe.errors import InputError

MOST_DEPTH = 5_000
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
    """Call `start` with the name and attributes of each element, `end` with its name, and `text` with its text.

    A name in a namespace has the namespace and a space in front. Raises `InputError` for XML that is not well-formed,
    declares entities (a few lines of these can expand to gigabytes), or is nested too deeply. No other file is read.
    """
    from xml.parsers import expat  # 3 ms

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.UseForeignDTD(True)  # named characters of a DTD, which is not read, are no errors then
    depth = 0

    def entity(name: str, *_: Any) -> None:
        raise InputError(place, f"declares entities ({name[:40]!r}) in its DOCTYPE, so it is not read; take them out")

    def started(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise InputError(
                place, f"is nested more than {MOST_DEPTH:,} elements deep, so it is not read; correct it first"
            )
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
        raise InputError(place, f"is not well-formed XML: {error}; correct it first") from None
    except (LookupError, ValueError) as error:  # of an encoding that Python does not know
        raise InputError(
            place, f"is XML that cannot be decoded: {' '.join(str(error).split())[:100]}; convert it to UTF-8 first"
        ) from None


def declared(data: bytes) -> str:
    """Return the encoding declared in the first line of a document; UTF-8 if there is none."""
    match = _DECLARED.match(data)
    return match[1].decode("ascii") if match else "utf-8"
