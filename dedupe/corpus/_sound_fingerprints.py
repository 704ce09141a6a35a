"""Fingerprint documents of which some may be too large, or make the program fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dedupe._failures import failure
from dedupe.corpus._fingerprints import Fingerprints, digest, fingerprint
from dedupe.corpus._parts import Item
from dedupe.deduper import Deduper
from dedupe.model import Report
from dedupe.text.bounds import reading_problem


def fingerprint_safely(
    documents: Sequence[Item], deduper: Deduper, banding: tuple[int, int] | None
) -> tuple[Fingerprints, dict[int, Report], dict[int, str]]:
    """Fingerprint documents; treat one that fails, or takes too much memory, as one without text.

    Returns the fingerprints and reports of `fingerprint`, and a sentence about each such document, by number.
    """
    too_large = {number: why for number, document in enumerate(documents) if (why := reading_problem(document.text))}
    problems: dict[int, str] = {}
    readable = _without_texts(documents, too_large)
    try:
        fingerprints, reports = fingerprint(readable, deduper, banding)
    except Exception as error:
        failure(error)  # raises errors that are not about one document
        for number, document in enumerate(readable):
            try:
                _, single = fingerprint([document], deduper, banding)
            except Exception as document_error:
                problems[number] = failure(document_error)
            else:
                problems.update((number, report.problem) for report in single.values() if report.failed)
    else:
        problems = {number: report.problem for number, report in reports.items() if report.failed}
        if not (problems or too_large):
            return fingerprints, reports, problems
    if problems:
        fingerprints, reports = fingerprint(_without_texts(readable, problems), deduper, banding)
    problems |= too_large
    for number in problems:
        fingerprints.documents["digest"][number] = np.frombuffer(digest(documents[number]), "V16")[0]
    return fingerprints, reports, dict(sorted(problems.items()))


def _without_texts(documents: Sequence[Item], excluded: Mapping[int, str]) -> Sequence[Item]:
    """Return documents, the excluded ones without their texts."""
    if not excluded:
        return documents
    return [document._replace(text="") if number in excluded else document for number, document in enumerate(documents)]
