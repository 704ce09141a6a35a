"""From decisions to a report: findings with their places, blocks, and a sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dedupe.judge.choice import Decision
from dedupe.judge.content import Content
from dedupe.judge.judging import Judged
from dedupe.judge.relations import RELATIONS, relation_of
from dedupe.model import Block, Document, Finding, Original, Report, Span
from dedupe.similarity import word_scores

MOST_BETWEEN = 4
"""Paragraphs that may stand between two of one block, on either side: inserted advertisements, captions."""

BUG = (
    "cleaning would have broken a promise, so this document was left as it is; "
    "please report it, with the text, as a bug"
)

Place = tuple[Span, tuple[int, int]]


def report(document: Document, judged: Judged) -> Report:
    """Return the report of a judged document, after checking what was promised of it."""
    decisions = judged.decisions
    if not decisions:
        return Report(document, bounded=judged.bounded)
    texts = [judged.rows.texts[number].strip() for number in judged.rows.filled]
    removed = {position for position, one in decisions.items() if one.action == "remove"}
    if removed and not _keeps_its_promise(texts, removed, judged):
        return Report(document, problem=BUG, bounded=judged.bounded)
    blocks = _blocks([decisions[position] for position in sorted(removed)])
    block_of = {duplicate: number for number, pairs in enumerate(blocks, 1) for _, duplicate in pairs}
    sizes = [0, *map(len, blocks)]
    contents: dict[int, Content] = {}

    def content(position: int) -> Content:
        return contents.setdefault(position, Content(texts[position]))

    findings = []
    copies: dict[tuple[str, ...], int] = {}
    for one in decisions.values():
        words = content(one.duplicate).words
        copies[words] = copies.get(words, 1) + 1
    for position in sorted(decisions):
        one = decisions[position]
        block = block_of.get(position)
        findings.append(
            _finding(document, judged, one, content, block, sizes[block or 0], copies[content(position).words])
        )
    return Report(
        document,
        tuple(judged.cuts),
        tuple(findings),
        tuple(Block(tuple(pairs)) for pairs in blocks),
        bounded=judged.bounded,
    )


def _keeps_its_promise(texts: Sequence[str], removed: set[int], judged: Judged) -> bool:
    """Say whether what stays is the other paragraphs, in order, and every original stays."""
    stays = [text for position, text in enumerate(texts) if position not in removed]
    originals = {judged.decisions[position].original for position in removed}
    return stays == judged.remaining and originals.isdisjoint(removed)


def _blocks(removed: Sequence[Decision]) -> list[list[tuple[int, int]]]:
    """Return runs of two or more removals whose originals stand in the same order: (original, duplicate) each."""
    blocks: list[list[tuple[int, int]]] = []
    for number, one in enumerate(removed):
        pair = (one.original, one.duplicate)
        if number and all(0 < now - then <= MOST_BETWEEN + 1 for then, now in zip(blocks[-1][-1], pair, strict=True)):
            blocks[-1].append(pair)
        else:
            blocks.append([pair])
    return [block for block in blocks if len(block) > 1]


def _finding(document, judged, one, content, block, run, copies) -> Finding:
    duplicate, original = content(one.duplicate), content(one.original)
    span, lines = _extent(document, judged, one.duplicate)
    home = Original(document.id, *_extent(document, judged, one.original))
    jaccard = 1.0 if one.account.same else word_scores(duplicate.words, original.words)[0]
    relation = "requested"
    if not one.requested:
        relation = relation_of(
            one.account,
            run=run,
            beside=abs(one.duplicate - one.original) == 1,
            copies=copies,
            clipped=duplicate.link > 0 or duplicate.text.endswith(("...", "…")) or duplicate.text.startswith(("...", "…")),
        )
    return Finding(
        one.action,
        one.account.kind,
        relation,
        span,
        lines,
        home,
        jaccard,
        one.account.share,
        one.account.differing,
        block,
        _reason(one, relation, home.lines, run, copies),
        one.confidence,
    )


def _extent(document: Document, judged: Judged, position: int) -> Place:
    """Return where a paragraph stands in what the caller gave."""
    if document.layout is None:
        number = judged.rows.filled[position]
        return judged.rows.extent(number, number)
    place = document.layout.paragraphs[position]
    return Span(place.start, place.stop), (place.first_line, place.last_line)


def _reason(one: Decision, relation: str, lines: tuple[int, int], run: int, copies: int) -> str:
    """Return a sentence: the relation, what differs, which copy stays."""
    place = f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]}-{lines[1]}"
    sentence = RELATIONS[relation].sentence.format(lines=place, copies=copies, run=run)
    if one.account.loss is not None:
        sentence += f", but {one.account.loss}"
    elif one.account.differing:
        sentence += f" (differs: {', '.join(one.account.differing)})"
    if one.action == "flag":
        return f"{sentence}; both stay"
    if one.account.kind == "contained":
        return f"{sentence}; the fuller one stays"
    return f"{sentence}; {'the first stays' if one.original < one.duplicate else 'the later one stays'}"
