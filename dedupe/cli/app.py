"""The verbs: parse, wire, print. What a verb needs is loaded when it is called, so that help comes at once."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Literal

import typer

from dedupe import __version__
from dedupe.cli.console import BROKEN_PIPE, TROUBLE, Console
from dedupe.cli.flags import Settings, Verb, takes_settings
from dedupe.cli.index_app import app as index_app
from dedupe.cli.signals import Ended, end_in_order, leave
from dedupe.errors import DedupeError, InputError

app = typer.Typer(
    name="dedupe",
    help="Find paragraphs that an article says twice, say why, and take them out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATHS", help="Files and directories; - is standard input.", show_default=False),
]
OutputFormat = Annotated[
    Literal["full", "concise", "json-lines", "github", "sarif"],
    typer.Option("--output-format", help="How findings are shown."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on standard error but what went wrong.")]
FailOn = Annotated[
    Literal["remove", "flag", "never"],
    typer.Option("--fail-on", help="The least finding that makes the exit status 1."),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dedupe {__version__}")
        raise typer.Exit


@app.callback()
def dedupe(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Find paragraphs that an article says twice, say why, and take them out."""


@app.command(no_args_is_help=True, cls=Verb)
@takes_settings("check")
def check(
    settings: Settings, paths: Paths = None, output_format: OutputFormat = "full", fail_on: FailOn = "remove"
) -> None:
    """Report what repeats; change nothing.

    Exit status: 0 nothing to remove, 1 something would be removed, 2 trouble.
    """
    from dedupe.cli.check import check as work

    raise typer.Exit(work(paths or [], settings, output_format, fail_on))


@app.command(no_args_is_help=True, cls=Verb)
@takes_settings("clean")
def clean(
    settings: Settings,
    paths: Paths = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="OUT", help="Write here: a file, or a folder (ends in /).")
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Replace the files, each atomically; dedupe undo puts them back.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, as a unified diff.")] = False,
    annotate: Annotated[
        str,
        typer.Option("--annotate", metavar="NAME", help="Leave texts; add a column of this name with the findings."),
    ] = "",
    fail_on: Annotated[
        Literal["remove", "flag", "never"] | None,
        typer.Option(
            "--fail-on", help="With --diff: the least finding that makes the exit status 1 [default: remove]."
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write the texts with everything said once: to standard output, OUT or in place.

    Exit status: 0 done, 1 something would be removed (with --diff), 2 trouble.
    """
    from dedupe.cli.clean import clean as work

    status = work(
        paths or [],
        settings,
        output=output,
        in_place=in_place,
        diff=diff,
        annotate=annotate,
        fail_on=fail_on,
        quiet=quiet,
    )
    raise typer.Exit(status)


@app.command(no_args_is_help=True, cls=Verb)
@takes_settings("undo")
def undo(settings: Settings, paths: Paths = None, quiet: Quiet = False) -> None:
    """Put back what clean --in-place took out of files: their last change, byte for byte.

    Exit status: 0 done, 2 trouble.
    """
    from dedupe.cli.undo import restore as work

    raise typer.Exit(work(paths or [], settings, quiet))


@app.command(no_args_is_help=True, cls=Verb)
@takes_settings("corpus")
def corpus(
    settings: Settings,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="IN...", help="Files, folders, patterns, addresses of fsspec.", show_default=False),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="OUT", help="The folder for documents, findings and the report.")
    ] = "",
) -> None:
    """Find what documents say that others say too, in a corpus of any size; write cleaned documents and findings.

    A run that was cut short goes on when it is called again. Exit status: 0 done, 2 trouble.
    """
    from dedupe.cli.corpus import corpus as work

    raise typer.Exit(work(paths or [], settings, output))


@app.command(cls=Verb)
@takes_settings("compare")
def compare(
    settings: Settings,
    one: Annotated[str, typer.Argument(metavar="A", help="A file with a paragraph, or - for standard input.")],
    other: Annotated[str, typer.Argument(metavar="B", help="A file with another paragraph.")],
) -> None:
    """Tell why two paragraphs do, or do not, count as the same.

    Exit status: 0 one of them would be removed beside the other, 1 both would stay, 2 trouble.
    """
    from dedupe.cli.compare import compare as work

    raise typer.Exit(work(one, other, settings))


@app.command(no_args_is_help=True, cls=Verb)
@takes_settings("review")
def review(settings: Settings, paths: Paths = None) -> None:
    """Step through what repeats and decide about each finding: keep it, remove it.

    Decisions are written to the file of --decisions, or to decisions.json; what is decided there is not asked again.
    Exit status: 0 done, 2 trouble.
    """
    from dedupe.cli.review import review as work

    raise typer.Exit(work(paths or [], settings))


@app.command(no_args_is_help=True, cls=Verb)
@takes_settings("tune")
def tune(
    settings: Settings,
    paths: Paths = None,
    examples: Annotated[int, typer.Option(min=0, max=100, help="Examples to show at each border.")] = 2,
    sample: Annotated[int, typer.Option(min=1, help="Documents to look at; of more, these are drawn.")] = 10_000,
) -> None:
    """Show what other levels and thresholds would change on your texts, and the settings to write down.

    With decisions (--decisions) it says how often each setting agrees with them: precision and recall.
    Exit status: 0 done, 2 trouble.
    """
    from dedupe.cli.tune import tune as work

    raise typer.Exit(work(paths or [], settings, examples, sample))


def _explained(incomplete: str) -> list[str]:
    from dedupe.cli.explain import SUMMARIES
    from dedupe.judge.features import MEANINGS

    return [name for name in (*SUMMARIES, *MEANINGS) if name.startswith(incomplete)]


@app.command()
def explain(
    name: Annotated[
        str,
        typer.Argument(
            help="A relation or a feature; without one, all are listed.", show_default=False, autocompletion=_explained
        ),
    ] = "",
) -> None:
    """Tell what a relation of findings is, with an example, or what a feature of the model is.

    Exit status: 0 done, 2 there is no such name.
    """
    from dedupe.cli.explain import explain as work

    raise typer.Exit(work(name))


@app.command(name="settings", cls=Verb)
@takes_settings("settings")
def show_settings(settings: Settings, paths: Paths = None) -> None:
    """Show every setting in force and where it came from: flag, environment, file, default."""
    from dedupe.cli.settings import show as work

    raise typer.Exit(work(settings))


app.add_typer(index_app, name="index", rich_help_panel=None)


def narrow(verb: str) -> None:
    """Leave out all other verbs, if this is one: to describe them to the parser takes a tenth of a short run."""
    chosen = [one for one in app.registered_commands if one.callback and verb == (one.name or one.callback.__name__)]
    if chosen:
        app.registered_commands, app.registered_groups = chosen, []


def main() -> None:
    """Run the command; errors of ours become one sentence on standard error and exit status 2."""
    # One thread is what these kernels use; a pool of BLAS threads would cost more at start than the whole run.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  for as long as the process lives
    console = Console()
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  likewise
        console.complain("standard output is closed")
        sys.exit(TROUBLE)
    end_in_order()
    narrow(sys.argv[1] if len(sys.argv) > 1 else "")
    try:
        app(standalone_mode=True)
    except DedupeError as error:
        console.complain(str(error))
        sys.exit(TROUBLE)
    except BrokenPipeError:
        # The reader went away: `dedupe check ... | head`. Nothing more can be written, not even at exit.
        sys.stdout = None  # keeps the interpreter from flushing into the closed pipe
        sys.exit(BROKEN_PIPE)
    except OSError as error:
        console.complain(str(InputError(error.filename or "standard output", error.strerror or str(error))))
        sys.stdout = None  # what could not be written cannot be written at exit either
        sys.exit(TROUBLE)
    except Exception as error:
        from dedupe._failures import kind_of  # with the records it is about, which help needs none of

        console.complain(f"the program failed ({kind_of(error)}); please report it, with the command, as a bug")
        sys.exit(TROUBLE)
    except Ended as ended:
        leave(ended)
