"""The verbs: parse, wire, print. The code of a verb is imported when it is called, so that help is fast."""

from __future__ import annotations

from typing import Annotated

import typer

from dedupe import __version__
from dedupe.cli.flags import Settings, takes_settings
from dedupe.cli.index_app import app as index_app
from dedupe.cli.option_classes import OUTPUT, RUNNING
from dedupe.cli.usage import Paths, TextOrJson, Verb, Verbs, choice_option, in_group

app = typer.Typer(
    name="dedupe",
    cls=Verbs,
    help="Find duplicate and near-duplicate paragraphs in articles, say why, and remove them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

Files = Annotated[list[str] | None, typer.Argument(metavar="PATHS", help="Files and folders.", show_default=False)]
FAILING = ("remove", "flag", "never")
FAILING_MEANING = "findings that make the exit status 1: removals; flags, too; or none."
Findings = Annotated[
    str,
    choice_option(
        "--output-format", ("full", "concise", "json-lines", "github", "sarif"), "How to show findings.", "full", OUTPUT
    ),
]
Quiet = Annotated[bool, in_group(RUNNING, "--quiet", "-q", help="Print only errors on standard error.")]
FailOn = Annotated[
    str, choice_option("--fail-on", FAILING, f"{FAILING_MEANING[0].upper()}{FAILING_MEANING[1:]}", "remove", OUTPUT)
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
    """Find duplicate and near-duplicate paragraphs in articles, say why, and remove them."""


@app.command(cls=Verb)
@takes_settings("check")
def check(
    settings: Settings,
    paths: Paths = None,
    output_format: Findings = "full",
    fail_on: FailOn = "remove",
    quiet: Quiet = False,
) -> None:
    """Report duplicate paragraphs; change nothing.

    Exit status: 0 nothing to remove, 1 something would be removed, 2 error.
    """
    from dedupe.cli.check import check as work

    raise typer.Exit(work(paths or [], settings, output_format, fail_on, quiet))


@app.command(cls=Verb)
@takes_settings("clean")
def clean(
    settings: Settings,
    paths: Paths = None,
    output: Annotated[
        str | None, in_group(OUTPUT, "--output", "-o", metavar="OUT", help="Write to this file, or below this folder/.")
    ] = None,
    in_place: Annotated[
        bool, in_group(OUTPUT, "--in-place", help="Replace the files, each atomically; dedupe undo restores them.")
    ] = False,
    diff: Annotated[bool, in_group(OUTPUT, "--diff", help="Show what would change, as a unified diff.")] = False,
    annotate: Annotated[
        str,
        in_group(
            OUTPUT, "--annotate", metavar="NAME", help="Change no text; add a column of this name with the findings."
        ),
    ] = "",
    fail_on: Annotated[
        str | None, choice_option("--fail-on", FAILING, f"With --diff: {FAILING_MEANING}", "remove", OUTPUT)
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Write texts without their duplicate paragraphs.

    To standard output, to OUT (-o) or in place. Exit status: 0 done, 1 something would be removed (with --diff),
    2 error.
    """
    from dedupe.cli.clean import CleanFlags
    from dedupe.cli.clean import clean as work

    flags = CleanFlags(output, in_place, diff, annotate, fail_on, quiet)
    raise typer.Exit(work(paths or [], settings, flags))


@app.command(cls=Verb)
@takes_settings("undo")
def undo(settings: Settings, paths: Files = None, quiet: Quiet = False) -> None:
    """Restore files that clean --in-place changed.

    Each file is put back as it was before its last change, byte for byte. Exit status: 0 done, 2 error.
    """
    from dedupe.cli.undo import restore as work

    raise typer.Exit(work(paths or [], settings, quiet))


@app.command(cls=Verb)
@takes_settings("corpus")
def corpus(
    settings: Settings,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="IN",
            help="Files, folders, patterns, or addresses that fsspec reads (s3://...).",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str, in_group(OUTPUT, "--output", "-o", metavar="OUT", help="Folder for documents, findings and the report.")
    ] = "",
) -> None:
    """Find duplicates across documents, in a corpus of any size.

    Writes cleaned documents and findings. A run that was cut short continues when it is called again. Exit status:
    0 done, 2 error.
    """
    from dedupe.cli.corpus import corpus as work

    raise typer.Exit(work(paths or [], settings, output))


@app.command(cls=Verb)
@takes_settings("compare")
def compare(
    settings: Settings,
    one: Annotated[str, typer.Argument(metavar="A", help="A file with a paragraph, or - for standard input.")],
    other: Annotated[str, typer.Argument(metavar="B", help="A file with another paragraph.")],
    output_format: TextOrJson = "text",
) -> None:
    """Show why two paragraphs are duplicates, or are not.

    Exit status: 0 one of them would be removed beside the other, 1 both would stay, 2 error.
    """
    from dedupe.cli.compare import compare as work

    raise typer.Exit(work(one, other, settings, output_format))


@app.command(cls=Verb)
@takes_settings("review")
def review(settings: Settings, paths: Files = None) -> None:
    """Step through findings and decide about each: keep or remove.

    Decisions are written to the file of --decisions, or to decisions.json; findings decided there are not shown again.
    Exit status: 0 done, 2 error.
    """
    from dedupe.cli.review import review as work

    raise typer.Exit(work(paths or [], settings))


@app.command(cls=Verb)
@takes_settings("tune")
def tune(
    settings: Settings,
    paths: Paths = None,
    examples: Annotated[
        int, in_group(OUTPUT, min=0, max=100, metavar="N", help="Examples to show for each change.")
    ] = 2,
    sample: Annotated[
        int, in_group(RUNNING, min=1, metavar="N", help="Documents to try; of more, a sample is drawn.")
    ] = 10_000,
    output_format: TextOrJson = "text",
) -> None:
    """Try other levels and thresholds; suggest settings.

    With decisions (--decisions) it shows how often each setting agrees with them: precision and recall.
    Exit status: 0 done, 2 error.
    """
    from dedupe.cli.tune import tune as work

    raise typer.Exit(work(paths or [], settings, examples, sample, output_format))


def _explained(incomplete: str) -> list[str]:
    from dedupe.cli.explain import SUMMARIES
    from dedupe.judge.features import MEANINGS

    return [name for name in (*SUMMARIES, *MEANINGS) if name.startswith(incomplete)]


@app.command(cls=Verb)
def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A relation or a feature; without one, all are listed.",
            show_default=False,
            autocompletion=_explained,
        ),
    ] = "",
) -> None:
    """Explain a relation of findings or a feature, by example.

    Exit status: 0 done, 2 there is no such name.
    """
    from dedupe.cli.explain import explain as work

    raise typer.Exit(work(name))


@app.command(name="settings", cls=Verb)
@takes_settings("settings")
def show_settings(settings: Settings, paths: Files = None, output_format: TextOrJson = "text") -> None:
    """Show every setting and where it comes from.

    A flag goes before the environment, that before the nearest dedupe.toml or pyproject.toml, that before the default.
    Exit status: 0 done, 2 error.
    """
    from dedupe.cli.settings import show as work

    raise typer.Exit(work(settings, output_format))


app.add_typer(index_app, name="index", rich_help_panel=None)
