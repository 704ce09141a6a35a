"""Write docs/options.md from the option classes."""

from dataclasses import fields
from pathlib import Path

from dedupe.cli.option_classes import CLASSES


def table() -> str:
    """Return the page."""
    rows = [
        "# Options",
        "",
        "The same words everywhere: fields of `dedupe.Options` (the first table), flags (`--keep-matching`), keys of",
        "`[tool.dedupe]` in `pyproject.toml` or of `dedupe.toml`, environment variables (`DEDUPE_KEEP_MATCHING`).",
        "A flag goes before the environment, that before the nearest file above the first path, that before the",
        "default. `dedupe settings` shows what is in force and where it came from.",
    ]
    for cls in CLASSES:
        rows += ["", f"## {cls.__name__}", "", "| option | default | allowed | meaning |", "| --- | --- | --- | --- |"]
        for one in fields(cls):
            allowed = one.metadata
            values = "any"
            if "choices" in allowed:
                values = ", ".join(allowed["choices"])
            elif "low" in allowed:
                values = f"{allowed['low']} to {allowed['high']}"
            elif "pattern" in allowed:
                values = "a regular expression"
            elif isinstance(one.default, bool):
                values = "yes, no"
            default = ", ".join(one.default) if isinstance(one.default, tuple) else one.default
            if isinstance(default, bool):
                default = "yes" if default else "no"
            rows.append(f"| `{one.name}` | {default if default != '' else 'none'} | {values} | {allowed['meaning']} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("options.md").write_text(table(), "utf-8")
