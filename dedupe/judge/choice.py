"""Which candidates go: the surest first, while every original stays and the guard finds nothing lost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from dedupe.judge.content import BACKSTAGE, SHORT, SPOKEN, STAYING, ParagraphText
from dedupe.judge.guard import Account, guard
from dedupe.judge.nearby import NEAR
from dedupe.judge.policy import Policy
from dedupe.model import Action, Role

VARIANT_WORDS = 8
"""Words from which a paragraph that is nearly another one is flagged as a variant, however unlikely it is to go."""

VARIANT_JACCARD = 0.5

ANNOUNCING = 4
"""Words from which a line that ends in a colon announces what follows; fewer are a label, as over an advertisement."""

_COLONS = (":", "：")


class Candidate(NamedTuple):
    """A duplicate and a possible original, by position in the document, and how sure it is that the duplicate goes.

    `copies`: paragraphs with the duplicate's words.
    """

    duplicate: int
    original: int
    confidence: float
    jaccard: float
    equal: bool
    copies: int = 1


class ParagraphDecision(NamedTuple):
    """What is to be done about one paragraph."""

    duplicate: int
    action: Action
    original: int
    account: Account
    confidence: float
    copies: int = 1
    requested: bool = False


class ComparisonCache:
    """What is known of a document's paragraphs from one round to the next: what each says, and how pairs compare."""

    def __init__(self) -> None:
        self.contents: dict[str, ParagraphText] = {}
        self.accounts: dict[tuple[ParagraphText, ParagraphText], Account] = {}
        """Those for which nothing was looked up beside the original."""

    def content(self, text: str) -> ParagraphText:
        """Return what a paragraph says; equal ones are read once."""
        found = self.contents.get(text)
        if found is None:
            found = self.contents[text] = ParagraphText(text.strip())
        return found


class JudgedParagraphs:
    """The paragraphs of a document that is judged; what a paragraph says is read when it is first compared."""

    def __init__(
        self,
        texts: Sequence[str],
        roles: Sequence[Role] = (),
        rows: Sequence[int] = (),
        comparisons: ComparisonCache | None = None,
    ) -> None:
        """Take what they say, their roles, and their rows in the text, blank ones counted, as far as known."""
        self.texts = texts
        self.roles = roles
        self.rows = rows
        self.comparisons = comparisons or ComparisonCache()

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, position: int) -> ParagraphText:
        return self.comparisons.content(self.texts[position])

    def role(self, position: int) -> Role:
        """Return what the source says of a paragraph."""
        return self.roles[position] if self.roles else ""

    def joined(self, position: int) -> bool:
        """Say whether no blank row parts a paragraph from the next one."""
        return position + 1 < len(self.rows) and self.rows[position + 1] == self.rows[position] + 1

    def heads(self, position: int) -> bool:
        """Say whether a short line, no sentence, stands on top of one paragraph, both apart from the others."""
        around = (position and self.joined(position - 1)) or not self.joined(position) or self.joined(position + 1)
        return not around and self[position].size < SHORT and not self[position].ended

    def announces(self, position: int) -> bool:
        """Say whether a paragraph leads on to the next one: words that end in a colon, or a heading by its source."""
        content = self[position]
        if content.text.endswith(_COLONS):
            return len(content.words) >= ANNOUNCING
        return self.role(position) == "heading"


def compare(
    paragraphs: JudgedParagraphs, duplicate: int, original: int, removed: Container[int], policy: Policy
) -> Account:
    """Ask the guard what would be lost if one paragraph went for another, beside which these have gone."""
    one, other = paragraphs[duplicate], paragraphs[original]
    accounts = paragraphs.comparisons.accounts
    account = accounts.get((one, other))
    if account is None:
        beside = _Beside(paragraphs, duplicate, original, removed)
        account = guard(one, [other], beside, policy)
        if beside.read is None:
            accounts[one, other] = account
    return account


class _Beside:
    """The paragraphs near an original that stay, the duplicate left out; found when they are first asked for."""

    def __init__(self, paragraphs: JudgedParagraphs, duplicate: int, original: int, removed: Container[int]) -> None:
        self._given = paragraphs, duplicate, original, removed
        self.read: list[ParagraphText] | None = None

    def __iter__(self) -> Iterator[ParagraphText]:
        if self.read is None:
            paragraphs, duplicate, original, removed = self._given
            low, high = max(0, original - NEAR), min(len(paragraphs), original + NEAR + 1)
            places = (at for at in range(low, high) if at not in (duplicate, original) and at not in removed)
            self.read = [paragraphs[at] for at in places]
        return iter(self.read)


class Choice:
    """Decisions on one document: `choose` takes candidates, the surest first."""

    def __init__(
        self,
        paragraphs: JudgedParagraphs,
        policy: Policy,
        least: tuple[float, float],
        keep: Collection[int] = (),
        force: Collection[int] = (),
    ) -> None:
        """Take the least confidence of a removal and of a flag, and what the user keeps and wants gone."""
        self.paragraphs = paragraphs
        self.policy = policy
        self.remove_from, self.flag_from = least
        self.keep = keep
        self.force = force
        self.removed: dict[int, ParagraphDecision] = {}
        self.flagged: dict[int, ParagraphDecision] = {}
        self._duplicates: defaultdict[int, list[int]] = defaultdict(list)

    def choose(self, candidates: Iterable[Candidate]) -> list[ParagraphDecision]:
        """Return the decisions, by position."""
        removed, flagged = self.removed, self.flagged
        unsure = 0.0 if self.force else self.remove_from  # a flag gives way only to what is as sure
        for one in candidates:
            if one.duplicate not in removed and (one.duplicate not in flagged or one.confidence >= unsure):
                self._consider(one)
        for position, gone in removed.items():
            if gone.original in removed:
                removed[position] = gone._replace(original=self._standing(gone.original))
        self._restore()
        decided = {**self.flagged, **self.removed}
        return [decided[position] for position in sorted(decided)]

    def _consider(self, one: Candidate) -> None:
        """Remove or flag the duplicate of a candidate, or let it be."""
        forced = one.duplicate in self.force and self._may_stay(one)
        sure = forced or (one.confidence >= self.remove_from and self.paragraphs.role(one.duplicate) != "spoken")
        if one.duplicate in self.flagged and not sure:
            return
        if not (sure or one.confidence >= self.flag_from or self._may_be_variant(one)) or not self._admits(one):
            return
        original = self._standing(one.original) if sure else one.original
        if original == one.duplicate:
            return
        account = self._account(one.duplicate, original)
        if account.kind in self.policy.ignore or self._says_more(one.duplicate, original, account):
            return
        decided = original, account, one.confidence, one.copies, forced
        goes = account.loss is None and sure and one.duplicate not in self.keep
        if goes and self._remove(ParagraphDecision(one.duplicate, "remove", *decided)):
            return
        if one.duplicate not in self.flagged and (account.loss is None or self._is_variant(one, account)):
            self.flagged[one.duplicate] = ParagraphDecision(one.duplicate, "flag", *decided)

    def _may_stay(self, one: Candidate) -> bool:
        """Say whether the original stays where the user wants the duplicate gone: of two such the first or the last."""
        return one.original not in self.force or (one.original < one.duplicate) == (self.policy.keep != "last")

    def _may_be_variant(self, one: Candidate) -> bool:
        return not one.equal and one.jaccard >= VARIANT_JACCARD and one.duplicate > one.original

    def _is_variant(self, one: Candidate, account: Account) -> bool:
        """Say whether a paragraph that would lose something is worth a flag."""
        if one.confidence >= self.flag_from:
            return True
        return len(account.words) >= VARIANT_WORDS and 4 * len(account.lost) <= len(account.words)

    def _admits(self, one: Candidate) -> bool:
        """Say whether the source lets a paragraph go for the other: no code, cell or menu, no caption for a caption."""
        if not self.paragraphs.roles:
            return True
        role, other = self.paragraphs.role(one.duplicate), self.paragraphs.role(one.original)
        if role in STAYING or (role == "caption" == other and abs(one.duplicate - one.original) > 1):
            return False
        if other in SPOKEN and role not in SPOKEN:
            return False
        return role in BACKSTAGE or other not in BACKSTAGE

    def _says_more(self, duplicate: int, original: int, account: Account) -> bool:
        """Say whether a paragraph is the full text of a teaser that stays: then the teaser is the duplicate."""
        if not account.lost or self.paragraphs.role(original) != "kept":
            return False
        return self._account(original, duplicate).loss is None

    def _standing(self, original: int) -> int:
        """Follow an original that has gone to its own."""
        passed = []
        while original in self.removed:
            passed.append(original)
            original = self.removed[original].original
        for one in passed[:-1]:
            self.removed[one] = self.removed[one]._replace(original=original)
        return original

    def _account(self, duplicate: int, original: int) -> Account:
        return compare(self.paragraphs, duplicate, original, self.removed, self.policy)

    def _remove(self, decision: ParagraphDecision) -> bool:
        """Remove a paragraph, and hand those it was the original of on to its own; say whether that was possible."""
        duplicate, original = decision.duplicate, decision.original
        handed = self._duplicates.get(duplicate, [])
        if not decision.account.same:  # else what was said of the one is said of the other
            moved = {one: self._account(one, original) for one in handed}
            if any(account.loss is not None for account in moved.values()):
                return False
            for one, account in moved.items():
                self.removed[one] = self.removed[one]._replace(original=original, account=account)
        self.removed[duplicate] = decision
        self._duplicates.pop(duplicate, None)
        there = self._duplicates[original]
        few, many = sorted((handed, there), key=len)
        many += [*few, duplicate]
        self._duplicates[original] = many
        self.flagged.pop(duplicate, None)
        return True

    def _restore(self) -> None:
        """Flag what was removed and may not be, now that all is known: until nothing changes."""
        while True:
            wrong = [position for position, one in self.removed.items() if not one.requested and self._is_wrong(one)]
            if not wrong:
                return
            for position in wrong:
                self.flagged[position] = self.removed.pop(position)._replace(action="flag")

    def _is_wrong(self, one: ParagraphDecision) -> bool:
        """Say whether a removal leaves what leads on to it without it, or loses what no longer stands nearby."""
        account = one.account
        if (account.nearby or account.furniture) and self._account(one.duplicate, one.original).loss is not None:
            return True
        if abs(one.duplicate - one.original) == 1 or self.paragraphs.role(one.duplicate) == "again":
            return False  # the other copy takes its place
        position, end = one.duplicate, len(self.paragraphs)
        below = next((at for at in range(position + 1, end) if at not in self.removed), end)
        above = position - 1
        if above >= 0 and above not in self.removed:
            if self.paragraphs.heads(above) or self._is_of_another(one, above):
                return True
            if self.paragraphs.announces(above):
                return below == end or self.paragraphs.announces(below)
        if not self.paragraphs.announces(position) or position + 1 == end or position + 1 in self.removed:
            return False
        follows = one.original + 1
        return follows == end or not self.paragraphs[position + 1].equals(self.paragraphs[follows])

    def _is_of_another(self, one: ParagraphDecision, above: int) -> bool:
        """Say whether a removal is said of another thing: short lines above both are alike and differ in weight."""
        variant = self.flagged.get(above)
        if variant is None or variant.original != one.original - 1 or variant.account.loss is None:
            return False
        return variant.account.loss.kind != "words" and self.paragraphs[above].size < SHORT
