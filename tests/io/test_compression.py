"""Compressed files, in and out."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from dedupe.errors import InputError
from dedupe.io.compression import COMPRESSIONS, Compression, decompressed
from tests.cli.test_cli import SAID, TWICE
from tests.commands import run

LINE = json.dumps({"text": TWICE}).encode() + b"\n"
CLEAN = json.dumps({"text": f"{SAID}\n"}).encode() + b"\n"

each = pytest.mark.parametrize("compression", COMPRESSIONS, ids=lambda one: one.name)


def packed(compression: Compression, data: bytes) -> bytes:
    out = BytesIO()
    with compression.writer(out) as writer:
        writer.write(data)
    return out.getvalue()


def unpacked(data: bytes, name: str = "x") -> tuple[bytes, Compression | None]:
    stream, compression = decompressed(BytesIO(data), name)
    return stream.read(), compression


@each
def test_what_is_compressed_comes_out_compressed(tmp_path: Path, compression: Compression) -> None:
    path = tmp_path / f"x.jsonl{compression.suffix}"
    before = packed(compression, LINE) + packed(compression, LINE)  # as cat makes of two
    path.write_bytes(before)
    assert run("clean", "-", "--format", "json-lines", stdin=before).stdout == CLEAN * 2
    assert run("clean", path).stdout == CLEAN * 2
    assert run("clean", tmp_path, "-o", tmp_path / ".out").returncode == 0
    assert unpacked((tmp_path / ".out" / path.name).read_bytes()) == (CLEAN * 2, compression)
    assert run("clean", path, "-o", tmp_path / "plain.jsonl").returncode == 0
    assert (tmp_path / "plain.jsonl").read_bytes() == CLEAN * 2
    assert run("clean", "--in-place", path).returncode == 0
    assert unpacked(path.read_bytes()) == (CLEAN * 2, compression)
    assert run("undo", path).returncode == 0
    assert path.read_bytes() == before


@each
def test_content_tells_and_a_name_that_says_otherwise_is_an_error(tmp_path: Path, compression: Compression) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(packed(compression, TWICE.encode()))
    assert run("clean", path).stdout == f"{SAID}\n".encode()
    with pytest.raises(InputError, match="its content is something else"):
        decompressed(BytesIO(b"only text"), f"x{compression.suffix}")
    assert unpacked(b"BZh9 is a text")[1] is None


@each
def test_a_file_cut_short_anywhere_or_damaged_is_one_sentence(tmp_path: Path, compression: Compression) -> None:
    whole = packed(compression, LINE * 50)
    for length in range(1, len(whole)):
        with pytest.raises(InputError):
            unpacked(whole[:length], f"x{compression.suffix}")
    path = tmp_path / f"x.jsonl{compression.suffix}"
    path.write_bytes(whole[: len(whole) // 2] + b"\xff" * 8 + whole[len(whole) // 2 + 8 :])
    before = path.read_bytes()
    done = run("clean", "-q", "--in-place", path)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1, done.stderr
    assert path.read_bytes() == before


BOMB = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, 1_500_000_000))
from dedupe.cli import main
main()
"""


@pytest.mark.slow
@each
def test_a_decompression_bomb_is_bounded(tmp_path: Path, compression: Compression) -> None:
    path = tmp_path / f"x.jsonl{compression.suffix}"
    with path.open("wb") as out, compression.writer(out) as writer:
        for _ in range(70):
            writer.write(b"a" * (1 << 20))
    done = subprocess.run([sys.executable, "-c", BOMB, "check", str(path)], capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"larger than" in done.stderr
