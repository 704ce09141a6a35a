"""What becomes of one record, document or file on which the program itself fails: a sentence, and the others go on."""

from __future__ import annotations

import os
from types import TracebackType

from dedupe.errors import DedupeError, InputError, PatternTimeoutError
from dedupe.model import Document, Report

_PACKAGE = os.path.dirname(os.path.abspath(__file__))


def kind_of(error: BaseException) -> str:
    """Return the kind of an unexpected error and where in this package it arose; nothing of a text is in it."""
    place = ""
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(_PACKAGE + os.sep):
            place = f" in {os.path.relpath(file, _PACKAGE).replace(os.sep, '/')}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


def failure(error: Exception) -> str:
    """Return the sentence about what the program failed on; raise the error again if it is about more than that.

    A pattern that ran too long is about one paragraph; other errors of ours are about options, an index, a machine.
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
    """Return the error that says so of a place that was being read."""
    return InputError(place, failure(error), record)


def unwritten(place: str, error: Exception) -> InputError:
    """Return the error that says so of a place that was being written, where the disk or the program failed."""
    if isinstance(error, OSError):
        return InputError(place, f"could not be written, so it is left as it was: {error.strerror or error}")
    return unexpected(place, error)


def warn_of(report: Report) -> None:
    """Log what went wrong with a document, for a caller who gets nothing but its text."""
    if report.problem:
        import logging  # 5 ms that only a failure costs

        logging.getLogger(__name__).warning("%s: %s", report.document.id or "a document", report.problem)
