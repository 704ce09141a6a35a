"""`dedupe index`: an index that remembers, from making it to giving its room back."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dedupe._failures import failure
from dedupe._places import lines_numbered
from dedupe._tally import ErrorLog
from dedupe.across.index_session import batch_of, iso_day
from dedupe.cli.config import Setting
from dedupe.cli.console import CLEAN, WOULD_REMOVE, Console
from dedupe.cli.option_classes import IndexOptions
from dedupe.cli.unused_options import given
from dedupe.errors import InputError, OptionError
from dedupe.index import Occurrence, Store, maintenance
from dedupe.index.batch import stored_id
from dedupe.index.lookup import IndexHit, look_up
from dedupe.index.open import open_index
from dedupe.io.files import STDIN, Source
from dedupe.io.formats import Record
from dedupe.model import Document, Report
from dedupe.options import Options
from dedupe.reporters.style import lines_of, report_named, safe, shortened

DAY = 86400

WIDTH = 60
"""Characters of a paragraph that are shown."""


ANY = Options(jaccard=1.0)
"""Options that every index can serve."""


@contextmanager
def opened(
    index_options: IndexOptions, options: Options, console: Console, *, write: bool, make: bool = True
) -> Iterator[Store | None]:
    """Open the index of the settings and close it at the end; None when it fails and one can do without."""
    try:
        index = open_index(
            index_options.index, options, write=write, make=make, store_text=index_options.store_text, say=console.warn
        )
    except InputError as error:
        if not index_options.index_optional:
            raise
        console.warn(f"{error}; going on without the index")
        yield None
        return
    try:
        yield index
    finally:
        index.close()


def refuse_unlike(settings: Mapping[str, Setting], index: Store) -> None:
    """Raise `OptionError` for a flag that asks for another index than the one that is there."""
    for name in given(settings, "jaccard", "permutations", "seed"):
        held, wanted = getattr(index.spec, name), settings[name].value
        if held != wanted:
            raise OptionError(
                f"{index.where} was made with --{name} {held}, and stays so; leave out --{name} {wanted}, or build "
                "another index"
            )


def named(source: Source, record: Record) -> Iterator[Document]:
    """Yield a record's documents under their names in an index: what the format gives, else the absolute path."""
    for document, place in zip(record.documents, record.places, strict=True):
        if place.get("id"):
            yield document
        elif source.name == STDIN:
            yield replace(document, id="")
        else:
            yield replace(document, id=os.path.abspath(source.name) + document.id[len(source.name) :])


def as_given(report: Report, document: Document, place: Mapping[str, Any]) -> Report:
    """Return a report under the name its document was given, with its place."""
    name = report.document.id
    if name != document.id:
        findings = tuple(
            replace(one, original=replace(one.original, document=document.id)) if one.original.document == name else one
            for one in report.findings
        )
        report = replace(report, document=document, findings=findings)
    return replace(report, place=place)


Placed = Iterator[tuple[Document, Mapping[str, Any]]]
"""Documents under their names in an index, and their places as given."""


def add(documents: Placed, index: Store, console: Console) -> int:
    """Write documents to the index, a batch at a time, and say how many."""
    count = 0
    batch: list[tuple[Document, Mapping[str, Any]]] = []
    errors = ErrorLog(console.complain, console.warn)
    for document, place in documents:
        if not document.id:
            raise OptionError("standard input has no name to be remembered under; name a file, or give --id")
        batch.append((document, place))
        if len(batch) == maintenance.BATCH_DOCUMENTS:
            count += _added(batch, index, errors)
            batch = []
    count += _added(batch, index, errors)
    errors.end()
    console.note(f"{index.where}: {count} document{'s' * (count != 1)} added")
    return 2 if console.failed else CLEAN


def _added(batch: Sequence[tuple[Document, Mapping[str, Any]]], index: Store, errors: ErrorLog) -> int:
    """Write documents; return how many, and tell which could not be."""
    written, problems = batch_of([document for document, _ in batch], index.spec)
    for number, problem in problems.items():
        _tell(Report(batch[number][0], place=batch[number][1]), problem, errors)
    index.add(written)
    return len(written.documents)


def _tell(report: Report, problem: str, errors: ErrorLog) -> None:
    """Tell on which document the program failed."""
    errors.of(str(report.place.get("document", report.document.id)))
    errors.tell(InputError(report_named(report), problem))


def query(documents: Placed, index: Store, options: Options, console: Console, as_json: bool) -> int:
    """Print for each paragraph where it was seen before; the exit status is 1 when one was, as `check` has it."""
    known = 0
    errors = ErrorLog(console.complain, console.warn)
    for document, place in documents:
        named_as = Report(document, place=place)
        try:
            asked, problems = batch_of([document], index.spec)
            if problems:
                _tell(named_as, problems[0], errors)
                continue
            seen = look_up(index, asked, options.jaccard, index.next_number())
        except Exception as error:
            _tell(named_as, failure(error), errors)
            continue
        rows = [(one, seen[one.paragraph]) for one in asked.documents[0].occurrences if seen[one.paragraph]]
        known += len(rows)
        if as_json:
            found = [{"lines": [one.first_line, one.last_line], "seen": _listed(seen)} for one, seen in rows]
            record = {"path": place["document"], "record": place["record"]} if "record" in place else {}
            console.text(json.dumps({"document": document.id, **record, "paragraphs": found}) + "\n")
        else:
            for one, several in rows:
                where = lines_of(named_as, (one.first_line, one.last_line))
                console.text(f"{where}: {_line(document, one, several)}\n")
    errors.end()
    sys.stdout.flush()
    return 2 if console.failed else WOULD_REMOVE if known else CLEAN


def _listed(several: Sequence[IndexHit]) -> list[dict[str, Any]]:
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


def _line(document: Document, place: Occurrence, several: Sequence[IndexHit]) -> str:
    entry, home = several[0].occurrences[0]
    pages = len({entry.id for one in several for entry, _ in one.occurrences})
    first = iso_day(min(entry.added for one in several for entry, _ in one.occurrences))
    text = shortened(safe(" ".join(document.text[place.start : place.end].split())), WIDTH)
    where = f"{safe(entry.id)}:{lines_numbered((home.first_line, home.last_line))}"
    count = f"{pages} document{'s' * (pages != 1)}"
    return f"in {count}, first seen {first}, Jaccard {several[0].jaccard:.2f} in {where}: {text}"


def remove(ids: Sequence[str], index: Store, console: Console) -> int:
    """Take documents out of the index; a name that is not there is said."""
    found: list[str] = []
    for one in ids:
        there = index.holds([stored_id(one)]) or index.holds([stored_id(os.path.abspath(one))])
        if not there:
            console.complain(f"{index.where}: there is no document {one!r}")
        found += there
    count = index.remove(found)
    console.note(f"{index.where}: {count} document{'s' * (count != 1)} removed")
    return 2 if console.failed else CLEAN


def merge(others: Sequence[str], index: Store, console: Console) -> int:
    """Add what other indexes hold."""
    for place in others:
        other = open_index(place, ANY, say=console.warn)
        try:
            count = maintenance.merge(index, other)
        finally:
            other.close()
        console.note(f"{index.where}: {count} document{'s' * (count != 1)} added from {other.where}")
    return CLEAN


def expire(days: float, index: Store, console: Console) -> int:
    """Take out documents that were added longer ago than so many days."""
    if not 0 <= days < 1e5:
        raise OptionError(f"--older-than must be a number of days from 0 to 99999, not {days}")
    count = maintenance.expire(index, int(time.time() - days * DAY))
    console.note(f"{index.where}: {count} document{'s' * (count != 1)} removed")
    return CLEAN


def stats(index: Store, console: Console, as_json: bool) -> int:
    """Print what is in the index."""
    held = index.stats()
    each = held.size / max(1, held.paragraphs)
    spec = index.spec
    if as_json:
        console.text(json.dumps(_stats_object(index)) + "\n")
        sys.stdout.flush()
        return CLEAN
    rows = [
        f"documents   {held.documents}",
        f"paragraphs  {held.paragraphs}, {held.distinct_paragraphs} different",
        f"size        {held.size} bytes, {each:.0f} a paragraph",
        f"made for    Jaccard {spec.jaccard} and more: {spec.bands} bands of {spec.rows} out of "
        f"{spec.permutations} permutations, {spec.scheme}, seed {spec.seed}",
        f"texts       {'kept' if spec.texts else 'not kept: repeats are flagged, not removed'}",
    ]
    rows += [f"on {pages} pages: {shortened(safe(text), WIDTH)}" for pages, text in held.most_frequent if pages > 1]
    console.text("\n".join(rows) + "\n")
    sys.stdout.flush()
    return CLEAN


def _stats_object(index: Store) -> dict[str, Any]:
    """Return what is in the index as the object of the JSON output."""
    held, spec = index.stats(), index.spec
    return {
        "schema": 1,
        "index": index.where,
        "documents": held.documents,
        "paragraphs": held.paragraphs,
        "different_paragraphs": held.distinct_paragraphs,
        "bytes": held.size,
        "jaccard": spec.jaccard,
        "bands": spec.bands,
        "band_rows": spec.rows,
        "permutations": spec.permutations,
        "seed": spec.seed,
        "scheme": spec.scheme,
        "texts": bool(spec.texts),
        "most_frequent": [{"pages": pages, "text": text} for pages, text in held.most_frequent if pages > 1],
    }


def verify(index: Store, console: Console) -> int:
    """Print a sentence for everything that is not as it must be."""
    for sentence in maintenance.problems(index):
        console.complain(str(InputError(index.where, sentence)))
    if not console.failed:
        console.note(f"{index.where}: everything is as it must be")
    return 2 if console.failed else CLEAN


def compact(index: Store, console: Console) -> int:
    """Give room back."""
    before = index.stats().size
    index.compact()
    console.note(f"{index.where}: {before} bytes before, {index.stats().size} now")
    return CLEAN
