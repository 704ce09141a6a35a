"""Sets of documents for the contract of the scopes, and the findings of each scope."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import dedupe
from dedupe.corpus.local import Plan, clean
from dedupe.corpus.settings import CorpusOptions
from dedupe.index.memory import MemoryStore
from dedupe.index.spec import IndexSpec
from dedupe.io.formats import ReadOptions

BRIDGE = (
    "The council of the small town by the river agreed on Monday to paint the old iron bridge in a heavy dark green."
)
ROAD = "Drivers will have to take the long way by the mill for 14 weeks while the painters are at work on the arches."
MONEY = "The painting costs the town 5 million crowns, which it has to borrow from the bank in the next town."
SNOW = "Last winter the snow lay on the arches until the middle of April, and the rust went deeper than we thought."
VOTE = "Eleven members voted for the colour, four would have had it blue, and the mayor went home before the count."
PROMO = "Sign up for our letter and read every Friday morning what the council, the schools and the clubs are planning."
BODY = "\n".join(
    [
        "Bridge to be painted green",
        "By Ida Moor",
        BRIDGE,
        "A long way round",
        ROAD,
        MONEY,
        "Who pays?",
        "Nobody knows.",
    ]
)
FILLER = (
    "Nothing else on this page has to do with what stands above, and the {} of them was written for this test alone."
)


def _pair(text: str, edited: str) -> list[dedupe.Document]:
    return [
        dedupe.Document(f"{text}\n\n{FILLER.format('first')}", "a", "2026-01-01"),
        dedupe.Document(f"{FILLER.format('second')[::-1]}\n\n{edited}", "b", "2026-01-02"),
    ]


def _pages() -> list[dedupe.Document]:
    """Return pages of two hosts, whose addresses are written in many ways; those of one host share a line."""
    urls = [
        "https://news.example:443/{}",
        "http://News.example/{}",
        "https://me@news.example/{}?from=feed",
        "http://news.example.:80/{}#top",
        "https://news.example?page={}",
    ]
    pages = []
    for number in range(11):
        story = " ".join(
            f"{word}{number}" for word in "this page tells a story of its own in words nobody else has".split()
        )
        promo = f"{PROMO}\n\n" if number in (0, 3, 6, 9, 10) else ""
        url = urls[number % 5].format(number)
        pages.append(
            dedupe.Document(f"{promo}{story} and ends here.", f"p{number:02}", f"2026-01-{number + 1:02}", url)
        )
    return pages


SETS: dict[str, list[dedupe.Document]] = {
    "equal copy": _pair(BRIDGE, BRIDGE),
    "edited word": _pair(BRIDGE, BRIDGE.replace("heavy", "big")),
    "word left out": _pair(BRIDGE, BRIDGE.replace("small ", "")),
    "edited number": _pair(ROAD, ROAD.replace("14", "16")),
    "short edited number": _pair(
        "The new bridge of the town will be closed for 14 weeks in the summer.",
        "The new bridge of the town will be closed for 16 weeks in the summer.",
    ),
    "sign": _pair(
        MONEY.replace("costs", "leaves"), MONEY.replace("costs", "leaves").replace("5 million", "-5 million")
    ),
    "unit": _pair(ROAD, ROAD.replace("weeks", "days")),
    "contained": _pair(f"{BRIDGE} It will be dry by May.", BRIDGE),
    "boilerplate": _pages(),
    "whole": [
        dedupe.Document(BODY, "a", "2026-01-01"),
        dedupe.Document(BODY, "b", "2026-01-02"),
        dedupe.Document(f"{VOTE}\n{SNOW}", "c", "2026-01-03"),
    ],
    "whole with another by-line": [
        dedupe.Document(BODY, "a", "2026-01-01"),
        dedupe.Document(BODY.replace("By Ida Moor", "By our own reporter"), "b", "2026-01-02"),
    ],
    "chain of copies": [
        dedupe.Document(f"{lead}\n\n{BRIDGE}", name, f"2026-01-0{day}")
        for day, (name, lead) in enumerate((("a", ROAD), ("b", SNOW), ("c", VOTE)), 1)
    ],
    "chain of edits": [
        dedupe.Document(f"{lead}\n\n{text}", name, f"2026-01-0{day}")
        for day, (name, lead, text) in enumerate(
            (
                ("a", ROAD, f"{BRIDGE} It was the third time they talked about it this winter."),
                ("b", SNOW, f"{BRIDGE} It was the third time they talked about it."),
                ("c", VOTE, f"{BRIDGE} It was the third time."),
            ),
            1,
        )
    ],
}

Findings = list[tuple[Any, ...]]
"""Findings of a set: document, kind, rule, action, span, document and span of the original, reason."""


def _values(document: str, finding: dict[str, Any]) -> tuple[Any, ...]:
    original = finding["original"]
    reason = re.sub(", first seen [0-9-]+", "", finding["reason"])
    span = tuple(original["span"]) if finding["kind"] != "syndicated" else ()
    return (
        *(document, finding["kind"], finding["rule"], finding["action"], tuple(finding["span"])),
        *(original["document"], span, reason if finding["kind"] != "syndicated" else ""),
    )


def _reported(reports: Iterable[dedupe.Report]) -> Findings:
    return sorted(_values(report.document.id, finding.to_dict()) for report in reports for finding in report.findings)


def in_memory(documents: Sequence[dedupe.Document], across: str, folder: Path, **more: object) -> Findings:
    return _reported(dedupe.corpus.check(documents, dedupe.Options(cross_document=across, **more)))  # type: ignore[arg-type]  # of the options


def in_an_index(documents: Sequence[dedupe.Document], across: str, folder: Path, **more: object) -> Findings:
    options = dedupe.Options(cross_document=across, **more)  # type: ignore[arg-type]  # of the options
    deduper = dedupe.Deduper(options, index=MemoryStore(IndexSpec.of(options, texts=True)))
    ordered = sorted(documents, key=lambda one: (one.date, one.id))
    return _reported(deduper.check(one, remember=True) for one in ordered)


def written(documents: Sequence[dedupe.Document], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "in.jsonl"
    records = ({"id": one.id, "date": one.date, "url": one.url, "text": one.text} for one in documents)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def found_in(out: Path) -> Findings:
    lines = [line for path in sorted((out / "findings").glob("*.jsonl")) for line in path.read_text().splitlines()]
    return sorted(_values(one["document"], finding) for one in map(json.loads, lines) for finding in one["findings"])


def locally(documents: Sequence[dedupe.Document], across: str, folder: Path, **more: object) -> Findings:
    path = written(documents, folder)
    read_options = ReadOptions(id="id", date="date", url="url")
    options = dedupe.Options(cross_document=across, **more)  # type: ignore[arg-type]  # of the options
    out = Path(tempfile.mkdtemp(dir=folder)) / "out"
    clean([str(path)], Plan(options, read_options, CorpusOptions(drop_covered=0.0), str(out)))
    return found_in(out)
