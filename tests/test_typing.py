"""Type checkers see the public names as users do: a right program passes, and each slip of a wrong one is found."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.typed import right

ROOT = Path(__file__).parent.parent
TYPED = ROOT / "tests/typed"
WRONG = [number for number, line in enumerate((TYPED / "wrong.py").read_text().splitlines(), 1) if "# wrong" in line]


def test_the_program_of_a_user_runs(tmp_path: Path) -> None:
    right.main(tmp_path)


@pytest.mark.slow
def test_mypy_finds_each_slip_of_a_user_and_nothing_else(tmp_path: Path) -> None:
    """With no settings but --strict, outside the repository."""
    shutil.copy(TYPED / "right.py", tmp_path)
    text = (TYPED / "wrong.py").read_text("utf-8")
    (tmp_path / "wrong.py").write_text(text.replace("# type: ignore", "#", 1), "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache")]
    done = subprocess.run(
        [*command, "--follow-imports=silent", "right.py", "wrong.py"],
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(\w+)\.py:(\d+): error", done.stdout, re.MULTILINE)
    assert {name for name, _ in found} == {"wrong"}, done.stdout + done.stderr
    assert sorted({int(line) for _, line in found}) == WRONG, done.stdout
