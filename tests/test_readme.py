"""README tells the truth."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import dedupe
from tests.cases import cases

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_program_in_the_readme_runs() -> None:
    for program in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(compile(program.replace('"fixtures', f'"{ROOT}/fixtures'), "README.md", "exec"), {})


def test_the_article_comes_out_as_the_readme_says() -> None:
    text = (ROOT / "fixtures/articles/ferry.txt").read_text()
    gone = {finding.lines[0] for finding in dedupe.check(text).findings if finding.action == "remove"}
    kept = [number for number, line in enumerate(text.splitlines(), 1) if line and number not in gone]
    said = re.search(r"After: lines ([\d, and]+)\.", README)
    assert said
    assert [int(number) for number in re.findall(r"\d+", said.group(1))] == kept


def test_the_generated_pages_are_up_to_date() -> None:
    for script, page, function in (("make_options", "options", "table"), ("make_judgement", "judgement", "page")):
        made = runpy.run_path(str(ROOT / f"docs/{script}.py"))[function]()
        assert (ROOT / f"docs/{page}.md").read_text("utf-8") == made, f"run python docs/{script}.py"


def test_the_figures_on_the_labelled_cases_are_those_measured() -> None:
    hits = misses = wrong = damaged = negative = known = 0
    for case in cases():
        gone = {
            line
            for finding in dedupe.check(case.text).findings
            if finding.action == "remove"
            for line in range(finding.lines[0], finding.lines[1] + 1)
        }
        rows = case.text.split("\n")
        bad = {line for line in gone if case.marks[line - 1] in "=!" and rows[line - 1].strip()}
        wanted = {line for line, mark in enumerate(case.marks, 1) if mark == "-"}
        hits, misses, wrong = hits + len(gone & wanted), misses + len(wanted - gone), wrong + len(bad)
        negative += case.negative
        damaged += case.negative and bool(bad)
        known += "known-failure" in case.headers
    said = " ".join(README.split())
    precision, recall = f"{hits / (hits + wrong):.2f}"[1:], f"{hits / (hits + misses):.2f}"[1:]
    assert f"precision {precision}, recall {recall}; {damaged} of {negative} texts" in said
    assert f"the {known} it gets wrong" in said
    assert f"the {len(cases())} labelled texts" in said
    assert f"{len({case.headers['language'] for case in cases()})} languages" in said


def test_the_table_of_planted_repeats_is_what_the_benchmark_prints() -> None:
    script = ROOT / "benchmarks/quality.py"
    done = subprocess.run(
        [sys.executable, str(script), "--markdown"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in README, "run python benchmarks/quality.py --markdown"


def test_the_finding_in_the_readme_is_what_check_prints() -> None:
    shown = re.search(r"```text\n(remove contained.*?)```", README, re.DOTALL)
    assert shown
    command = [sys.executable, "-m", "dedupe", "check", "fixtures/articles/ferry.txt"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.group(1).strip() in done.stdout
