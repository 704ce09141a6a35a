"""Mail as mailers store it, of invented people."""

from collections.abc import Iterable
from email.message import EmailMessage, Message
from pathlib import Path

BEGIN = b"From anna@example.org Wed Apr  3 10:11:12 2024\n"


def message(text: str, *, encoding: str | None = None, charset: str = "utf-8", **fields: str) -> EmailMessage:
    """Return a message with a text; fields are named with "_" for "-"."""
    made = EmailMessage()
    made["From"] = "Anna Berg <anna@example.org>"
    made["To"] = "Bert Holm <bert@example.org>"
    made["Subject"] = "The bridge"
    made["Date"] = "Tue, 03 Apr 2024 10:11:12 +0200"
    made["Message-ID"] = "<1@example.org>"
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content(text, cte=encoding, charset=charset)
    return made


def text_of(one: Message) -> str:
    """Return the plain text of a message, as Python reads it."""
    part = next(part for part in one.walk() if part.get_content_type() == "text/plain")
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode(str(part.get_content_charset() or "ascii")).replace("\r\n", "\n").rstrip("\n")


def write_mailbox(path: Path, texts: Iterable[str]) -> Path:
    """Write a mailbox of a message for each text."""
    with path.open("wb") as file:
        for text in texts:
            file.write(BEGIN + message(text).as_bytes() + b"\n")
    return path
