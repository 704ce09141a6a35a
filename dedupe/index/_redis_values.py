"""Addresses, scripts and values of an index in Redis; a script happens completely or not at all."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from importlib.resources import files
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import numpy as np

from dedupe._arrays import U8, U64
from dedupe._places import shown
from dedupe.errors import InputError
from dedupe.index._codec import pack
from dedupe.index.protocol import IndexBatch, StoredDocument
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
