"""What clean takes out in place, undo puts back."""

import bz2
import gzip
import json
import lzma
import os
import random
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.io._undo_records import CHUNK_BYTES, Delta, common_prefix, restored_pieces
from tests.cli.test_cli import SAID, TWICE
from tests.commands import run


def tree(top: Path, count: int) -> None:
    """Make a tree of files of many kinds, some with repeats, with modes and times of their own."""
    draw = random.Random(7)
    lines = "".join(json.dumps({"n": n, "text": TWICE.replace("committee", f"party {n}")}) + "\n" for n in range(20))
    pack: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
    for number in range(count):
        folder = top / f"{number % 7}" / f"{number % 3}"
        folder.mkdir(parents=True, exist_ok=True)
        text = f"Number {number}.\n\n{TWICE}" if number % 5 else f"Number {number}.\n\n{SAID}\n"
        text = text.replace("\n", draw.choice(["\n", "\r\n"]))
        kind = draw.choice(["txt", "utf-16", "bom", "jsonl", "packed", "odd"])
        if kind == "jsonl":
            path, data = folder / f"{number}.jsonl", lines.encode()
        elif kind == "packed":
            ending = draw.choice(sorted(pack))
            path, data = folder / f"{number}.jsonl{ending}", pack[ending](lines.encode())
        else:
            name = f"{number} a\nb\x1b[2J\udcff.txt" if kind == "odd" else f"{number}.txt"
            path = folder / name
            data = text.encode("utf-16" if kind == "utf-16" else "utf-8-sig" if kind == "bom" else "utf-8")
        path.write_bytes(data)
        path.chmod(draw.choice([0o644, 0o600, 0o755, 0o444]))
        os.utime(path, ns=(1_500_000_000_123_456_789 + number, 1_400_000_000_987_654_321 + number))


def snapshot(top: Path) -> dict[Path, tuple[bytes, int, int, int]]:
    found = {}
    for path in sorted(top.rglob("*")):
        if path.is_file() and ".dedupe" not in path.parts:
            status = path.stat()
            found[path] = (b"", status.st_mode, status.st_atime_ns, status.st_mtime_ns)
    return {path: (path.read_bytes(), *rest) for path, (_, *rest) in found.items()}  # type: ignore[misc]


@pytest.mark.slow
def test_a_tree_cleaned_in_place_and_restored_is_what_it_was(tmp_path: Path) -> None:
    top = tmp_path / "tree"
    tree(top, 200)
    before = snapshot(top)
    for path, (_, _, *times) in before.items():
        os.utime(path, ns=(times[0], times[1]))  # taking the snapshot read them
    done = run("clean", "-q", "--in-place", top)
    assert (done.returncode, done.stderr) == (0, b"")
    after = snapshot(top)
    changed = {path for path in before if before[path][0] != after[path][0]}
    assert len(changed) > 100
    assert all(before[path][1::2] == after[path][1::2] for path in set(before) - changed)
    assert {path: one[1] for path, one in before.items()} == {path: one[1] for path, one in after.items()}
    assert run("clean", "--in-place", top).returncode == 0
    done = run("undo", "-q", top)
    assert (done.returncode, done.stderr) == (0, b"")
    restored = snapshot(top)
    assert {path: (one[0], one[1], one[3]) for path, one in restored.items()} == {
        path: (one[0], one[1], one[3]) for path, one in before.items()
    }
    assert [path for path in changed if restored[path][2] != before[path][2]] == []
    assert not list(top.rglob("*.partial"))


def records(top: Path) -> list[Path]:
    return sorted((top / ".dedupe/undo").rglob("*.json"))


@pytest.fixture
def cleaned(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    assert run("clean", "--in-place", path).returncode == 0
    assert path.read_text() == f"{SAID}\n"
    return path


def test_undo_goes_back_step_by_step_and_then_says_that_there_is_nothing_left(cleaned: Path) -> None:
    cleaned.write_text(f"{TWICE}\nMore, written later by hand, and it is long enough to be a paragraph.\n")
    assert run("undo", cleaned).returncode == 2
    edited = cleaned.read_bytes()
    assert run("clean", "--in-place", cleaned).returncode == 0
    assert len(records(cleaned.parent)) == 2
    assert run("undo", cleaned).returncode == 0
    assert cleaned.read_bytes() == edited
    done = run("undo", cleaned)
    assert done.returncode == 2
    assert b"changed since it was cleaned" in done.stderr
    cleaned.write_text(f"{SAID}\n")
    assert run("undo", cleaned).returncode == 0
    assert cleaned.read_text() == TWICE
    assert run("undo", cleaned).returncode == 2
    assert records(cleaned.parent) == []


def test_only_so_many_changes_are_kept_and_none_if_none_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for number in range(4):
        path.write_text(f"{number}\n\n{TWICE}")
        assert run("clean", "--in-place", path, "--undo-keep", "2").returncode == 0
    assert [one.name for one in records(tmp_path)] == ["000003.json", "000004.json"]
    assert run("undo", path).returncode == 0
    assert path.read_text() == f"3\n\n{TWICE}"
    other = tmp_path / "deep/b.txt"
    other.parent.mkdir()
    other.write_text(TWICE)
    assert run("clean", "--in-place", other, "--undo-keep", "0").returncode == 0
    assert not (tmp_path / "deep/.dedupe").exists()


def test_records_may_be_kept_elsewhere(tmp_path: Path) -> None:
    path, place = tmp_path / "in/a.txt", tmp_path / "records"
    path.parent.mkdir()
    path.write_text(TWICE)
    assert run("clean", "--in-place", path, "--undo-dir", place).returncode == 0
    assert [one.name for one in path.parent.iterdir()] == ["a.txt"]
    assert run("undo", path).returncode == 2
    assert run("undo", path, "--undo-dir", place).returncode == 0
    assert path.read_text() == TWICE


def test_a_file_is_found_from_its_folder_and_after_the_tree_moved(tmp_path: Path) -> None:
    path = tmp_path / "tree/deep/er/a.txt"
    path.parent.mkdir(parents=True)
    path.write_text(TWICE)
    assert run("clean", "--in-place", tmp_path / "tree").returncode == 0
    (tmp_path / "tree").rename(tmp_path / "moved")
    path = tmp_path / "moved/deep/er/a.txt"
    assert run("undo", path).returncode == 0
    assert path.read_text() == TWICE


def test_what_is_in_a_record_is_for_nobody_else_to_read_nor_to_be_committed(cleaned: Path) -> None:
    (record,) = records(cleaned.parent)
    assert [place.stat().st_mode & 0o77 for place in (record, record.parent, record.parent.parent)] == [0, 0, 0]
    subprocess.run(["git", "init", "-q"], cwd=cleaned.parent, check=True)
    shown = subprocess.run(["git", "status", "--porcelain"], cwd=cleaned.parent, capture_output=True, check=True)
    assert shown.stdout == b"?? a.txt\n"


DAMAGE = {
    "json": b"{",
    "shape": b"[]",
    "deep": b"[" * 60_000,
    "large": b" " * 70_000,
    "hash": b'{"schema": 1, "before": {"sha256": 7, "size": 1}, "after": {}, "mode": 1, "times": [1, 1]}',
    "pickle": b"cos\nsystem\n(S'touch owned'\ntR.",
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_a_damaged_record_is_a_sentence_and_changes_nothing(cleaned: Path, name: str) -> None:
    (record,) = records(cleaned.parent)
    record.write_bytes(DAMAGE[name])
    before = cleaned.read_bytes()
    done = run("undo", "-q", cleaned)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"is damaged" in done.stderr
    assert cleaned.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [b"", b"x", gzip.compress(b"\xff" * 24), gzip.compress(b"\0" * (64 << 20))],
    ids=["nothing", "a byte", "ones", "64 MB of zeros"],
)
def test_a_damaged_or_malicious_delta_is_a_sentence_and_changes_nothing(cleaned: Path, damage: bytes) -> None:
    (record,) = records(cleaned.parent)
    record.with_suffix(".delta").write_bytes(damage)
    before = cleaned.read_bytes()
    done = run("undo", "-q", cleaned)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"is damaged" in done.stderr
    assert cleaned.read_bytes() == before
    assert not list(cleaned.parent.glob(".dedupe-*"))


def test_a_record_cannot_name_another_file_nor_give_rights_beyond_the_usual(cleaned: Path) -> None:
    (record,) = records(cleaned.parent)
    victim = cleaned.parent / "victim.txt"
    victim.write_text("mine")
    content = json.loads(record.read_bytes())
    record.write_text(json.dumps({**content, "mode": 0o6755, "file": str(victim), "path": "../../victim.txt"}))
    assert run("undo", cleaned).returncode == 0
    assert victim.read_text() == "mine"
    assert cleaned.stat().st_mode & 0o7777 == 0o755


def test_a_link_in_the_place_of_the_records_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = tmp_path / "tree/a.txt"
    path.parent.mkdir()
    path.write_text(TWICE)
    (path.parent / ".dedupe").symlink_to(elsewhere)
    done = run("clean", "-q", "--in-place", path)
    assert done.returncode == 2
    assert b"is a symbolic link" in done.stderr
    assert path.read_text() == TWICE
    assert list(elsewhere.iterdir()) == []


def test_a_record_that_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    (tmp_path / ".dedupe").write_text("in the way")
    done = run("clean", "-q", "--in-place", path)
    assert done.returncode == 2
    assert b"--undo-dir" in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert path.read_text() == TWICE
    assert run("clean", "--in-place", path, "--undo-keep", "0").returncode == 0


def test_nothing_to_undo_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(SAID)
    for named in (path, tmp_path, tmp_path / "missing.txt"):
        done = run("undo", "-q", named)
        assert done.returncode == 2
        assert done.stderr.count(b"\n") == 1
    assert run("undo", "-").returncode == 2


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_what_two_strings_have_in_common_is_counted(one: bytes, other: bytes) -> None:
    same = common_prefix(one, other)
    assert one[:same] == other[:same]
    assert one[same : same + 1] != other[same : same + 1] or same == len(one) == len(other)
    assert common_prefix(one + other, one) == len(one)


_piece = st.binary(max_size=6)


@given(st.lists(st.tuples(_piece, _piece) | _piece.map(lambda piece: (piece, piece)), max_size=8))
def test_a_delta_turns_the_later_version_into_the_earlier(pieces: list[tuple[bytes, bytes]]) -> None:
    before, after = (b"".join(pair[number] for pair in pieces) for number in (0, 1))
    noted, whole = BytesIO(), BytesIO()
    delta = Delta(noted)
    for old, new in pieces:
        if old is new:
            delta.keep(len(old))
        else:
            delta.change(old, new)
    delta.close()
    delta = Delta(whole)
    delta.replace_all(BytesIO(before), len(after))
    delta.close()
    for stream in (noted, whole):
        stream.seek(0)
        assert b"".join(restored_pieces(stream, BytesIO(after))) == before


def test_a_large_file_is_kept_whole_in_pieces() -> None:
    before, after = random.Random(3).randbytes(2 * CHUNK_BYTES + 17), b"other"
    out = BytesIO()
    delta = Delta(out)
    delta.replace_all(BytesIO(before), len(after))
    delta.close()
    out.seek(0)
    pieces = list(restored_pieces(out, BytesIO(after)))
    assert b"".join(pieces) == before
    assert max(map(len, pieces)) <= CHUNK_BYTES


def test_a_record_of_lines_is_much_smaller_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "crawl.jsonl"
    draw = random.Random(5)
    lines = [
        json.dumps({"text": f"{draw.randbytes(400).hex()}\n\n{SAID if number % 50 else TWICE}"})
        for number in range(500)
    ]
    path.write_text("\n".join(lines) + "\n")
    before = path.read_bytes()
    assert run("clean", "--in-place", path).returncode == 0
    (record,) = records(tmp_path)
    assert record.with_suffix(".delta").stat().st_size < len(before) / 100
    assert run("undo", path).returncode == 0
    assert path.read_bytes() == before


def test_a_file_that_was_renamed_is_put_back_by_its_new_name(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (top / "below").mkdir()
    for name in ("stays.txt", "moves.txt", "copied.txt"):
        (top / name).write_text(f"Of {name}.\n\n{TWICE}")
    assert run("clean", top, "--in-place").returncode == 0
    (top / "moves.txt").rename(top / "below/moved.txt")
    (top / "copy.txt").write_bytes((top / "copied.txt").read_bytes())
    done = run("undo", top / "copy.txt")  # the record is that of a file which is still there
    assert (done.returncode, b"has no change left to undo" in done.stderr) == (2, True)
    done = run("undo", top)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"error: {top}: 1 file that was cleaned is not in this folder by the old name; undo a file that was renamed by "
        "naming it\n2 files put back, 1 failed\n"
    )
    assert (top / "copied.txt").read_text() == f"Of copied.txt.\n\n{TWICE}"
    done = run("undo", top / "below/moved.txt")
    assert (done.returncode, done.stderr) == (0, b"1 file put back, 0 failed\n")
    assert (top / "below/moved.txt").read_text() == f"Of moves.txt.\n\n{TWICE}"
    assert b"no file in this folder has a change left" in run("undo", top).stderr


def test_what_to_do_about_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TWICE)
    run("clean", path, "--in-place")
    cleaned = path.read_bytes()
    path.unlink()
    done = run("undo", path)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(
        f"error: {path}: was cleaned here and is gone, and its record holds only what was removed; bring the file "
        "back, or name it as it is called now, then undo\n"
    )
    path.write_bytes(cleaned)
    assert run("undo", path).returncode == 0
    assert path.read_text() == TWICE


def test_no_file_is_missed_behind_a_link(tmp_path: Path) -> None:
    top, other = tmp_path / "top", tmp_path / "other"
    for folder in (top, other):
        folder.mkdir()
        (folder / "a.txt").write_text(f"Of {folder.name}.\n\n{TWICE}")
    (top / "link").symlink_to(other)
    (top / "round").symlink_to(top)
    assert run("clean", top, "--in-place", "--follow").returncode == 0
    done = run("undo", top)
    assert (done.returncode, done.stderr.splitlines()[1:]) == (0, [b"1 file put back, 0 failed"])
    assert run("undo", top, "--follow").returncode == 0
    assert (other / "a.txt").read_text() == f"Of other.\n\n{TWICE}"
