"""A step of a datatrove pipeline that cleans, annotates or drops documents with duplicate paragraphs."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import TYPE_CHECKING

import dedupe

try:
    from datatrove.pipeline.base import PipelineStep
    from datatrove.utils.batching import batched
    from datatrove.utils.logging import logger
except ImportError:
    raise dedupe.MissingExtraError("datatrove", "datatrove") from None

if TYPE_CHECKING:
    from datatrove.data import Document, DocumentsPipeline
    from datatrove.pipeline.writers.disk_base import DiskWriter


class DedupeStep(PipelineStep):
    r"""Check the text of each document on its own.

    A document without a text passes. One whose text is no string, or on which the program fails, is counted as
    "errors", logged, and passes unchanged.

    Args:
        action: "clean" replaces the text, "flag" leaves it unchanged, "drop" drops documents from which a paragraph
            would be removed.
        findings: a key of the metadata that gets the findings as a JSON array; "" for none.
        options: how duplicates are found and judged; None for the default options.
        exclusion_writer: a writer of datatrove that gets the dropped documents; None for none.
        batch_size: documents that are judged together; the results do not depend on it.

    Raises:
        OptionError: `action` is none of the three.

    Example:
        >>> from datatrove.data import Document
        >>> line = "The old bridge is closed to all traffic until May.\n"
        >>> [document.text for document in DedupeStep().run([Document(line * 2, "a")])]
        ['The old bridge is closed to all traffic until May.\n']
    """

    type = "🫂 - DEDUPS"
    name = "paradedupe"

    def __init__(
        self,
        action: str = "clean",
        *,
        findings: str = "",
        options: dedupe.Options | None = None,
        exclusion_writer: DiskWriter | None = None,
        batch_size: int = 1000,
    ) -> None:
        super().__init__()
        if action not in ("clean", "flag", "drop"):
            raise dedupe.OptionError(f"action must be one of clean, flag, drop, not {action!r}")
        self.action, self.findings, self.batch_size = action, findings, batch_size
        self.exclusion_writer = exclusion_writer
        self.deduper = dedupe.Deduper(options)

    def run(self, data: DocumentsPipeline, rank: int = 0, world_size: int = 1) -> DocumentsPipeline:
        """Yield the documents, cleaned or annotated."""
        with self.exclusion_writer or nullcontext() as writer:
            for batch in batched(data or (), self.batch_size):
                texts = [document.text if isinstance(document.text, str) else "" for document in batch]
                with self.track_time("batch"):
                    reports = list(self.deduper.check_many(texts))
                for document, report in zip(batch, reports, strict=True):
                    if self._passes(document, report):
                        yield document
                    elif writer is not None:
                        writer.write(document, rank)

    def _passes(self, document: Document, report: dedupe.Report) -> bool:
        """Change a document; return False to drop it."""
        problem = report.problem
        if document.text is not None and not isinstance(document.text, str):
            problem = f"the text is of type {type(document.text).__name__}, where a string is needed"
        if problem:
            logger.error(f"{document.id}: {problem}")
        removed = report.count("remove")
        counts = {"total": 1, "errors": bool(problem), "removed": removed, "flagged": report.count("flag")}
        for label, count in counts.items():
            self.stat_update(label, value=int(count))
        if self.findings:
            document.metadata[self.findings] = json.dumps(report.to_dict()["findings"])
        dropped = self.action == "drop" and report.changed
        if self.action == "clean" and report.changed:
            document.text = report.text
        self.stat_update("dropped" if dropped else "forwarded")
        return not dropped
