"""What work costs: CPU of this process in turns with other work, CPU, clock and memory of whole processes."""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "RAYON", "POLARS")}
"""What lets libraries have one thread each."""

_LAUNCHER = """
import json, os, sys, time
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
began = time.monotonic()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(child, 0)
clock = time.monotonic() - began
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, clock, used.ru_maxrss]))
"""
"""A small process that starts the one to be measured: Linux counts the memory of who starts a process as its own."""


FAILED = "not measured"
"""How the sentence begins that stands for a figure that could not be measured."""


class CommandError(SystemExit):
    """A command that is not there or failed, as one sentence; ends a script where nobody catches it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process and its children took: seconds of CPU and by the clock, megabytes of the largest; exit status."""

    cpu: float
    clock: float
    memory: float
    status: int = 0


def cost_of(
    command: Sequence[str], folder: Path | None = None, fine: Sequence[int] = (0,), *, alone: bool = True
) -> Cost:
    """Run a command, its output thrown away, and return what it took.

    `fine` are the exit statuses it may have. With `alone`, no library in it has more than one thread.
    """
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    done = subprocess.run(launcher, capture_output=True, text=True, cwd=folder, env=environment(alone), check=False)
    if done.returncode:
        raise CommandError(_sentence(command, f"could not be started: {_end(done.stderr)}"))
    status, cpu, clock, memory = json.loads(done.stdout)
    if status not in fine:
        raise CommandError(_sentence(command, f"ended with {status}: {_end(done.stderr)}"))
    return Cost(cpu, clock, memory / (1 << 10 if sys.platform == "linux" else 1 << 20), status)


def run(command: Sequence[str], fine: Sequence[int] = (0,)) -> None:
    """Run a command as a piece of work, its output thrown away."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), check=False
        )
    except OSError as error:
        raise CommandError(_sentence(command, f"could not be started: {error.strerror}")) from error
    if done.returncode not in fine:
        raise CommandError(_sentence(command, f"ended with {done.returncode}: {_end(done.stderr.decode())}"))


def environment(alone: bool = True) -> dict[str, str]:
    """Return the environment in which whole processes are measured: these sources, nothing over the network.

    Bytecode is kept, as it is of a package that was installed.
    """
    others = {name: value for name, value in os.environ.items() if name not in {*THREADS, "PYTHONDONTWRITEBYTECODE"}}
    ours = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    return {**others, **ours, **(THREADS if alone else {})}


def _sentence(command: Sequence[str], what: str) -> str:
    shown = " ".join(command)
    return f"{shown[:200]}{'...' if len(shown) > 200 else ''} {what}"


def _end(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def spent() -> float:
    """Return the CPU seconds of this process and of the processes it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that work takes, here and in processes it waits for."""
    gc.collect()  # what the work before left over is not this one's
    began = spent()
    work()
    return spent() - began


@dataclass(frozen=True, slots=True)
class Times:
    """The least CPU seconds of each piece of work, by name, and of the others why they could not be done."""

    least: Mapping[str, float]
    failed: Mapping[str, str]


def in_turns(works: Mapping[str, Callable[[], object]], runs: int) -> Times:
    """Time works; each round does all of them, so that a busy machine meets all alike. One that fails is left out."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    failed: dict[str, str] = {}
    for _ in range(runs):
        for name, work in works.items():
            if name in failed:
                continue
            try:
                taken[name].append(seconds(work))
            except (Exception, CommandError) as error:  # the others are measured all the same
                failed[name] = sentence_of(error)
    return Times({name: min(times) for name, times in taken.items() if name not in failed}, failed)


def sentence_of(error: BaseException) -> str:
    """Return why something could not be measured."""
    if isinstance(error, ImportError):
        return f"{FAILED}: {error.name or error} is not installed; pip install 'paradedupe[bench]'"
    kind = "" if isinstance(error, CommandError) else f"{type(error).__name__}: "
    return f"{FAILED}: {kind}{' '.join(str(error).split())}"
