"""README tells the truth."""

import re
from pathlib import Path

import dedupe

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
