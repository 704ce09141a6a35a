"""What a run writes is never what it reads, nor what else it writes: refused before anything is read."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dedupe.cli.side_files import SideFile, refuse_clashes
from dedupe.errors import OptionError
from dedupe.io.walking import WalkOptions, passes_over
from tests.cli.test_cli import SAID, TWICE
from tests.commands import run

OPTIONS = ("--report", "--write-baseline", "--removed", "--decisions", "--baseline", "--index")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder: two articles, one of them in a folder."""
    (tmp_path / "d/deep").mkdir(parents=True)
    for name in ("a.txt", "d/b.txt", "d/deep/c.txt"):
        (tmp_path / name).write_text(TWICE)
    (tmp_path / "r.jsonl").write_text(json.dumps({"text": TWICE}) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def refused(folder: Path, sentence: str, *arguments: str, stdin: bytes = b"") -> None:
    """See that a command ends with one sentence, and that nothing has been written."""
    before, folders = content(folder), sorted(folder.rglob("*"))
    done = run(*arguments, stdin=stdin)
    text = done.stderr.decode()
    assert (done.returncode, done.stdout) == (2, b""), (arguments, done)
    assert sentence in text, (arguments, text)
    assert text.count("\n") == 1
    assert (content(folder), sorted(folder.rglob("*"))) == (before, folders)


def linked(path: Path) -> None:
    path.symlink_to("a.txt")


def hard_linked(path: Path) -> None:
    path.hardlink_to("a.txt")


ANOTHER_NAME: dict[str, Callable[[Path], None]] = {"link.html": linked, "hard.html": hard_linked}


@pytest.mark.parametrize("name", ["a.txt", "./a.txt", "d/../a.txt", "A.TXT", *ANOTHER_NAME])
def test_no_side_file_is_an_input_by_any_name(folder: Path, name: str) -> None:
    if name in ANOTHER_NAME:
        ANOTHER_NAME[name](folder / name)
    for paths in (["a.txt"], [str(folder / "a.txt"), "d"], ["d", "-", "./a.txt"]):
        for written in (True, False):
            with pytest.raises(OptionError, match="to be read"):
                refuse_clashes(paths, [SideFile("--option", name, written)], WalkOptions())


@pytest.mark.parametrize("option", OPTIONS)
def test_every_side_file_is_looked_at(folder: Path, option: str) -> None:
    verb = "clean" if option == "--removed" else "check"
    refused(folder, "to be read", verb, "a.txt", option, "./a.txt")


@pytest.mark.parametrize("verb", ["check", "clean", "review"])
def test_every_verb_that_writes_a_side_file_looks_first(folder: Path, verb: str) -> None:
    more = ["--diff"] if verb == "clean" else []
    refused(folder, "--report a.txt would be written over what is to be read", verb, "a.txt", "--report", "a.txt")
    refused(folder, "--write-baseline d/x lies in d, which is read", verb, "d", "--write-baseline", "d/x", *more)


def test_what_a_person_decides_is_written_over_no_input(folder: Path) -> None:
    refused(folder, "--decisions a.txt would be written over", "review", "a.txt", "--decisions", "a.txt")
    refused(folder, "--decisions decisions.json lies in .", "review", ".")
    refused(folder, "--decisions a.txt is a.txt, which is to be read", "tune", "a.txt", "--decisions", "a.txt")


@pytest.mark.parametrize("place", ["d/x.txt", "d/deep/x", "d/new/x", "link/x"])
def test_nothing_is_written_where_inputs_are_walked(folder: Path, place: str) -> None:
    (folder / "link").symlink_to("d/deep")
    refused(folder, "lies in d, which is read", "clean", "d", "-o", "out", "--removed", place)


def test_what_a_walk_leaves_out_may_lie_in_its_folder(folder: Path) -> None:
    assert run("check", "d", "--report", "d/page.html", "--exclude", "/page.html").returncode == 1
    assert run("check", "d", "--report", "d/.report/page.html").returncode == 2  # there is no such folder
    assert run("check", "d", "--report", "d/.page.html").returncode == 1
    (folder / "d/.gitignore").write_text("out/\n")
    assert run("clean", "d", "-o", "d/out").returncode == 0
    assert run("clean", "d", "-o", "d/out").returncode == 0
    assert not (folder / "d/out/out").exists()


def test_the_sentence_says_how_to_leave_a_place_out(folder: Path) -> None:
    sentence = run("clean", "d", "-o", "d/deep/out").stderr.decode()
    pattern = sentence.strip().rpartition(" ")[2]
    assert pattern == "/deep/out/"
    for _ in range(2):
        assert run("clean", "d", "-o", "d/deep/out", "--exclude", pattern).returncode == 0
    assert passes_over("d", "d/deep/out/x.txt", WalkOptions(exclude=(pattern,)))


def test_a_link_out_of_a_folder_leads_to_inputs_too(folder: Path) -> None:
    (folder / "far").mkdir()
    (folder / "far/e.txt").write_text(TWICE)
    (folder / "d/far").symlink_to("../far")
    refused(folder, "which is read through a link", "check", "d", "--follow", "--report", "far/page.html")
    refused(folder, "to be read", "check", "d", "--follow", "--report", "far/e.txt")
    assert run("check", "d", "--report", "far/page.html").returncode == 1


def test_output_lies_outside_of_what_is_read(folder: Path) -> None:
    for _ in range(2):
        refused(folder, "--output d/out lies in d, which is read", "clean", "d", "-o", "d/out")
        refused(folder, "--output d/deep lies in d", "clean", "d", "-o", "d/deep")
    refused(folder, "use --in-place", "clean", "d", "-o", "d")
    refused(folder, "use --in-place", "clean", "a.txt", "-o", "A.txt")
    refused(folder, "use --in-place", "clean", "d/b.txt", "a.txt", "-o", "./")
    refused(folder, "use --in-place", "clean", "d/b.txt", "-o", "d/")
    (folder / "d/deep/deep").mkdir()
    (folder / "d/deep/deep/c.txt").write_text(SAID)
    refused(folder, "use --in-place", "clean", "d/deep", "-o", "d")


def test_no_two_things_are_written_to_one_place(folder: Path) -> None:
    for one, other in (("--output", "--report"), ("--output", "--removed"), ("--report", "--removed")):
        refused(folder, "both name", "clean", "a.txt", one, "x", other, "./x")
    refused(folder, "both name", "check", "a.txt", "--report", "x", "--write-baseline", "X")
    refused(folder, "both name", "check", "a.txt", "--index", "x", "--remember", "--report", "x")
    (folder / "decisions.json").write_text('{"schema": 1, "decisions": []}')
    refused(folder, "both name", "check", "a.txt", "--decisions", "decisions.json", "--report", "decisions.json")
    refused(folder, "is where d/b.txt goes", "clean", "d", "-o", "out", "--removed", "out/b.txt")
    assert run("clean", "d", "-o", "out", "--removed", "removed.jsonl").returncode == 0


def test_a_baseline_is_read_and_written_anew(folder: Path) -> None:
    for _ in range(2):
        assert run("check", "a.txt", "--write-baseline", "known.json").returncode == 1
    assert run("check", "a.txt", "--baseline", "known.json", "--write-baseline", "known.json").returncode == 0


def test_several_documents_make_no_folder_with_the_name_of_a_file(folder: Path) -> None:
    for name in ("both.txt", "both.jsonl.gz", "both.HTML"):
        refused(folder, f"end it in / ({name}/)", "clean", "a.txt", "d/b.txt", "-o", name)
        refused(folder, f"end it in / ({name}/)", "clean", "d", "-o", name)
    refused(folder, "end it in / (out.jsonl/)", "corpus", "r.jsonl", "-o", "out.jsonl")
    refused(folder, "--output r.jsonl is a file", "clean", "a.txt", "d/b.txt", "-o", "r.jsonl")
    assert run("clean", "a.txt", "d/b.txt", "-o", "both.txt/").returncode == 0
    assert run("clean", "a.txt", "d/b.txt", "-o", "both.txt").returncode == 0  # it is there now
    assert run("clean", "d", "-o", "v1.2").returncode == 0


def test_a_corpus_is_not_written_into_what_it_is_read_from(folder: Path) -> None:
    refused(folder, "--output d/out lies in d", "corpus", "d", "-o", "d/out")
    refused(folder, "--output d/out lies in d", "corpus", "d/**/*.txt", "-o", "d/out")
    refused(folder, "--output r.jsonl is a file", "corpus", "r.jsonl", "-o", "r.jsonl")
    assert run("corpus", "r.jsonl", "-o", "one").returncode == 0
    refused(folder, "--output and --against both name", "corpus", "r.jsonl", "-o", "one", "--against", "./one")


def test_an_index_is_no_input_of_its_own(folder: Path) -> None:
    refused(folder, "--index a.txt would be written over", "index", "add", "a.txt", "--index", "a.txt")
    refused(folder, "--index d/i lies in d", "index", "add", "d", "--index", "d/i")
    refused(folder, "--index d/i lies in d", "check", "d", "--index", "d/i", "--remember")
    assert run("index", "add", "a.txt", "--index", "i").returncode == 0
    refused(folder, "to be read as a document", "index", "query", "i", "--index", "i")
    refused(folder, "both name", "index", "merge", "i", "./i", "--index", "i")
    redis = "redis://localhost:1/0?index=x"
    refused(folder, "both name", "index", "merge", redis, "--index", redis)


@pytest.mark.slow
def test_standard_streams_are_places_too(folder: Path) -> None:
    for option in ("--report", "--write-baseline"):
        refused(folder, f"{option} must be a file", "check", "a.txt", option, "-")
    refused(folder, "one and the same", "check", "-", "--decisions", "-", stdin=b"x")
    program = f"{sys.executable} -m dedupe"
    for command, sentence in (
        ("check d > d/found.txt", "standard output goes to d/found.txt"),
        ("clean a.txt --removed out > out", "--removed out is where standard output goes"),
        ("check - --report a.txt < a.txt", "would be written over standard input, what is to be read"),
    ):
        done = subprocess.run(f"{program} {command}", shell=True, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert sentence in done.stderr
        for name in ("d/found.txt", "out"):
            (folder / name).unlink(missing_ok=True)
    assert (folder / "a.txt").read_text() == TWICE


def test_places_set_in_a_file_are_looked_at_likewise(folder: Path) -> None:
    (folder / "dedupe.toml").write_text("report = 'a.txt'\n")
    refused(folder, "--report a.txt would be written over", "check", "a.txt")


def test_files_that_are_written_over_are_counted(tmp_path: Path) -> None:
    pages, out = tmp_path / "pages", tmp_path / "out"
    pages.mkdir()
    out.mkdir()
    for name in "abc":
        (pages / f"{name}.txt").write_text(TWICE)
    for name in "ab":
        (out / f"{name}.txt").write_text("mine\n")
    done = run("clean", pages, "-o", out)
    assert (done.returncode, done.stderr.endswith(b"0 skipped; 2 files overwritten\n")) == (0, True)
    assert run("clean", pages, "-o", out).stderr.endswith(b"; 3 files overwritten\n")
    assert run("clean", pages / "a.txt", "-o", tmp_path / "new.txt").stderr.endswith(b"0 skipped\n")
    assert run("clean", pages / "a.txt", "-o", tmp_path / "new.txt").stderr.endswith(b"; 1 file overwritten\n")


def test_a_report_and_a_baseline_that_are_written_over_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TWICE)
    for option in ("--report", "--write-baseline"):
        path = tmp_path / f"x{option}"
        for sentence in ("", f"warning: {path}: exists and is replaced; to keep such files, add --no-overwrite\n"):
            done = run("check", tmp_path / "a.txt", option, path)
            assert (done.returncode, done.stderr.decode()) == (1, sentence)
    done = run("check", tmp_path / "a.txt", "--baseline", path, "--write-baseline", path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_with_no_overwrite_what_is_there_stays_and_the_others_are_done(tmp_path: Path) -> None:
    pages, out = tmp_path / "pages", tmp_path / "out"
    pages.mkdir()
    out.mkdir()
    for name in "abc":
        (pages / f"{name}.txt").write_text(TWICE)
    (out / "a.txt").write_text("mine\n")
    (out / "b.txt").symlink_to("nowhere")
    done = run("clean", pages, "-o", out, "--no-overwrite", "--removed", tmp_path / "removed.jsonl")
    assert done.returncode == 2
    sentence = "error: {}: exists already and is not replaced; leave out --no-overwrite to replace it"
    lines = done.stderr.decode().splitlines()
    assert lines[:2] == [sentence.format(out / "a.txt"), sentence.format(out / "b.txt")]
    assert lines[2].startswith("1 of 3 files changed")
    assert lines[2].endswith("2 skipped")
    assert (out / "a.txt").read_text() == "mine\n"
    assert not (out / "nowhere").exists()
    assert (out / "c.txt").read_text() == f"{SAID}\n"
    assert (tmp_path / "removed.jsonl").read_text().count("\n") == 1


@pytest.mark.parametrize("verb", ["check", "clean"])
@pytest.mark.parametrize("option", ["--report", "--write-baseline"])
def test_with_no_overwrite_nothing_is_read_where_a_side_file_is_there(tmp_path: Path, verb: str, option: str) -> None:
    (tmp_path / "a.txt").write_text(TWICE)
    (tmp_path / "mine").write_text("mine\n")
    done = run(verb, tmp_path / "a.txt", option, tmp_path / "mine", "--no-overwrite")
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"{option} {tmp_path / 'mine'} exists already; name another file" in done.stderr.decode()
    assert (tmp_path / "mine").read_text() == "mine\n"
    assert run(verb, tmp_path / "a.txt", option, tmp_path / "new", "--no-overwrite").returncode < 2
    assert (tmp_path / "new").exists()


@pytest.mark.parametrize("more", [["--in-place"], [], ["--diff"]])
def test_no_overwrite_is_refused_where_nothing_is_written_elsewhere(tmp_path: Path, more: list[str]) -> None:
    (tmp_path / "a.txt").write_text(TWICE)
    done = run("clean", tmp_path / "a.txt", "--no-overwrite", *more)
    assert (done.returncode, done.stderr.count(b"\n"), b"--no-overwrite" in done.stderr) == (2, 1, True)
    assert (tmp_path / "a.txt").read_text() == TWICE
