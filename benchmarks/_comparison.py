"""Peers and this project on the same texts: speed, recall and precision by a twin, memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmarks._peers import (
    BULK,
    JUDGED,
    LISTED,
    MAX_COMPARED,
    MODULES,
    NEAR,
    OURS,
    PEERS,
    RUST,
    THRESHOLD,
    UNIQUE,
    Found,
    ours,
)
from benchmarks._tables import Section, Table
from benchmarks._texts import Material, Sample, json_lines, megabytes, sample_of, write
from benchmarks._timing import cost_of, in_turns
from benchmarks._twin import Pairs, all_pairs, unequal
from dedupe._score import Score
from dedupe.options import Options

LISTED_ROWS = (1_000, 10_000, 40_000)
"""Lengths of the lists that are compared."""

LEAST_RECALL = 0.99
"""The recall from which on the time of a peer counts; where none has it, all of them do."""

SCRIPT = Path(__file__).with_name("_peers.py")


def peers(material: Material) -> Section:
    """Time all on the same articles, in turns, and compare what they find with all pairs."""
    texts = material.compared
    sample = sample_of(texts)
    wanted = all_pairs(sample.rows, THRESHOLD)
    source = write(material.folder / "compared.jsonl", json_lines(texts))
    found: dict[str, Found] = {}

    def note(name: str) -> None:
        found[name] = PEERS[name](sample)

    times = in_turns({name: partial(note, name) for name in PEERS}, material.runs)
    peaks = {name: peak(name, source) for name in times.least}
    table, size = [], megabytes(texts)
    for name in PEERS:
        if name in times.failed:
            table.append([name, times.failed[name], "", "", "", ""])
            continue
        taken = times.least[name]
        speed = [f"{size / taken:.1f}", f"{taken / times.least[OURS]:.1f}" if OURS in times.least else ""]
        table.append([name, *speed, *quality(found[name], wanted), f"{peaks[name]:.0f}"])
    head = [f"pairs at Jaccard {THRESHOLD}", "MB/s", "times our CPU", "recall", "precision", "peak MB"]
    note_below = (
        f"{len(texts):,} articles, {len(sample.rows):,} paragraphs, {size:.1f} MB, {len(wanted):,} pairs. "
        "Peers that name rows and not pairs are measured by the rows that repeat an earlier one."
    )
    return Section(
        [Table(head, table, [note_below])],
        figures(times.least),
        losses(times.least, "{:.2f} s of CPU") + losses(peaks, "{:.0f} MB"),
    )


def lists(material: Material) -> Section:
    """Time what finds near-duplicates in a list of texts, on lists of several lengths; compare it with all pairs."""
    tables, missed, made = [], [], {}
    rows = sample_of(material.compared).rows
    counts = sorted({min(count, len(rows)) for count in LISTED_ROWS})
    for count in counts:
        sample = sample_of(rows[:count])
        wanted = all_pairs(sample.rows, THRESHOLD)
        source = write(material.folder / "listed.jsonl", json_lines(sample.rows))
        found: dict[str, Found] = {}

        def note(name: str, sample: Sample = sample, found: dict[str, Found] = found) -> None:
            found[name] = LISTED[name](sample)

        installed = [name for name in LISTED if name not in MODULES or find_spec(MODULES[name])]
        fitting = [name for name in installed if count <= MAX_COMPARED.get(name, count)]
        times = in_turns({name: partial(note, name) for name in fitting}, material.runs)
        peaks = {name: peak(name, source) for name in times.least}
        table = []
        for name in fitting:
            if name in times.failed:
                table.append([name, times.failed[name], "", "", "", ""])
                continue
            taken = times.least[name]
            speed = [f"{taken:.3f}", f"{taken / times.least[NEAR]:.1f}"]
            table.append([name, *speed, *quality(found[name], wanted), f"{peaks[name]:.0f}"])
        head = [
            f"{count:,} paragraphs, Jaccard {THRESHOLD}",
            "s of CPU",
            "times ours",
            "recall",
            "precision",
            "peak MB",
        ]
        note_below = (
            f"{megabytes(sample.rows):.1f} MB, {len(wanted):,} pairs. What names rows and not pairs is measured by the "
            "rows that repeat an earlier one. Left out, since they compare all with all or are not installed: "
            f"{', '.join(name for name in LISTED if name not in fitting) or 'none'}."
        )
        tables.append(Table(head, table, [note_below]))
        others = {name: one for name, one in times.least.items() if name not in (NEAR, UNIQUE)}
        good = [one for name, one in others.items() if float(quality(found[name], wanted)[0]) >= LEAST_RECALL]
        if NEAR in times.least and others and count == counts[-1]:
            made["listed"] = min(good or others.values()) / times.least[NEAR]
        missed += [
            f"{name} takes {one:.3f} s of CPU for {count:,} paragraphs, {NEAR} {times.least[NEAR]:.3f}"
            for name, one in others.items()
            if one < times.least[NEAR]
        ]
    return Section(tables, made, missed)


def figures(times: Mapping[str, float]) -> dict[str, float]:
    """Return how many times as fast as the peers this project is."""
    made = {}
    rust = [times[name] for name in RUST if name in times]
    others = [times[name] for name in PEERS if name in times and name not in (OURS, JUDGED)]
    if OURS in times and BULK in times:
        made["datasketch"] = times[BULK] / times[OURS]
    if OURS in times and rust:
        made["rust"] = min(rust) / times[OURS]
    if JUDGED in times and others:
        made["judged"] = min(others) / times[JUDGED]
    return made


def losses(costs: Mapping[str, float], form: str) -> list[str]:
    """Return who takes less than this project."""
    return [
        f"{name} takes {form.format(cost)}, {mine} {form.format(costs[mine])}"
        for mine in (OURS, JUDGED)
        for name, cost in costs.items()
        if name not in (OURS, JUDGED) and mine in costs and cost < costs[mine]
    ]


def quality(found: Found, wanted: Pairs) -> tuple[str, str]:
    """Return recall and precision of pairs, or of rows that repeat an earlier one."""
    if found is None:
        return "", ""
    true: set[object] = set(wanted) if any(isinstance(one, tuple) for one in found) else {later for _, later in wanted}
    score = Score(len(true & found), len(true - found), len(found - true))
    return f"{score.recall:.3f}", f"{score.precision:.3f}"


def peak(name: str, source: Path) -> float:
    """Return the megabytes that a process of its own takes at most for this, texts and interpreter included."""
    return cost_of([sys.executable, str(SCRIPT), name, str(source)]).memory


def recall(material: Material) -> Section:
    """Compare what the index proposes, once verified, with all pairs, at the peers' threshold and the one in force."""
    sample = sample_of(material.compared)
    rows = sample.rows
    table, figure = [], 1.0
    for threshold in (THRESHOLD, Options().jaccard):  # the last is the one in force
        wanted = all_pairs(rows, threshold)
        found = ours(sample, threshold)
        unlike = unequal(wanted, rows)
        figure = share(found, unlike or wanted)
        counts = [f"{len(wanted):,}", f"{share(found, wanted):.4f}", f"{len(unlike):,}", f"{figure:.4f}"]
        table.append([str(threshold), *counts, f"{share(wanted, found):.4f}"])
    head = ["Jaccard, corpus scope", "pairs", "recall", "of unequal words", "recall", "precision"]
    return Section([Table(head, table)], {"recall": figure})


def share(found: Pairs, wanted: Pairs) -> float:
    """Return the share of the wanted that is found, 1 where nothing is wanted."""
    return len(found & wanted) / len(wanted) if wanted else 1.0
