"""`dedupe check`: report, change nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from dedupe._tally import counted
from dedupe.cli.console import Console, coloured, status
from dedupe.cli.flags import Settings
from dedupe.cli.run import CommandRun
from dedupe.cli.side_files import places_of, refuse_clashes
from dedupe.cli.staying import StayingDuplicates
from dedupe.model import Report
from dedupe.reporters.style import paint
from dedupe.reporters.table import OUTPUTS


def check(paths: Sequence[str], settings: Settings, output_format: str, fail_on: str, quiet: bool) -> int:
    """Print the findings of every document and return the exit status."""
    refuse_clashes(paths, places_of(settings), settings.walk_options)
    console = Console(quiet=quiet)
    staying_duplicates = StayingDuplicates(settings)
    colour = coloured(sys.stdout)
    render = OUTPUTS[output_format]
    counts = Counter[str]()

    def seen() -> Iterator[Report]:
        for _, _, reports in CommandRun(paths, settings, console):
            for report in reports:
                counts.update(documents=1, removes=report.count("remove"), flags=report.count("flag"))
                staying_duplicates.see(report)
                yield report

    for piece in render(seen(), colour=colour):
        console.text(piece)
    documents, removes, flags = counts["documents"], counts["removes"], counts["flags"]
    if output_format == "full" and documents and not quiet:
        console.text(paint(_counts(documents, removes, flags), "bold", colour) + _next_step(removes) + "\n")
        if not removes:
            console.text(staying_duplicates.sentence())
    elif output_format == "concise" and documents:  # there every line of the output is a finding
        console.note(_counts(documents, removes, flags) + _next_step(removes))
    sys.stdout.flush()
    return status(removes, flags, fail_on, console)


def _counts(documents: int, removes: int, flags: int) -> str:
    return f"{counted(documents, 'document')}: {removes:,} to remove, {flags:,} flagged"


def _next_step(removes: int) -> str:
    return "; remove them with: dedupe clean" if removes else ""
