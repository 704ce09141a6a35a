"""Runs that end before they are done: interrupted, without a reader, without permission, without room."""

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dedupe.cli.signals import WHOLE
from tests.commands import run
from tests.io.test_replacing import heed

TWICE = "The ferry sails again on Friday, after forty years.\n\nThe ferry sails again on Friday, after forty years.\n"

INTERRUPTED_WHILE_LOADING = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "dedupe.cli.app":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from dedupe.cli import main
main()
"""


INTERRUPTED_WHILE_READING = """
import os
from dedupe.io import files
opened = files.Source._open_raw
def interrupted(self):
    os.kill(os.getpid(), {number})
    return opened(self)
files.Source._open_raw = interrupted
from dedupe.cli import main
main()
"""


def test_a_command_that_is_interrupted_while_it_loads_is_a_sentence() -> None:
    command = [sys.executable, "-c", INTERRUPTED_WHILE_LOADING, "check", "-"]
    done = subprocess.run(command, capture_output=True, check=False, preexec_fn=heed)
    assert done.returncode == 130
    assert done.stderr.decode() == f"error: interrupted before the end; {WHOLE}\n"


@pytest.mark.parametrize(
    ("arguments", "number", "how"),
    [
        (["check", "-"], signal.SIGINT, "interrupted"),
        (["clean", "-"], signal.SIGTERM, "ended by SIGTERM"),
        (["index", "add", "-", "--index", "an.index"], signal.SIGINT, "interrupted"),
        (["tune", "-"], signal.SIGINT, "interrupted"),
    ],
)
def test_a_command_that_is_interrupted_while_it_works_is_a_sentence(
    tmp_path: Path, arguments: list[str], number: signal.Signals, how: str
) -> None:
    command = [sys.executable, "-c", INTERRUPTED_WHILE_READING.format(number=int(number)), *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, input=b"x", capture_output=True, check=False, preexec_fn=heed
    )
    assert done.returncode == 128 + number
    assert done.stderr.decode() == f"error: {how} before the end; {WHOLE}\n"
    assert done.stdout == b""


@pytest.mark.parametrize("arguments", [["check", "{}"], ["clean", "{}", "--diff"], ["explain", "copied-run"]])
def test_a_reader_that_goes_away_is_no_result(tmp_path: Path, arguments: list[str]) -> None:
    for number in range(60):
        (tmp_path / f"{number}.txt").write_text(TWICE * 9)
    given = [one.format(tmp_path) for one in arguments]
    command = subprocess.Popen([sys.executable, "-m", "dedupe", *given], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert command.stdout is not None
    command.stdout.close()
    assert command.stderr is not None
    assert command.stderr.read() == b""
    command.stderr.close()
    assert command.wait() == 141


def without_privileges() -> None:
    """Have permissions hold for a command of the superuser, too (PR_CAPBSET_DROP)."""
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability)


def denied(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """Run the command where permissions hold; return its status and the lines on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "dedupe", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=without_privileges,
    )
    return done.returncode, done.stderr.splitlines()


DENIED = "permission denied; check the mode and owner of it and of its folder"


@pytest.mark.parametrize("verb", [["check", "-q"], ["clean", "-o", "out/"], ["index", "add", "--index", "an.index"]])
def test_a_folder_that_may_not_be_read_is_a_sentence_and_the_others_are_done(tmp_path: Path, verb: list[str]) -> None:
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(TWICE)
    (tmp_path / "closed").chmod(0)
    try:
        status, said = denied(tmp_path, *verb, "closed", "open")
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert status == 2
    assert said[0] == f"error: closed: {DENIED}"
    assert not any(line.startswith("error") for line in said[1:])
    if verb[0] == "clean":
        assert (tmp_path / "out/a.txt").read_text() == TWICE.splitlines(keepends=True)[0]


def test_a_folder_that_may_not_be_written_to_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "One line."}\n')
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut").chmod(0o555)
    assert denied(tmp_path, "corpus", "a.jsonl", "-o", "shut/out") == (2, [f"error: shut/out: {DENIED}"])
    assert denied(tmp_path, "check", "a.jsonl", "--report", "shut/a.html") == (2, [f"error: shut/a.html: {DENIED}"])
    assert list((tmp_path / "shut").iterdir()) == []


def test_a_setting_file_that_may_not_be_read_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TWICE)
    (tmp_path / "dedupe.toml").write_text('level = "default"\n')
    (tmp_path / "dedupe.toml").chmod(0)
    assert denied(tmp_path, "check", "a.txt") == (2, [f"error: {tmp_path / 'dedupe.toml'}: {DENIED}"])


def test_a_full_disk_under_the_removed_paragraphs_is_said_and_the_file_is_cleaned(tmp_path: Path) -> None:
    source, out = tmp_path / "a.txt", tmp_path / "out.txt"
    source.write_text(TWICE)
    done = run("clean", source, "-o", out, "--removed", "/dev/full")
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"error: /dev/full: what was removed from {source} is not in it: the disk is full; "
        "make room, or name a place on another one\n"
        "1 of 1 file changed: 1 paragraph and 53 characters removed, 0 flagged, 0 skipped\n"
    )
    assert out.read_text() == TWICE.splitlines(keepends=True)[0]


def test_a_folder_in_place_of_a_paragraph_is_a_sentence(tmp_path: Path) -> None:
    done = run("compare", tmp_path, tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode() == f"error: {tmp_path}: is a directory, where a file is needed; name a file\n"
