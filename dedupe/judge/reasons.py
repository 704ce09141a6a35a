"""From decisions to a report: findings with their places, blocks, and a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dedupe._places import lines_named
from dedupe.judge._remaining import JudgedDocument
from dedupe.judge.choice import ParagraphDecision
from dedupe.judge.content import ParagraphText
from dedupe.judge.relations import RELATIONS, relation_of
from dedupe.matching.similarity import word_scores
from dedupe.model import Block, Document, Finding, Original, Report, Span

MOST_BETWEEN = 4
"""Paragraphs that may stand between two of one block, on either side: inserted advertisements, captions."""

_ELLIPSES = ("...", "…")

EARLIER = Original("an earlier message", Span(0, 0), (0, 0))
"""Where the original of quoted history stands, of which no more is known."""

BUG = (
    "cleaning would have broken a promise, so this document was left as it is; "
    "please report it, with the text, as a bug"
)


def report(document: Document, judged: JudgedDocument) -> Report:
    """Return the report of a judged document, after checking what was promised of it."""
    decisions = judged.decisions
    if not decisions and not judged.history:
        return Report(document, problem=judged.problem, bounded=judged.bounded)
    texts, filled = judged.rows.texts, judged.rows.filled
    removed = {position for position, one in decisions.items() if one.action == "remove"}
    if judged.cuts and not _keeps_its_promise(removed, judged):
        return Report(document, problem=BUG, bounded=judged.bounded)
    blocks = _blocks([decisions[position] for position in sorted(removed)])
    block_of = {duplicate: number for number, pairs in enumerate(blocks, 1) for _, duplicate in pairs}
    sizes = [0, *map(len, blocks)]
    content = judged.comparisons.content
    findings = []
    for position in sorted(decisions.keys() | judged.history.keys()):
        if position in judged.history:
            findings.append(_of_history(document, judged, position))
            continue
        one = decisions[position]
        block = block_of.get(position)
        pair = content(texts[filled[position]]), content(texts[filled[one.original]])
        told = _Circumstances(sizes[block or 0], one.copies)
        findings.append(_finding(document, judged, one, pair, block, told))
    return Report(
        document,
        tuple(judged.cuts),
        tuple(findings),
        tuple(Block(tuple(pairs)) for pairs in blocks),
        bounded=judged.bounded,
    )


def _keeps_its_promise(removed: set[int], judged: JudgedDocument) -> bool:
    """Say whether what stays is the other paragraphs, in order, and every original stays."""
    gone = removed | judged.history.keys()
    stays = [text for position, text in enumerate(judged.rows.contents) if position not in gone]
    originals = {judged.decisions[position].original for position in removed}
    if not originals.isdisjoint(gone) or judged.remaining is None:
        return False
    # Without its history a text may be wrapped no longer; its words are the same.
    return stays == judged.remaining or (bool(judged.history) and _words(stays) == _words(judged.remaining))


def _words(paragraphs: Sequence[str]) -> list[str]:
    return " ".join(paragraphs).split()


def _of_history(document: Document, judged: JudgedDocument, position: int) -> Finding:
    """Return the finding about a paragraph that is quoted from an earlier message."""
    action, (span, lines, column) = judged.history[position], _extent(document, judged, position)
    reason = RELATIONS["quoted-history"].sentence
    if action == "flag":
        reason += ", but the rest would not stay as it is without it, so it stays"
    return Finding(action, "contained", "quoted-history", span, lines, EARLIER, 1.0, 1.0, reason=reason, column=column)


def _blocks(removed: Sequence[ParagraphDecision]) -> list[list[tuple[int, int]]]:
    """Return runs of two or more removals whose originals stand in the same order: (original, duplicate) each."""
    blocks: list[list[tuple[int, int]]] = []
    for one in removed:
        pair = (one.original, one.duplicate)
        if blocks and _goes_on(blocks[-1], pair):
            blocks[-1].append(pair)
        else:
            blocks.append([pair])
    return [block for block in blocks if len(block) > 1]


def _goes_on(block: Sequence[tuple[int, int]], pair: tuple[int, int]) -> bool:
    """Say whether a pair follows the last one of a block, whose copies stand all behind or all before the originals."""
    (first_original, first_duplicate), (original, duplicate) = block[0], pair
    near = all(0 < now - then <= MOST_BETWEEN + 1 for then, now in zip(block[-1], pair, strict=True))
    return near and (original < first_duplicate or duplicate < first_original)


class _Circumstances(NamedTuple):
    """What a sentence tells besides the relation: paragraphs of the copied run, and paragraphs with the same words."""

    run: int
    copies: int


def _finding(
    document: Document,
    judged: JudgedDocument,
    one: ParagraphDecision,
    pair: tuple[ParagraphText, ParagraphText],
    block: int | None,
    told: _Circumstances,
) -> Finding:
    duplicate, original = pair
    span, lines, column = _extent(document, judged, one.duplicate)
    there = _extent(document, judged, one.original)
    relation = _relation(one, duplicate, told)
    return Finding(
        one.action,
        one.account.kind,
        relation,
        span,
        lines,
        Original(document.id, there[0], there[1], column=there[2]),
        1.0 if one.account.same else word_scores(duplicate.words, original.words)[0],
        one.account.share,
        one.account.differing,
        block,
        _reason(one, relation, _place_named(document, one, there[1], there[2]), told),
        column,
        one.confidence,
    )


def _relation(one: ParagraphDecision, duplicate: ParagraphText, told: _Circumstances) -> str:
    if one.requested:
        return "requested"
    text = duplicate.text
    return relation_of(
        one.account,
        run=told.run,
        beside=abs(one.duplicate - one.original) == 1,
        copies=told.copies,
        clipped=duplicate.link > 0 or text.endswith(_ELLIPSES) or text.startswith(_ELLIPSES),
    )


def _extent(document: Document, judged: JudgedDocument, position: int) -> tuple[Span, tuple[int, int], int]:
    """Return where a paragraph stands in what the caller gave, its lines, and the column if it matters."""
    if document.layout is None:
        number = judged.rows.filled[position]
        return *judged.rows.extent(number, number), 0
    place = document.layout.paragraphs[position]
    return Span(place.start, place.stop), (place.first_line, place.last_line), place.column


def _place_named(document: Document, one: ParagraphDecision, lines: tuple[int, int], column: int) -> str:
    """Return the place of the original as a sentence has it; its field, too, where that is another one."""
    part = document.layout.part(one.original) if document.layout else None
    if part is None:
        return lines_named(lines, column)
    first, last = lines
    named = lines_named((first - part.line, last - part.line), column)
    return named if document.layout and part is document.layout.part(one.duplicate) else f"{named} of {part.name}"


def _reason(one: ParagraphDecision, relation: str, place: str, told: _Circumstances) -> str:
    """Return a sentence: the relation, what differs, which copy stays."""
    sentence = RELATIONS[relation].sentence.format(lines=place, copies=told.copies, run=told.run)
    if one.account.loss is not None:
        sentence += f", but {one.account.loss}"
    elif one.account.differing:
        sentence += f" (differs: {', '.join(one.account.differing)})"
    if one.action == "flag":
        return f"{sentence}; both stay"
    if one.account.kind == "contained":
        return f"{sentence}; the fuller one stays"
    return f"{sentence}; {'the first stays' if one.original < one.duplicate else 'the later one stays'}"
