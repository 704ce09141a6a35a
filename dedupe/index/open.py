"""Open an index by its name."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from dedupe._places import REDIS
from dedupe.errors import OptionError
from dedupe.index.memory import MemoryStore
from dedupe.index.opened import OpenIndex
from dedupe.index.protocol import Store
from dedupe.index.spec import SIGNATURES, IndexSpec
from dedupe.matching.datasketch import LSH_NAME, DatasketchIndex, is_lsh
from dedupe.options import Options, OptionValues, options_of

if TYPE_CHECKING:
    import datasketch
    from typing_extensions import Unpack

MEMORY = ":memory:"


def open_index(
    place: str | os.PathLike[str] | datasketch.MinHashLSH,
    options: Options | None = None,
    *,
    write: bool = False,
    make: bool = True,
    store_text: bool = False,
    **values: Unpack[OptionValues],
) -> OpenIndex:
    """Open an index of the paragraphs of earlier documents.

    Args:
        place: a file, the address of a Redis server (`redis://host/0?index=NAME`) or ":memory:". An empty
            `datasketch.MinHashLSH` with the permutations of the options stands for an index in memory that takes its
            candidates from it.
        options: the options that the index is for; None for the default options. `jaccard` and `seed`
            are fixed when an index is created; `permutations` count for a `MinHashLSH` only.
        write: whether documents can be stored in it. A writer that waits for another process logs a warning.
        make: whether to create the index if it does not exist and `write` is true.
        store_text: whether a new index keeps the texts of paragraphs, and not only their hashes.
        **values: options by their names, instead of `options` or in place of some of them.

    Returns:
        The open index, for `Deduper(index=...)`. It is a context manager; else close it with `close`.

    Raises:
        InputError: the index does not exist, cannot be opened, or the file is of another kind.
        OptionError: the index does not fit the options, or there is no such option.
        TypeError: `place` or `options` is of another type.

    Example:
        >>> import dedupe
        >>> with dedupe.open_index(":memory:") as index:
        ...     dedupe.Deduper(index=index).add([("a", "The old bridge is closed to all traffic until May.")])
        ...     index.stats().documents
        1
    """
    options = options_of(options, values, ("write", "make", "store_text"))
    if is_lsh(place):
        return OpenIndex(_open_lsh(place, options, store_text))
    if not isinstance(place, (str, os.PathLike)) or not isinstance(name := os.fspath(place), str):
        raise TypeError(f"an index is named by a str or a path, or is a datasketch.MinHashLSH, not {place!r:.60}")
    place = name
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

        store = SqliteStore(place, spec, write=write)
    try:
        store.spec.accept(options, store.where)
        if write and store_text and not store.spec.texts:
            raise OptionError(f"{store.where} was made without texts; leave out store_text, or build another index")
    except BaseException:
        store.close()
        raise
    return OpenIndex(store)


def _open_lsh(lsh: datasketch.MinHashLSH, options: Options, store_text: bool) -> Store:
    """Return an index in memory to which an LSH of datasketch proposes similar paragraphs."""
    spec = IndexSpec.of(options, texts=store_text)
    index = DatasketchIndex(lsh, options.permutations, options.seed)
    return MemoryStore(replace(spec, keys=options.permutations, run=SIGNATURES), index, LSH_NAME)
