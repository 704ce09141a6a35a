"""A paragraph beside one of another document: how they compare, and the sentence that says so."""

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
    """How a paragraph compares with its original; `loss`: what its removal would lose, as a phrase, or nothing."""

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
        """Return what `to_json` made a line of."""
        kind, jaccard, containment, differing, loss = json.loads(line)
        return cls(kind, jaccard, containment, tuple(differing), loss)


EQUAL = Comparison(kind_of(equal=True), 1.0, 1.0)
"""Of two paragraphs with the same words, in order."""


@lru_cache(maxsize=1 << 12)
def paragraph(text: str, role: str = "") -> ParagraphText:
    """Return a paragraph; the last few are kept, since an original is compared with one duplicate after the other."""
    return ParagraphText(text.strip(), cast(Role, role))


def judge_pair(duplicate: ParagraphText, original: ParagraphText, policy: Policy, jaccard: float) -> Comparison | None:
    """Compare a paragraph with one of another document, word by word.

    Return None where nothing is said: of one that is short, too unlike, never removed for its role, or a reader's text
    beside what a reader does not see.
    """
    if duplicate.size < SHORT or duplicate.role in STAYING:
        return None
    if original.role in BACKSTAGE and duplicate.role not in BACKSTAGE:
        return None
    if duplicate.text == original.text:
        return EQUAL
    similarity, _ = word_scores(duplicate.words, original.words)
    if similarity < jaccard:
        return None
    return compared(duplicate, original, policy, similarity)


UNKNOWN = Comparison(kind_of(equal=False, loses=True), 0.0, 0.0, (), "unknown")
"""Of a pair on which the program fails: it is compared again when the later document is judged, and fails that."""


def soundly_judged(
    duplicate: ParagraphText, original: ParagraphText, policy: Policy, jaccard: float
) -> Comparison | None:
    """Do as `judge_pair`; `UNKNOWN` where the program fails on the pair."""
    try:
        return judge_pair(duplicate, original, policy, jaccard)
    except Exception as error:
        failure(error)  # raises what is about more than these
        return UNKNOWN


def compared(
    duplicate: ParagraphText, original: ParagraphText, policy: Policy, similarity: float | None = None
) -> Comparison:
    """Return how a paragraph stands in its original, however unlike they are."""
    if similarity is None:
        similarity, _ = word_scores(duplicate.words, original.words)
    found = guard(duplicate, [original], (), policy)
    return Comparison(found.kind, similarity, found.share, found.differing, str(found.loss) if found.loss else "")


def reason(original: Original, found: Comparison, boilerplate: str = "", texts: bool = True) -> str:
    """Say in one sentence what a paragraph repeats, and what differs."""
    said = f"{boilerplate}, {place(original)} among them" if boilerplate else f"repeats {place(original)}"
    differs = found.loss or (f"differs: {', '.join(found.differing)}" if found.differing else "")
    return f"{said}{since(original)}{f' ({differs})' if differs else ''}{'' if texts else f'; {UNCOMPARED}'}"


def whole_reason(original: Original, share: float, missing: Sequence[str], texts: bool = True) -> str:
    """Say in one sentence how much of a text stands in another document, and which paragraph does not."""
    said = f"{share:.0%} of the running text stands in {name(original)}{since(original)}"
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        short = missing[0] if len(missing[0]) <= SHORT else f"{missing[0][:SHORT]}..."
        said += f" (not there: {' '.join(short.split())!r}{more})"
    return said if texts else f"{said}; {UNCOMPARED}"


def place(original: Original) -> str:
    """Return the lines and the document of an original, as a sentence names them."""
    return f"{lines_named(original.lines, original.column)} of {name(original)}"


def name(original: Original) -> str:
    """Return the name of an original's document, as a sentence names it."""
    return original.document or original.key or "another document"


def since(original: Original) -> str:
    """Return since when an index knows an original, as a sentence says it."""
    return f", first seen {original.first_seen}" if original.first_seen else ""
