"""Renderings of reports: one file each, one line in the table."""

from __future__ import annotations

from dedupe.output import concise, full, json_lines
from dedupe.output.style import Render

OUTPUTS: dict[str, Render] = {"full": full.render, "concise": concise.render, "json-lines": json_lines.render}
"""Every output format by name. A rendering takes a report and whether to colour, and returns the text to print."""

__all__ = ["OUTPUTS", "Render"]
