"""The page around the articles: head, filters, list of findings, script and style."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from dedupe.model import KINDS, Report
from dedupe.reporters.html._article import Article
from dedupe.reporters.html._markup import attribute, inert
from dedupe.reporters.style import problem_of

MAX_DOCUMENTS = 2_000
"""Documents with findings that a page shows; more would be slow to open, so the rest is only counted."""

KEYS = (
    ("n", "next finding"),
    ("p", "previous finding"),
    ("r", "remove it"),
    ("k", "keep it"),
    ("u", "clear the decision"),
    ("s", "save decisions"),
)


class Page:
    """The report page: add reports one by one, then write it. Documents without findings are counted, not shown.

    `version`, `date` and `options` are those of the run, for the head of the page.
    """

    def __init__(self, version: str, date: str, options: Sequence[str]) -> None:
        self._made = (version, date, tuple(options))
        self.documents = 0
        self.left_out = 0
        self.actions: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self._listed: list[str] = []
        self._records: list[str] = []
        self._articles: list[str] = []
        self._problems: list[str] = []

    def add(self, report: Report) -> None:
        """Add a report; it is rendered at once, so that its text is not kept."""
        self.documents += 1
        if report.problem and len(self._problems) < MAX_DOCUMENTS:
            self._problems.append(str(problem_of(report)))
        if not report.findings:
            return
        for finding in report.findings:
            self.actions[finding.action] += 1
            self.kinds[finding.kind] += 1
            self.rules[finding.rule] += 1
        if len(self._articles) >= MAX_DOCUMENTS:
            self.left_out += 1
            return
        article = Article(report, len(self._articles) + 1)
        self._listed.append(article.listed())
        self._records.append(json.dumps(article.record()))
        self._articles.append("".join(article.markup()))

    def pieces(self) -> Iterator[str]:
        """Yield the page in pieces."""
        style, program = (Path(__file__).with_name(name).read_text("utf-8") for name in ("page.css", "page.js"))
        policy = (
            f"default-src 'none'; style-src {_hashed(style)}; script-src {_hashed(program)}; "
            "base-uri 'none'; form-action 'none'"
        )
        yield (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n<title>Duplicate paragraphs</title>\n'
            f"<style>{style}</style>\n</head>\n<body>\n{self._top()}<div class=page>\n"
            f'<nav aria-label="Findings"><details open><summary>Findings</summary><ol>{"".join(self._listed)}</ol>'
            "</details></nav>\n<main>\n"
        )
        if self._problems:
            problems = "".join(f"<li><bdi>{inert(one)}</bdi></li>" for one in self._problems)
            yield f'<section aria-label="Not judged"><h2>Not judged</h2><ul>{problems}</ul></section>\n'
        yield from self._articles
        if not self._articles and not self._problems:
            yield '<p class="gap">No duplicates found.</p>\n'
        if self.left_out:
            yield f'<p class="gap">⋯ {self.left_out:,} more documents with findings are not shown.</p>\n'
        # An opening bracket could end the script element; escaped, it is the same JSON.
        records = ",".join(self._records).replace("<", "\\u003c")
        yield (
            f'</main>\n</div>\n<script type="application/json" id="records">[{records}]</script>\n'
            f"<script>{program}</script>\n</body>\n</html>\n"
        )

    def _top(self) -> str:
        with_findings = len(self._articles) + self.left_out
        version, date, options = self._made
        asked = f"options: {inert(' '.join(options))}" if options else "default options"
        counted = f"{self.documents:,} document{'s' * (self.documents != 1)} read, {with_findings:,} with findings: "
        keys = "".join(f"<span><kbd>{key}</kbd> {meaning}</span> " for key, meaning in KEYS)
        return (
            f'<header class="top"><h1>Duplicate paragraphs</h1><p class="counts">{counted}'
            f'<b class="remove">− {self.actions["remove"]:,} to remove</b>, '
            f'<b class="flag">? {self.actions["flag"]:,} flagged</b></p>'
            f'<p class="made">dedupe {version} · {date} · <bdi>{asked}</bdi></p>'
            '<p role="status" id="status"></p><form class="filters" aria-label="Filters">'
            f"{_select('action', 'Action', ['remove', 'flag'], self.actions)}"
            f"{_select('kind', 'Kind', KINDS, self.kinds)}"
            f"{_select('rule', 'Relation', sorted(self.rules), self.rules)}"
            f"{_select('decided', 'Decision', ['undecided', 'remove', 'keep'], Counter())}"
            '<label>Minimum containment <span><input type="range" name="score" min="0" max="100" value="0">'
            ' <output name="least">0%</output></span></label>'
            '<p class="work"><button type="button" id="undecided" aria-pressed="false">Undecided only</button>'
            '<button type="button" id="save">Save decisions</button>'
            '<label class="open">Open decisions'
            '<input type="file" id="open" accept=".json,application/json"></label></p>'
            "</form>"
            f'<p class="keys">{keys}</p></header>\n'
        )


def _select(name: str, label: str, values: Sequence[str], counts: Counter[str]) -> str:
    options = "".join(
        f'<option value="{attribute(value)}">{inert(value)}{f" ({counts[value]})" if counts else ""}</option>'
        for value in values
        if not counts or counts[value]
    )
    return f'<label>{label} <select name="{name}"><option value="">all</option>{options}</select></label>'


def _hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
