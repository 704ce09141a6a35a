"""Order keys of documents: of two, the original is in the one with the lower key."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.corpus._parts import Item


def order_of(document: Item, word_count: int, first: str, prefer: Sequence[str], digest: str) -> bytes:
    """Return the order key of a document.

    Preferred sources come first; then date and id decide, or id and date, or the number of compared words, more first.
    The digest, hexadecimal, decides between documents that are equal in all of these.
    """
    rank = 0
    if prefer:
        source = f"{document.url} {document.id}"
        rank = next((position for position, text in enumerate(prefer) if text in source), len(prefer))
    keys = f"{document.id}\0{document.date}" if first == "id" else f"{document.date}\0{document.id}"
    if first == "longest":
        keys = f"{0xFFFFFFFF - word_count:010d}\0{keys}"
    return f"{rank:04d}\0{keys}\0{digest}".encode("utf-8", "surrogatepass")


def orders_of(documents: Sequence[Item], table: np.ndarray, first: str, prefer: Sequence[str]) -> list[bytes]:
    """Return the order keys of documents; `table`: their `DOCUMENT` records."""
    joined_digests = table["digest"].tobytes().hex()
    digests = [joined_digests[start : start + 32] for start in range(0, len(joined_digests), 32)]
    if first == "date" and not prefer:  # what `order_of` returns then
        pairs = zip(documents, digests, strict=True)
        orders = [f"0000\0{document.date}\0{document.id}\0{digest}" for document, digest in pairs]
        return [order.encode("utf-8", "surrogatepass") for order in orders]
    word_counts = table["words"].tolist()
    each = zip(documents, word_counts, digests, strict=True)
    return [order_of(document, word_count, first, prefer, digest) for document, word_count, digest in each]
