"""How a duplicate relates to its original: the names that findings carry, and the sentences for them."""

from __future__ import annotations

from typing import NamedTuple

from dedupe.judge.guard import Coverage


class Relation(NamedTuple):
    """A relation: what it means, and the sentence of a finding, a template with `{lines}` of the original."""

    meaning: str
    sentence: str


RELATIONS: dict[str, Relation] = {
    "requested": Relation(
        "A repeat in which the pattern of `remove_matching` is found.",
        "repeats {lines}, and you asked for such paragraphs to go",
    ),
    "quoted-history": Relation(
        "A quote of an earlier message without an answer in it, removed by `remove_quoted_history`.",
        "is quoted from an earlier message, nothing is answered in it, and you asked for such history to go",
    ),
    "copied-run": Relation(
        "A paragraph of a run that stands elsewhere in the same order, as where a second half copies the first.",
        "is part of a copied run, and says what {lines} says",
    ),
    "repeated-beside": Relation(
        "A paragraph with the same words as the one directly above or below it.",
        "says the same as {lines}, directly beside it",
    ),
    "one-of-several": Relation(
        "One of three or more paragraphs with the same words, such as a promotion.",
        "says the same as {lines}, one of {copies} such paragraphs",
    ),
    "exact-copy": Relation(
        "A paragraph with the same words as another one.",
        "says the same as {lines}",
    ),
    "cut-off": Relation(
        "A paragraph that ends in an ellipsis where another one continues: a teaser.",
        "is cut off; all that it says stands in {lines}",
    ),
    "label-before": Relation(
        "A paragraph that stands in another one, except for a label or the name of a site around it.",
        "says what {lines} says, with a label around it",
    ),
    "contained": Relation(
        "A paragraph whose words stand in another one, in order: a pull quote, a caption, a summary.",
        "all that it says stands in {lines}",
    ),
    "near-copy": Relation(
        "A paragraph that differs from another one in a few words of no weight.",
        "says what {lines} says, but for a few words",
    ),
    "variant": Relation(
        "A paragraph that differs from another one in a number, a sign, a unit, a name, a negation or a word.",
        "is nearly {lines}",
    ),
}
"""Every relation by name; a finding has the first that fits."""


def relation_of(coverage: Coverage, *, run: int, adjacent: bool, copies: int, clipped: bool) -> str:
    """Return the name of the relation of a duplicate to its original.

    `run`: the number of paragraphs removed together as one run; `adjacent`: whether nothing stands between the two;
    `copies`: the number of paragraphs with the duplicate's words; `clipped`: whether the duplicate begins or ends in an
    ellipsis.
    """
    if coverage.loss is not None:
        return "variant"
    if run > 1:
        return "copied-run"
    if coverage.same:
        return "repeated-beside" if adjacent else "one-of-several" if copies > 2 else "exact-copy"
    if clipped:
        return "cut-off"
    if coverage.furniture:
        return "label-before"
    return "near-copy" if coverage.lost else "contained"
