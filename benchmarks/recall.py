"""Recall of planted copies and precision by a twin: `python benchmarks/recall.py CORPUS.jsonl OUT`.

CORPUS.jsonl is of `generated.py`, OUT of `dedupe corpus CORPUS.jsonl -o OUT --id id --date date`. The twin shares
nothing with the program: it splits at line ends, takes words by a regular expression, and compares sets of triples.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path


def triples(text: str) -> set[tuple[str, str, str]]:
    """Return a paragraph's padded triples of words."""
    words = ["", *re.findall(r"\w+", text.lower()), ""]
    return set(zip(words, words[1:], words[2:], strict=False))


def likeness(one: str, other: str) -> float:
    """Return the Jaccard similarity of two paragraphs."""
    mine, theirs = triples(one), triples(other)
    return len(mine & theirs) / len(mine | theirs)


def main(path: str, out: str, least: float = 0.8) -> None:
    """Print recall and precision."""
    lines: dict[str, list[str]] = {}
    with open(path) as file:
        for line in file:
            one = json.loads(line)
            lines[one["id"]] = one["text"].split("\n")
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for part in sorted(Path(out, "findings").glob("part-*")):
        for line in part.read_text().splitlines():
            one = json.loads(line)
            for finding in one["findings"]:
                if "key" in finding["original"]:
                    home = finding["original"]
                    found[one["document"], finding["lines"][0]] = home["document"], home["lines"][0]
    planted = hits = 0
    with open(path + ".planted") as file:
        for line in file:
            _, name, at, home, place = line.rstrip("\n").split("\t")
            if likeness(lines[name][int(at) - 1], lines[home][int(place) - 1]) >= least:
                planted += 1
                hits += (name, int(at)) in found
    right = sum(
        likeness(lines[name][at - 1], lines[home][place - 1]) >= least for (name, at), (home, place) in found.items()
    )
    print(f"recall {hits} of {planted} = {hits / planted:.4f}")
    print(f"precision {right} of {len(found)} = {right / len(found):.4f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
