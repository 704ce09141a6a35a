"""The peers of this project, each driven as its documentation shows, from paragraphs to what is alike.

    python benchmarks/_peers.py NAME ARTICLES.jsonl        one of them alone, so that its memory can be measured

Libraries are in the extra `bench`, and loaded by who needs them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain, combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks._texts import Sample, read, sample_of
from benchmarks._twin import Pairs

THRESHOLD, PERMUTATIONS = 0.7, 128
BANDS, WIDTH = 16, 8
"""As many bands, as wide, as suit that threshold, where a peer wants to be told: (1/16)^(1/8) is 0.71."""

Found = Pairs | set[int] | None
"""Pairs of rows, or rows that repeat an earlier one, or nothing that could be compared."""


def tokens(row: str) -> list[str]:
    """Return a paragraph's padded word 3-grams as strings: what peers are fed that have no tokeniser."""
    words = ["^", *re.findall(r"\w+", row.lower()), "$"]
    return [" ".join(words[at : at + 3]) for at in range(len(words) - 2)]


def ours(sample: Sample, threshold: float = THRESHOLD) -> Pairs:
    """Propose by the index, verify exactly; equal rows fold to their first, and all pairs of them are counted."""
    import numpy as np

    from dedupe.matching.match import match
    from dedupe.text.shingles import joined, shingles
    from dedupe.text.words import chunks

    whole = joined([shingles(chunk) for chunk in chunks(sample.rows)])
    scope = np.zeros(len(sample.rows), np.uint64)
    found = match(whole, scope, jaccard=threshold, containment=None, permutations=PERMUTATIONS)
    groups: dict[int, list[int]] = {}
    for copy, one in zip(found.copies.tolist(), found.originals.tolist(), strict=True):
        groups.setdefault(one, [one]).append(copy)
    pairs: Pairs = set(chain.from_iterable(combinations(sorted(group), 2) for group in groups.values()))
    for left, right in zip(found.earlier.tolist(), found.later.tolist(), strict=True):
        for one in groups.get(left, [left]):
            pairs.update((min(one, other), max(one, other)) for other in groups.get(right, [right]))
    return pairs


def near_duplicates(sample: Sample, threshold: float = THRESHOLD) -> Pairs:
    """Find all pairs of the list exactly, as tuples."""
    import dedupe

    return {(left, right) for left, right, _ in dedupe.near_duplicates(sample.rows, threshold)}


def unique(sample: Sample) -> set[int]:
    """Leave out the rows that are near an earlier one that stays."""
    import dedupe

    return set(range(len(sample.rows))).difference(dedupe.unique(sample.rows, THRESHOLD, as_arrays=True).tolist())


def judged(sample: Sample) -> None:
    """Clean the articles as a set: inside each and across them, all judged, explained and cut."""
    import dedupe

    dedupe.corpus.clean(sample.texts)


def datasketch_loop(sample: Sample) -> Pairs:
    """Fill a MinHash shingle by shingle."""
    import datasketch

    def sketch(row: str) -> datasketch.MinHash:
        one = datasketch.MinHash(PERMUTATIONS)
        for token in tokens(row):
            one.update(token.encode())
        return one

    return _asked(datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS), map(sketch, sample.rows))


def datasketch_bulk(sample: Sample) -> Pairs:
    """Let `MinHash.bulk` do all rows at once, with the quickest hash."""
    import datasketch
    import xxhash

    sets = ([token.encode() for token in tokens(row)] for row in sample.rows)
    sketches = datasketch.MinHash.bulk(sets, num_perm=PERMUTATIONS, hashfunc=xxhash.xxh32_intdigest)
    return _asked(datasketch.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS), sketches)


def _asked(index: Any, sketches: Iterable[Any]) -> Pairs:
    found: Pairs = set()
    for number, one in enumerate(sketches):
        found.update((other, number) for other in index.query(one))
        index.insert(number, one)
    return found


def rensa_generator(sample: Sample) -> Pairs:
    """Make a signature at a time from a generator of 3-grams."""
    import rensa

    def sketch(row: str) -> rensa.RMinHash:
        one = rensa.RMinHash(num_perm=PERMUTATIONS, seed=1)
        one.update(tokens(row))
        return one

    return _estimated(map(sketch, sample.rows))


def rensa_batch(sample: Sample) -> Pairs:
    """Make all signatures in one call."""
    import rensa

    sets = [tokens(row) for row in sample.rows]
    return _estimated(rensa.RMinHash.from_token_sets(sets, num_perm=PERMUTATIONS, seed=1))


def _estimated(sketches: Iterable[Any]) -> Pairs:
    """Ask, check by the estimate, insert."""
    import rensa

    index = rensa.RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=BANDS)
    found: Pairs = set()
    made: list[Any] = []
    for number, one in enumerate(sketches):
        found.update((other, number) for other in index.query(one) if made[other].jaccard(one) >= THRESHOLD)
        index.insert(number, one)
        made.append(one)
    return found


def gaoya_index(sample: Sample, analyzer: str | Callable[[str], list[str]]) -> Pairs:
    """Ask, insert; its own tokeniser, in Rust, makes no padded 3-grams, and so none of rows of two words."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, THRESHOLD, BANDS, WIDTH, None, analyzer, True, (3, 3))
    found: Pairs = set()
    for number, row in enumerate(sample.rows):
        found.update((other, number) for other in index.query(row))
        index.insert_document(number, row)
    return found


def tors_bands(sample: Sample) -> Pairs:
    """Make signatures and candidates in Rust, and check each pair by its exact score."""
    import tors

    signatures = [tors.minhash_signature(row, num_perm=PERMUTATIONS, shingle_size=3) for row in sample.rows]
    candidates = tors.lsh_candidates(signatures, bands=BANDS, rows=WIDTH)["pairs"]
    return {(i, j) for i, j in candidates if tors.shingle_jaccard(sample.rows[i], sample.rows[j]) >= THRESHOLD}


def tors_all(sample: Sample) -> set[int]:
    """Let `dedup_near_dup` compare all shingle sets and keep the first of each group."""
    import tors

    kept = tors.dedup_near_dup(sample.rows, threshold=THRESHOLD, method="shingle")["kept"]
    return set(range(len(sample.rows))).difference(kept)


def semhash_exact(sample: Sample) -> set[int]:
    """Group equal rows, which is what semhash does before it needs a model."""
    from semhash.records import group_records_by_key

    records = [{"text": row, "number": number} for number, row in enumerate(sample.rows)]
    _, groups = group_records_by_key(records, ["text"])
    return {record["number"] for group in groups for record in group[1:]}


def context_dedup_all(sample: Sample) -> Pairs:
    """Compare every row with every other one, in Python."""
    import context_dedup

    found = context_dedup.inspect_context(
        sample.rows, similarity_threshold=THRESHOLD, containment_threshold=1.0, key=str, n=3
    )
    return {tuple(pair["indices"]) for pair in found["pairs"]}


def coverage(sample: Sample) -> set[int]:
    """Flag rows of which half the 3-grams were seen before, as onion does: says neither where nor how alike."""
    seen: set[str] = set()
    found = set()
    for number, row in enumerate(sample.rows):
        mine = set(tokens(row))
        if len(mine & seen) > 0.5 * len(mine):
            found.add(number)
        seen |= mine
    return found


def trafilatura_filter(sample: Sample) -> set[int]:
    """Flag rows whose text was seen more than twice before, as trafilatura's option `deduplicate` does."""
    from lxml.etree import Element
    from trafilatura.deduplication import LRU_TEST, duplicate_test
    from trafilatura.settings import Extractor

    LRU_TEST.clear()  # what an earlier run saw
    options = Extractor(dedup=True)
    found = set()
    for number, row in enumerate(sample.rows):
        element = Element("p")
        element.text = "".join(character for character in row if character.isprintable())
        if duplicate_test(element, options):
            found.add(number)
    return found


OURS, JUDGED, BULK = "this project", "this project, judged and cleaned", "datasketch `MinHash.bulk`, xxhash"
RUST = ("rensa, generator", "rensa, batch", "gaoya, fed 3-grams", "gaoya, its own tokeniser")

PEERS: dict[str, Callable[[Sample], Found]] = {
    OURS: ours,
    JUDGED: judged,
    RUST[0]: rensa_generator,
    RUST[1]: rensa_batch,
    RUST[2]: partial(gaoya_index, analyzer=tokens),
    RUST[3]: partial(gaoya_index, analyzer="word"),
    BULK: datasketch_bulk,
    "datasketch `update()` loop": datasketch_loop,
    "coverage, as onion does, in Python": coverage,
    "trafilatura's duplicate filter": trafilatura_filter,
}

NEAR, UNIQUE = "`dedupe.near_duplicates`", "`dedupe.unique`"

LISTED: dict[str, Callable[[Sample], Found]] = {
    NEAR: near_duplicates,
    UNIQUE: unique,
    **{name: PEERS[name] for name in (*RUST, BULK)},
    "tors, signatures, bands, exact scores": tors_bands,
    "tors `dedup_near_dup`, all shingle sets": tors_all,
    "semhash, its exact part": semhash_exact,
    "context-dedup": context_dedup_all,
}
"""Those that find near-duplicates in a list of texts."""

MODULES = {
    name: name.split()[0].strip(",").replace("-", "_") for name in LISTED if name not in (NEAR, UNIQUE, *RUST, BULK)
}
"""The module of each that is measured where it is installed only."""

MAX_COMPARED = {"tors `dedup_near_dup`, all shingle sets": 1_000, "context-dedup": 1_000}
"""Rows of those that compare all with all; of ten thousand they take minutes."""

if __name__ == "__main__":
    (LISTED | PEERS)[sys.argv[1]](sample_of(read(Path(sys.argv[2]))))
