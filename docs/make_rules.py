"""Write docs/rules.md from the table of rules, and from what each level does to each kind of finding in the cases."""

import sys
from collections import Counter
from pathlib import Path
from typing import get_args

from dedupe import Deduper, Options
from dedupe.judgement import RULES
from dedupe.options import Level

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.cases import cases

KINDS = {
    "exact": "the same words",
    "contained": "all of it stands, in order, in one that stays",
    "near": "a few words do not stand in the one that stays: of no weight, said near it, or no part of the text",
    "variant": "near, but a number, its sign or unit, a name, a negation, an identifier or too many words differ",
}


def page() -> str:
    """Return the page."""
    rows = [
        "# The rules",
        "",
        "Asked in this order; the first that speaks about a paragraph decides. Whatever a rule asks for, a",
        "paragraph is removed only if another one that stays says its words in order, but for none",
        "(`conservative`), or at most one in twenty and five (`default`) or ten (`aggressive`), none of them a",
        "number with its sign and unit, a name, a negation or an identifier in another case. Except at",
        "`conservative`, what is said within three paragraphs of the original in what stays may go too (`said Ann",
        "Lee`), and what is no part of the text: the signature of a post whose author is named there, a credit in",
        "brackets or behind a bar, the label and running time of a player, the label of a link behind an ellipsis,",
        "a label of one or two words in front. Spaces inside words, and the order of a date, do not count. A",
        "*replaced* ordinary word is flagged: `heavy / big` may be a correction.",
        "",
        "| rule | what it looks for | conservative | default | aggressive |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows += [f"| `{rule.name}` | {rule.summary} | {' | '.join(rule.actions)} |" for rule in RULES.values()]
    rows += ["", "What the levels do to each kind, counted on the labelled cases (removed, flagged):", ""]
    rows += ["| kind | meaning | conservative | default | aggressive |", "| --- | --- | --- | --- | --- |"]
    counted = {level: _counts(level) for level in get_args(Level)}
    for kind, meaning in KINDS.items():
        cells = (f"{counts['remove', kind]}, {counts['flag', kind]}" for counts in counted.values())
        rows.append(f"| `{kind}` | {meaning} | {' | '.join(cells)} |")
    rows += [
        "",
        "Repeats across documents are `exact`, `contained` or `near` too: flagged on every level, removed with",
        '`across = "remove"`.',
    ]
    rows += ["", "The cases of a rule are in `fixtures/cases/`, in the folder of its name.", ""]
    return "\n".join(rows)


def _counts(level: Level) -> Counter[tuple[str, str]]:
    """Return how many findings of each action and kind a level makes of the labelled cases."""
    deduper = Deduper(Options(level=level))
    return Counter((one.action, one.kind) for case in cases() for one in deduper.check(case.text).findings)


if __name__ == "__main__":
    Path(__file__).with_name("rules.md").write_text(page(), "utf-8")
