"""Commands whose errors say what to type instead, and whose help has groups."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from dedupe.cli.config import flag_name
from dedupe.cli.option_classes import CLASSES, GROUPS, OPTIONS_OF_VERBS, OUTPUT, RUNNING, verbs_with
from dedupe.errors import OptionError, suggestion
from dedupe.options import RENAMED

_JUDGED = "--jaccard is the least similarity of near-duplicates, --min-confidence how sure a removal must be"
_IN_PLACE = "to change the files themselves: dedupe clean --in-place"
_CHANGES_NOTHING = "dedupe check changes nothing, and dedupe clean --diff shows what would change"
_FOLDERS = "folders are read with everything below them, without an option"
_QUIET = "findings are on standard output; to hide the rest, add: 2>/dev/null"
_VERBOSE = "dedupe check --output-format full shows all there is about a finding"
_SETTINGS = "settings are read from dedupe.toml or pyproject.toml; dedupe settings shows them"
_INCLUDE = "to take other files of a folder: --include '*.log'"
_ELSEWHERE = "to write to a file: dedupe clean -o FILE; to write findings: dedupe check PATHS > FILE"
_UNDO = "dedupe clean --in-place keeps what it removes, and dedupe undo puts it back"

INSTEAD = {
    **dict.fromkeys(("fix", "write", "inplace", "i", "apply", "in-place"), _IN_PLACE),
    **dict.fromkeys(("dry-run", "dryrun", "n", "simulate", "preview"), _CHANGES_NOTHING),
    **dict.fromkeys(("threshold", "similarity", "t", "min-similarity"), _JUDGED),
    **dict.fromkeys(("recursive", "recurse", "r", "R"), _FOLDERS),
    **dict.fromkeys(("quiet", "q", "silent"), _QUIET),
    **dict.fromkeys(("verbose", "v", "debug"), _VERBOSE),
    **dict.fromkeys(("config", "c", "settings"), _SETTINGS),
    **dict.fromkeys(("workers", "threads", "processes", "parallel", "j"), "use --jobs N"),
    **dict.fromkeys(("column", "columns", "text-field", "text-column", "key"), "use --field FIELD"),
    **dict.fromkeys(("num-perm", "perms"), "use --permutations N"),
    **dict.fromkeys(("ext", "extension", "glob", "pattern"), _INCLUDE),
    **dict.fromkeys(("output", "o", "out", "outdir", "output-dir"), _ELSEWHERE),
    **dict.fromkeys(("backup", "undo"), _UNDO),
    **dict.fromkeys(("json", "jsonl"), "use --output-format json-lines, or json where one object is printed"),
    **dict.fromkeys(("strict", "conservative", "aggressive"), "use --level conservative or --level aggressive"),
    "html": "to write a page for a browser: --report FILE",
    "diff": "use dedupe clean --diff",
    "annotate": "use dedupe clean --annotate NAME",
    "fail-on": "use dedupe check --fail-on",
    "output-format": "to see findings: dedupe check --output-format; clean writes texts",
}
"""What to do instead of options of other programs and of other verbs, by their names without hyphens in front."""

VALUES_INSTEAD = {
    **dict.fromkeys(("json", "jsonl", "ndjson", "jsonlines"), "json-lines"),
    **dict.fromkeys(("text", "pretty", "default", "human"), "full"),
    **dict.fromkeys(("gh", "actions"), "github"),
    **dict.fromkeys(("none", "no", "off"), "never"),
    **dict.fromkeys(("line", "short", "brief"), "concise"),
    **dict.fromkeys(("flagged", "any", "all"), "flag"),
}
"""Values of other programs, and ours."""

VERBS_INSTEAD = {
    **dict.fromkeys(("fix", "dedup", "dedupe", "deduplicate", "remove", "rm", "strip"), "dedupe clean"),
    **dict.fromkeys(("scan", "find", "lint", "show", "report", "list"), "dedupe check"),
    **dict.fromkeys(("diff", "preview"), "dedupe clean --diff"),
    **dict.fromkeys(("restore", "revert"), "dedupe undo"),
    **dict.fromkeys(("config", "options"), "dedupe settings"),
    "help": "dedupe --help",
    "version": "dedupe --version",
}
"""The verbs of other programs, and ours."""

FROM_STDIN = frozenset({"check", "clean", "tune", "index add", "index query"})
"""Verbs that read standard input if it is named."""


def refuse_nothing(verb: str) -> None:
    """Raise `OptionError` for a missing path; it says how to name one."""
    piped = sys.stdin is not None and not sys.stdin.isatty()
    if piped and verb in FROM_STDIN:
        raise OptionError(f"no path is given; to read standard input, name it with -: dedupe {verb} -")
    known = f"for its options: dedupe {verb} --help"
    raise OptionError(f"no path is given; name a file or a folder: dedupe {verb} article.txt ({known})")


def in_group(group: str, *names: str, **settings: Any) -> Any:
    """Return an option of a verb in a group of its help; `settings` are those of `typer.Option`."""
    return typer.Option(*names, rich_help_panel=group, **settings)


def choice_option(option: str, choices: Sequence[str], text: str, default: str, group: str) -> Any:
    """Return an option of a verb with a few allowed values; any other is refused with the nearest one."""

    def checked(value: str | None) -> str | None:
        if value is None or value in choices:
            return value
        near = suggestion(value, choices, VALUES_INSTEAD)
        raise OptionError(f"{option} must be one of {', '.join(choices)}, not {value!r}{near}")

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return typer.Option(
        option,
        help=f"{text} [default: {default}]",
        metavar="|".join(choices),
        show_default=False,
        callback=checked,
        autocompletion=complete,
        rich_help_panel=group,
    )


Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATHS", help="Files and folders; - is standard input.", show_default=False),
]
TextOrJson = Annotated[
    str, choice_option("--output-format", ("text", "json"), "For people, or as one JSON object.", "text", OUTPUT)
]


class Verb(TyperCommand):
    """A command with help in groups, and with errors that name the likely option."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, with values that are converted where they need to be."""
        return _converted_if_needed(super().get_params(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options by group."""
        for name, records in self.grouped(ctx).items():
            with formatter.section(name):
                formatter.write_dl(records)

    def grouped(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        """Return names and help of arguments and options by group, the groups in the order of help."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for one in self.get_params(ctx):
            if (record := one.get_help_record(ctx)) is None:
                continue
            if one.param_type_name == "argument":
                groups.setdefault("Arguments", []).append((one.metavar or one.name, getattr(one, "help", "") or ""))
            else:
                groups.setdefault(getattr(one, "rich_help_panel", None) or RUNNING, []).append(record)
        return {name: groups[name] for name in GROUPS if name in groups}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; raise `OptionError` for wrong ones."""
        given = [(name, value) for name, _, value in (one.partition("=") for one in args)]
        try:
            return super().parse_args(ctx, args)
        except Exception as error:  # typer brings its own click, or the one that is installed
            if ctx.resilient_parsing or not _is_usage(error):
                raise
            above = ctx.parent.info_name if ctx.parent is not None else ""
            verb = f"index {ctx.info_name}" if above == "index" else ctx.info_name
            raise OptionError(_usage_error(error, verb, ctx, given)) from None


def _converted_if_needed(parameters: list[Any]) -> list[Any]:
    """Return parameters of which only the values that need to be are converted by the parser."""
    for one in parameters:
        vars(one).setdefault("process_value", partial(_value, one, one.process_value))
    return parameters


def _value(one: Any, process: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    """Return the value of a parameter as `process` does, without it where there is nothing to convert.

    typer 0.29 makes a converter of pydantic for each parameter, given or not: .1 s of CPU, as much as all else that a
    short text takes.
    """
    kind = getattr(getattr(one, "type_descriptor", None), "annotation", None)
    if kind is None or one.required:
        return process(ctx, value)
    if one.multiple or one.nargs == -1:
        if value is not None and kind != list[str]:
            return process(ctx, value)
        value = list(value) if value else ()
    elif value is not None and not (kind is str and isinstance(value, str)):
        return process(ctx, value)
    return one.callback(ctx, one, value) if one.callback is not None else value


class UnhandledError(Exception):
    """An error that the parser would turn into exit status 1, which says that something would be removed."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


class Verbs(TyperGroup):
    """A group of commands with errors that name the likely command."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, with values that are converted where they need to be."""
        return _converted_if_needed(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; raise `UnhandledError` for a broken pipe, and for an end of input that is no question's."""
        try:
            return super().invoke(ctx)
        except (BrokenPipeError, EOFError) as error:
            raise UnhandledError(error) from error

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; raise `OptionError` for an option before the verb."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if ctx.resilient_parsing or not _is_usage(error):
                raise
            name = str(getattr(error, "option_name", ""))
            above = "dedupe index" if ctx.info_name == "index" else "dedupe"
            hint = f"put options behind the verb, as in: {above} {'query' if above != 'dedupe' else 'check'} {name}"
            raise OptionError(f"{above} itself has no {name}; {hint}; {above} --help lists the verbs") from None

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command; raise `OptionError` for an unknown one."""
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            raise OptionError(
                _unknown_verb(args[0], "index " if ctx.info_name == "index" else "", self.list_commands(ctx))
            )
        return super().resolve_command(ctx, args)


def _unknown_verb(word: str, above: str, verbs: Sequence[str]) -> str:
    if not above and (word == "-" or os.path.exists(word)):
        return f"{word!r} is no verb but a path; name the verb first: dedupe check {word}"
    instead = "" if above else VERBS_INSTEAD.get(word.lower(), "")
    hint = f"; did you mean {instead}?" if instead else suggestion(word, verbs)
    return f"there is no verb {word!r}{hint or '; there are: ' + ', '.join(verbs)}"


def _is_usage(error: Exception) -> bool:
    """Return whether an error is one of the parser, and not a request for help or exit."""
    return hasattr(error, "format_message") and type(error).__name__ != "NoArgsIsHelpError"


def _usage_error(error: Any, verb: str, ctx: Any, given: Sequence[tuple[str, str]]) -> str:
    """Return the sentence about a wrong command line: what is wrong, and what to type instead."""
    kind, option = type(error).__name__, str(getattr(error, "option_name", "") or "")
    see = f"see dedupe {verb} --help"
    if kind == "NoSuchOption":
        return _unknown_option(verb, option, [name for one in ctx.command.get_params(ctx) for name in one.opts])
    if kind == "BadOptionUsage":
        return f"{_value_problem(option, ctx.command.get_params(ctx), given)}; {see}"
    one = getattr(error, "param", None)
    if kind == "MissingParameter" and one is not None:
        shown = one.opts[0] if one.param_type_name == "option" else one.metavar or one.name
        text = (getattr(one, "help", "") or "").rstrip(".")
        return f"dedupe {verb} needs {shown}{f' ({text[0].lower()}{text[1:]})' if text else ''}; {see}"
    if kind == "BadParameter" and one is not None:
        named = next((name for name in one.opts if name in dict(given)), one.opts[0])
        return f"{named} {_allowed_values(one, verb, error.message)}; {see}"
    problem = error.format_message().rstrip(".")
    return f"dedupe {verb}: {problem[0].lower()}{problem[1:]}; {see}"


def _value_problem(option: str, known: Iterable[Any], given: Iterable[tuple[str, str]]) -> str:
    """Return what is wrong with an option that lacks its value, or has one and takes none."""
    one = next((one for one in known if option in (*one.opts, *one.secondary_opts)), None)
    if one is None or not one.is_flag:
        name = one.metavar if one is not None and one.metavar else "VALUE"
        return f"{option} needs a value: {option} {name}"
    value = next((value for name, value in given if name == option), "")
    switch = next((name for name in one.secondary_opts if name != option), "")
    return f"{option} takes no value, such as {value!r}; give {option} alone{f', or {switch}' if switch else ''}"


def _allowed_values(one: Any, verb: str, message: str) -> str:
    """Return what a number must be; the parser refuses no other kind of value."""
    if one.name in OPTIONS_OF_VERBS[verb]:
        field = next(field for cls in CLASSES for field in fields(cls) if field.name == one.name)
        kind = "a whole number" if isinstance(field.default, int) else "a number"
        if "low" in field.metadata:
            return f"must be {kind} from {field.metadata['low']} to {field.metadata['high']}"
    return f"must be a {'whole ' * (one.metavar == 'N')}number: {message[0].lower()}{message[1:].rstrip('.')}"


def _unknown_option(verb: str, option: str, known: Sequence[str]) -> str:
    """Return the sentence about an option that a verb does not have."""
    name = option.lstrip("-")
    others = verbs_with(name.removeprefix("no-").replace("-", "_"))
    if others and verb not in others:
        return f"dedupe {verb} has no {option}, which would do nothing there; it is for {_listed(others)}"
    if (renamed := RENAMED.get(name.replace("-", "_"))) is not None:
        others = verbs_with(renamed)
        where = "" if verb in others else f", of {_listed(others)}"
        return f"dedupe {verb} has no {option}; it is now {flag_name(renamed)}{where}"
    if name in INSTEAD:
        return f"dedupe {verb} has no {option}; {INSTEAD[name]}"
    hint = suggestion(option, known) if option.startswith("--") else ""
    return f"dedupe {verb} has no {option}{hint or f'; see dedupe {verb} --help'}"


def _listed(verbs: list[str]) -> str:
    named = [f"dedupe {verb}" for verb in verbs if verb != "settings"]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
