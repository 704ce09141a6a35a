"""Clean each document of many alone, and return the shingles that this takes, of what remains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from dedupe._failures import failure
from dedupe.corpus._parts import Item
from dedupe.matching.match import candidate_documents
from dedupe.model import Report
from dedupe.options import Options
from dedupe.text.bounds import reading_problem
from dedupe.text.quoting import may_quote
from dedupe.text.shingles import Shingles, joined, shingles
from dedupe.text.words import chunks

Check = Callable[[Sequence[Item]], Iterable[Report]]
"""Check records, each alone."""

Result = TypeVar("Result")


def clean_alone(items: Sequence[Item], options: Options, check: Check) -> tuple[Shingles, dict[int, Report]]:
    """Return the shingles of texts as given, and the reports of those that may have findings, by number in order.

    The gate of the deduper is applied here, to shingles that are needed anyway: a document that it rejects has none.
    """
    threshold = min(options.jaccard, options.containment)
    parts: list[Shingles] = []
    candidates: list[int] = []
    done = 0
    for part in chunks([item.text for item in items]):
        found = shingles(part)
        if len(found.starts) > len(found.documents):  # there are documents of more than one paragraph
            candidates += (candidate_documents(found, threshold) + done).tolist()
        parts.append(found)
        done += len(part)
    if options.remove_quoted_history:  # it is removed from documents without duplicates, too
        candidates = sorted({*candidates, *(number for number, item in enumerate(items) if may_quote(item.text))})
    return joined(parts), dict(zip(candidates, check([items[number] for number in candidates]), strict=True))


def replace_texts(chunk: Shingles, texts: Mapping[int, str]) -> Shingles:
    """Return the shingles of a chunk in which some documents, by number in order, are replaced by these texts."""
    if not texts:
        return chunk
    new = joined([shingles(part) for part in chunks(texts.values())])
    pieces: list[Shingles] = []
    done = 0
    for position, number in enumerate(texts):
        pieces += [_slice(chunk, done, number), _slice(new, position, position + 1)]
        done = number + 1
    return joined([*pieces, _slice(chunk, done, len(chunk.documents) - 1)])


def _slice(chunk: Shingles, first: int, stop: int) -> Shingles:
    """Return the shingles of the documents `first` to `stop`."""
    begin, end = int(chunk.documents[first]), int(chunk.documents[stop])
    start = int(chunk.starts[begin])
    return Shingles(
        chunk.hashes[start : int(chunk.starts[end])],
        chunk.starts[begin : end + 1] - start,
        chunk.documents[first : stop + 1] - begin,
    )


def without_failing(
    items: Sequence[Item], work: Callable[[Sequence[Item]], tuple[Result, dict[int, Report]]]
) -> tuple[Result, dict[int, Report], dict[int, str]]:
    """Return the result and reports of work on records; one on which it fails, or too large, is as one without text.

    Also returns a sentence about each such record, by number.
    """
    too_large = {number: why for number, item in enumerate(items) if (why := reading_problem(item.text))}
    problems: dict[int, str] = {}
    readable = _without_texts(items, too_large)
    try:
        result, reports = work(readable)
    except Exception as error:
        failure(error)  # raises errors that are not about one document
        for number, item in enumerate(readable):
            try:
                _, single = work([item])
            except Exception as item_error:
                problems[number] = failure(item_error)
            else:
                problems.update((number, report.problem) for report in single.values() if report.failed)
    else:
        problems = {number: report.problem for number, report in reports.items() if report.failed}
        if not problems:
            return result, reports, too_large
    result, reports = work(_without_texts(readable, problems))
    return result, reports, dict(sorted({**problems, **too_large}.items()))


def _without_texts(items: Sequence[Item], excluded: Mapping[int, str]) -> Sequence[Item]:
    """Return records, the excluded ones without their texts."""
    if not excluded:
        return items
    return [item._replace(text="") if number in excluded else item for number, item in enumerate(items)]
