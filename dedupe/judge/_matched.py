"""What repeats inside the documents of a batch, as arrays, with the bounds of what one document may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.candidates import MOST_PARTNERS
from dedupe.matching.match import NO_MATCHES, Matches, candidate_documents, match
from dedupe.options import Options
from dedupe.text.bounds import (
    ALWAYS_JUDGED_CHARACTERS,
    ALWAYS_READ_CHARACTERS,
    judging_problem,
    reading_problem,
    shingling_problem,
)
from dedupe.text.shingles import Shingles, chosen, chunks, joined, shingles


@dataclass(frozen=True, slots=True)
class Matched:
    """The documents in which something repeats, and their matches, by row of these documents.

    `numbers`: their positions in the batch. `bounded`: whether so many paragraphs of each are alike that not every pair
    was looked at. `problems`: why a document is not judged, by its position.
    """

    numbers: list[int]
    matches: Matches
    bounded: Bools
    problems: dict[int, str]


def find_matches(texts: Sequence[str], options: Options) -> Matched:
    """Return what repeats inside each text."""
    chunk, numbers, problems = _promising(texts, min(options.jaccard, options.containment))
    if not numbers:
        return Matched([], NO_MATCHES, np.zeros(0, bool), problems)
    matches = match(
        chunk,
        np.arange(len(numbers), dtype=np.uint64).repeat(chunk.documents[1:] - chunk.documents[:-1]),
        jaccard=options.jaccard,
        containment=options.containment,
        permutations=options.permutations,
        seed=options.seed,
    )
    for at, number in enumerate(numbers):
        if len(texts[number]) > ALWAYS_JUDGED_CHARACTERS and (why := _excess(texts[number], chunk, matches, at)):
            problems[number] = why
            matches = matches.without(int(chunk.documents[at]), int(chunk.documents[at + 1]))
    return _of_some(chunk, numbers, matches, problems)


def _of_some(chunk: Shingles, numbers: list[int], matches: Matches, problems: dict[int, str]) -> Matched:
    """Leave out the documents without a match, and number the rows of the others anew."""
    if not len(matches.copies) + len(matches.earlier) + len(matches.crowded):
        return Matched([], NO_MATCHES, np.zeros(0, bool), problems)
    lengths = chunk.documents[1:] - chunk.documents[:-1]
    owner = np.arange(len(lengths)).repeat(lengths)
    some, bounded = np.zeros(len(lengths), bool), np.zeros(len(lengths), bool)
    bounded[owner[matches.crowded]] = True
    some[owner[matches.copies]] = some[owner[matches.earlier]] = True
    some |= bounded
    if some.all():
        return Matched(numbers, matches, bounded, problems)
    kept = some[owner]
    anew = np.cumsum(kept) - 1
    renumbered = Matches(
        anew[matches.copies],
        anew[matches.originals],
        anew[matches.earlier],
        anew[matches.later],
        matches.shared,
        matches.shingle_counts[kept],
        anew[matches.crowded],
    )
    return Matched([numbers[at] for at in some.nonzero()[0].tolist()], renumbered, bounded[some], problems)


def _promising(texts: Sequence[str], least: float) -> tuple[Shingles, list[int], dict[int, str]]:
    """Return the shingles of the texts in which something may repeat, their numbers, and why others are not read."""
    problems = {number: why for number, text in enumerate(texts) if (why := reading_problem(text))}
    readable = ["" if number in problems else text for number, text in enumerate(texts)] if problems else texts
    parts: list[Shingles] = []
    numbers: list[int] = []
    done = 0
    for part in chunks(readable):
        found = shingles(part)
        passed = candidate_documents(found, least)
        last = done + len(part) - 1
        # Only the last text of a part can be large.
        if len(part[-1]) > ALWAYS_READ_CHARACTERS and len(passed) and passed[-1] == len(part) - 1:
            first = found.documents[-2]
            rows, words = len(found.starts) - 1 - first, len(found.hashes) - found.starts[first]
            if why := shingling_problem(part[-1], int(rows), int(words)):
                problems[last] = why
                passed = passed[:-1]
        if len(passed):
            parts.append(found if len(passed) == len(part) else chosen(found, passed))
            numbers += (passed + done).tolist()
        done += len(part)
    return joined(parts) if parts else shingles([""]), numbers, problems


def _excess(text: str, chunk: Shingles, matches: Matches, at: int) -> str:
    """Return why a document of a chunk, given by its text and number, is not judged; empty if it may be."""
    first, last = chunk.documents[at : at + 2].tolist()

    def of_it(rows: Ints) -> Ints:
        mine: Ints = rows[(rows >= first) & (rows < last)] - first
        return mine

    copies, firsts, left, right = map(of_it, (matches.copies, matches.originals, matches.earlier, matches.later))
    sizes = 1 + np.bincount(firsts, minlength=last - first)
    partners = np.bincount(left, minlength=last - first) + np.bincount(right, minlength=last - first)
    alike = (sizes > 1) | (partners > 0)
    alike[copies] = True
    # Copies are looked at with four others, and with up to three copies of each of a few paragraphs near them.
    candidates = int((sizes * np.minimum(sizes - 1, 4)).sum())
    for one, other in ((left, right), (right, left)):
        share = np.minimum(1, MOST_PARTNERS / partners[one])
        candidates += int((share * sizes[one] * np.minimum(sizes[other], 3)).sum())
    words = int(np.diff(chunk.starts[first : last + 1])[alike].sum())
    return judging_problem(text, last - first, len(copies), len(left), candidates, words)
