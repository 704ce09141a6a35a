"""Choose which candidates are removed: the surest first, if every original stays and the guard finds no loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedupe.judge.content import BACKSTAGE, SHORT, SPOKEN, STAYING, ParagraphText
from dedupe.judge.guard import Coverage, guard
from dedupe.judge.nearby import NEARBY_PARAGRAPHS
from dedupe.judge.policy import Policy
from dedupe.model import Action, Role

VARIANT_WORDS = 8
"""Least words of a near-duplicate that is flagged as a variant whatever its confidence."""

VARIANT_JACCARD = 0.5
"""Least Jaccard similarity of a variant and its original."""

ANNOUNCEMENT_WORDS = 2
"""Least words of a line ending in a colon that announces what follows; a shorter one is a label."""

_COLONS = (":", "：")


class Candidate(NamedTuple):
    """A duplicate and a possible original, as positions in the document, and the confidence of a removal.

    `copies`: the number of paragraphs with the duplicate's words.
    """

    duplicate: int
    original: int
    confidence: float
    jaccard: float
    equal: bool
    copies: int = 1


class ParagraphDecision(NamedTuple):
    """Whether one paragraph is removed or flagged, and for which original.

    `jaccard`: the similarity to the original, if it has been counted.
    """

    duplicate: int
    action: Action
    original: int
    coverage: Coverage
    confidence: float
    copies: int = 1
    requested: bool = False
    jaccard: float | None = None

    def moved(self, original: int) -> ParagraphDecision:
        """Return the decision for another original."""
        return self._replace(original=original, jaccard=None)


class ComparisonCache:
    """The parsed paragraphs of a document and the comparisons of pairs, kept from one round to the next.

    `coverages` has only pairs for which no paragraph near the original was read.
    """

    def __init__(self) -> None:
        self.contents: dict[str, ParagraphText] = {}
        self.coverages: dict[tuple[ParagraphText, ParagraphText], Coverage] = {}

    def content(self, text: str) -> ParagraphText:
        """Return a parsed paragraph; equal texts are parsed once."""
        found = self.contents.get(text)
        if found is None:
            found = self.contents[text] = ParagraphText(text.strip())
        return found


class JudgedParagraphs:
    """The paragraphs of a document that is judged; each is parsed when it is first compared."""

    def __init__(
        self,
        texts: Sequence[str],
        roles: Sequence[Role] = (),
        numbers: Sequence[int] = (),
        comparisons: ComparisonCache | None = None,
    ) -> None:
        """Take their texts, roles, and numbers in the document with blank paragraphs counted, as far as known."""
        self.texts = texts
        self.roles = roles
        self.numbers = numbers
        self.comparisons = comparisons or ComparisonCache()
        self._parsed: dict[int, ParagraphText] = {}

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, position: int) -> ParagraphText:
        found = self._parsed.get(position)
        if found is None:
            found = self._parsed[position] = self.comparisons.content(self.texts[position])
        return found

    def role(self, position: int) -> Role:
        """Return the role of a paragraph in its source."""
        return self.roles[position] if self.roles else ""

    def adjoins_next(self, position: int) -> bool:
        """Return whether no blank line separates a paragraph from the next one."""
        return position + 1 < len(self.numbers) and self.numbers[position + 1] == self.numbers[position] + 1

    def heads(self, position: int) -> bool:
        """Return whether this is a short line, no sentence, the next line directly below, blank lines around."""
        if not self.adjoins_next(position):
            return False
        alone = not (position and self.adjoins_next(position - 1)) and not self.adjoins_next(position + 1)
        return alone and self[position].size < SHORT and not self[position].is_sentence

    def announces(self, position: int) -> bool:
        """Return whether a paragraph introduces the next one: words that end in a colon, or a heading of the source."""
        if self.texts[position].rstrip().endswith(_COLONS):
            return len(self[position].words) >= ANNOUNCEMENT_WORDS
        return self.role(position) == "heading"


def compare(
    paragraphs: JudgedParagraphs, duplicate: int, original: int, removed: Container[int], policy: Policy
) -> Coverage:
    """Return the guard's answer for one pair, where some paragraphs are already removed."""
    pair = paragraphs[duplicate], paragraphs[original]
    coverages = paragraphs.comparisons.coverages
    coverage = coverages.get(pair)
    if coverage is None:
        nearby = _NearbyParagraphs(paragraphs, duplicate, original, removed)
        coverage = guard(pair[0], [pair[1]], nearby, policy)
        if nearby.parsed is None:
            coverages[pair] = coverage
    return coverage


@dataclass
class _NearbyParagraphs:
    """The paragraphs near an original that stay, without the duplicate; parsed on first use."""

    paragraphs: JudgedParagraphs
    duplicate: int
    original: int
    removed: Container[int]
    parsed: list[ParagraphText] | None = None

    def __iter__(self) -> Iterator[ParagraphText]:
        if self.parsed is None:
            first, last = self.original - NEARBY_PARAGRAPHS, self.original + NEARBY_PARAGRAPHS
            near = range(max(0, first), min(len(self.paragraphs), last + 1))
            pair = self.duplicate, self.original
            self.parsed = [self.paragraphs[at] for at in near if at not in pair and at not in self.removed]
        return iter(self.parsed)


class Choice:
    """Decide which paragraphs of one document are removed or flagged."""

    def __init__(
        self,
        paragraphs: JudgedParagraphs,
        policy: Policy,
        least: tuple[float, float],
        keep: Collection[int] = (),
        force: Collection[int] = (),
    ) -> None:
        """Take the least confidence of a removal and of a flag, and the positions the user keeps and wants removed."""
        self.paragraphs = paragraphs
        self.policy = policy
        self.remove_from, self.flag_from = least
        self.keep = keep
        self.force = force
        self.removed: dict[int, ParagraphDecision] = {}
        self.flagged: dict[int, ParagraphDecision] = {}
        self._duplicates: defaultdict[int, list[int]] = defaultdict(list)

    def choose(self, candidates: Iterable[Candidate]) -> list[ParagraphDecision]:
        """Return the decisions by position, for candidates in descending order of confidence."""
        removed, flagged = self.removed, self.flagged
        least = 0.0 if self.force else self.remove_from  # only a removal replaces a flag
        for candidate in candidates:
            duplicate = candidate.duplicate
            if duplicate not in removed and (duplicate not in flagged or candidate.confidence >= least):
                self._consider(candidate)
        for position, decision in removed.items():
            if decision.original in removed:
                removed[position] = decision.moved(self._survivor(decision.original))
        self._restore()
        decided = {**self.flagged, **self.removed}
        return [decided[position] for position in sorted(decided)]

    def _consider(self, candidate: Candidate) -> None:
        """Remove or flag the duplicate of a candidate, or leave it as it is."""
        duplicate = candidate.duplicate
        forced = duplicate in self.force and self._may_stay(candidate)
        sure = forced or (candidate.confidence >= self.remove_from and self.paragraphs.role(duplicate) != "spoken")
        if duplicate in self.flagged and not sure:
            return
        variant = not candidate.equal and candidate.jaccard >= VARIANT_JACCARD and duplicate > candidate.original
        if not (sure or variant or candidate.confidence >= self.flag_from) or not self._is_admissible(candidate):
            return
        original = self._survivor(candidate.original) if sure else candidate.original
        if original == duplicate:
            return
        coverage = self._coverage(duplicate, original)
        if self.policy.ignore and coverage.kind in self.policy.ignore:
            return
        if self._is_full_text(duplicate, original, coverage):
            return
        jaccard = candidate.jaccard if original == candidate.original else None
        rest = original, coverage, candidate.confidence, candidate.copies, forced, jaccard
        removable = coverage.loss is None and sure and duplicate not in self.keep
        if removable and self._remove(ParagraphDecision(duplicate, "remove", *rest)):
            return
        if duplicate not in self.flagged and (coverage.loss is None or self._is_variant(candidate, coverage)):
            self.flagged[duplicate] = ParagraphDecision(duplicate, "flag", *rest)

    def _may_stay(self, candidate: Candidate) -> bool:
        """Return whether the original can stay although the user wants it removed, too: one of the two has to."""
        earlier = candidate.original < candidate.duplicate
        return candidate.original not in self.force or earlier == (self.policy.keep != "last")

    def _is_variant(self, candidate: Candidate, coverage: Coverage) -> bool:
        """Return whether a paragraph whose removal would lose something is worth a flag."""
        if candidate.confidence >= self.flag_from:
            return True
        return len(coverage.words) >= VARIANT_WORDS and 4 * len(coverage.lost) <= len(coverage.words)

    def _is_admissible(self, candidate: Candidate) -> bool:
        """Return whether the roles admit a removal: no code, cell or menu, no caption for another picture's caption."""
        if not self.paragraphs.roles:
            return True
        role, original = self.paragraphs.role(candidate.duplicate), self.paragraphs.role(candidate.original)
        if role in STAYING or (role == "caption" == original and abs(candidate.duplicate - candidate.original) > 1):
            return False
        if original in SPOKEN and role not in SPOKEN:
            return False
        return role in BACKSTAGE or original not in BACKSTAGE

    def _is_full_text(self, duplicate: int, original: int, coverage: Coverage) -> bool:
        """Return whether the "original" is a teaser in a field not cleaned, and this paragraph its full text."""
        if self.paragraphs.role(original) != "kept" or not coverage.lost:
            return False
        return self._coverage(original, duplicate).loss is None

    def _survivor(self, original: int) -> int:
        """Return the paragraph that stays for an original, which may be removed itself."""
        passed = []
        while original in self.removed:
            passed.append(original)
            original = self.removed[original].original
        for position in passed[:-1]:
            self.removed[position] = self.removed[position].moved(original)
        return original

    def _coverage(self, duplicate: int, original: int) -> Coverage:
        return compare(self.paragraphs, duplicate, original, self.removed, self.policy)

    def _remove(self, decision: ParagraphDecision) -> bool:
        """Remove a paragraph and give its duplicates its own original; return whether that loses nothing."""
        duplicate, original = decision.duplicate, decision.original
        dependents = self._duplicates.get(duplicate, [])
        if not decision.coverage.same:  # the same words cover the same duplicates
            moved = {position: self._coverage(position, original) for position in dependents}
            if any(coverage.loss is not None for coverage in moved.values()):
                return False
            for position, coverage in moved.items():
                self.removed[position] = self.removed[position].moved(original)._replace(coverage=coverage)
        self.removed[duplicate] = decision
        self._duplicates.pop(duplicate, None)
        shorter, longer = sorted((dependents, self._duplicates[original]), key=len)
        longer += [*shorter, duplicate]
        self._duplicates[original] = longer
        self.flagged.pop(duplicate, None)
        return True

    def _restore(self) -> None:
        """Turn removals that are wrong beside the others into flags, until none is."""
        while wrong := [at for at, one in self.removed.items() if not one.requested and self._is_wrong(one)]:
            for position in wrong:
                self.flagged[position] = self.removed.pop(position)._replace(action="flag")

    def _is_wrong(self, decision: ParagraphDecision) -> bool:
        """Return whether a removal leaves an introduction with nothing below, or relied on words removed since."""
        duplicate, original, coverage = decision.duplicate, decision.original, decision.coverage
        if (coverage.nearby or coverage.furniture) and self._coverage(duplicate, original).loss is not None:
            return True
        if abs(duplicate - original) == 1 or self.paragraphs.role(duplicate) == "again":
            return False  # the other copy stands in its position
        end, above = len(self.paragraphs), duplicate - 1
        if above >= 0 and above not in self.removed:
            if self.paragraphs.heads(above) or self._has_other_subject(decision, above):
                return True
            if self.paragraphs.announces(above):
                below = next((position for position in range(duplicate + 1, end) if position not in self.removed), end)
                return below == end or self.paragraphs.announces(below)
        if not self.paragraphs.announces(duplicate) or duplicate + 1 == end or duplicate + 1 in self.removed:
            return False
        following = original + 1
        return following == end or not self.paragraphs[duplicate + 1].equals(self.paragraphs[following])

    def _has_other_subject(self, decision: ParagraphDecision, above: int) -> bool:
        """Return whether the short lines above duplicate and original are near-duplicates that differ in weight."""
        variant = self.flagged.get(above)
        if variant is None or variant.original != decision.original - 1 or variant.coverage.loss is None:
            return False
        return variant.coverage.loss.kind != "words" and self.paragraphs[above].size < SHORT
