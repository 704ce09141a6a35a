"""A store in Redis, shared by workers: every change is one script, so that it happens as a whole or not at all."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np

from dedupe._arrays import U8, U64, Ints
from dedupe._places import shown
from dedupe.errors import InputError, MissingExtraError
from dedupe.index._codec import packed, place_of, unpacked
from dedupe.index._interning import numbered
from dedupe.index._scripts import script
from dedupe.index._sorted_keys import pairs
from dedupe.index.protocol import MOST_PAGES, IndexBatch, Occurrence, Stats, StoredDocument, StoredParagraph
from dedupe.index.spec import IndexSpec

BUCKETS = 18
"""Bits of a key that choose its bucket: at a million paragraphs one holds a kilobyte."""

AT_ONCE = 24
"""Documents that one script writes: Redis does nothing else meanwhile, for some 20 ms."""

TRIES = 20
"""Times a batch is planned anew because another worker wrote the same documents in between."""

TIMEOUT = 10
"""Seconds an answer may take."""

NAME = "default"
"""The name of an index whose address gives none."""


class RedisStore:
    """Documents' paragraphs in Redis; see `Store`.

    The address may carry `index=NAME`; all keys begin with `dedupe:{NAME}:`. Values are numbers, text and JSON of our
    own making: nothing is ever unpickled, and what cannot be read is an error that names the index.
    """

    def __init__(self, address: str, spec: IndexSpec | None = None) -> None:
        try:
            import redis  # 60 ms that only this class costs
        except ImportError:
            raise MissingExtraError("redis", "redis") from None
        self._error: type[Exception] = redis.RedisError
        self.where = shown(address)
        url, name = _address(address)
        self._prefix = f"dedupe:{{{name}}}:"
        try:
            self._client: Any = redis.Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
        except (ValueError, TypeError):  # its words may hold the password
            raise InputError(
                self.where, "is no address of Redis; write redis://HOST:PORT/DATABASE?index=NAME"
            ) from None
        self._find, self._sayers, self._add_plan, self._remove_one, self._compact = (
            self._client.register_script(script(*names))
            for names in (["find"], ["sayers"], ["forget", "add"], ["forget", "remove"], ["compact"])
        )
        with self._errors():
            if spec is not None:
                self._client.set(f"{self._prefix}header", spec.to_json(), nx=True)
            held: Any = self._client.get(f"{self._prefix}header")
        if held is None:
            raise InputError(
                self.where, f"there is no index {name!r}; make one with: dedupe index add PATHS --index URL"
            )
        self.spec = IndexSpec.from_json(held.decode("utf-8", "replace"), self.where)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what Redis says into a sentence without its password."""
        try:
            yield
        except self._error as error:
            kind = type(error).__name__
            if kind in ("ConnectionError", "TimeoutError", "BusyLoadingError"):
                problem = "Redis cannot be reached; what was acknowledged is kept there; start it, or check the address"
            elif kind.startswith("Auth") or "NOAUTH" in str(error) or "WRONGPASS" in str(error):
                problem = "Redis wants another user or password; check the address"
            elif "OOM" in str(error):
                problem = "Redis has no memory left; nothing of this batch was kept; raise maxmemory"
            elif "WRONGTYPE" in str(error):
                problem = "is damaged: a key of it holds something else; remove the index and build it anew"
            else:
                problem = f"Redis answered with an error ({kind}); see its log"
            raise InputError(self.where, problem) from None
        except (struct.error, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError):
            raise InputError(
                self.where, "is damaged: a value in it cannot be read; remove the index and build it anew"
            ) from None

    def _key(self, name: str) -> str:
        return self._prefix + name

    def position(self) -> int:
        """Return the number that the next document gets."""
        with self._errors():
            return int(self._client.hget(self._key("next"), "document") or 0)

    def add(self, batch: IndexBatch) -> None:
        """Add documents, a few at a time; one that comes again under its name takes the place of the old one."""
        last = {entry.id: at for at, entry in enumerate(batch.entries)}
        entries = [entry for at, entry in enumerate(batch.entries) if last[entry.id] == at]
        for at in range(0, len(entries), AT_ONCE):
            part = _part(batch, entries[at : at + AT_ONCE])
            with self._errors():
                if not any(self._added(part) for _ in range(TRIES)):
                    raise InputError(self.where, "other workers write the same documents all the time; try again")

    def _added(self, batch: IndexBatch) -> bool:
        """Add documents unless another worker changed what they rely on; say whether they were added."""
        client = self._client
        names = [entry.id for entry in batch.entries]
        numbers = client.hmget(self._key("i"), names)
        olds = [self._plan_of(int(one)) for one in numbers if one is not None]
        next_row = client.hincrby(self._key("next"), "row", len(batch.keys)) - len(batch.keys)
        number = client.hincrby(self._key("next"), "document", len(names)) - len(names)
        rows, fresh = numbered(self, batch, next_row)
        made = range(next_row, next_row + len(fresh))
        first: dict[int, int] = {}
        later: list[tuple[int, int]] = []
        documents, values = [], []
        for entry, old in zip(batch.entries, numbers, strict=True):
            places = [replace(place, row=int(rows[place.row])) for place in entry.places]
            for row in dict.fromkeys(place.row for place in places):
                if row in made and row not in first:
                    first[row] = number
                else:
                    later.append((row, number))
            documents.append(
                {
                    "id": entry.id,
                    "number": number,
                    "host": entry.host,
                    "places": len(places),
                    "old": "" if old is None else old.decode(),
                }
            )
            values.append(_written(entry, places))
            number += 1
        plan = {
            "documents": documents,
            "known": sorted({row for row in rows.tolist() if row not in made}),
            "contents": list(made),
            "later": later,
            "olds": olds,
        }
        contents = [self._content(batch, at, first[row]) for row, at in enumerate(fresh.tolist(), next_row)]
        entries = _entries(batch.keys[fresh], next_row)
        return bool(self._add_plan(args=[self._prefix, json.dumps(plan), entries, *contents, *values], client=client))

    def _plan_of(self, number: int) -> dict[str, Any]:
        """Return what the scripts need to know of a document to take it out."""
        data = self._client.hget(self._key("d"), number)
        if data is None:
            return {"id": "", "number": number, "host": "", "places": 0, "rows": []}
        entry, places = _read(data, self.where)
        rows = list(dict.fromkeys(place.row for place in unpacked(places, self.where)))
        return {"id": entry.id, "number": number, "host": entry.host, "places": len(rows), "rows": rows}

    def _content(self, batch: IndexBatch, at: int, document: int) -> bytes:
        """Return a paragraph as it is kept: its first document, the number of its shingles, these, the text."""
        shingles = batch.hashes[batch.starts[at] : batch.starts[at + 1]].astype("<u4")
        text = batch.texts[at].encode("utf-8", "surrogatepass") if self.spec.texts and batch.texts else b""
        return struct.pack("<II", document, len(shingles)) + shingles.tobytes() + text

    def propose(self, keys: U64) -> tuple[Ints, Ints]:
        """Return (asked, row) pairs of rows that share a key."""
        flat = keys.ravel()
        with self._errors():
            lengths, data = self._find(args=[self._prefix, _buckets(flat).tobytes()])
            counts = np.frombuffer(lengths, "<u4").astype(np.int64) // 7
            whole = np.zeros((len(data) // 7, 8), np.uint8)
            whole[:, :7] = np.frombuffer(data, np.uint8).reshape(-1, 7)
        found = whole.view("<u8").ravel()
        wanted = np.repeat(flat << np.uint64(BUCKETS) >> np.uint64(40), counts)
        hit = np.flatnonzero(found >> np.uint64(32) == wanted)
        places = np.repeat(np.arange(len(flat)), counts)[hit]
        return pairs(places, (found[hit] & np.uint64(0xFFFFFFFF)).astype(np.int64), keys.shape[1])

    def contents(self, rows: Sequence[int]) -> dict[int, StoredParagraph]:
        """Return what is kept under these rows."""
        if not rows:
            return {}
        found = {}
        with self._errors():
            for row, data in zip(rows, self._client.hmget(self._key("c"), list(rows)), strict=True):
                if data is not None:
                    size = struct.unpack_from("<I", data, 4)[0]
                    text = data[8 + 4 * size :].decode("utf-8", "surrogatepass") if self.spec.texts else None
                    found[row] = StoredParagraph(np.frombuffer(data, "<u4", size, 8), text)
        return found

    def occurrences(self, rows: Sequence[int], before: int) -> dict[int, list[tuple[StoredDocument, Occurrence]]]:
        """Return the documents that say each row, and where, the earliest `MOST_PAGES`."""
        if not rows:
            return {}
        with self._errors():
            answers = self._sayers(args=[self._prefix, MOST_PAGES, *rows])
            numbers = {
                row: [one for (one,) in sorted(struct.iter_unpack("<I", data))[:MOST_PAGES] if one < before]
                for row, data in zip(rows, answers, strict=True)
            }
            wanted = sorted({one for found in numbers.values() for one in found})
            held = zip(wanted, self._client.hmget(self._key("d"), wanted) if wanted else [], strict=True)
            documents = {number: _read(data, self.where) for number, data in held if data is not None}
            return {
                row: [
                    (documents[one][0], place)
                    for one in found
                    if one in documents and (place := place_of(documents[one][1], row, self.where)) is not None
                ]
                for row, found in numbers.items()
            }

    def holds(self, ids: Sequence[str]) -> set[str]:
        """Return which of the names are those of documents in the store."""
        with self._errors():
            found = self._client.hmget(self._key("i"), list(ids)) if ids else []
        return {name for name, number in zip(ids, found, strict=True) if number is not None}

    def pages(self, hosts: Sequence[str]) -> dict[str, int]:
        """Return how many documents each host has."""
        with self._errors():
            found = self._client.hmget(self._key("h"), list(hosts)) if hosts else []
            return {host: int(pages or 0) for host, pages in zip(hosts, found, strict=True)}

    def entries(self) -> Iterator[StoredDocument]:
        """Yield every document, in the order they were added."""
        with self._errors():
            numbers = sorted(int(one) for one in self._client.hkeys(self._key("d")))
        for at in range(0, len(numbers), 500):
            with self._errors():
                held = self._client.hmget(self._key("d"), numbers[at : at + 500])
            for data in held:
                if data is not None:
                    entry, places = _read(data, self.where)
                    yield replace(entry, places=unpacked(places, self.where))

    def remove(self, ids: Sequence[str]) -> int:
        """Take documents out and return how many were there."""
        count = 0
        with self._errors():
            for name in dict.fromkeys(ids):
                number = self._client.hget(self._key("i"), name)
                if number is not None:
                    plan = json.dumps(self._plan_of(int(number)))
                    count += int(self._remove_one(args=[self._prefix, plan]))
        return count

    def compact(self) -> None:
        """Leave out of the buckets what is gone."""
        with self._errors():
            for key in self._client.scan_iter(f"{_literal(self._prefix)}b:*", count=1000):
                self._compact(args=[self._prefix, key])

    def problems(self) -> Iterator[str]:
        """Yield nothing: Redis answers for its own data."""
        yield from ()

    def stats(self) -> Stats:
        """Return what is in the store; size is the memory of its keys in Redis."""
        with self._errors():
            size = 0
            hot: list[tuple[int, int]] = []
            keys = list(self._client.scan_iter(f"{_literal(self._prefix)}*", count=1000))
            for at in range(0, len(keys), 1000):
                pipe = self._client.pipeline(transaction=False)
                for key in keys[at : at + 1000]:
                    pipe.memory_usage(key, samples=0)
                    if key.startswith(self._key("m:").encode()):
                        pipe.strlen(key)
                answers = iter(pipe.execute())
                for key in keys[at : at + 1000]:
                    size += next(answers) or 0
                    if key.startswith(self._key("m:").encode()):
                        hot.append((-(next(answers) // 4 + 1), int(key.rsplit(b":", 1)[1])))
            hot = sorted(hot)[:5]
            documents, contents = self._client.hlen(self._key("d")), self._client.hlen(self._key("c"))
            places = int(self._client.hget(self._key("next"), "places") or 0)
        held = self.contents([row for _, row in hot])
        hottest = [(-pages, (held[row].text if row in held else None) or f"paragraph {row}") for pages, row in hot]
        return Stats(documents, places, contents, size, hottest)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def _address(address: str) -> tuple[str, str]:
    """Return the address for Redis and the name of the index."""
    try:
        parts = urlsplit(address)
        options = dict(parse_qsl(parts.query))
    except ValueError:
        raise InputError(shown(address), "is no address; write redis://HOST:PORT/DATABASE?index=NAME") from None
    name = options.pop("index", NAME)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(options), "")), name


def _part(batch: IndexBatch, entries: Sequence[StoredDocument]) -> IndexBatch:
    """Return a sheet of some of its documents, with its own rows."""
    rows = [place.row for entry in entries for place in entry.places]
    numbers = {row: at for at, row in enumerate(rows)}
    pieces = [batch.hashes[batch.starts[row] : batch.starts[row + 1]] for row in rows]
    starts = np.cumsum([0, *map(len, pieces)])
    moved = [
        replace(entry, places=tuple(replace(place, row=numbers[place.row]) for place in entry.places))
        for entry in entries
    ]
    hashes = np.concatenate(pieces) if pieces else np.zeros(0, np.uint32)
    texts = [batch.texts[row] for row in rows] if batch.texts is not None else None
    return IndexBatch(moved, hashes, starts, batch.keys[np.array(rows, np.int64)], texts)


def _buckets(keys: U64) -> U8:
    """Return the names of the buckets of keys, uint8, shape (keys, 3)."""
    numbers = (keys >> np.uint64(64 - BUCKETS)).astype("<u4")
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, 4)[:, :3])


def _entries(keys: U64, first: int) -> bytes:
    """Return what goes into the buckets for rows from `first` on: bucket, row, and the 24 bits of a key that follow."""
    flat = keys.ravel()
    rows = np.repeat(np.arange(first, first + len(keys)), keys.shape[1]).astype("<u4")
    rest = (flat << np.uint64(BUCKETS) >> np.uint64(40)).astype("<u4")
    table = np.empty((len(flat), 10), np.uint8)
    table[:, :3] = _buckets(flat)
    table[:, 3:7] = rows.view(np.uint8).reshape(-1, 4)
    table[:, 7:] = rest.view(np.uint8).reshape(-1, 4)[:, :3]
    return table.tobytes()


def _written(entry: StoredDocument, places: Sequence[Occurrence]) -> bytes:
    """Return a document as it is kept: a line of JSON, then its places."""
    return json.dumps([entry.id, entry.host, entry.date, entry.added]).encode() + b"\n" + packed(places)


def _read(data: bytes, where: str) -> tuple[StoredDocument, bytes]:
    """Return the document that `_written` wrote, and its places as bytes."""
    line, _, places = data.partition(b"\n")
    try:
        name, host, date, added = json.loads(line)
    except ValueError:
        raise InputError(where, "is damaged: a document in it cannot be read; build it anew") from None
    return StoredDocument(str(name), str(host), str(date), int(added)), places


def _literal(prefix: str) -> str:
    """Return a prefix in which no character is a pattern to SCAN."""
    return "".join(f"\\{one}" if one in "*?[]^\\" else one for one in prefix)
