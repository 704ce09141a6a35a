"""A trial run over a sample of a corpus: what the whole would take."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace

from dedupe.corpus._run_state import CorpusReport
from dedupe.corpus.local import Plan, Tell


def estimate(
    paths: Sequence[str], plan: Plan, clean: Callable[..., CorpusReport], *, tell: Tell, **said: Callable[[str], None]
) -> str:
    """Run over a sample below a temporary folder; return its report, and time and disk for the whole.

    `clean`: the engine that runs; `said`: what is told of trouble, and of what is none.

    Time and disk grow with the input. Repeats are found less often in a sample: of a pair, both must be in it.
    """
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(plan.out)) if plan.out else None) as folder:
        made = clean(paths, replace(plan, out=os.path.join(folder, "out")), tell=tell, **said)
        disk = sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(folder) for name in names)
        written = sum(
            os.path.getsize(os.path.join(top, name))
            for top, _, names in os.walk(os.path.join(folder, "out", "documents"))
            for name in names
        )
    share = plan.corpus_options.sample
    seconds = sum(made.seconds.values()) / share
    size = (disk - written) / share + written
    return (
        f"{made.text}\nA sample of {share:.2%}. The whole would take about {seconds / 60:,.0f} minutes on this machine "
        f"with as many jobs, and {size / 1e9:,.2f} GB of disk, {written / 1e9:,.2f} GB of them the documents.\n"
    )
