"""The state of a run over a corpus on disk, and its report when it is complete."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dedupe._atomic import clear, write_file
from dedupe._tally import ErrorLog, counted
from dedupe.corpus._columns import PartReader
from dedupe.corpus._parts import InputPart, is_remote
from dedupe.corpus._plan import FINGERPRINT_VERSION
from dedupe.errors import InputError, OptionError

STATE, REPORT = "run.json", "report.json"


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """The report of a run: counts, findings by action and kind, seconds by stage."""

    counts: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "schema": 1,
            "counts": dict(self.counts),
            "findings": dict(self.findings),
            "seconds": dict(self.seconds),
        }

    @property
    def text(self) -> str:
        """The report as text."""
        count = self.counts
        changes = [
            (count["dropped"], f"{count['dropped']:,} dropped"),
            (count["bad"], f"{counted(count['bad'], 'record')} not read or not judged"),
            (count.get("absent", 0), f"{counted(count.get('absent', 0), 'record')} without text"),
        ]
        rows = [
            f"{counted(count['documents'], 'document')}, {counted(count['paragraphs'], 'paragraph')} compared, "
            f"{count['bytes'] / 1e6:,.1f} MB read",
            f"{counted(count['changed'], 'document')} changed"
            + "".join(f", {what}" for number, what in changes if number),
            *(f"{number:,} x {name}" for name, number in sorted(self.findings.items())),
            f"{counted(count['candidates'], 'candidate pair')}, {count['pairs']:,} of them similar",
        ]
        notes = [
            ("copied_documents", "with exactly the text of another one"),
            ("unsettled", "left unchanged, since the remaining text would have new findings"),
        ]
        rows += [f"{counted(count[name], 'document')} {what}" for name, what in notes if count[name]]
        if count["bounded"]:
            rows.append(
                f"{counted(count['bounded'], 'paragraph')} compared with some of a large bucket only; see --window"
            )
        rows += [f"{stage}: {seconds:.1f} s" for stage, seconds in self.seconds.items()]
        return "\n".join(rows) + "\n"


COUNT_NAMES = (
    *("documents", "paragraphs", "records", "bad", "absent", "bytes", "changed", "dropped", "unsettled"),
    *("keys", "candidates", "pairs", "bounded", "copied_documents"),
)


def refuse_other_bands(earlier: Path, banding: tuple[int, int]) -> None:
    """Raise `OptionError` if an earlier run had other bands, so that its band keys cannot be compared."""
    settings = json.loads((earlier / STATE).read_text())["identity"]["settings"]
    if settings.get("version") != FINGERPRINT_VERSION:
        raise OptionError(
            f"against cannot use the fingerprints of {earlier}, which another version made; "
            "run dedupe corpus over that corpus again, into another folder"
        )
    bands, band_rows = settings["banding"]
    if (bands, band_rows) != banding:
        raise OptionError(f"against needs the bands of the earlier run; give --bands {bands} --band-rows {band_rows}")


class RunState:
    """The state of a run in its output folder: its inputs and options, the finished stages, counts and seconds."""

    def __init__(self, out: str, settings: Mapping[str, Any], parts: Sequence[InputPart]) -> None:
        self.out = Path(out)
        self.parts = parts
        identity = {"settings": settings, "inputs": [_input_identity(name) for part in parts for name in part.names]}
        self.identity = json.loads(json.dumps(identity))
        self.notes: dict[str, Any] = {}
        self.seconds: dict[str, float] = {}
        self.complete = False
        self._load()

    def _load(self) -> None:
        path = self.out / STATE
        if path.exists():
            state = json.loads(path.read_text())
            if state["identity"] != self.identity:
                raise OptionError(
                    f"{self.out} holds a run of other inputs or options; name another folder, or remove this one"
                )
            self.notes, self.seconds, self.complete = state["notes"], state["seconds"], state["complete"]
        elif self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise OptionError(f"{self.out} is not empty and no run of dedupe corpus; name another folder, or empty it")
        else:
            self.out.mkdir(parents=True, exist_ok=True)
            self._save()

    def _save(self) -> None:
        state = {"identity": self.identity, "notes": self.notes, "seconds": self.seconds, "complete": self.complete}
        write_file(self.out / STATE, json.dumps(state).encode())

    def is_done(self, stage: str) -> bool:
        """Return whether a stage is finished."""
        return stage in self.notes.get("done", [])

    def add_counts(self, **counts: int) -> None:
        """Add counts to the report."""
        self.notes.setdefault("counts", {}).update(counts)

    def finish_stage(self, stage: str, started: float) -> None:
        """Mark a stage as finished and save the state; add the seconds since `started` to those of interrupted runs."""
        if not self.is_done(stage):
            self.notes.setdefault("done", []).append(stage)
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.monotonic() - started
        self._save()

    def finish(self, complain: Callable[[str], None]) -> CorpusReport:
        """Write the report, remove intermediate files, and return the report.

        `complain` is called with errors of documents that could not be written.
        """
        counts: Counter[str] = Counter(self.notes["counts"])
        findings: Counter[str] = Counter()
        errors = PartErrors(complain)
        for part in self.parts:
            part_counts = json.loads((self.out / "work" / f"counts-{part.number:05d}.json").read_text())
            errors.tell(part, part_counts.pop("errors"))
            for name, number in part_counts.items():
                (counts if name in COUNT_NAMES else findings)[name] += number
        errors.end()
        return self._finish_with(counts, findings)

    def _finish_with(self, counts: Counter[str], findings: Mapping[str, int]) -> CorpusReport:
        """Write the report of these counts, remove intermediate files, and return the report."""
        counts["bytes"] = sum(part.size for part in self.parts)
        seconds_of = {stage: round(seconds, 2) for stage, seconds in self.seconds.items()}
        report = CorpusReport({name: counts[name] for name in COUNT_NAMES}, dict(sorted(findings.items())), seconds_of)
        write_file(self.out / REPORT, json.dumps(report.to_dict(), indent=1).encode() + b"\n")
        write_file(self.out / "report.txt", report.text.encode())
        _remove_temporary_files(self.out)
        self.complete = True
        self._save()
        shutil.rmtree(self.out / "work", ignore_errors=True)
        return report

    def report(self, complain: Callable[[str], None]) -> CorpusReport:
        """Return the report of a complete run; call `complain` if it had errors."""
        report = json.loads((self.out / REPORT).read_text())
        if bad := report["counts"]["bad"]:
            complain(f"{self.out}: {bad:,} records were not read or not judged when this run was made")
        return CorpusReport(report["counts"], report["findings"], report["seconds"])


def _remove_temporary_files(out: Path) -> None:
    """Remove the temporary files of processes that were killed."""
    for top in (out, *(out / name for name in ("documents", "dropped", "findings", "fingerprints"))):
        for folder in [top] if top is out else [path for path, _, _ in os.walk(top)]:
            clear(folder, 0.0)


def _input_identity(name: str) -> list[Any]:
    """Return what changes when an input file changes."""
    if is_remote(name):
        return [name]
    status = os.stat(name)
    return [os.path.realpath(name), status.st_size, status.st_mtime_ns]


class PartErrors:
    """Report the errors of records, part by part in order; those of one file are counted together."""

    def __init__(self, complain: Callable[[str], None]) -> None:
        self._complain = complain
        self._errors = ErrorLog(complain, complain)
        self._failed: tuple[InputPart, list[str]] | None = None

    def tell(self, part: InputPart, counts: Mapping[str, Any]) -> None:
        """Report the errors of a part; parts of one file that cannot be read for the same reason are one."""
        failed = counts.get("failed")
        if self._failed and self._failed[1] == failed and self._failed[0].stop == part.start > 0:
            self._failed = replace(self._failed[0], stop=part.stop), failed
        else:
            self._tell_failed()
            self._failed = (part, failed) if failed else None
        self._errors.of(part.place)
        self._errors.add(counts)

    def _tell_failed(self) -> None:
        if self._failed:
            part, (place, problem) = self._failed
            self._complain(str(InputError(place, f"{problem}; nothing of {part.extent} is in the output")))

    def end(self) -> None:
        """Report what remains after the last part."""
        self._tell_failed()
        self._errors.end()


def repeated_ids(parts: Sequence[PartReader]) -> tuple[str, str] | None:
    """Return the arguments of an `InputError` about an id that several documents have, if there is one."""
    # Python's own hash differs from run to run, which does not matter here.
    hashes = np.array([hash(id_) if id_ else 0 for part in parts for id_ in part.ids()], np.int64)
    order = np.argsort(hashes, kind="stable")
    same = np.flatnonzero((hashes[order][1:] == hashes[order][:-1]) & (hashes[order][1:] != 0))
    if not len(same):
        return None
    part, number = 0, int(order[same].min())
    while number >= parts[part].documents:
        number -= parts[part].documents
        part += 1
    return repeated_id(parts[part].id(number), len(same))


def repeated_id(id_: str, count: int) -> tuple[str, str]:
    """Return the arguments of an `InputError` about a repeated id; `count`: documents with the id of an earlier one."""
    return repr(id_), f"is the id of more than one document ({count:,} repeat an id); all stay, told apart by text"
