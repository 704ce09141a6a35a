"""Arguments of the functions on lists, checked: texts one by one, and how they are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from dedupe.errors import OptionError
from dedupe.model import Document

Measure = Literal["jaccard", "containment"]
Shingling = Literal["words", "characters"]
TextLike = str | tuple[str, str] | Document
"""A text, an (id, text) pair or a document."""

SIZES = {"words": 3, "characters": 5}
"""Words or characters of a shingle."""

MAX_SIZE = 64


@dataclass(frozen=True, slots=True)
class Criteria:
    """How texts are compared. `size`: words or characters of a shingle."""

    threshold: float
    contained: bool
    characters: bool
    size: int


def criteria(threshold: float, measure: str, shingles: str, size: int | None) -> Criteria:
    """Return how texts are compared; raise `OptionError` for what is out of its range."""
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 < threshold <= 1:
        raise OptionError(f"threshold must be above 0 and at most 1, not {threshold!r:.60}")
    for name, value, allowed in (("measure", measure, Measure), ("shingles", shingles, Shingling)):
        if value not in get_args(allowed):
            raise OptionError(f"{name} must be one of {', '.join(get_args(allowed))}, not {value!r:.60}")
    if size is not None and (type(size) is not int or not 1 <= size <= MAX_SIZE):
        raise OptionError(f"size must be a whole number from 1 to {MAX_SIZE}, not {size!r:.60}")
    return Criteria(float(threshold), measure == "containment", shingles == "characters", size or SIZES[shingles])


def many(texts: Iterable[TextLike]) -> Iterable[TextLike]:
    """Return the texts; raise `TypeError` for what is no iterable of texts."""
    if isinstance(texts, (str, bytes, bytearray, memoryview, Document, Mapping)):
        way = "its values()" if isinstance(texts, Mapping) else "a list of one for a single text"
        raise TypeError(f"texts are many texts, a list or another iterable, not one {type(texts).__name__}; give {way}")
    if not isinstance(texts, Iterable):
        raise TypeError(f"texts are a list or another iterable of texts, not {type(texts).__name__}")
    return texts


def checked(texts: Iterable[TextLike]) -> Iterator[str]:
    """Yield the text of each; raise `TypeError` with the position of what has none."""
    for position, one in enumerate(many(texts)):
        yield one if type(one) is str else text_of(one, f"text {position}")


def text_of(one: Any, name: str) -> str:
    """Return the text of a text, an (id, text) pair or a document, by whatever name it is called in an error."""
    text = one[1] if isinstance(one, tuple) and len(one) == 2 else one.text if isinstance(one, Document) else one
    if isinstance(text, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}; decode it first: data.decode('utf-8')")
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, an (id, text) pair or a dedupe.Document, not {type(text).__name__}")
    return text
