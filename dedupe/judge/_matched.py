"""Find what repeats inside the documents of a batch, within the bounds of one document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dedupe._arrays import Bools, Ints
from dedupe.judge.candidates import MAX_PARTNERS
from dedupe.matching.match import NO_MATCHES, Matches, candidate_shingles, match
from dedupe.options import Options
from dedupe.text.bounds import (
    ALWAYS_JUDGED_CHARACTERS,
    ALWAYS_READ_CHARACTERS,
    judging_problem,
    reading_problem,
    shingling_problem,
)
from dedupe.text.shingles import Shingles, chosen, chosen_positions, shingles, shingles_of
from dedupe.text.words import Words, chosen_words, chunks, offsets, read

MATCHED_CHARACTERS = 1 << 20
"""Characters of the documents past the gate that are matched together: more only costs memory."""


class GatedPart(NamedTuple):
    """Documents read together: their shingles and words, without words if one is large; the position of each that may
    have a match, and its number; the positions of the shingles that may repeat in their documents.
    """

    shingles: Shingles
    words: Words | None
    positions: Ints
    numbers: list[int]
    repeated: Ints


@dataclass(frozen=True, slots=True)
class Matched:
    """The documents in which something repeats, their words, and their matches, by number of the line in these words.

    `numbers`: the caller's numbers of the documents. `bounded`: bool, shape (documents,), whether only some pairs are
    compared, since too many paragraphs are near-duplicates.
    """

    numbers: list[int]
    words: Words
    matches: Matches
    bounded: Bools

    def remaining(self, documents: Sequence[int], removed: Ints) -> Matched:
        """Return some of the documents, given by position and not bounded, after lines of them have been removed.

        Nothing has to be counted again: what repeats among the lines that stay does so whatever else there was.
        """
        words, matches = self.words, self.matches
        counts = np.diff(words.documents)
        flags = np.zeros(len(counts), bool)
        flags[documents] = True
        stays = flags.repeat(counts)
        stays[removed] = False
        number = np.cumsum(stays) - 1
        group = np.arange(len(stays))
        group[matches.copies] = matches.originals
        lines = stays.nonzero()[0]
        groups = group[lines]
        first = np.full(len(stays), -1)  # the first line of each group that stays
        first[groups[::-1]] = number[lines[::-1]]
        copy = first[groups] != number[lines]
        ends = first[np.array([matches.earlier, matches.later])]
        pairs = (ends >= 0).all(axis=0)
        ends.sort(axis=0)  # another copy may be the first one now
        return Matched(
            [self.numbers[at] for at in documents],
            words.with_lines(stays, np.diff(offsets(stays)[words.documents])[documents]),
            Matches(
                number[lines][copy],
                first[groups][copy],
                ends[0, pairs],
                ends[1, pairs],
                matches.shared[pairs],
                matches.shingle_counts[stays],
                NO_MATCHES.crowded,
            ),
            self.bounded[documents],
        )


def find_matches(texts: Mapping[int, str], options: Options) -> Iterator[tuple[Matched | None, dict[int, str]]]:
    """Yield what repeats inside texts, given by number, and why some of them are not judged, by number.

    Texts are read as they are asked for. The first of a pair is None if nothing repeats in its part of the texts.
    """
    for parts, problems in _candidate_documents(texts, min(options.jaccard, options.containment)):
        yield _matches_of(texts, parts, problems, options) if parts else None, problems


def _matches_of(
    texts: Mapping[int, str], parts: Sequence[GatedPart], problems: dict[int, str], options: Options
) -> Matched | None:
    """Return what repeats inside the documents that may have a match; add to the problems why some are not judged."""
    numbers = [number for part in parts for number in part.numbers]
    chunk = chosen([(part.shingles, part.positions) for part in parts])
    lengths = chunk.documents[1:] - chunk.documents[:-1]
    matches = match(
        chunk,
        np.arange(len(numbers), dtype=np.uint64).repeat(lengths),
        jaccard=options.jaccard,
        containment=options.containment,
        permutations=options.permutations,
        seed=options.seed,
        positions=chosen_positions([(part.shingles, part.positions, part.repeated) for part in parts]),
    )
    for at, number in enumerate(numbers):
        if len(texts[number]) > ALWAYS_JUDGED_CHARACTERS and (
            problem := _bound_exceeded(texts[number], chunk, matches, at)
        ):
            problems[number] = problem
            matches = matches.without(int(chunk.documents[at]), int(chunk.documents[at + 1]))
    if not len(matches.copies) + len(matches.earlier) + len(matches.crowded):
        return None
    document = np.arange(len(lengths)).repeat(lengths)
    matched, bounded = np.zeros(len(lengths), bool), np.zeros(len(lengths), bool)
    bounded[document[matches.crowded]] = True
    matched[document[matches.copies]] = matched[document[matches.earlier]] = True
    matched |= bounded
    words = _words_of(texts, parts, matched)
    if not matched.all():
        matches = matches.among(matched[document])
    return Matched([numbers[at] for at in matched.nonzero()[0].tolist()], words, matches, bounded[matched])


def _words_of(texts: Mapping[int, str], parts: Sequence[GatedPart], matched: Bools) -> Words:
    """Return the words of the matched documents; large ones, whose words were not kept, are read again."""
    found = []
    done = 0
    for _, words, positions, numbers, _ in parts:
        kept = matched[done : done + len(numbers)].nonzero()[0]
        done += len(numbers)
        if words:
            found.append((words, positions[kept]))
        elif len(kept):
            found.append((read([texts[numbers[at]] for at in kept.tolist()]), np.arange(len(kept))))
    return chosen_words(found)


def _candidate_documents(texts: Mapping[int, str], least: float) -> Iterator[tuple[list[GatedPart], dict[int, str]]]:
    """Yield the parts of the texts in which something may repeat, as many as are matched together, and why texts among
    them are not read.
    """
    problems = {number: problem for number, text in texts.items() if (problem := reading_problem(text))}
    readable = [number for number in texts if number not in problems] if problems else list(texts)
    parts: list[GatedPart] = []
    start = characters = 0
    for part in chunks([texts[number] for number in readable]):
        large = len(part[-1]) > ALWAYS_READ_CHARACTERS  # only the last of a part is
        words = None if large else read(part)
        found = shingles_of(words) if words else shingles(part)
        passed, repeated = candidate_shingles(found, least)
        if large and len(passed) and passed[-1] == len(part) - 1:
            first = found.documents[-2]
            paragraphs, shingle_count = len(found.starts) - 1 - first, len(found.hashes) - found.starts[first]
            if problem := shingling_problem(part[-1], int(paragraphs), int(shingle_count)):
                problems[readable[start + len(part) - 1]] = problem
                passed = passed[:-1]
        if len(passed):
            positions = passed.tolist()
            parts.append(GatedPart(found, words, passed, [readable[start + at] for at in positions], repeated))
            characters += sum([len(part[at]) for at in positions])
        start += len(part)
        if characters >= MATCHED_CHARACTERS:
            yield parts, problems
            parts, problems, characters = [], {}, 0
    yield parts, problems


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
