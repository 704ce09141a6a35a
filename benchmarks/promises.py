"""Check every promise on every article of a file, and count what is found.

    python benchmarks/promises.py articles.jsonl

Reads JSON lines with a field `text`. Judges the articles one at a time, in batches of 7, all at once, and with two
processes, and compares the findings; then checks promises 1, 2, 3 and 5 of docs/architecture.md on each article from
its texts alone. Prints figures; the exit status is 1 if a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dedupe
from dedupe.judge._weight import NEGATIONS
from dedupe.text.tokens import words

Texts = list[tuple[str, str]]


def found(reports: list[dedupe.Report]) -> list[dict[str, object]]:
    """Return the findings of reports as dictionaries."""
    return [report.to_dict() for report in reports]


def in_batches(texts: Texts, size: int) -> Iterator[dedupe.Report]:
    """Judge texts in calls of so many."""
    deduper = dedupe.Deduper()
    for at in range(0, len(texts), size):
        yield from deduper.check_many(texts[at : at + size])


def missing(mine: list[str], theirs: list[str]) -> list[str]:
    """Return the words of mine that are not in a longest common subsequence with theirs."""
    rows = [[0] * (len(theirs) + 1)]
    for word in mine:
        last = rows[-1]
        row = [0]
        for at, other in enumerate(theirs, 1):
            row.append(last[at - 1] + 1 if word == other else max(last[at], row[-1]))
        rows.append(row)
    lost, at = [], len(theirs)
    for number in range(len(mine), 0, -1):
        while at and rows[number][at] == rows[number][at - 1]:
            at -= 1
        if at and rows[number][at] > rows[number - 1][at]:
            at -= 1
        else:
            lost.append(mine[number - 1])
    return lost


ENDING = re.compile(r"(?=((?:\S*/\S* )*(?:[—–―…]|--?|\.\.\.) ?[^\n]{1,140}$))")
"""A dash before a signature, or an ellipsis before the label of a link, and what follows it to the end."""


def around(lines: list[str], finding: dedupe.Finding) -> list[str]:
    """Return the words beside an original, those of the removed paragraph left out."""
    own = range(finding.lines[0], finding.lines[1] + 1)
    near = range(max(1, finding.original.lines[0] - 8), min(len(lines), finding.original.lines[1] + 8) + 1)
    return words(" ".join(lines[number - 1] for number in near if number not in own))


def broken(text: str, report: dedupe.Report) -> Iterator[str]:
    """Yield the promises that a report breaks."""
    gone = {
        line
        for finding in report.findings
        if finding.action == "remove"
        for line in range(finding.lines[0], finding.lines[1] + 1)
    }
    lines = text.split("\n")
    if [line for line in report.text.split("\n") if line.strip()] != [
        line for number, line in enumerate(lines, 1) if number not in gone and line.strip()
    ]:
        yield "1: what stays is not what was there"
    for finding in report.findings:
        if finding.action != "remove":
            continue
        if gone & set(range(finding.original.lines[0], finding.original.lines[1] + 1)):
            yield "2: an original was removed"
        mine = words(text[finding.span.start : finding.span.end])
        theirs = words(text[finding.original.span.start : finding.original.span.end])
        lost = [] if mine == theirs else missing(mine, theirs)
        for end in ENDING.finditer(text[finding.span.start : finding.span.end]) if lost else ():
            named = len(words(end[1])) <= 4 or not set(words(end[1])).isdisjoint(around(lines, finding))
            said = words(text[finding.span.start : finding.span.start + end.start()])
            if named and len(rest := missing(said, theirs)) < len(lost):
                mine, lost = said, rest
        near = {*around(lines, finding), *theirs}
        lost = [word for word in lost if word not in near]
        if len(lost) > min(5, 0.05 * len(mine)):
            yield "2: too much was lost"
        if any(word in NEGATIONS or any(character.isdigit() for character in word) for word in lost):
            yield "2: a fact was lost"
    if report.changed and dedupe.check(report.text).changed:
        yield "3: cleaning again changes more"
    if dedupe.clean(text) != report.text:
        yield "5: clean is not what check said"


def main() -> int:
    """Run the checks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("articles", type=Path)
    rows = parser.parse_args().articles.read_text("utf-8").split("\n")
    records = [json.loads(row) for row in rows if row]
    texts = [(str(number), record["text"]) for number, record in enumerate(records, 1)]
    size = sum(len(text.encode()) for _, text in texts)
    start = time.process_time()
    reports = list(dedupe.Deduper().check_many(texts))
    used = time.process_time() - start
    start = time.process_time()
    for _, text in texts:
        text.split()
    split = time.process_time() - start
    same = {
        "one at a time": found(list(in_batches(texts, 1))) == found(reports),
        "batches of 7": found(list(in_batches(texts, 7))) == found(reports),
        "two processes": found(list(dedupe.Deduper().check_many(texts, jobs=2))) == found(reports),
    }
    problems = Counter(
        problem for (_, text), report in zip(texts, reports, strict=True) for problem in broken(text, report)
    )
    kinds = Counter((finding.action, finding.kind) for report in reports for finding in report.findings)
    rules = Counter((finding.action, finding.rule) for report in reports for finding in report.findings)
    print(f"{len(texts)} articles, {size / 1e6:.1f} MB, {sum(report.changed for report in reports)} change")
    print(f"{used:.1f} s CPU, {split / used:.2f} of the speed of str.split() over the same texts")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for counts in (kinds, rules):
        for (action, name), count in sorted(counts.items()):
            print(f"{count:7} {action} {name}")
    for name, equal in same.items():
        print(f"{name}: {'the same findings' if equal else 'OTHER FINDINGS'}")
    for name, count in sorted(problems.items()):
        print(f"BROKEN {count} times: promise {name}")
    return 0 if all(same.values()) and not problems else 1


if __name__ == "__main__":
    sys.exit(main())
