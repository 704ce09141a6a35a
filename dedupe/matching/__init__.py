"""Indexes of signatures: what proposes pairs of paragraphs that may be alike.

`protocol` says what an index of rows under keys is, `datasketch` lets a `datasketch.MinHashLSH` be one; `memory` pairs
the rows of one batch.
"""

from dedupe.matching.lsh import MemoryIndex
from dedupe.matching.proposer import Index

__all__ = ["Index", "MemoryIndex"]
