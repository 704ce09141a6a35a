"""The last stage on one machine: decide on the documents of a part and write it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from dedupe._atomic import NewFiles, write_file
from dedupe._failures import failure
from dedupe._places import host
from dedupe._tally import ErrorCounts
from dedupe.across.boilerplate import boilerplate
from dedupe.across.case import AcrossPolicy, Case, CoveringDocument, CrossCandidate, DocumentDecision, LocalResult
from dedupe.across.documents import decide
from dedupe.across.pair import UNKNOWN, Comparison
from dedupe.across.succession import NONE
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._fingerprints import DOCUMENT, PARAGRAPH
from dedupe.corpus._new_files import Folders
from dedupe.corpus._parts import InputPart, RecordDecision, record_name
from dedupe.corpus._plan import Plan
from dedupe.corpus._sources import write
from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.model import Document, Span


def write_part(plan: Plan, work: tuple[InputPart, list[str], int]) -> None:
    """Write the documents, findings and counts of a part.

    `work`: the part, the folders of all fingerprints, and the number of those that are of an earlier run.
    """
    part, folders, first = work
    store = FingerprintStore([Path(folder) for folder in folders])
    number = first + part.number
    fingerprints = store.parts[number]
    counts = Counter({name: fingerprints.counts[name] for name in ("records", "bad", "absent")})
    problems = ErrorCounts()
    if fingerprints.counts["failed"]:
        write_file(fingerprints.folder / "gone", b"")
    else:
        problems = _PartWriting(plan, store, number, part, counts).write()
    store.close()
    part_counts = {**counts, "told": problems.to_dict()}
    write_file(plan.folder("work") / f"counts-{part.number:05d}.json", json.dumps(part_counts).encode())


CACHED_ORIGINALS = 1 << 12
"""Originals that are cached: those of many documents are read once."""

_POSITION = ["start", "stop", "first", "last"]


class _PartWriting:
    """Write one part: decide on its documents, a batch at a time, cut their texts, and note what is removed.

    `pending`: the documents that were decided on and are not reported yet, by the number of their records.
    """

    def __init__(self, plan: Plan, store: FingerprintStore, number: int, part: InputPart, counts: Counter[str]) -> None:
        self.plan, self.store, self.part, self.counts = plan, store, part, counts
        self.fingerprints = store.parts[number]
        self.first_paragraph = int(store.paragraph_bases[number])
        first_document = int(store.document_bases[number])
        paragraphs = slice(self.first_paragraph, self.first_paragraph + self.fingerprints.paragraphs)
        documents = slice(first_document, first_document + self.fingerprints.documents)
        work = plan.folder("work")
        self.original_of, self.pages, self.pages_on_host = (
            _load(work / f"{name}.npy", paragraphs) for name in ("originals", "pages", "here")
        )
        self.whole_in, self.kept, self.has_originals, self.documents_of_host = (
            _load(work / f"{name}.npy", documents) for name in ("wholes", "kept", "homes", "of_host")
        )
        self.comparisons = _load_comparisons(work, paragraphs)
        self.removed = np.zeros(self.fingerprints.paragraphs, np.uint8)
        # The records of the part itself are read often, so they are held in memory.
        self.paragraphs = np.fromfile(self.fingerprints.folder / "rows", PARAGRAPH)
        table = np.fromfile(self.fingerprints.folder / "documents", DOCUMENT)
        self.digests, self.words = table["digest"].tobytes(), table["words"].tolist()
        owners = self.paragraphs["document"]
        self.first_paragraphs = np.searchsorted(owners, np.arange(self.fingerprints.documents + 1))
        self.duplicates: defaultdict[int, list[int]] = defaultdict(list)
        duplicates = np.flatnonzero(self.original_of != NONE)
        for paragraph, owner in zip(duplicates.tolist(), owners[duplicates].tolist(), strict=True):
            self.duplicates[owner].append(paragraph)
        self.original = lru_cache(CACHED_ORIGINALS)(store.original)
        self.policy = AcrossPolicy.of(plan.options, Deduper(plan.options).changes, plan.corpus_options.drop_covered)
        self.sources = self.fingerprints.sources()
        self.local_results = self.fingerprints.local_results()
        self.next_result = next(self.local_results, None)
        self.document_at: dict[int, int] = {}
        self.pending: dict[int, tuple[int, Case, DocumentDecision]] = {}
        self.problems = ErrorCounts()

    def write(self) -> ErrorCounts:
        """Write documents, findings and removed paragraphs; return the errors of documents."""
        plan = self.plan
        wanted = self._wanted()
        with NewFiles() as new:
            self.findings = new.open(plan.folder("findings") / f"part-{self.part.number:05d}.jsonl")
            folders = Folders(new, str(plan.folder("documents")), str(plan.folder("dropped")))
            write(self.part, plan.read_options, folders, wanted, self._decide, self._note_unwritten)
            self._report_pending()
            if self.problems.shown and plan.on_error == "stop":
                raise self.problems.shown[0]
            new.open(self.fingerprints.folder / "gone").write(self.removed.tobytes())
        self.counts["documents"] += self.fingerprints.documents
        self.counts["paragraphs"] += self.fingerprints.paragraphs
        return self.problems

    def _wanted(self) -> dict[int, tuple[int, int]]:
        """Return the positions of the records that are decided on, by number: those with duplicates or findings."""
        is_wanted = self.whole_in != NONE
        is_wanted[list(self.duplicates)] = True
        is_wanted[[document for document, _ in self.fingerprints.local_results()]] = True
        documents = np.flatnonzero(is_wanted)
        chosen = self.sources[documents]
        self.document_at = dict(zip(chosen["line"].tolist(), documents.tolist(), strict=True))
        positions = zip(chosen["begin"].tolist(), chosen["size"].tolist(), strict=True)
        return dict(zip(self.document_at, positions, strict=True))

    def _decide(self, records: Sequence[tuple[int, Document]]) -> list[RecordDecision]:
        """Decide on documents, after reporting those decided on before, which have been written."""
        self._report_pending()
        cases = [self._case(self.document_at[number], document) for number, document in records]
        decisions = decide(cases, self.policy)
        for (number, _), case, decision in zip(records, cases, decisions, strict=True):
            self.pending[number] = self.document_at[number], case, decision
        return [(decision.cuts, decision.dropped) for decision in decisions]

    def _note_unwritten(self, number: int, error: Exception) -> None:
        document, case, _ = self.pending[number]
        self.pending[number] = document, case, DocumentDecision((), (), problem=failure(error))

    def _report_pending(self) -> None:
        """Write the findings of documents that have been written, and count them."""
        for number, (document, case, decision) in self.pending.items():
            self._count(document, decision)
            if decision.problem and not case.local.problem:  # those were reported when they were read
                self.counts["bad"] += 1
                self.problems.note(InputError(record_name(self.part, number, case.document.id), decision.problem))
            report = decision.to_dict(case.document.id, self._digest(document))
            self.findings.write(json.dumps(report).encode() + b"\n")
        self.pending.clear()

    def _digest(self, document: int) -> str:
        return self.digests[16 * document : 16 * document + 16].hex()

    def _local_result(self, document: int) -> LocalResult:
        """Return the local result of a document, which are read in order."""
        result = LocalResult()
        while self.next_result is not None and self.next_result[0] <= document:
            if self.next_result[0] == document:
                result = self.next_result[1]
            self.next_result = next(self.local_results, None)
        return result

    def _case(self, number: int, document: Document) -> Case:
        """Return what is to be decided about a document, by its number in the part."""
        duplicates, alone = self.duplicates.get(number, ()), bool(self.sources["alone"][number])
        site = host(document.url) if duplicates else ""
        candidates = []
        for paragraph in duplicates:
            start, stop, first, last = self.paragraphs[paragraph][_POSITION].item()
            text = document.text[start:stop] if alone else self.fingerprints.paragraph_text(paragraph)
            original, original_text = self.original(int(self.original_of[paragraph]))
            pages = int(self.pages[paragraph]), int(self.pages_on_host[paragraph])
            on_pages = boilerplate(site, *pages, int(self.documents_of_host[number]), self.plan.options)
            comparison = self.comparisons.get(self.first_paragraph + paragraph)
            candidates.append(
                CrossCandidate(Span(start, stop), (first, last), text, original, original_text, on_pages, comparison)
            )
        whole = None
        if (other := int(self.whole_in[number])) != NONE:
            original, text = self.store.whole(other)
            whole = CoveringDocument(original, text.split("\n"))
        has_originals, kept = bool(self.has_originals[number]), bool(self.kept[number])
        result = self._local_result(number)
        return Case(document, result, candidates, whole, self.words[number], has_originals, kept, alone)

    def _count(self, document: int, decision: DocumentDecision) -> None:
        """Count a decision, and note which paragraphs of the document are not in the output."""
        counts = self.counts
        for finding in decision.findings:
            counts[f"{finding.action} {finding.kind}"] += 1
        counts["changed"] += bool(decision.cuts) and not decision.dropped
        counts["dropped"] += decision.dropped
        counts["unsettled"] += decision.unsettled
        removed, all_removed = decision.removed, decision.dropped or decision.emptied
        if removed or all_removed:
            paragraphs = slice(int(self.first_paragraphs[document]), int(self.first_paragraphs[document + 1]))
            starts = self.paragraphs["start"][paragraphs].tolist()
            self.removed[paragraphs] = [all_removed or start in removed for start in starts]


def _load_comparisons(work: Path, paragraphs: slice) -> dict[int, Comparison]:
    """Return the comparisons of paragraphs with their originals, for those that were compared already."""
    offsets = np.load(work / "seen.npy", mmap_mode="r")
    first, stop = np.searchsorted(offsets[:, 0], [paragraphs.start, paragraphs.stop]).tolist()
    comparisons = {}
    with open(work / "likenesses", "rb") as file:
        for paragraph, offset in offsets[first:stop].tolist():
            file.seek(offset)
            comparisons[paragraph] = Comparison.of_json(file.readline())
    return {paragraph: comparison for paragraph, comparison in comparisons.items() if comparison != UNKNOWN}


def _load(path: Path, part: slice) -> np.ndarray:
    """Return a slice of a saved array."""
    mapped = np.load(path, mmap_mode="r")
    return np.array(mapped[part])
