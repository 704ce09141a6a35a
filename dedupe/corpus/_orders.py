"""Which of two documents is the original, as bytes that compare."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dedupe.corpus._parts import Item


def order_of(document: Item, words: int, first: str, prefer: Sequence[str], known: str) -> bytes:
    """Return what decides, compared as bytes, which of two documents is the original: the lesser one.

    Preferred sources go before all others; then date and id decide, or id and date, or the number of compared words;
    what is equal in all of them is told apart by the text. `known`: the document's digest, hexadecimal.
    """
    rank = 0
    if prefer:
        named = f"{document.url} {document.id}"
        rank = next((place for place, text in enumerate(prefer) if text in named), len(prefer))
    keys = f"{document.id}\0{document.date}" if first == "id" else f"{document.date}\0{document.id}"
    if first == "longest":
        keys = f"{0xFFFFFFFF - words:010d}\0{keys}"
    return f"{rank:04d}\0{keys}\0{known}".encode("utf-8", "surrogatepass")


def orders_of(documents: Sequence[Item], made: np.ndarray, first: str, prefer: Sequence[str]) -> list[bytes]:
    """Return `order_of` for each document, `made` being their `DOCUMENT`s."""
    joined_digests = made["digest"].tobytes().hex()
    digests = [joined_digests[at : at + 32] for at in range(0, len(joined_digests), 32)]
    if first == "date" and not prefer:  # what `order_of` returns then
        plain = [f"0000\0{one.date}\0{one.id}\0{known}" for one, known in zip(documents, digests, strict=True)]
        return [order.encode("utf-8", "surrogatepass") for order in plain]
    counted = made["words"].tolist()
    each = zip(documents, counted, digests, strict=True)
    return [order_of(document, words, first, prefer, known) for document, words, known in each]
