"""Write docs/options.md from the option classes."""

from dataclasses import fields
from pathlib import Path

from dedupe.cli.flags import NEEDS, Need
from dedupe.cli.option_classes import CLASSES, OPTIONS_OF_VERBS, names_of

VERBS = {
    **{f"`{verb}`": (verb,) for verb in OPTIONS_OF_VERBS if not verb.startswith("index ") and verb != "settings"},
    **{f"`{verb}`": (verb,) for verb in ("index add", "index query")},
    "other `index` verbs": tuple(
        f"index {verb}" for verb in ("remove", "merge", "expire", "stats", "verify", "compact")
    ),
}
"""The columns of the table: verbs that take the same options."""

OF_CLEAN = {
    "undo_keep": "`clean`: add --in-place",
    "undo_dir": "`clean`: add --in-place, and leave out --undo-keep 0",
    "overwrite": "`clean`: add -o, --report or --write-baseline, and leave out --in-place",
    "removed": "leave out --diff and --annotate",
}


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
            elif "regex" in allowed:
                values = "a regular expression"
            elif isinstance(one.default, bool):
                values = "yes, no"
            default = ", ".join(one.default) if isinstance(one.default, tuple) else one.default
            if isinstance(default, bool):
                default = "yes" if default else "no"
            rows.append(f"| `{one.name}` | {default if default != '' else 'none'} | {values} | {allowed['meaning']} |")
    rows += [
        "",
        "## Which verb takes what",
        "",
        "Each verb takes the options that it obeys, as a flag, from the environment and from a file; the others are no",
        "flags of it, and a value for them in the environment or a file, which speak to all verbs, does nothing there.",
        "`dedupe settings` takes all, to show them, and `dedupe explain` none. The last column: what a flag needs to",
        "have an effect; without that it is refused, with exit status 2.",
        "",
        f"| option | {' | '.join(VERBS)} | needs |",
        f"| --- {'| --- ' * len(VERBS)}| --- |",
    ]
    needs = {name: _advice(need) for need in NEEDS for name in need.names} | OF_CLEAN
    for name in names_of(*CLASSES):
        marks = ["yes" if all(name in OPTIONS_OF_VERBS[one] for one in verbs) else "-" for verbs in VERBS.values()]
        rows.append(f"| `{name}` | {' | '.join(marks)} | {needs.get(name, '')} |")
    return "\n".join(rows) + "\n"


def _advice(need: Need) -> str:
    verbs = ", ".join(f"`{verb}`" for verb in need.verbs)
    return f"{verbs}: {need.advice}" if verbs else need.advice


if __name__ == "__main__":
    Path(__file__).with_name("options.md").write_text(table(), "utf-8")
