"""`dedupe index` and the flags that ask an index, run as users run them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_cli import ROOT
from tests.commands import run
from tests.known import PROMO, WIRE, documents, own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with pages, an index of them with texts, and one without."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "pages").mkdir()
    for one in documents():
        (folder / "pages" / f"{one.id}.txt").write_text(one.text, "utf-8")
    with (folder / "pages.jsonl").open("w", encoding="utf-8") as out:
        for one in documents():
            out.write(json.dumps({"id": one.id, "text": one.text, "url": one.url, "date": one.date}) + "\n")
    (folder / "new.txt").write_text(f"A Pier Is Closed\n\n{WIRE[0]}\n\nNobody has said this line before.", "utf-8")
    records = ["--id", "id", "--url", "url", "--date", "date"]
    output_of(0, run("index", "add", folder / "pages.jsonl", *records, "--index", folder / "full", "--store-text"))
    output_of(0, run("index", "add", folder / "pages", "--index", folder / "bare"))
    return folder


def output_of(status: int, done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what a command printed on both streams, after checking its exit status."""
    text = (done.stdout + done.stderr).decode()
    assert done.returncode == status, text
    assert "Traceback" not in text
    return text


def test_check_with_an_index_changes_no_byte_of_it(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    text = output_of(0, run("check", folder / "new.txt", "--index", folder / "full"))
    assert "repeats line 3 of d003, first seen" in text
    assert "1 flagged" in text
    json_lines = run("check", folder / "new.txt", "--index", folder / "full", "--output-format", "json-lines")
    report = json.loads(json_lines.stdout)
    assert report["document"] == str(folder / "new.txt")
    assert report["findings"][0]["original"]["document"] == "d003"
    assert report["findings"][0]["original"]["pages"] == 3
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_clean_removes_what_stands_elsewhere_if_asked(folder: Path) -> None:
    clean = ("clean", folder / "new.txt", "--cross-document", "remove", "--index")
    assert run(*clean, folder / "full").stdout.decode() == "A Pier Is Closed\n\nNobody has said this line before."
    assert run(*clean, folder / "bare").stdout.decode() == (folder / "new.txt").read_text()


def test_a_file_never_repeats_itself_and_is_known_by_its_absolute_path(folder: Path, tmp_path: Path) -> None:
    alone = folder / "pages" / "d001.txt"
    done = run("check", alone, "--index", folder / "bare", "--output-format", "json-lines")
    originals = [one["original"]["document"] for one in json.loads(done.stdout)["findings"]]
    assert str(alone) not in originals
    index = tmp_path / "an.index"
    twice = tmp_path / "twice.txt"
    twice.write_text(f"{own(1)}\n\n{own(1)}\n")
    for _ in range(2):
        done = run("check", twice, "--index", index, "--remember", "--output-format", "json-lines")
        (finding,) = json.loads(done.stdout)["findings"]
        assert finding["original"]["document"] == str(twice)
        assert finding["original"]["lines"] == [1, 1]
    assert "documents   1" in output_of(0, run("index", "stats", "--index", index))
    assert "needs an id" in output_of(2, run("check", "-", "--index", index, "--remember", stdin=own(1).encode()))
    assert "--remember needs more to have an effect; name the index: --index PLACE" in output_of(
        2, run("check", twice, "--remember")
    )
    assert "exclude each other" in output_of(2, run("check", twice, "--index", index, "--scope", "corpus"))


def test_the_program_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/remembering.md").read_text("utf-8"), re.DOTALL)
    exec(compile(program, "docs/remembering.md", "exec"), {})


def test_query_stats_and_verify(folder: Path) -> None:
    index = ("--index", folder / "full")
    text = output_of(1, run("index", "query", folder / "new.txt", *index))
    assert f"{folder}/new.txt:3: in 3 documents, first seen " in text
    answer = json.loads(run("index", "query", folder / "new.txt", *index, "--output-format", "json-lines").stdout)
    assert [one["document"] for one in answer["paragraphs"][0]["seen"]] == ["d003", "d013", "d023"]
    text = output_of(0, run("index", "stats", *index))
    assert "documents   30" in text
    assert f"on 15 pages: {PROMO[:50]}" in text
    assert "no faults found" in output_of(0, run("index", "verify", *index))


def test_removing_merging_expiring_compacting(folder: Path, tmp_path: Path) -> None:
    index = ("--index", tmp_path / "an.index")
    page = folder / "pages" / "d003.txt"
    assert "2 documents added" in output_of(0, run("index", "add", page, folder / "new.txt", *index))
    assert "30 documents added from" in output_of(0, run("index", "merge", folder / "bare", *index))
    assert "documents   31" in output_of(0, run("index", "stats", *index))
    assert "1 document removed" in output_of(0, run("index", "remove", page, *index))
    assert "there is no document 'nobody'" in output_of(2, run("index", "remove", "nobody", *index))
    assert "0 documents removed" in output_of(0, run("index", "expire", "--older-than", "1", *index))
    last_seen = ("index", "expire", "--by", "last-seen", "--older-than", "1")
    assert "0 documents removed" in output_of(0, run(*last_seen, *index))
    assert "bytes before" in output_of(0, run("index", "compact", *index))
    assert "no faults found" in output_of(0, run("index", "verify", *index))
    assert "30 documents removed" in output_of(0, run("index", "expire", "--older-than", "0", *index))


def test_a_missing_index_is_a_sentence_or_if_wanted_no_obstacle(folder: Path, tmp_path: Path) -> None:
    missing = ("--index", tmp_path / "missing")
    verbs: list[list[object]] = [["check", folder / "new.txt"]]
    verbs += (["index", one] for one in ("stats", "verify", "compact"))
    for verb in verbs:
        assert "there is no such index" in output_of(2, run(*verb, *missing))
    assert not (tmp_path / "missing").exists()
    text = output_of(0, run("check", folder / "new.txt", *missing, "--index-optional"))
    assert "going on without the index" in text
    assert "0 to remove, 0 flagged" in text
    assert "name an index" in output_of(2, run("index", "stats"))
    assert "must be one of 1, true" in output_of(2, run("check", folder / "new.txt", DEDUPE_REMEMBER="maybe"))


def test_several_indexes_are_asked_as_one_and_the_first_is_written(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    records = ["--id", "id", "--url", "url", "--date", "date", "--store-text"]
    lines = (folder / "pages.jsonl").read_text("utf-8").splitlines(keepends=True)
    for name, part in (("one", lines[0::2]), ("two", lines[1::2])):
        (tmp_path / "part.jsonl").write_text("".join(part), "utf-8")
        output_of(0, run("index", "add", tmp_path / "part.jsonl", *records, "--index", archive / f"{name}.index"))
    ask = ("index", "query", folder / "new.txt", "--output-format", "json-lines")
    check = ("check", folder / "new.txt", "--output-format", "json-lines")
    pattern = ("--index", archive / "*.index")
    both = ("--index", archive / "two.index", "--index", archive / "one.index")
    for verb in (ask, check):
        expected = run(*verb, "--index", folder / "full").stdout
        assert b"d003" in expected
        assert run(*verb, *pattern).stdout == run(*verb, *both).stdout == expected
    today = tmp_path / "today.index"
    before = {path: path.read_bytes() for path in archive.iterdir()}
    for _ in range(2):
        text = output_of(0, run("check", folder / "new.txt", "--index", today, *pattern, "--remember"))
        assert "repeats line 3 of d003" in text
    assert {path: path.read_bytes() for path in archive.iterdir()} == before
    assert "documents   1" in output_of(0, run("index", "stats", "--index", today))
    assert "--index names 2" in output_of(2, run("index", "stats", *pattern))
    assert "names 2 indexes, and one is written to" in output_of(2, run(*check, *pattern, "--remember"))
    assert "no file matches this pattern" in output_of(2, run(*check, "--index", archive / "*.nothing"))
    missing = ("--index", today, "--index", archive / "missing", "--index-optional")
    text = output_of(0, run("check", folder / "new.txt", *missing))
    assert "missing: there is no such index" in text
    assert "going on without the index" in text
    secrets = ("--index", "redis://me:secret@localhost/0", "--index", "redis://me:secret@localhost/1")
    for output_format in ("text", "json"):
        text = output_of(0, run("settings", "--output-format", output_format, *secrets))
        assert "secret" not in text
        assert "localhost/1" in text


def test_what_stands_in_a_file_of_banners_goes_from_every_page(tmp_path: Path) -> None:
    banner = "Cookies help us to show you the pages of this site in the language that your browser asks for."
    (tmp_path / "banners.txt").write_text(f"{banner}\n")
    pages = tmp_path / "pages"
    pages.mkdir()
    for number in range(3):
        (pages / f"{number}.txt").write_text(f"{own(number)}\n\n{banner}\n")
    index = ("--index", tmp_path / "banners.index")
    output_of(0, run("index", "add", tmp_path / "banners.txt", *index, "--store-text"))
    output_of(0, run("clean", pages, *index, "--cross-document", "remove", "-o", tmp_path / "cleaned/"))
    cleaned = sorted((tmp_path / "cleaned").rglob("*.txt"))
    assert [path.read_text().strip() for path in cleaned] == [own(number) for number in range(3)]


def test_copies_are_kept_only_where_others_are_removed(folder: Path) -> None:
    three = ("check", folder / "pages.jsonl", "--id", "id", "--date", "date", "--scope", "corpus", "--keep-copies", "3")
    assert "add --cross-document remove" in output_of(2, run(*three))
    text = output_of(1, run(*three, "--cross-document", "remove"))
    assert "; stays as copy 2" in text
    assert "; stays as copy 4" not in text
