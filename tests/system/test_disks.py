"""An index on disks that are full or may not be written to: small file systems of the test's own (needs root)."""

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
