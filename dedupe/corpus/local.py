"""The engine for one machine: stage after stage over files, with as much in memory at once as it is given."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._atomic import NewFiles
from dedupe._concurrency import shared
from dedupe._failures import unexpected
from dedupe._tally import ErrorCounts
from dedupe.across.succession import NONE, originals
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._fingerprints import CHUNK, digest
from dedupe.corpus._grouping import (
    best_covering_documents,
    candidates,
    copied_documents,
    kept_comparisons,
    least_of_equals,
    pages,
    ranks_of,
    verified,
)
from dedupe.corpus._inputs import parts_of
from dedupe.corpus._orders import orders_of
from dedupe.corpus._part_writer import PartWriter
from dedupe.corpus._parts import Item, Part, named
from dedupe.corpus._plan import Plan
from dedupe.corpus._run_state import CorpusReport, PartErrors, RunState, refuse_other_bands, repeated_ids
from dedupe.corpus._sound_fingerprints import fingerprint_safely
from dedupe.corpus._sources import items
from dedupe.corpus._writing import write_part
from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, InputError, OptionError
from dedupe.model import Document

STAGES = ("fingerprint", "group", "documents")
"""The stages, in order; what each has done is kept until the run is complete."""

Tell = Callable[[str, int, int], None]
"""Told of a stage, of how many parts of it are done, and of how many there are."""


def clean(
    paths: Sequence[str],
    plan: Plan,
    *,
    complain: Callable[[str], None] = lambda _: None,
    tell: Tell = lambda *_: None,
    note: Callable[[str], None] = lambda _: None,
) -> CorpusReport:
    """Clean a corpus into OUT and return what was done; a run that was cut short goes on where it was.

    Raises `OptionError` when OUT holds something else than a run of the same inputs and options.
    """
    earlier = _earlier(plan)
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
    todo = [part for part, folder in zip(parts, folders, strict=True) if not folder.is_dir()]
    errors = PartErrors(complain)
    for part, folder in zip(parts, folders, strict=True):
        if folder.is_dir():  # by a run that was cut short
            errors.tell(part, json.loads((folder / "counts.json").read_text()))
    for done, (part, folder) in enumerate(_each(_fingerprint_part, plan, todo)):
        tell("fingerprint", done + 1, len(todo))
        errors.tell(part, json.loads((folder / "counts.json").read_text()))
    errors.end()
    state.took("fingerprint", started)
    store = FingerprintStore([*earlier, *folders])
    first = len(earlier)
    started = time.monotonic()
    if not state.done("group"):
        tell("group", 0, 1)
        state.note(**_group(store, first, plan))
        if (twice := repeated_ids(store.parts[first:])) is not None:
            stop_or(plan, InputError(twice[0], twice[1]), complain)
        state.took("group", started)
        tell("group", 1, 1)
    store.close()
    started = time.monotonic()
    plan.folder("documents").mkdir(exist_ok=True)
    plan.folder("findings").mkdir(exist_ok=True)
    todo = [part for part in parts if not (plan.folder("work") / f"counts-{part.number:05d}.json").exists()]
    work = [(part, [str(one) for one in [*earlier, *folders]], first) for part in todo]
    for done, _ in enumerate(_each(write_part, plan, work)):
        tell("documents", done + 1, len(todo))
    state.took("documents", started)
    return state.finish(complain)


def stop_or(plan: Plan, error: DedupeError, complain: Callable[[str], None]) -> None:
    """Raise an error where the run is to stop at errors; else tell it."""
    if plan.on_error == "stop":
        raise error
    complain(str(error))


def _each(work: Callable[[Plan, Any], Any], plan: Plan, over: Sequence[Any]) -> Iterator[Any]:
    """Yield the results of the work in order; processes share it if there are jobs for them."""
    jobs = plan.jobs if len(over) > 1 else 1
    return (result for _, result in shared(partial(work, plan), ((None, one) for one in over), jobs))


def _earlier(plan: Plan) -> list[Path]:
    corpus_options = plan.corpus_options
    if not corpus_options.against:
        return []
    found = sorted((Path(corpus_options.against) / "fingerprints").glob("part-*"))
    found = [folder for folder in found if not folder.name.endswith(".new")]
    if not found or not (Path(corpus_options.against) / "report.json").exists():
        raise OptionError(
            f"against must be the folder of a complete run, with fingerprints, not {corpus_options.against!r}"
        )
    refuse_other_bands(Path(corpus_options.against), plan.banding)
    return found


# Stage 1: fingerprints, part by part.


def _fingerprint_part(plan: Plan, part: Part) -> tuple[Part, Path]:
    folder = plan.folder("fingerprints") / f"part-{part.number:05d}"
    counts: Counter[str] = Counter()
    errors = ErrorCounts()
    failed: list[str] = []
    writer = PartWriter(folder, plan.banding[0])
    try:
        for chunk in chunks(part, plan, counts, errors):
            note_problems(_add(writer, chunk, plan), chunk, part, plan, counts, errors)
    except Exception as raised:
        error = raised if isinstance(raised, InputError) else unexpected(part.place, raised)
        writer.close()
        if plan.on_error == "stop":
            raise error from None
        # What cannot be read to its end is left out whole: no original may stand in what is not written.
        writer = PartWriter(folder, plan.banding[0])
        counts["bad"] += 1
        failed = [error.place, error.problem]
    known = {name: counts[name] for name in ("records", "bad", "absent")}
    writer.done({**known, **errors.to_dict(), "failed": failed})
    return part, folder


def chunks(part: Part, plan: Plan, counts: Counter[str], errors: ErrorCounts) -> Iterator[list[Item]]:
    """Yield a part's documents, about `CHUNK` characters at a time; what cannot be read is counted and told.

    Raises `InputError` where the part can be read no further, and at the first bad record if errors are to stop it.
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
            if size >= CHUNK:
                yield chunk
                chunk, size = [], 0
    finally:
        counts["records"] += records
    if chunk:
        yield chunk


def note_problems(
    problems: Mapping[int, str],
    chunk: Sequence[Item],
    part: Part,
    plan: Plan,
    counts: Counter[str],
    errors: ErrorCounts,
) -> None:
    """Count and tell the documents of a chunk on which the program failed; raise it if errors are to stop the run."""
    for number, problem in problems.items():
        error = InputError(named(part, chunk[number].number, chunk[number].id), problem)
        if plan.on_error == "stop":
            raise error
        counts["bad"] += 1
        errors.note(error)


def is_sampled(document: Document | Item, share: float) -> bool:
    """Say whether a document is in the sample: by its digest, so that it does not matter where it stands."""
    return int.from_bytes(digest(document)[:8], "big") < share * 2**64


def _add(writer: PartWriter, chunk: Sequence[Item], plan: Plan) -> dict[int, str]:
    """Write the fingerprints of documents; return what went wrong with any of them, by number."""
    prints, reports, problems = fingerprint_safely(chunk, Deduper(plan.options), plan.banding)
    orders = orders_of(chunk, prints.documents, plan.corpus_options.first, plan.corpus_options.prefer)
    writer.add(prints, reports, chunk, orders, problems)
    return problems


# Stage 2: which paragraphs say the same.


def _group(store: FingerprintStore, first: int, plan: Plan) -> dict[str, int]:
    """Write, for each document its original and for each paragraph its own, below OUT/work; return counts."""
    corpus_options, memory = plan.corpus_options, plan.corpus_options.memory_bytes
    work = plan.folder("work")
    work.mkdir(exist_ok=True)
    old = int(store.document_bases[first])
    # What an earlier run has goes before all else.
    marked = ((b"0" if number < first else b"1", part) for number, part in enumerate(store.parts))
    ranks = ranks_of([mark + order for mark, part in marked for order in part.orders()])
    owners = store.owners()
    alive = np.ones(store.rows, bool)
    gone = [np.fromfile(part.folder / "gone", np.uint8) for part in store.parts[:first]]
    if gone:
        alive[: int(store.row_bases[first])] = np.concatenate(gone) == 0
    whole = np.ones(store.documents, bool)
    whole[owners[~alive]] = False
    copies = copied_documents(store, owners, ranks, whole)
    copies[:old] = NONE
    alive &= copies[owners] == NONE
    least = least_of_equals(store, owners, ranks, alive, memory)
    everywhere, here = pages(store, owners, alive, memory)
    firsts = np.flatnonzero(least == np.arange(store.rows))
    # Rows of a document are in their order already.
    ordered = firsts[np.argsort(ranks[owners[firsts]], kind="stable")]
    pairs, bounded = candidates(store, ordered, owners, plan.banding[0], corpus_options.window, memory)
    with NewFiles() as new:
        seen = new.open(work / "likenesses")
        edges = verified(store, ordered, pairs, (plan.policy, plan.options.jaccard), seen)
    kept = np.zeros(store.documents, bool)
    kept[:old] = True
    kept[copies[copies != NONE]] = True
    found = originals(edges, least, kept[owners], plan.options.across == "remove")
    found[: int(store.row_bases[first])] = NONE
    apart = found != NONE
    apart[apart] = owners[found[apart]] != owners[apart]
    found[~apart] = NONE
    homes = kept.copy()
    homes[owners[found[apart]]] = True
    wholes = np.where(copies != NONE, copies, best_covering_documents(found, owners, ranks, store.documents))
    hosts = store.column("host")
    _, sites, counts = np.unique(hosts, return_inverse=True, return_counts=True)
    of_host = np.where(hosts > 0, counts[sites] - 1, 0)
    arrays = {"wholes": wholes, "originals": found, "kept": kept, "homes": homes}
    arrays |= {"pages": everywhere, "here": here, "of_host": of_host}
    with NewFiles() as new:
        for name, array in (arrays | {"seen": kept_comparisons(edges, found)}).items():
            np.save(new.open(work / f"{name}.npy"), array)
    return {
        "keys": len(firsts),
        "candidates": len(pairs),
        "pairs": len(edges.later),
        "bounded": bounded,
        "copied_documents": int((copies != NONE).sum()),
    }


__all__ = ["STAGES", "Plan", "chunks", "clean", "is_sampled", "note_problems"]
