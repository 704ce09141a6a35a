"""Check with Python's own parser that a message differs only in the texts that were cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email import message_from_string
from email.message import Message
from typing import Any

SIZE_FIELDS = ("content-length", "lines")
"""Fields with the size of a body, which change with it."""


def is_same(before: bytes, after: bytes, changed: Mapping[int, bytes]) -> bool:
    """Say whether a message differs only in the bodies of these leaves, by number, which have the new content."""
    before_message, after_message = (message_from_string(data.decode("latin-1")) for data in (before, after))
    if not _has_same_structure(before_message, after_message):
        return False
    leaves = list(zip(_leaves(before_message), _leaves(after_message), strict=True))
    if any(number >= len(leaves) for number in changed):
        return False
    return all(
        _body_of(new_leaf) == changed[number] if number in changed else _is_unchanged(old_leaf, new_leaf)
        for number, (old_leaf, new_leaf) in enumerate(leaves)
    )


def _has_same_structure(before_message: Message, after_message: Message) -> bool:
    """Say whether two messages have the same headers and the same structure."""
    if _fields(before_message) != _fields(after_message) or _has_parts(before_message) != _has_parts(after_message):
        return False
    if not _has_parts(before_message):
        return True
    contents = list(before_message.get_payload()), list(after_message.get_payload())
    return (
        len(contents[0]) == len(contents[1])
        and (before_message.preamble, before_message.epilogue) == (after_message.preamble, after_message.epilogue)
        and all(map(_has_same_structure, *contents))
    )


def _has_parts(message: Message) -> bool:
    return message.is_multipart() and message.get_content_maintype() == "multipart"


def _fields(message: Any) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in message.items() if name.lower() not in SIZE_FIELDS]


def _leaves(message: Message) -> Iterator[Message]:
    if _has_parts(message):
        for part in message.get_payload():
            yield from _leaves(part)  # type: ignore[arg-type]  # a message, as it is in a multipart
    else:
        yield message


def _body_of(message: Message) -> bytes | None:
    payload = message.get_payload()
    return payload.encode("latin-1") if isinstance(payload, str) else None


def _is_unchanged(before: Any, after: Any) -> bool:
    """Say whether two leaves are equal, with the messages in them."""
    contents = before.get_payload(), after.get_payload()
    if not (isinstance(contents[0], list) and isinstance(contents[1], list)):
        return bool(contents[0] == contents[1])
    same = len(contents[0]) == len(contents[1])
    return same and all(
        _fields(new_leaf) == _fields(old_leaf) and _is_unchanged(new_leaf, old_leaf)
        for new_leaf, old_leaf in zip(*contents, strict=True)
    )
