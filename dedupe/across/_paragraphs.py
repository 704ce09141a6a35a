"""The paragraphs of a document that is judged across documents, each made on access, since few of them are needed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping

from dedupe._properties import cached_property
from dedupe.judge.content import ParagraphText
from dedupe.model import Document, Paragraph, Role, Span
from dedupe.text.paragraphs import Paragraphs, split
from dedupe.text.removal import cuts


class DocumentParagraphs(Mapping[int, ParagraphText]):
    """The text of each paragraph that is not blank, by its start in the source; and its place there."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._made: dict[int, ParagraphText] = {}

    @cached_property
    def _in_text(self) -> Paragraphs:
        return split(self.document.text)

    @cached_property
    def _starts(self) -> list[int]:
        return self._in_text.starts

    @cached_property
    def _numbers(self) -> dict[int, int]:
        """The number of each paragraph in the text, blank ones counted, by its start in the source."""
        layout, filled = self.document.layout, self._in_text.filled
        if layout is None:
            return {self._starts[number]: number for number in filled}
        return dict(zip([paragraph.start for paragraph in layout.paragraphs], filled, strict=True))

    def __getitem__(self, start: int) -> ParagraphText:
        return self.text_at(self._numbers[start])

    def text_at(self, number: int) -> ParagraphText:
        """Return the text of the paragraph of this number, blank ones counted."""
        if number not in self._made:
            layout = self.document.layout
            role: Role = "" if layout is None else layout.roles[bisect_left(self._in_text.filled, number)]
            self._made[number] = ParagraphText(self._in_text.texts[number].strip(), role)
        return self._made[number]

    def start_at(self, number: int) -> int:
        """Return the start in the source of the paragraph of this number, blank ones counted."""
        return self._starts[number] if self.document.layout is None else self.place_at(number).start

    def place(self, start: int) -> Paragraph:
        """Return the place in the source of the paragraph that starts there."""
        return self.place_at(self._numbers[start])

    def place_at(self, number: int) -> Paragraph:
        """Return the place in the source of the paragraph of this number, blank ones counted."""
        layout = self.document.layout
        if layout is None:
            return self._in_text[number]
        return layout.paragraphs[bisect_left(self._in_text.filled, number)]

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, start: int) -> int:
        """Return the number of a paragraph in the text, blank ones counted."""
        return self._numbers[start]

    def cut(self, starts: Collection[int]) -> tuple[Span, ...]:
        """Return the cuts of the text that remove the paragraphs with these starts in the source."""
        numbers = {number for start, number in self._numbers.items() if start in starts}
        return tuple(cuts(self.document.text, self._in_text.bounds, numbers))
