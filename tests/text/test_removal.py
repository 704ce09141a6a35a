"""Tests of removing paragraphs from a text."""

import pytest

from dedupe.model import without
from dedupe.text.paragraphs import split
from dedupe.text.removal import cuts


@pytest.mark.parametrize(
    ("text", "removed", "expected"),
    [
        ("a\nb\nc", {1}, "a\nc"),
        ("a\nb\nc\n", {2}, "a\nb\n"),
        ("a\nb\nc", {2}, "a\nb"),
        ("a\n\nb\n\nc", {2}, "a\n\nc"),
        ("a\n\nb", {2}, "a"),
        ("a\n\nb\n", {2}, "a\n"),
        ("a\n\nb\n\n\n", {2}, "a\n\n\n"),
        ("a\n\nb\nc", {2}, "a\n\nc"),
        ("a\nb\n\nc", {1}, "a\n\nc"),
        ("a\nb\n\nb\nc", {1, 3}, "a\n\nc"),
        ("b\n\na", {0}, "a"),
        ("\n\nb\n\na", {2}, "\n\na"),
        ("a\r\n\r\nb\r\n\r\nc", {2}, "a\r\n\r\nc"),
        ("a\r\rb", {2}, "a"),
        ("a\n \t\nb\n\nc\n\nd", {2, 4}, "a\n \t\nd"),
    ],
)
def test_a_removal_leaves_no_hole_and_glues_nothing(text: str, removed: set[int], expected: str) -> None:
    assert without(text, cuts(text, split(text).bounds, removed)) == expected
