"""Files of formats that cannot be written by hand: web archives, tables in columns, books, Word documents."""

from __future__ import annotations

import base64
import gzip
import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

HTML = ("Content-Type", "text/html")
Response = tuple[bytes, list[tuple[str, str]]]


def sha1(block: bytes) -> str:
    return "sha1:" + base64.b32encode(hashlib.sha1(block).digest()).decode()


def record(kind: str, number: int, block: bytes, of: str, **more: str) -> bytes:
    names = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
        "WARC-Target-URI": f"https://example.org/{number}",
        "WARC-Date": "2024-05-01T00:00:00Z",
        "Content-Type": of,
        "Content-Length": str(len(block)),
        **{name.replace("_", "-"): value for name, value in more.items()},
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


def text_record(number: int, text: str) -> bytes:
    """Return a record of a WET archive, with its digests."""
    block = text.encode()
    digests = {"WARC_Block_Digest": sha1(block), "WARC_Payload_Digest": sha1(block)}
    return record("conversion", number, block, "text/plain", **digests)


def wet_records(texts: Iterable[str]) -> list[bytes]:
    return [
        record("warcinfo", 0, b"software: by hand\r\n", "application/warc-fields"),
        *(text_record(number, text) for number, text in enumerate(texts)),
    ]


def write_wet(path: Path, texts: Iterable[str]) -> Path:
    """Write a header, then a text for each page; a `.gz` has a member for each record."""
    records = wet_records(texts)
    path.write_bytes(b"".join(map(gzip.compress, records) if path.suffix == ".gz" else records))
    return path


def zipped(path: Path, members: dict[str, bytes | str], stored: tuple[str, ...] = ("mimetype",)) -> Path:
    """Write a ZIP archive of these members, in order, the same one each time."""
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            file.writestr(zipfile.ZipInfo(name, (2024, 5, 1, 0, 0, 0)), content, kind, 9)
    return path


CONTAINER = (
    '<?xml version="1.0"?>\n<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
    "</container>\n"
)


def chapter(paragraphs: Iterable[str], head: str = "<title>Bridges</title>") -> str:
    body = "".join(f"<p>{escape(one, quote=False)}</p>\n" for one in paragraphs)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml">\n'
        f"<head>{head}</head>\n<body>\n{body}</body>\n</html>\n"
    )


def book(chapters: Iterable[str]) -> dict[str, bytes | str]:
    """Return the members of an EPUB."""
    files = {f"ch{number}.xhtml": text for number, text in enumerate(chapters, 1)}
    items = "".join(f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in files)
    order = "".join(f'<itemref idref="{name}"/>' for name in files)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<manifest>{items}<item id="cover" href="cover.png" media-type="image/png"/></manifest>'
        f"<spine>{order}</spine></package>\n"
    )
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
        "OEBPS/cover.png": b"\x89PNG\r\n\x1a\n" * 40,
        **{f"OEBPS/{name}": text for name, text in files.items()},
    }


def write_epub(path: Path, chapters: Iterable[str]) -> Path:
    return zipped(path, book(chapters))


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
RELATION = '<Relationship Id="r{0}" Target="{2}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{1}"/>'


def word(body: str, styles: str = "") -> dict[str, bytes | str]:
    """Return the members of a Word document."""
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": RELATIONS.format(RELATION.format(1, "officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": RELATIONS.format(RELATION.format(1, "styles", "styles.xml")),
        "word/styles.xml": f'<w:styles xmlns:w="{W}">{styles}</w:styles>',
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}<w:sectPr/></w:body></w:document>',
    }


def word_paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def write_docx(path: Path, paragraphs: Iterable[str]) -> Path:
    return zipped(path, word("".join(map(word_paragraph, paragraphs))), ())


def write_parquet(path: Path, texts: Sequence[str | None], kind: pa.DataType | None = None, **settings: object) -> Path:
    import pyarrow as pa  # no other format needs it
    import pyarrow.parquet as pq

    column = pa.array(texts, pa.string())
    if kind is not None:
        column = column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind)
    table = pa.table({"id": pa.array(range(len(texts))), "text": column, "tags": [["a", None]] * len(texts)})
    pq.write_table(table.replace_schema_metadata({"made": "by hand"}), path, **settings)
    return path
