"""Files get their names whole and on the disk, or not at all."""

import json
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from dedupe import _atomic
from dedupe._atomic import NewFiles, clear, discard_unpublished, publish_folder, write_file
from tests.cli.test_cli import TWICE
from tests.commands import run
from tests.known import own

if TYPE_CHECKING:
    from _typeshed import TraceFunction


def fail(top: Path) -> None:
    with NewFiles() as new:
        new.open(top / "a").write(b"new")
        new.open(top / "deep/b").write(b"new")
        raise ZeroDivisionError


def test_several_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(ZeroDivisionError):
        fail(tmp_path)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a", "deep"]
    with NewFiles() as new:
        for name in ("a", "deep/b", "deep/c"):
            with new.open(tmp_path / name) as file:
                file.write(name.encode())
        new.open(tmp_path / "open").write(b"still")
        assert (tmp_path / "a").read_bytes() == b"old"
    found = {str(one.relative_to(tmp_path)): one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
    assert found == {"a": b"a", "deep/b": b"deep/b", "deep/c": b"deep/c", "open": b"still"}


@pytest.fixture
def umask() -> Iterator[int]:
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def test_a_new_file_is_for_whom_any_new_file_is_and_for_nobody_else_before(tmp_path: Path, umask: int) -> None:
    with NewFiles() as new:
        new.open(tmp_path / "a")
        (begun,) = tmp_path.iterdir()
        assert stat.S_IMODE(begun.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o666 & ~umask


def test_many_files_are_written_with_few_of_them_open(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
    try:
        with NewFiles() as new:
            for number in range(300):
                with new.open(tmp_path / str(number)) as file:
                    file.write(b"x")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert {one.name for one in tmp_path.iterdir()} == {str(number) for number in range(300)}


def test_a_folder_takes_its_name_with_all_that_is_in_it(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for name in ("a", "b"):
        (made / name).write_text(name)
    publish_folder(made, tmp_path / "named")
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["a", "b", "named"]


def test_a_file_in_a_folder_that_is_none_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        write_file(tmp_path / "file/a", b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_file(tmp_path / "folder", b"x")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]


KILLED = """
import os, signal, sys
from dedupe._atomic import Temporary
from dedupe.cli import main
take = Temporary.take
def killed(self, target):
    if os.path.basename(os.path.dirname(target)) == "documents":
        os.kill(os.getpid(), signal.SIGKILL)
    take(self, target)
Temporary.take = killed
main()
"""


def test_a_killed_run_over_a_corpus_leaves_no_part_under_its_name_and_the_next_one_tidies_up(tmp_path: Path) -> None:
    source, out, whole = tmp_path / "in", tmp_path / "out", tmp_path / "whole"
    source.mkdir()
    for number in range(20):
        (source / f"{number}.txt").write_text(f"{own(number)}\n\n{TWICE}")
    (source / "more.jsonl").write_text(f"{json.dumps({'text': TWICE})}\n")
    command: list[str | Path] = [sys.executable, "-c", KILLED, "corpus", source, "-o", out, "--jobs", "1"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -signal.SIGKILL
    temporary_files = list(out.glob("documents/*"))
    assert temporary_files
    assert all(one.name.startswith(".dedupe-") for one in temporary_files)
    for place in (out, whole):
        assert run("corpus", source, "-o", place).returncode == 0
    assert not list(out.rglob(".dedupe-*"))
    names = [one.relative_to(whole) for one in sorted(whole.rglob("*")) if one.is_file()]
    assert names == [one.relative_to(out) for one in sorted(out.rglob("*")) if one.is_file()]
    for name in names:
        if name.parts[0] in ("documents", "findings"):
            assert (whole / name).read_bytes() == (out / name).read_bytes()


def test_what_is_being_written_is_not_taken_for_left_behind(tmp_path: Path) -> None:
    with NewFiles() as new:
        new.open(tmp_path / "a").write(b"x")
        clear(tmp_path, 0.0)
    assert (tmp_path / "a").read_bytes() == b"x"


INTERRUPTED = """
import os, signal
from dedupe.cli import main
opened = os.open
def interrupted(path, *arguments, **options):
    descriptor = opened(path, *arguments, **options)
    if os.fspath(path).endswith(".partial"):
        os.kill(os.getpid(), signal.SIGINT)
    return descriptor
os.open = interrupted
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


@pytest.mark.parametrize("arguments", [["--in-place"], ["--in-place", "--undo-keep", "0"], ["-o", "new.txt"]])
def test_a_signal_just_after_a_temporary_file_is_made_leaves_nothing_behind(
    tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "a.txt").write_text(TWICE)
    command = [sys.executable, "-c", INTERRUPTED, "clean", "a.txt", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 128 + signal.SIGINT, done.stderr
    assert (tmp_path / "a.txt").read_text() == TWICE
    assert [one.name for one in tmp_path.rglob("*") if one.is_file() and one.name != ".gitignore"] == ["a.txt"]


class Interruption(BaseException):
    """What a signal raises in these tests."""


def interrupt_at(step: int, top: Path) -> bool:
    """Write files, and raise at a step of the module that writes them; say whether there are so many steps."""
    steps = 0

    def trace(frame: FrameType, event: str, _: object) -> "TraceFunction | None":
        nonlocal steps
        if frame.f_code.co_filename != _atomic.__file__:
            return None
        steps += event == "line"
        if event == "line" and steps == step:
            raise Interruption
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with NewFiles() as new:
            new.open(top / "a").write(b"new")
            new.open(top / "b").write(b"new")
    except Interruption:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # of an object that nobody holds yet
def test_an_interruption_at_any_step_leaves_no_temporary_file(tmp_path: Path) -> None:
    step = 1
    while interrupt_at(step, tmp_path):
        discard_unpublished()
        assert not list(tmp_path.glob("*.partial")), step
        step += 1
    assert step > 40
