"""Write the fingerprints of a part to a folder of columns."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import numpy as np

from dedupe._atomic import publish_folder
from dedupe.corpus._columns import NAMED
from dedupe.corpus._fingerprints import Fingerprints
from dedupe.corpus._parts import Item
from dedupe.model import Report

_TABLES = ("rows", "documents", "named", "names", "orders", "texts", "inner")


class PartWriter:
    """Writes the fingerprints of a part beside their place, and puts them there when all are written."""

    def __init__(self, folder: Path, bands: int) -> None:
        self.folder = folder
        self.new = folder.with_name(folder.name + ".new")
        shutil.rmtree(self.new, ignore_errors=True)
        self.new.mkdir(parents=True)
        self._stack = ExitStack()
        names = [*_TABLES, *(f"band-{number}" for number in range(bands))]
        self._files: dict[str, IO[bytes]] = {}
        for name in names:
            file = open(self.new / name, "wb", buffering=1 << 16)  # noqa: SIM115  closed by close
            self._files[name] = self._stack.enter_context(file)
        self.rows = self.documents = 0
        self._ends = {"names": 0, "orders": 0, "texts": 0}

    def add(
        self,
        prints: Fingerprints,
        reports: Mapping[int, Report],
        items: Sequence[Item],
        orders: Sequence[bytes],
        problems: Mapping[int, str],
    ) -> None:
        """Append a chunk: what is known of the documents of items, in order.

        `reports`: the others found nothing. `problems`: what went wrong with documents that count as without text.
        """
        rows, documents = prints.rows.copy(), prints.documents.copy()
        rows["document"] += self.documents
        rows["offset"] += self._ends["texts"]
        documents["offset"] += self._ends["texts"]
        named = np.zeros(len(documents), NAMED)
        columns = dict(zip(Item._fields, zip(*items, strict=True), strict=True))
        for column, of in (("line", "number"), ("begin", "begin"), ("size", "size")):
            named[column] = columns[of]
        names = [name.encode("utf-8", "surrogatepass") for name in columns["id"]]
        named["alone"] = prints.alone
        for field, name, values in (("name", "names", names), ("order", "orders", orders)):
            named[field] = np.cumsum(np.fromiter(map(len, values), np.int64, len(values))) + self._ends[name]
            self._append(name, b"".join(values))
        self._append("texts", prints.texts)
        for name, table in (("rows", rows), ("documents", documents), ("named", named)):
            self._files[name].write(table.data)
        if prints.bands is not None:
            for number, keys in enumerate(prints.bands):
                self._files[f"band-{number}"].write(keys.data)
        for number, one in local_results_of(reports, problems).items():
            self._files["inner"].write(json.dumps({"document": self.documents + number, **one}).encode() + b"\n")
        self.rows += len(rows)
        self.documents += len(documents)

    def _append(self, name: str, data: bytes) -> None:
        self._files[name].write(data)
        self._ends[name] += len(data)

    def close(self) -> None:
        """Close what is open; a part that is not done counts for nothing."""
        self._stack.close()

    def done(self, counts: dict[str, Any]) -> None:
        """Put the part in its place."""
        self._stack.close()
        whole = {"rows": self.rows, "documents": self.documents, **counts}
        (self.new / "counts.json").write_text(json.dumps(whole))
        shutil.rmtree(self.folder, ignore_errors=True)
        publish_folder(self.new, self.folder)


def local_results_of(reports: Mapping[int, Report], problems: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """Return what was found in documents for themselves, or what went wrong with them, by number, to be kept."""
    kept: dict[int, dict[str, Any]] = {
        number: {
            "cuts": [[cut.start, cut.end] for cut in report.cuts],
            "findings": [finding.to_dict() for finding in report.findings],
        }
        for number, report in reports.items()
        if report.findings
    }
    kept |= {number: {"cuts": [], "findings": [], "problem": problem} for number, problem in problems.items()}
    return dict(sorted(kept.items()))
