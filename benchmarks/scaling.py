"""Bucket sizes at scale, simulated from a corpus: `python benchmarks/scaling.py CORPUS.jsonl [DOCUMENTS]`.

For three thresholds, the bands of a growing part of the corpus (halves, four times) are sorted, and the pairs that they
propose counted, without a bound and with the window. Pairs of unrelated paragraphs grow with the square of the corpus,
pairs of related ones and what the window lets through with the corpus; the two are fitted and read off at DOCUMENTS.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from dedupe.corpus._fingerprints import band_keys_of
from dedupe.corpus.settings import CorpusOptions
from dedupe.deduper import Deduper
from dedupe.judge.content import SHORT
from dedupe.text.paragraphs import one_paragraph_a_line

BANDINGS = {0.5: (42, 3), 0.7: (25, 5), 0.8: (20, 6)}
PARTS = (1 / 8, 1 / 4, 1 / 2, 1)


def counted(sizes: np.ndarray, window: int) -> tuple[int, int, int]:
    """Return all pairs of buckets of these sizes, those that the window lets through, and the largest size."""
    inside = np.minimum(sizes, window + 1)
    bounded = inside * (inside - 1) // 2 + np.maximum(sizes - window - 1, 0) * (window + 1)
    return int((sizes * (sizes - 1) // 2).sum()), int(bounded.sum()), int(sizes.max(initial=0))


def main(path: str, documents: int) -> None:
    """Print the table."""
    window = CorpusOptions().window
    with open(path) as file:
        texts = [json.loads(line)["text"] for line in file]
    rows: dict[str, int] = {}
    for number, report in enumerate(Deduper().check_many(texts)):
        for row in one_paragraph_a_line(report.text).split("\n"):
            if len(row) >= SHORT:
                rows.setdefault(row, number)
    paragraphs, owners = list(rows), np.array(list(rows.values()))
    scale = documents / len(texts)
    print(f"{len(texts)} documents, {len(paragraphs)} different paragraphs; read off at {documents:,} documents")
    for threshold, (bands, width) in BANDINGS.items():
        keys = np.concatenate(
            [band_keys_of(paragraphs[at : at + 20_000], bands, width) for at in range(0, len(paragraphs), 20_000)],
            axis=1,
        )
        points = []
        for part in PARTS:
            among = owners < len(texts) * part
            sizes = np.concatenate([np.unique(band[among], return_counts=True)[1] for band in keys])
            points.append((int(among.sum()), *counted(sizes, window)))
            print(
                f"{threshold}: {points[-1][0]} paragraphs, {points[-1][1]} pairs, {points[-1][2]} in the window, "
                f"largest bucket {points[-1][3]}"
            )
        count, pairs = np.array([one[0] for one in points], float), np.array([one[1] for one in points], float)
        slope, related = np.polyfit(count, pairs / count, 1)
        whole = len(paragraphs) * scale
        unbounded = max(0.0, slope) * whole + related
        print(
            f"{threshold}: {max(0.0, slope):.2e} x paragraphs + {related:.3f} pairs a paragraph; "
            f"at {whole:,.0f} paragraphs {unbounded:,.0f} without a bound, "
            f"{min(unbounded, bands * (window + 1)):,.0f} at most with it"
        )


if __name__ == "__main__":
    main(sys.argv[1], int(float(sys.argv[2])) if len(sys.argv) > 2 else 10**9)
