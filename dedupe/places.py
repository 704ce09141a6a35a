"""Names of places as they may be shown: an address without its user, password and options."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

REDIS = ("redis://", "rediss://", "unix://")
"""What the addresses of Redis servers begin with."""


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
