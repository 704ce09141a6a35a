"""Web archives: their pages, cleaned, as JSON lines."""

import gzip
import json
import zlib
from pathlib import Path

import brotli
import pytest

from dedupe.io.formats._labels import codec_of
from tests.archives import HTML, Response, write_warc
from tests.cli.test_cli import SAID
from tests.commands import run

ENDS = [".warc", ".warc.gz"]


def page(number: int, text: str = SAID, times: int = 2) -> str:
    return f"<html><body>\n<p>Page {number}.</p>\n" + f"<p>{text}</p>\n" * times + "</body></html>\n"


def chunked(body: bytes) -> bytes:
    return b"".join(
        b"%x\r\n%b\r\n" % (len(body[at : at + 50]), body[at : at + 50]) for at in range(0, len(body), 50)
    ) + (b"0\r\n\r\n")


def encoded(name: str) -> tuple[str, str]:
    return "Content-Encoding", name


@pytest.mark.parametrize("end", ENDS)
def test_pages_are_decoded_cleaned_and_written_with_address_and_date(end: str, tmp_path: Path) -> None:
    latin = page(6, SAID.replace("bridge", "brücke")).replace("<body>", '<meta charset="windows-1251"><body>')
    responses: list[Response] = [
        (page(0).encode(), [HTML]),
        (gzip.compress(page(1).encode()), [HTML, encoded("gzip")]),
        (chunked(gzip.compress(page(2).encode())), [HTML, encoded("gzip"), ("Transfer-Encoding", "chunked")]),
        (brotli.compress(page(3).encode()), [HTML, encoded("br")]),
        (zlib.compress(page(4).encode()), [HTML, encoded("deflate")]),
        (page(5).encode(), [HTML, encoded("gzip")]),  # stored decoded, as archives do
        (latin.encode("latin-1"), [("Content-Type", "text/html; charset=ISO-8859-1")]),
        (b"\x89PNG", [("Content-Type", "image/png")]),
    ]
    path = write_warc(tmp_path / f"x{end}", responses)
    done = run("clean", "-q", path, "-o", f"{tmp_path}/out/")
    assert (done.returncode, done.stderr) == (0, b"")
    pages = [json.loads(line) for line in (tmp_path / "out/x.jsonl").read_text().splitlines()]
    assert [one["url"] for one in pages] == [f"https://example.org/{number}" for number in range(7)]
    assert {one["date"] for one in pages} == {"2024-05-01T00:00:00Z"}
    cleaned_pages = [page(number, times=1) for number in range(6)]
    assert [one["html"] for one in pages] == [
        *cleaned_pages,
        latin.replace(f"<p>{SAID.replace('bridge', 'brücke')}</p>\n", "", 1),
    ]


def test_a_report_names_record_and_address(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "x.warc", [(page(0).encode(), [HTML])])
    report = json.loads(run("check", path, "--output-format", "json-lines").stdout)
    assert (report["document"], report["record"], report["id"]) == (str(path), 2, "https://example.org/0")
    assert report["findings"][0]["original"]["document"] == str(path)


@pytest.mark.parametrize("end", ENDS)
def test_of_an_archive_cut_short_what_came_before_is_done(end: str, tmp_path: Path) -> None:
    path = write_warc(tmp_path / f"x{end}", [(page(number).encode(), [HTML]) for number in range(8)])
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"<p>Page 3") + 20 if end == ".warc" else len(whole) // 2])
    done = run("clean", path)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert f"{path}:record ".encode() in done.stderr
    assert b"cut short" in done.stderr
    assert 2 <= len(done.stdout.splitlines()) <= 4


def test_a_page_that_unpacks_without_end_is_refused_and_the_rest_done(tmp_path: Path) -> None:
    bombs: list[Response] = [
        (gzip.compress(bytes(100_000_000)), [HTML, encoded("gzip")]),
        (brotli.compress(bytes(100_000_000), quality=1), [HTML, encoded("br")]),
        (page(0).encode(), [HTML]),
    ]
    done = run("clean", write_warc(tmp_path / "x.warc.gz", bombs))
    assert done.returncode == 2
    assert done.stderr.count(b"is a record larger than 67,108,864 bytes") == 2
    assert len(done.stdout.splitlines()) == 1


def test_an_archive_is_not_edited_in_place(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "x.warc", [(page(0).encode(), [HTML])])
    before = path.read_bytes()
    done = run("clean", path, "--in-place")
    assert done.returncode == 2
    assert b"x.warc: is warc, which becomes .jsonl, so not in place; use -o DIR" in done.stderr
    assert path.read_bytes() == before


def test_a_length_that_is_not_true_is_said(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "x.warc", [(page(0).encode(), [HTML])])
    path.write_bytes(path.read_bytes().replace(b"</body></html>\n", b"</body></html> and more\n"))
    done = run("clean", path)
    assert done.returncode == 2
    assert f"error: {path}:record 2: is not followed by an empty line".encode() in done.stderr


@pytest.mark.parametrize(
    ("charset", "quotes"),
    [
        ("ISO-8859-1", (b"\x93", b"\x94")),
        ("gb2312", (b"\xa1\xb0\x80", b"\xa1\xb1")),
        ("x-sjis", (b"\x87\x40", b"\x87\x41")),
    ],
)
def test_the_charset_of_a_response_is_read_as_browsers_read_it(
    charset: str, quotes: tuple[bytes, bytes], tmp_path: Path
) -> None:
    said = quotes[0] + SAID.encode() + quotes[1]
    body = page(0).encode().replace(SAID.encode(), said)
    path = write_warc(tmp_path / "x.warc", [(body, [("Content-Type", f"text/html; charset={charset}")])])
    done = run("clean", path)
    assert (done.returncode, done.stderr) == (0, b"")
    cleaned = json.loads(done.stdout)["html"]
    assert cleaned.count(SAID) == 1
    assert cleaned.encode(codec_of(charset)).count(said) == 1
    assert not any("\x80" <= character < "\xa0" for character in cleaned)


def test_what_is_mended_or_is_no_page_in_an_archive_is_not_taken_for_another_thing(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "x.warc", [(b"\x89PNG", [("Content-Type", "image/png")])])
    path.write_bytes(path.read_bytes().replace(b"https://example.org/0", b"https://example.org/ "))
    sentence = f"warning: {path}: has no page or text that is read; there is nothing to do\n"
    assert run("check", path).stderr.decode() == sentence
