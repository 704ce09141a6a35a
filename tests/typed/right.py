"""A program of a user over the public names. It runs, and mypy --strict and pyright find nothing wrong with it."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path

import dedupe
from dedupe.index import StoredDocument
from dedupe.review import decisions

TEXT = "The old bridge is closed to all traffic until May.\n" * 2


def one_text(path: Path) -> str:
    path.write_text(TEXT, encoding="utf-8")
    text: str = dedupe.clean(path.read_text(encoding="utf-8"), level="aggressive", ignore=["near"])
    report: dedupe.Report = dedupe.check(("an id", TEXT), keep="last", jaccard=0.6)
    for finding in report.findings:
        action: dedupe.Action = finding.action
        kind: dedupe.Kind = finding.kind
        first, last = finding.lines
        original: dedupe.Original = finding.original
        span: dedupe.Span = original.span
        block: int | None = finding.block
        words: Sequence[str] = finding.changed_words
        print(action, kind, first, last, span.start, block, words, finding.confidence, report.excerpt(finding.span))
    for run in report.blocks:
        print(run.pairs)
    print(json.dumps(report.to_dict()), report.count("remove"), report.changed, report.problem, hash(report))
    return text


def options() -> dedupe.Options:
    level: dedupe.Level = "conservative"
    values: dedupe.OptionValues = {"level": level, "cross_document": "remove"}
    made = dedupe.Options(**values)
    assert dedupe.Deduper(made, keep="first").options.level == "conservative"
    return made


def documents() -> Iterator[dedupe.DocumentLike]:
    yield TEXT
    yield "an id", TEXT
    yield dedupe.Document(TEXT, "another id", date="2026-01-31", url="https://example.com/")
    paragraphs = dedupe.check("One.\n\nTwo.").document.text.split("\n\n")
    places = tuple(dedupe.Paragraph(2 * at, 6 * at, 6 * at + 4, 6 * at + 5, at, at) for at in range(len(paragraphs)))
    roles: tuple[dedupe.Role, ...] = ("heading", "")
    yield dedupe.Document("One.\n\nTwo.", "a page", layout=dedupe.Layout(places, roles))


def many(place: Path) -> list[str]:
    with dedupe.open_index(place, options(), write=True, store_text=True) as index:
        deduper = dedupe.Deduper(options(), index=index)
        deduper.add([("monday", TEXT)])
        texts = [report.text for report in deduper.check_many([("tuesday", TEXT)], remember=True)]
        stats: dedupe.Stats = index.stats()
        stored: list[StoredDocument] = list(index.documents())
        print(stats.documents, [document.id for document in stored], index.remove(["monday"]), index.holds(["tuesday"]))
    return texts


def a_set() -> list[dedupe.Report]:
    size = dedupe.corpus.CorpusOptions(memory="2GB", prefer_originals=["example.org"])
    print(size.memory_bytes, dedupe.corpus.clean(list(documents()), jobs=1))
    return dedupe.corpus.check([("a", TEXT), ("b", TEXT)], cross_document="remove")


def decided(report: dedupe.Report) -> dedupe.Report:
    made = decisions.Decisions()
    made.add(decisions.decision_on(report, report.findings[0].span, "keep"))
    changed, sentences = decisions.loads(made.dumps().encode(), "decisions.json").apply(report)
    print(sentences)
    return changed


async def in_threads() -> list[str]:
    return list(await asyncio.gather(*(asyncio.to_thread(dedupe.clean, text, level="default") for text in [TEXT] * 3)))


def wrong_values() -> None:
    try:
        dedupe.open_index("/nowhere/at/all.index")
    except dedupe.InputError as error:
        print(error.place, error.problem)
    except (dedupe.OptionError, dedupe.MissingExtraError, dedupe.ModelError, dedupe.PatternTimeoutError) as error:
        print(error)
    except dedupe.DedupeError:
        raise


def main(folder: Path) -> None:
    report = dedupe.check(TEXT)
    assert one_text(folder / "article.txt") == report.text
    assert pickle.loads(pickle.dumps(report)) == report
    assert len(many(folder / "seen.index")) == 1
    assert [one.changed for one in a_set()] == [True, True]
    assert not decided(report).changed
    assert asyncio.run(in_threads()) == [report.text] * 3
    wrong_values()
