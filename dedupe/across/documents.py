"""Decide about documents whose paragraphs have originals in other documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dedupe._failures import failure
from dedupe.across import RULES
from dedupe.across.case import AcrossPolicy, Case, CrossCandidate, DocumentDecision, LocalResult
from dedupe.across.pair import Comparison, reason
from dedupe.across.succession import hand_on, in_order
from dedupe.across.whole import decide_whole
from dedupe.judge.content import SHORT, SPOKEN, ParagraphText
from dedupe.judge.kinds import kind_of
from dedupe.model import Finding
from dedupe.text.paragraphs import is_wrapped, remaining


def decide(cases: Sequence[Case], across: AcrossPolicy) -> list[DocumentDecision]:
    """Decide about documents so that a second judgement of what remains would change nothing.

    Where it would, the whole document stays, with its findings flagged. One whose judgement fails stays as it is.
    """
    decisions = [_decide_safely(case, across) for case in cases]
    rests = {
        number: remaining(case.document, decision.cuts)
        for number, (case, decision) in enumerate(zip(cases, decisions, strict=True))
        if decision.cuts != case.local.cuts and not (decision.emptied or decision.unsettled or decision.problem)
    }
    judged = [number for number, rest in rests.items() if not cases[number].free_of_repeats or is_wrapped(rest.text)]
    changes = across.would_change([rests[number] for number in judged])
    unsettled = {number for number, change in zip(judged, changes, strict=True) if change}
    for number, (case, decision) in enumerate(zip(cases, decisions, strict=True)):
        changing = number in unsettled or (number in rests and _would_remove_more(case, decision, across))
        if decision.unsettled or changing:
            flagged = LocalResult((), tuple(replace(finding, action="flag") for finding in case.local.findings))
            pinned = _decide_safely(replace(case, local=flagged, pinned=True), across)
            decisions[number] = replace(pinned, unsettled=True)
    return decisions


def _would_remove_more(case: Case, decision: DocumentDecision, across: AcrossPolicy) -> bool:
    """Say whether the judgement of what remains would remove more for other documents."""
    local = LocalResult(decision.cuts, tuple(one for one in decision.findings if one.action == "remove"))
    candidates = [candidate for candidate in case.candidates if candidate.start not in local.removed]
    return _decide_safely(replace(case, local=local, candidates=candidates), across).cuts != decision.cuts


def _decide_safely(case: Case, across: AcrossPolicy) -> DocumentDecision:
    """Decide about a document; one whose judgement fails stays as it is."""
    if case.local.problem:
        return DocumentDecision((), (), problem=case.local.problem)
    try:
        compared = ((one.start, case.compare(one, across)) for one in case.candidates)
        comparisons = {start: comparison for start, comparison in compared if comparison is not None}
        return decide_whole(case, comparisons, across) or _decide_each(case, comparisons, across)
    except Exception as error:
        return DocumentDecision((), (), problem=failure(error))


def _decide_each(case: Case, comparisons: Mapping[int, Comparison], across: AcrossPolicy) -> DocumentDecision:
    """Decide about each candidate of a document."""
    found: list[Finding] = []
    local = list(case.local.findings)
    known_words = 0
    may_remove = across.removes and not case.pinned
    compared = [one for one in case.candidates if one.start in comparisons]
    kept = across.kept_by_pattern([case.paragraphs[one.start].text for one in compared]) if may_remove else ()
    for position, candidate in enumerate(compared):
        comparison = comparisons[candidate.start]
        paragraph = case.paragraphs[candidate.start]
        finding = _finding(case, candidate, comparison, across)
        if finding.kind in across.policy.ignore:
            continue
        text = candidate.original_text
        removable = may_remove and position not in kept and text is not None and _is_lossless(paragraph, comparison)
        if removable and candidate.copy <= across.options.keep_copies:
            finding = replace(finding, reason=f"{finding.reason}; stays as copy {candidate.copy}")
        elif removable and text is not None:
            moved = hand_on(case, local, {candidate.start: (candidate.original, text)}, across.policy)
            if moved is None:
                return DocumentDecision(case.local.cuts, case.local.findings, unsettled=True)
            local = moved
            known_words += len(paragraph.words)
            finding = replace(finding, action="remove")
        found.append(finding)
    removed_starts = {finding.span.start for finding in found if finding.action == "remove"}
    findings = in_order([*local, *found])
    dropped = across.drop > 0 and not case.is_original and known_words >= across.drop * case.words
    if not removed_starts or dropped:
        return DocumentDecision(case.local.cuts, findings, dropped=bool(removed_starts))
    return DocumentDecision(case.paragraphs.cut(removed_starts | case.local.removed), findings)


def _is_lossless(paragraph: ParagraphText, comparison: Comparison) -> bool:
    """Say whether the removal of a paragraph loses nothing; a short one proves too little."""
    return paragraph.role not in SPOKEN and not comparison.loss and paragraph.size >= SHORT


def _finding(case: Case, candidate: CrossCandidate, comparison: Comparison, across: AcrossPolicy) -> Finding:
    """Return the finding of a candidate, as a flag."""
    kind, phrase = comparison.kind, ""
    if kind == "exact" and (phrase := case.boilerplate(candidate, across.options)):
        kind = kind_of(equal=True, boilerplate=True)
    place = case.paragraphs.place(candidate.start)
    return Finding(
        "flag",
        kind,
        RULES.get(kind, RULES["pair"]),
        place.span,
        place.lines,
        candidate.original,
        comparison.jaccard,
        comparison.containment,
        comparison.differing,
        None,
        reason(candidate.original, comparison, phrase, texts=candidate.original_text is not None),
        place.column,
    )
