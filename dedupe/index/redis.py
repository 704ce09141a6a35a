"""An index in Redis, shared by workers: every change is one script, which happens completely or not at all."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dedupe._arrays import U64, Ints
from dedupe.errors import InputError
from dedupe.index._codec import occurrences_of, packed_paragraphs, unpack
from dedupe.index._redis_connection import (
    BUCKET_BITS,
    RedisConnection,
    bucket_entries,
    bucket_names,
    decode_document,
    encode_document,
    encode_paragraph,
    escape_pattern,
    part_of,
)
from dedupe.index._sorted_keys import candidates
from dedupe.index.batch import assign_owners, number_paragraphs
from dedupe.index.protocol import MAX_OCCURRENCES, IndexBatch, Occurrence, Stats, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec
from dedupe.matching.runs import NO_KEY

SCRIPT_DOCUMENTS = 24
"""Documents that one script writes: Redis does nothing else meanwhile, for some 20 ms."""

SCRIPT_REMOVALS = 2048
"""Paragraphs whose documents one script removes: likewise, for some 5 ms."""

LOOKED_UP_IDS = 1000
"""Ids whose documents are looked up at once for their removal."""

MAX_TRIES = 20
"""Times a batch is planned anew because another worker wrote the same documents in between."""

BUSY = "other workers write the same documents all the time; try again"
"""The problem after so many tries."""


class RedisStore:
    """An index in Redis; see `Store`.

    The address may contain `index=NAME`; all keys begin with `dedupe:{NAME}:`. Values are numbers, text and JSON:
    nothing is ever unpickled, and a value that cannot be read is an error that names the index.
    """

    def __init__(self, address: str, spec: IndexSpec | None = None) -> None:
        self._connection = RedisConnection(address, spec)
        self._client, self._prefix, self.where, self.spec = (
            self._connection.client,
            self._connection.prefix,
            self._connection.where,
            self._connection.spec,
        )
        self._errors, self._key = self._connection.errors, self._connection.key
        self._find, self._find_owners, self._add_plan, self._remove_plan, self._touch, self._compact = (
            self._connection.script(*names)
            for names in (["find"], ["owners"], ["release", "add"], ["release", "remove"], ["touch"], ["compact"])
        )

    def next_number(self) -> int:
        """Return the number of the next document."""
        with self._errors():
            return int(self._client.hget(self._key("next"), "document") or 0)

    def add(self, batch: IndexBatch) -> None:
        """Add documents, a few at a time; one that is added again under the same id replaces the old one."""
        last = {document.id: position for position, document in enumerate(batch.documents)}
        documents = [document for position, document in enumerate(batch.documents) if last[document.id] == position]
        for first in range(0, len(documents), SCRIPT_DOCUMENTS):
            part = part_of(batch, documents[first : first + SCRIPT_DOCUMENTS])
            with self._errors():
                if not any(self._try_to_add(part) for _ in range(MAX_TRIES)):
                    raise InputError(self.where, BUSY)

    def _try_to_add(self, batch: IndexBatch) -> bool:
        """Add documents unless another worker changes what they rely on; say whether they were added."""
        client = self._client
        ids = [document.id for document in batch.documents]
        old_numbers = client.hmget(self._key("i"), ids)
        replaced = self._removal_plans([int(number) for number in old_numbers if number is not None])
        next_paragraph = client.hincrby(self._key("next"), "row", len(batch.keys)) - len(batch.keys)
        owner = client.hincrby(self._key("next"), "document", len(ids)) - len(ids)
        numbers, new = number_paragraphs(self, batch, next_paragraph)
        documents = [document.renumber(numbers) for document in batch.documents]
        new_numbers = range(next_paragraph, next_paragraph + len(new))  # others may have added higher ones since
        first_owners, later_owners = assign_owners(documents, owner, new_numbers)
        plan = {
            "documents": [
                {
                    "id": document.id,
                    "number": number,
                    "host": document.host,
                    "seen": document.seen,
                    "occurrences": len(document.occurrences),
                    "replaces": "" if old is None else old.decode(),
                }
                for number, (document, old) in enumerate(zip(documents, old_numbers, strict=True), owner)
            ],
            "known": sorted({number for number in numbers.values() if number not in new_numbers}),
            "new": list(new_numbers),
            "later_owners": later_owners,
            "replaced": replaced,
        }
        values = [encode_document(document) for document in documents]
        paragraphs = [
            encode_paragraph(batch, position, first_owners[number], self.spec.texts)
            for number, position in enumerate(new.tolist(), next_paragraph)
        ]
        entries = bucket_entries(batch.keys[new, : 1 + self.spec.keys], next_paragraph)
        return bool(self._add_plan(args=[self._prefix, json.dumps(plan), entries, *paragraphs, *values], client=client))

    def _removal_plans(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Return what the scripts need to remove documents, in order."""
        plans = []
        values = self._client.hmget(self._key("d"), numbers) if numbers else []
        for number, data in zip(numbers, values, strict=True):
            if data is None:
                plans.append({"id": "", "number": number, "host": "", "occurrences": 0, "paragraphs": []})
                continue
            document, occurrences = decode_document(data, self.where)
            paragraphs = list(dict.fromkeys(packed_paragraphs(occurrences, self.where)))
            plans.append(
                {
                    "id": document.id,
                    "number": number,
                    "host": document.host,
                    "occurrences": len(paragraphs),
                    "paragraphs": paragraphs,
                }
            )
        return plans

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (query, paragraph) pairs that share enough keys."""
        asked = np.flatnonzero(keys.ravel() != NO_KEY)
        flat = keys.ravel()[asked]
        with self._errors():
            lengths, data = self._find(args=[self._prefix, bucket_names(flat).tobytes()])
            counts = np.frombuffer(lengths, "<u4").astype(np.int64) // 7
            padded = np.zeros((len(data) // 7, 8), np.uint8)
            padded[:, :7] = np.frombuffer(data, np.uint8).reshape(-1, 7)
        entries = padded.view("<u8").ravel()
        expected = np.repeat(flat << np.uint64(BUCKET_BITS) >> np.uint64(40), counts)
        hits = np.flatnonzero(entries >> np.uint64(32) == expected)
        positions = np.repeat(asked, counts)[hits]
        return candidates(positions, (entries[hits] & np.uint64(0xFFFFFFFF)).astype(np.int64), keys)

    def paragraphs(self, numbers: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return the paragraphs of these numbers that are in the index."""
        if not numbers:
            return {}
        found = {}
        with self._errors():
            for number, data in zip(numbers, self._client.hmget(self._key("c"), list(numbers)), strict=True):
                if data is not None:
                    size = struct.unpack_from("<I", data, 4)[0]
                    text = data[8 + 4 * size :].decode("utf-8", "surrogatepass") if self.spec.texts else None
                    found[number] = StoredParagraph(np.frombuffer(data, "<u4", size, 8), text)
        return found

    def occurrences(self, numbers: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return the first `MAX_OCCURRENCES` of each paragraph in documents whose number is below `before`."""
        if not numbers:
            return {}
        with self._errors():
            answers = self._find_owners(args=[self._prefix, MAX_OCCURRENCES, *numbers])
            owners = {
                number: [one for (one,) in sorted(struct.iter_unpack("<I", data))[:MAX_OCCURRENCES] if one < before]
                for number, data in zip(numbers, answers, strict=True)
            }
            distinct = sorted({owner for found in owners.values() for owner in found})
            values = zip(distinct, self._client.hmget(self._key("d"), distinct) if distinct else [], strict=True)
            documents = {owner: decode_document(data, self.where) for owner, data in values if data is not None}
            return occurrences_of(owners, documents, self.where)

    def document_counts(self, numbers: Sequence[int]) -> dict[int, int]:
        """Return in how many documents each of these paragraphs is."""
        with self._errors():
            pipe = self._client.pipeline(transaction=False)
            for number in numbers:
                pipe.hexists(self._key("c"), number)
                pipe.strlen(self._key(f"m:{number}"))
            answers = pipe.execute() if numbers else []
        pairs = zip(numbers, answers[::2], answers[1::2], strict=True)
        return {number: 1 + length // 4 for number, exists, length in pairs if exists}

    def size(self) -> int:
        """Return the number of documents."""
        with self._errors():
            return int(self._client.hlen(self._key("d")))

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return those ids whose documents are in the index."""
        with self._errors():
            found = self._client.hmget(self._key("i"), list(ids)) if ids else []
        return {identity for identity, number in zip(ids, found, strict=True) if number is not None}

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return the number of documents of each host."""
        with self._errors():
            found = self._client.hmget(self._key("h"), list(hosts)) if hosts else []
            return {host: int(pages or 0) for host, pages in zip(hosts, found, strict=True)}

    def touch(self, ids: Sequence[str], seen: int) -> None:
        """Note when documents were seen, for those in the index that were not seen later."""
        with self._errors():
            self._touch(args=[self._prefix, seen, *ids])

    def documents(self) -> Iterator[StoredDocument]:
        """Yield every document, in the order of adding."""
        with self._errors():
            numbers = sorted(int(number) for number in self._client.hkeys(self._key("d")))
        for first in range(0, len(numbers), 500):
            with self._errors():
                part = numbers[first : first + 500]
                values = self._client.hmget(self._key("d"), part)
                times = self._client.hmget(self._key("s"), part)
            for data, seen in zip(values, times, strict=True):
                if data is not None:
                    document, occurrences = decode_document(data, self.where)
                    yield replace(document, occurrences=unpack(occurrences, self.where), seen=int(seen or 0))

    def remove(self, ids: Sequence[str]) -> int:
        """Remove documents, many at a time, and return how many were in the index."""
        count = 0
        distinct = list(dict.fromkeys(ids))
        with self._errors():
            for first in range(0, len(distinct), LOOKED_UP_IDS):
                waiting = distinct[first : first + LOOKED_UP_IDS]
                for _ in range(MAX_TRIES):
                    found = [int(one) for one in self._client.hmget(self._key("i"), waiting) if one is not None]
                    plans = self._removal_plans(found)
                    changed = self._remove_planned(plans)
                    count += len(plans) - len(changed)
                    if not (waiting := changed):
                        break
                else:
                    raise InputError(self.where, BUSY)
        return count

    def _remove_planned(self, plans: Sequence[dict[str, Any]]) -> list[str]:
        """Remove documents, and return the ids of those that another worker has replaced or removed meanwhile."""
        changed: list[bytes] = []
        part: list[dict[str, Any]] = []
        paragraphs = 0
        for position, plan in enumerate(plans, 1):
            part.append(plan)
            paragraphs += 1 + len(plan["paragraphs"])
            if paragraphs >= SCRIPT_REMOVALS or position == len(plans):
                changed += self._remove_plan(args=[self._prefix, json.dumps(part)])
                part, paragraphs = [], 0
        return [one.decode() for one in changed]

    def compact(self) -> None:
        """Delete the entries of removed paragraphs."""
        with self._errors():
            for key in self._client.scan_iter(f"{escape_pattern(self._prefix)}b:*", count=1000):
                self._compact(args=[self._prefix, key])

    def problems(self) -> Iterator[str]:
        """Yield nothing: Redis answers for its own data."""
        yield from ()

    def stats(self) -> Stats:
        """Return the size of the index: the memory of its keys in Redis."""
        with self._errors():
            size, owned = self._connection.measure(self._key("m:"))
            frequent = sorted((-(length // 4 + 1), number) for number, length in owned.items())[:5]
            documents, distinct = self._client.hlen(self._key("d")), self._client.hlen(self._key("c"))
            total = int(self._client.hget(self._key("next"), "places") or 0)
        stored = self.paragraphs([number for _, number in frequent])
        most_frequent = [
            (-pages, (stored[number].text if number in stored else None) or f"paragraph {number}")
            for pages, number in frequent
        ]
        return Stats(documents, total, distinct, size, tuple(most_frequent))

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
