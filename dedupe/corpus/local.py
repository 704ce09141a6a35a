"""The engine for one machine: stages over files, within a given amount of memory."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dedupe._concurrency import shared
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._fingerprints import fingerprint_safely, orders_of
from dedupe.corpus._grouping import group
from dedupe.corpus._inputs import parts_of, pieces_of
from dedupe.corpus._part_cases import write_part
from dedupe.corpus._part_writer import PartWriter
from dedupe.corpus._parts import InputPart, Item
from dedupe.corpus._plan import Plan
from dedupe.corpus._reading import PartReading
from dedupe.corpus._run_state import CorpusReport, PartErrors, RunState, refuse_other_bands, repeated_ids
from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, InputError, OptionError

STAGES = ("fingerprint", "group", "documents")
"""The stages, in order; the results of each are kept until the run is complete."""

Tell = Callable[[str, int, int], None]
"""Called with a stage, the number of its parts that are done, and the number of its parts."""


def clean(
    paths: Sequence[str],
    plan: Plan,
    *,
    complain: Callable[[str], None] = lambda _: None,
    tell: Tell = lambda *_: None,
    note: Callable[[str], None] = lambda _: None,
) -> CorpusReport:
    """Clean a corpus into the output folder and return the report; continue a run that was interrupted.

    Args:
        paths: files, folders and patterns.
        plan: options, inputs and output folder.
        complain: called with a sentence about each error.
        tell: called with the progress.
        note: called with a sentence about what is skipped.

    Raises:
        OptionError: the output folder has something else than a run with the same inputs and options.
        InputError: something cannot be read, and errors stop the run.
    """
    earlier = _earlier_folders(plan)
    parts = pieces_of(
        parts_of(paths, plan.read_options, lambda error: stop_or(plan, error, complain), plan.walk_options, note)
    )
    state = RunState(plan.out, plan.identity, parts)
    if state.complete:
        return state.report(complain)
    started = time.monotonic()
    folders = [plan.folder("fingerprints") / f"part-{part.number:05d}" for part in parts]
    remaining = [part for part, folder in zip(parts, folders, strict=True) if not folder.is_dir()]
    errors = PartErrors(complain)
    for part, folder in zip(parts, folders, strict=True):
        if folder.is_dir():  # from an interrupted run
            errors.tell(part, json.loads((folder / "counts.json").read_text()))
    for done, (part, folder) in enumerate(_work_on(_fingerprint_part, plan, remaining)):
        tell("fingerprint", done + 1, len(remaining))
        errors.tell(part, json.loads((folder / "counts.json").read_text()))
    errors.end()
    state.finish_stage("fingerprint", started)
    store = FingerprintStore([*earlier, *folders])
    first = len(earlier)
    started = time.monotonic()
    if not state.is_done("group"):
        tell("group", 0, 1)
        state.add_counts(**group(store, first, plan))
        if (repeated := repeated_ids(store.parts[first:])) is not None:
            stop_or(plan, InputError(*repeated), complain)
        state.finish_stage("group", started)
        tell("group", 1, 1)
    store.close()
    started = time.monotonic()
    plan.folder("documents").mkdir(exist_ok=True)
    plan.folder("findings").mkdir(exist_ok=True)
    remaining = [part for part in parts if not (plan.folder("work") / f"counts-{part.number:05d}.json").exists()]
    work = [(part, [str(folder) for folder in [*earlier, *folders]], first) for part in remaining]
    for done, _ in enumerate(_work_on(write_part, plan, work)):
        tell("documents", done + 1, len(remaining))
    state.finish_stage("documents", started)
    return state.finish(complain)


def stop_or(plan: Plan, error: DedupeError, complain: Callable[[str], None]) -> None:
    """Raise an error if errors stop the run, else report it."""
    if plan.on_error == "stop":
        raise error
    complain(str(error))


def _work_on(work: Callable[[Plan, Any], Any], plan: Plan, inputs: Sequence[Any]) -> Iterator[Any]:
    """Yield the results of work on each input, in order, with as many processes as the plan says."""
    jobs = plan.jobs if len(inputs) > 1 else 1
    return (result for _, result in shared(partial(work, plan), ((None, value) for value in inputs), jobs))


def _earlier_folders(plan: Plan) -> list[Path]:
    """Return the folders of fingerprints of an earlier run, if one is named; raise `OptionError` if it has none."""
    corpus_options = plan.corpus_options
    if not corpus_options.against:
        return []
    folders = sorted((Path(corpus_options.against) / "fingerprints").glob("part-*"))
    folders = [folder for folder in folders if not folder.name.endswith(".new")]
    if not folders or not (Path(corpus_options.against) / "report.json").exists():
        raise OptionError(
            f"against must be the folder of a complete run, with fingerprints, not {corpus_options.against!r}; "
            "complete that run, or name another folder"
        )
    refuse_other_bands(Path(corpus_options.against), plan.banding)
    return folders


# Stage 1: fingerprints, part by part.


def _fingerprint_part(plan: Plan, part: InputPart) -> tuple[InputPart, Path]:
    """Write the fingerprints of a part; return the part and their folder."""
    folder = plan.folder("fingerprints") / f"part-{part.number:05d}"
    reading = PartReading(plan, part)
    writer = PartWriter(folder, plan.banding[0])
    try:
        for chunk in reading.chunks():
            reading.note_problems(_add_fingerprints(writer, chunk, plan), chunk)
    except OSError:  # of the disk that is written to: one of what is read is an `InputError`
        writer.close()
        raise
    except Exception as raised:
        error = reading.fail(raised)
        writer.close()
        if plan.on_error == "stop":
            raise error from None
        writer = PartWriter(folder, plan.banding[0])
    writer.publish(reading.to_dict())
    return part, folder


def _add_fingerprints(writer: PartWriter, chunk: Sequence[Item], plan: Plan) -> dict[int, str]:
    """Write the fingerprints of documents; return the problems of those on which the program failed, by number."""
    fingerprints, reports, problems = fingerprint_safely(chunk, Deduper(plan.options), plan.banding)
    orders = orders_of(
        chunk, fingerprints.documents, plan.corpus_options.keep_order, plan.corpus_options.prefer_originals
    )
    writer.add(fingerprints, reports, chunk, orders, problems)
    return problems


__all__ = ["STAGES", "Plan", "Tell", "clean", "stop_or"]
