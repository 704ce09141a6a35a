"""`dedupe corpus`: corpora larger than memory."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from tempfile import gettempdir

from dedupe._concurrency import keep_freed_memory
from dedupe.cli.console import Console
from dedupe.cli.flags import Settings
from dedupe.cli.progress import stages
from dedupe.cli.side_files import SideFile, refuse_clashes, refuse_file_name
from dedupe.corpus import local
from dedupe.corpus.estimate import estimate
from dedupe.corpus.local import Plan
from dedupe.errors import InputError, OptionError, cause


def corpus(paths: Sequence[str], settings: Settings, output: str) -> int:
    """Clean a corpus into a folder, print the report and return the exit status."""
    # Records come and go by the ten thousand, without cycles: looking for some is 4 % of a run.
    gc.set_threshold(100_000, 20, 20)
    keep_freed_memory()
    console = Console()
    run_options, corpus_options = settings.run_options, settings.corpus_options
    if not output and not corpus_options.sample:
        raise OptionError("there is no folder for the output; name one with -o OUT, or try first with --sample 0.01")
    if output:
        refuse_file_name(output)
    places = [SideFile("--output", output, folder=True), SideFile("--against", corpus_options.against, False)]
    refuse_clashes(paths, [place for place in places if place.path], settings.walk_options)
    plan = Plan(
        settings.options,
        settings.read_options,
        corpus_options,
        output,
        run_options.on_error,
        run_options.jobs,
        settings.walk_options,
    )
    clean = local.clean
    if corpus_options.engine == "spark":
        from dedupe.corpus.spark import clean_files as clean  # pyspark costs a second, and a Java machine
    try:
        with stages() as tell:
            if corpus_options.sample:
                report = estimate(paths, plan, clean, complain=console.complain, tell=tell, note=console.warn)
            else:
                report = clean(paths, plan, complain=console.complain, tell=tell, note=console.warn).text
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(error.filename or output or gettempdir(), cause(error)) from error
    console.text(report)
    return console.end()
