"""How a duplicate relates to its original: names of relations, their meanings and sentences."""

from __future__ import annotations

from typing import NamedTuple

from dedupe.judge.guard import Coverage


class Relation(NamedTuple):
    """A relation: what it means, and the sentence of a finding, a template with `{lines}` of the original."""

    meaning: str
    sentence: str


RELATIONS: dict[str, Relation] = {
    "requested": Relation(
        "A repeat in which the regular expression of `remove_matching` matches.",
        "repeats {lines}, and remove_matching matches",
    ),
    "quoted-history": Relation(
        "What a message quotes of an earlier one, with no answer in it; removed by `remove_quoted_history`.",
        "is quoted from an earlier message, with no answer in it",
    ),
    "copied-run": Relation(
        "A paragraph of a run that is elsewhere in the same order, as in a second half that copies the first.",
        "is part of a copied run, and repeats {lines}",
    ),
    "repeated-beside": Relation(
        "A paragraph with the same words as the one directly above or below it.",
        "has the same words as {lines}, directly beside it",
    ),
    "one-of-several": Relation(
        "A paragraph of which there are three or more, such as a promotion that comes back.",
        "has the same words as {lines}, one of {copies} such paragraphs",
    ),
    "exact-copy": Relation(
        "A paragraph with the same words as another one.",
        "has the same words as {lines}",
    ),
    "cut-off": Relation(
        "A paragraph that breaks off, with an ellipsis, where another one goes on: a teaser.",
        "is cut off, and contained in {lines}",
    ),
    "label-before": Relation(
        "A paragraph that repeats another one, with a label or the name of a site around it.",
        "repeats {lines}, with a label around it",
    ),
    "contained": Relation(
        "A paragraph whose words are in another one, in order: a pull quote, a caption, a summary.",
        "is contained in {lines}",
    ),
    "near-copy": Relation(
        "A paragraph that differs from another one in a few words of no weight, or in words that stand near that one.",
        "repeats {lines}, but for a few words",
    ),
    "variant": Relation(
        "A paragraph that differs from another one in a number, a sign, a unit, a name, a negation or a word.",
        "is nearly the same as {lines}",
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
