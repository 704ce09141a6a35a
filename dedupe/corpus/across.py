"""What is said across documents: a paragraph beside its original, judged on their words, and the document cut."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from dedupe.cleaning import cuts
from dedupe.deduper import Deduper
from dedupe.failures import failure
from dedupe.judge.guard import guard
from dedupe.judgement import Policy
from dedupe.judgement.context import SHORT
from dedupe.judgement.rows import Row
from dedupe.model import Document, Span, without
from dedupe.paragraphs import is_blank, is_wrapped, split
from dedupe.places import lines_named
from dedupe.similarity import word_scores

RULE, COPY = "across-documents", "copied-document"
REASON = "repeats {lines} of {document}{words}"
COPIED = "says the same, word for word, as {document}"


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a paragraph is like one of an earlier document; `bearable`: whether that one may stand for it."""

    kind: str
    jaccard: float
    containment: float
    changed: tuple[str, ...]
    bearable: bool

    def to_json(self) -> bytes:
        """Return it as a line."""
        return json.dumps([self.kind, self.jaccard, self.containment, self.changed, self.bearable]).encode() + b"\n"

    @classmethod
    def of_json(cls, line: bytes) -> Likeness:
        """Return what `to_json` made a line of."""
        kind, jaccard, containment, changed, possible = json.loads(line)
        return cls(kind, jaccard, containment, tuple(changed), possible)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paragraph stands: the name and the digest of its document, code points and lines there."""

    document: str
    digest: str
    span: tuple[int, int]
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A paragraph of a document and the original it may have in another one, with the texts of both.

    `seen`: how they are alike, when they were compared word by word already.
    """

    place: Place
    text: str
    home: Place
    home_text: str
    boilerplate: bool = False
    seen: Likeness | None = None


@dataclass(frozen=True, slots=True)
class Inner:
    """What was found in a document for itself: the stretches that go and the findings, as objects of json-lines.

    `problem`: a sentence when the program failed on it; then it stays as it is.
    """

    cuts: tuple[Span, ...] = ()
    findings: tuple[Mapping[str, Any], ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a document: the stretches that go, all findings in order, whether it is dropped, and a sentence
    when the program failed on it.
    """

    cuts: tuple[Span, ...]
    findings: tuple[Mapping[str, Any], ...]
    dropped: bool = False
    unsettled: bool = False
    problem: str = ""

    def said_of(self, document: str, digest: str) -> dict[str, Any]:
        """Return it as the object of json-lines about a document."""
        problem = {"problem": self.problem} if self.problem else {}
        return {"schema": 1, "document": document, "key": digest, **problem, "findings": self.findings}


@lru_cache(maxsize=1 << 12)
def _row(text: str) -> Row:
    """Return a paragraph; the last few are kept, since an original is compared with one copy after the other."""
    return Row(text.strip(), 0)


def likeness(text: str, home: str, policy: Policy, near: float) -> Likeness | None:
    """Compare a paragraph with one of an earlier document, word by word; None for one that is short, or too unlike."""
    mine = _row(text)
    if mine.size < SHORT:
        return None
    if text == home:
        return Likeness("exact", 1.0, 1.0, (), True)
    theirs = _row(home)
    jaccard, _ = word_scores(mine.words, theirs.words)
    if jaccard < near:
        return None
    found = guard(mine, [theirs], (), policy)
    return Likeness(found.kind, jaccard, found.share, found.differing, found.loss is None)


UNKNOWN = Likeness("unknown", 0.0, 0.0, (), False)
"""Of a pair on which the program fails: it is compared again when the later document is written, and fails that."""


def compared(text: str, home: str, policy: Policy, near: float) -> Likeness | None:
    """Do as `likeness`; `UNKNOWN` where the program fails on the pair."""
    try:
        return likeness(text, home, policy, near)
    except Exception as error:
        failure(error)  # raises what is about more than these
        return UNKNOWN


def finding(repeat: Repeat, found: Likeness, action: str) -> dict[str, Any]:
    """Return the finding on a paragraph that repeats one of another document, as an object of json-lines."""
    home = repeat.home
    first, last = home.lines
    shown = lines_named((first, last))
    words = f" (differs: {', '.join(found.changed)})" if found.changed else ""
    reason = REASON.format(lines=shown, document=home.document or home.digest, words=words)
    return _object(repeat.place, home, (action, found.kind, RULE), found, reason)


def copied(case: Case, place: Place, home: Place, judging: Judging) -> Outcome:
    """Return what becomes of a document that says the same as another one from end to end."""
    dropped = judging.action == "remove" and judging.drop > 0
    whole = Likeness("exact", 1.0, 1.0, (), True)
    reason = COPIED.format(document=home.document or home.digest)
    one = _object(place, home, ("remove" if dropped else "flag", "exact", COPY), whole, reason)
    return Outcome(case.inner.cuts, (one, *case.inner.findings), dropped)


def _object(place: Place, home: Place, said: tuple[str, str, str], found: Likeness, reason: str) -> dict[str, Any]:
    action, kind, rule = said
    return {
        "action": action,
        "kind": kind,
        "rule": rule,
        "lines": list(place.lines),
        "span": list(place.span),
        "original": {
            "document": home.document,
            "key": home.digest,
            "lines": list(home.lines),
            "span": list(home.span),
        },
        "jaccard": round(found.jaccard, 4),
        "containment": round(found.containment, 4),
        "changed_words": list(found.changed),
        "block": None,
        "reason": reason,
    }


@dataclass(frozen=True, slots=True)
class Judging:
    """What the judgement across documents goes by."""

    deduper: Deduper
    policy: Policy
    action: str
    near: float
    drop: float


@dataclass(frozen=True, slots=True)
class Case:
    """A document to be judged: what was found in it for itself, and its paragraphs that may have an original elsewhere.

    `words`: those of all its paragraphs that are compared. `original`: whether other documents have their originals
    here; then it is not dropped. `kept`: whether nothing of it may go for the sake of another document. `alone`:
    whether its rows are its lines and none is like another; then none is in what is left of it.
    """

    document: Document
    inner: Inner
    repeats: Sequence[Repeat]
    words: int
    original: bool
    kept: bool
    alone: bool = False


def settle(cases: Sequence[Case], judging: Judging) -> list[Outcome]:
    """Say what becomes of documents. Where the text would be judged anew without what goes, it stays whole, flagged."""
    outcomes = [_outcome(case, judging) for case in cases]
    cut = [at for at, (case, one) in enumerate(zip(cases, outcomes, strict=True)) if one.cuts != case.inner.cuts]
    left = [(at, without(cases[at].document.text, outcomes[at].cuts)) for at in cut]
    left = [(at, text) for at, text in left if not cases[at].alone or is_wrapped(text)]
    for (at, _), report in zip(left, judging.deduper.check_many([text for _, text in left]), strict=True):
        if report.changed or report.failed:
            stays = replace(cases[at], kept=True)
            outcomes[at] = replace(_outcome(stays, judging), unsettled=True)
    return outcomes


def _outcome(case: Case, judging: Judging) -> Outcome:
    """Say what becomes of a document; one on which the program fails stays as it is."""
    if case.inner.problem:
        return Outcome((), (), problem=case.inner.problem)
    try:
        return _decided(case, judging)
    except Exception as error:
        return Outcome((), (), problem=failure(error))


def _decided(case: Case, judging: Judging) -> Outcome:
    """Judge the paragraphs of a document that may have an original elsewhere."""
    document, inner = case.document, case.inner
    found: list[tuple[Repeat, dict[str, Any]]] = []
    own = list(inner.findings)
    known = 0
    for repeat in case.repeats:
        seen = repeat.seen or likeness(repeat.text, repeat.home_text, judging.policy, judging.near)
        if seen is not None and seen.kind == "exact" and repeat.boilerplate:
            seen = replace(seen, kind="boilerplate")
        if seen is None or seen.kind in judging.policy.ignore:
            continue
        action = "flag" if case.kept or not seen.bearable else judging.action
        if action == "remove":
            moved = _handed_on(document, own, repeat, judging.policy)
            if moved is None:
                action = "flag"
            else:
                own = moved
                known += len(_row(repeat.text).words)
        found.append((repeat, finding(repeat, seen, action)))
    gone = {repeat.place.span[0] for repeat, one in found if one["action"] == "remove"}
    if not gone:
        return Outcome(inner.cuts, _ordered(list(inner.findings), found))
    if judging.drop and not case.original and known >= judging.drop * case.words:
        return Outcome(inner.cuts, _ordered(own, found), dropped=True)
    gone |= {one["span"][0] for one in own if one["action"] == "remove"}
    text, bounds = document.text, split(document.text).bounds
    numbers = {at for at, (start, stop, _) in enumerate(bounds) if start in gone and not is_blank(text, start, stop)}
    return Outcome(tuple(cuts(text, bounds, numbers)), _ordered(own, found))


def _ordered(
    own: Sequence[Mapping[str, Any]], found: Sequence[tuple[Repeat, dict[str, Any]]]
) -> tuple[Mapping[str, Any], ...]:
    return tuple(sorted([*own, *(one for _, one in found)], key=lambda one: (one["span"], one["rule"])))


def _handed_on(
    document: Document, own: Sequence[Mapping[str, Any]], going: Repeat, policy: Policy
) -> list[Mapping[str, Any]] | None:
    """Give what a going paragraph was the original of, in its own document, to the one that stays; None if it cannot.

    That one must say the same as the guest too, word by word.
    """
    moved: list[Mapping[str, Any]] = []
    begin, end = going.place.span
    for one in own:
        home = one["original"]
        inside = one["action"] == "remove" and "key" not in home and home["span"][0] < end and begin < home["span"][1]
        if not inside:
            moved.append(one)
            continue
        if tuple(home["span"]) != (begin, end):
            return None
        start, stop = one["span"]
        guest, theirs = Row(document.text[start:stop].strip(), 0), _row(going.home_text)
        compared = guard(guest, [theirs], (), policy)
        if compared.loss:
            return None
        jaccard, _ = word_scores(guest.words, theirs.words)
        seen = Likeness(compared.kind, jaccard, compared.share, compared.differing, True)
        place = Place("", "", (start, stop), (one["lines"][0], one["lines"][1]))
        moved.append(finding(Repeat(place, "", going.home, ""), seen, "remove"))
    return moved
