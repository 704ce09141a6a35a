"""Build the report of a judged document: findings with their positions, blocks, and a sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from dedupe._places import lines_named
from dedupe.judge._remaining import JudgedDocument
from dedupe.judge.choice import ParagraphDecision
from dedupe.judge.content import ParagraphText
from dedupe.judge.nearby import MIN_TOGETHER_WORDS
from dedupe.judge.relations import RELATIONS, relation_of
from dedupe.matching.similarity import word_scores
from dedupe.model import Block, Document, Finding, Kind, Original, Report, Span

MOST_BETWEEN = 4
"""Most paragraphs between two of one block, on either side, such as inserted advertisements and captions."""

_ELLIPSES = ("...", "…")

EARLIER = Original("an earlier message", Span(0, 0), (0, 0))
"""The original of quoted history, of which no position is known."""

BUG = (
    "cleaning would have broken a promise, so this document was left as it is; "
    "please report it, with the text, as a bug"
)


def report(document: Document, judged: JudgedDocument, reasons: bool = True) -> Report:
    """Return the report of a judged document, after a check of the promises.

    Without reasons it only has the cuts, unless these are told from the findings, as with a layout.
    """
    decisions = judged.decisions
    if not decisions and not judged.history:
        return Report(document, problem=judged.problem, bounded=judged.bounded)
    removed = {position for position, decision in decisions.items() if decision.action == "remove"}
    if judged.cuts and not _keeps_promises(removed, judged):
        return Report(document, problem=BUG, bounded=judged.bounded)
    if not reasons and document.layout is None:
        return Report(document, tuple(judged.cuts), bounded=judged.bounded)
    blocks = _blocks([decisions[position] for position in sorted(removed)])
    block_of = {duplicate: number for number, pairs in enumerate(blocks, 1) for _, duplicate in pairs}
    findings = []
    for position in sorted(decisions.keys() | judged.history.keys()):
        if position in judged.history:
            findings.append(_history_finding(document, judged, position))
        else:
            block = block_of.get(position)
            run = len(blocks[block - 1]) if block else 0
            findings.append(_finding(document, judged, decisions[position], block, run))
    return Report(
        document,
        tuple(judged.cuts),
        tuple(findings),
        tuple(Block(tuple(pairs)) for pairs in blocks),
        bounded=judged.bounded,
    )


def _keeps_promises(removed: set[int], judged: JudgedDocument) -> bool:
    """Return whether every original stays, and the remaining paragraphs are the others, in order."""
    removed = removed | judged.history.keys()
    originals = {decision.original for decision in judged.decisions.values() if decision.action == "remove"}
    if not originals.isdisjoint(removed) or judged.remaining is None:
        return False
    others = [text for position, text in enumerate(judged.paragraphs.contents) if position not in removed]
    # Without its history a text may be wrapped no longer; its words are the same.
    return others == judged.remaining or (
        bool(judged.history) and " ".join(others).split() == " ".join(judged.remaining).split()
    )


def _history_finding(document: Document, judged: JudgedDocument, position: int) -> Finding:
    """Return the finding about a paragraph quoted from an earlier message."""
    action, (span, lines, column) = judged.history[position], _extent(document, judged, position)
    reason = RELATIONS["quoted-history"].sentence
    if action == "flag":
        reason += ", but the rest would not stay as it is without it, so it stays"
    return Finding(action, "contained", "quoted-history", span, lines, EARLIER, 1.0, 1.0, reason=reason, column=column)


def _blocks(removed: Sequence[ParagraphDecision]) -> list[list[tuple[int, int]]]:
    """Return runs of two or more removals with originals in the same order, as pairs (original, duplicate)."""
    blocks: list[list[tuple[int, int]]] = []
    for decision in removed:
        pair = (decision.original, decision.duplicate)
        if blocks and _continues(blocks[-1], pair):
            blocks[-1].append(pair)
        else:
            blocks.append([pair])
    return [block for block in blocks if len(block) > 1]


def _continues(block: Sequence[tuple[int, int]], pair: tuple[int, int]) -> bool:
    """Return whether a pair continues a block, all duplicates of which are behind or before all originals."""
    (first_original, first_duplicate), (original, duplicate) = block[0], pair
    near = all(0 < this - last <= MOST_BETWEEN + 1 for last, this in zip(block[-1], pair, strict=True))
    return near and (original < first_duplicate or duplicate < first_original)


def _finding(
    document: Document, judged: JudgedDocument, decision: ParagraphDecision, block: int | None, run: int
) -> Finding:
    """Return the finding of a decision; `run`: the number of removals in its block, 0 without one."""
    texts, numbers, content = judged.paragraphs.texts, judged.paragraphs.filled, judged.comparisons.content
    duplicate, original = decision.duplicate, decision.original
    coverage = decision.coverage
    span, lines, column = _extent(document, judged, duplicate)
    original_span, original_lines, original_column = _extent(document, judged, original)
    text = texts[numbers[duplicate]]
    relation = "requested"
    if not decision.requested:
        adjacent, clipped = abs(duplicate - original) == 1, not coverage.same and _is_clipped(content(text))
        relation = relation_of(coverage, run=run, adjacent=adjacent, copies=decision.copies, clipped=clipped)
    jaccard = 1.0 if coverage.same else decision.jaccard
    if jaccard is None:
        jaccard = word_scores(content(text).words, content(texts[numbers[original]]).words)[0]
    named = _named_lines(document, decision, original_lines, original_column)
    kind = coverage.kind
    return Finding(
        decision.action,
        kind,
        relation,
        span,
        lines,
        Original(document.id, original_span, original_lines, column=original_column),
        jaccard,
        coverage.share,
        coverage.differing,
        block,
        _reason(decision, kind, RELATIONS[relation].sentence.format(lines=named, copies=decision.copies, run=run)),
        column,
        decision.confidence,
    )


def _is_clipped(duplicate: ParagraphText) -> bool:
    """Return whether a paragraph breaks off or goes on at an ellipsis."""
    text = duplicate.text
    return text.endswith(_ELLIPSES) or text.startswith(_ELLIPSES) or duplicate.link > 0


def _extent(document: Document, judged: JudgedDocument, position: int) -> tuple[Span, tuple[int, int], int]:
    """Return the span of a paragraph in the caller's text, its lines, and its column if that matters."""
    if document.layout is None:
        number = judged.paragraphs.filled[position]
        return *judged.paragraphs.extent(number, number), 0
    place = document.layout.paragraphs[position]
    return Span(place.start, place.stop), (place.first_line, place.last_line), place.column


def _named_lines(document: Document, decision: ParagraphDecision, lines: tuple[int, int], column: int) -> str:
    """Return the lines of the original in words, with its field if that is not the field of the duplicate."""
    part = document.layout.part(decision.original) if document.layout else None
    if part is None:
        return lines_named(lines, column)
    first, last = lines
    named = lines_named((first - part.line, last - part.line), column)
    return named if document.layout and part is document.layout.part(decision.duplicate) else f"{named} of {part.name}"


def _reason(decision: ParagraphDecision, kind: Kind, relation: str) -> str:
    """Return a sentence: the relation, what differs, which paragraph stays."""
    coverage, sentence = decision.coverage, relation
    if coverage.loss is not None:
        sentence += f", but {coverage.loss}"
    elif coverage.lost:
        # Of a whole passage that stands near the original only the length is told.
        passage = coverage.nearby if len(coverage.nearby) >= MIN_TOGETHER_WORDS else frozenset()
        differing = [coverage.words[position] for position in coverage.lost if position not in passage]
        notes = [f"differs: {', '.join(differing)}"] if differing else []
        notes += [f"{len(passage)} words stand near it"] if passage else []
        sentence += f" ({'; '.join(notes)})"
    if decision.action == "flag":
        return f"{sentence}; both stay"
    if kind == "contained":
        return f"{sentence}; the fuller one stays"
    return f"{sentence}; {'the first stays' if decision.original < decision.duplicate else 'the later one stays'}"
