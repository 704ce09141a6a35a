"""The kind of a repeat, in every scope."""

from __future__ import annotations

from dedupe.model import Kind


def kind_of(*, equal: bool, loses: bool = False, differs: bool = False, boilerplate: bool = False) -> Kind:
    """Return the kind of a paragraph that repeats another one: the first that fits.

    `equal`: both say the same, neither of them more; `boilerplate`: on so many pages that it is no part of a text;
    `loses`: something of weight would be lost if it went; `differs`: words of no weight do not stand in the other one.
    """
    if equal:
        return "boilerplate" if boilerplate else "exact"
    if loses:
        return "variant"
    return "near" if differs else "contained"
