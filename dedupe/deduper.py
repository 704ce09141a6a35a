"""The `Deduper`: documents in, reports out; the only reader of `Options` on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from dedupe.cleaning import without
from dedupe.judgement import RULES, Evidence, Verdict, judge
from dedupe.judgement.verdicts import bearable, kind_of, losses
from dedupe.matching import Matches, match
from dedupe.model import Block, Document, Finding, Match, Original, Paragraph, Report, Span
from dedupe.options import Options
from dedupe.paragraphs import one_row_a_line, split
from dedupe.shingles import CHUNK, shingles
from dedupe.similarity import word_scores
from dedupe.words import words

ROUNDS = 6
"""Times a text is judged again as it would remain. What is not settled then stays as it is, flagged."""

Given = str | tuple[str, str] | Document


def as_document(given: Given) -> Document:
    """Return a `Document` from a text, an (id, text) pair or a `Document`; raise `TypeError` for anything else."""
    if isinstance(given, Document):
        text = given.text
    elif isinstance(given, tuple) and len(given) == 2:
        given = Document(given[1], str(given[0]))
        text = given.text
    else:
        text = given if not isinstance(given, tuple) else None
        given = Document(text) if isinstance(text, str) else given
    if isinstance(text, (bytes, bytearray, memoryview)):
        raise TypeError("a document is a str, not bytes; decode it first: data.decode('utf-8')")
    if not isinstance(given, Document) or not isinstance(text, str):
        raise TypeError(f"a document is a str, an (id, text) pair or a dedupe.Document, not {type(given).__name__}")
    return given


class Deduper:
    """Finds what a document says more than once. It holds no state that a result depends on."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()

    def check(self, document: Given) -> Report:
        """Return what would be removed from one document, and what is flagged, with the reasons."""
        return next(self.check_many([document]))

    def clean(self, text: str) -> str:
        """Return the text with each paragraph said once."""
        return self.check(text).text

    def check_many(self, documents: Iterable[Given]) -> Iterator[Report]:
        """Yield one report for each document, in order; lazily, a batch at a time, as if they came one by one."""
        stream = map(as_document, documents)
        while batch := list(_batch(stream)):
            yield from self._check_batch(batch)

    def _check_batch(self, documents: Sequence[Document]) -> list[Report]:
        reports = [Report(document, document.text) for document in documents]
        waiting = {number: _Settling(document) for number, document in enumerate(documents)}
        for last in [False] * (ROUNDS - 1) + [True]:
            judged = self._judge([settling.text for settling in waiting.values()])
            for (number, settling), verdicts in zip(list(waiting.items()), judged, strict=True):
                if settling.take(verdicts, last):
                    reports[number] = settling.report()
                    del waiting[number]
            if not waiting:
                break
        return reports

    def _judge(self, texts: Sequence[str]) -> list[_Judged | None]:
        """Judge each text once; None for a text without a match, which never becomes objects."""
        chunk = shingles([one_row_a_line(text) for text in texts])
        scopes = np.repeat(np.arange(len(texts), dtype=np.uint64), np.diff(chunk.documents))
        options = self.options
        found = match(
            chunk,
            scopes,
            jaccard=options.jaccard,
            containment=options.containment,
            permutations=options.permutations,
            seed=options.seed,
        )
        judged: list[_Judged | None] = [None] * len(texts)
        for number, (copies, matches) in _by_document(found, chunk.documents).items():
            text = texts[number]
            paragraphs = split(text)
            evidence = Evidence(text, paragraphs)
            evidence.add_copies(copies)
            for one in matches:
                evidence.add_match(one)
            judged[number] = _Judged(paragraphs, evidence, list(judge(evidence)))
        return judged


def _batch(documents: Iterator[Document]) -> Iterator[Document]:
    """Yield documents until they have the kernels' chunk of characters together."""
    length = 0
    for document in islice(documents, CHUNK):
        yield document
        length += len(document.text)
        if length >= CHUNK:
            return


def _by_document(found: Matches, first_rows: np.ndarray) -> dict[int, tuple[list[list[int]], list[Match]]]:
    """Sort matches by document; rows become those of the document."""
    by_document: dict[int, tuple[list[list[int]], list[Match]]] = {}
    owners = np.searchsorted(first_rows, np.concatenate([found.copies, found.left]), "right") - 1
    groups: dict[int, list[int]] = {}
    for number, copy, first in zip(owners.tolist(), found.copies.tolist(), found.firsts.tolist(), strict=False):
        offset = int(first_rows[number])
        if first not in groups:
            groups[first] = [first - offset]
            by_document.setdefault(number, ([], []))[0].append(groups[first])
        groups[first].append(copy - offset)
    forth, back = found.containments
    columns = (found.left, found.right, found.jaccard, forth, back)
    for number, left, right, *scores in zip(
        owners[len(found.copies) :].tolist(), *(column.tolist() for column in columns), strict=True
    ):
        offset = int(first_rows[number])
        by_document.setdefault(number, ([], []))[1].append(Match(left - offset, right - offset, *scores))
    return by_document


@dataclass(frozen=True, slots=True)
class _Judged:
    paragraphs: list[Paragraph]
    evidence: Evidence
    verdicts: list[Verdict]


class _Settling:
    """A document on its way through the rounds; places are those of its rows that are not blank, as they were first."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        self.first: _Judged | None = None
        self.places: list[int] = []
        self.removed: dict[int, Verdict] = {}
        self.flagged: dict[int, Verdict] = {}
        self.blocks = 0

    def take(self, judged: _Judged | None, last: bool) -> bool:
        """Take the verdicts of a round; say whether the document is settled."""
        if judged is None:
            return True
        if self.first is None:
            self.first = judged
            self.places = list(range(len(judged.evidence.rows)))
        verdicts = judged.verdicts
        gone = [verdict for verdict in verdicts if verdict.action == "remove"]
        self.flagged = {self.places[one.place]: self._moved(one) for one in verdicts if one.action == "flag"}
        if not gone:
            return True
        text = without(self.text, judged.paragraphs, {judged.evidence.rows[one.place].paragraph.number for one in gone})
        for one in gone:
            self.removed[self.places[one.place]] = self._moved(one)
        self.blocks = max([self.blocks, *(one.block or 0 for one in self.removed.values())])
        stay = [place for number, place in enumerate(self.places) if number not in {one.place for one in gone}]
        rows = sum(1 for row in split(text) if text[row.start : row.stop].strip())
        if last or rows != len(stay):
            self._give_up()
            return True
        self.text, self.places = text, stay
        return False

    def _moved(self, verdict: Verdict) -> Verdict:
        """Return a verdict of this round in the places of the first."""
        first, last = verdict.hosts
        block = None if verdict.block is None else verdict.block + self.blocks
        return replace(
            verdict, place=self.places[verdict.place], hosts=(self.places[first], self.places[last]), block=block
        )

    def _give_up(self) -> None:
        """Leave the text as it was: what does not settle is flagged."""
        self.flagged |= {place: replace(one, action="flag") for place, one in self.removed.items()}
        self.removed = {}
        self.text = self.document.text

    def report(self) -> Report:
        """Return the report of the settled document, after checking what was promised of it."""
        if self.first is None or not (self.removed or self.flagged):
            return Report(self.document, self.document.text)
        self._rehost()
        problem = self._broken_promise()
        if problem:
            self._give_up()
        numbers: dict[int, int] = {}
        findings = []
        everything = self.flagged | self.removed
        for place in sorted(everything):
            one = everything[place]
            if one.block is not None:
                one = replace(one, block=numbers.setdefault(one.block, len(numbers) + 1))
            findings.append(self._finding(one))
        blocks = [
            Block(tuple((one.hosts[0], place) for place, one in sorted(self.removed.items()) if one.block == block))
            for block in numbers
        ]
        return Report(self.document, self.text, tuple(findings), tuple(blocks), problem=problem)

    def _rehost(self) -> None:
        """Follow originals that a later round removed to the ones that stay; give up if one no longer says the same."""
        assert self.first is not None
        for place, one in list(self.removed.items()):
            hosts = one.hosts
            for _ in range(ROUNDS):
                if hosts[0] == hosts[1] and hosts[0] in self.removed:
                    hosts = self.removed[hosts[0]].hosts
            lost = self._lost(place, hosts)
            if lost is None:
                self._give_up()
                return
            kind = kind_of(self.first.evidence.rows, place, hosts, lost)
            self.removed[place] = replace(one, kind=kind, hosts=hosts, said=lost)

    def _lost(self, place: int, hosts: tuple[int, int]) -> tuple[str, ...] | None:
        """Return what a removed row says more than its original; None when that is too much or the original is gone."""
        assert self.first is not None
        rows = self.first.evidence.rows
        if any(host in self.removed for host in range(hosts[0], hosts[1] + 1)):
            return None
        said = tuple(word for host in range(hosts[0], hosts[1] + 1) for word in words(rows[host].text))
        lost = losses(rows[place], said)
        return tuple(rows[place].words[at] for at in lost) if bearable(rows[place], lost) else None

    def _broken_promise(self) -> str:
        """Return a sentence if what stays is not the original's rows, in order, or an original does not stay."""
        assert self.first is not None
        rows = self.first.evidence.rows
        stay = [row.text for place, row in enumerate(rows) if place not in self.removed]
        left = [piece for row in split(self.text) if (piece := self.text[row.start : row.stop].strip())]
        if stay == left and all(self._lost(place, one.hosts) is not None for place, one in self.removed.items()):
            return ""
        return (
            "cleaning would have broken a promise, so this document was left as it is; "
            "please report it, with the text, as a bug"
        )

    def _finding(self, verdict: Verdict) -> Finding:
        assert self.first is not None
        rows = self.first.evidence.rows
        row, (first, last) = rows[verdict.place], verdict.hosts
        span, lines = _extent(row.paragraph, row.paragraph)
        original = Original(self.document.id, *_extent(rows[first].paragraph, rows[last].paragraph))
        said = tuple(word for host in range(first, last + 1) for word in rows[host].words)
        jaccard, containment = word_scores(row.words, said)
        return Finding(
            verdict.action,
            verdict.kind,
            verdict.rule,
            span,
            lines,
            original,
            jaccard,
            containment,
            verdict.said,
            verdict.block,
            _reason(verdict, original.lines),
        )


def _extent(first: Paragraph, last: Paragraph) -> tuple[Span, tuple[int, int]]:
    return Span(first.start, last.stop), (first.first_line, last.last_line)


def _reason(verdict: Verdict, lines: tuple[int, int]) -> str:
    place = f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}-{lines[1]}"
    said = f" (differs: {', '.join(verdict.said)})" if verdict.said else ""
    return RULES[verdict.rule].reason.format(lines=place, words=said)
