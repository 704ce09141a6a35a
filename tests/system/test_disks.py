"""Outputs and an index on disks that are full or read-only: small file systems of the test's own (needs root)."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import dedupe
from dedupe.errors import InputError
from dedupe.index import IndexSpec
from dedupe.index.batch import index_batch
from dedupe.index.maintenance import problems
from dedupe.index.sqlite import SqliteStore
from tests.cli.test_endings import TWICE
from tests.commands import run
from tests.known import documents, findings_of, own, queries

HEADER = IndexSpec.of(dedupe.Options(), texts=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_loses_nothing_that_was_acknowledged(disk: Path) -> None:
    store = SqliteStore(str(disk / "an.index"), HEADER, write=True)
    acknowledged = 0

    def fill() -> None:
        nonlocal acknowledged
        for number in range(10_000):
            text = "\n\n".join(own(50 * number + at) for at in range(50))
            store.add(index_batch([dedupe.Document(text, f"d{number}")], HEADER))
            acknowledged += 1

    with pytest.raises(InputError, match="the disk is full"):
        fill()
    store.close()
    assert acknowledged > 2
    store = SqliteStore(str(disk / "an.index"))
    assert {f"d{number}" for number in range(acknowledged)} == {document.id for document in store.documents()}
    assert list(problems(store)) == []
    store.close()
    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    store = SqliteStore(str(disk / "an.index"), write=True)
    store.add(index_batch(documents(), HEADER))
    assert store.stats().documents == acknowledged + 30
    store.close()


def test_a_folder_that_may_not_be_written_to_can_be_read(disk: Path) -> None:
    store = SqliteStore(str(disk / "an.index"), HEADER, write=True)
    store.add(index_batch(documents(), HEADER, added=0))
    before = findings_of(store, queries())
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    store = SqliteStore(str(disk / "an.index"))
    assert findings_of(store, queries()) == before
    store.close()
    with pytest.raises(InputError, match=r"read-only|cannot be opened"):
        SqliteStore(str(disk / "an.index"), write=True).add(index_batch(documents(3), HEADER))
    with pytest.raises(InputError, match=r"read-only|cannot be opened"):
        SqliteStore(str(disk / "new.index"), HEADER, write=True)


FULL = "the disk is full; make room, or name a place on another one"


def test_a_full_disk_is_a_sentence_and_leaves_nothing_half_written(disk: Path, tmp_path: Path) -> None:
    source = tmp_path / "large.jsonl"
    records = (f"{TWICE}\n{own(number)}" for number in range(30_000))
    source.write_text(
        "".join(json.dumps({"id": str(number), "text": text}) + "\n" for number, text in enumerate(records))
    )
    assert source.stat().st_size > 3 << 20
    done = run("clean", source, "-o", disk / "out.jsonl", "-q")
    assert (done.returncode, done.stderr.decode()) == (2, f"error: {disk / 'out.jsonl'}: {FULL}\n")
    done = run("corpus", source, "-o", disk / "OUT", "--jobs", "1")
    assert (done.returncode, done.stderr.decode()) == (2, f"error: {disk / 'OUT'}: {FULL}\n")
    assert not [one for one in disk.glob("OUT/documents/*") if not one.name.startswith(".")]
    assert run("clean", source, "-o", tmp_path / "out.jsonl", "--removed", disk / "removed.jsonl").returncode == 2
    assert (disk / "removed.jsonl").read_bytes() == b""
    assert (tmp_path / "out.jsonl").stat().st_size < source.stat().st_size


def test_a_disk_that_is_read_only_is_a_sentence(disk: Path) -> None:
    (disk / "a.txt").write_text(TWICE)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    done = run("clean", disk / "a.txt", "-o", disk / "b.txt", "-q")
    sentence = "its disk is read-only; name a place on another one"
    assert (done.returncode, done.stderr.decode()) == (2, f"error: {disk / 'b.txt'}: {sentence}\n")
