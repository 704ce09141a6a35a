"""The engine for one machine: stages over files, within a given amount of memory."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from dedupe._concurrency import shared
from dedupe._failures import unexpected
from dedupe._tally import ErrorCounts
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._fingerprints import CHUNK_CHARACTERS, digest
from dedupe.corpus._grouping import group
from dedupe.corpus._inputs import parts_of
from dedupe.corpus._orders import orders_of
from dedupe.corpus._part_writer import PartWriter
from dedupe.corpus._parts import InputPart, Item, record_name
from dedupe.corpus._plan import Plan
from dedupe.corpus._run_state import CorpusReport, PartErrors, RunState, refuse_other_bands, repeated_ids
from dedupe.corpus._sound_fingerprints import fingerprint_safely
from dedupe.corpus._sources import items
from dedupe.corpus._writing import write_part
from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, InputError, OptionError
from dedupe.model import Document

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
    parts = parts_of(
        paths,
        plan.read_options,
        lambda error: stop_or(plan, error, complain),
        walk_options=plan.walk_options,
        note=note,
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
    counts: Counter[str] = Counter()
    errors = ErrorCounts()
    failed: list[str] = []
    writer = PartWriter(folder, plan.banding[0])
    try:
        for chunk in chunks(part, plan, counts, errors):
            count_problems(_add_fingerprints(writer, chunk, plan), chunk, part, plan, counts, errors)
    except Exception as raised:
        error = raised if isinstance(raised, InputError) else unexpected(part.place, raised)
        writer.close()
        if plan.on_error == "stop":
            raise error from None
        # A part that cannot be read to its end is left out: no original may be in what is not written.
        writer = PartWriter(folder, plan.banding[0])
        counts["bad"] += 1
        failed = [error.place, error.problem]
    part_counts = {name: counts[name] for name in ("records", "bad", "absent")}
    writer.publish({**part_counts, **errors.to_dict(), "failed": failed})
    return part, folder


def chunks(part: InputPart, plan: Plan, counts: Counter[str], errors: ErrorCounts) -> Iterator[list[Item]]:
    """Yield the documents of a part, about `CHUNK_CHARACTERS` at a time; count the errors of the others.

    Raises `InputError` if the rest of the part cannot be read, and at the first bad record if errors stop the run.
    """
    chunk: list[Item] = []
    size = 0
    sample = plan.corpus_options.sample
    records = 0
    try:
        for item in items(part, plan.read_options):
            records += 1
            if isinstance(item, InputError):
                if plan.on_error == "stop":
                    raise item
                counts["bad"] += 1
                errors.note(item)
                continue
            if item is None:
                counts["absent"] += 1
                continue
            if sample and not is_sampled(item, sample):
                continue
            chunk.append(item)
            size += len(item.text)
            if size >= CHUNK_CHARACTERS:
                yield chunk
                chunk, size = [], 0
    finally:
        counts["records"] += records
    if chunk:
        yield chunk


def count_problems(
    problems: Mapping[int, str],
    chunk: Sequence[Item],
    part: InputPart,
    plan: Plan,
    counts: Counter[str],
    errors: ErrorCounts,
) -> None:
    """Count the documents of a chunk on which the program failed; raise the first one if errors stop the run."""
    for number, problem in problems.items():
        error = InputError(record_name(part, chunk[number].number, chunk[number].id), problem)
        if plan.on_error == "stop":
            raise error
        counts["bad"] += 1
        errors.note(error)


def is_sampled(document: Document | Item, share: float) -> bool:
    """Return whether a document is in the sample, which depends on its digest only, not on its position."""
    return int.from_bytes(digest(document)[:8], "big") < share * 2**64


def _add_fingerprints(writer: PartWriter, chunk: Sequence[Item], plan: Plan) -> dict[int, str]:
    """Write the fingerprints of documents; return the problems of those on which the program failed, by number."""
    fingerprints, reports, problems = fingerprint_safely(chunk, Deduper(plan.options), plan.banding)
    orders = orders_of(
        chunk, fingerprints.documents, plan.corpus_options.keep_order, plan.corpus_options.prefer_originals
    )
    writer.add(fingerprints, reports, chunk, orders, problems)
    return problems


__all__ = ["STAGES", "Plan", "Tell", "chunks", "clean", "count_problems", "is_sampled", "stop_or"]
