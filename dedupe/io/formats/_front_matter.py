"""The front matter of a Markdown text: the metadata above it, in YAML or TOML."""

from __future__ import annotations

from typing import NamedTuple

import regex

_FRONT = regex.compile(
    r"""\A(---|\+\+\+)[ \t]*+(?:\r\n|[\r\n])
    (?:(?!(?:\1|\.\.\.)[ \t]*+(?:[\r\n]|\Z))[^\r\n]*+(?:\r\n|[\r\n]))*+  # possessive: a line is looked at once
    (?:\1|\.\.\.)[ \t]*+(?:\r\n|[\r\n]|\Z)""",
    regex.VERBOSE,
)
"""All lines from a first one of three dashes (YAML) or pluses (TOML) to the next such line."""

_TITLE = regex.compile(
    r"""(?:^|(?<=[\r\n]))title[ \t]*+[:=][ \t]*+
    (?:"(?P<double>(?:[^"\\\r\n]|\\.)++)"|'(?P<single>(?:[^'\r\n]|'')++)'|(?P<bare>[^\s"'\[\]{}>|&*!\#][^\r\n]*+))
    [ \t]*+(?=[\r\n])""",
    regex.VERBOSE,
)
"""A title on one line; one over several lines, or that is no string, does not match."""

_COMMENT = regex.compile(r"[ \t]++\#.*+")


class Title(NamedTuple):
    """A title: its start in the front matter, and its text."""

    start: int
    text: str


def front_matter(text: str) -> str:
    """Return the front matter of a text, with its delimiting lines; empty if there is none."""
    match = _FRONT.match(text)
    return str(match.group()) if match else ""


def title_of(front: str) -> Title | None:
    r"""Return the title in front matter; None if there is none.

    >>> title_of("---\ndate: 2024-05-01\ntitle: 'The Ferry''s Return'\n---\n")
    Title(start=29, text="The Ferry's Return")
    """
    match = _TITLE.search(front)
    if match is None:
        return None
    if (double := match["double"]) is not None:
        return Title(match.start("double"), double.replace('\\"', '"').replace("\\\\", "\\"))
    if (single := match["single"]) is not None:
        return Title(match.start("single"), single.replace("''", "'"))
    return Title(match.start("bare"), _COMMENT.sub("", match["bare"]).rstrip())
