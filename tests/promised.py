"""The second promise, recomputed from texts alone: slow and obvious."""

from __future__ import annotations

import re
import unicodedata

from dedupe.judge._weighty_words import NEGATIONS
from tests import twins

NEAR = 3
"""Paragraphs on each side of an original in which the rest may be said."""


def signed(text: str) -> list[str]:
    """Return the words of a text, those of figures with the signs that stand at them."""
    text = unicodedata.normalize("NFKC", text).replace("−", "-").replace("٪", "%")
    found: list[str] = []
    for match in re.finditer(r"([-+±<>≤≥≈~]?[$€£¥]?\s?-?)(\d[\w]*)(\s?[%‰°$€£¥])?|\w+", text):
        before, figure, behind = (part or "" for part in match.groups())
        sign = before + behind
        words = twins.words(figure or match.group())
        found += ["".join(sorted(sign.replace(" ", ""))) + word for word in words[:1]] + words[1:]
    return found


def cheapest(mine: list[str], theirs: list[str], costs: list[int]) -> int:
    """Return what is lost of mine at least, each word at its cost, where theirs has the others in order."""
    row = [0] * (len(theirs) + 1)
    for word, cost in zip(mine, costs, strict=True):
        before = row
        row = [before[0] + cost]
        for at, other in enumerate(theirs, 1):
            row.append(min(before[at] + cost, row[-1], before[at - 1] if word == other else 1 << 40))
    return row[-1]


WEIGHTY = 1000


def broken(duplicate: str, original: str, beside: list[str], most: int = 5) -> bool:
    """Say whether more would be lost than is promised: words of weight, or too many, said nowhere near."""
    mine, theirs = signed(duplicate), signed(original)
    near = {word for text in [original, *beside] for word in signed(text)}
    names = {word for capital in re.findall(r"(?<=[\w,;] )[A-ZÀ-Þ]\w*", duplicate) for word in twins.words(capital)}
    costs = []
    for word in mine:
        fact = word in NEGATIONS or any(c.isnumeric() for c in word)
        said = word in near and (beside or not fact)  # alone with its original, it stands there in order or not at all
        costs.append(0 if said else WEIGHTY if fact or word in names else 1)
    return cheapest(mine, theirs, costs) > min(most, len(mine) // 20)
