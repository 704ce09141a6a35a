"""`dedupe corpus`: many documents, more than memory holds."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from dedupe.cli.console import CLEAN, TROUBLE, Console
from dedupe.cli.flags import Settings
from dedupe.cli.progress import stages
from dedupe.cli.side_files import Place, refuse_clashes, refuse_file_name
from dedupe.corpus import local
from dedupe.corpus.estimate import estimate
from dedupe.corpus.local import Plan
from dedupe.errors import OptionError


def corpus(paths: Sequence[str], settings: Settings, output: str) -> int:
    """Clean a corpus into a folder, print the report and return the exit status."""
    # Records come and go by the ten thousand, without cycles: looking for some is 4 % of a run.
    gc.set_threshold(100_000, 20, 20)
    console = Console()
    running, scaling = settings.running, settings.scaling
    if not paths:
        raise OptionError("name the files, folders or patterns of the corpus")
    if not output and not scaling.sample:
        raise OptionError("name the folder for the output with -o OUT")
    if output:
        refuse_file_name(output)
    places = [Place("--output", output, folder=True), Place("--against", scaling.against, False)]
    refuse_clashes(paths, [place for place in places if place.path], settings.walking)
    plan = Plan(settings.options, settings.reading, scaling, output, running.on_error, running.jobs, settings.walking)
    clean = local.clean
    if scaling.engine == "spark":
        from dedupe.corpus.spark import clean_files as clean  # pyspark costs a second, and a Java machine
    with stages() as tell:
        if scaling.sample:
            report = estimate(paths, plan, clean, complain=console.complain, tell=tell, note=console.note)
        else:
            report = clean(paths, plan, complain=console.complain, tell=tell, note=console.note).text
    console.text(report)
    sys.stdout.flush()
    return TROUBLE if console.troubled else CLEAN
