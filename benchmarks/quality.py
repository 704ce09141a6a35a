"""Plant repeats of known kinds into clean articles and measure who finds them, beside what a user would write today.

    python benchmarks/quality.py                        articles made of the rows of fixtures/cases, 22 languages
    python benchmarks/quality.py --articles FILE.jsonl  articles of one's own (field "text", paragraphs a line)
    python benchmarks/quality.py --markdown             the tables as they stand in docs/quality.md
    python benchmarks/quality.py mutations CORPUS...    the promises on mutations of the texts of corpora

Planted lines that are removed are hits; lines of the article that are removed are wrong. In the kinds under "stays",
what is planted must stay. F0.5 weighs precision twice as much as recall: a lost paragraph is worse than a double one.
A second table is of the labelled texts of this project, on which nothing was trained, by line.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import dedupe
from benchmarks import _parts
from dedupe._score import Score
from tests.cases import Case, cases

PROGRAMS = {"mutations": "_mutations"}
"""What has options of its own."""

ROOT = Path(__file__).parent.parent

Lines = list[tuple[str, bool]]
"""A line and whether it was planted to be removed."""

HEADLINE_WORDS = 9


@dataclass
class Article:
    """A clean article: a headline and paragraphs, no two alike."""

    language: str
    headline: str
    paragraphs: list[str]


def from_cases() -> Iterator[Article]:
    """Yield articles of the prose that stays in the labelled cases."""
    for case in cases():
        rows = [row for row, mark in zip(case.text.split("\n"), case.marks, strict=True) if mark == "="]
        if article := _article(case.headers["language"], rows):
            yield article


def from_file(path: Path) -> Iterator[Article]:
    """Yield the articles of a file of JSON lines in which nothing repeats."""
    for line in path.read_text("utf-8").split("\n"):
        if line:
            text = json.loads(line)["text"]
            article = None if dedupe.check(text).findings else _article("en", text.split("\n"))
            if article:
                yield article


def _article(language: str, rows: list[str]) -> Article | None:
    dense = language in ("zh", "ja", "ko", "th")
    prose = [row for row in rows if len(row) >= (40 if dense else 100)]
    prose = list(dict.fromkeys(row.strip() for row in prose if row.strip()[-1] in '.!。।”»"ฯ' or language == "th"))
    if len(prose) < 6 or dedupe.check("\n".join(prose)).findings:
        return None
    first = next((row for row in rows if row.strip()), "")
    prose = [row for row in prose if row != first.strip()]
    if not 15 <= len(first) <= 90:
        first = " ".join(prose[0].split()[:HEADLINE_WORDS])[: 20 if dense else 70]
    return Article(language, first.strip().rstrip(".,;:"), prose[:14])


def sentence(paragraph: str, rng: random.Random) -> str:
    """Return a sentence of a paragraph, or the paragraph."""
    found = [part for part in re.split(r"(?<=[.!?])\s+|(?<=[。！？])", paragraph) if len(part) >= 25]
    return rng.choice(found) if found else paragraph


def edited(paragraph: str, rng: random.Random, share: float) -> str:
    """Return a paragraph in which a share of its lower-case words has lost a letter."""
    words = paragraph.split(" ")
    for at, word in enumerate(words):
        if word.isalpha() and word.islower() and len(word) > 6 and rng.random() < share:
            words[at] = word[:3] + word[4:]
    return " ".join(words)


def _plain(article: Article) -> Lines:
    return [(article.headline, False), *((row, False) for row in article.paragraphs)]


def second_half(article: Article, rng: random.Random) -> Lines:
    """Copy the first part behind itself."""
    start = rng.randrange(0, max(1, len(article.paragraphs) - 3))
    return [*_plain(article), *((row, True) for row in article.paragraphs[start:])]


def noisy_half(article: Article, rng: random.Random) -> Lines:
    """Copy the article behind itself with slips, a swap, and a new paragraph in between."""
    rows = [edited(row, rng, 0.04) for row in article.paragraphs]
    at = rng.randrange(1, len(rows) - 1)
    rows[at - 1], rows[at] = rows[at], rows[at - 1]
    copies = [(row, True) for row in rows]
    copies.insert(
        rng.randrange(1, len(copies)), (f"{rows[0][:20]} 4711 {article.headline} 4712 {rows[-1][-20:]}", False)
    )
    return [*_plain(article), *copies]


def headline(article: Article, rng: random.Random) -> Lines:
    """Print the headline below itself, or below the first paragraph."""
    lines = _plain(article)
    lines.insert(rng.choice([1, 2]), (article.headline, True))
    return lines


def teaser(article: Article, rng: random.Random) -> Lines:
    """Put a paragraph at the top, cut off with an ellipsis."""
    row = rng.choice(article.paragraphs)
    cut = row[: max(30, int(len(row) * rng.uniform(0.4, 0.8)))]
    cut = cut.rsplit(" ", 1)[0] if " " in cut else cut
    return [(article.headline, False), (cut.rstrip(" ,;:.") + " ...", True), *_plain(article)[1:]]


def pull_quote(article: Article, rng: random.Random) -> Lines:
    """Put a sentence of a paragraph, in quotation marks, before or behind it."""
    at = rng.randrange(1, len(article.paragraphs))
    quote = sentence(article.paragraphs[at], rng).strip("“”\"'«» ")
    lines = _plain(article)
    lines.insert(at + 1 + rng.choice([0, 1]), (f"“{quote}”", True))
    return lines


def on_the_spot(article: Article, rng: random.Random) -> Lines:
    """Print a paragraph twice in succession."""
    at = rng.randrange(len(article.paragraphs))
    lines = _plain(article)
    lines.insert(at + 2, (article.paragraphs[at], True))
    return lines


def far_copy(article: Article, rng: random.Random) -> Lines:
    """Print a paragraph again further below."""
    at = rng.randrange(len(article.paragraphs) - 3)
    lines = _plain(article)
    lines.insert(rng.randrange(at + 4, len(lines) + 1), (article.paragraphs[at], True))
    return lines


def slip(article: Article, rng: random.Random) -> Lines:
    """Print a paragraph again with a letter lost in a word."""
    at = max(range(len(article.paragraphs)), key=lambda place: len(article.paragraphs[place]))
    row = article.paragraphs[at]
    changed = next((new for _ in range(20) if (new := edited(row, rng, 0.03)) != row), row)
    lines = _plain(article)
    lines.insert(at + 2, (changed, True))
    return lines


def inserted(article: Article, rng: random.Random) -> Lines:
    """Set a short line that is no sentence behind every other paragraph."""
    line = " ".join(article.paragraphs[-1].split()[:3])[:16].strip(" ,.;:“”\"'«»").capitalize() + " >>"
    lines: Lines = []
    for number, (row, planted) in enumerate(_plain(article)):
        lines.append((row, planted))
        if number and number % 2 == 0 and number < len(article.paragraphs):
            lines.append((line, number > 2))
    return lines


def corrected(article: Article, rng: random.Random) -> Lines:
    """Print a paragraph again with another number: a correction."""
    at = rng.randrange(len(article.paragraphs))
    lines = _plain(article)
    row = article.paragraphs[at]
    lines[at + 1] = (f"{row} 33 / 120.", False)
    lines.insert(min(len(lines), at + 3), (f"{row} 35 / 120.", False))
    return lines


def refrain(article: Article, rng: random.Random) -> Lines:
    """Let a short sentence come back behind every other paragraph."""
    short = min(article.paragraphs, key=len)
    line = sentence(short, rng)
    words = line.rstrip(".。!").split()
    line = (" ".join(words[:6]) if len(words) > 1 else line[:14]).rstrip(" ,;:，、") + ("。" if "。" in short else ".")
    lines: Lines = []
    for number, (row, planted) in enumerate(_plain(article)):
        lines.append((row, planted))
        if number and number % 2 == 0:
            lines.append((line, False))
    return lines


def questions(article: Article, rng: random.Random) -> Lines:
    """Put the same two questions before the answers of several people."""
    asked = [f"{' '.join(article.headline.split()[:5])[:30]}?", f"{' '.join(article.paragraphs[0].split()[:5])[:30]}?"]
    return [
        line for number, row in enumerate(article.paragraphs) for line in ((asked[number % 2], False), (row, False))
    ]


def entries(article: Article, rng: random.Random) -> Lines:
    """Put the same labels with other values, and an equal row of a table, under each paragraph."""
    lines: Lines = []
    for number, row in enumerate(article.paragraphs):
        lines += [(row, False), (f"A: {number * 7}", False), ("B: 12 | 40 | 7", False)]
    return lines


Plant = Callable[[Article, random.Random], Lines]
GOES: dict[str, Plant] = {
    "second half": second_half,
    "noisy half": noisy_half,
    "headline": headline,
    "teaser": teaser,
    "pull quote": pull_quote,
    "on the spot": on_the_spot,
    "far copy": far_copy,
    "slip": slip,
    "inserted line": inserted,
}
STAYS: dict[str, Plant] = {"correction": corrected, "refrain": refrain, "questions": questions, "entries": entries}


def by_dedupe(lines: list[str]) -> set[int]:
    """Remove what this project removes."""
    report = dedupe.check("\n".join(lines))
    return {
        line - 1 for one in report.findings if one.action == "remove" for line in range(one.lines[0], one.lines[1] + 1)
    }


def by_exact_lines(lines: list[str]) -> set[int]:
    """Remove every line that stood before."""
    seen: set[str] = set()
    gone = set()
    for at, line in enumerate(lines):
        if line in seen:
            gone.add(at)
        seen.add(line)
    return gone


def by_datasketch(lines: list[str]) -> set[int]:
    """Remove what MinHashLSH finds at Jaccard 0.8 on word 3-grams, as its documentation shows."""
    import datasketch

    lsh = datasketch.MinHashLSH(threshold=0.8, num_perm=128)
    gone = set()
    for at, line in enumerate(lines):
        words = line.lower().split()
        sketch = datasketch.MinHash(num_perm=128)
        for number in range(max(1, len(words) - 2)):
            sketch.update(" ".join(words[number : number + 3]).encode())
        if lsh.query(sketch):
            gone.add(at)
        else:
            lsh.insert(at, sketch)
    return gone


def by_coverage(lines: list[str]) -> set[int]:
    """Remove lines half or more of whose word 5-grams stood before, as onion does."""
    seen: set[tuple[str, ...]] = set()
    gone = set()
    for at, line in enumerate(lines):
        words = line.lower().split()
        grams = [tuple(words[number : number + 5]) for number in range(max(1, len(words) - 4))]
        if sum(gram in seen for gram in grams) >= 0.5 * len(grams):
            gone.add(at)
        else:
            seen.update(grams)
    return gone


TOOLS = {
    "dedupe": by_dedupe,
    "exact lines": by_exact_lines,
    "datasketch": by_datasketch,
    "n-gram coverage": by_coverage,
}


@dataclass(frozen=True)
class Tally:
    """How a tool did: lines counted, texts, and texts that lost a line that is to stay."""

    score: Score = field(default_factory=Score)
    texts: int = 0
    damaged: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.score + other.score, self.texts + other.texts, self.damaged + other.damaged)


def measure(articles: list[Article], seed: int) -> tuple[dict[tuple[str, str], Tally], dict[tuple[str, str], Tally]]:
    """Return scores by (tool, kind) and by (tool, language)."""
    kinds: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    languages: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)
    for number, article in enumerate(articles):
        for kind, plant in {**GOES, **STAYS}.items():
            lines = plant(article, random.Random(f"{seed} {number} {kind}"))
            planted = {at for at, (_, goes) in enumerate(lines) if goes}
            for tool, remove in TOOLS.items():
                gone = remove([line for line, _ in lines])
                counted = Score(len(gone & planted), len(planted - gone), len(gone - planted))
                one = Tally(counted, 1, int(counted.wrong > 0))
                kinds[tool, kind] += one
                kinds[tool, "all"] += one
                languages[tool, article.language] += one
    return kinds, languages


def table(tallies: dict[tuple[str, str], Tally], names: list[str]) -> Iterator[str]:
    """Yield the rows of a table in Markdown: precision / recall / F0.5, or the share of texts left whole."""
    yield f"| planted | {' | '.join(TOOLS)} |"
    yield f"| --- |{' --- |' * len(TOOLS)}"
    for name in names:
        cells = []
        for tool in TOOLS:
            tally = tallies[tool, name]
            score = tally.score
            if name in STAYS:
                cells.append(f"{1 - tally.damaged / tally.texts:.2f} left whole")
            else:
                cells.append(f"{score.precision:.2f} / {score.recall:.2f} / {score.balance:.2f}")
        yield f"| {name} | {' | '.join(cells)} |"


Outcome = tuple[Score, bool]
"""The lines of a text that went rightly, that should have gone and that went wrongly; whether nothing of it may go."""


def removed_lines(text: str) -> set[int]:
    """Return the numbers, from 0, of the lines of a text that are removed and not blank."""
    lines = text.split("\n")
    return {line for line in by_dedupe(lines) if lines[line].strip()}


def of_case(case: Case) -> Outcome:
    """Judge a text of fixtures/cases."""
    gone = removed_lines(case.text)
    wanted, stays = ({at for at, mark in enumerate(case.marks) if mark in kind} for kind in ("-", "=!"))
    return Score(len(gone & wanted), len(wanted - gone), len(gone & stays)), case.negative


def of_apart(case: dict[str, Any]) -> Outcome:
    """Judge a text of fixtures/apart.jsonl, where either side of some pairs may go."""
    gone = removed_lines(case["text"])
    sides = [(set(one), set(other)) for one, other in case["one_of"]]
    either = {line for pair in sides for side in pair for line in side}
    wanted = set(case["should_remove"]) - either
    free = either | set(case["also_ok"]) | set(case["unsure"])
    hits, misses, wrong = len(gone & wanted), len(wanted - gone), len(gone - wanted - free)
    for one, other in sides:
        taken = (one <= gone) + (other <= gone)
        hits, wrong = hits + (taken == 1), wrong + (taken == 2)
        misses += taken == 0 and not one | other <= set(case["unsure"])
    return Score(hits, misses, wrong), str(case["kind"]).endswith("(keep)")


def apart() -> list[Outcome]:
    """Judge the texts that were written and labelled apart."""
    rows = (ROOT / "fixtures/apart.jsonl").read_text("utf-8").splitlines()
    return [of_apart(json.loads(row)) for row in rows]


def labelled() -> Iterator[str]:
    """Yield the rows of a table in Markdown: how the labelled texts are judged."""
    yield "| labelled texts | texts | precision | recall | damaged of those in which nothing may go |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    sets = {"`fixtures/cases`": [of_case(case) for case in cases()], "`apart.jsonl`": apart()}
    for name, outcomes in sets.items():
        score = sum((one for one, _ in outcomes), Score())
        kept = [one for one, negative in outcomes if negative]
        damaged = sum(one.wrong > 0 for one in kept)
        figures = f"{score.precision:.2f} | {score.recall:.2f} | {damaged} of {len(kept)}"
        yield f"| {name} | {len(outcomes)} | {figures} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=Path)
    parser.add_argument("--most", type=int, default=200, help="articles at the most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", action="store_true", help="only what stands in docs/quality.md")
    chosen = parser.parse_args()
    source = from_file(chosen.articles) if chosen.articles else from_cases()
    articles = [article for article, _ in zip(source, range(chosen.most), strict=False)]
    kinds, languages = measure(articles, chosen.seed)
    if not chosen.markdown:
        print(f"{len(articles)} articles, {len({article.language for article in articles})} languages\n")
    print("\n".join([*table(kinds, [*GOES, *STAYS, "all"]), "", *labelled()]))
    if not chosen.markdown:
        print()
        print("\n".join(table(languages, sorted({article.language for article in articles}))))


if __name__ == "__main__":
    _parts.run(PROGRAMS, main)
