"""Peers and this project on the same texts: speed, recall and precision by a twin, memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from benchmarks.peers import BULK, JUDGED, OURS, PEERS, RUST, THRESHOLD, Found, ours
from benchmarks.tables import Section, Table
from benchmarks.texts import Material, json_lines, megabytes, sample_of, write
from benchmarks.timing import CommandError, cost_of, in_turns, sentence_of
from benchmarks.twin import Pairs, all_pairs, unequal
from dedupe.options import Options

SCRIPT = Path(__file__).with_name("peers.py")


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
    table, size = [], megabytes(texts)
    for name in PEERS:
        if name in times.failed:
            table.append([name, times.failed[name], "", "", "", ""])
            continue
        taken = times.least[name]
        speed = [f"{size / taken:.1f}", f"{taken / times.least[OURS]:.1f}" if OURS in times.least else ""]
        table.append([name, *speed, *quality(found[name], wanted), peak(name, source)])
    head = [f"pairs at Jaccard {THRESHOLD}", "MB/s", "times our CPU", "recall", "precision", "peak MB"]
    note_below = (
        f"{len(texts):,} articles, {len(sample.rows):,} paragraphs, {size:.1f} MB, {len(wanted):,} pairs. "
        "Peers that name rows and not pairs are measured by the rows that repeat an earlier one."
    )
    return Section([Table(head, table, [note_below])], figures(times.least), losses(times.least))


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


def losses(times: Mapping[str, float]) -> list[str]:
    """Return who is quicker than this project."""
    return [
        f"{name} takes {taken / times[mine]:.2f} of the time of {mine}"
        for mine in (OURS, JUDGED)
        for name, taken in times.items()
        if name not in (OURS, JUDGED) and mine in times and taken < times[mine]
    ]


def quality(found: Found, wanted: Pairs) -> tuple[str, str]:
    """Return recall and precision of pairs, or of rows that repeat an earlier one."""
    if found is None:
        return "", ""
    true: set[object] = set(wanted) if any(isinstance(one, tuple) for one in found) else {later for _, later in wanted}
    hits = len(true & found)
    return f"{hits / max(1, len(true)):.3f}", f"{hits / max(1, len(found)):.3f}"


def peak(name: str, source: Path) -> str:
    """Return the megabytes that a process of its own takes at most for this, texts and interpreter included."""
    try:
        return f"{cost_of([sys.executable, str(SCRIPT), name, str(source)]).memory:.0f}"
    except CommandError as error:
        return sentence_of(error)


def recall(material: Material) -> Section:
    """Compare what the index proposes and what is verified with all pairs, at the threshold in force and at others."""
    sample = sample_of(material.compared)
    rows = sample.rows
    table, least = [], 1.0
    for threshold in (Options().jaccard, THRESHOLD):
        wanted = all_pairs(rows, threshold)
        found = ours(sample, threshold)
        harder = unequal(wanted, rows)
        among, all_ = len(found & harder) / max(1, len(harder)), len(found & wanted) / max(1, len(wanted))
        precise = len(found & wanted) / max(1, len(found))
        if threshold == Options().jaccard:
            least = among
        cells = [f"{len(wanted):,}", f"{all_:.4f}", f"{len(harder):,}", f"{among:.4f}", f"{precise:.4f}"]
        table.append([f"{threshold}{' (in force)' if threshold == Options().jaccard else ''}", *cells])
    head = ["Jaccard, corpus scope", "pairs", "recall", "of unequal words", "recall", "precision"]
    return Section([Table(head, table)], {"recall": least})
