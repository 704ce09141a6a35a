"""`dedupe index`: make, query and maintain an index."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dedupe._failures import failure
from dedupe._places import lines_numbered
from dedupe._tally import ErrorLog
from dedupe.across.index_session import batch_of, iso_day
from dedupe.cli.config import Setting
from dedupe.cli.console import CLEAN, WOULD_REMOVE, Console
from dedupe.cli.flags import flags_given
from dedupe.cli.opened_indexes import ANY_INDEX
from dedupe.errors import InputError, OptionError
from dedupe.index import Occurrence, Store, maintenance
from dedupe.index.batch import stored_id
from dedupe.index.lookup import IndexHit, IndexState, look_up_all
from dedupe.index.open import open_index
from dedupe.io.files import STDIN, Source
from dedupe.io.formats import Record
from dedupe.model import Document, Report
from dedupe.options import Options
from dedupe.reporters.style import lines_of, report_named, safe, shortened

DAY = 86400

TEXT_CHARACTERS = 60
"""Characters shown of a paragraph."""


def refuse_unlike(settings: Mapping[str, Setting], index: Store) -> None:
    """Raise `OptionError` for a flag that differs from what the existing index was made with."""
    for name in flags_given(settings, "jaccard", "permutations", "seed"):
        stored, wanted = getattr(index.spec, name), settings[name].value
        if stored != wanted:
            raise OptionError(
                f"{index.where} was made with --{name} {stored}, which cannot change; leave out --{name} {wanted}, "
                "or build another index"
            )


def index_documents(source: Source, record: Record) -> Iterator[Document]:
    """Yield the documents of a record under their names in an index: the id of the format, else the absolute path."""
    for document, place in zip(record.documents, record.places, strict=True):
        if place.get("id"):
            yield document
        elif source.name == STDIN:
            yield replace(document, id="")
        else:
            yield replace(document, id=os.path.abspath(source.name) + document.id[len(source.name) :])


def under_given_name(report: Report, document: Document, place: Mapping[str, Any]) -> Report:
    """Return a report under the given name of its document, with its place."""
    name = report.document.id
    if name != document.id:
        findings = tuple(
            replace(one, original=replace(one.original, document=document.id)) if one.original.document == name else one
            for one in report.findings
        )
        report = replace(report, document=document, findings=findings)
    return replace(report, place=place)


PlacedDocuments = Iterator[tuple[Document, Mapping[str, Any]]]
"""Documents under their names in an index, with their places."""


def add(documents: PlacedDocuments, index: Store, console: Console) -> int:
    """Add documents to the index, a batch at a time; return the exit status."""
    count = 0
    batch: list[tuple[Document, Mapping[str, Any]]] = []
    errors = ErrorLog(console.complain, console.warn)
    for document, place in documents:
        if not document.id:
            raise OptionError("standard input has no name in the index; name a file, or give --id")
        batch.append((document, place))
        if len(batch) == maintenance.BATCH_DOCUMENTS:
            count += _add_batch(batch, index, errors)
            batch = []
    count += _add_batch(batch, index, errors)
    errors.end()
    console.note(f"{index.where}: {count} document{'s' * (count != 1)} added")
    return console.end()


def _add_batch(batch: Sequence[tuple[Document, Mapping[str, Any]]], index: Store, errors: ErrorLog) -> int:
    """Add a batch of documents; print which failed and return the number of the others."""
    written, problems = batch_of([document for document, _ in batch], index.spec)
    for number, problem in problems.items():
        _report_failure(Report(batch[number][0], place=batch[number][1]), problem, errors)
    index.add(written)
    return len(written.documents)


def _report_failure(report: Report, problem: str, errors: ErrorLog) -> None:
    """Print on which document the program failed."""
    errors.of(str(report.place.get("document", report.document.id)))
    errors.tell(InputError(report_named(report), problem))


def query(
    documents: PlacedDocuments, indexes: Sequence[Store], options: Options, console: Console, as_json: bool
) -> int:
    """Print where each paragraph was seen before; the exit status is 1 if one was, as in `check`."""
    known = 0
    errors = ErrorLog(console.complain, console.warn)
    for document, place in documents:
        named_as = Report(document, place=place)
        try:
            batch, problems = batch_of([document], indexes[0].spec)
            if problems:
                _report_failure(named_as, problems[0], errors)
                continue
            states = [IndexState(index, index.next_number()) for index in indexes]
            seen = look_up_all(states, batch, options.jaccard)
        except Exception as error:
            _report_failure(named_as, failure(error), errors)
            continue
        seen_paragraphs = [(one, seen[one.paragraph]) for one in batch.documents[0].occurrences if seen[one.paragraph]]
        known += len(seen_paragraphs)
        if as_json:
            found = [
                {"lines": [one.first_line, one.last_line], "seen": _hit_objects(seen)} for one, seen in seen_paragraphs
            ]
            record = {"path": place["document"], "record": place["record"]} if "record" in place else {}
            console.text(json.dumps({"schema": 1, "document": document.id, **record, "paragraphs": found}) + "\n")
        else:
            for one, several in seen_paragraphs:
                where = lines_of(named_as, (one.first_line, one.last_line))
                console.text(f"{where}: {_hit_line(document, one, several)}\n")
    errors.end()
    return console.end() or (WOULD_REMOVE if known else CLEAN)


def _hit_objects(several: Sequence[IndexHit]) -> list[dict[str, Any]]:
    return [
        {
            "document": entry.id,
            "lines": [place.first_line, place.last_line],
            "span": [place.start, place.end],
            "jaccard": round(one.jaccard, 4),
            "first_seen": iso_day(entry.added),
        }
        for one in several
        for entry, place in one.occurrences
    ]


def _hit_line(document: Document, place: Occurrence, several: Sequence[IndexHit]) -> str:
    entry, occurrence = several[0].occurrences[0]
    pages = len({entry.id for one in several for entry, _ in one.occurrences})
    first = iso_day(min(entry.added for one in several for entry, _ in one.occurrences))
    text = shortened(safe(" ".join(document.text[place.start : place.end].split())), TEXT_CHARACTERS)
    where = f"{safe(entry.id)}:{lines_numbered((occurrence.first_line, occurrence.last_line))}"
    count = f"{pages} document{'s' * (pages != 1)}"
    return f"in {count}, first seen {first}, Jaccard {several[0].jaccard:.2f} in {where}: {text}"


def remove(ids: Sequence[str], index: Store, console: Console) -> int:
    """Remove documents from the index; a name that is not in it is an error."""
    names = {one: (stored_id(one), stored_id(os.path.abspath(one))) for one in ids}
    held = index.holds([name for pair in names.values() for name in pair])
    found: list[str] = []
    for one, pair in names.items():
        there = [name for name in pair if name in held][:1]
        if not there:
            console.complain(f"{index.where}: there is no document {one!r}")
        found += there
    count = index.remove(found)
    console.note(f"{index.where}: {count} document{'s' * (count != 1)} removed")
    return console.end()


def merge(others: Sequence[str], index: Store, console: Console) -> int:
    """Add the documents of other indexes."""
    for place in others:
        other = open_index(place, ANY_INDEX)
        try:
            count = maintenance.merge(index, other)
        finally:
            other.close()
        console.note(f"{index.where}: {count} document{'s' * (count != 1)} added from {other.where}")
    return CLEAN


def expire(days: float, by_last_seen: bool, index: Store, console: Console) -> int:
    """Remove documents that were added, or last seen, more than `days` ago."""
    if not 0 <= days < 1e5:
        raise OptionError(f"--older-than must be a number of days from 0 to 99999, not {days}")
    before = int(time.time() - days * DAY) + 1  # 0 days: those of this second, too
    count = maintenance.expire(index, before, by_last_seen=by_last_seen)
    console.note(f"{index.where}: {count} document{'s' * (count != 1)} removed")
    return CLEAN


def stats(index: Store, console: Console, as_json: bool) -> int:
    """Print the size and the contents of the index."""
    found = index.stats()
    each = found.size / max(1, found.paragraphs)
    spec = index.spec
    if as_json:
        console.text(json.dumps(_stats_object(index)) + "\n")
        return console.end()
    lines = [
        f"documents   {found.documents}",
        f"paragraphs  {found.paragraphs}, {found.distinct_paragraphs} different",
        f"size        {found.size} bytes, {each:.0f} a paragraph",
        f"made for    Jaccard {spec.jaccard} and more: {spec.keys} keys a paragraph, of {spec.run} shingles each, "
        f"{spec.scheme}, seed {spec.seed}",
        f"texts       {'kept' if spec.texts else 'not kept: repeats are flagged, not removed'}",
    ]
    lines += [
        f"on {pages} pages: {shortened(safe(text), TEXT_CHARACTERS)}"
        for pages, text in found.most_frequent
        if pages > 1
    ]
    console.text("\n".join(lines) + "\n")
    return console.end()


def _stats_object(index: Store) -> dict[str, Any]:
    """Return the object of the JSON output of `stats`."""
    found, spec = index.stats(), index.spec
    return {
        "schema": 1,
        "index": index.where,
        "documents": found.documents,
        "paragraphs": found.paragraphs,
        "different_paragraphs": found.distinct_paragraphs,
        "bytes": found.size,
        "jaccard": spec.jaccard,
        "keys": spec.keys,
        "run": spec.run,
        "permutations": spec.permutations,
        "seed": spec.seed,
        "scheme": spec.scheme,
        "texts": bool(spec.texts),
        "most_frequent": [{"pages": pages, "text": text} for pages, text in found.most_frequent if pages > 1],
    }


def verify(index: Store, console: Console) -> int:
    """Print an error for every fault in the index."""
    for sentence in maintenance.problems(index):
        console.complain(str(InputError(index.where, sentence)))
    if not console.failed:
        console.note(f"{index.where}: no faults found")
    return console.end()


def compact(index: Store, console: Console) -> int:
    """Free unused space."""
    before = index.stats().size
    index.compact()
    console.note(f"{index.where}: {before} bytes before, {index.stats().size} now")
    return CLEAN
