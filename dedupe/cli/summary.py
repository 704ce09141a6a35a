"""Summary of a run over files, in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dedupe._tally import counted
from dedupe.cli.run import RunItem
from dedupe.io.formats import Record


class FileCounts:
    """Count the findings of files, and sum the counts of finished ones."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._current: Counter[str] = Counter()

    def counting(self, done: Iterator[RunItem]) -> Iterator[RunItem]:
        """Yield the records of a file and count their findings."""
        current = self._current
        for item in done:
            _, record, reports = item
            failed = isinstance(record, Record) and record.error is not None
            current["failed"] += failed + sum(bool(report.problem) for report in reports)
            for report in reports:
                current["removed"] += report.count("remove")
                current["flagged"] += report.count("flag")
                current["characters"] += sum(cut.end - cut.start for cut in report.cuts)
            yield item

    def keep(self) -> None:
        """Add the counts of a finished file."""
        self._current["files"] += 1
        self._current["changed"] += self._current["removed"] > 0
        self.counts += self._current

    def forget(self) -> None:
        """Clear the counts of the current file: they are added, or the file was left as it was."""
        self._current.clear()

    def sentence(self, files: int, annotated: bool, replaced: int = 0) -> str:
        """Return the line about `files` files; `replaced` is the number of overwritten ones."""
        counts = self.counts
        paragraphs = counted(counts["removed"], "paragraph")
        if annotated:
            text = f"{counted(counts['files'], 'file')} annotated: {paragraphs} to remove"
        else:
            characters = counted(counts["characters"], "character")
            text = f"{counts['changed']:,} of {counted(files, 'file')} changed: {paragraphs} and {characters} removed"
        text += f", {counts['flagged']:,} flagged, {files - counts['files']:,} skipped"
        text += f", {counted(counts['failed'], 'record')} passed unchanged" if counts["failed"] else ""
        return text + (f"; {counted(replaced, 'file')} overwritten" if replaced else "")
