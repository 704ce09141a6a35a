"""The datatrove step, in real pipelines."""

from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import Any

import pytest
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter, ParquetWriter
from pyarrow import parquet

import dedupe
from dedupe.integrations import datatrove
from dedupe.integrations.datatrove import DedupeStep

LINE = "The old bridge is closed to all traffic until the end of May."
OTHER = "Boats leave from the coal quay every hour, and the last one at nine."


def documents() -> list[Any]:
    texts = [f"{LINE}\n\n{LINE}", OTHER, None, 7, ""]
    return [Document(text, f"a/{number}", metadata={"date": "2026-01-31"}) for number, text in enumerate(texts)]


def test_documents_are_cleaned_and_annotated_and_what_has_no_text_passes() -> None:
    step = DedupeStep(findings="repeats", batch_size=2)
    found = list(step.run(iter(documents())))
    assert [document.text for document in found] == [LINE, OTHER, None, 7, ""]
    assert [[one["action"] for one in json.loads(document.metadata["repeats"])] for document in found] == [
        ["remove"],
        [],
        [],
        [],
        [],
    ]
    assert all(document.metadata["date"] == "2026-01-31" for document in found)
    totals = {name: step.stats[name].total for name in ("total", "errors", "removed", "flagged", "forwarded")}
    assert totals == {"total": 5, "errors": 1, "removed": 1, "flagged": 0, "forwarded": 5}
    assert list(step.run(None)) == []


def test_flag_leaves_texts_alone_and_drop_hands_documents_to_a_writer(tmp_path: Path) -> None:
    (flagged, *_) = DedupeStep("flag", findings="repeats").run(iter(documents()))
    assert flagged.text == f"{LINE}\n\n{LINE}"
    assert len(json.loads(flagged.metadata["repeats"])) == 1
    step = DedupeStep("drop", exclusion_writer=JsonlWriter(str(tmp_path), "${rank}.jsonl", compression=None))
    assert [document.text for document in step.run(iter(documents()))] == [OTHER, None, 7, ""]
    (dropped,) = map(json.loads, (tmp_path / "00000.jsonl").read_text("utf-8").splitlines())
    assert dropped["text"] == f"{LINE}\n\n{LINE}"
    with pytest.raises(dedupe.OptionError, match="action must be one of clean, flag, drop, not 'burn'"):
        DedupeStep("burn")


def test_a_pipeline_reads_cleans_and_writes(tmp_path: Path) -> None:
    rows = [{"id": str(number), "text": f"{LINE}\n\n{LINE}\n\n{number} boats", "number": number} for number in range(9)]
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for name, writer in {"jsonl": JsonlWriter, "parquet": ParquetWriter}.items():
        output = writer(str(tmp_path / name), f"${{rank}}.{name}", compression=None)
        steps = [JsonlReader(str(tmp_path), glob_pattern="*.jsonl"), DedupeStep(findings="repeats"), output]
        LocalPipelineExecutor(steps, logging_dir=str(tmp_path / "log" / name), tasks=1).run()
    cleaned = [json.loads(line) for line in (tmp_path / "jsonl/00000.jsonl").read_text("utf-8").splitlines()]
    assert [row["text"] for row in cleaned] == [f"{LINE}\n\n{number} boats" for number in range(9)]
    assert [row["metadata"]["number"] for row in cleaned] == list(range(9))
    (table,) = (tmp_path / "parquet").glob("*.parquet")
    assert parquet.read_table(table)["text"].to_pylist() == [row["text"] for row in cleaned]


def test_the_example_of_the_step_is_true() -> None:
    assert doctest.testmod(datatrove) == (0, 3)
