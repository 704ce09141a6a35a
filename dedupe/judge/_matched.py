"""Find what repeats inside the documents of a batch, within the bounds of one document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.candidates import MAX_PARTNERS
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
    """The documents in which something repeats, and their matches, by number of the paragraph in these documents.

    `numbers`: the positions of the documents in the batch. `bounded`: bool, shape (documents,), whether only some pairs
    are compared, since too many paragraphs are near-duplicates. `problems`: why a document of the batch is not judged.
    """

    numbers: list[int]
    matches: Matches
    bounded: Bools
    problems: dict[int, str]


def find_matches(texts: Sequence[str], options: Options) -> Matched:
    """Return what repeats inside each text."""
    chunk, numbers, problems = _candidate_documents(texts, min(options.jaccard, options.containment))
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
        if len(texts[number]) > ALWAYS_JUDGED_CHARACTERS and (
            problem := _bound_exceeded(texts[number], chunk, matches, at)
        ):
            problems[number] = problem
            matches = matches.without(int(chunk.documents[at]), int(chunk.documents[at + 1]))
    return _only_matched(chunk, numbers, matches, problems)


def _only_matched(chunk: Shingles, numbers: list[int], matches: Matches, problems: dict[int, str]) -> Matched:
    """Return the matches without the documents that have none, the paragraphs of the others renumbered."""
    if not len(matches.copies) + len(matches.earlier) + len(matches.crowded):
        return Matched([], NO_MATCHES, np.zeros(0, bool), problems)
    lengths = chunk.documents[1:] - chunk.documents[:-1]
    document = np.arange(len(lengths)).repeat(lengths)
    matched, bounded = np.zeros(len(lengths), bool), np.zeros(len(lengths), bool)
    bounded[document[matches.crowded]] = True
    matched[document[matches.copies]] = matched[document[matches.earlier]] = True
    matched |= bounded
    if matched.all():
        return Matched(numbers, matches, bounded, problems)
    kept = matched[document]
    new_number = np.cumsum(kept) - 1
    renumbered = Matches(
        new_number[matches.copies],
        new_number[matches.originals],
        new_number[matches.earlier],
        new_number[matches.later],
        matches.shared,
        matches.shingle_counts[kept],
        new_number[matches.crowded],
    )
    return Matched([numbers[at] for at in matched.nonzero()[0].tolist()], renumbered, bounded[matched], problems)


def _candidate_documents(texts: Sequence[str], least: float) -> tuple[Shingles, list[int], dict[int, str]]:
    """Return the shingles of the texts in which something may repeat, their numbers, and why others are not read."""
    problems = {number: problem for number, text in enumerate(texts) if (problem := reading_problem(text))}
    readable = ["" if number in problems else text for number, text in enumerate(texts)] if problems else texts
    parts: list[Shingles] = []
    numbers: list[int] = []
    start = 0
    for part in chunks(readable):
        found = shingles(part)
        passed = candidate_documents(found, least)
        if (
            len(part[-1]) > ALWAYS_READ_CHARACTERS and len(passed) and passed[-1] == len(part) - 1
        ):  # only the last of a part is large
            first = found.documents[-2]
            paragraphs, words = len(found.starts) - 1 - first, len(found.hashes) - found.starts[first]
            if problem := shingling_problem(part[-1], int(paragraphs), int(words)):
                problems[start + len(part) - 1] = problem
                passed = passed[:-1]
        if len(passed):
            parts.append(found if len(passed) == len(part) else chosen(found, passed))
            numbers += (passed + start).tolist()
        start += len(part)
    return joined(parts) if parts else shingles([""]), numbers, problems


def _bound_exceeded(text: str, chunk: Shingles, matches: Matches, at: int) -> str:
    """Return why a document of a chunk, given by its text and number, is not judged; empty if it is."""
    first, last = chunk.documents[at : at + 2].tolist()

    def in_document(paragraphs: Ints) -> Ints:
        found: Ints = paragraphs[(paragraphs >= first) & (paragraphs < last)] - first
        return found

    copies, firsts, left, right = map(in_document, (matches.copies, matches.originals, matches.earlier, matches.later))
    sizes = 1 + np.bincount(firsts, minlength=last - first)
    partners = np.bincount(left, minlength=last - first) + np.bincount(right, minlength=last - first)
    repeats = (sizes > 1) | (partners > 0)
    repeats[copies] = True
    # A copy is paired with four others, and with up to three copies of each of a few near-duplicates.
    candidates = int((sizes * np.minimum(sizes - 1, 4)).sum())
    for one, other in ((left, right), (right, left)):
        share = np.minimum(1, MAX_PARTNERS / partners[one])
        candidates += int((share * sizes[one] * np.minimum(sizes[other], 3)).sum())
    words = int(np.diff(chunk.starts[first : last + 1])[repeats].sum())
    return judging_problem(text, last - first, len(copies), len(left), candidates, words)
