"""`dedupe check`: report, change nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from dedupe.cli.console import Console, FailOn, coloured, status
from dedupe.cli.flags import Settings
from dedupe.cli.run import CommandRun
from dedupe.cli.side_files import places_of, refuse_clashes
from dedupe.model import Report
from dedupe.reporters.style import paint
from dedupe.reporters.table import OUTPUTS


def check(paths: Sequence[str], settings: Settings, output_format: str, fail_on: FailOn) -> int:
    """Print the findings of every document and return the exit status."""
    refuse_clashes(paths, places_of(settings), settings.walk_options)
    console = Console()
    colour = coloured(sys.stdout)
    render = OUTPUTS[output_format]
    counts = Counter[str]()

    def counted() -> Iterator[Report]:
        for _, _, reports in CommandRun(paths, settings, console):
            for report in reports:
                counts.update(documents=1, removes=report.count("remove"), flags=report.count("flag"))
                yield report

    for piece in render(counted(), colour=colour):
        console.text(piece)
    documents, removes, flags = counts["documents"], counts["removes"], counts["flags"]
    if output_format == "full" and documents:
        console.text(_summary(documents, removes, flags, colour))
    sys.stdout.flush()
    return status(removes, flags, fail_on, console)


def _summary(documents: int, removes: int, flags: int, colour: bool) -> str:
    said = f"{documents} document{'s' * (documents != 1)}: {removes} to remove, {flags} flagged"
    hint = "; take them out with: dedupe clean" if removes else ""
    return paint(said, "bold", colour) + hint + "\n"
