"""Write a generated corpus with planted copies: `python benchmarks/generated.py OUT.jsonl MEGABYTES [SEED]`.

Paragraphs are words drawn from a vocabulary by Zipf's law, so no two are alike by chance. 3 in a hundred copy an
earlier one word for word and 2 in a hundred with a few words changed (Jaccard similarity of shingles about 0.8 and up);
beside OUT.jsonl, OUT.jsonl.planted names them: kind, copy's document and line, original's document and line.
"""

from __future__ import annotations

import json
import random
import sys
from bisect import bisect
from itertools import accumulate

LETTERS, VOWELS = "bcdfghklmnprstvz", "aeiou"


def vocabulary(generator: random.Random, size: int) -> list[str]:
    """Return different made-up words."""
    found: dict[str, None] = {}
    while len(found) < size:
        word = "".join(generator.choice(LETTERS) + generator.choice(VOWELS) for _ in range(generator.randint(1, 4)))
        found[word] = None
    return list(found)


class Writer:
    """Draws words by Zipf's law."""

    def __init__(self, seed: int) -> None:
        self.generator = random.Random(seed)
        self.words = vocabulary(random.Random(0), 50_000)
        self.weights = list(accumulate(1 / (rank + 10) for rank in range(len(self.words))))

    def word(self) -> str:
        """Return a word."""
        return self.words[bisect(self.weights, self.generator.random() * self.weights[-1])]

    def paragraph(self) -> str:
        """Return a paragraph of 30 to 110 words."""
        words = self.generator.choices(self.words, cum_weights=self.weights, k=self.generator.randint(30, 110))
        return " ".join(words).capitalize() + "."

    def changed(self, paragraph: str) -> str:
        """Return a paragraph with a word in a hundred, but one at least, changed, inside."""
        words = paragraph.split(" ")
        for _ in range(max(1, len(words) // 100)):
            words[self.generator.randrange(1, len(words) - 1)] = self.word()
        return " ".join(words)


def main(path: str, megabytes: float, seed: int) -> None:
    """Write the corpus."""
    writer = Writer(seed)
    draw = writer.generator
    pool: list[tuple[str, str, int]] = []
    size = number = 0
    with open(path, "w") as out, open(path + ".planted", "w") as planted:
        while size < megabytes * 1e6:
            name = f"d{number:08d}"
            paragraphs = []
            used = set()
            for line in range(draw.randint(3, 14)):
                chance = draw.random()
                text = writer.paragraph()
                if pool and chance < 0.05:
                    original, home, at = draw.choice(pool)
                    if home not in used:
                        used.add(home)
                        text = original if chance < 0.03 else writer.changed(original)
                        kind = "exact" if chance < 0.03 else "near"
                        print(kind, name, 2 * line + 1, home, at, sep="\t", file=planted)
                elif chance < 0.3:
                    entry = (text, name, 2 * line + 1)
                    if len(pool) < 100_000:
                        pool.append(entry)
                    else:
                        pool[draw.randrange(len(pool))] = entry
                paragraphs.append(text)
            date = f"{number:010d}"
            line_out = json.dumps({"id": name, "date": date, "title": name, "text": "\n\n".join(paragraphs)})
            out.write(line_out + "\n")
            size += len(line_out) + 1
            number += 1


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
