"""`dedupe check`: report, change nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dedupe.cli.console import Console, FailOn, coloured, status
from dedupe.cli.flags import Settings
from dedupe.cli.run import Run
from dedupe.output import OUTPUTS
from dedupe.output.style import paint


def check(paths: Sequence[str], settings: Settings, output_format: str, fail_on: FailOn) -> int:
    """Print the findings of every document and return the exit status."""
    console = Console()
    colour = coloured(sys.stdout)
    render = OUTPUTS[output_format]
    documents = removes = flags = 0
    for _, _, reports in Run(paths, settings, console):
        for report in reports:
            documents += 1
            removes += report.count("remove")
            flags += report.count("flag")
            console.text(render(report, colour=colour))
    if output_format == "full" and documents:
        console.text(_summary(documents, removes, flags, colour))
    sys.stdout.flush()
    return status(removes, flags, fail_on, console)


def _summary(documents: int, removes: int, flags: int, colour: bool) -> str:
    said = f"{documents} document{'s' * (documents != 1)}: {removes} to remove, {flags} flagged"
    hint = "; take them out with: dedupe clean" if removes else ""
    return paint(said, "bold", colour) + hint + "\n"
