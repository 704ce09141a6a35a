"""WET: texts of web archives, cleaned, with lengths and digests that are right."""

import base64
import gzip
import hashlib
import io
import json
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from dedupe.io.formats.wet import digest_like
from tests.archives import record, text_record, wet_records, write_wet
from tests.cli.test_cli import SAID, TWICE
from tests.commands import run

FERRY = "The ferry sails at nine.\n"
TEXTS = [TWICE, FERRY, "The brücke is open.\n", TWICE + FERRY]
LEFT = [SAID + "\n", FERRY, "The brücke is open.\n", f"{SAID}\n\n{FERRY}"]


def read_by_warcio(data: bytes) -> list[tuple[str, str]]:
    """Return the types and blocks of all records; the digests are checked."""
    found = []
    for one in ArchiveIterator(io.BytesIO(data), check_digests="raise"):
        found.append((one.rec_type, one.content_stream().read().decode()))
        if one.rec_type == "conversion":
            assert one.rec_headers.get_header("WARC-Block-Digest") is not None
    return found


@pytest.mark.parametrize("end", [".warc.wet", ".wet", ".warc"])
def test_what_goes_leaves_right_lengths_and_digests_and_all_else_as_it_was(end: str, tmp_path: Path) -> None:
    path = write_wet(tmp_path / f"x{end}", TEXTS)
    done = run("clean", "-q", path, "-o", f"{tmp_path}/out/")
    assert (done.returncode, done.stderr) == (0, b"")
    cleaned = (tmp_path / "out" / path.name).read_bytes()
    assert cleaned == b"".join(wet_records(LEFT))
    assert read_by_warcio(cleaned)[1:] == [("conversion", text) for text in LEFT]


def test_a_compressed_archive_has_a_member_for_each_record(tmp_path: Path) -> None:
    path = write_wet(tmp_path / "x.warc.wet.gz", TEXTS)
    before = path.read_bytes()
    undo = str(tmp_path / "undo")
    assert run("clean", "-q", path, "--in-place", DEDUPE_UNDO_DIR=undo).returncode == 0
    cleaned = path.read_bytes()
    assert gzip.decompress(cleaned) == b"".join(wet_records(LEFT))
    assert cleaned == b"".join(gzip.compress(one, 6, mtime=0) for one in wet_records(LEFT))
    assert read_by_warcio(cleaned)[1:] == [("conversion", text) for text in LEFT]
    assert run("undo", path, DEDUPE_UNDO_DIR=undo).returncode == 0
    assert path.read_bytes() == before
    (tmp_path / "y.warc.wet.gz").write_bytes(cleaned)
    assert run("clean", "-q", tmp_path / "y.warc.wet.gz", "--in-place").returncode == 0
    assert (tmp_path / "y.warc.wet.gz").read_bytes() == cleaned


def test_in_place_and_undone_not_a_byte_is_other(tmp_path: Path) -> None:
    path = write_wet(tmp_path / "x.wet", TEXTS)
    before = path.read_bytes()
    undo = str(tmp_path / "undo")
    assert run("clean", "-q", path, "--in-place", DEDUPE_UNDO_DIR=undo).returncode == 0
    assert path.read_bytes() == b"".join(wet_records(LEFT))
    assert run("undo", path, DEDUPE_UNDO_DIR=undo).returncode == 0
    assert path.read_bytes() == before


def test_a_report_names_record_and_address_and_standard_input_is_read(tmp_path: Path) -> None:
    path = write_wet(tmp_path / "x.wet", TEXTS)
    reports = run("check", path, "--output-format", "json-lines").stdout.splitlines()
    first = json.loads(reports[0])
    assert (first["record"], first["field"], first["id"]) == (2, "text", "https://example.org/0")
    assert run("clean", "-", stdin=path.read_bytes()).stdout == b"".join(wet_records(LEFT))
    assert run("clean", "-", stdin=gzip.compress(path.read_bytes())).stdout == b"".join(wet_records(LEFT))


def test_pages_and_segments_in_it_go_by_and_odd_headers_stay(tmp_path: Path) -> None:
    block = TWICE.encode()
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + f"<p>{SAID}</p>\n<p>{SAID}</p>".encode()
    by = [
        record("response", 1, page, "application/http; msgtype=response"),
        record("conversion", 2, block, "text/plain", WARC_Segment_Number="1"),
        record("conversion", 3, b"\x89PNG", "image/png"),
        record("conversion", 4, b"", "text/plain"),
        record("metadata", 5, block, "text/plain"),
    ]
    odd = record("conversion", 6, block, "text/plain; charset=iso-8859-1", X_Note="one\r\n  and more")
    odd = odd.replace(b"Content-Length:", b"content-length :").replace(b"X-Note", b"x-note")
    low = odd.replace(b"\r\n", b"\n")
    path = tmp_path / "x.wet"
    path.write_bytes(b"".join([text_record(0, FERRY), *by, odd, low]))
    done = run("clean", path)
    assert (done.returncode, done.stderr) == (0, b"")
    length, less = (str(len(one)).encode() for one in (block, SAID.encode() + b"\n"))
    expected = odd.replace(block, SAID.encode() + b"\n").replace(b"length : " + length, b"length : " + less)
    assert done.stdout == b"".join([text_record(0, FERRY), *by, expected, expected.replace(b"\r\n", b"\n")])


def test_digests_are_made_as_they_were_spelt_and_one_that_cannot_be_is_left_out(tmp_path: Path) -> None:
    block, remaining = TWICE.encode(), SAID.encode() + b"\n"

    def digests(content: bytes) -> list[str]:
        made = hashlib.sha256(content).digest()
        in_32 = base64.b32encode(made).decode()
        return [
            f"sha256:{made.hex()}",
            f"SHA-256:{made.hex().upper()}",
            f"sha256:{in_32}",
            f"sha256:{in_32.rstrip('=').lower()}",
            f"md5:{hashlib.md5(content).hexdigest()}",
        ]

    for before, after in zip(digests(block), digests(remaining), strict=True):
        assert digest_like(before, remaining) == after
    assert digest_like("blake9:AAAA", remaining) is None
    assert digest_like("sha1:AAAA", remaining) is None
    assert digest_like("AAAA", remaining) is None
    path = tmp_path / "x.wet"
    path.write_bytes(record("conversion", 0, block, "text/plain", WARC_Block_Digest="blake9:AAAA"))
    assert run("clean", path).stdout == record("conversion", 0, remaining, "text/plain")


WHOLE = b"".join(wet_records([FERRY, FERRY]))
TORN = {
    "is cut short: 5 of its": WHOLE[:-9],
    "is cut short: its header does not end": WHOLE[: WHOLE.rindex(b"Content-Type")] + b"Content-Type: te",
    "is not followed by an empty line": WHOLE.replace(b"at nine.\n\r\n", b"at nine, and then.\n\r\n", 1),
    "is no WARC record: its header does not end": WHOLE + b"WARC/1.0\r\n" + b"X: y\r\n" * 20_000,
    "is no WARC record: its header names no type or length": WHOLE + b"WARC/1.0\r\nWARC-Type: conversion\r\n\r\n",
    "is no WARC record: it has two lengths": WHOLE.replace(
        b"Content-Length", b"Content-Length: 1\r\nContent-Length", 1
    ),
    "is a record larger than": WHOLE + b"WARC/1.0\r\nWARC-Type: a\r\nContent-Length: " + b"9" * 400 + b"\r\n\r\n",
    "is no WARC record: it does not begin": WHOLE + b"hello\r\n",
    "bytes of empty lines": WHOLE + b"\r\n" * 9_000,
}


@pytest.mark.parametrize("problem", TORN)
def test_what_is_torn_is_one_sentence_and_nothing_is_written(problem: str, tmp_path: Path) -> None:
    (tmp_path / "x.wet").write_bytes(TORN[problem])
    (tmp_path / "y.txt").write_text(TWICE)
    done = run("clean", "-q", tmp_path / "x.wet", tmp_path / "y.txt", "--in-place")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert "x.wet:record " in done.stderr.decode()
    assert problem in done.stderr.decode()
    assert (tmp_path / "x.wet").read_bytes() == TORN[problem]
    assert (tmp_path / "y.txt").read_text() == SAID + "\n"


def test_a_text_that_cannot_be_read_goes_by(tmp_path: Path) -> None:
    bad = record("conversion", 0, b"caf\xe9 " + TWICE.encode(), "text/plain")
    path = tmp_path / "x.wet"
    path.write_bytes(bad + text_record(1, TWICE))
    done = run("clean", path)
    assert done.returncode == 2
    assert b"x.wet:record 1: is not UTF-8" in done.stderr
    assert b"https://example.org/0" in done.stderr
    assert done.stdout == bad + text_record(1, SAID + "\n")
