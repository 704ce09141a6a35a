"""Generated corpora with planted copies, small ones of those the benchmarks use."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """Documents, and the copies planted in them: id, line, id of the original, its line."""

    documents: list[dict[str, str]]
    copies: list[tuple[str, int, str, int]]


def generated(count: int, seed: int) -> Planted:
    """Return documents of made-up words in which some paragraphs copy earlier ones, word for word or nearly."""
    draw = random.Random(seed)
    words = ["".join(draw.choice("bdfgklmnprst") + draw.choice("aeiou") for _ in range(3)) for _ in range(3000)]
    originals: list[tuple[str, str, int]] = []
    documents, copies = [], []
    for number in range(count):
        name, paragraphs, used = f"d{number:05d}", [], set()
        for line in range(draw.randint(2, 8)):
            said = draw.choices(words, k=draw.randint(30, 90))
            chance = draw.random()
            if originals and chance < 0.15:
                text, home, at = draw.choice(originals)
                if home not in used:
                    used.add(home)
                    said = text.split(" ")
                    if chance < 0.07:
                        said[draw.randrange(1, len(said) - 1)] = draw.choice(words)
                    copies.append((name, 2 * line + 1, home, at))
            elif chance < 0.4:
                originals.append((" ".join(said), name, 2 * line + 1))
            paragraphs.append(" ".join(said))
        documents.append({"id": name, "date": f"2020-{number:05d}", "text": "\n\n".join(paragraphs)})
    return Planted(documents, copies)
