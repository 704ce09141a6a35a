"""Print the text of HTML pages, a line for each stretch between block tags, as JSON lines.

    python benchmarks/page_text.py pages/*.html > pages.jsonl

A crude splitter for looking at what the judgement does to navigation, widgets and comments; it is no extractor.
"""

from __future__ import annotations

import json
import sys
from html.parser import HTMLParser
from pathlib import Path

INLINE = frozenset(
    "a abbr b bdi bdo cite code data em i kbd mark q s samp small span strong sub sup time u var wbr".split()
)
SILENT = frozenset("script style template head noscript svg".split())


class Lines(HTMLParser):
    """Collects text and begins a new line at every tag that is not inline."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or a stretch that is no text."""
        if tag in SILENT:
            self.silent.append(tag)
        elif tag not in INLINE:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        """End the line, or the stretch that is no text."""
        if tag in self.silent:
            while self.silent.pop() != tag:
                pass
        elif tag not in INLINE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        """Take text."""
        if not self.silent:
            self.lines[-1] += data


def lines_of(page: str) -> list[str]:
    """Return the stretches of a page that say something, white space in a row as one space."""
    parser = Lines()
    parser.feed(page)
    return [line for row in parser.lines if (line := " ".join(row.split()))]


def main() -> None:
    """Print a record for each page."""
    for name in sys.argv[1:]:
        text = "\n".join(lines_of(Path(name).read_bytes().decode("utf-8", "replace")))
        print(json.dumps({"id": Path(name).stem, "text": text}))


if __name__ == "__main__":
    main()
