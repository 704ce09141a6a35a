"""The programs in README run, and what is generated into it and the docs is up to date."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import run

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_program_in_the_readme_runs() -> None:
    for program in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(program.replace('"fixtures', f'"{ROOT}/fixtures'), "README.md", "exec"), {})


def test_the_generated_pages_are_up_to_date() -> None:
    pages = (
        ("make_options", "options", "table"),
        ("make_judgement", "judgement", "page"),
        ("make_json", "json", "page"),
    )
    for script, page, function in pages:
        made = runpy.run_path(str(ROOT / f"docs/{script}.py"))[function]()
        assert (ROOT / f"docs/{page}.md").read_text("utf-8") == made, f"run python docs/{script}.py"


@pytest.mark.slow
def test_the_tables_of_quality_are_what_the_benchmark_prints() -> None:
    script = ROOT / "benchmarks/quality.py"
    done = subprocess.run(
        [sys.executable, str(script), "--markdown"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for table in done.stdout.strip().split("\n\n"):
        assert table in (ROOT / "docs/quality.md").read_text("utf-8"), "run python benchmarks/quality.py --markdown"


def test_the_finding_in_the_readme_is_what_check_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.search(r"```text\n(remove contained.*?)```", README, re.DOTALL)
    assert shown
    monkeypatch.chdir(ROOT)
    assert shown.group(1).strip() in run("check", "fixtures/articles/ferry.txt").stdout.decode()
