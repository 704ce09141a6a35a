"""Make articles of any number and size, with repeats of known kinds, the same for the same seed.

    python benchmarks/speed.py generate --megabytes 50 --repeated 0.1 > articles.jsonl

Words are drawn with a frequency of one over their rank, as in natural text, so that common three-word runs recur by
chance as they do in news. Of `--repeated` of the paragraphs, half are exact copies and half have a few words changed;
they stand in the same article, or with `--across` in another.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

SYLLABLES = (
    "ba be bi bo da de di do fa fe ga ge ha he ka ke la le li lo ma me mi mo na ne ni no ra re ri ro sa se".split()
)
QUOTES = ("“", "”")


@dataclass(frozen=True)
class Generator:
    """Makes articles; `repeated` is the share of paragraphs that repeat another one."""

    seed: int = 1
    repeated: float = 0.1
    across: bool = False
    vocabulary: int = 20_000

    def articles(self, size: int) -> Iterator[str]:
        """Yield articles of about `size` characters together."""
        source = random.Random(self.seed)
        names = ["".join(source.choices(SYLLABLES, k=source.randint(1, 4))) for _ in range(self.vocabulary)]
        weights = list(accumulate(1 / rank for rank in range(1, len(names) + 1)))
        earlier: list[str] = []
        while size > 0:
            rows: list[str] = []
            for _ in range(source.randint(12, 40)):
                known = earlier if self.across else rows
                if known and source.random() < self.repeated:
                    row = source.choice(known[-2000:])
                    rows.append(row if source.random() < 0.5 else _edited(row, names, source))
                else:
                    rows.append(_paragraph(names, weights, source))
            earlier = [*earlier[-1000:], *rows] if self.across else []
            text = "\n\n".join(rows)
            size -= len(text) + 1
            yield text


def _paragraph(names: list[str], weights: list[float], source: random.Random) -> str:
    sentences = []
    for _ in range(source.randint(1, 3)):
        words = source.choices(names, cum_weights=weights, k=source.randint(8, 25))
        words[0] = words[0].capitalize()
        sentence = " ".join(words) + "."
        sentences.append(f"{QUOTES[0]}{sentence}{QUOTES[1]}" if source.random() < 0.3 else sentence)
    return " ".join(sentences)


def _edited(row: str, names: list[str], source: random.Random) -> str:
    """Return the row with up to a twelfth of its words changed, one at least."""
    words = row.split(" ")
    for _ in range(source.randint(1, max(1, len(words) // 12))):
        words[source.randrange(1, len(words) - 1)] = source.choice(names)
    return " ".join(words)


def main() -> None:
    """Write articles as JSON lines to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--repeated", type=float, default=0.1)
    parser.add_argument("--across", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    generator = Generator(given.seed, given.repeated, given.across)
    for number, text in enumerate(generator.articles(int(given.megabytes * 1e6))):
        sys.stdout.write(json.dumps({"id": str(number), "text": text}, ensure_ascii=False) + "\n")
