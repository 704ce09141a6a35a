"""The table of renderings."""

from __future__ import annotations

from dedupe.reporters import concise, full, github, json_lines, sarif
from dedupe.reporters.style import Render

OUTPUTS: dict[str, Render] = {
    "full": full.render,
    "concise": concise.render,
    "json-lines": json_lines.render,
    "github": github.render,
    "sarif": sarif.render,
}
"""Every output format by name. A rendering takes the reports and whether to colour, and yields the text to print."""
