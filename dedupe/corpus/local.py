"""The engine for one machine: stage after stage over files, with as much in memory at once as it is given."""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dedupe.arrays import Ints
from dedupe.corpus.across import RULE, Case, Inner, Judging, Outcome, Repeat, copied, settle
from dedupe.corpus.grouping import (
    NONE,
    boilerplate,
    candidates,
    copied_documents,
    least_of_equals,
    originals,
    ranks_of,
    verified,
)
from dedupe.corpus.outcome import CorpusReport, RunState, repeated_ids, tell_errors
from dedupe.corpus.prints import CHUNK, fingerprint, order_of
from dedupe.corpus.scaling import Scaling
from dedupe.corpus.sources import Fate, Item, Part, items, parts_of, write
from dedupe.corpus.store import PartWriter, Store, is_alike
from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, InputError, OptionError
from dedupe.formats import Reading
from dedupe.judgement import Policy
from dedupe.model import Document
from dedupe.options import Options

STAGES = ("fingerprint", "group", "documents")
"""The stages, in order; what each has done is kept until the run is complete."""

SHOWN = 100
"""Errors of a part that are told one by one; the others are counted."""

Tell = Callable[[str, int, int], None]
"""Told of a stage, of how many parts of it are done, and of how many there are."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is asked to do; it is the same for each of its processes."""

    options: Options
    reading: Reading
    scaling: Scaling
    out: str
    on_error: str = "skip"
    jobs: int = 1

    def __post_init__(self) -> None:
        if len(self.reading.field) != 1:
            raise OptionError(f"field must name one field of a corpus, not {len(self.reading.field)}")

    def folder(self, name: str) -> Path:
        """Return a folder below OUT."""
        return Path(self.out) / name

    @property
    def identity(self) -> dict[str, Any]:
        """What a run must have in common with the one that it takes up again."""
        scaling = {name: value for name, value in asdict(self.scaling).items() if name not in ("memory", "master")}
        return {"options": asdict(self.options), "reading": asdict(self.reading), "scaling": scaling}

    @property
    def policy(self) -> Policy:
        """What may be lost."""
        return Policy(self.options.level, self.options.keep, frozenset(self.options.ignore))


def clean(
    paths: Sequence[str],
    plan: Plan,
    *,
    complain: Callable[[str], None] = lambda _: None,
    tell: Tell = lambda *_: None,
) -> CorpusReport:
    """Clean a corpus into OUT and return what was done; a run that was cut short goes on where it was.

    Raises `OptionError` when OUT holds something else than a run of the same inputs and options.
    """
    parts = parts_of(paths, plan.reading, lambda error: stop_or(plan, error, complain))
    state = RunState(plan.out, plan.identity, parts)
    if state.complete:
        return state.report()
    started = time.monotonic()
    folders = [plan.folder("fingerprints") / f"part-{part.number:05d}" for part in parts]
    todo = [part for part, folder in zip(parts, folders, strict=True) if not folder.is_dir()]
    for done, (part, folder) in enumerate(_each(_fingerprint_part, plan, todo)):
        tell("fingerprint", done + 1, len(todo))
        counts = json.loads((folder / "counts.json").read_text())
        tell_errors(part, counts, complain)
    state.took("fingerprint", started)
    earlier = _earlier(plan.scaling)
    store = Store([*earlier, *folders])
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
    for done, _ in enumerate(_each(_write_part, plan, work)):
        tell("documents", done + 1, len(todo))
    state.took("documents", started)
    return state.finish()


def stop_or(plan: Plan, error: DedupeError, complain: Callable[[str], None]) -> None:
    """Raise an error where the run is to stop at errors; else tell it."""
    if plan.on_error == "stop":
        raise error
    complain(str(error))


def _each(work: Callable[[Plan, Any], Any], plan: Plan, over: Sequence[Any]) -> Iterator[Any]:
    """Yield the results of the work in order; processes share it if there are jobs for them."""
    if plan.jobs == 1 or len(over) < 2:
        for one in over:
            yield work(plan, one)
        return
    with ProcessPoolExecutor(plan.jobs) as pool:
        yield from pool.map(work, [plan] * len(over), over)


def _earlier(scaling: Scaling) -> list[Path]:
    if not scaling.against:
        return []
    found = sorted((Path(scaling.against) / "fingerprints").glob("part-*"))
    found = [folder for folder in found if not folder.name.endswith(".new")]
    if not found or not (Path(scaling.against) / "report.json").exists():
        raise OptionError(f"against must be the folder of a complete run, with fingerprints, not {scaling.against!r}")
    return found


# Stage 1: fingerprints, part by part.


def _fingerprint_part(plan: Plan, part: Part) -> tuple[Part, Path]:
    folder = plan.folder("fingerprints") / f"part-{part.number:05d}"
    counts: Counter[str] = Counter()
    errors: list[str] = []
    failed = ""
    writer = PartWriter(folder, plan.scaling.bands)
    try:
        for chunk in chunks(part, plan, counts, errors):
            _add(writer, chunk, plan)
    except InputError as error:
        writer.close()
        if plan.on_error == "stop":
            raise
        # What cannot be read to its end is left out whole: no original may stand in what is not written.
        writer = PartWriter(folder, plan.scaling.bands)
        counts["bad"] += 1
        failed = str(error)
        errors = [*errors[: SHOWN - 1], f"{failed}; nothing of it is in the output"]
    writer.done({"records": counts["records"], "bad": counts["bad"], "errors": errors, "failed": failed})
    return part, folder


def chunks(part: Part, plan: Plan, counts: Counter[str], errors: list[str]) -> Iterator[list[Item]]:
    """Yield a part's documents, about `CHUNK` characters at a time; what cannot be read is counted and told.

    Raises `InputError` where the part can be read no further, and at the first bad record if errors are to stop it.
    """
    chunk: list[Item] = []
    size = 0
    for item in items(part, plan.reading):
        counts["records"] += 1
        if item.error is not None:
            if plan.on_error == "stop":
                raise item.error
            counts["bad"] += 1
            if len(errors) < SHOWN:
                errors.append(str(item.error))
        if item.document is None:
            continue
        if plan.scaling.sample and not is_sampled(item.document, plan.scaling.sample):
            continue
        chunk.append(item)
        size += len(item.document.text)
        if size >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def is_sampled(document: Document, share: float) -> bool:
    """Say whether a document is in the sample: by its digest, so that it does not matter where it stands."""
    from dedupe.corpus.prints import digest

    return int.from_bytes(digest(document)[:8], "big") < share * 2**64


def _add(writer: PartWriter, chunk: Sequence[Item], plan: Plan) -> None:
    scaling = plan.scaling
    documents = [item.document for item in chunk if item.document is not None]
    prints, reports = fingerprint(documents, Deduper(plan.options), (scaling.bands, scaling.band_rows))
    orders = [
        order_of(one, int(made["words"]), scaling.first, scaling.prefer, bytes(made["digest"]))
        for one, made in zip(documents, prints.documents, strict=True)
    ]
    writer.add(prints, reports, [item.number for item in chunk], orders)


# Stage 2: which paragraphs say the same.


def _group(store: Store, first: int, plan: Plan) -> dict[str, int]:
    """Write, for each document its original and for each paragraph its own, below OUT/work; return counts."""
    scaling, memory = plan.scaling, plan.scaling.memory_bytes
    work = plan.folder("work")
    work.mkdir(exist_ok=True)
    old = int(store.document_bases[first])
    # What an earlier run has goes before all else.
    marked = ((b"0" if number < first else b"1", part) for number, part in enumerate(store.parts))
    ranks = ranks_of([mark + order for mark, part in marked for order in part.orders()])
    copies = copied_documents(store, ranks)
    copies[:old] = NONE
    owners = store.owners()
    alive = np.ones(store.rows, bool)
    alive &= copies[owners] == NONE
    gone = [np.fromfile(part.folder / "gone", np.uint8) for part in store.parts[:first]]
    if gone:
        alive[: int(store.row_bases[first])] &= np.concatenate(gone) == 0
    least = least_of_equals(store, owners, ranks, alive, memory)
    said = boilerplate(store, owners, alive, scaling.boilerplate, memory)
    firsts = np.flatnonzero(least == np.arange(store.rows))
    # Rows of a document are in their order already.
    ordered = firsts[np.argsort(ranks[owners[firsts]], kind="stable")]
    pairs, bounded = candidates(store, ordered, owners, scaling.bands, scaling.window, memory)
    edges = verified(store, ordered, pairs, plan.policy, scaling.near)
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
    for name, array in (("copies", copies), ("originals", found), ("kept", kept), ("homes", homes), ("said", said)):
        with open(work / f"{name}.new", "wb") as file:
            np.save(file, array)
        os.replace(work / f"{name}.new", work / f"{name}.npy")
    return {
        "keys": len(firsts),
        "candidates": len(pairs),
        "pairs": len(edges.later),
        "bounded": bounded,
        "copied_documents": int((copies != NONE).sum()),
    }


# Stage 3: the documents, part by part.


def _write_part(plan: Plan, work: tuple[Part, list[str], int]) -> None:
    part, folders, first = work
    store = Store([Path(folder) for folder in folders])
    number = first + part.number
    mine = store.parts[number]
    counts: Counter[str] = Counter(records=mine.counts["records"], bad=mine.counts["bad"])
    if mine.counts["failed"]:
        (mine.folder / "gone").touch()
    else:
        _Writing(plan, store, number).write(part, counts)
    store.close()
    target = plan.folder("work") / f"counts-{part.number:05d}.json"
    target.with_suffix(".new").write_text(json.dumps(counts))
    os.replace(target.with_suffix(".new"), target)


class _Writing:
    """A part on its way from findings to text."""

    def __init__(self, plan: Plan, store: Store, number: int) -> None:
        self.plan = plan
        self.store = store
        self.part = store.parts[number]
        self.first_row, self.first_document = int(store.row_bases[number]), int(store.document_bases[number])
        rows = slice(self.first_row, self.first_row + self.part.rows)
        documents = slice(self.first_document, self.first_document + self.part.documents)
        work = plan.folder("work")
        self.originals, self.said = (_loaded(work / f"{name}.npy", rows) for name in ("originals", "said"))
        self.copies, self.kept, self.homes = (
            _loaded(work / f"{name}.npy", documents) for name in ("copies", "kept", "homes")
        )
        self.gone = np.zeros(self.part.rows, np.uint8)
        scaling = plan.scaling
        self.judging = Judging(Deduper(plan.options), plan.policy, plan.options.across, scaling.near, scaling.drop)

    def write(self, part: Part, counts: Counter[str]) -> None:
        """Write documents, findings and what is gone."""
        plan = self.plan
        lines, owners = self.part.lines(), self.part.owners()
        repeated: defaultdict[int, list[int]] = defaultdict(list)
        for row in np.flatnonzero(self.originals != NONE).tolist():
            repeated[int(owners[row])].append(row)
        inner = self.part.inner()
        pending = next(inner, None)
        starts = np.searchsorted(owners, np.arange(self.part.documents + 1))
        by_line: dict[int, int] = {}
        touched = set(repeated) | set(np.flatnonzero(self.copies != NONE).tolist())
        name = f"part-{part.number:05d}"
        with open(plan.folder("findings") / f"{name}.jsonl", "wb") as findings:

            def fates(chosen: Sequence[tuple[int, Document]]) -> list[Fate]:
                nonlocal pending
                cases = []
                for at, document in chosen:
                    number = by_line[at]
                    own = Inner()
                    while pending is not None and pending[0] <= number:
                        own = pending[1] if pending[0] == number else own
                        pending = next(inner, None)
                    cases.append((number, self._case(number, document, own, repeated.get(number, ()))))
                decided: list[Fate] = []
                for (number, case), one in zip(cases, self._outcomes(cases, counts), strict=True):
                    self._note(number, one, starts, counts)
                    said = {"schema": 1, "document": case.document.id, "key": self._digest(number)}
                    findings.write(json.dumps({**said, "findings": one.findings}).encode() + b"\n")
                    decided.append((one.cuts, one.dropped))
                return decided

            touched.update(number for number, _ in self.part.inner())
            by_line = {int(lines[number]): number for number in touched}
            write(part, plan.reading, str(plan.folder("documents")), str(plan.folder("dropped")), set(by_line), fates)
        counts["documents"] += self.part.documents
        counts["paragraphs"] += self.part.rows
        self.gone.tofile(self.part.folder / "gone")

    def _digest(self, number: int) -> str:
        return bytes(self.part.document(number)["digest"]).hex()

    def _case(self, number: int, document: Document, own: Inner, rows: Sequence[int]) -> Case:
        repeats = []
        for row in rows:
            place, text = self.store.place(self.first_row + row)
            home, home_text = self.store.place(int(self.originals[row]))
            repeats.append(Repeat(place, text, home, home_text, bool(self.said[row])))
        words = int(self.part.document(number)["words"])
        return Case(document, own, repeats, words, bool(self.homes[number]), bool(self.kept[number]))

    def _outcomes(self, cases: Sequence[tuple[int, Case]], counts: Counter[str]) -> list[Outcome]:
        outcomes = settle([case for _, case in cases], self.judging)
        for at, (number, case) in enumerate(cases):
            copy = int(self.copies[number])
            if copy != NONE:
                place, text = self.store.whole(self.first_document + number)
                home, home_text = self.store.whole(copy)
                alike = is_alike(text, home_text)
                counts["unlike"] += not alike
                if alike and "exact" not in self.judging.policy.ignore:
                    outcomes[at] = copied(case, place, home, self.judging)
        return outcomes

    def _note(self, number: int, outcome: Outcome, starts: Ints, counts: Counter[str]) -> None:
        """Count what becomes of a document, and remember which of its paragraphs are in the output no more."""
        for one in outcome.findings:
            counts[f"{one['action']} {one['kind']}"] += 1
        counts["changed"] += bool(outcome.cuts) and not outcome.dropped
        counts["dropped"] += outcome.dropped
        counts["unsettled"] += outcome.unsettled
        removed = {one["span"][0] for one in outcome.findings if one["action"] == "remove" and one["rule"] == RULE}
        for row in range(int(starts[number]), int(starts[number + 1])) if removed or outcome.dropped else ():
            self.gone[row] = outcome.dropped or int(self.part.row(row)["start"]) in removed


def _loaded(path: Path, stretch: slice) -> np.ndarray:
    mapped = np.load(path, mmap_mode="r")
    return np.array(mapped[stretch])
