"""Decide about a document that stands in another one as a whole: all of it is removed, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dedupe.across import RULES
from dedupe.across.case import AcrossPolicy, Case, CoveringDocument, DocumentDecision
from dedupe.across.pair import Comparison, paragraph_text, whole_reason
from dedupe.across.succession import hand_on, in_order
from dedupe.judge.content import SHORT, SPOKEN, STAYING, ParagraphText
from dedupe.model import Finding, Original, Span

LEAST_PARAGRAPHS = 3
"""Paragraphs of a document that is judged as a whole; of one with fewer each is judged alone."""

Name = TypeVar("Name")


def best_covering(originals: Iterable[tuple[tuple[str, ...], Name]], paragraphs: int) -> Name | None:
    """Return the document that has the most originals of another one, if they are half of its `paragraphs`; else None.

    `originals`: for each paragraph that has one, the order of the original's document and its name.
    """
    counts = Counter(originals)
    best = min(counts, key=lambda one: (-counts[one], one[0]), default=None)
    return best[1] if best is not None and 2 * counts[best] >= paragraphs else None


@dataclass(frozen=True, slots=True)
class DocumentCoverage:
    """How much of a document stands in another one.

    `texts`: the text there of each paragraph that does, by its start; None where only hashes show it. `missing`: texts
    of the others. `uses_third`: a paragraph that does has its original in a third document. `known_words`, `words`: the
    words that stand in any other document, and all, of paragraphs that are not short.
    """

    share: float
    jaccard: float
    differing: tuple[str, ...]
    texts: Mapping[int, str | None]
    missing: Sequence[str]
    uses_third: bool
    known_words: int
    words: int


def document_coverage(
    case: Case, covering: CoveringDocument, comparisons: Mapping[int, Comparison]
) -> DocumentCoverage:
    """Return how much of a document stands in another one: equal paragraphs, and candidates that lose nothing.

    The share is that of running text: headline, by-line and credits are short, and sites write their own.
    `comparisons` of the candidates, by their starts.
    """
    by_words: dict[tuple[str, ...], list[ParagraphText]] = {}
    for text in covering.texts:
        by_words.setdefault(paragraph_text(text).words, []).append(paragraph_text(text))
    identity = (covering.original.document, covering.original.key)
    lossless = {
        one.start: (one, comparison)
        for one in case.candidates
        if (comparison := comparisons.get(one.start)) is not None and not comparison.loss
    }
    texts: dict[int, str | None] = {}
    missing: list[str] = []
    differing: list[str] = []
    sizes: list[tuple[int, bool, bool, float]] = []
    known_words = words = 0
    uses_third = False
    for start, paragraph in case.paragraphs.items():
        if start in case.local.removed or not paragraph.words:
            continue
        candidate, comparison = lossless.get(start, (None, None))
        is_there = candidate is not None and (candidate.original.document, candidate.original.key) == identity
        equal = next((other for other in by_words.get(paragraph.words, ()) if paragraph.equals(other)), None)
        similarity = 1.0
        if equal is not None:
            texts[start] = equal.text
            uses_third = uses_third or (candidate is not None and not is_there)
        elif candidate is not None and comparison is not None and is_there:
            texts[start] = candidate.original_text
            similarity = comparison.jaccard
            differing += comparison.differing
        elif start in covering.hash_matches:
            texts[start] = None
        else:
            missing.append(paragraph.text)
        sizes.append((len(paragraph.words), paragraph.prose, start in texts, similarity))
        if paragraph.size >= SHORT:
            words += len(paragraph.words)
            known_words += len(paragraph.words) * (start in texts or candidate is not None)
    share, jaccard = _weighted(sizes)
    return DocumentCoverage(share, jaccard, tuple(differing), texts, missing, uses_third, known_words, words)


def _weighted(sizes: Sequence[tuple[int, bool, bool, float]]) -> tuple[float, float]:
    """Return the share of running text that stands in the other document, and the mean similarity of what does.

    `sizes`: for each paragraph its words, whether it is running text, whether it stands there, and the similarity.
    """
    counted = [one for one in sizes if one[1]] or sizes
    total = sum(size for size, _, _, _ in counted)
    share = sum(size for size, _, there, _ in counted if there) / total if total else 0.0
    similar = [(size, similarity) for size, _, there, similarity in sizes if there]
    return share, sum(size * one for size, one in similar) / sum(size for size, _ in similar) if similar else 0.0


def decide_whole(case: Case, comparisons: Mapping[int, Comparison], across: AcrossPolicy) -> DocumentDecision | None:
    """Return the decision about a document that stands in another one as a whole; None if it does not."""
    covering = case.covering
    if covering is None:
        return None
    found = document_coverage(case, covering, comparisons)
    if found.share < across.options.syndicated_share or len(found.texts) < LEAST_PARAGRAPHS:
        return None
    if "syndicated" in across.policy.ignore:
        return DocumentDecision(case.local.cuts, case.local.findings)
    removing = across.removes and not case.pinned and covering.copy > across.options.keep_copies
    dropped = removing and across.drop > 0 and not case.is_original and found.known_words >= across.drop * found.words
    findings = list(case.local.findings)
    emptied = removing and not dropped and _is_covered(case, found, across)
    if emptied:
        removed = {start: (covering.original, text) for start, text in found.texts.items() if text is not None}
        moved = hand_on(case, findings, removed, across.policy)
        if moved is None:
            return DocumentDecision(case.local.cuts, case.local.findings, unsettled=True)
        findings = moved
    starts = list(case.paragraphs)
    first, last = (case.paragraphs.place(start) for start in (starts[0], starts[-1]))
    finding = Finding(
        "remove" if dropped or emptied else "flag",
        "syndicated",
        RULES["whole"],
        Span(first.start, last.stop),
        (first.first_line, last.last_line),
        covering.original,
        found.jaccard,
        found.share,
        found.differing,
        None,
        whole_reason(covering.original, found.share, found.missing, texts=None not in found.texts.values()),
        first.column,
    )
    cuts = case.paragraphs.cut(starts) if emptied else case.local.cuts
    return DocumentDecision(cuts, in_order([*findings, finding]), dropped, emptied)


def _is_covered(case: Case, found: DocumentCoverage, across: AcrossPolicy) -> bool:
    """Say whether every paragraph of a document stands in the other one, and may be removed."""
    paragraphs = list(case.paragraphs.values())
    return (
        not found.missing
        and not found.uses_third
        and None not in found.texts.values()
        and not any(text.role in STAYING or text.role in SPOKEN for text in paragraphs)
        and not across.kept_by_pattern([text.text for text in paragraphs])
    )


def extent(originals: Sequence[Original]) -> Original:
    """Return the stretch from the first to the last of originals in one document."""
    first = originals[0]
    spans, lines = [one.span for one in originals], [one.lines for one in originals]
    return Original(
        first.document,
        Span(min(span.start for span in spans), max(span.end for span in spans)),
        (min(one for one, _ in lines), max(one for _, one in lines)),
        *(first.first_seen, first.pages, first.column, first.key),
    )
