"""Apply decisions and a baseline to reports, and write the report page."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeVar

from dedupe import __version__
from dedupe._places import shown
from dedupe.cli.config import Setting, flag_name
from dedupe.cli.console import Console
from dedupe.cli.option_classes import INDEX, JUDGING, OF_OPTIONS, READING, RunOptions
from dedupe.errors import InputError, OptionError
from dedupe.io.files import Source
from dedupe.io.replacing import replace_file
from dedupe.model import Report

if TYPE_CHECKING:
    from dedupe.reporters.html import Page
    from dedupe.review.baseline import Baseline
    from dedupe.review.decisions import Decisions

MAX_BYTES = 1 << 28
"""A file of decisions larger than this was not made by people."""

Loaded = TypeVar("Loaded")


class ReviewSession:
    """Apply decisions to each report, leave out known findings, and write page and baseline at the end."""

    def __init__(self, run_options: RunOptions, console: Console, options: Sequence[str] = ()) -> None:
        self.run_options = run_options
        self.console = console
        self.seen: list[str] = []
        self.decisions: Decisions | None = None
        self.baseline: Baseline | None = None
        self.new_baseline: Baseline | None = None
        self.page: Page | None = None
        if not run_options.overwrite:
            _refuse_existing(run_options)
        # What is imported here costs up to 10 ms, and most runs need none of it.
        if run_options.decisions:
            from dedupe.review import decisions

            self.decisions = load_file(run_options.decisions, decisions.loads)
        if run_options.baseline or run_options.write_baseline:
            from dedupe.review import baseline

            self.baseline = load_file(run_options.baseline, baseline.loads) if run_options.baseline else None
            self.new_baseline = baseline.Baseline(run_options.write_baseline) if run_options.write_baseline else None
        if run_options.report:
            from dedupe.reporters.html import Page

            self.page = Page(__version__, _now(), options)

    @property
    def sees_all(self) -> bool:
        """Whether reports without findings are used."""
        return self.decisions is not None or self.page is not None

    @property
    def sees_findings(self) -> bool:
        """Whether the reasons of findings are used."""
        return self.sees_all or self.baseline is not None or self.new_baseline is not None

    def decided(self, report: Report) -> Report:
        """Return the report with decisions applied; print why others are not."""
        if self.decisions is not None:
            self.seen.append(report.document.id)
            report, refused = self.decisions.apply(report)
            for sentence in refused:
                self.console.warn(sentence)
        return report

    def without_known(self, report: Report) -> Report:
        """Return the report without known findings, as the page shows it."""
        if self.new_baseline is not None:
            self.new_baseline.add(report)
        if self.baseline is not None:
            report = self.baseline.new(report)
        if self.page is not None:
            self.page.add(report)
        return report

    def close(self) -> None:
        """Write baseline and page, and warn of decisions about other documents; raise `InputError` on failure."""
        if self.decisions is not None:
            for document in self.decisions.unused(self.seen):
                self.console.warn(
                    f"{self.decisions.place}: decides about {document}, which is not among these documents"
                )
        for path in _output_files(self.run_options):
            if path != self.run_options.baseline and os.path.lexists(path):
                self.console.warn(f"{path}: exists and is replaced; to keep such files, add --no-overwrite")
        if self.new_baseline is not None:
            replace_file(self.run_options.write_baseline, [self.new_baseline.dumps().encode("ascii")])
        if self.page is not None:
            pieces = self.page.pieces()
            replace_file(self.run_options.report, (piece.encode("utf-8", "backslashreplace") for piece in pieces))


def _output_files(run_options: RunOptions) -> list[str]:
    return [path for path in (run_options.write_baseline, run_options.report) if path]


def _refuse_existing(run_options: RunOptions) -> None:
    """Raise `OptionError` for a file that would be replaced, before anything is read."""
    for path in _output_files(run_options):
        if os.path.lexists(path):
            option = "--report" if path == run_options.report else "--write-baseline"
            raise OptionError(f"{option} {path} exists already; name another file, or leave out --no-overwrite")


def changed_flags(settings: Mapping[str, Setting]) -> list[str]:
    """Return the settings of reading, judging and the index that are not defaults, as flags."""
    found = []
    for one in settings.values():
        if one.source != "default" and OF_OPTIONS[one.name] in (JUDGING, READING, INDEX):
            values = one.value if isinstance(one.value, tuple) else (one.value,)
            flag = flag_name(one.name)
            switch = flag if one.value else f"--no-{flag[2:]}"
            found += [switch] if isinstance(one.value, bool) else [f"{flag} {shown(str(value))}" for value in values]
    return found


def _now() -> str:
    """Return the time of the run, or `SOURCE_DATE_EPOCH` for reproducible pages."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), timezone.utc) if epoch.isdecimal() else datetime.now(timezone.utc)
    return f"{now:%Y-%m-%d %H:%M} UTC"


def load_file(name: str, loads: Callable[[bytes, str], Loaded]) -> Loaded:
    """Return the content of a file; raise `InputError` if it cannot be read."""
    with Source(name, name).open() as opened:
        data = opened.stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(
            name, f"is larger than {MAX_BYTES >> 20} MB, and so no file of decisions or findings; name another"
        )
    return loads(data, name)
