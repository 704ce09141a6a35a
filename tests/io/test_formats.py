"""What every format promises, over every entry of the table."""

import csv
import io
import json
import mailbox
import os
import re
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from email import message_from_bytes
from html import unescape
from itertools import chain
from pathlib import Path
from subprocess import run as run_child
from typing import Any

import pytest

from dedupe.io.formats import FORMATS, format_by_ending
from tests.archives import HTML, chapter, write_docx, write_epub, write_parquet, write_warc, write_wet
from tests.cli.test_cli import SAID
from tests.commands import run
from tests.mail import message, text_of, write_mailbox

OTHERS = [
    "Residents said that they had been told nothing, and that 33 of them were injured when the old one fell.",
    'It was "not the first time" that nobody came, the chairman wrote; nor, he added, would it be the last.',
    "The ferry sails at nine, in every kind of weather, with cars on the lower deck & people on the upper one.",
]
Texts = list[list[str]]


def page(paragraphs: list[str]) -> str:
    body = "\n".join(f"<p>{one.replace('&', '&amp;')}</p>" for one in paragraphs)
    return f"<!doctype html>\n<html><head><title>Bridges</title></head>\n<body>\n{body}\n</body></html>\n"


def paragraphs(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r"<p>(.*?)</p>", html)]


def separated(path: Path, texts: Texts, delimiter: str) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([["n", "text"], *([n, join(t)] for n, t in enumerate(texts))])
    return path


def cells(path: Path, delimiter: str) -> Texts:
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), delimiter=delimiter))
    return [split(row[1]) for row in rows[1:]]


def columns(path: Path) -> dict[str, Any]:
    import pyarrow.parquet as pq  # no other format needs it

    found: dict[str, Any] = pq.read_table(path).to_pydict()
    return found


def join(one: list[str]) -> str:
    return "\n\n".join(one)


def split(text: str) -> list[str]:
    return [one for one in text.split("\n\n") if one]


def cues(texts: list[str], mark: str, numbered: bool) -> str:
    """Return subtitles of a cue a text, each shown at once when the one before is over."""
    times = [f"00:{n // 60:02}:{n % 60:02}{mark}500" for n in range(len(texts) + 1)]
    heads = [f"{number}\n" * numbered for number in range(1, len(texts) + 1)]
    return "\n".join(
        f"{heads[at]}{times[at]} --> {times[at + 1]}\n{text.replace('&', '&amp;')}\n" for at, text in enumerate(texts)
    )


def spoken(text: str) -> list[str]:
    """Return what cues say, each in the order of its times."""
    return [unescape(one) for one in re.findall(r"^\d.*-->.*\n(.*)$", text, re.MULTILINE)]


def written(path: Path, data: str) -> Path:
    path.write_text(data, encoding="utf-8")
    return path


def texts_of_archive(data: bytes) -> Texts:
    """Return the texts of a WET archive by the lengths of its records."""
    texts = []
    while data:
        header, _, rest = data.partition(b"\r\n\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", header)[1])  # type: ignore[index]
        if b"WARC-Type: conversion" in header:
            texts.append(split(rest[:length].decode()))
        assert rest[length : length + 4] == b"\r\n\r\n"
        data = rest[length + 4 :]
    return texts


def chapters_of_book(path: Path) -> Texts:
    with zipfile.ZipFile(path) as file:
        return [paragraphs(file.read(name).decode()) for name in file.namelist() if name.endswith(".xhtml")]


def write_message(path: Path, text: str) -> Path:
    path.write_bytes(message(text).as_bytes())
    return path


def read_messages(path: Path) -> Texts:
    if path.suffix == ".eml":
        return [split(text_of(message_from_bytes(path.read_bytes())))]
    with closing(mailbox.mbox(path, create=False)) as box:
        return [split(text_of(one)) for one in box]


Builder = Callable[[Path, Texts], Path]
Reader = Callable[[Path], Texts]

BUILT: dict[str, tuple[str, Builder, Reader]] = {
    "text": ("x.txt", lambda p, t: written(p, join(t[0])), lambda p: [split(p.read_text())]),
    "markdown": (
        "x.md",
        lambda p, t: written(p, "---\ntitle: x\n---\n\n" + join(t[0]) + "\n\n```\ncode\n```\n"),
        lambda p: [split(p.read_text())[1:-1]],
    ),
    "html": ("x.html", lambda p, t: written(p, page(t[0])), lambda p: [paragraphs(p.read_text())]),
    "srt": (
        "x.srt",
        lambda p, t: written(p, cues(t[0], ",", True)),
        lambda p: [spoken(p.read_text())],
    ),
    "vtt": (
        "x.vtt",
        lambda p, t: written(p, "WEBVTT\n\nNOTE made by hand\n\n" + cues(t[0], ".", False)),
        lambda p: [spoken(p.read_text())],
    ),
    "json-lines": (
        "x.jsonl",
        lambda p, t: written(p, "".join(json.dumps({"text": join(one)}) + "\n" for one in t)),
        lambda p: [split(json.loads(line)["text"]) for line in p.read_text().splitlines()],
    ),
    "eml": ("x.eml", lambda p, t: write_message(p, join(t[0])), lambda p: read_messages(p)),
    "mbox": ("x.mbox", lambda p, t: write_mailbox(p, map(join, t)), lambda p: read_messages(p)),
    "json": (
        "x.json",
        lambda p, t: written(p, json.dumps([{"text": one, "n": n} for n, one in enumerate(t)], indent=2) + "\n"),
        lambda p: [one["text"] for one in json.loads(p.read_text())],
    ),
    "csv": ("x.csv", lambda p, t: separated(p, t, ","), lambda p: cells(p, ",")),
    "tsv": ("x.tsv", lambda p, t: separated(p, t, "\t"), lambda p: cells(p, "\t")),
    "parquet": (
        "x.parquet",
        lambda p, t: write_parquet(p, [join(one) for one in t], row_group_size=500),
        lambda p: [split(text) for text in columns(p)["text"]],
    ),
    "warc": (
        "x.warc.gz",
        lambda p, t: write_warc(p, [(page(one).encode(), [HTML]) for one in t]),
        lambda p: [paragraphs(json.loads(line)["html"]) for line in p.read_text().splitlines()],
    ),
    "wet": ("x.warc.wet", lambda p, t: write_wet(p, map(join, t)), lambda p: texts_of_archive(p.read_bytes())),
    "epub": ("x.epub", lambda p, t: write_epub(p, map(chapter, t)), lambda p: chapters_of_book(p)),
    "docx": (
        "x.docx",
        lambda p, t: write_docx(p, t[0]),
        lambda p: [split(json.loads(line)["text"]) for line in p.read_text().splitlines()],
    ),
}
ALONE = {"text", "markdown", "html", "srt", "vtt", "docx", "eml"}
"""Formats of one document a file."""

TIMED = {"srt", "vtt"}
"""Formats in which only what is shown again at once goes, and the times of what stays do not change."""
LISTED = {"epub"}
"""Formats of which a list of records is in memory; tests/io/test_books.py measures these."""

ANEW = {"parquet", "epub"}
"""Formats whose files are written anew."""

TEXT_OF = {"warc": lambda one: one["html"], "docx": lambda one: one["text"]}
"""Where the text is in the line that a record becomes."""


def build(folder: Path, name: str, texts: Texts) -> Path:
    folder.mkdir(exist_ok=True)
    return BUILT[name][1](folder / BUILT[name][0], texts[:1] if name in ALONE else texts)


def cleaned(path: Path, out: Path) -> Path:
    done = run("clean", "-q", path, "-o", f"{out}/")
    assert (done.returncode, done.stderr) == (0, b"")
    (target,) = out.iterdir()
    return target


def test_every_format_is_built_here() -> None:
    assert set(FORMATS) <= set(BUILT)
    assert all(format_by_ending(BUILT[name][0]) is one for name, one in FORMATS.items())


@pytest.mark.parametrize("name", FORMATS)
def test_without_repeats_not_a_byte_changes(name: str, tmp_path: Path) -> None:
    texts = [OTHERS, [SAID, *OTHERS[1:]], [*OTHERS, SAID]]
    path = build(tmp_path / "in", name, texts)
    target = cleaned(path, tmp_path / "out")
    if FORMATS[name].becomes:
        expected = [page(one) for one in texts] if name == "warc" else [join(texts[0])]
        assert [TEXT_OF[name](json.loads(line)) for line in target.read_text().splitlines()] == expected
    else:
        assert target.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_a_repeat_goes_and_all_else_stays(name: str, tmp_path: Path) -> None:
    first = [SAID, SAID, OTHERS[0], OTHERS[1]] if name in TIMED else [SAID, OTHERS[0], OTHERS[1], SAID]
    texts = [first, OTHERS, [OTHERS[2], OTHERS[2], OTHERS[0], OTHERS[1]]]
    path = build(tmp_path / "in", name, texts)
    found = run("check", path, "--output-format", "json-lines")
    assert found.returncode == 1
    removed = [
        sum(one["action"] == "remove" for one in json.loads(line)["findings"]) for line in found.stdout.splitlines()
    ]
    target = cleaned(path, tmp_path / "out")
    remaining = BUILT[name][2](target)
    expected = [[SAID, OTHERS[0], OTHERS[1]], OTHERS, [OTHERS[2], OTHERS[0], OTHERS[1]]][: len(remaining)]
    assert remaining == expected
    # check announces what clean takes, and cleaning again takes nothing more
    assert removed == [len(before) - len(after) for before, after in zip(texts, remaining, strict=False)]
    if not FORMATS[name].becomes:
        assert cleaned(target, tmp_path / "again").read_bytes() == target.read_bytes()
        once = build(tmp_path / "once", name, expected).read_bytes()
        assert once == target.read_bytes() or name in ANEW | TIMED


CHILD = """
import re, sys
sys.argv = ["dedupe", "clean", sys.argv[1]]
from dedupe.cli import main
try:
    main()
except SystemExit as status:
    assert not status.code
with open("/proc/self/status") as status:  # the peak that resource tells is the parent's, when that was higher
    print(re.search(r"VmHWM:\\s+(\\d+)", status.read()).group(1), file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(FORMATS) - ALONE - LISTED))
def test_memory_does_not_grow_with_the_file(name: str, tmp_path: Path) -> None:
    peaks = []
    # Memory that the pools of libraries keep depends on which of their threads was first.
    environment = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"}
    for times in (1_500, 15_000):  # the smaller fills a chunk and its caches already
        texts = [[f"Number {number} is not {number + 1}. " * 100] for number in range(times)]
        path = build(tmp_path / str(times), name, texts)
        done = run_child([sys.executable, "-c", CHILD, path], env=environment, capture_output=True, check=True)
        peaks.append(int(done.stderr))
    # The larger file has 35 MB more of text.
    assert peaks[1] < peaks[0] + 25_000


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def spoiled(path: Path) -> None:
    """Break the first page of the text column."""
    data = bytearray(path.read_bytes())
    at = data.index(b"committee")
    data[at - 60 : at] = b"\xff" * 60
    path.write_bytes(data)


def broken(kind: str, data: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / kind).write_bytes(data)
        return folder / kind

    return make


def damaged(name: str, damage: Callable[[Path], None]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = build(folder, name, [[f"{SAID} {number}"] for number in range(50)])
        damage(path)
        return path

    return make


BAD = {
    "text with a NUL": (broken("x.txt", b"a\0b"), "x.txt: has a NUL byte at offset 1"),
    "markdown of another encoding": (broken("x.md", b"caf\xe9\n"), "x.md: is not UTF-8: byte 0xe9 at offset 3"),
    "srt without a cue": (broken("x.srt", b"We were told nothing.\n"), "x.srt: has no cue, so it is no subtitles"),
    "srt with broken times": (
        broken("x.srt", f"1\n00:00:01,000 --> 00:0\n{SAID}\n".encode()),
        "x.srt:2: '00:00:01,000 --> 00:0' is not a line of times; correct it to have its cue cleaned",
    ),
    "srt cut short": (
        broken("x.srt", f"1\n00:00:01,000 --> 00:00:02,000\n{SAID}\n\n2\n00:00:0".encode()),
        "x.srt:6: '00:00:0' is not a line of times",
    ),
    "vtt without a cue": (broken("x.vtt", b"We were told nothing.\n"), "x.vtt: has no cue, so it is no subtitles"),
    "vtt with broken times": (
        broken("x.vtt", f"WEBVTT\n\n00:01.000 --> soon\n{SAID}\n\nx -->\n{SAID}\n".encode()),
        "x.vtt:3: '00:01.000 --> soon' is not a line of times; so is one more; correct it to have its cue cleaned",
    ),
    "json lines cut short": (damaged("json-lines", truncated), "x.jsonl:34: is not JSON"),
    "json cut short": (damaged("json", truncated), "has an object that begins here and never ends"),
    "json with a missing bracket": (
        broken("x.json", b'[{"text": "a"},\n{"text": "b"}\n'),
        "x.json:2: has an array that",
    ),
    "json with a value behind": (broken("x.json", b'{\n"text": "a"}\n[]'), "x.json:3: has a second value behind"),
    "csv with a stray mark": (broken("x.csv", b'n,text\n1,"a"b\n2,c\n'), "x.csv:2: has text behind the quotation mark"),
    "csv cut short": (broken("x.csv", b'n,text\n1,"a\n'), "x.csv:2: has a quotation mark before cell 2"),
    "csv with a short row": (broken("x.csv", b"n,text\n1\n2,c\n"), "x.csv:2: has 1 cell, where the first row has 2"),
    "csv of another encoding": (broken("x.csv", b"n,text\n1,\xe9\n"), "x.csv:2: is not UTF-8: byte 0xe9 in cell 2"),
    "csv without the column": (broken("x.csv", b"n,body\n1,a\n"), "x.csv:1: has no column 'text'; name with --field"),
    "tsv cut short": (broken("x.tsv", b'text\n"a\n'), "x.tsv:2: has a quotation mark before cell 1"),
    "parquet cut short": (damaged("parquet", truncated), "x.parquet: cannot be read as Parquet"),
    "parquet with a broken page": (damaged("parquet", spoiled), "x.parquet: row group 1: cannot be read as Parquet"),
    "no parquet": (broken("x.parquet", b"PAR2"), "x.parquet: is not a Parquet file"),
    "no message": (broken("x.eml", b"\nhello\n"), "x.eml: is not a message: it does not begin with a header"),
    "mail of an unknown charset": (
        broken("x.eml", b"From: a\nContent-Type: text/plain; charset=x-nowhere\n\nhello\n"),
        "x.eml: has a text in the charset 'x-nowhere', which is not known",
    ),
    "no mailbox": (broken("x.mbox", b"hello\n"), "x.mbox: is not a mailbox: its first line is not of the form"),
    "mailbox cut short": (
        broken(
            "x.mbox", b"From - Tue Apr  3 10:11:12 2024\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n"
        ),
        "x.mbox:message 1: has a multipart whose boundary 'b' never ends; it may be cut short",
    ),
    "warc cut short": (damaged("warc", truncated), "is cut short: its gzip ends after"),
    "wet cut short": (damaged("wet", truncated), "is cut short:"),
    "no wet": (broken("x.wet", b"hello\n"), "x.wet:record 1: is no WARC record"),
    "epub cut short": (damaged("epub", truncated), "x.epub: is cut short: the directory at the end"),
    "no epub": (broken("x.epub", b"hello\n"), "x.epub: is not an EPUB: it is no ZIP archive"),
    "docx cut short": (damaged("docx", truncated), "x.docx: is cut short: the directory at the end"),
    "an empty epub": (broken("x.epub", b""), "x.epub: is empty, and so not an EPUB; get an undamaged copy"),
    "no docx": (broken("x.docx", b"hello\n"), "x.docx: is not a Word document: it is no ZIP archive"),
    "no warc": (broken("x.warc", b"hello\n"), "x.warc:record 1: is no WARC record"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_sentence_and_the_other_files_are_done(case: str, tmp_path: Path) -> None:
    make, sentence = BAD[case]
    path = make(tmp_path)
    (tmp_path / "y.txt").write_text(f"{SAID}\n\n{SAID}")
    done = run("clean", "-q", path, tmp_path / "y.txt", "-o", f"{tmp_path}/out/")
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    messages = [line for line in done.stderr.decode().splitlines() if "was not read to its end" not in line]
    assert len(messages) == 1, messages
    assert (tmp_path / "out/y.txt").read_text() == SAID
    assert {one.name for one in (tmp_path / "out").iterdir()} <= {path.name, "y.txt"}  # nothing of temporary files
    if (out := tmp_path / "out" / path.name).exists():
        assert out.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", FORMATS)
def test_a_record_larger_than_allowed_is_refused(name: str, tmp_path: Path) -> None:
    path = build(tmp_path, name, [[SAID, *OTHERS]])
    done = run("check", path, "--max-record", "300")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"larger than 300 bytes; if it is meant to be, raise --max-record" in done.stderr


@pytest.mark.parametrize("name", FORMATS)
def test_annotating_adds_a_column_or_is_refused(name: str, tmp_path: Path) -> None:
    path = build(tmp_path / "in", name, [[SAID, SAID], OTHERS])
    done = run("clean", "-q", path, "--annotate", "found", "-o", f"{tmp_path}/out/")
    if not FORMATS[name].columns:
        assert done.returncode == 2
        assert b"which has no columns to --annotate" in done.stderr
        return
    assert (done.returncode, done.stderr) == (0, b"")
    out = tmp_path / "out" / FORMATS[name].renamed(path.name)
    assert BUILT[name][2](out) == [[SAID, SAID], OTHERS][: 1 if name in ALONE else 2]
    second = run("clean", out, "--annotate", "found", "--in-place")
    assert second.returncode == 2
    assert b"'found' already; name another one with --annotate" in second.stderr
    report = json.loads(run("check", path, "--output-format", "json-lines").stdout.splitlines()[0])
    assert findings(out) == [report["findings"], []][: 1 if name in ALONE else 2]


def findings(path: Path) -> list[Any]:
    if path.suffix == ".jsonl":
        return [json.loads(line)["found"] for line in path.read_text().splitlines()]
    if path.suffix == ".json":
        return [one["found"] for one in json.loads(path.read_text())]
    if path.suffix == ".parquet":
        column: list[list[dict[str, Any]]] = columns(path)["found"]
        for one in chain.from_iterable(column):
            assert not one.pop("field")
            assert one["original"].pop("field") is None
        return column
    delimiter = "\t" if path.suffix == ".tsv" else ","
    return [json.loads(row["found"]) for row in csv.DictReader(io.StringIO(path.read_text()), delimiter=delimiter)]
