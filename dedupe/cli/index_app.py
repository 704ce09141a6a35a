"""The verbs of `dedupe index`: parse, wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from dedupe.cli.console import Console
from dedupe.cli.flags import Settings, takes_settings
from dedupe.cli.option_classes import OUTPUT, RUNNING
from dedupe.cli.usage import Paths, TextOrJson, Verb, Verbs, choice_option

app = typer.Typer(cls=Verbs, help="Make, query and maintain an index that lasts across runs.", no_args_is_help=True)


def _run(
    settings: Settings,
    work: Callable[[Any, Console], int],
    *,
    paths: Sequence[str] = (),
    others: Sequence[str] = (),
    write: bool = True,
    make: bool = False,
    searches: bool = False,
    several: bool = False,
) -> None:
    """Open the index, do the work, close it, and exit with its status; refuse several unless all are worked on."""
    from dedupe.cli.index import refuse_unlike
    from dedupe.cli.index_places import refuse_several
    from dedupe.cli.opened_indexes import ANY_INDEX, opened
    from dedupe.cli.side_files import SideFile, places_of, refuse_clashes

    if not several:
        refuse_several(settings.index_options.index)
    read = [SideFile("OTHERS", one, written=False) for one in others]
    refuse_clashes(paths, places_of(settings, *read, writes_index=write), settings.walk_options)
    # A verb that looks for nothing takes an index of any threshold.
    options = settings.options if searches else ANY_INDEX

    console = Console()
    with opened(settings.index_options, options, console, write=write, make=make) as indexes:
        if make and indexes:
            refuse_unlike(settings.settings, indexes[0])
        raise typer.Exit(work(indexes if several else indexes[0], console) if indexes else 0)


def _documents(paths: list[str] | None, settings: Settings, console: Console) -> Any:
    from dedupe.cli.run import CommandRun

    return CommandRun(paths or [], settings, console).documents()


@app.command(cls=Verb)
@takes_settings("index add")
def add(settings: Settings, paths: Paths = None) -> None:
    """Add documents to the index; make it if there is none.

    A document that comes again replaces the old one. Exit status: 0 done, 2 error.
    """
    from dedupe.cli.index import add as work

    _run(
        settings,
        lambda index, console: work(_documents(paths, settings, console), index, console),
        paths=paths or (),
        make=True,
        searches=True,
    )


@app.command(cls=Verb)
@takes_settings("index query")
def query(
    settings: Settings,
    paths: Paths = None,
    output_format: Annotated[
        str, choice_option("--output-format", ("concise", "json-lines"), "How to show answers.", "concise", OUTPUT)
    ] = "concise",
) -> None:
    """Show for each paragraph where it was seen before.

    Exit status: 0 nothing was seen, 1 something was, 2 error.
    """
    from dedupe.cli.index import query as work

    as_json = output_format == "json-lines"
    _run(
        settings,
        lambda indexes, console: work(
            _documents(paths, settings, console), indexes, settings.options, console, as_json
        ),
        paths=paths or (),
        write=False,
        searches=True,
        several=True,
    )


@app.command(cls=Verb)
@takes_settings("index remove")
def remove(
    settings: Settings,
    ids: Annotated[list[str], typer.Argument(metavar="IDS", help="Names of documents, or paths of files.")],
) -> None:
    """Remove documents from the index."""
    from dedupe.cli.index import remove as work

    _run(settings, lambda index, console: work(ids, index, console))


@app.command(cls=Verb)
@takes_settings("index merge")
def merge(
    settings: Settings,
    others: Annotated[list[str], typer.Argument(metavar="OTHERS", help="Indexes made in the same way.")],
) -> None:
    """Add what other indexes hold."""
    from dedupe.cli.index import merge as work

    _run(settings, lambda index, console: work(others, index, console), others=others)


@app.command(cls=Verb)
@takes_settings("index expire")
def expire(
    settings: Settings,
    older_than: Annotated[
        float, typer.Option("--older-than", metavar="DAYS", help="Days since it was added, or last seen.")
    ],
    by: Annotated[str, choice_option("--by", ("added", "last-seen"), "Which time counts.", "added", RUNNING)] = "added",
) -> None:
    """Remove documents that were added, or last seen, long ago.

    A document is seen when it is added, and when --remember checks one that repeats it.
    """
    from dedupe.cli.index import expire as work

    _run(settings, lambda index, console: work(older_than, by == "last-seen", index, console))


@app.command(cls=Verb)
@takes_settings("index stats")
def stats(settings: Settings, output_format: TextOrJson = "text") -> None:
    """Show what is in the index."""
    from dedupe.cli.index import stats as work

    _run(settings, lambda index, console: work(index, console, output_format == "json"), write=False)


@app.command(cls=Verb)
@takes_settings("index verify")
def verify(settings: Settings) -> None:
    """Check that the index is whole and finds everything that is in it."""
    from dedupe.cli.index import verify as work

    _run(settings, work, write=False)


@app.command(cls=Verb)
@takes_settings("index compact")
def compact(settings: Settings) -> None:
    """Free the space that is not needed."""
    from dedupe.cli.index import compact as work

    _run(settings, work)
