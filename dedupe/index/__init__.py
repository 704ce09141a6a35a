"""What an index keeps: documents' paragraphs, across runs and workers, in memory, in a file or in Redis."""

from dedupe.index.protocol import Content, Entry, Place, Sheet, Stats, Store
from dedupe.index.spec import Header

__all__ = ["Content", "Entry", "Header", "Place", "Sheet", "Stats", "Store"]
