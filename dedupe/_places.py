"""Names of lines, files and addresses as they are shown, and the host in an address."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

REDIS = ("redis://", "rediss://", "unix://")
"""What the addresses of Redis servers begin with."""


def lines_named(lines: tuple[int, int], column: int = 0) -> str:
    """Return lines, first and last, and the column of the first if it is known, for a sentence.

    >>> lines_named((7, 7)), lines_named((7, 11)), lines_named((72, 72), 15)
    ('line 7', 'lines 7-11', 'line 72, column 15')
    """
    first, last = lines
    named = f"line {first}" if first == last else f"lines {first}-{last}"
    return f"{named}, column {column}" if column else named


def lines_numbered(lines: tuple[int, int], column: int = 0) -> str:
    """Return lines, first and last, and the column of the first if it is known, for behind a colon.

    >>> lines_numbered((7, 7)), lines_numbered((7, 11)), lines_numbered((7, 11), 3)
    ('7', '7-11', '7:3-11')
    """
    first, last = lines
    numbered = f"{first}:{column}" if column else f"{first}"
    return numbered if first == last else f"{numbered}-{last}"


_BARE = re.compile(r"(?:[^/?#@\s]*@)?([^/?#@:\s\[\]]+\.[^/?#@:\s\[\]]+)(?::\d*)?(?:[/?#].*)?", re.DOTALL)


def host(url: str) -> str:
    """Return the host of a URL, in lower case and without a dot at its end; "" for none.

    `www.` is part of it, since it may be another site. A name beyond ASCII is encoded by IDNA.

    >>> host("https://me@News.example:443/a?b=c"), host("news.example."), host("//news.example?page=2")
    ('news.example', 'news.example', 'news.example')
    >>> host("www.news.example/a"), host("no address")
    ('www.news.example', '')
    """
    url = url.strip()
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    if not name and (bare := _BARE.fullmatch(url)):
        name = bare[1].lower()
    name = name.rstrip(".")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode()
    except UnicodeError:  # too long a name, or lone surrogates
        return name


def as_text(name: str) -> str:
    r"""Return a file name as valid text: names may have bytes that are not UTF-8.

    >>> as_text("caf\udce9.txt"), as_text("café.txt")
    ('caf\\udce9.txt', 'café.txt')
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def shown(place: str) -> str:
    """Return a file or address for output, logs and errors: without user, password and options.

    >>> shown("redis://me:secret@host:6379/0?index=news&password=secret")
    'redis://host:6379/0?index=news'
    """
    if not place.startswith(REDIS):
        return place
    try:
        parts = urlsplit(place)
        name = parse_qs(parts.query).get("index", [])
    except ValueError:
        return f"{place.partition(':')[0]}://..."
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode({"index": name[0]}) if name else "", ""))
