"""Fingerprints of documents among which there may be some that the program fails on, or that are too large."""

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
    """Do as `fingerprint`, but count a document that fails, or takes too much memory, as one without text.

    Such a document comes with what went wrong.
    """
    large = {number: why for number, one in enumerate(documents) if (why := reading_problem(one.text))}
    problems: dict[int, str] = {}
    readable = _without(documents, large)
    try:
        prints, reports = fingerprint(readable, deduper, banding)
    except Exception as error:
        failure(error)  # raises what is about more than one of them
        for number, document in enumerate(readable):
            try:
                _, alone = fingerprint([document], deduper, banding)
            except Exception as one:
                problems[number] = failure(one)
            else:
                problems.update((number, report.problem) for report in alone.values() if report.failed)
    else:
        problems = {number: report.problem for number, report in reports.items() if report.failed}
        if not (problems or large):
            return prints, reports, problems
    if problems:
        prints, reports = fingerprint(_without(readable, problems), deduper, banding)
    problems |= large
    for number in problems:
        prints.documents["digest"][number] = np.frombuffer(digest(documents[number]), "V16")[0]
    return prints, reports, dict(sorted(problems.items()))


def _without(documents: Sequence[Item], left_out: Mapping[int, str]) -> Sequence[Item]:
    """Return documents, those of these numbers without their texts."""
    if not left_out:
        return documents
    return [one._replace(text="") if number in left_out else one for number, one in enumerate(documents)]
