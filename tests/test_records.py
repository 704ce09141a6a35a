"""Public records are values: they can be compared, hashed, copied and pickled, and so can the errors."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import dedupe
from dedupe._payloads import decode_report
from dedupe.errors import ModelError, UnknownFormatError
from dedupe.index import Stats
from dedupe.model import Block, Layout, Original, Paragraph, Part
from tests.texts import ARTICLE, SENTENCES

SAID = SENTENCES[0]
TEXT = "\n\n".join(ARTICLE * 2)


def report() -> dedupe.Report:
    return dedupe.check(("article", TEXT))


def stats() -> Stats:
    index = dedupe.open_index(":memory:", store_text=True)
    dedupe.Deduper(index=index).add([("a", SAID), ("b", SAID)])
    return index.stats()


LAYOUT = Layout((Paragraph(0, 0, 4, 4, 1, 1),), ("heading",), (Part("title", 0, 0, 1),))
RECORDS: dict[str, Callable[[], Any]] = {
    "Block": lambda: report().blocks[0],
    "Document": lambda: dedupe.Document("Once", "a", "2026-01-31", "https://a.example/", LAYOUT),
    "Finding": lambda: report().findings[0],
    "Layout": lambda: dataclasses.replace(LAYOUT),
    "Options": lambda: dedupe.Options(level="aggressive", ignore=("near",)),
    "Original": lambda: report().findings[0].original,
    "Paragraph": lambda: dataclasses.replace(LAYOUT.paragraphs[0]),
    "Part": lambda: dataclasses.replace(LAYOUT.parts[0]),
    "Report": report,
    "Report of a record": lambda: dataclasses.replace(report(), place={"document": "a.jsonl", "record": 3}),
    "Span": lambda: dedupe.Span(3, 4),
    "Stats": stats,
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_compared_hashed_copied_and_pickled_by_its_value(name: str) -> None:
    record, equal = RECORDS[name](), RECORDS[name]()
    assert record is not equal
    copies = [pickle.loads(pickle.dumps(record, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]
    for other in (equal, copy.copy(record), copy.deepcopy(record), *copies):
        assert type(other) is type(record)
        assert other == record
        assert hash(other) == hash(record)
        assert repr(other) == repr(record)
    assert record != object()
    assert len({record, equal}) == 1


def test_every_field_of_a_report_is_compared() -> None:
    whole = report()
    for field in dataclasses.fields(whole):
        other: dict[str, Any] = {
            "document": dedupe.Document("x"),
            "place": {"record": 1},
            "problem": "It failed.",
            "bounded": True,
        }
        assert dataclasses.replace(whole, **{field.name: other.get(field.name, ())}) != whole


def test_records_cannot_be_changed() -> None:
    for make in RECORDS.values():
        record = make()
        for field in dataclasses.fields(record):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(record, field.name, None)


def test_the_place_of_a_report_is_its_own() -> None:
    first, second = decode_report(dedupe.Document(SAID), None), decode_report(dedupe.Document(SAID), None)
    first.place["record"] = 1  # type: ignore[index]  # a mapping is not for writing, and this is what happens
    assert second.place == {}


@pytest.mark.parametrize("action", ["removed", "", None, "Remove"])
def test_findings_of_an_unknown_action_are_not_counted_as_none(action: Any) -> None:
    with pytest.raises(dedupe.OptionError, match=f"action must be one of remove, flag, not {action!r}"):
        report().count(action)


def test_findings_are_counted_by_action() -> None:
    text = f"{SAID}\n\n{SAID}\n\n{SAID.replace('Tuesday', 'Monday')}"
    found = dedupe.check(text)
    actions = [finding.action for finding in found.findings]
    assert (found.count("remove"), found.count("flag")) == (actions.count("remove"), actions.count("flag"))
    assert found.count("remove") + found.count("flag") == len(found.findings)
    assert found.count("remove") > 0


ERRORS = [
    dedupe.DedupeError("It failed."),
    dedupe.OptionError("jaccard must be lower"),
    dedupe.InputError("page.jsonl:3", "has no field 'text'", "id 'a'"),
    dedupe.MissingExtraError("pyarrow", "parquet"),
    dedupe.PatternTimeoutError("it did not finish"),
    ModelError("model.json cannot be used"),
    UnknownFormatError("a.xyz", "has an unknown ending", "that end in .xyz"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_copied_and_pickled_whole(error: dedupe.DedupeError) -> None:
    for other in (copy.copy(error), copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)


def test_a_deduper_is_pickled_as_its_options() -> None:
    deduper = dedupe.Deduper(dedupe.Options(keep="last"))
    before = deduper.check(TEXT)
    for other in (copy.copy(deduper), copy.deepcopy(deduper), pickle.loads(pickle.dumps(deduper))):
        assert other.options == deduper.options
        assert other.check(TEXT) == before
    assert len(pickle.dumps(deduper)) < 2000


def test_a_deduper_with_an_index_is_not_pickled() -> None:
    index = dedupe.open_index(":memory:")
    for value in (index, dedupe.Deduper(index=index)):
        for copied in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=r"cannot be pickled or copied; open .* in each process"):
                copied(value)


def test_blocks_are_pairs_of_paragraphs() -> None:
    assert all(isinstance(block, Block) for block in report().blocks)
    assert isinstance(report().findings[0].original, Original)
