"""A document on its way through the rounds: judged again as it would remain, until nothing changes, then reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dedupe.cleaning import cuts, followed
from dedupe.judgement import RULES, Evidence, Policy, Verdict
from dedupe.judgement.verdicts import bearable, kind_of, losses
from dedupe.model import Block, Document, Finding, Original, Paragraph, Report, Role, Span, without
from dedupe.paragraphs import split
from dedupe.similarity import word_scores
from dedupe.words import words

ROUNDS = 6
"""Times a text is judged again as it would remain. What is not settled then stays as it is, flagged."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A text, judged once: its rows, what is known of them, the verdicts."""

    paragraphs: list[Paragraph]
    evidence: Evidence
    verdicts: list[Verdict]


class Settling:
    """A document on its way through the rounds; places are those of its rows that are not blank, as they were first."""

    def __init__(self, document: Document, policy: Policy) -> None:
        self.document = document
        self.policy = policy
        self.text = document.text
        self.cuts: list[Span] = []
        self.first: Judged | None = None
        self.places: list[int] = []
        self.removed: dict[int, Verdict] = {}
        self.flagged: dict[int, Verdict] = {}
        self.blocks = 0

    @property
    def roles(self) -> Sequence[Role]:
        """The roles of the rows that are left; none for a text without layout."""
        if self.document.layout is None:
            return ()
        roles = self.document.layout.roles
        return [roles[place] for place in self.places] if self.first else roles

    def take(self, judged: Judged | None, last: bool) -> bool:
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
        numbers = {judged.evidence.rows[one.place].paragraph.number for one in gone}
        made = followed(self.cuts, cuts(self.text, judged.paragraphs, numbers))
        text = without(self.document.text, made)
        for one in gone:
            self.removed[self.places[one.place]] = self._moved(one)
        self.blocks = max([self.blocks, *(one.block or 0 for one in self.removed.values())])
        stay = [place for number, place in enumerate(self.places) if number not in {one.place for one in gone}]
        rows = sum(1 for row in split(text) if text[row.start : row.stop].strip())
        if last or rows != len(stay):
            self._give_up()
            return True
        self.text, self.cuts, self.places = text, made, stay
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
        self.text, self.cuts = self.document.text, []

    def report(self) -> Report:
        """Return the report of the settled document, after checking what was promised of it."""
        if self.first is None or not (self.removed or self.flagged):
            return Report(self.document)
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
        return Report(self.document, tuple(self.cuts), tuple(findings), tuple(blocks), problem=problem)

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
        return tuple(rows[place].words[at] for at in lost) if bearable(rows[place], lost, self.policy) else None

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
        span, lines = self._extent(verdict.place, verdict.place)
        original = Original(self.document.id, *self._extent(first, last))
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

    def _extent(self, first: int, last: int) -> tuple[Span, tuple[int, int]]:
        """Return from where to where rows stand in what the caller gave."""
        one, other = self._paragraph(first), self._paragraph(last)
        return Span(one.start, other.stop), (one.first_line, other.last_line)

    def _paragraph(self, place: int) -> Paragraph:
        assert self.first is not None
        layout = self.document.layout
        return self.first.evidence.rows[place].paragraph if layout is None else layout.paragraphs[place]


def _reason(verdict: Verdict, lines: tuple[int, int]) -> str:
    """Return the rule's sentence, with the place of the original, the words that differ, and which copy stays."""
    place = f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}-{lines[1]}"
    said = f" (differs: {', '.join(verdict.said)})" if verdict.said else ""
    return f"{RULES[verdict.rule].reason.format(lines=place, words=said)}; {_what_stays(verdict)}"


def _what_stays(verdict: Verdict) -> str:
    if verdict.action == "flag":
        return "both stay"
    if verdict.kind == "contained":
        return "the fuller one stays"
    return "the first stays" if verdict.hosts[0] < verdict.place else "the one in the text stays"
