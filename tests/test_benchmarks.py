"""The measurement of corpora finds what it plants."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import ROOT
from tests.commands import run


def printed(*arguments: object) -> str:
    command = [sys.executable, "benchmarks/corpus.py", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_recall_and_precision_are_measured_on_what_was_planted(tmp_path: Path) -> None:
    corpus, out = tmp_path / "in.jsonl", tmp_path / "out"
    assert printed("generate", corpus, 0.5) == ""
    count = (tmp_path / "in.jsonl.planted").read_text().count("\n")
    assert run("corpus", corpus, "-o", out, "--id", "id", "--date", "date").returncode == 0
    recall, precision = printed("recall", corpus, out).splitlines()
    assert recall.endswith("= 1.0000")
    assert precision.endswith("= 1.0000")
    assert 0 < int(recall.split()[3]) <= count


@pytest.mark.slow
def test_shared_paragraphs_and_proposed_pairs_are_measured(tmp_path: Path) -> None:
    assert printed("skew", 30).splitlines()[2].startswith("| 30 | ")
    corpus = tmp_path / "in.jsonl"
    printed("generate", corpus, 0.1)
    assert "at most with it" in printed("buckets", corpus, "--documents", 1e6)


def test_there_is_a_program_for_each_thing_that_is_measured() -> None:
    names = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if not path.stem.startswith("_")}
    assert names == {"corpus", "index", "quality", "reviews", "speed"}


@pytest.mark.parametrize("part", ["speed.py growth", "speed.py pages", "speed.py generate", "quality.py mutations"])
def test_a_part_of_a_program_has_options_of_its_own(part: str) -> None:
    program, name = part.split()
    command = [sys.executable, f"benchmarks/{program}", name, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {part} ")
