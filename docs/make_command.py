"""Write docs/command.md, the reference of the command, with the options in the groups of --help."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from dedupe.cli.app import app
from dedupe.cli.usage import Verb, Verbs


def page() -> str:
    """Return the page."""
    command: Any = get_command(app)
    return "# The command\n\n" + "\n".join(
        _section(command, command.make_context("dedupe", [], resilient_parsing=True))
    )


def _section(command: Any, context: Any) -> Iterator[str]:
    """Yield the lines about a command and the commands below it."""
    path = context.command_path
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (command.help, "", "```console", f"$ {path} {usage}", "```", "")
    if isinstance(command, Verb):
        for group, records in command.grouped(context).items():
            yield from (f"**{group}**", "")
            yield from (f"- `{names}`: {text}" for names, text in records)
            yield ""
    if isinstance(command, Verbs):
        for name, verb in command.commands.items():
            below = verb.make_context(name, [], parent=context, resilient_parsing=True)
            yield from (f"## `{below.command_path}`", "")
            yield from _section(verb, below)


if __name__ == "__main__":
    Path(__file__).with_name("command.md").write_text(page(), "utf-8")
