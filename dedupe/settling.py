"""A document on its way through the rounds: judged again as it would remain, until nothing changes, then reported."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dedupe.cleaning import cuts, followed
from dedupe.judge.guard import Loss, difference
from dedupe.judgement import RULES, Evidence, Policy, Verdict
from dedupe.judgement.pair import Pairs
from dedupe.judgement.rows import rows_of
from dedupe.judgement.verdicts import account
from dedupe.model import Block, Document, Finding, Match, Original, Report, Span, without
from dedupe.paragraphs import Paragraphs, split
from dedupe.similarity import word_scores

ROUNDS = 6
"""Times a text is judged again as it would remain. What is not settled then stays as it is, flagged."""

HALF = 0.5
"""Jaccard similarity from which a pair matters even if neither says all that the other does."""


@dataclass(frozen=True, slots=True)
class Found:
    """What matches inside one document, by row number.

    `copies`: groups of equal rows, the first of which stands for all in `matches`. `bounded`: so many rows are alike
    that not all pairs were looked at, and with fewer rows others may be.
    """

    copies: list[list[int]]
    matches: list[Match]
    bounded: bool = False

    def without(self, gone: Collection[int]) -> Found:
        """Return what is left without these rows; the next of its copies then stands for a row that goes."""
        copies: list[list[int]] = []
        stands = {}
        for group in self.copies:
            stay = [row for row in group if row not in gone]
            if stay:
                stands[group[0]] = stay[0]
            if len(stay) > 1:
                copies.append(stay)
        matches: list[Match] = []
        for one in self.matches:
            left, right = stands.get(one.left, one.left), stands.get(one.right, one.right)
            if left in gone or right in gone:
                continue
            if (left, right) == (one.left, one.right):
                matches.append(one)
            elif left < right:
                matches.append(Match(left, right, one.jaccard, one.left_in_right, one.right_in_left))
            else:
                matches.append(Match(right, left, one.jaccard, one.right_in_left, one.left_in_right))
        return Found(copies, sorted(matches, key=lambda one: (one.left, one.right)))

    @property
    def slight(self) -> bool:
        """Whether no rows are equal, and none is alike by half."""
        return not self.copies and all(one.jaccard < HALF for one in self.matches)

    def __bool__(self) -> bool:
        return bool(self.copies or self.matches)


class Settling:
    """A document on its way through the rounds; places are those of its rows that are not blank, as they were first."""

    def __init__(self, document: Document, paragraphs: Paragraphs, policy: Policy, bounded: bool = False) -> None:
        self.document = document
        self.bounded = bounded
        self.policy = policy
        self.text = document.text
        self.paragraphs = paragraphs
        self.cuts: list[Span] = []
        self.remaining: Paragraphs | None = None
        """The rows that are left, as read from the text that is left; None while that is all of them."""
        self.rows = rows_of(document.text, self.paragraphs, document.layout.roles if document.layout else ())
        """The rows as they were first."""
        self.numbers = paragraphs.filled
        """And their numbers."""
        self.pairs = Pairs()
        self.places = list(range(len(self.rows)))
        """The places of the rows that are left."""
        self.removed: dict[int, Verdict] = {}
        self.flagged: dict[int, Verdict] = {}
        self.blocks = 0

    def left(self) -> Evidence:
        """Return the rows that are left, as they were first, to be judged."""
        if self.remaining is None:
            return Evidence(self.rows, self.numbers, self.pairs)
        rows, numbers = self.rows, self.numbers
        return Evidence(
            [rows[place] for place in self.places], [numbers[place] for place in self.places], self.pairs, self.places
        )

    def again(self) -> Evidence:
        """Return the rows that are left, numbered as in the text that is left, to be judged."""
        roles = self.document.layout.roles if self.document.layout else ()
        paragraphs = self.paragraphs if self.remaining is None else self.remaining
        rows = rows_of(self.text, paragraphs, [roles[place] for place in self.places] if roles else ())
        return Evidence(rows, paragraphs.filled, self.pairs, self.places)

    def take(self, verdicts: list[Verdict], last: bool) -> bool:
        """Take the verdicts of a round; say whether the document is settled."""
        gone = [verdict for verdict in verdicts if verdict.action == "remove"]
        self.flagged = {self.places[one.place]: self._moved(one) for one in verdicts if one.action == "flag"}
        if not gone:
            return True
        made = followed(self.cuts, self._cuts([one.place for one in gone]))
        text = without(self.document.text, made)
        for one in gone:
            self.removed[self.places[one.place]] = self._moved(one)
        self.blocks = max([self.blocks, *(one.block or 0 for one in self.removed.values())])
        self.places = [place for place in self.places if place not in self.removed]
        remaining = split(text)
        if last or len(remaining.contents) != len(self.places):
            self._give_up()
            return True
        self.text, self.cuts, self.remaining = text, made, remaining
        return False

    def _cuts(self, places: Sequence[int]) -> list[Span]:
        """Return the cuts by which these rows, of those that are left, go out of the text that is left."""
        if self.remaining is None:
            return cuts(self.text, self.paragraphs.bounds, {self.numbers[place] for place in places})
        numbers = self.remaining.filled
        return cuts(self.text, self.remaining.bounds, {numbers[place] for place in places})

    def _moved(self, verdict: Verdict) -> Verdict:
        """Return a verdict of this round in the places of the first."""
        if not self.removed:
            return verdict
        first, last = verdict.hosts
        block = None if verdict.block is None else verdict.block + self.blocks
        return verdict._replace(
            place=self.places[verdict.place], hosts=(self.places[first], self.places[last]), block=block
        )

    def _give_up(self) -> None:
        """Leave the text as it was: what does not settle is flagged."""
        self.flagged |= {place: one._replace(action="flag") for place, one in self.removed.items()}
        self.removed = {}
        self.text, self.cuts, self.remaining = self.document.text, [], None

    def report(self) -> Report:
        """Return the report of the settled document, after checking what was promised of it."""
        if not (self.removed or self.flagged):
            return Report(self.document, bounded=self.bounded)
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
                one = one._replace(block=numbers.setdefault(one.block, len(numbers) + 1))
            findings.append(self._finding(one))
        blocks = [
            Block(tuple((one.hosts[0], place) for place, one in sorted(self.removed.items()) if one.block == block))
            for block in numbers
        ]
        return Report(
            self.document, tuple(self.cuts), tuple(findings), tuple(blocks), problem=problem, bounded=self.bounded
        )

    def _rehost(self) -> None:
        """Follow originals that a later round removed to the ones that stay; give up if one no longer says the same."""
        for place, one in list(self.removed.items()):
            hosts = one.hosts
            for _ in range(ROUNDS):
                if hosts[0] != hosts[1] or hosts[0] not in self.removed:
                    break
                hosts = self.removed[hosts[0]].hosts
            stands = all(map(self._stays, range(hosts[0], hosts[1] + 1)))
            if stands and hosts == one.hosts and not one.said:
                continue  # what the row loses was counted when it was removed; what is said nearby may have gone since
            found = account(self.rows, range(len(self.rows)), place, hosts, self.policy, self._stays)
            if not stands or found.loss:
                self._give_up()
                return
            self.removed[place] = one._replace(kind=found.kind, hosts=hosts, said=found.differing)

    def _stays(self, place: int) -> bool:
        return place not in self.removed

    def _broken_promise(self) -> str:
        """Return a sentence if what stays is not the original's rows, in order, or an original does not stay."""
        if self.remaining is None:
            return ""
        stay = [row.text for place, row in enumerate(self.rows) if place not in self.removed]
        hosts = {host for one in self.removed.values() for host in range(one.hosts[0], one.hosts[1] + 1)}
        if stay == self.remaining.contents and hosts.isdisjoint(self.removed):
            return ""  # what each removed row loses was counted when it was removed, or its original followed
        return (
            "cleaning would have broken a promise, so this document was left as it is; "
            "please report it, with the text, as a bug"
        )

    def _finding(self, verdict: Verdict) -> Finding:
        rows = self.rows
        row, (first, last) = rows[verdict.place], verdict.hosts
        span, lines = self._extent(verdict.place, verdict.place)
        original = Original(self.document.id, *self._extent(first, last))
        found = account(rows, range(len(rows)), verdict.place, (first, last), self.policy, self._stays)
        jaccard, containment = 1.0, found.share
        if not found.same:
            said = [word for host in rows[first : last + 1] for word in host.words]
            jaccard, _ = word_scores(row.words, said)
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
            _reason(
                verdict,
                original.lines,
                difference(row, rows[first : last + 1]) if verdict.kind == "variant" else None,
            ),
        )

    def _extent(self, first: int, last: int) -> tuple[Span, tuple[int, int]]:
        """Return from where to where rows stand in what the caller gave."""
        layout = self.document.layout
        if layout is None:
            return self.paragraphs.extent(self.numbers[first], self.numbers[last])
        one, other = layout.paragraphs[first], layout.paragraphs[last]
        return Span(one.start, other.stop), (one.first_line, other.last_line)


def _reason(verdict: Verdict, lines: tuple[int, int], differing: Loss | None) -> str:
    """Return the rule's sentence, with the place of the original, what differs, and which copy stays."""
    place = f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}-{lines[1]}"
    if differing is not None:
        return f"is nearly {place}, but {differing}; {_what_stays(verdict)}"
    said = f" (differs: {', '.join(verdict.said)})" if verdict.said else ""
    return f"{RULES[verdict.rule].reason.format(lines=place, words=said)}; {_what_stays(verdict)}"


def _what_stays(verdict: Verdict) -> str:
    if verdict.action == "flag":
        return "both stay"
    if verdict.kind == "contained":
        return "the fuller one stays"
    return "the first stays" if verdict.hosts[0] < verdict.place else "the one in the text stays"
