"""What an index keeps: documents' paragraphs, across runs and workers, in memory, in a file or in Redis."""

from dedupe.store.header import Header
from dedupe.store.protocol import Content, Entry, Place, Sheet, Stats, Store

__all__ = ["Content", "Entry", "Header", "Place", "Sheet", "Stats", "Store"]
