"""Read the documents of a part, and count its records and errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dedupe._failures import unexpected
from dedupe._tally import ErrorCounts
from dedupe.corpus._fingerprints import CHUNK_CHARACTERS, digest
from dedupe.corpus._parts import InputPart, Item, record_name
from dedupe.corpus._plan import Plan
from dedupe.corpus._sources import items
from dedupe.errors import InputError


class PartReading:
    """Read one part; `failed`: the place and the problem of one that cannot be read to its end."""

    def __init__(self, plan: Plan, part: InputPart) -> None:
        self.plan, self.part = plan, part
        self.counts: Counter[str] = Counter()
        self.errors = ErrorCounts()
        self.failed: list[str] = []

    def chunks(self) -> Iterator[list[Item]]:
        """Yield the documents, about `CHUNK_CHARACTERS` at a time; count the errors of the others.

        Raises `InputError` if the rest of the part cannot be read, and at the first bad record if errors stop the run.
        """
        chunk: list[Item] = []
        size = 0
        sample = self.plan.corpus_options.sample
        records = 0
        try:
            for item in items(self.part, self.plan.read_options):
                records += 1
                if isinstance(item, InputError):
                    self._note(item)
                elif item is None:
                    self.counts["absent"] += 1
                elif not sample or is_sampled(item, sample):
                    chunk.append(item)
                    size += len(item.text)
                    if size >= CHUNK_CHARACTERS:
                        yield chunk
                        chunk, size = [], 0
        finally:
            self.counts["records"] += records
        if chunk:
            yield chunk

    def note_problems(self, problems: Mapping[int, str], chunk: Sequence[Item]) -> None:
        """Count the documents of a chunk on which the program failed, by number; raise if errors stop the run."""
        for number, problem in problems.items():
            self._note(InputError(record_name(self.part, chunk[number].number, chunk[number].id), problem))

    def _note(self, error: InputError) -> None:
        if self.plan.on_error == "stop":
            raise error
        self.counts["bad"] += 1
        self.errors.note(error)

    def fail(self, raised: Exception) -> InputError:
        """Note that the part cannot be read to its end: no original may be in what is not written; return the error."""
        error = raised if isinstance(raised, InputError) else unexpected(self.part.place, raised)
        self.counts["bad"] += 1
        self.failed = [error.place, error.problem]
        return error

    def to_dict(self) -> dict[str, Any]:
        """Return the counts and errors as a JSON object."""
        counts = {name: self.counts[name] for name in ("records", "bad", "absent")}
        return {**counts, **self.errors.to_dict(), "failed": self.failed}


def is_sampled(document: Item, share: float) -> bool:
    """Return whether a document is in the sample, which depends on its digest only, not on its position."""
    return int.from_bytes(digest(document)[:8], "big") < share * 2**64
