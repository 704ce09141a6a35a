"""What has been decided about a document so far, and the one place that keeps the second promise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dedupe.judgement.evidence import TOP, Evidence
from dedupe.judgement.facts import facts
from dedupe.judgement.pair import Pairs, trusted_runs, unsaid
from dedupe.judgement.policy import Policy
from dedupe.judgement.rows import BACKSTAGE, PROSE, STAYING, Row
from dedupe.model import Action, Kind
from dedupe.similarity import align
from dedupe.words import is_number

NAMED = 3
"""Rows on each side of a quotation in which its author is named, if not in it."""

HEADLINE = 120
"""Rows below this size may be headlines."""

_UNSEEN = (STAYING | BACKSTAGE) - {"code"}
"""Roles of what is not even flagged."""


class Verdict(NamedTuple):
    """What is to be done about one row. `hosts`: first and last row of the original; `said`: words that differ."""

    place: int
    action: Action
    kind: Kind
    rule: str
    hosts: tuple[int, int]
    said: tuple[str, ...] = ()
    block: int | None = None


def losses(row: Row, words: tuple[str, ...]) -> tuple[int, ...]:
    """Return the places of the row's words that do not stand, in order, in these words."""
    if row.words == words:
        return ()
    return unsaid(trusted_runs(align(row.words, words), len(row.words)), len(row.words))


def lost_words(
    pairs: Pairs,
    rows: Sequence[Row],
    place: int,
    hosts: tuple[int, int],
    policy: Policy,
    stays: Callable[[int], bool],
    slips: bool = False,
) -> tuple[str, ...] | None:
    """Return the words a row would lose to its original, one row or some; None when that is more than may be lost.

    The signature of a post or a quotation may be lost where the name is read beside the original, and the label of the
    link behind a teaser that the original goes on with, and a label of one word before a headline. `stays`: whether a
    row is not removed. `slips`: the row stands in a run most of which is word for word.
    """
    row, host = rows[place], rows[hosts[0]]
    if row.says(host):
        return ()
    single = hosts[0] == hosts[1]
    if single and policy.lost_words > 0 and hosts[0] < TOP and host.size < HEADLINE and pairs[row, host].labelled:
        return row.words[: len(row.words) - len(host.words)]
    cut = single and policy.lost_words > 0 and (row.link or row.signature) and pairs[row, host]
    aside = cut and (cut.linked or (cut.signed and is_named_beside(rows, place, hosts[0], stays)))
    said = cut.said if cut and aside else row.words
    known = [rows[other].vocabulary for other in range(hosts[0], hosts[1] + 1)]
    missing = frozenset(said).difference(*known)
    allowed = policy.slips(len(said)) if slips and single else policy.allowed(len(said))
    joined = "".join(host.words) if len(missing) > allowed else ""
    if len(missing) > allowed and sum(word not in joined for word in missing) > allowed:
        return None  # the quick way out, without aligning
    if aside or (single and not (row.link or row.signature)):
        lost = pairs[row, host].lost
    else:
        lost = losses(row, tuple(word for host in range(hosts[0], hosts[1] + 1) for word in rows[host].words))
    if not bearable(row, lost, policy) and not (slips and single and _are_slips(pairs, rows, place, hosts[0], policy)):
        return None
    return tuple(row.words[at] for at in lost) + row.words[len(said) :]


def is_named_beside(rows: Sequence[Row], place: int, host: int, stays: Callable[[int], bool]) -> bool:
    """Say whether who signed a row is named in its host, or in an unsigned row within three of it that stays."""
    around = range(max(0, host - NAMED), min(len(rows), host + NAMED + 1))
    signer = rows[place].signer
    named = (at for at in around if at != place and signer in rows[at].vocabulary and not rows[at].signature)
    return any(map(stays, named))


def _are_slips(pairs: Pairs, rows: Sequence[Row], place: int, host: int, policy: Policy) -> bool:
    """Say whether a row of a run loses a word or two of no weight, or the name of what is named shortly before."""
    pair = pairs[rows[place], rows[host]]
    if len(pair.lost) > policy.slips(len(rows[place].words)):
        return False
    before = rows[max(0, host - NAMED) : host + 1]
    return all(
        word in pair.inserted and not is_number(word) and any(word in other.vocabulary for other in before)
        for word in pair.facts
    )


def bearable(row: Row, lost: tuple[int, ...], policy: Policy) -> bool:
    """Say whether a removed row may lose these words: few, and no number, name or negation among them."""
    return not lost or (len(lost) <= policy.allowed(len(row.words)) and not facts(row, lost))


def kind_of(rows: Sequence[Row], place: int, hosts: tuple[int, int], said: tuple[str, ...]) -> Kind:
    """Return the kind of a removal: equal words, all of it said in the original, or few words changed."""
    if hosts[0] == hosts[1] and rows[place].says(rows[hosts[0]]):
        return "exact"
    return "near" if said else "contained"


ANNOUNCING = 4
"""Words from which a row that ends in a colon announces the next one, and is no label."""

_COLONS = (":", "：")


def is_announced(rows: Sequence[Row], place: int, host: int) -> bool:
    """Say whether the row before announces this paragraph, and would announce something else if it went; where other
    words announce the original, the two are set side by side, however short they are.
    """
    if not place or host == place + 1 or not rows[place - 1].text.endswith(_COLONS):
        return False
    if host and rows[host - 1].text.endswith(_COLONS) and rows[host - 1].words != rows[place - 1].words:
        return True
    return len(rows[place - 1].words) >= ANNOUNCING and rows[place].prose


class Verdicts:
    """The verdicts by row. A removal whose original would not stay, or would not say the same, is refused."""

    def __init__(
        self,
        evidence: Evidence,
        policy: Policy,
        actions: Mapping[str, Action],
        locked: Collection[int] = (),
        wanted: Collection[int] = (),
    ) -> None:
        self.evidence = evidence
        self.policy = policy
        self.actions = actions
        self.locked = locked
        self.wanted = sorted(wanted)
        self.homes: set[int] = set()
        self.slipping: set[int] = set()
        """Rows of runs most of which is word for word: there a word or two are slips."""
        self.spared: set[int] = set()
        self.by_place: dict[int, Verdict] = {}
        self._guests: defaultdict[int, list[int]] = defaultdict(list)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(sorted(self.by_place.values(), key=lambda verdict: verdict.place))

    def stays(self, place: int) -> bool:
        """Say whether the row has not been removed."""
        verdict = self.by_place.get(place)
        return verdict is None or verdict.action != "remove"

    def decided(self, place: int) -> bool:
        """Say whether a rule has spoken about the row."""
        return place in self.by_place or place in self.spared

    def remove(self, place: int, host: int, rule: str, block: int | None = None, last: int = -1) -> bool:
        """Remove a row whose original is `host` (or the rows from `host` to `last`); say whether that was possible.

        Where the level says so, or the row is locked, it is flagged instead. Of two rows with equal words the user may
        want the first or the last to stay. An original that has itself been removed is followed to its own; guests of
        the row are handed on likewise.
        """
        if self._turned(place, host):
            place, host, last = host, place, -1
        last = max(host, last)
        if not self.stays(place) or (place in self.homes and block is None):
            return False
        hosts = self._standing(host, last) if self._admits(place, host, last, block) else None
        if hosts is None or hosts[0] <= place <= hosts[1]:
            return False
        said = self._lost(place, hosts)
        if said is None:
            return False
        moved = {}
        for guest in self._guests.get(place, ()):
            if self._covers(guest, place):
                lost = self._lost(guest, hosts)
                if lost is None:
                    return False
                moved[guest] = lost
        kind = kind_of(self.evidence.rows, place, hosts, said)
        if kind in self.policy.ignore:
            return False
        if block is None and is_announced(self.evidence.rows, place, hosts[0]):
            self.by_place.setdefault(place, Verdict(place, "flag", kind, rule, (hosts[0], hosts[0]), said))
            return False
        if self.actions[rule] == "flag" or place in self.locked:
            self.flag(place, hosts[0], kind, rule, said)
            return False
        self.by_place[place] = Verdict(place, "remove", kind, rule, hosts, said, block)
        for guest, lost in moved.items():
            kind = kind_of(self.evidence.rows, guest, hosts, lost)
            self.by_place[guest] = self.by_place[guest]._replace(kind=kind, hosts=hosts, said=lost)
        for one in range(hosts[0], hosts[1] + 1):
            self._guests[one] += [place, *moved]
        self._guests.pop(place, None)
        return True

    def spare(self, places: Iterable[int]) -> None:
        """Let no later rule speak about rows: their repetition is plainly meant, and not worth a word."""
        self.spared.update(places)

    def settle(self, places: Iterable[int]) -> None:
        """Let rows stay for good: they are the originals of a part that was removed as a whole."""
        self.homes.update(place for place in places if self.stays(place))

    def flag(self, place: int, host: int, kind: Kind, rule: str, said: tuple[str, ...] = ()) -> None:
        """Flag a row unless something has been decided about it; where the level says so, remove a copy instead."""
        if self.decided(place) or place == host or kind in self.policy.ignore:
            return
        if self.evidence.rows[place].role in _UNSEEN:
            return
        wanted = kind == "exact" and self.actions[rule] == "remove" and place not in self.locked
        if wanted and self.remove(place, host, rule):
            return
        self.by_place.setdefault(place, Verdict(place, "flag", kind, rule, (host, host), said))

    def _admits(self, place: int, first: int, last: int, block: int | None) -> bool:
        """Say whether the source lets a row go for these: not code, cells or menus, nor a lone item of a list."""
        row = self.evidence.rows[place]
        roles = {host.role for host in self.evidence.rows[first : last + 1]}
        if not row.role and roles == {""}:
            return True
        if row.role in STAYING:
            return False
        if block is None and row.size < 1.5 * PROSE and "item" in (row.role, *roles):
            return False
        if row.role == "caption" and "caption" in roles:
            return False  # each has its picture
        return row.role in BACKSTAGE or roles.isdisjoint(BACKSTAGE)

    def _turned(self, place: int, host: int) -> bool:
        """Say whether the other one is to stay: the text below its abridgement; of two equal rows, the one that the
        source or the user wants.
        """
        row, other = self.evidence.rows[place], self.evidence.rows[host]
        if host < place and {place, host} & self.evidence.abridgement == {host}:
            return self.stays(host)
        if (row.role == other.role and self.policy.keep == "best") or not row.says(other):
            return False
        if row.standing != other.standing:
            return self.stays(host) and row.standing > other.standing
        if self.policy.keep == "best":
            return False
        return self.stays(host) and (place < host) == (self.policy.keep == "first")

    def _covers(self, guest: int, place: int) -> bool:
        first, last = self.by_place[guest].hosts
        return first <= place <= last

    def _standing(self, first: int, last: int) -> tuple[int, int] | None:
        seen: set[int] = set()
        while first == last:
            if self.stays(first):
                return first, last
            if first in seen:
                return None
            seen.add(first)
            first, last = self.by_place[first].hosts
        return (first, last) if all(map(self.stays, range(first, last + 1))) else None

    def _lost(self, place: int, hosts: tuple[int, int]) -> tuple[str, ...] | None:
        slips = place in self.slipping
        return lost_words(self.evidence.pairs, self.evidence.rows, place, hosts, self.policy, self.stays, slips)
