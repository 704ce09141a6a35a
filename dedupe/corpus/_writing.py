"""The last stage on one machine: a part of the documents is written as its findings say."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from dedupe._arrays import Ints
from dedupe._atomic import NewFiles, write_file
from dedupe._failures import failure
from dedupe._places import host
from dedupe._tally import ErrorCounts
from dedupe.across.boilerplate import boilerplate
from dedupe.across.case import AcrossPolicy, Case, CrossCandidate, DocumentDecision, LocalResult, Whole
from dedupe.across.documents import decide
from dedupe.across.pair import UNKNOWN, Comparison
from dedupe.across.succession import NONE
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._fingerprints import DOCUMENT, ROW
from dedupe.corpus._new_files import Folders
from dedupe.corpus._parts import Part, RecordDecision
from dedupe.corpus._parts import named as place_of
from dedupe.corpus._plan import Plan
from dedupe.corpus._sources import write
from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.model import Document, Span


def write_part(plan: Plan, work: tuple[Part, list[str], int]) -> None:
    """Write a part of the documents, its findings and counts.

    `work`: the part, the folders of all fingerprints, and how many of those are an earlier run's.
    """
    part, folders, first = work
    store = FingerprintStore([Path(folder) for folder in folders])
    number = first + part.number
    mine = store.parts[number]
    counts = Counter({name: mine.counts[name] for name in ("records", "bad", "absent")})
    problems = ErrorCounts()
    if mine.counts["failed"]:
        write_file(mine.folder / "gone", b"")
    else:
        problems = _Writing(plan, store, number).write(part, counts)
    store.close()
    told = {**counts, "told": problems.to_dict()}
    write_file(plan.folder("work") / f"counts-{part.number:05d}.json", json.dumps(told).encode())


HOMES = 1 << 12
"""Originals that are remembered: what many documents say is looked up once."""

_PLACE = ["start", "stop", "first", "last"]


class _Writing:
    """A part on its way from findings to text."""

    def __init__(self, plan: Plan, store: FingerprintStore, number: int) -> None:
        self.plan = plan
        self.store = store
        self.part = store.parts[number]
        self.first_row, self.first_document = int(store.row_bases[number]), int(store.document_bases[number])
        rows = slice(self.first_row, self.first_row + self.part.rows)
        documents = slice(self.first_document, self.first_document + self.part.documents)
        work = plan.folder("work")
        self.originals, self.pages, self.here = (
            _loaded(work / f"{name}.npy", rows) for name in ("originals", "pages", "here")
        )
        self.wholes, self.kept, self.homes, self.of_host = (
            _loaded(work / f"{name}.npy", documents) for name in ("wholes", "kept", "homes", "of_host")
        )
        self.seen = _likenesses(work, rows)
        self.gone = np.zeros(self.part.rows, np.uint8)
        # What is often asked of the part itself is held; of the others it is looked up.
        self.rows = np.fromfile(self.part.folder / "rows", ROW)
        known = np.fromfile(self.part.folder / "documents", DOCUMENT)
        self.digests, self.words = known["digest"].tobytes(), known["words"].tolist()
        self.home = lru_cache(HOMES)(store.place)
        self.judging = AcrossPolicy.of(plan.options, Deduper(plan.options).changes, plan.corpus_options.drop)

    def write(self, part: Part, counts: Counter[str]) -> ErrorCounts:
        """Write documents, findings and what is gone; return what went wrong with documents."""
        plan = self.plan
        problems = ErrorCounts()
        owners, named = self.rows["document"], self.part.named()
        repeats = np.flatnonzero(self.originals != NONE)
        repeated: defaultdict[int, list[int]] = defaultdict(list)
        for row, owner in zip(repeats.tolist(), owners[repeats].tolist(), strict=True):
            repeated[owner].append(row)
        inner = self.part.inner()
        pending = next(inner, None)
        starts = np.searchsorted(owners, np.arange(self.part.documents + 1))
        touched = np.zeros(self.part.documents, bool)
        touched[owners[repeats]] = True
        touched[self.wholes != NONE] = True
        touched[[number for number, _ in self.part.inner()]] = True
        numbers = np.flatnonzero(touched)
        chosen = named[numbers]
        by_line = dict(zip(chosen["line"].tolist(), numbers.tolist(), strict=True))
        places = zip(chosen["begin"].tolist(), chosen["size"].tolist(), strict=True)
        wanted = dict(zip(by_line, places, strict=True))
        alone = named["alone"] > 0
        name = f"part-{part.number:05d}"
        with NewFiles() as new:
            findings = new.open(plan.folder("findings") / f"{name}.jsonl")
            waiting: dict[int, tuple[int, Case, DocumentDecision]] = {}

            def settle_all() -> None:
                for at, (number, case, one) in waiting.items():
                    self._note(number, one, starts, counts)
                    if one.problem and not case.own.problem:  # those were told when they were read
                        counts["bad"] += 1
                        problems.note(InputError(place_of(part, at, case.document.id), one.problem))
                    said = one.to_dict(case.document.id, self._digest(number))
                    findings.write(json.dumps(said).encode() + b"\n")
                waiting.clear()

            def unwritten(at: int, error: Exception) -> None:
                number, case, _ = waiting[at]
                waiting[at] = number, case, DocumentDecision((), (), problem=failure(error))

            def fates(chosen: Sequence[tuple[int, Document]]) -> list[RecordDecision]:
                nonlocal pending
                settle_all()
                cases = []
                for at, document in chosen:
                    number = by_line[at]
                    own = LocalResult()
                    while pending is not None and pending[0] <= number:
                        own = pending[1] if pending[0] == number else own
                        pending = next(inner, None)
                    case = self._case(number, document, own, repeated.get(number, ()), bool(alone[number]))
                    cases.append((number, case))
                outcomes = decide([case for _, case in cases], self.judging)
                for (at, _), (number, case), one in zip(chosen, cases, outcomes, strict=True):
                    waiting[at] = number, case, one
                return [(one.cuts, one.dropped) for one in outcomes]

            folders = Folders(new, str(plan.folder("documents")), str(plan.folder("dropped")))
            write(part, plan.read_options, folders, wanted, fates, unwritten)
            settle_all()
            if problems.shown and plan.on_error == "stop":
                raise problems.shown[0]
            new.open(self.part.folder / "gone").write(self.gone.tobytes())
        counts["documents"] += self.part.documents
        counts["paragraphs"] += self.part.rows
        return problems

    def _digest(self, number: int) -> str:
        return self.digests[16 * number : 16 * number + 16].hex()

    def _case(self, number: int, document: Document, own: LocalResult, rows: Sequence[int], alone: bool) -> Case:
        candidates = []
        site = host(document.url) if rows else ""
        for row in rows:
            start, stop, first, last = self.rows[row][_PLACE].item()
            text = document.text[start:stop] if alone else self.part.row_text(row)
            original, original_text = self.home(int(self.originals[row]))
            counts = int(self.pages[row]), int(self.here[row]), int(self.of_host[number])
            said = boilerplate(site, *counts, self.plan.options)
            found = self.seen.get(self.first_row + row)
            candidates.append(
                CrossCandidate(Span(start, stop), (first, last), text, original, original_text, said, found)
            )
        whole = None
        if (home := int(self.wholes[number])) != NONE:
            original, text = self.store.whole(home)
            whole = Whole(original, text.split("\n"))
        homes, kept = bool(self.homes[number]), bool(self.kept[number])
        return Case(document, own, candidates, whole, self.words[number], homes, kept, alone)

    def _note(self, number: int, outcome: DocumentDecision, starts: Ints, counts: Counter[str]) -> None:
        """Count what becomes of a document, and remember which of its paragraphs are in the output no more."""
        for one in outcome.findings:
            counts[f"{one.action} {one.kind}"] += 1
        counts["changed"] += bool(outcome.cuts) and not outcome.dropped
        counts["dropped"] += outcome.dropped
        counts["unsettled"] += outcome.unsettled
        removed, whole = outcome.removed, outcome.dropped or outcome.emptied
        if removed or whole:
            mine = slice(int(starts[number]), int(starts[number + 1]))
            self.gone[mine] = [whole or start in removed for start in self.rows["start"][mine].tolist()]


def _likenesses(work: Path, rows: slice) -> dict[int, Comparison]:
    """Return how rows are like their originals, for those that were compared with them already."""
    places = np.load(work / "seen.npy", mmap_mode="r")
    first, stop = np.searchsorted(places[:, 0], [rows.start, rows.stop]).tolist()
    found = {}
    with open(work / "likenesses", "rb") as file:
        for row, at in places[first:stop].tolist():
            file.seek(at)
            found[row] = Comparison.of_json(file.readline())
    return {row: one for row, one in found.items() if one != UNKNOWN}


def _loaded(path: Path, stretch: slice) -> np.ndarray:
    mapped = np.load(path, mmap_mode="r")
    return np.array(mapped[stretch])
