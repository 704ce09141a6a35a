"""Write the fingerprints of a part to a folder of columns."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from dedupe._atomic import publish_folder
from dedupe.corpus._columns import SOURCE
from dedupe.corpus._fingerprints import Fingerprints
from dedupe.corpus._parts import Item
from dedupe.model import Report

_TABLES = ("paragraphs", "documents", "sources", "names", "orders", "texts", "sketches", "local_results")


class PartWriter:
    """Write the fingerprints of a part to a new folder, which gets its name when it is complete."""

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
        self.paragraphs = self.documents = 0
        self._ends = {"names": 0, "orders": 0, "texts": 0}

    def add(
        self,
        fingerprints: Fingerprints,
        reports: Mapping[int, Report],
        records: Sequence[Item],
        orders: Sequence[bytes],
        problems: Mapping[int, str],
    ) -> None:
        """Append the fingerprints of a chunk of records, in order.

        `reports`: those of documents with findings, by number. `problems`: sentences about documents on which the
        program failed, which count as without text, by number.
        """
        paragraphs, documents = fingerprints.paragraphs.copy(), fingerprints.documents.copy()
        paragraphs["document"] += self.documents
        paragraphs["offset"] += self._ends["texts"]
        documents["offset"] += self._ends["texts"]
        sources = np.zeros(len(documents), SOURCE)
        columns = dict(zip(Item._fields, zip(*records, strict=True), strict=True))
        for field, column in (("line", "number"), ("begin", "begin"), ("size", "size")):
            sources[field] = columns[column]
        ids = [name.encode("utf-8", "surrogatepass") for name in columns["id"]]
        sources["alone"] = fingerprints.alone
        for field, name, values in (("name", "names", ids), ("order", "orders", orders)):
            sources[field] = np.cumsum(np.fromiter(map(len, values), np.int64, len(values))) + self._ends[name]
            self._append(name, b"".join(values))
        self._append("texts", fingerprints.texts)
        for name, table in (("paragraphs", paragraphs), ("documents", documents), ("sources", sources)):
            self._files[name].write(table.data)
        if fingerprints.bands is not None:
            for number, keys in enumerate(fingerprints.bands):
                self._files[f"band-{number}"].write(keys.data)
        if fingerprints.sketches is not None:
            self._files["sketches"].write(fingerprints.sketches.data)
        for number, result in encode_local_results(reports, problems).items():
            line = json.dumps({"document": self.documents + number, **result})
            self._files["local_results"].write(line.encode() + b"\n")
        self.paragraphs += len(paragraphs)
        self.documents += len(documents)

    def _append(self, name: str, data: bytes) -> None:
        self._files[name].write(data)
        self._ends[name] += len(data)

    def close(self) -> None:
        """Close the files of a part that is given up."""
        with suppress(OSError):  # of what was still to be written
            self._stack.close()

    def publish(self, counts: dict[str, Any]) -> None:
        """Write the counts and give the folder its name."""
        self._stack.close()
        counts_of_part = {"paragraphs": self.paragraphs, "documents": self.documents, **counts}
        (self.new / "counts.json").write_text(json.dumps(counts_of_part))
        shutil.rmtree(self.folder, ignore_errors=True)
        publish_folder(self.new, self.folder)


def encode_local_results(reports: Mapping[int, Report], problems: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """Return the local results of documents with findings or a problem as JSON objects, by number."""
    encoded: dict[int, dict[str, Any]] = {
        number: {
            "cuts": [[cut.start, cut.end] for cut in report.cuts],
            "findings": [finding.to_dict() for finding in report.findings],
        }
        for number, report in reports.items()
        if report.findings
    }
    encoded |= {number: {"cuts": [], "findings": [], "problem": problem} for number, problem in problems.items()}
    return dict(sorted(encoded.items()))
