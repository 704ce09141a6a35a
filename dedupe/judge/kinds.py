"""The kind of a repeat, in every scope."""

from __future__ import annotations

from dedupe.model import Kind


def kind_of(*, equal: bool, loses: bool = False, differs: bool = False, boilerplate: bool = False) -> Kind:
    """Return the kind of a paragraph that repeats another one: the first that fits.

    `equal`: both have the same words; `boilerplate`: it is on so many pages that it is no part of a text; `loses`: its
    removal would lose something of weight; `differs`: words of no weight do not stand in the original.
    """
    if equal:
        return "boilerplate" if boilerplate else "exact"
    if loses:
        return "variant"
    return "near" if differs else "contained"
