"""The indexes of the settings, open while a verb works with them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dedupe.cli.console import Console
from dedupe.cli.index_places import index_places, written_place
from dedupe.cli.option_classes import IndexOptions
from dedupe.errors import InputError
from dedupe.index import OpenIndex
from dedupe.index.open import open_index
from dedupe.options import Options

ANY_INDEX = Options(jaccard=1.0)
"""Options that fit every index."""


@contextmanager
def opened(
    index_options: IndexOptions, options: Options, console: Console, *, write: bool, make: bool = True
) -> Iterator[list[OpenIndex]]:
    """Open the indexes of the settings, the first to `write`, and close them at the end; none if optional ones fail.

    Meanwhile, the warnings that the library logs are printed.
    """
    handler, log = _WarningHandler(console), logging.getLogger("dedupe")
    log.addHandler(handler)
    try:
        with ExitStack() as stack:
            try:
                indexes = _open_all(index_options, options, stack, write=write, make=make)
            except InputError as error:
                if not index_options.index_optional:
                    raise
                console.warn(f"{error}; going on without the index")
                indexes = []
            yield indexes
    finally:
        log.removeHandler(handler)


class _WarningHandler(logging.Handler):
    """Prints warnings of the library as the command prints its own."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print a warning."""
        self._console.warn(record.getMessage())


def _open_all(
    index_options: IndexOptions, options: Options, stack: ExitStack, *, write: bool, make: bool
) -> list[OpenIndex]:
    """Open the indexes of the settings, the first to `write`, until the stack ends."""
    names = index_options.index or ("",)  # which is refused with a sentence
    written = written_place(names) if write else None
    indexes = []
    for place in index_places(names):
        writes = place == written
        texts = writes and index_options.store_text
        indexes.append(open_index(place, options, write=writes, make=make, store_text=texts))
        stack.callback(indexes[-1].close)
    return indexes
