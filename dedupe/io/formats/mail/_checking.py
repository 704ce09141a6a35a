"""Whether a message reads the same but for the texts that were cut, by Python's own parser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email import message_from_string
from email.message import Message
from typing import Any

COUNTED = ("content-length", "lines")
"""Fields that say how long a body is, and change with it."""


def is_same(before: bytes, after: bytes, changed: Mapping[int, bytes]) -> bool:
    """Say whether two messages are alike in all but the bodies of these leaves, by number, which are as given."""
    left, right = (message_from_string(data.decode("latin-1")) for data in (before, after))
    if not _alike(left, right):
        return False
    leaves = list(zip(_leaves(left), _leaves(right), strict=True))
    if any(number >= len(leaves) for number in changed):
        return False
    return all(
        _body(one) == changed[number] if number in changed else _unchanged(other, one)
        for number, (other, one) in enumerate(leaves)
    )


def _alike(left: Message, right: Message) -> bool:
    """Say whether two messages have the same headers and the same structure."""
    if _fields(left) != _fields(right) or _has_parts(left) != _has_parts(right):
        return False
    if not _has_parts(left):
        return True
    inside = list(left.get_payload()), list(right.get_payload())
    return (
        len(inside[0]) == len(inside[1])
        and (left.preamble, left.epilogue) == (right.preamble, right.epilogue)
        and all(map(_alike, *inside))
    )


def _has_parts(message: Message) -> bool:
    return message.is_multipart() and message.get_content_maintype() == "multipart"


def _fields(message: Any) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in message.items() if name.lower() not in COUNTED]


def _leaves(message: Message) -> Iterator[Message]:
    if _has_parts(message):
        for part in message.get_payload():
            yield from _leaves(part)  # type: ignore[arg-type]  # a message, as it is in a multipart
    else:
        yield message


def _body(message: Message) -> bytes | None:
    payload = message.get_payload()
    return payload.encode("latin-1") if isinstance(payload, str) else None


def _unchanged(before: Any, after: Any) -> bool:
    """Say whether two leaves are the same, messages in one of them included."""
    inside = before.get_payload(), after.get_payload()
    if not (isinstance(inside[0], list) and isinstance(inside[1], list)):
        return bool(inside[0] == inside[1])
    same = len(inside[0]) == len(inside[1])
    return same and all(
        _fields(one) == _fields(other) and _unchanged(one, other) for one, other in zip(*inside, strict=True)
    )
