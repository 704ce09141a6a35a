"""What the beginning of a file says that it is, and what is refused for it."""

import bz2
import gzip
import io
import json
import lzma
import subprocess
import sys
from pathlib import Path

import pytest

import dedupe
from dedupe.errors import UnknownFormatError
from dedupe.io.formats import FORMATS, ReadOptions, format_of
from dedupe.io.formats._sniffing import HEAD_BYTES, MOST_BLANK_BYTES, read_head
from tests.cli.test_cli import ARTICLE, SAID, TWICE
from tests.commands import run

HEADER = "<!doctype html>\n<html><head><style>\np {}\n</style></head>\n"
PAGE = f"{HEADER}<body>\n<p>{SAID}</p>\n<p>{SAID}</p>\n</body></html>\n"
LINES = "".join(json.dumps({"text": TWICE, "id": number}) + "\n" for number in range(3))
ARRAY = json.dumps([{"text": SAID}, {"text": SAID}])
PRETTY = json.dumps([{"id": 1, "text": SAID}, {"id": 2, "text": SAID}], indent=1)
FEED = f'<?xml version="1.0"?>\n<rss><channel>\n<item>{SAID}</item>\n<item>{SAID}</item>\n</channel></rss>\n'
ASS = f"[Script Info]\nTitle: Bridges\n\n[Events]\nDialogue: {SAID}\nDialogue: {SAID}\n"
CUES = "".join(f"{number}\n00:00:0{number},000 --> 00:00:0{number + 1},000\n{SAID}\n\n" for number in range(1, 4))

CONVERTED = "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
LOCAL = "PK\x03\x04" + "\0" * 22
EPUB = f"{LOCAL}\x08\0\0\0mimetypeapplication/epub+zip{LOCAL}\x16\0\0\0META-INF/container.xml"
DOCX = f"{LOCAL}\x0b\0\0\0_rels/.rels{LOCAL}\x11\0\0\0word/document.xml"

UNREAD = {
    "XML": FEED,
    "ASS subtitles": ASS,
    "the source of a program": f"#!/usr/bin/python\n# {SAID}\n# {SAID}\n",
    "RTF": rf"{{\rtf1\ansi {SAID}\par {SAID}}}",
}
"""Texts of formats that are not read, by what they are called."""

OTHERS = {
    "XML": [
        '<feed xmlns="http://www.w3.org/2005/Atom">\n<entry/>\n</feed>',
        "<rss version='2.0'><channel/></rss>",
        "<!-- made -->\n<urlset></urlset>",
        '<!DOCTYPE article PUBLIC "-//X">\n<article></article>',
        '<TEI xml:id="a" xmlns="http://www.tei-c.org/ns/1.0"><text/></TEI>',
    ],
    "ASS subtitles": ["[Script Info]\r\n", " [Script Info]\nTitle: Bridges\n"],
    "the source of a program": [
        "<?php\necho 1;\n",
        '<%@ Page Language="C#" %>\n<html>',
        "<!doctype html>\n<p><?= $x ?>",
    ],
    "a PDF file": ["%PDF-1.7\n"],
    "a part of an HTML page": [
        f"<div class=x><p>{SAID}</p><p>{SAID}</p></div>",
        f"<style>p {{}}</style>\n<p>{SAID}</p>",
        "<table>\n<tr><td>1</td></tr>\n</table>",
        f"<!-- saved -->\n<!-- {SAID * 100} -->\n<html>",
    ],
}

JSON = {
    "JSON over several lines": [
        PRETTY,
        json.dumps({"text": SAID}, indent=2),
        json.dumps({"text": SAID}, indent=2) * 2,
        "[\n" + json.dumps({"text": SAID}) + ",\n" + json.dumps({"text": SAID * 200}) + "\n]",
        '{"text": "cut off in the middle,\\n as a download",\n "id": ',
        "[" * 40 + "\n" + json.dumps(SAID) + "]" * 40,
    ],
    "a JSON array": [ARRAY, '["bridge", "river"]\n["river"]\n', '[{"text": "cut off', "[" + json.dumps(SAID * 200)],
}

ARTICLES = [
    "[Music plays]\nThe ferry sails.\n",
    "[1] Smith, 2004.\n[2] Jones, 2005.\n",
    "[1]\n[2]\n",
    "[]\n",
    '["So it goes", he said.]\n',
    '["So it goes\n',
    "[[File:bridge.jpg|thumb]]\n",
    "[00:12] We were told.\n",
    "[a",
    "[t",
    "{{Infobox bridge}}\n",
    "{Laughter} We were told.\n",
    '{"title": "Bridges"}\n\nThe bridge is open.\n',
    "{}",
    "<b>The bridge</b> is open.\n",
    "<table>: The table element\nIt ends in </table>.\n",
    "<p> stands for a paragraph.\n",
    "<doc id=1>\nThe bridge is open.\n</doc>\n",
    "<Anna> is the bridge open?\n",
    "<- back to the bridge\n",
    "<!-- more -->\nThe bridge is open.\n",
    "<?\n",
    "WEBVTT is a format of subtitles.\n",
    "WARC/1.0 is a format of archives.\n",
    "1\n2\n00:10 --> the bridge opens\n",
    "%PDF is how such a file begins.\n",
    "PK and the bridge.\n",
    "#!important: the bridge is open.\n",
    "",
    " \n",
]
"""Beginnings of articles that look like something else at first."""


def detected(name: str, data: bytes, **read_options: object) -> str:
    """Return the name of the format that is told, or the sentence that refuses."""
    try:
        form, stream = format_of(name, io.BytesIO(data), ReadOptions(**read_options))  # type: ignore[arg-type]
    except UnknownFormatError as error:
        return str(error)
    assert stream.read() == data
    return form.name


@pytest.mark.parametrize(
    ("shown", "text"), [*UNREAD.items(), *((shown, text) for shown, texts in OTHERS.items() for text in texts)]
)
@pytest.mark.parametrize("name", ["x.txt", "x", "-", "x.text.gz", "x.dat", "Mr. X", "x.1"])
def test_content_of_another_format_is_refused(name: str, shown: str, text: str) -> None:
    message = detected(name, text.encode())
    assert message.startswith(f"{name}: looks like {shown}")
    assert "--format text" in message


@pytest.mark.parametrize(("shown", "text"), [(shown, text) for shown, texts in JSON.items() for text in texts])
def test_json_is_read_where_the_name_says_nothing_else(shown: str, text: str) -> None:
    for name in ("x.json", "x", "-", "x.dat", "Mr. X", "x.1", "x.json.gz"):
        assert detected(name, text.encode()) == "json"
    for name in ("x.txt", "x.text.gz", "x.md", "x.html"):
        message = detected(name, text.encode())
        assert message.startswith(f"{name}: looks like {shown}, though it is named")
        assert "read it as such with --format json, or" in message


@pytest.mark.parametrize("text", ARTICLES)
@pytest.mark.parametrize("name", ["x.txt", "x", "-", "x.md"])
def test_articles_that_begin_with_a_bracket_are_text(name: str, text: str) -> None:
    assert detected(name, text.encode()) == ("markdown" if name == "x.md" else "text")


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("-", PAGE, "html"),
        ("x", PAGE, "html"),
        ("page.aspx", PAGE, "html"),
        ("-", "<HTML>\n", "html"),
        ("-", "<!-- saved -->\n<!-- twice --><html lang=en>", "html"),
        ("-", '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">\n', "html"),
        ("-", "<body class=x>", "html"),
        ("-", LINES, "json-lines"),
        ("x.json", LINES, "json-lines"),
        ("x.json.gz", '{"text": "one"}', "json-lines"),
        ("-", json.dumps({"text": SAID * 200}), "json-lines"),
        ("x.json", '{"text": broken', "json"),
        ("x.json", "", "json"),
        ("-", '{"text": "one"}\n\n{"text": "cut off', "json-lines"),
        ("x.warc.wet.gz", "WARC/1.0\r\nWARC-Type: warcinfo\r\n", "wet"),
        ("-", "WARC/1.0\nWARC-Type: warcinfo\n", "warc"),
        ("-", f"WARC/1.0\nWARC-Type: warcinfo\n{CONVERTED}", "wet"),
        ("x.warc", f"WARC/1.0\r\nWARC-Type: warcinfo\r\n{CONVERTED}", "wet"),
        ("x.dat", CONVERTED, "wet"),
        ("x.warc.gz", "WARC/1.0\r\nWARC-Type: response\r\n\r\n" + CONVERTED, "warc"),
        ("x.warc", "WARC/1.1\r\nWARC-Type: warcinfo\r\n", "warc"),
        ("-", EPUB, "epub"),
        ("x.zip", EPUB, "epub"),
        ("x", DOCX, "docx"),
        ("-", "PAR1", "parquet"),
        ("-", CUES, "srt"),
        ("x.dat", CUES.replace("\n", "\r"), "srt"),
        ("x.srt.gz", CUES, "srt"),
        ("x.srt", f"00:00:01.000 --> 00:00:04.000\n{SAID}\n", "srt"),
        ("x.srt", "no cue\n", "srt"),
        ("-", f"WEBVTT\n\n00:01.000 --> 00:04.000\n{SAID}\n", "vtt"),
        ("x", f"WEBVTT - bridges\nKind: captions\n\nintro\n00:00:01.000 --> 00:00:04.000\n{SAID}\n", "vtt"),
        ("x.vtt", "WEBVTT\n", "vtt"),
        ("x.html", "The bridge is open.", "html"),
        ("x.html", f"<p>{SAID}</p>", "html"),
        ("x.html", "<?php echo 1; ?><html>", "html"),
        ("x.md", '<p align="center"><b>Bridges</b></p>', "markdown"),
        ("x.md", '{"title": "Bridges"}\n\nThe bridge is open.', "markdown"),
        ("x.jsonl", '[1]\n{"text": "one"}\n', "json-lines"),
        ("x.jsonl", '["a"]\n{"text": "one"}\n', "json-lines"),
        ("x.jsonl", "no JSON\n", "json-lines"),
        ("x.csv", "<html>,text\n", "csv"),
        ("x.tsv", '{"a": 1}\ttext\n', "tsv"),
    ],
)
def test_what_is_known_by_ending_or_content_is_read(name: str, text: str, expected: str) -> None:
    assert detected(name, text.encode()) == expected


@pytest.mark.parametrize(
    ("name", "text", "way"),
    [
        ("x.txt", PAGE, "--format html"),
        ("x.md", PAGE, "--format html"),
        ("x.txt", LINES, "--format json-lines"),
        ("x.html", LINES, "--format json-lines"),
        ("x.html", FEED, "--format html"),
        ("x.jsonl", PAGE, "--format html"),
        ("x.jsonl", PRETTY, "--format json-lines"),
        ("x.csv", "PK\x03\x04", "--format csv"),
        ("x.tsv", "%PDF-1.4", "--format tsv"),
        ("x.txt", "WARC/1.0\r\nWARC-Type: warcinfo\r\n", "--format warc"),
        ("x.txt", CUES, "--format srt"),
        ("x.vtt", CUES, "--format srt"),
        ("x.srt", f"WEBVTT\n\n00:01.000 --> 00:04.000\n{SAID}\n", "--format vtt"),
        ("x.md", f"WEBVTT\n\n00:01.000 --> 00:04.000\n{SAID}\n", "--format vtt"),
        ("x.srt", "[Script Info]\nTitle: Bridges\n", "ASS subtitles"),
        ("x.xlsx", "PK\x03\x04", "extract its text first"),
        ("x.zip", DOCX.replace("word/", "bridges/"), "extract its text first"),
        ("x.txt", EPUB, "--format epub"),
        ("x.md", DOCX, "--format docx"),
        ("x.wet", "WARC/1.0\r\nWARC-Type: response\r\n", "--format warc"),
        ("x.py", "import bridge\n", "--format text"),
        ("x.tex", "The bridge\n", "--format text"),
        ("x.js", "{\n", "--format text"),
        ("x.css", "p {}\n", "--format text"),
    ],
)
def test_what_the_ending_does_not_mean_is_refused_with_a_way_out(name: str, text: str, way: str) -> None:
    message = detected(name, text.encode())
    assert message.startswith(f"{name}: ")
    assert way in message
    for form in ("text", "markdown", "csv"):
        assert detected(name, text.encode(), format=form) == form


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("x.jsonl", LINES, "x.jsonl: looks like JSON lines"),
        ("-", LINES, "-: looks like JSON lines"),
        ("x.html", LINES, "x.html: looks like JSON lines"),
        ("x.json", PRETTY, "x.json: looks like JSON over several lines"),
        ("x.json", ARRAY, "x.json: looks like a JSON array"),
        ("x.csv", f"id,page\n1,<p>{SAID}</p>\n", "x.csv: is csv"),
        ("x.wet", CONVERTED, "x.wet: looks like texts of a web archive (WET)"),
        ("x.warc", "WARC/1.0\r\nWARC-Type: response\r\n", "x.warc: looks like a web archive (WARC)"),
        ("x", "From anna@example.org Wed Apr  3 10:11:12 2024\nFrom: anna@example.org\n", "x: looks like a mailbox"),
    ],
)
def test_records_are_not_read_as_one_page(name: str, text: str, shown: str) -> None:
    message = detected(name, text.encode(), format="html")
    assert message.startswith(shown)
    assert "leave out --format html" in message
    assert ("--field-format html" in message) == ("JSON" in shown or "csv" in shown)


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.aspx", "x.html", "-"])
@pytest.mark.parametrize("text", [PAGE, f"<p>{SAID}</p>"])
def test_a_page_of_any_name_is_read_as_one_where_that_is_asked_for(name: str, text: str) -> None:
    assert detected(name, text.encode(), format="html") == "html"


def test_records_read_as_a_page_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    page = f"<p>{SAID}</p>"
    path.write_text("".join(json.dumps({"page": page, "id": number}) + "\n" for number in range(3)))
    before = path.read_bytes()
    done = run("clean", "--in-place", "-q", "--format", "html", path)
    assert (done.returncode, done.stderr.count(b"\n"), path.read_bytes()) == (2, 1, before)


@pytest.mark.parametrize("shown", ["an HTML page", *UNREAD])
def test_marks_encodings_and_white_space_before_it_hide_nothing(shown: str) -> None:
    text = (UNREAD | {"an HTML page": PAGE})[shown]
    for data in (
        text.encode("utf-8-sig"),
        text.encode("utf-16"),
        text.encode("utf-32"),
        b"\xfe\xff" + text.encode("utf-16-be"),
        b" \r\n\t" * 9 + text.encode(),
        b"\n" * (HEAD_BYTES + 5) + text.encode(),
        ("\ufeff\n\n" + text).encode("utf-16-le"),
        text.replace("\n", "\r\n").encode(),
    ):
        assert f"looks like {shown}" in detected("x.txt", data)
    assert f"looks like {shown}" in detected("x.txt", text.encode("utf-16-le"), encoding="utf-16-le")
    assert f"looks like {shown}" in detected("x.txt", text.encode(), encoding="auto")
    assert f"looks like {shown}" in detected("x.txt", text.encode(), encoding="idna")


@pytest.mark.parametrize("size", [0, 1, 10, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, 3 * MOST_BLANK_BYTES])
@pytest.mark.parametrize("fill", [b"a", b"\n"])
def test_no_byte_is_lost_and_few_are_read(size: int, fill: bytes) -> None:
    class Slow(io.RawIOBase):
        """A pipe that gives a few bytes at a time."""

        def __init__(self) -> None:
            self.rest = io.BytesIO(fill * size)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what BufferedReader gives
            piece = self.rest.read(min(len(buffer), 1000))
            buffer[: len(piece)] = piece
            return len(piece)

    slow = Slow()
    head, cut, stream = read_head(io.BufferedReader(slow, 1000))
    assert len(head) == min(size, HEAD_BYTES if fill == b"a" else MOST_BLANK_BYTES)
    assert slow.rest.tell() <= len(head) + 1000
    assert cut or len(head) == size
    assert stream.read() == fill * size


# Verbs: each reads what is known, and refuses the rest.

READING = [
    ("check",),
    ("check", "--scope", "corpus"),
    ("check", "--jobs", "2"),
    ("clean",),
    ("clean", "--in-place"),
    ("clean", "--diff"),
    ("clean", "-o", "{out}/"),
    ("review",),
    ("tune",),
    ("corpus", "-o", "{out}"),
    ("index", "add", "--index", "{out}.db"),
    ("index", "query", "--index", "{index}"),
    ("check", "--index", "{index}"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    (folder / "x.txt").write_text("The bridge across the river is open again after nine long years of work.\n")
    assert run("index", "add", folder / "x.txt", "--index", folder / "i.db").returncode == 0
    return folder / "i.db"


@pytest.mark.parametrize("verb", READING, ids=" ".join)
def test_each_verb_refuses_what_is_not_known_and_leaves_it(verb: tuple[str, ...], tmp_path: Path, index: Path) -> None:
    contents = {"a.rtf": UNREAD["RTF"], "b.xml": FEED, "c.ass": ASS, "d.py": f"# {SAID}\n# {SAID}\n", "e.txt": ARRAY}
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    arguments = [one.format(out=tmp_path / "out", index=index) for one in verb]
    if verb == ("clean",):  # only one goes to standard output
        contents = {"a.rtf": UNREAD["RTF"]}
    done = run(*arguments, *(tmp_path / name for name in contents), DEDUPE_UNDO_DIR=str(tmp_path / "undo"))
    assert done.returncode == 2
    lines = done.stderr.decode().splitlines()
    for name in contents:
        (line,) = [one for one in lines if f"{tmp_path / name}: " in one]
        assert "--format" in line
    assert {name: (tmp_path / name).read_text() for name in contents} == contents
    assert not (tmp_path / "undo").exists()


@pytest.mark.parametrize("verb", [one for one in READING if one[0] != "review" and one != ("clean",)], ids=" ".join)
def test_the_others_are_done(verb: tuple[str, ...], tmp_path: Path, index: Path) -> None:
    (tmp_path / "a.xml").write_text(FEED)
    (tmp_path / "b.txt").write_text(TWICE)
    arguments = [one.format(out=tmp_path / "out", index=index) for one in verb]
    done = run(*arguments, tmp_path / "a.xml", tmp_path / "b.txt")
    assert done.returncode == 2
    assert b"b.txt" not in done.stderr
    if verb == ("clean", "--in-place"):
        assert (tmp_path / "b.txt").read_text() == SAID + "\n"
    if verb[:2] == ("clean", "-o"):
        assert [one.name for one in (tmp_path / "out").iterdir()] == ["b.txt"]


@pytest.mark.parametrize(
    "verb", [("check",), ("clean",), ("tune",), ("index", "add", "--index", "{out}.db")], ids=" ".join
)
@pytest.mark.parametrize("shown", UNREAD)
def test_standard_input_is_looked_at(verb: tuple[str, ...], shown: str, tmp_path: Path) -> None:
    done = run(*(one.format(out=tmp_path / "out") for one in verb), "-", stdin=UNREAD[shown].encode())
    assert done.returncode == 2
    assert f"error: -: looks like {shown}".encode() in done.stderr
    assert SAID.encode() not in done.stdout


def test_pages_and_lines_on_standard_input_are_read_as_what_they_are() -> None:
    assert run("clean", "-", stdin=PAGE.encode()).stdout.decode() == PAGE.replace(f"<p>{SAID}</p>\n", "", 1)
    zipped = gzip.compress(PAGE.encode())
    assert run("clean", "-", stdin=zipped).stdout.decode() == PAGE.replace(f"<p>{SAID}</p>\n", "", 1)
    many = LINES * 400
    cleaned = many.replace(json.dumps(TWICE), json.dumps(SAID + "\n"))
    assert run("clean", "-", stdin=many.encode()).stdout.decode() == cleaned
    bare = "<!doctype html>\n" + ARTICLE.read_text("utf-8")  # one paragraph of a page, many of a text
    assert run("clean", "-", stdin=bare.encode()).stdout.decode() == bare
    cleaned = run("clean", "-", "--format", "text", stdin=bare.encode()).stdout.decode()
    assert cleaned == dedupe.clean(bare) != bare


@pytest.mark.slow
@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_what_is_compressed_is_looked_into(packed: type, tmp_path: Path) -> None:
    ending = {"gzip": ".gz", "bz2": ".bz2", "lzma": ".xz"}[packed.__module__]
    for name, text in {"a.txt": PRETTY, "b.txt": FEED, "c.dat": ASS}.items():
        path = tmp_path / (name + ending)
        path.write_bytes(packed(text.encode()))
        before = path.read_bytes()
        done = run("clean", path, "--in-place")
        assert done.returncode == 2
        assert b"looks like" in done.stderr
        assert path.read_bytes() == before
    path = tmp_path / ("c4.json" + ending)
    path.write_bytes(packed((LINES * 2000).encode()))
    assert run("check", path).stdout.endswith(b"6,000 to remove, 0 flagged; remove them with: dedupe clean\n")


def test_a_folder_tells_how_many_files_are_left_out_and_looks_into_the_others(tmp_path: Path) -> None:
    for name in ("a.txt", "b.json", "c.json", "d.py", "e.json.gz", "LICENSE", "f.xml", ".hidden.json"):
        (tmp_path / name).write_text(SAID)
    (tmp_path / "sub").mkdir()
    for number in range(7):
        (tmp_path / f"sub/{number}.txt").write_text(PAGE)
    done = run("check", tmp_path)
    assert done.returncode == 2
    lines = done.stderr.decode().splitlines()
    assert [one for one in lines if "left out" in one] == [
        f"warning: {tmp_path}: 6 files are left out for their endings (3 .json, 1 without, 1 .py, ...); name those "
        "that are to be read, with --format"
    ]
    assert sum("looks like an HTML page, though it is named .txt" in one for one in lines) == 3
    assert "warning: 4 more files that look like an HTML page are refused likewise" in lines
    assert len(lines) == 5
    assert run("check", tmp_path, "--include", "*.json", "--format", "text").stderr == b""


def test_a_missing_extra_for_what_content_tells_names_the_way_out(tmp_path: Path) -> None:
    code = "import sys; sys.modules['turbohtml'] = None; from dedupe.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "clean", "-"], input=PAGE.encode(), capture_output=True, check=False
    )
    assert done.returncode == 2
    assert b"pip install 'paradedupe[html]'" in done.stderr
    assert b"--format text" in done.stderr
    assert done.stdout == b""


def test_a_workbook_is_not_asked_for_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04\x14\x00\x06\x00word/document.xml" + bytes(range(256)))
    for arguments in ((), ("--format", "text"), ("--encoding", "auto"), ("--encoding", "latin-1", "--format", "text")):
        done = run("check", path, *arguments)
        assert done.returncode == 2
        assert b"ZIP archive (as .docx" in done.stderr
        assert b"--encoding" not in done.stderr
    path.with_suffix(".txt").write_bytes("The bridge is open.\n".encode("utf-16-le"))
    assert b"name its encoding with --encoding" in run("check", path.with_suffix(".txt")).stderr
    path.with_suffix(".txt").write_bytes(b"The bridge\0 is open.\n")
    assert b"--encoding" not in run("check", path.with_suffix(".txt")).stderr


def test_compare_reads_files_as_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(PAGE.replace(f"<p>{SAID}</p>\n", "", 1))
    (tmp_path / "b.txt").write_text(SAID)
    (tmp_path / "c.json").write_text(PRETTY)
    (tmp_path / "d.jsonl").write_text(LINES)
    done = run("compare", tmp_path / "a.html", tmp_path / "b.txt")
    assert b"Jaccard 1.000" in done.stdout
    for name, problem in (("c.json", b"has several texts"), ("d.jsonl", b"has several texts")):
        done = run("compare", tmp_path / name, tmp_path / "b.txt")
        assert done.returncode == 2
        assert problem in done.stderr


def test_a_corpus_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").write_text(PAGE)
    (tmp_path / "in/b.jsonl").write_text(PRETTY)
    (tmp_path / "in/c.txt").write_text(TWICE)
    (tmp_path / "in/d.xml").write_text(FEED)
    (tmp_path / "c4.json").write_text(LINES)
    done = run("corpus", tmp_path / "in", tmp_path / "c4.json", "-o", tmp_path / "out")
    assert done.returncode == 2
    lines = done.stderr.decode().splitlines()
    assert sum("looks like" in one for one in lines) == 2
    assert sum("1 file is left out for its ending (1 .xml)" in one for one in lines) == 1
    assert (tmp_path / "out/documents/a.txt").read_text() == PAGE
    (made,) = (tmp_path / "out/documents").glob("*.jsonl")
    assert len(made.read_text().splitlines()) == 3


def test_every_format_says_whether_its_reader_tells_other_files() -> None:
    assert {name for name, form in FORMATS.items() if form.checks_content} == {"parquet", "epub", "docx"}
