"""The paragraphs of a document that is judged across documents, each made on access, since few of them are needed."""

from __future__ import annotations

from bisect import bisect_left
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
    def _numbers(self) -> dict[int, int]:
        """The number of each paragraph in the text, blank ones counted, by its start in the source."""
        layout, filled = self.document.layout, self._in_text.filled
        if layout is None:
            starts = self._in_text.starts
            return {starts[number]: number for number in filled}
        return dict(zip([paragraph.start for paragraph in layout.paragraphs], filled, strict=True))

    def __getitem__(self, start: int) -> tuple[Paragraph, ParagraphText]:
        return self.at(self._numbers[start])

    def at(self, number: int) -> tuple[Paragraph, ParagraphText]:
        """Return the paragraph of this number in the text, blank ones counted."""
        if number not in self._made:
            layout, text = self.document.layout, self._in_text.texts[number].strip()
            if layout is None:
                self._made[number] = self._in_text[number], ParagraphText(text)
            else:
                position = bisect_left(self._in_text.filled, number)
                self._made[number] = layout.paragraphs[position], ParagraphText(text, layout.roles[position])
        return self._made[number]

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
