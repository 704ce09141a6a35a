"""A document that is known elsewhere as a whole: one finding, and it goes as a whole or stays as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dedupe.across import RULES
from dedupe.across.case import AcrossPolicy, Case, DocumentDecision, Whole
from dedupe.across.pair import Comparison, paragraph, whole_reason
from dedupe.across.succession import hand_on, ordered
from dedupe.judge.content import SHORT, SPOKEN, STAYING, ParagraphText
from dedupe.model import Finding, Original, Span

LEAST_PARAGRAPHS = 3
"""Paragraphs of a document that is known as a whole: of fewer each is judged for itself."""

Name = TypeVar("Name")


def best_covering(originals: Iterable[tuple[tuple[str, ...], Name]], compared: int) -> Name | None:
    """Return the document in which another one may stand as a whole: where the most of its originals are.

    Those must be half of its paragraphs, which are so many as are `compared`. `originals`: for each paragraph that has
    one, the order of the original's document and its name.
    """
    counts = Counter(originals)
    best = min(counts, key=lambda one: (-counts[one], one[0]), default=None)
    return best[1] if best is not None and 2 * counts[best] >= compared else None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a document stands in another one.

    `texts`: for the paragraphs that do, by where they begin, the text of that one; None where only hashes say so.
    `missing`: the texts of the others. `apart`: whether one that does has its original in a third document.
    `known`, `words`: the words that stand in other documents, of those that count.
    """

    share: float
    jaccard: float
    differing: tuple[str, ...]
    texts: Mapping[int, str | None]
    missing: Sequence[str]
    apart: bool
    known: int
    words: int


def coverage(case: Case, whole: Whole, found: Mapping[int, Comparison]) -> Coverage:
    """Say how much of a document stands in another one: the paragraphs whose words do, and the candidates.

    Of running text the share is taken: headline, by-line and credits are short, and sites write their own. `found`: how
    candidates compare with their originals, by where they begin.
    """
    there: dict[tuple[str, ...], list[ParagraphText]] = {}
    for text in whole.texts:
        there.setdefault(paragraph(text).words, []).append(paragraph(text))
    named = (whole.original.document, whole.original.key)
    candidates = {one.span.start: one for one in case.candidates if one.span.start in found}
    texts: dict[int, str | None] = {}
    missing: list[str] = []
    differing: list[str] = []
    sizes: list[tuple[int, bool, bool, float]] = []
    known = words = 0
    apart = False
    for start, (_, row) in case.paragraphs.items():
        if start in case.own.removed or not row.words:
            continue
        one, seen = candidates.get(start), found.get(start)
        if seen is not None and seen.loss:
            one = seen = None
        equal = next((other for other in there.get(row.words, ()) if row.equals(other)), None)
        similarity = 1.0
        if equal is not None:
            texts[start] = equal.text
            apart = apart or (one is not None and (one.original.document, one.original.key) != named)
        elif one is not None and seen is not None and (one.original.document, one.original.key) == named:
            texts[start] = one.original_text
            similarity = seen.jaccard
            differing += seen.differing
        elif start in whole.starts:
            texts[start] = None
        else:
            missing.append(row.text)
        sizes.append((len(row.words), row.prose, start in texts, similarity))
        if row.size >= SHORT:
            words += len(row.words)
            known += len(row.words) * (start in texts or one is not None)
    counted = [one for one in sizes if one[1]] or sizes
    total = sum(size for size, _, _, _ in counted)
    share = sum(size for size, _, stands, _ in counted if stands) / total if total else 0.0
    similar = [(size, similarity) for size, _, stands, similarity in sizes if stands]
    jaccard = sum(size * one for size, one in similar) / sum(size for size, _ in similar) if similar else 0.0
    return Coverage(share, jaccard, tuple(differing), texts, missing, apart, known, words)


def decide_whole(case: Case, found: Mapping[int, Comparison], judging: AcrossPolicy) -> DocumentDecision | None:
    """Return what becomes of a document if it is known in another one as a whole; None if it is not."""
    whole = case.whole
    if whole is None:
        return None
    there = coverage(case, whole, found)
    if there.share < judging.syndicated or len(there.texts) < LEAST_PARAGRAPHS:
        return None
    if "syndicated" in judging.policy.ignore:
        return DocumentDecision(case.own.cuts, case.own.findings)
    removing = judging.action == "remove" and not case.kept
    dropped = removing and judging.drop > 0 and not case.original and there.known >= judging.drop * there.words
    own = list(case.own.findings)
    emptied = False
    if removing and not dropped and _is_covered(case, there, judging):
        going = {start: (whole.original, text) for start, text in there.texts.items() if text is not None}
        moved = hand_on(case, own, going, judging.policy)
        if moved is None:
            return DocumentDecision(case.own.cuts, case.own.findings, unsettled=True)
        own, emptied = moved, True
    starts = list(case.paragraphs)
    places = [case.paragraphs[start][0] for start in (starts[0], starts[-1])]
    one = Finding(
        "remove" if dropped or emptied else "flag",
        "syndicated",
        RULES["whole"],
        Span(places[0].start, places[1].stop),
        (places[0].first_line, places[1].last_line),
        whole.original,
        there.jaccard,
        there.share,
        there.differing,
        None,
        whole_reason(whole.original, there.share, there.missing, texts=None not in there.texts.values()),
        places[0].column,
    )
    return DocumentDecision(case.cut(starts) if emptied else case.own.cuts, ordered([*own, one]), dropped, emptied)


def _is_covered(case: Case, there: Coverage, judging: AcrossPolicy) -> bool:
    """Say whether every paragraph of a document stands in the other one, and may go."""
    rows = [row for _, row in case.paragraphs.values()]
    return (
        not there.missing
        and not there.apart
        and None not in there.texts.values()
        and not any(row.role in STAYING or row.role in SPOKEN for row in rows)
        and not judging.keeping([row.text for row in rows])
    )


def extent(originals: Sequence[Original]) -> Original:
    """Return the place from the first to the last of these, which are in one document."""
    first = originals[0]
    spans, lines = [one.span for one in originals], [one.lines for one in originals]
    return Original(
        first.document,
        Span(min(span.start for span in spans), max(span.end for span in spans)),
        (min(one for one, _ in lines), max(one for _, one in lines)),
        *(first.first_seen, first.pages, first.column, first.key),
    )
