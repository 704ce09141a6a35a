"""`dedupe settings`: every setting and its source."""

from __future__ import annotations

import json

from dedupe._places import shown
from dedupe.cli.console import CLEAN, Console
from dedupe.cli.flags import Settings
from dedupe.reporters.style import safe


def show(settings: Settings, output_format: str) -> int:
    """Print the settings as lines of TOML with the source as comment, or as one JSON object."""
    console = Console()
    if output_format == "json":
        found = {one.name: {"value": _shown(one.value), "source": one.source} for one in settings.settings.values()}
        console.text(json.dumps({"schema": 1, "settings": found}) + "\n")
        return CLEAN
    rows = [(f"{one.name} = {_toml(_shown(one.value))}", one.source) for one in settings.settings.values()]
    width = max(len(row) for row, _ in rows)
    for row, source in rows:
        console.text(f"{safe(row):<{width}}  # {safe(source)}\n")
    return CLEAN


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        return [shown(one) for one in value]
    return shown(value) if isinstance(value, str) else value


def _toml(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
