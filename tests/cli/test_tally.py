"""What changes files ends with one line on what was done."""

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import DIFFERING, SAID, TWICE, on_a_terminal
from tests.commands import run

CUT = len(TWICE) - len(f"{SAID}\n")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Return a folder in which two files change, one has a flag, one a bad record, and one cannot be read."""
    top = tmp_path / "in"
    top.mkdir()
    (top / "a.txt").write_text(TWICE)
    (top / "b.txt").write_text(DIFFERING)
    (top / "c.txt").write_bytes(b"a\0b")
    (top / "d.jsonl").write_text(json.dumps({"text": TWICE}) + "\n{\n")
    return top


@pytest.mark.parametrize("where", [["--in-place"], ["-o"]])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_clean_ends_with_a_line(top: Path, where: list[str], jobs: str) -> None:
    out = [] if where == ["--in-place"] else [f"{top.parent}/out/"]
    done = run("clean", top, "--jobs", jobs, *where, *out)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines()[-1] == (
        f"2 of 4 files changed: 2 paragraphs and {2 * CUT} characters removed, 1 flagged, 1 skipped, "
        "1 record passed unchanged"
    )
    assert done.stderr.count(b"\n") == 3
    quiet = run("clean", top, "-q", *where, *out)
    assert quiet.stderr.count(b"\n") == 2


def test_one_is_not_in_the_plural_and_nothing_is_said_on_standard_output(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    done = run("clean", path, "-o", tmp_path / "b.txt")
    line = f"1 of 1 file changed: 1 paragraph and {CUT} characters removed, 0 flagged, 0 skipped\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (0, b"", line)
    done = run("clean", path, "--in-place")
    assert (done.returncode, done.stdout, done.stderr.decode()) == (0, b"", line)
    done = run("clean", path, "--in-place")
    assert done.stderr == b"0 of 1 file changed: 0 paragraphs and 0 characters removed, 0 flagged, 0 skipped\n"
    done = run("undo", path)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"1 file put back, 0 failed\n")
    done = run("undo", path)
    assert done.returncode == 2
    advice = "if its records are elsewhere, name their folder with --undo-dir\n0 files put back, 1 failed\n"
    assert done.stderr.decode() == f"error: {path}: has no change left to undo; {advice}"
    of_folder = run("undo", tmp_path).stderr.decode()
    assert of_folder == f"error: {tmp_path}: no file in this folder has a change left to undo; {advice}"
    for verb in (["clean", "--in-place"], ["undo"], ["clean", "--quiet", "-o", tmp_path / "c.txt"]):
        assert run(*verb, "-q", path).stderr == b""
    assert run("clean", path).stderr == b""


def test_what_is_not_written_is_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    (tmp_path / "b.txt").hardlink_to(path)
    done = run("clean", path, "--in-place")
    assert done.returncode == 2
    assert done.stderr.decode().endswith(
        "\n0 of 1 file changed: 0 paragraphs and 0 characters removed, 0 flagged, 1 skipped\n"
    )


def test_what_is_annotated_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": TWICE}) + "\n")
    done = run("clean", path, "--annotate", "found", "-o", tmp_path / "b.jsonl")
    assert done.stderr == b"1 file annotated: 1 paragraph to remove, 0 flagged, 0 skipped\n"


def test_the_line_has_no_colour(top: Path) -> None:
    shown = on_a_terminal("clean", top / "a.txt", "--in-place", NO_COLOR="1")
    assert "1 of 1 file changed" in shown
    assert "\x1b" not in shown
