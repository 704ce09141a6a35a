"""What a run over a corpus has done: its state on disk while it lasts, its report when it is complete."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._atomic import clear, write_file
from dedupe._tally import ErrorLog
from dedupe.corpus._columns import PartReader
from dedupe.corpus._parts import Part, is_remote
from dedupe.corpus._plan import MADE
from dedupe.errors import InputError, OptionError

STATE, REPORT = "run.json", "report.json"


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """What was done: counts, findings by action and kind, seconds by stage, bytes in."""

    counts: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {
            "schema": 1,
            "counts": dict(self.counts),
            "findings": dict(self.findings),
            "seconds": dict(self.seconds),
        }

    @property
    def text(self) -> str:
        """The report for people."""
        count = self.counts
        rows = [
            f"{count['documents']:,} documents, {count['paragraphs']:,} paragraphs compared, "
            f"{count['bytes'] / 1e6:,.1f} MB read",
            f"{count['changed']:,} documents changed, {count['dropped']:,} dropped, "
            f"{count['bad']:,} records not read or not judged"
            + (f", {count['absent']:,} without text" if count.get("absent") else ""),
            f"{count['copied_documents']:,} documents say what another one says from end to end",
        ]
        rows += [f"{number:,} x {name}" for name, number in sorted(self.findings.items())]
        rows.append(
            f"{count['candidates']:,} pairs proposed, {count['pairs']:,} of them alike; "
            f"{count['bounded']:,} members of large buckets were compared with some of their bucket only"
        )
        if count["unsettled"]:
            rows.append(f"{count['unsettled']:,} documents stay whole: the rest of them would be judged anew")
        rows += [f"{stage}: {spent:.1f} s" for stage, spent in self.seconds.items()]
        return "\n".join(rows) + "\n"


COUNTED = (
    *("documents", "paragraphs", "records", "bad", "absent", "bytes", "changed", "dropped", "unsettled"),
    *("keys", "candidates", "pairs", "bounded", "copied_documents"),
)


def refuse_other_bands(earlier: Path, banding: tuple[int, int]) -> None:
    """Raise `OptionError` where an earlier run had other bands: its band keys would meet none of ours."""
    settings = json.loads((earlier / STATE).read_text())["identity"]["settings"]
    if settings.get("made") != MADE:
        raise OptionError(
            f"against cannot use the fingerprints of {earlier}: another version made them in another way; "
            "run dedupe corpus over that corpus anew, into another folder"
        )
    number, rows = settings["banding"]
    if (number, rows) != banding:
        raise OptionError(f"against needs the bands of the earlier run: --bands {number} --band-rows {rows}")


class RunState:
    """A run's state below OUT: the inputs and options it is of, what is done, how long that took."""

    def __init__(self, out: str, settings: Mapping[str, Any], parts: Sequence[Part]) -> None:
        self.out = Path(out)
        self.parts = parts
        identity = {"settings": settings, "inputs": [_input(name) for part in parts for name in part.names]}
        self.identity = json.loads(json.dumps(identity))
        self.notes: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}
        self.complete = False
        self._begin()

    def _begin(self) -> None:
        path = self.out / STATE
        if path.exists():
            kept = json.loads(path.read_text())
            if kept["identity"] != self.identity:
                raise OptionError(
                    f"{self.out} holds a run of other inputs or options; name another folder, or remove this one"
                )
            self.notes, self.seconds, self.complete = kept["notes"], kept["seconds"], kept["complete"]
        elif self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise OptionError(f"{self.out} is not empty and no run of dedupe corpus; name another folder, or empty it")
        else:
            self.out.mkdir(parents=True, exist_ok=True)
            self._keep()

    def _keep(self) -> None:
        state = {"identity": self.identity, "notes": self.notes, "seconds": self.seconds, "complete": self.complete}
        write_file(self.out / STATE, json.dumps(state).encode())

    def done(self, stage: str) -> bool:
        """Say whether a stage is done."""
        return stage in self.notes.get("done", [])

    def note(self, **counts: int) -> None:
        """Keep counts of a stage."""
        self.notes.setdefault("counts", {}).update(counts)

    def took(self, stage: str, started: float) -> None:
        """Mark a stage as done; the time of the runs that were cut short counts too, as far as it was kept."""
        if not self.done(stage):
            self.notes.setdefault("done", []).append(stage)
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.monotonic() - started
        self._keep()

    def finish(self, complain: Callable[[str], None]) -> CorpusReport:
        """Write the report, remove what was only needed on the way, and return the report.

        What went wrong when the documents were written is told.
        """
        counts: Counter[str] = Counter(self.notes["counts"])
        findings: Counter[str] = Counter()
        errors = PartErrors(complain)
        for part in self.parts:
            one = json.loads((self.out / "work" / f"counts-{part.number:05d}.json").read_text())
            errors.tell(part, one.pop("told"))
            for name, number in one.items():
                (counts if name in COUNTED else findings)[name] += number
        errors.end()
        return self.finish_with(counts, findings)

    def finish_with(self, given: Mapping[str, int], findings: Mapping[str, int]) -> CorpusReport:
        """Write the report of these counts, remove what was only needed on the way, and return the report."""
        counts = Counter({**given, "bytes": sum(part.size for part in self.parts)})
        spent = {stage: round(seconds, 2) for stage, seconds in self.seconds.items()}
        made = CorpusReport({name: counts[name] for name in COUNTED}, dict(sorted(findings.items())), spent)
        write_file(self.out / REPORT, json.dumps(made.to_dict(), indent=1).encode() + b"\n")
        write_file(self.out / "report.txt", made.text.encode())
        _tidy(self.out)
        self.complete = True
        self._keep()
        shutil.rmtree(self.out / "work", ignore_errors=True)
        return made

    def report(self, complain: Callable[[str], None]) -> CorpusReport:
        """Return the report of a complete run; that something went wrong in it is told again."""
        kept = json.loads((self.out / REPORT).read_text())
        if bad := kept["counts"]["bad"]:
            complain(f"{self.out}: {bad:,} records were not read or not judged when this run was made")
        return CorpusReport(kept["counts"], kept["findings"], kept["seconds"])


def _tidy(out: Path) -> None:
    """Take away what processes that were killed left of files they had begun."""
    for top in (out, *(out / name for name in ("documents", "dropped", "findings", "fingerprints"))):
        for folder in [top] if top is out else [one for one, _, _ in os.walk(top)]:
            clear(folder, 0.0)


def _input(name: str) -> list[Any]:
    if is_remote(name):
        return [name]
    status = os.stat(name)
    return [os.path.realpath(name), status.st_size, status.st_mtime_ns]


class PartErrors:
    """Tells what went wrong with records of parts, which come in order; those of one file are counted together."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._errors = ErrorLog(complain, complain)

    def tell(self, part: Part, counts: Mapping[str, Any]) -> None:
        """Tell what went wrong with records of a part."""
        self._errors.of(part.place)
        self._errors.add(counts)
        if counts.get("failed"):
            place, problem = counts["failed"]
            self._complain(str(InputError(place, f"{problem}; nothing of it is in the output")))

    def end(self) -> None:
        """Say what is left to say after the last part."""
        self._errors.end()


def repeated_ids(parts: Sequence[PartReader]) -> tuple[str, str] | None:
    """Return a place and a sentence about an id that several documents have, if there is one."""
    # Python's own hash: it is equal for equal names, and no more is asked of it.
    prints = np.array([hash(name) if name else 0 for part in parts for name in part.names()], np.int64)
    order = np.argsort(prints, kind="stable")
    same = np.flatnonzero((prints[order][1:] == prints[order][:-1]) & (prints[order][1:] != 0))
    if not len(same):
        return None
    at, number = 0, int(order[same].min())
    while number >= parts[at].documents:
        number -= parts[at].documents
        at += 1
    return repeated_id(parts[at].name(number), len(same))


def repeated_id(name: str, count: int) -> tuple[str, str]:
    """Return a place and a sentence about an id that several documents have; `count`: how many repeat one."""
    return repr(name), f"is the id of more than one document ({count:,} repeat an id); all stay, told apart by text"


__all__ = ["CorpusReport", "RunState", "repeated_ids"]
