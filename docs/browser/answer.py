"""What the page asks of dedupe: the report on a text, and the cleaned text. Python in the browser runs this file."""

import json
from datetime import datetime, timezone

import dedupe
from dedupe.reporters.html import Page

NAME = "pasted.txt"
"""The name of the text in the report, and in the decisions that the report saves."""


def answer(question: str) -> str:
    """Return the answer to a question; both are JSON."""
    asked = json.loads(question)
    report = dedupe.Deduper(dedupe.Options(level=asked["level"])).check((NAME, asked["text"]))
    page = Page(dedupe.__version__, f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC", ["--level", asked["level"]])
    page.add(report)
    return json.dumps(
        {
            "page": "".join(page.pieces()),
            "text": report.text,
            "summary": f"Not judged: {report.problem}." if report.problem else _counted(report),
            "report": report.to_dict(),
        }
    )


def _counted(report: dedupe.Report) -> str:
    removes, flags = report.count("remove"), report.count("flag")
    return f"{removes} paragraph{'s' * (removes != 1)} to remove, {flags} flagged."


dedupe.check("")  # loads what a first text would wait for
