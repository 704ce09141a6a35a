"""What has been decided about a document so far, and the one place that keeps the second promise."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dedupe.judge.guard import NEAR, Account, guard
from dedupe.judge.policy import Policy
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rows import BACKSTAGE, PROSE, STAYING, Row
from dedupe.model import Action, Kind

REQUESTED = "requested"
"""The rule for what the user has asked to go: no form of the text goes before that, but what would be lost does."""

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


def account(
    rows: Sequence[Row],
    positions: Sequence[int],
    place: int,
    hosts: tuple[int, int],
    policy: Policy,
    stays: Callable[[int], bool],
) -> Account:
    """Return what would be lost if a row went for its original, one row or some.

    `positions`: where the rows stood before anything was removed; `stays`: whether a row does.
    """
    first, last = hosts
    row, originals = rows[place], rows[first : last + 1]
    if first == last and row.says(rows[first]):
        return Account(row.tokens, same=True)
    low, high = positions[first] - NEAR, positions[last] + NEAR
    around = (*range(max(0, first - NEAR), first), *range(last + 1, min(len(rows), last + 1 + NEAR)))
    near = [rows[at] for at in around if at != place and low <= positions[at] <= high and stays(at)]
    return guard(row, originals, near, policy)


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
        asked = rule == REQUESTED
        hosts = self._standing(host, last) if self._admits(place, host, last, asked or block is not None) else None
        if hosts is None or hosts[0] <= place <= hosts[1]:
            return False
        found = self._account(place, hosts)
        if found.loss:
            return False
        moved = {}
        for guest in self._guests.get(place, ()):
            if self._covers(guest, place):
                moved[guest] = self._account(guest, hosts)
                if moved[guest].loss:
                    return False
        kind, said = found.kind, found.differing
        if kind in self.policy.ignore:
            return False
        if block is None and not asked and is_announced(self.evidence.rows, place, hosts[0]):
            self.by_place.setdefault(place, Verdict(place, "flag", kind, rule, (hosts[0], hosts[0]), said))
            return False
        if self.actions[rule] == "flag" or place in self.locked:
            self.flag(place, hosts[0], kind, rule, said)
            return False
        self.by_place[place] = Verdict(place, "remove", kind, rule, hosts, said, block)
        for guest, one in moved.items():
            self.by_place[guest] = self.by_place[guest]._replace(kind=one.kind, hosts=hosts, said=one.differing)
        for host in range(hosts[0], hosts[1] + 1):
            self._guests[host] += [place, *moved]
        self._guests.pop(place, None)
        return True

    def review(self) -> None:
        """Let rows stay that are said by what went after them; what stays then can only help the others."""
        unsure = [one for one in self.by_place.values() if one.action == "remove" and one.said]
        while failed := [one for one in unsure if self._account(one.place, one.hosts).loss]:
            for one in failed:
                self.by_place[one.place] = one._replace(action="flag", kind="variant", block=None)
            unsure = [one for one in unsure if one not in failed]

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

    def _admits(self, place: int, first: int, last: int, meant: bool) -> bool:
        """Say whether the source lets a row go for these: not code, cells or menus, nor a lone item of a list.

        `meant`: it is not alone in going, or the user has asked for it.
        """
        row = self.evidence.rows[place]
        roles = {host.role for host in self.evidence.rows[first : last + 1]}
        if not row.role and roles == {""}:
            return True
        if row.role in STAYING:
            return False
        if not meant and row.size < 1.5 * PROSE and "item" in (row.role, *roles):
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

    def _account(self, place: int, hosts: tuple[int, int]) -> Account:
        evidence = self.evidence
        return account(evidence.rows, evidence.positions, place, hosts, self.policy, self.stays)
