"""Names of places as they may be shown: an address without its user, password and options."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

REDIS = ("redis://", "rediss://", "unix://")
"""What the addresses of Redis servers begin with."""


def lines_named(lines: tuple[int, int], column: int = 0) -> str:
    """Return lines, first and last, and the column of the first if it is known, as a sentence has them.

    >>> lines_named((7, 7)), lines_named((7, 11)), lines_named((72, 72), 15)
    ('line 7', 'lines 7-11', 'line 72, column 15')
    """
    first, last = lines
    named = f"line {first}" if first == last else f"lines {first}-{last}"
    return f"{named}, column {column}" if column else named


def shown(place: str) -> str:
    """Return a place as it may stand in output, logs and errors.

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
