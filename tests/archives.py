"""Files of formats that cannot be written by hand: web archives, tables in columns."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HTML = ("Content-Type", "text/html")
Response = tuple[bytes, list[tuple[str, str]]]


def record(kind: str, number: int, block: bytes, of: str) -> bytes:
    names = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
        "WARC-Target-URI": f"https://example.org/{number}",
        "WARC-Date": "2024-05-01T00:00:00Z",
        "Content-Type": of,
        "Content-Length": str(len(block)),
    }
    header = "".join(f"{name}: {value}\r\n" for name, value in names.items())
    return f"WARC/1.0\r\n{header}\r\n".encode() + block + b"\r\n\r\n"


def write_warc(path: Path, responses: list[Response]) -> Path:
    """Write a header, then a response and its request for each page; a `.gz` has a member for each record."""
    records = [record("warcinfo", 0, b"software: by hand\r\n", "application/warc-fields")]
    for number, (payload, headers) in enumerate(responses):
        status = "".join(f"{name}: {value}\r\n" for name, value in headers)
        block = f"HTTP/1.1 200 OK\r\n{status}\r\n".encode() + payload
        records.append(record("response", number, block, "application/http; msgtype=response"))
        request = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
        records.append(record("request", number, request, "application/http; msgtype=request"))
    path.write_bytes(b"".join(map(gzip.compress, records) if path.suffix == ".gz" else records))
    return path


def write_parquet(path: Path, texts: list[str | None], kind: pa.DataType | None = None, **settings: object) -> Path:
    column = pa.array(texts, pa.string())
    if kind is not None:
        column = column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind)
    table = pa.table({"id": pa.array(range(len(texts))), "text": column, "tags": [["a", None]] * len(texts)})
    pq.write_table(table.replace_schema_metadata({"made": "by hand"}), path, **settings)
    return path
