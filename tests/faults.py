"""Faults planted into the program, for tests: where a text has `MARK` in it, a step of the work on it raises.

Another process gets them from a `sitecustomize` (`planted`), so that the command, its workers and Spark's have them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent

FAULTS = "PLANTED"
"""The variable that names the faults to be planted."""

MARK = "quince"

SAID = "The committee met on Tuesday and could not agree on the colour of the new bridge across the river."
TWICE = f"{SAID}\n\n{SAID}\n"
POISON = f"Bakers in the old harbour sold every last {MARK} before noon, and asked the council for a second oven."
TWICE_POISON = f"{POISON}\n\n{POISON}\n"


def _deep(number: int) -> int:
    return _deep(number + 1) + 1


def _raise(kind: str) -> None:
    if kind == "memory":
        raise MemoryError
    if kind == "recursion":
        _deep(0)
    if kind == "interrupt":
        raise KeyboardInterrupt
    if kind == "killed":
        if parent_process() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return
    raise KeyError((3, 17))


def _before(module: Any, name: str, found: Callable[..., bool], kind: str) -> None:
    """Have a function of a module raise where `found` says so of its arguments."""
    inner = getattr(module, name)

    def outer(*given: Any, **named: Any) -> Any:
        if found(*given):
            _raise(kind)
        return inner(*given, **named)

    setattr(module, name, outer)


def _in_texts(texts: Any, *_: Any) -> bool:
    return any(MARK in text for text in texts)


def plant(*kinds: str) -> None:
    """Plant faults into this process: in judging (judge, memory, recursion, interrupt; killed: the worker is), in the
    kernels (shingles), in judging across documents (across), in reading (read) and in writing (write) records.
    """
    from dedupe.across import case, index_session, pair
    from dedupe.cli import index
    from dedupe.corpus import _cleaning, _sources
    from dedupe.index import batch
    from dedupe.io.formats import html, markdown, separated
    from dedupe.io.formats.json import record
    from dedupe.judge import _matched, judging

    for kind in kinds:
        if kind in ("judge", "memory", "recursion", "interrupt", "killed"):
            _before(judging, "JudgedParagraphs", _in_texts, kind)
        elif kind == "shingles":
            for one, name in ((_matched, "read"), (_cleaning, "shingles"), (batch, "shingles")):
                _before(one, name, _in_texts, kind)
        elif kind == "across":
            for two in (pair, case, index_session):
                _before(two, "judge_pair", lambda row, *_: MARK in row.text, kind)
            for three in (index_session, index):
                _before(three, "look_up_all", lambda _, asked, *__: any(MARK in text for text in asked.texts), kind)
        elif kind == "read":
            _before(record, "_scan_once", lambda body, _: MARK in body, kind)
            _before(record, "_record_of", lambda raw, *_: MARK.encode() in raw, kind)
            _before(separated, "_record", lambda row, *_: MARK.encode() in row.raw, kind)
            _before(html, "record", lambda data, *_: MARK.encode() in data, kind)
            _before(markdown, "_with_layout", lambda whole: MARK in whole.documents[0].text, kind)
        elif kind == "write":
            _before(record, "rebuilt", lambda _, body, *__: MARK in body, kind)
            _before(_sources, "cut_of", lambda line, *_: MARK.encode() in line, kind)
            _before(separated, "_rebuilt", lambda raw, *_: MARK.encode() in raw, kind)
            _before(html, "without_paragraphs", lambda page, *_: MARK in page.source, kind)
            _before(markdown, "_rebuilt", lambda whole, *_: MARK in whole.documents[0].text, kind)


def planted(folder: Path, *kinds: str) -> dict[str, str]:
    """Return the environment in which every Python has these faults."""
    (folder / "planted").mkdir(exist_ok=True)
    program = f"import os\nfrom tests.faults import plant\nplant(*os.environ[{FAULTS!r}].split(','))\n"
    (folder / "planted" / "sitecustomize.py").write_text(program)
    path = os.pathsep.join([str(folder / "planted"), str(ROOT)])
    return {"PYTHONPATH": path, FAULTS: ",".join(kinds), "PYSPARK_PYTHON": sys.executable}
