"""What becomes of documents whose paragraphs have originals in other documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dedupe._failures import failure
from dedupe.across import RULES
from dedupe.across.case import AcrossPolicy, Case, CrossCandidate, DocumentDecision, LocalResult
from dedupe.across.pair import Comparison, reason
from dedupe.across.succession import hand_on, ordered
from dedupe.across.whole import decide_whole
from dedupe.judge.content import SHORT, SPOKEN
from dedupe.judge.kinds import kind_of
from dedupe.model import Finding, Kind
from dedupe.text.paragraphs import is_wrapped, remaining


def decide(cases: Sequence[Case], judging: AcrossPolicy) -> list[DocumentDecision]:
    """Say what becomes of documents, so that what is left of each would be judged the same again.

    Where it would not, all of the document stays, flagged. One on which the program fails stays as it is.
    """
    decisions = [_outcome(case, judging) for case in cases]
    changed = [
        at
        for at, (case, one) in enumerate(zip(cases, decisions, strict=True))
        if one.cuts != case.own.cuts and not (one.emptied or one.unsettled or one.problem)
    ]
    left = [(at, remaining(cases[at].document, decisions[at].cuts)) for at in changed]
    left = [(at, rest) for at, rest in left if not cases[at].alone or is_wrapped(rest.text)]
    unsettled = {at for (at, _), anew in zip(left, judging.changes([rest for _, rest in left]), strict=True) if anew}
    unsettled |= {at for at in changed if at not in unsettled and _goes_on(cases[at], decisions[at], judging)}
    for at, one in enumerate(decisions):
        if one.unsettled or at in unsettled:
            own = LocalResult((), tuple(replace(finding, action="flag") for finding in cases[at].own.findings))
            decisions[at] = replace(_outcome(replace(cases[at], own=own, kept=True), judging), unsettled=True)
    return decisions


def _goes_on(case: Case, decision: DocumentDecision, judging: AcrossPolicy) -> bool:
    """Say whether more of a document would go for the sake of others if it were judged without what goes."""
    own = LocalResult(decision.cuts, tuple(one for one in decision.findings if one.action == "remove"))
    candidates = [one for one in case.candidates if one.span.start not in own.removed]
    return _outcome(replace(case, own=own, candidates=candidates), judging).cuts != decision.cuts


def _outcome(case: Case, judging: AcrossPolicy) -> DocumentDecision:
    """Say what becomes of a document; one on which the program fails stays as it is."""
    if case.own.problem:
        return DocumentDecision((), (), problem=case.own.problem)
    try:
        return _decided(case, judging)
    except Exception as error:
        return DocumentDecision((), (), problem=failure(error))


def _decided(case: Case, judging: AcrossPolicy) -> DocumentDecision:
    compared = ((one, one.compare(judging.policy, judging.jaccard)) for one in case.candidates)
    found = {one.span.start: seen for one, seen in compared if seen is not None}
    return decide_whole(case, found, judging) or _one_by_one(case, found, judging)


def _one_by_one(case: Case, found: Mapping[int, Comparison], judging: AcrossPolicy) -> DocumentDecision:
    """Judge each paragraph that has a candidate for itself."""
    made: list[Finding] = []
    own = list(case.own.findings)
    known = 0
    texts = [one.text for one in case.candidates]
    pinned = judging.keeping(texts) if judging.action == "remove" else ()
    for at, one in enumerate(case.candidates):
        seen = found.get(one.span.start)
        if seen is None:
            continue
        kind = kind_of(equal=True, boilerplate=bool(one.boilerplate)) if seen.kind == "exact" else seen.kind
        if kind in judging.policy.ignore:
            continue
        removing = judging.action == "remove" and not case.kept and at not in pinned and _may_go(one, seen)
        if removing and one.original_text is not None:
            moved = hand_on(case, own, {one.span.start: (one.original, one.original_text)}, judging.policy)
            if moved is None:
                return DocumentDecision(case.own.cuts, case.own.findings, unsettled=True)
            own = moved
        known += one.words * removing
        made.append(_finding(one, seen, kind, removing))
    gone = {one.span.start for one in made if one.action == "remove"}
    if not gone:
        return DocumentDecision(case.own.cuts, ordered([*case.own.findings, *made]))
    findings = ordered([*own, *made])
    if judging.drop and not case.original and known >= judging.drop * case.words:
        return DocumentDecision(case.own.cuts, findings, dropped=True)
    return DocumentDecision(case.cut(gone | case.own.removed), findings)


def _may_go(one: CrossCandidate, seen: Comparison) -> bool:
    """Say whether a paragraph loses nothing by going; a hash alone, and a short paragraph, prove too little."""
    if one.role in SPOKEN:
        return False
    return one.original_text is not None and not seen.loss and one.size >= SHORT


def _finding(one: CrossCandidate, seen: Comparison, kind: Kind, removing: bool) -> Finding:
    boilerplate = one.boilerplate if kind == "boilerplate" else ""
    return Finding(
        "remove" if removing else "flag",
        kind,
        RULES.get(kind, RULES["pair"]),
        one.span,
        one.lines,
        one.original,
        seen.jaccard,
        seen.containment,
        seen.differing,
        None,
        reason(one.original, seen, boilerplate, texts=one.original_text is not None),
        one.column,
    )
