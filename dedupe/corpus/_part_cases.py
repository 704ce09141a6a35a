"""The last stage on one machine: write a part with the originals that were found for its paragraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._atomic import NewFiles, write_file
from dedupe._tally import ErrorCounts
from dedupe.across.case import Case, CoveringDocument, DocumentDecision, LocalResult
from dedupe.across.groups import DocumentGroups, ParagraphGroups
from dedupe.across.pair import Comparison
from dedupe.across.succession import NONE
from dedupe.corpus._columns import FingerprintStore
from dedupe.corpus._fingerprints import DOCUMENT, PARAGRAPH
from dedupe.corpus._parts import InputPart
from dedupe.corpus._plan import Plan
from dedupe.corpus._writing import PartWriting, save_counts
from dedupe.model import Document

CACHED_ORIGINALS = 1 << 12
"""Originals that are cached: those of many documents are read once."""


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
        write_file(fingerprints.folder / "removed", b"")
    else:
        cases = _PartCases(plan, store, number)
        writing = PartWriting(plan, part, counts, cases.of, cases.note_removed)
        with NewFiles() as new:
            writing.write(new, cases.wanted())
            new.open(fingerprints.folder / "removed").write(cases.removed.tobytes())
        counts["documents"] += fingerprints.documents
        counts["paragraphs"] += fingerprints.paragraphs
        problems = writing.problems
    store.close()
    save_counts(plan, part, counts, problems)


class _PartCases:
    """What is to be decided about the documents of a part; `removed`: uint8, 1 for its paragraphs not in the output."""

    def __init__(self, plan: Plan, store: FingerprintStore, number: int) -> None:
        self.store = store
        self.fingerprints = store.parts[number]
        self.first_paragraph = int(store.paragraph_bases[number])
        first_document = int(store.document_bases[number])
        paragraphs = slice(self.first_paragraph, self.first_paragraph + self.fingerprints.paragraphs)
        documents = slice(first_document, first_document + self.fingerprints.documents)
        work = plan.folder("work")
        self.paragraph_groups = ParagraphGroups(**_load(work, ParagraphGroups.__slots__, paragraphs))
        self.document_groups = DocumentGroups(**_load(work, DocumentGroups.__slots__, documents))
        self.comparisons = _load_comparisons(work, paragraphs)
        self.removed = np.zeros(self.fingerprints.paragraphs, np.uint8)
        # The records of the part itself are read often, so they are held in memory.
        table = np.fromfile(self.fingerprints.folder / "paragraphs", PARAGRAPH)
        owners, self.starts = table["document"], table["start"].copy()
        table = np.fromfile(self.fingerprints.folder / "documents", DOCUMENT)
        self.digests, self.words = table["digest"].tobytes(), table["words"].tolist()
        self.first_paragraphs = np.searchsorted(owners, np.arange(self.fingerprints.documents + 1))
        self.duplicates = self.paragraph_groups.duplicates(owners)
        self.original = lru_cache(CACHED_ORIGINALS)(store.original)
        self.sources = self.fingerprints.sources()
        self.local_results = self.fingerprints.local_results()
        self.next_result = next(self.local_results, None)
        self.document_at: dict[int, int] = {}

    def wanted(self) -> dict[int, tuple[int, int]]:
        """Return the positions of the records that are decided on, by number: those with duplicates or findings."""
        is_wanted = self.document_groups.covering != NONE
        is_wanted[list(self.duplicates)] = True
        is_wanted[[document for document, _ in self.fingerprints.local_results()]] = True
        documents = np.flatnonzero(is_wanted)
        chosen = self.sources[documents]
        self.document_at = dict(zip(chosen["line"].tolist(), documents.tolist(), strict=True))
        positions = zip(chosen["begin"].tolist(), chosen["size"].tolist(), strict=True)
        return dict(zip(self.document_at, positions, strict=True))

    def of(self, records: Sequence[tuple[int, Document]]) -> list[Case]:
        """Return what is to be decided about documents, each with the number of its record."""
        return [self._case(self.document_at[number], document) for number, document in records]

    def _local_result(self, document: int) -> LocalResult:
        """Return the local result of a document, which are read in order."""
        result = LocalResult()
        while self.next_result is not None and self.next_result[0] <= document:
            if self.next_result[0] == document:
                result = self.next_result[1]
            self.next_result = next(self.local_results, None)
        return result

    def _case(self, number: int, document: Document) -> Case:
        groups = self.document_groups
        candidates = []
        for paragraph in self.duplicates.get(number, ()):
            original, text = self.original(int(self.paragraph_groups.originals[paragraph]))
            comparison = self.comparisons.get(self.first_paragraph + paragraph)
            start = int(self.starts[paragraph])
            candidates.append(self.paragraph_groups.candidate(paragraph, start, (original, text, ""), comparison))
        covering = None
        if (other := int(groups.covering[number])) != NONE:
            whole, text = self.store.whole(other)
            covering = CoveringDocument(whole, text.split("\n"), copy=int(groups.covering_copies[number]))
        count = self.store.documents - 1
        return replace(
            groups.case(number, document, self._local_result(number), candidates, covering, count),
            key=self.digests[16 * number : 16 * number + 16].hex(),
            words=self.words[number],
            free_of_repeats=bool(self.sources["alone"][number]),
        )

    def note_removed(self, number: int, decision: DocumentDecision) -> None:
        """Note which paragraphs of the document of a record are not in the output."""
        document = self.document_at[number]
        paragraphs = slice(int(self.first_paragraphs[document]), int(self.first_paragraphs[document + 1]))
        all_removed, removed = decision.dropped or decision.emptied, decision.removed
        self.removed[paragraphs] = [all_removed or start in removed for start in self.starts[paragraphs].tolist()]


def _load_comparisons(work: Path, paragraphs: slice) -> dict[int, Comparison]:
    """Return the comparisons of paragraphs with their originals, for those that were compared already."""
    offsets = np.load(work / "comparison_offsets.npy", mmap_mode="r")
    first, stop = np.searchsorted(offsets[:, 0], [paragraphs.start, paragraphs.stop]).tolist()
    comparisons = {}
    with open(work / "comparisons", "rb") as file:
        for paragraph, offset in offsets[first:stop].tolist():
            file.seek(offset)
            comparisons[paragraph] = Comparison.of_json(file.readline())
    return comparisons


def _load(work: Path, names: Iterable[str], part: slice) -> dict[str, Any]:
    """Return a slice of saved arrays, by name."""
    return {name: np.array(np.load(work / f"{name}.npy", mmap_mode="r")[part]) for name in names}
