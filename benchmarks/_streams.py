"""Large files of JSON lines through `dedupe clean`: memory that does not grow, and two workers against one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks._tables import Section, Table
from benchmarks._texts import Material, streamed
from benchmarks._timing import Cost, cost_of

TURNS = 2
"""How often one and two workers are timed, in turns."""


def cleaned(source: Path, target: Path, jobs: int = 1) -> Cost:
    """Clean a file in a process of its own and return what it took."""
    command = [sys.executable, "-m", "dedupe", "clean", str(source), "--field", "text", "--jobs", str(jobs)]
    try:
        return cost_of([*command, "-o", str(target)])
    finally:
        target.unlink(missing_ok=True)  # a gigabyte each


def memory(material: Material) -> Section:
    """Measure the memory that a small and a large file take."""
    rows, peaks = [], []
    for size in (material.small, material.large):
        source = streamed(material.folder / "streamed.jsonl", size, material.lines)
        cost = cleaned(source, material.folder / "out.jsonl")
        peaks.append(cost.memory)
        rows.append([f"{size:g} MB", f"{cost.cpu:.1f}", f"{1e3 * cost.cpu / size:.0f}", f"{cost.memory:.0f}"])
    table = Table(["JSON lines, streamed, document scope", "CPU s", "ns a byte", "peak MB"], rows)
    return Section([table], {"memory": peaks[1] / peaks[0]})


def workers(material: Material) -> Section:
    """Time two workers against one by the clock, and how far two processes can get here that share nothing."""
    source = streamed(material.folder / "streamed.jsonl", material.large, material.lines)
    outs = [material.folder / f"out{number}.jsonl" for number in range(2)]

    def both() -> float:
        with ThreadPoolExecutor(2) as pool:
            return max(cost.clock for cost in pool.map(partial(cleaned, source), outs))

    works: dict[str, Callable[[], float]] = {
        "one worker": lambda: cleaned(source, outs[0]).clock,
        "two workers": lambda: cleaned(source, outs[0], 2).clock,
        "two processes of one worker, each the whole file": both,
    }
    clocks: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(min(TURNS, material.runs)):
        for name, work in works.items():
            clocks[name].append(work())
    one, two, unrelated = (min(times) for times in clocks.values())
    speed = (1.0, one / two, 2 * one / unrelated)
    rows = [
        [name, f"{min(times):.1f}", f"{ratio:.2f}"] for (name, times), ratio in zip(clocks.items(), speed, strict=True)
    ]
    limit = (
        f"Two processes that share nothing get {speed[2]:.2f} times as far as one here: no two workers can do better."
    )
    head = [f"{material.large:g} MB of JSON lines, by the clock", "s", "times one worker"]
    return Section([Table(head, rows, [limit])], {"workers": speed[1]})
