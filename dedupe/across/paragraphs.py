"""The paragraphs of a document that is judged across documents, each made on access, since few of them are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from dedupe._properties import cached_property
from dedupe.judge.content import ParagraphText
from dedupe.model import Document, Paragraph, Span
from dedupe.text.paragraphs import Paragraphs, split
from dedupe.text.removal import cuts


class DocumentParagraphs(Mapping[int, tuple[Paragraph, ParagraphText]]):
    """The position in the source and the text of each paragraph that is not blank, by its start in the source."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._made: dict[int, tuple[Paragraph, ParagraphText]] = {}

    @cached_property
    def _in_text(self) -> Paragraphs:
        return split(self.document.text)

    @cached_property
    def _positions(self) -> dict[int, int]:
        """The position of each paragraph among them, by its start."""
        layout, bounds = self.document.layout, self._in_text.bounds
        if layout is None:
            return {bounds[number][0]: position for position, number in enumerate(self._in_text.filled)}
        each = zip(self._in_text.filled, layout.paragraphs, strict=True)
        return {paragraph.start: position for position, (_, paragraph) in enumerate(each)}

    def __getitem__(self, start: int) -> tuple[Paragraph, ParagraphText]:
        if start not in self._made:
            layout, position = self.document.layout, self._positions[start]
            number = self._in_text.filled[position]
            text = self._in_text.texts[number].strip()
            if layout is None:
                self._made[start] = self._in_text[number], ParagraphText(text)
            else:
                self._made[start] = layout.paragraphs[position], ParagraphText(text, layout.roles[position])
        return self._made[start]

    def __iter__(self) -> Iterator[int]:
        return iter(self._positions)

    def __len__(self) -> int:
        return len(self._positions)

    def number(self, start: int) -> int:
        """Return the number of a paragraph in the text, blank ones counted."""
        return self._in_text.filled[self._positions[start]]

    def cut(self, starts: Collection[int]) -> tuple[Span, ...]:
        """Return the cuts of the text that remove the paragraphs with these starts in the source."""
        numbers = {self.number(start) for start in self if start in starts}
        return tuple(cuts(self.document.text, self._in_text.bounds, numbers))
