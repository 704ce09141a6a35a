"""A table of properties of code points, filled a page of 256 at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PAGE_BITS = 8
_CODE_POINTS = 0x110000


class CharacterTable:
    """Columns of numbers, one for each code point; the first column holds the bits of its class.

    A page is filled on first use, since the whole of Unicode would take 0.3 s at import. The table is a pure function
    of Unicode, so no result depends on which pages are filled.
    """

    def __init__(self, describe: Callable[[str], Sequence[int]], filled: int, *kinds: type) -> None:
        """Take a function from a character to a number a column, the class bit of filled pages, and the dtypes."""
        self.columns: tuple[NDArray[Any], ...] = tuple(np.zeros(_CODE_POINTS, kind) for kind in kinds)
        self._describe = describe
        self._filled = filled

    def classes(self, codes: Any) -> Any:
        """Return the class bits of code points (any shape), with the bit of filled pages."""
        classes = self.columns[0].take(codes)
        if not classes.all():
            for page in np.flatnonzero(np.bincount(codes[classes == 0] >> _PAGE_BITS)).tolist():
                self._fill(page << _PAGE_BITS)
            classes = self.columns[0].take(codes)
        return classes

    def _fill(self, first: int) -> None:
        """Fill the page that begins with this code point."""
        page = slice(first, first + (1 << _PAGE_BITS))
        classes, *others = zip(*(self._describe(chr(code)) for code in range(page.start, page.stop)), strict=True)
        for column, values in zip(self.columns[1:], others, strict=True):
            column[page] = values
        self.columns[0][page] = [bits | self._filled for bits in classes]  # last: it marks the page as filled
