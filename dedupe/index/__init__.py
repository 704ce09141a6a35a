"""Index of paragraphs across runs and workers: in memory, in a file or in Redis."""

from dedupe.index.opened import OpenIndex
from dedupe.index.protocol import IndexBatch, Occurrence, Stats, Store, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec

__all__ = ["IndexBatch", "IndexSpec", "Occurrence", "OpenIndex", "Stats", "Store", "StoredDocument", "StoredParagraph"]
