"""Open an index by its name."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from dedupe._places import REDIS
from dedupe.errors import OptionError
from dedupe.index.memory import MemoryStore
from dedupe.index.protocol import Store
from dedupe.index.spec import UNBANDED, IndexSpec
from dedupe.matching.datasketch import LSH_NAME, DatasketchIndex, is_lsh
from dedupe.options import Options

if TYPE_CHECKING:
    import datasketch

MEMORY = ":memory:"

log = logging.getLogger(__name__)


def open_index(
    place: str | os.PathLike[str] | datasketch.MinHashLSH,
    options: Options | None = None,
    *,
    write: bool = False,
    make: bool = True,
    store_text: bool = False,
    say: Callable[[str], None] = log.warning,
) -> Store:
    """Open an index.

    Args:
        place: A file, the address of a Redis server (`redis://host/0?index=NAME`), `:memory:`, or an empty
            `datasketch.MinHashLSH` for the permutations of the options. The latter proposes similar paragraphs to an
            index that keeps and compares them in memory.
        options: The index must serve their Jaccard threshold (a share of shingles, 0 to 1). A new index is made for
            their threshold, permutations and seed.
        write: Whether documents may be added or removed.
        make: Whether to make an index where there is none; only with `write`.
        store_text: Whether a new index keeps the texts of paragraphs, without which repeats are flagged, not removed.
        say: Called with a sentence while another process writes to the file.

    Returns:
        The open index. One that exists keeps the settings that it was made with.

    Raises:
        InputError: The index cannot be opened, or is of another kind.
        OptionError: The index cannot serve the options.

    Example:
        >>> index = open_index(":memory:", store_text=True)
        >>> index.stats().documents
        0

    """
    if is_lsh(place):
        return _open_lsh(place, options, store_text)
    if not isinstance(place, (str, os.PathLike)) or not isinstance(name := os.fspath(place), str):
        raise TypeError(f"an index is named by a str or a path, or is a datasketch.MinHashLSH, not {place!r:.60}")
    place, options = name, _checked_options(options)
    if not place:
        raise OptionError("name an index: a file, or redis://HOST:PORT/DATABASE?index=NAME")
    spec = IndexSpec.of(options, texts=store_text) if write and make else None
    if place == MEMORY:
        store: Store = MemoryStore(IndexSpec.of(options, texts=store_text))
    elif place.startswith(REDIS):
        from dedupe.index.redis import RedisStore  # redis takes 60 ms that only this kind costs

        store = RedisStore(place, spec)
    else:
        from dedupe.index.sqlite import SqliteStore  # likewise, 5 ms

        store = SqliteStore(place, spec, write=write, say=say)
    try:
        store.spec.accept(options, store.where)
        if write and store_text and not store.spec.texts:
            raise OptionError(f"{store.where} was made without texts; leave out store_text, or build another index")
    except BaseException:
        store.close()
        raise
    return store


def _open_lsh(lsh: datasketch.MinHashLSH, options: Options | None, store_text: bool) -> Store:
    """Return an index in memory to which an LSH of datasketch proposes similar paragraphs."""
    options = _checked_options(options)
    spec = IndexSpec.of(options, texts=store_text)
    index = DatasketchIndex(lsh, options.permutations, options.seed)
    return MemoryStore(replace(spec, bands=options.permutations, rows=UNBANDED), index, LSH_NAME)


def _checked_options(options: Options | None) -> Options:
    if not isinstance(options, (Options, type(None))):
        raise TypeError(f"options must be a dedupe.Options, not {options!r:.60}")
    return options or Options()
