"""Turn a failure of the program on one record, document or file into a sentence; the others are processed."""

from __future__ import annotations

import os
from types import TracebackType

from dedupe.errors import DedupeError, InputError, PatternTimeoutError, cause
from dedupe.model import Document, Report

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def kind_of(error: BaseException) -> str:
    """Return the type of an unexpected error and where in this package it was raised, without text of documents."""
    place = ""
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(_PACKAGE + os.sep):
            place = f" in {os.path.relpath(file, _PACKAGE).replace(os.sep, '/')}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


def failure(error: Exception) -> str:
    """Return a sentence about a failure on one document; raise the error again if it is not about the document.

    A pattern that ran too long is about one paragraph; any other `DedupeError` is about options, an index or a machine.
    """
    if isinstance(error, PatternTimeoutError):
        return f"{error}; what it was asked of is left as it was"
    if isinstance(error, DedupeError):
        raise error
    import logging  # 5 ms that only a failure costs

    logging.getLogger(__name__).debug("the program failed", exc_info=error)
    kind = kind_of(error)
    return f"the program failed on it ({kind}), so it is left as it was; please report it, with the text, as a bug"


def failed(document: Document, error: Exception) -> Report:
    """Return the report of a document on which the program failed: no cuts, no findings, and the problem."""
    return Report(document, problem=failure(error))


def unexpected(place: str, error: Exception, record: str = "") -> InputError:
    """Return the error of a file or record on which the program failed while reading it."""
    return InputError(place, failure(error), record)


def unwritten(place: str, error: Exception) -> InputError:
    """Return the error of a file on which the disk or the program failed while writing it."""
    if isinstance(error, OSError):
        return InputError(place, f"could not be written, so it is left as it was: {cause(error)}")
    return unexpected(place, error)


def warn_of(report: Report) -> None:
    """Log the problem of a report as a warning, for callers that return only the text."""
    if report.problem:
        import logging  # 5 ms that only a failure costs

        logging.getLogger(__name__).warning("%s: %s", report.document.id or "a document", report.problem)
