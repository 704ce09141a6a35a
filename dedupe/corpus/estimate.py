"""Estimate time and disk of a run from a trial run over a sample."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace

from dedupe.corpus._plan import Plan
from dedupe.corpus._run_state import CorpusReport
from dedupe.corpus.local import Tell


def estimate(
    paths: Sequence[str],
    plan: Plan,
    clean: Callable[..., CorpusReport],
    *,
    tell: Tell,
    **callbacks: Callable[[str], None],
) -> str:
    """Run over a sample in a temporary folder; return its report with an estimate of time and disk for the whole.

    `clean`: the engine. `callbacks`: its `complain` and `note`. Time and disk grow with the input. Fewer duplicates are
    found in a sample, since both paragraphs of a pair must be in it.
    """
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(plan.out)) if plan.out else None) as folder:
        report = clean(paths, replace(plan, out=os.path.join(folder, "out")), tell=tell, **callbacks)
        disk = sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(folder) for name in names)
        written = sum(
            os.path.getsize(os.path.join(top, name))
            for top, _, names in os.walk(os.path.join(folder, "out", "documents"))
            for name in names
        )
    share = plan.corpus_options.sample
    seconds = sum(report.seconds.values()) / share
    size = (disk - written) / share + written
    return (
        f"{report.text}\nA sample of {share:.2%}. The whole would take about {seconds / 60:,.0f} minutes on this "
        f"machine with as many jobs, and {size / 1e9:,.2f} GB of disk, {written / 1e9:,.2f} GB of them the documents.\n"
    )
