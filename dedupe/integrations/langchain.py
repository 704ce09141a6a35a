"""Transformers of LangChain documents: clean them, and drop chunks that are near-duplicates of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import dedupe
from dedupe.integrations import _chunks

try:
    from langchain_core.documents import BaseDocumentTransformer, Document
except ImportError:
    raise dedupe.MissingExtraError("langchain-core", "langchain") from None


class DocumentCleaner(BaseDocumentTransformer):
    r"""Remove duplicate paragraphs from each document, judged on its own. Use it before documents are split.

    Args:
        options: how duplicates are found and judged; None for the default options.
        findings: a key of the metadata that gets the findings as a JSON array; "" for none.

    Example:
        >>> line = "The old bridge is closed to all traffic until May.\n"
        >>> DocumentCleaner().transform_documents([Document(line * 2)])
        [Document(metadata={}, page_content='The old bridge is closed to all traffic until May.\n')]
    """

    def __init__(self, *, options: dedupe.Options | None = None, findings: str = "") -> None:
        self._deduper = dedupe.Deduper(options)
        self._findings = findings

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> Sequence[Document]:
        """Return copies of the documents with the contents cleaned.

        Raises:
            TypeError: something is no document; its position is named.
        """
        documents = _checked(documents)
        cleaned = _chunks.clean([document.page_content for document in documents], self._deduper)
        return [
            _copy(document, self._findings, found, text)
            for document, (text, found) in zip(documents, cleaned, strict=True)
        ]


class ChunkFilter(BaseDocumentTransformer):
    r"""Drop documents that are near-duplicates of an earlier one that stays, such as chunks of copied pages.

    Args:
        threshold: the least similarity of near-duplicates, above 0 and at most 1, see `dedupe.clusters`.
        near_duplicates: a key of the metadata of a document that stays, for a JSON array of the first twenty dropped
            for it: the `position`, `id`, similarity and `reason` of each; "" for none.

    Raises:
        OptionError: the threshold is out of its range.

    Example:
        >>> line = "The old bridge is closed to all traffic until May.\n"
        >>> [chunk.id for chunk in ChunkFilter().transform_documents([Document(line, id="a"), Document(line, id="b")])]
        ['a']
    """

    def __init__(self, *, threshold: float = _chunks.THRESHOLD, near_duplicates: str = _chunks.KEY) -> None:
        dedupe.clusters([], threshold)  # raises what is wrong with it
        self._threshold = threshold
        self._near_duplicates = near_duplicates

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> Sequence[Document]:
        """Return copies of the documents that stay, in order.

        Raises:
            TypeError: something is no document; its position is named.
        """
        documents = _checked(documents)
        texts = [document.page_content for document in documents]
        kept, reasons = _chunks.near_duplicates(texts, [document.id for document in documents], self._threshold)
        return [
            _copy(documents[position], self._near_duplicates, reason)
            for position, reason in zip(kept, reasons, strict=True)
        ]


def _checked(documents: Iterable[Document]) -> list[Document]:
    """Return the documents as a list, since a generator can be read once only."""
    documents = list(documents)
    for position, document in enumerate(documents):
        if not isinstance(document, Document):
            raise TypeError(f"documents[{position}] must be a Document of LangChain, not {type(document).__name__}")
    return documents


def _copy(document: Document, key: str, value: str, text: str | None = None) -> Document:
    """Return a document with another text, and with a value in its metadata unless the key or the value is ""."""
    metadata = document.metadata | ({key: value} if key and value else {})
    content = document.page_content if text is None else text
    return document.model_copy(update={"page_content": content, "metadata": metadata})
