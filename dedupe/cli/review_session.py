"""What a person has to do with reports on their way: decisions and a baseline in, a page for a browser out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TypeVar

from dedupe import __version__
from dedupe._places import shown
from dedupe.cli.config import Setting
from dedupe.cli.console import Console
from dedupe.cli.groups import INDEX, JUDGING, OF_OPTIONS, READING
from dedupe.cli.option_classes import RunOptions
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
    """Takes each report, gives it back as decided and without what is known, and writes the page at the end."""

    def __init__(self, run_options: RunOptions, console: Console, options: Sequence[str] = ()) -> None:
        self.run_options = run_options
        self.console = console
        self.seen: list[str] = []
        self.decisions: Decisions | None = None
        self.baseline: Baseline | None = None
        self.known: Baseline | None = None
        self.page: Page | None = None
        if not run_options.overwrite:
            _refuse_existing(run_options)
        # What is imported here costs up to 10 ms, and most runs need none of it.
        if run_options.decisions:
            from dedupe.review import decisions

            self.decisions = loaded(run_options.decisions, decisions.loads)
        if run_options.baseline or run_options.write_baseline:
            from dedupe.review import baseline

            self.baseline = loaded(run_options.baseline, baseline.loads) if run_options.baseline else None
            self.known = baseline.Baseline(run_options.write_baseline) if run_options.write_baseline else None
        if run_options.report:
            from dedupe.reporters.html import Page

            self.page = Page(__version__, _now(), options)

    @property
    def sees_all(self) -> bool:
        """Whether reports that say nothing matter, too."""
        return self.decisions is not None or self.page is not None

    @property
    def sees_findings(self) -> bool:
        """Whether the reasons in reports matter."""
        return self.sees_all or self.baseline is not None or self.known is not None

    def decided(self, report: Report) -> Report:
        """Return the report with decisions obeyed."""
        if self.decisions is not None:
            self.seen.append(report.document.id)
            report, refused = self.decisions.obeyed(report)
            for sentence in refused:
                self.console.warn(sentence)
        return report

    def passed(self, report: Report) -> Report:
        """Return the report, which can be carried out, without known findings; the page shows it so."""
        if self.known is not None:
            self.known.add(report)
        if self.baseline is not None:
            report = self.baseline.new(report)
        if self.page is not None:
            self.page.add(report)
        return report

    def close(self) -> None:
        """Write what is to be written, and say which decisions nobody asked for; raise `InputError` if that fails."""
        if self.decisions is not None:
            for document in self.decisions.unasked(self.seen):
                self.console.warn(
                    f"{self.decisions.place}: decides about {document}, which is not among these documents"
                )
        for path in _written(self.run_options):
            if path != self.run_options.baseline and os.path.lexists(path):
                self.console.warn(f"{path}: was there and is replaced; to keep such files, add --no-overwrite")
        if self.known is not None:
            replace_file(self.run_options.write_baseline, [self.known.dumps().encode("ascii")])
        if self.page is not None:
            pieces = self.page.pieces()
            replace_file(self.run_options.report, (piece.encode("utf-8", "backslashreplace") for piece in pieces))


def _written(run_options: RunOptions) -> list[str]:
    return [path for path in (run_options.write_baseline, run_options.report) if path]


def _refuse_existing(run_options: RunOptions) -> None:
    """Raise `OptionError` for a file that would be replaced, before anything is read."""
    for path in _written(run_options):
        if os.path.lexists(path):
            option = "--report" if path == run_options.report else "--write-baseline"
            raise OptionError(f"{option} {path} is there already; name another file, or leave out --no-overwrite")


def changed(settings: Mapping[str, Setting]) -> list[str]:
    """Return the settings of a judgement that are not defaults, as they are written behind a command."""
    found = []
    for one in settings.values():
        name = one.name.replace("_", "-")
        if one.source != "default" and OF_OPTIONS[one.name] in (JUDGING, READING, INDEX):
            values = one.value if isinstance(one.value, tuple) else (one.value,)
            switch = f"--{name}" if one.value else f"--no-{name}"
            found += [switch] if isinstance(one.value, bool) else [f"--{name} {shown(str(value))}" for value in values]
    return found


def _now() -> str:
    """Return the time of the run, or the one that a reproducible build asks for."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), timezone.utc) if epoch.isdecimal() else datetime.now(timezone.utc)
    return f"{now:%Y-%m-%d %H:%M} UTC"


def loaded(name: str, loads: Callable[[bytes, str], Loaded]) -> Loaded:
    """Return what a file holds; raise `InputError` for one that cannot be read."""
    with Source(name, name).open() as opened:
        data = opened.stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(
            name, f"is larger than {MAX_BYTES >> 20} MB, and so no file of decisions or findings; name another"
        )
    return loads(data, name)
