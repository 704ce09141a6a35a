"""Indexes of signatures: what proposes pairs of paragraphs that may be alike.

`protocol` says what an index is; `memory` is ours, `datasketch` lets a `datasketch.MinHashLSH` be one.
"""

from dedupe.matching.lsh import MemoryIndex
from dedupe.matching.proposer import Index

__all__ = ["Index", "MemoryIndex"]
