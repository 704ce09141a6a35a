"""Compute from the verdicts in fixtures/reviews what share of findings an editor would disagree with, by rule.

python benchmarks/reviews.py
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "fixtures/reviews"


def verdicts(path: Path) -> list[dict[str, Any]]:
    """Return the verdicts of a file, in order."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def main() -> None:
    """Print a table for each file, and the agreement of each second reading with the first."""
    for path in sorted(FOLDER.glob("*.jsonl")):
        rows = verdicts(path)
        rules: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in rows:
            rules[str(row["rule"])][str(row["verdict"])] += 1
            rules["all"][str(row["verdict"])] += 1
        print(f"\n{path.stem}: {len(rows)} findings")
        for rule, counts in sorted(rules.items(), key=lambda item: (item[0] == "all", item[0])):
            total = sum(counts.values())
            said = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
            print(f"  {rule:20} {1 - counts['right'] / total:6.1%} disagree  ({said})")
        first = path.with_name(path.name.replace("-second", ""))
        if first != path:
            before = {(row["id"], tuple(row["lines"])): row["verdict"] for row in verdicts(first)}
            same = sum(before[row["id"], tuple(row["lines"])] == row["verdict"] for row in rows)
            print(f"  judged a second time, blind: {same} of {len(rows)} verdicts are the same")


if __name__ == "__main__":
    main()
