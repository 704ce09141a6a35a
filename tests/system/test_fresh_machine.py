"""The README's first command in an empty directory and a new environment."""

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_first_command_of_the_readme_cleans_the_article(tmp_path: Path) -> None:
    command = next(line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("python3 -m venv"))
    assert re.search(r"dedupe clean fixtures/articles/ferry\.txt$", command)
    copy = tmp_path / "copy"
    hidden = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, copy, ignore=hidden)
    done = subprocess.run(["bash", "-c", command], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Night Ferry Returns") == 1
    assert done.stdout.endswith("a second ship will follow in the spring.\n")
    dedupe = copy / ".venv/bin/dedupe"
    report = [str(dedupe), "check", "fixtures/articles/ferry.txt", "--report", str(tmp_path / "report.html")]
    environment = {"PATH": "/usr/bin:/bin"}
    assert subprocess.run(report, cwd=copy, capture_output=True, check=False, env=environment).returncode == 1
    assert "Content-Security-Policy" in (tmp_path / "report.html").read_text("utf-8")  # style and program came along
    explained = subprocess.run(
        [str(dedupe), "explain", "variant"], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
    )
    assert "[variant]" in explained.stdout  # and so did the examples
    (installed,) = copy.glob(".venv/lib/python3*/site-packages/dedupe")
    assert contents(installed) == contents(copy / "dedupe")  # and everything else, the scripts for Redis among it


def contents(package: Path) -> set[str]:
    """Return the files of a package but those that Python makes."""
    return {str(path.relative_to(package)) for path in package.rglob("*.*") if "__pycache__" not in path.parts}
