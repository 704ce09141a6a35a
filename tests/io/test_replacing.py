"""Files appear whole or not at all."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dedupe._atomic import BUFFER, Temporary, clear
from dedupe.errors import InputError
from dedupe.io.compression import COMPRESSIONS
from dedupe.io.replacing import Replacement
from tests.cli.test_cli import SAID, TWICE
from tests.commands import run

CRAWL = "".join(json.dumps({"text": TWICE.replace("committee", f"party {n}")}) + "\n" for n in range(8_000)).encode()


def heed() -> None:
    """Let signals end a child, whatever the tests' own parent ignores."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def started(path: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start cleaning a file in place and wait until the new one is being written."""
    command = [sys.executable, "-m", "dedupe", "clean", "--in-place", str(path), *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, preexec_fn=heed)
    while not list(path.parent.glob(".dedupe-*")):
        assert process.poll() is None
        time.sleep(0.01)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_run_that_is_asked_to_end_leaves_nothing_behind(tmp_path: Path, number: signal.Signals, jobs: str) -> None:
    path = tmp_path / "crawl.jsonl"
    path.write_bytes(CRAWL)
    process = started(path, "--jobs", jobs)
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert b"Traceback" not in stderr
    assert path.read_bytes() == CRAWL
    assert not list(tmp_path.glob(".dedupe-*"))
    assert not list(tmp_path.rglob("*.partial"))
    assert not list(tmp_path.rglob("*.json"))


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_run_leaves_the_file_as_it_was_and_the_next_one_tidies_up(tmp_path: Path, jobs: str) -> None:
    path = tmp_path / "crawl.jsonl"
    path.write_bytes(CRAWL)
    process = started(path, "--jobs", jobs)
    process.kill()
    process.communicate(timeout=60)  # as long as a worker lives, standard error is open
    assert path.read_bytes() == CRAWL
    temporary_files = list(tmp_path.rglob("*.partial"))
    assert temporary_files
    for one in temporary_files:
        os.utime(one, (time.time() - 3600, time.time() - 3600))
    other = tmp_path / "other.txt"
    other.write_text(TWICE)
    assert run("clean", "--in-place", tmp_path).returncode == 0
    assert other.read_text() == f"{SAID}\n"
    assert not list(tmp_path.rglob("*.partial"))
    assert run("undo", path).returncode == 0
    assert path.read_bytes() == CRAWL


def test_a_temporary_file_in_use_and_a_file_of_the_users_stay(tmp_path: Path) -> None:
    held = Temporary(str(tmp_path))
    mine = tmp_path / ".dedupe-notes.partial"
    mine.touch()
    for path in (Path(held.path), mine):
        os.utime(path, (1, 1))
    clear(str(tmp_path))
    assert Path(held.path).exists()
    assert mine.exists()
    held.discard()
    assert list(tmp_path.iterdir()) == [mine]


@pytest.mark.slow
def test_a_disk_that_is_full_is_a_sentence_and_the_file_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "crawl.jsonl"
    path.write_bytes(CRAWL)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (BUFFER + 5000, BUFFER + 5000))

    for arguments in (["--in-place", "--undo-keep", "0"], ["--in-place"], ["-o", str(tmp_path / "out.jsonl")]):
        command = [sys.executable, "-m", "dedupe", "clean", "-q", str(path), *arguments]
        done = subprocess.run(command, capture_output=True, preexec_fn=limited, check=False)
        assert done.returncode == 2
        assert done.stderr.count(b"\n") == 1, done.stderr
        assert b"it would be larger than a file may be here" in done.stderr
        assert path.read_bytes() == CRAWL
        assert [one.name for one in tmp_path.glob("*") if one.name != ".dedupe"] == ["crawl.jsonl"]
        assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.slow
def test_a_file_that_changed_since_it_was_read_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "crawl.jsonl"
    path.write_bytes(CRAWL)
    status = path.stat()
    process = started(path)
    changed = b"x" + CRAWL[1:]
    path.write_bytes(changed)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # as a tool that keeps times would
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    assert b"changed while it was worked on" in stderr
    assert path.read_bytes() == changed
    assert not list(tmp_path.rglob("*.json"))


def test_a_file_that_went_away_meanwhile_does_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one")
    status = path.stat()
    with Replacement(str(path), read=status) as new:
        path.unlink()
        new.write(b"two")
        with pytest.raises(InputError, match="was deleted while"):
            new.finish()
    assert list(tmp_path.iterdir()) == []


def test_a_hard_link_is_not_parted_in_silence(tmp_path: Path) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text(TWICE)
    other.hardlink_to(path)
    done = run("clean", "--in-place", path)
    assert done.returncode == 2
    assert b"one file under 2 names" in done.stderr
    assert path.read_text() == other.read_text() == TWICE
    assert path.samefile(other)
    assert run("clean", path, "-o", tmp_path / "c.txt").returncode == 0


def test_a_link_stays_a_link_and_its_file_is_cleaned(tmp_path: Path) -> None:
    path, link = tmp_path / "real/a.txt", tmp_path / "in/link.txt"
    for one in (path, link):
        one.parent.mkdir()
    path.write_text(TWICE)
    link.symlink_to(path)
    assert run("clean", "--in-place", link).returncode == 0
    assert link.is_symlink()
    assert path.read_text() == f"{SAID}\n"
    assert run("undo", link).returncode == 0
    assert link.is_symlink()
    assert path.read_text() == TWICE


def test_mode_owner_and_extended_attributes_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 4321)
    attributes = {}
    if hasattr(os, "setxattr"):
        os.setxattr(path, "user.source", b"https://example.org/")
        attributes = {"user.source": b"https://example.org/"}
    before = path.stat()
    for verb in (["clean", "--in-place"], ["undo"]):
        assert run(*verb, path).returncode == 0
        after = path.stat()
        assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
        for name, value in attributes.items():
            assert os.getxattr(path, name) == value
    assert path.read_text() == TWICE
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def interrupted(replacement: Replacement) -> None:
    with replacement as new:
        new.write(b"x" * (BUFFER + 1))
        raise ZeroDivisionError


def test_an_exception_leaves_nothing_behind(tmp_path: Path) -> None:
    for compression in (None, *COMPRESSIONS):
        with pytest.raises(ZeroDivisionError):
            interrupted(Replacement(str(tmp_path / "a.txt"), compression))
        assert list(tmp_path.iterdir()) == []


def test_output_is_not_written_over_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    for arguments in ([path, "-o", path], [tmp_path, "-o", tmp_path], [path, "-o", f"{tmp_path}/"]):
        done = run("clean", *arguments)
        assert done.returncode == 2
        assert b"use --in-place" in done.stderr
        assert path.read_text() == TWICE
    done = run("clean", path, "-o", "")
    assert done.returncode == 2
    assert b"--output is empty" in done.stderr


MEMORY = """
import resource, sys
from dedupe.cli import main
try:
    main()
except SystemExit as status:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
    raise
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for times, last in ((1, b""), (6, b""), (6, CRAWL.split(b"\n", 1)[0] + b"\n")):
        # nothing repeats in these records, so the first change comes at the very end, or never
        once = CRAWL.replace(json.dumps(TWICE)[1:-1].encode(), b"").replace(f"\\n\\n{SAID}".encode(), b"")
        path = tmp_path / "crawl.jsonl"
        path.write_bytes(once.replace(SAID.encode(), b"") * times + last)
        command = [sys.executable, "-c", MEMORY, "clean", "-q", "--in-place", str(path)]
        done = subprocess.run(command, capture_output=True, check=True)
        peaks.append(int(done.stderr))
    assert max(peaks) < peaks[0] + 20_000  # KB; the file grows by megabytes


def test_what_is_removed_is_written_aside(tmp_path: Path) -> None:
    top, aside = tmp_path / "in", tmp_path / "removed.jsonl"
    top.mkdir()
    (top / "a.txt").write_text(TWICE)
    (top / "b.jsonl").write_text(json.dumps({"text": TWICE, "id": "k"}) + "\n")
    (top / "c.txt").write_text(SAID)
    aside.write_text("{}\n")
    assert run("clean", top, "-o", tmp_path / "out", "--removed", aside).returncode == 0
    old, first, second = (json.loads(line) for line in aside.read_text().splitlines())
    assert old == {}
    assert first["document"] == str(top / "a.txt")
    assert (first["lines"], first["text"], first["original"]["lines"]) == ([3, 3], SAID, [1, 1])
    assert TWICE[slice(*first["span"])] == SAID
    assert {"rule", "reason", "kind"} <= set(first)
    assert (second["document"], second["record"], second["field"]) == (str(top / "b.jsonl"), 1, "text")
    assert second["text"] == SAID


def test_what_is_not_removed_after_all_is_not_written_aside(tmp_path: Path) -> None:
    path, aside = tmp_path / "a.txt", tmp_path / "removed.jsonl"
    path.write_text(TWICE)
    (tmp_path / "b.txt").hardlink_to(path)
    assert run("clean", "--in-place", path, "--removed", aside).returncode == 2
    assert aside.read_text() == ""
    assert run("clean", path, "--removed", path).returncode == 2
    assert path.read_text() == TWICE
    assert run("clean", path, "--removed", "-").returncode == 2
    assert run("clean", path, "--removed", tmp_path / "no/where").returncode == 2
