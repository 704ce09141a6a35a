"""The house: imports go down, starting is cheap, linters and types are satisfied."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dedupe"

LAYERS = [
    {"arrays", "bounds", "errors", "model", "places"},
    {"compression", "delta", "failures", "options", "paragraphs", "processes", "tally", "words"},
    {"letters", "patterns", "quoting"},
    {"shingles"},
    {"minhash", "similarity"},
    {"index"},
    {"store"},
    {"matching", "sightings"},
    {"cleaning"},
    {"judge"},
    {"across"},
    {"remembering"},
    {"deduper"},
    {"decisions"},
    {"formats", "output", "files"},
    {"batches", "walking", "replacing"},
    {"corpus", "config", "integrations", "baseline", "training", "tuning"},
    {"undo"},
    {"cli"},
]


def layer(module: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if module in names)


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "dedupe":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return found


def test_imports_only_go_down() -> None:
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if module in ("__init__", "__main__"):
            continue
        for other in imports(path) - {module, "__version__"}:
            assert layer(other) < layer(module), f"{path} imports {other}"


def test_no_file_is_long() -> None:
    long = {path.name: lines for path in PACKAGE.rglob("*.py") if (lines := len(path.read_text().splitlines())) > 400}
    assert long == {}
    paths = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    assert {path.name for path in paths if len(path.read_text("utf-8").splitlines()) > 500} == set()


def loaded(*program: str) -> set[str]:
    run = subprocess.run([sys.executable, "-X", "importtime", *program], capture_output=True, text=True, check=False)
    return {match.group(1) for match in re.finditer(r"\|\s+([\w.]+)$", run.stderr, re.MULTILINE)}


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert not {"typer", "rich", "pydantic", "scipy", "datasketch"} & loaded("-c", "import dedupe")


def test_help_loads_no_numpy() -> None:
    assert "numpy" not in loaded("-m", "dedupe", "--help")


def test_checking_an_article_loads_neither_scipy_nor_datasketch() -> None:
    article = ROOT / "fixtures/articles/ferry.txt"
    modules = loaded("-m", "dedupe", "check", str(article))
    assert "numpy" in modules
    assert not {"scipy", "datasketch"} & modules


LINTERS = [["ruff", "check", "."], ["ruff", "format", "--check", "."]]


@pytest.mark.parametrize("command", [*LINTERS, pytest.param(["mypy"], marks=pytest.mark.slow)])
def test_linters_and_types_are_satisfied(command: list[str]) -> None:
    run = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
