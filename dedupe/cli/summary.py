"""What a run has done to files, in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dedupe.cli.run import RunItem
from dedupe.io.formats import Record


class FileCounts:
    """Counts what is found in files, and keeps the counts of those that are done."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()

    def counting(self, done: Iterator[RunItem]) -> Iterator[RunItem]:
        """Yield a file's records as they go by, counted."""
        waiting = self._waiting
        for one in done:
            _, record, reports = one
            failed = isinstance(record, Record) and record.error is not None
            waiting["failed"] += failed + sum(bool(report.problem) for report in reports)
            for report in reports:
                waiting["removed"] += report.count("remove")
                waiting["flagged"] += report.count("flag")
                waiting["characters"] += sum(cut.end - cut.start for cut in report.cuts)
            yield one

    def keep(self) -> None:
        """Keep the counts of a file: it is done."""
        self._waiting["files"] += 1
        self._waiting["changed"] += self._waiting["removed"] > 0
        self.counts += self._waiting

    def forget(self) -> None:
        """Forget the counts of a file: they are kept, or it was left as it was."""
        self._waiting.clear()

    def sentence(self, files: int, annotated: bool, replaced: int = 0) -> str:
        """Return the line about so many files; `replaced`: how many that were there were written over."""
        counts = self.counts
        paragraphs = counted(counts["removed"], "paragraph")
        if annotated:
            text = f"{counted(counts['files'], 'file')} annotated: {paragraphs} to remove"
        else:
            characters = counted(counts["characters"], "character")
            text = f"{counts['changed']:,} of {counted(files, 'file')} changed: {paragraphs} and {characters} removed"
        text += f", {counts['flagged']:,} flagged, {files - counts['files']:,} skipped"
        text += f", {counted(counts['failed'], 'record')} passed unchanged" if counts["failed"] else ""
        return text + (f"; {counted(replaced, 'file')} written over" if replaced else "")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is one."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
