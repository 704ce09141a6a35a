"""Compare a paragraph with one of another document, and give the reason of the finding."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from dedupe._failures import failure
from dedupe._places import lines_named
from dedupe.judge.content import BACKSTAGE, SHORT, STAYING, ParagraphText
from dedupe.judge.guard import guard
from dedupe.judge.kinds import kind_of
from dedupe.judge.policy import Policy
from dedupe.matching.similarity import word_scores
from dedupe.model import Kind, Original, Role

UNCOMPARED = "the index keeps no texts, so words were not compared"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a paragraph compares with its original; `loss`: what its removal would lose, as a phrase, or ""."""

    kind: Kind
    jaccard: float
    containment: float
    differing: tuple[str, ...] = ()
    loss: str = ""

    def to_json(self) -> bytes:
        """Return it as a line."""
        return json.dumps([self.kind, self.jaccard, self.containment, self.differing, self.loss]).encode() + b"\n"

    @classmethod
    def of_json(cls, line: bytes) -> Comparison:
        """Return the comparison of a line that `to_json` made."""
        kind, jaccard, containment, differing, loss = json.loads(line)
        return cls(kind, jaccard, containment, tuple(differing), loss)


EQUAL = Comparison(kind_of(equal=True), 1.0, 1.0)
"""The comparison of paragraphs with the same words in order."""

UNKNOWN = Comparison(kind_of(equal=False, loses=True), 0.0, 0.0, (), "unknown")
"""The comparison of a pair that failed; it is repeated, and fails, when the later document is judged."""


@lru_cache(maxsize=1 << 12)
def paragraph_text(text: str, role: str = "") -> ParagraphText:
    """Return a paragraph; the last few are cached, since an original is compared with one duplicate after the other."""
    return ParagraphText(text.strip(), cast(Role, role))


def judge_pair(duplicate: ParagraphText, original: ParagraphText, policy: Policy, jaccard: float) -> Comparison | None:
    """Compare a paragraph with one of another document, word by word.

    Return None if there is nothing to report: the paragraph is short, its role is never removed, the two are too
    different, or only the original is hidden from readers.
    """
    if duplicate.size < SHORT or duplicate.role in STAYING:
        return None
    if original.role in BACKSTAGE and duplicate.role not in BACKSTAGE:
        return None
    if duplicate.text == original.text:
        return EQUAL
    similarity, _ = word_scores(duplicate.words, original.words)
    return compare(duplicate, original, policy, similarity) if similarity >= jaccard else None


def judge_pair_safely(
    duplicate: ParagraphText, original: ParagraphText, policy: Policy, jaccard: float
) -> Comparison | None:
    """Return what `judge_pair` does, or `UNKNOWN` if it fails."""
    try:
        return judge_pair(duplicate, original, policy, jaccard)
    except Exception as error:
        failure(error)  # raises errors that concern more than this pair
        return UNKNOWN


def compare(
    duplicate: ParagraphText, original: ParagraphText, policy: Policy, similarity: float | None = None
) -> Comparison:
    """Return how a paragraph compares with its original, however different they are."""
    if similarity is None:
        similarity, _ = word_scores(duplicate.words, original.words)
    found = guard(duplicate, [original], (), policy)
    return Comparison(found.kind, similarity, found.share, found.differing, str(found.loss) if found.loss else "")


def reason(original: Original, comparison: Comparison, boilerplate: str = "", texts: bool = True) -> str:
    """Return the sentence of a finding: what a paragraph repeats, and what differs."""
    where = f"{lines_named(original.lines, original.column)} of {_document_name(original)}"
    repeats = f"{boilerplate}, {where} among them" if boilerplate else f"repeats {where}"
    differs = comparison.loss or (f"differs: {', '.join(comparison.differing)}" if comparison.differing else "")
    return f"{repeats}{_since(original)}{f' ({differs})' if differs else ''}{'' if texts else f'; {UNCOMPARED}'}"


def whole_reason(original: Original, share: float, missing: Sequence[str], texts: bool = True) -> str:
    """Return the sentence of a finding about a whole document; `missing`: its paragraphs that the other one lacks."""
    sentence = f"{share:.0%} of the running text stands in {_document_name(original)}{_since(original)}"
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        shown = missing[0] if len(missing[0]) <= SHORT else f"{missing[0][:SHORT]}..."
        sentence += f" (not there: {' '.join(shown.split())!r}{more})"
    return sentence if texts else f"{sentence}; {UNCOMPARED}"


def _document_name(original: Original) -> str:
    return original.document or original.key or "another document"


def _since(original: Original) -> str:
    return f", first seen {original.first_seen}" if original.first_seen else ""
