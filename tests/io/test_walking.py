"""Which files are taken, and in what order."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from dedupe.errors import InputError, OptionError
from dedupe.io.files import Source
from dedupe.io.walking import Passed, WalkOptions, sources
from tests.cli.test_cli import TWICE
from tests.commands import run


def found(top: Path, **walking: object) -> list[str]:
    items = sources([str(top)], [".txt", ".jsonl"], WalkOptions(**walking))  # type: ignore[arg-type]
    reported = [item for item in items if not (isinstance(item, Passed) and "for its ending" in item.sentence)]
    return [item.relative if isinstance(item, Source) else str(item) for item in reported]


def make(top: Path, *names: str) -> None:
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(TWICE)


def test_files_are_taken_in_a_stable_order_and_hidden_ones_are_not(tmp_path: Path) -> None:
    read = ["B.TXT", "a.txt", "c.jsonl.zst", "d/a.txt", "d/e/f.txt.gz", "é.txt"]
    hidden = [
        ".h.txt",
        ".git/x.txt",
        ".dedupe/x.txt",
        "CVS/x.txt",
        "d/.svn/x.txt",
        "x.md",
        "d/.dedupe-abcdefgh.partial",
    ]
    make(tmp_path, *read, *hidden)
    assert found(tmp_path) == ["B.TXT", "a.txt", "c.jsonl.zst", "é.txt", "d/a.txt", "d/e/f.txt.gz"]


def test_patterns_take_in_and_leave_out(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.log", "d/c.txt", "d/keep/e.txt", "build/f.txt")
    assert found(tmp_path, include=("*.log",)) == ["b.log"]
    assert found(tmp_path, exclude=("build/", "/a.txt")) == ["d/c.txt", "d/keep/e.txt"]
    assert found(tmp_path, exclude=("d/*", "!d/keep")) == ["a.txt", "build/f.txt", "d/keep/e.txt"]
    (message,) = found(tmp_path, exclude=("*",))
    assert "not left out by --exclude or .gitignore" in message
    with pytest.raises(OptionError, match="exclude has a bad pattern"):
        WalkOptions(exclude=("!",))


def test_gitignore_is_honoured_the_nearest_first(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.txt", "d/a.txt", "d/b.txt", "out/c.txt")
    (tmp_path / ".gitignore").write_text("# made\nout/\na.txt\n")
    (tmp_path / "d/.gitignore").write_text("!a.txt\n")
    assert found(tmp_path) == ["b.txt", "d/a.txt", "d/b.txt"]
    assert len(found(tmp_path, gitignore=False)) == 5
    assert found(tmp_path / "out") == ["c.txt"]
    assert [item.name for item in sources([str(tmp_path / "a.txt")], [], WalkOptions()) if isinstance(item, Source)]
    (tmp_path / "d/.gitignore").write_text("!\n")
    assert [name for name in found(tmp_path) if "is left out" in name]


def test_links_that_lead_out_are_followed_only_if_asked(tmp_path: Path) -> None:
    top = tmp_path / "tree"
    make(tmp_path, "tree/a.txt", "outside/b.txt", "outside/deep/c.txt")
    (top / "in.txt").symlink_to("a.txt")
    (top / "out.txt").symlink_to("../outside/b.txt")
    (top / "folder").symlink_to("../outside/deep")
    (top / "loop").symlink_to(".")
    (tmp_path / "outside/deep/back").symlink_to(top)
    (top / "self.txt").symlink_to("self.txt")
    *read, passed = sources([str(top)], [".txt"], WalkOptions())
    assert [item.relative for item in read if isinstance(item, Source)] == ["a.txt", "in.txt"]
    assert isinstance(passed, Passed)
    assert "2 symbolic links lead out of it" in passed.sentence
    assert found(top, follow=True) == ["a.txt", "in.txt", "out.txt", "folder/c.txt"]


def test_names_of_any_bytes_are_taken_and_said(tmp_path: Path) -> None:
    names = ["new\nline.txt", "esc\x1b[2J.txt", "bytes\udcff.txt"]
    make(tmp_path, *names)
    done = run("check", tmp_path, "--output-format", "json-lines")
    assert done.stderr == b""
    documents = {json.loads(line)["document"] for line in done.stdout.splitlines()}
    assert documents == {f"{tmp_path}/{name}" for name in names}
    assert run("clean", "--in-place", tmp_path).returncode == 0
    assert run("undo", *(tmp_path / name for name in names)).returncode == 0
    assert {(tmp_path / name).read_text() for name in names} == {TWICE}


def test_a_folder_that_cannot_be_read_is_said_and_the_rest_is_taken() -> None:
    with tempfile.TemporaryDirectory() as place:
        top = Path(place)
        make(top, "a.txt", "closed/b.txt", "z/c.txt")
        top.chmod(0o755)
        (top / "closed").chmod(0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # the superuser may read everything
        try:
            first, problem, last = sources([place], [".txt"], WalkOptions())
        finally:
            os.seteuid(user)
        (top / "closed").chmod(0o755)
    assert isinstance(first, Source)
    assert isinstance(last, Source)
    assert isinstance(problem, InputError)
    assert "permission denied" in str(problem)
