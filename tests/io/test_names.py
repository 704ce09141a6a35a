"""Files whose names are no text, or would act on a terminal, are read, written and shown like any other."""

import json
import os
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import regex

from dedupe.index.batch import stored_id
from dedupe.review.decisions import fingerprint
from tests.cli.test_cli import SAID, TWICE
from tests.commands import run

NAMES = [
    b"caf\xe9",
    b"a\nb",
    b"esc\x1b[31mred",
    "\u202egpj".encode(),
    "mark\u200f\u2028".encode(),
    b"q'\"<b>&amp;%41,:: x",
]
ACTING = regex.compile(r"[\p{Cc}\p{Bidi_Control}\u2028\u2029--\n]", regex.V1)
CONTENT = {
    ".txt": TWICE.encode(),
    ".md": TWICE.encode(),
    ".html": f"<html><body><p>{SAID}</p><p>{SAID}</p></body></html>".encode(),
    ".jsonl": json.dumps({"text": TWICE}).encode() + b"\n",
    ".csv": f'text\n"{SAID}\n\n{SAID}"\n'.encode(),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A folder with such a name, and in it a file of every such name in every format."""
    monkeypatch.chdir(tmp_path)
    top = b"in-" + b"".join(NAMES)
    os.mkdir(top)
    for name in NAMES:
        for ending, data in CONTENT.items():
            with open(os.path.join(top, name + ending.encode()), "wb") as file:
                file.write(data)
        with open(os.path.join(top, name + b".parquet"), "wb") as file:
            pq.write_table(pa.table({"text": [TWICE]}), file)
    return top


COUNT = len(NAMES) * (len(CONTENT) + 1)


def refuse_acting(done: subprocess.CompletedProcess[bytes]) -> None:
    """Fail if what is printed is not UTF-8, acts on a terminal, or tells of a fault of the program."""
    output = (done.stdout + done.stderr).decode("utf-8")
    assert not ACTING.search(output)
    assert "report it" not in output
    assert "Traceback" not in output


@pytest.mark.parametrize("rendering", ["full", "concise", "json-lines", "github", "sarif"])
def test_every_rendering_shows_names_safely(folder: bytes, rendering: str) -> None:
    done = run(
        "check", folder, "--output-format", rendering, "--report", b"\xe9.html", "--write-baseline", b"\xe9.json"
    )
    counts = b"36 documents: 36 to remove, 0 flagged; remove them with: dedupe clean\n"
    assert (done.returncode, done.stderr) == (1, counts if rendering == "concise" else b"")
    refuse_acting(done)
    with open(b"\xe9.html", encoding="utf-8") as page:
        assert not regex.search(r"[\p{Cs}\x1b\u202e\u2028]", page.read())
    assert run("check", folder, "--baseline", b"\xe9.json").returncode == 0
    if rendering == "json-lines":
        named = {os.fsencode(json.loads(line)["document"]) for line in done.stdout.splitlines()}
        assert named == {os.path.join(folder, name) for name in os.listdir(folder)}
    if rendering == "sarif":
        assert b"caf%E9.txt" in done.stdout


def test_files_are_cleaned_to_a_folder_and_in_place_and_put_back(folder: bytes) -> None:
    before = {name: Path(os.fsdecode(os.path.join(folder, name))).read_bytes() for name in os.listdir(folder)}
    elsewhere = run("clean", folder, "-o", b"out\xe9/", "--jobs", "2")
    inside = run("clean", folder, "--in-place", "--removed", b"\xe9.jsonl", "--undo-dir", b"undo\xe9")
    for done in (elsewhere, inside):
        assert done.returncode == 0
        assert done.stderr.startswith(f"{COUNT} of {COUNT} files changed".encode())
        refuse_acting(done)
    for name in before:
        here, there = (Path(os.fsdecode(os.path.join(top, name))).read_bytes() for top in (folder, b"out\xe9"))
        assert here == there != before[name]
    with open(b"\xe9.jsonl", encoding="ascii") as lines:
        assert {os.fsencode(json.loads(line)["document"]) for line in lines} == {
            os.path.join(folder, name) for name in before
        }
    done = run("undo", folder, "--undo-dir", b"undo\xe9")
    assert (done.returncode, done.stderr) == (0, f"{COUNT} files put back, 0 failed\n".encode())
    assert before == {name: Path(os.fsdecode(os.path.join(folder, name))).read_bytes() for name in before}


def test_decisions_are_obeyed(folder: bytes) -> None:
    names = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(b".txt"))
    span = [len(SAID) + 2, 2 * len(SAID) + 2]
    rows = [
        {"document": os.fsdecode(name), "span": span, "text": fingerprint(SAID), "decision": "keep"} for name in names
    ]
    with open(b"\xe9.json", "w", encoding="ascii") as file:
        json.dump({"schema": 1, "decisions": rows}, file)
    done = run("check", *names, "--decisions", b"\xe9.json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert run("check", *names).returncode == 1


def test_an_index_knows_files_by_their_names(folder: bytes) -> None:
    index = b"index\xe9"
    for verb in ("add", "query"):
        refuse_acting(done := run("index", verb, folder, "--index", index))
        assert done.returncode == (0 if verb == "add" else 1), done.stderr
    for verb in ("stats", "verify", "compact"):
        refuse_acting(done := run("index", verb, "--index", index))
        assert done.returncode == 0
    path = os.path.join(folder, b"caf\xe9.txt")
    assert run("index", "remove", path, "--index", index).stderr.endswith(b"1 document removed\n")
    shown = stored_id(os.fsdecode(os.path.abspath(os.path.join(folder, b"caf\xe9.md"))))
    assert run("index", "remove", shown, "--index", index).stderr.endswith(b"1 document removed\n")
    refuse_acting(done := run("index", "remove", path, "--index", index))
    assert done.returncode == 2
    refuse_acting(run("check", folder, "--index", index, "--remember"))


def test_a_corpus_is_read_and_written(folder: bytes) -> None:
    kinds = ("--exclude", "*.html", "--exclude", "*.md", "--exclude", "*.csv")
    refuse_acting(done := run("corpus", folder, "-o", b"out\xe9", "--cross-document", "remove", *kinds))
    assert done.returncode == 0, done.stderr
    documents = sorted(name for name in os.listdir(b"out\xe9/documents") + os.listdir(b"out\xe9/dropped"))
    assert {name + b".txt" for name in NAMES} <= set(documents)
    found = [
        json.loads(line)
        for name in sorted(os.listdir(b"out\xe9/findings"))
        for line in Path(os.fsdecode(b"out\xe9/findings/" + name)).read_text().splitlines()
    ]
    assert r"caf\udce9.txt" in {one["document"] for one in found}
    refuse_acting(run("corpus", folder, "-o", b"out\xe9", "--cross-document", "remove", *kinds))


def test_other_verbs_show_names_safely(folder: bytes) -> None:
    first, second = (os.path.join(folder, b"caf\xe9" + end) for end in (b".txt", b".md"))
    verbs: list[list[str | bytes]] = [
        ["compare", first, second],
        ["tune", folder],
        ["check", folder, "--scope", "corpus"],
        ["check", b"\xe9\x1b.txt"],
        ["check", first, "--model", b"\xe9\x1b"],
        ["clean", os.path.join(folder, b"caf\xe9.parquet"), first, "--annotate", "said", "-o", b"\xe9/"],
        ["settings", folder, "--report", b"\xe9\x1b.html"],
    ]
    for arguments in verbs:
        refuse_acting(run(*arguments))
    with open("dedupe.toml", "w") as file:
        file.write("jaccard = 7\n")
    refuse_acting(done := run("check", folder))
    assert done.returncode == 2


def test_findings_of_parquet_name_files_as_text(folder: bytes) -> None:
    both = [os.path.join(folder, name) for name in (b"1\xe9.parquet", b"2\n.parquet")]
    for path in both:
        with open(path, "wb") as file:
            pq.write_table(pa.table({"text": [SAID]}), file)
    done = run("clean", *both, "--annotate", "said", "--scope", "corpus", "-o", b"out\xe9/")
    assert done.returncode == 0, done.stderr
    with open(b"out\xe9/2\n.parquet", "rb") as file:
        (finding,) = pq.read_table(file)["said"].to_pylist()[0]
    assert r"1\udce9.parquet" in finding["original"]["document"]


def test_spark_refuses_an_output_that_java_cannot_name(folder: bytes) -> None:
    refuse_acting(done := run("corpus", folder, "-o", b"out\xe9", "--engine", "spark"))
    assert done.returncode == 2
    assert rb"--output out\udce9 has a name that is not UTF-8, which Spark cannot open; rename it" in done.stderr
