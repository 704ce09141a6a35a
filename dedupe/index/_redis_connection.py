"""The connection of an index to its Redis server: addresses, keys, scripts, values, and errors without passwords."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np

from dedupe._arrays import U8, U64
from dedupe._places import shown
from dedupe.errors import InputError, MissingExtraError
from dedupe.index._codec import pack
from dedupe.index.protocol import IndexBatch, StoredDocument
from dedupe.index.spec import IndexSpec
from dedupe.matching.runs import NO_KEY

BUCKET_BITS = 18
"""Upper bits of a key that choose its bucket: at a million paragraphs one holds a kilobyte."""

DEFAULT_NAME = "default"
"""The name of an index whose address gives none."""


def script(*names: str) -> str:
    """Return the joined Lua of these files; later ones call the functions of earlier ones."""
    return "".join((files(__name__.rpartition(".")[0]) / f"{name}.lua").read_text("utf-8") for name in names)


def split_address(address: str) -> tuple[str, str]:
    """Return the address of the server and the name of the index."""
    try:
        parts = urlsplit(address)
        options = dict(parse_qsl(parts.query))
    except ValueError:
        raise InputError(shown(address), "is no address; write redis://HOST:PORT/DATABASE?index=NAME") from None
    name = options.pop("index", DEFAULT_NAME)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(options), "")), name


def bucket_names(keys: U64) -> U8:
    """Return the names of the buckets of keys, uint8, shape (keys, 3)."""
    numbers = (keys >> np.uint64(64 - BUCKET_BITS)).astype("<u4")
    return np.ascontiguousarray(numbers.view(np.uint8).reshape(-1, 4)[:, :3])


def bucket_entries(keys: U64, first: int) -> bytes:
    """Return bucket, paragraph and the next 24 bits of each key, for paragraphs numbered from `first`."""
    stored = np.flatnonzero(keys.ravel() != NO_KEY)
    flat = keys.ravel()[stored]
    paragraphs = (first + stored // keys.shape[1]).astype("<u4")
    rest = (flat << np.uint64(BUCKET_BITS) >> np.uint64(40)).astype("<u4")
    table = np.empty((len(flat), 10), np.uint8)
    table[:, :3] = bucket_names(flat)
    table[:, 3:7] = paragraphs.view(np.uint8).reshape(-1, 4)
    table[:, 7:] = rest.view(np.uint8).reshape(-1, 4)[:, :3]
    return table.tobytes()


def encode_document(document: StoredDocument) -> bytes:
    """Return the value of a document: a line of JSON, then its occurrences."""
    line = json.dumps([document.id, document.host, document.date, document.added]).encode()
    return line + b"\n" + pack(document.occurrences)


def decode_document(data: bytes, where: str) -> tuple[StoredDocument, bytes]:
    """Return the document that `encode_document` wrote, and its packed occurrences."""
    line, _, occurrences = data.partition(b"\n")
    try:
        identity, host, date, added = json.loads(line)
    except ValueError:
        raise InputError(where, "is damaged: a document in it cannot be read; build it anew") from None
    return StoredDocument(str(identity), str(host), str(date), int(added)), occurrences


def escape_pattern(prefix: str) -> str:
    """Return a prefix in which no character is a pattern to SCAN."""
    return "".join(f"\\{character}" if character in "*?[]^\\" else character for character in prefix)


def encode_paragraph(batch: IndexBatch, position: int, owner: int, texts: bool) -> bytes:
    """Return the value of a paragraph: its first document, the number of its shingles, these, perhaps the text."""
    shingles = batch.shingles(position).astype("<u4")
    text = batch.texts[position].encode("utf-8", "surrogatepass") if texts and batch.texts else b""
    return struct.pack("<II", owner, len(shingles)) + shingles.tobytes() + text


def part_of(batch: IndexBatch, documents: Sequence[StoredDocument]) -> IndexBatch:
    """Return a batch of some of its documents."""
    chosen = [one.paragraph for document in documents for one in document.occurrences]
    positions = {number: position for position, number in enumerate(chosen)}
    pieces = [batch.shingles(number) for number in chosen]
    starts = np.cumsum([0, *map(len, pieces)])
    hashes = np.concatenate(pieces) if pieces else np.zeros(0, np.uint32)
    texts = [batch.texts[number] for number in chosen] if batch.texts is not None else None
    moved = [document.renumber(positions) for document in documents]
    return IndexBatch(moved, hashes, starts, batch.keys[np.array(chosen, np.int64)], texts)


TIMEOUT_SECONDS = 10
"""How long an answer may take."""


class RedisConnection:
    """A connection to the server of an index, all of whose keys begin with `prefix`.

    `spec` makes a new index where there is none. `where` is the address without a password.
    """

    def __init__(self, address: str, spec: IndexSpec | None) -> None:
        try:
            import redis  # 60 ms that only an index in Redis costs
        except ImportError:
            raise MissingExtraError("redis", "redis") from None
        self._error: type[Exception] = redis.RedisError
        self.where = shown(address)
        url, name = split_address(address)
        self.prefix = f"dedupe:{{{name}}}:"
        try:
            self.client: Any = redis.Redis.from_url(
                url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
            )
        except (ValueError, TypeError):  # its words may hold the password
            raise InputError(
                self.where, "is no address of Redis; write redis://HOST:PORT/DATABASE?index=NAME"
            ) from None
        with self.errors():
            if spec is not None:
                self.client.set(self.key("header"), spec.to_json(), nx=True)
            header: Any = self.client.get(self.key("header"))
        if header is None:
            raise InputError(
                self.where, f"there is no index {name!r}; make one with: dedupe index add PATHS --index URL"
            )
        self.spec = IndexSpec.from_json(header.decode("utf-8", "replace"), self.where)

    def key(self, name: str) -> str:
        """Return the key in Redis of a part of the index."""
        return self.prefix + name

    def script(self, *names: str) -> Any:
        """Return the script of these files of Lua, to be called with `args`."""
        return self.client.register_script(script(*names))

    def measure(self, counted: str) -> tuple[int, dict[int, int]]:
        """Return the bytes of all keys, and the length of each value whose key is `counted` and a number."""
        size = 0
        lengths: dict[int, int] = {}
        keys = list(self.client.scan_iter(f"{escape_pattern(self.prefix)}*", count=1000))
        for first in range(0, len(keys), 1000):
            pipe = self.client.pipeline(transaction=False)
            for key in keys[first : first + 1000]:
                pipe.memory_usage(key, samples=0)
                if key.startswith(counted.encode()):
                    pipe.strlen(key)
            answers = iter(pipe.execute())
            for key in keys[first : first + 1000]:
                size += next(answers) or 0
                if key.startswith(counted.encode()):
                    lengths[int(key.rsplit(b":", 1)[1])] = next(answers)
        return size, lengths

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn errors of Redis into `InputError` without a password."""
        try:
            yield
        except self._error as error:
            kind = type(error).__name__
            if kind in ("ConnectionError", "TimeoutError", "BusyLoadingError"):
                problem = "Redis cannot be reached; what was acknowledged is kept there; start it, or check the address"
            elif kind.startswith("Auth") or "NOAUTH" in str(error) or "WRONGPASS" in str(error):
                problem = "Redis wants another user or password; check the address"
            elif "OOM" in str(error):
                problem = "Redis has no memory left; nothing of this batch was written; raise maxmemory"
            elif "WRONGTYPE" in str(error):
                problem = "is damaged: a key of it holds something else; remove the index and build it anew"
            else:
                problem = f"Redis answered with an error ({kind}); see its log"
            raise InputError(self.where, problem) from None
        except (struct.error, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError):
            raise InputError(
                self.where, "is damaged: a value in it cannot be read; remove the index and build it anew"
            ) from None
