"""A diff is a patch."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import SAID
from tests.commands import run

NAMES = ["a.txt", "two words.txt", 'odd"\\name.txt', "é.txt"]


@pytest.mark.parametrize("tool", [["patch", "-s", "-p0"], ["git", "apply", "-p0"]], ids=["patch", "git"])
@pytest.mark.parametrize("name", NAMES)
def test_a_patch_applies_whatever_ends_the_lines(tmp_path: Path, tool: list[str], name: str) -> None:
    other = "Residents said that they had been told nothing, and that the old one fell."
    path = tmp_path / name
    for text in (
        f"{SAID}\n\n{other}\n\n{SAID}\n",
        f"{SAID}\n\n{other}\n\n{SAID}",
        f"{SAID}\r\n\r\n{other}\r\n\r\n{SAID}\r\n",
        f"one\x0ctwo\x0b\n{SAID}\n\n{other}\x1cthree\u2028four\x85\n\n{SAID}\n",
        f"{SAID}\r\r{other}\r\r{SAID}\r",
    ):
        before = text.encode()
        path.write_bytes(before)
        cleaned = run("clean", path).stdout
        assert cleaned != before
        done = subprocess.run(
            [sys.executable, "-m", "dedupe", "clean", "--diff", name], cwd=tmp_path, capture_output=True, check=False
        )
        assert done.returncode == 1
        flags = ["--binary"] if tool[0] == "patch" else []
        applied = subprocess.run([*tool, *flags], cwd=tmp_path, input=done.stdout, capture_output=True, check=False)
        assert applied.returncode == 0, (text, applied, done.stdout)
        assert path.read_bytes() == cleaned
