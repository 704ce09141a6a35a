"""The house: imports go down, starting is cheap, linters and types are satisfied."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dedupe.model import KINDS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dedupe"

LAYERS = [
<<<<<<< HEAD
    {"arrays", "bounds", "errors", "model", "places"},
    {"atomic", "compression", "delta", "failures", "options", "paragraphs", "processes", "tally", "words"},
=======
    {"arrays", "bounds", "character_table", "errors", "model", "places", "score"},
    {"compression", "delta", "failures", "options", "paragraphs", "processes", "tally", "words"},
>>>>>>> r-ways
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
<<<<<<< HEAD
    {"batches", "walking", "replacing", "undo_records"},
=======
    {"batches", "walking", "replacing"},
>>>>>>> r-ways
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
<<<<<<< HEAD
=======


def test_one_function_names_the_kinds_of_repeats() -> None:
    """No other one chooses between them; the names of relations, some of which are the same, are in `relations`."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name in ("kinds.py", "relations.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            chosen = [node.body, node.orelse] if isinstance(node, ast.IfExp) else []
            chosen += [node.value] if isinstance(node, ast.Return) else []
            found += [f"{path}:{one.lineno}" for one in chosen if isinstance(one, ast.Constant) and one.value in KINDS]
    assert found == []


def test_one_function_says_line_and_one_puts_numbers_of_lines_together() -> None:
    """In `places`; failures tell lines of the program."""
    pattern = re.compile(r"\blines? \{|\{\w*first_line\}|lines\[[01]\]\}")
    found = [
        f"{path}: {row.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name not in ("places.py", "failures.py")
        for row in path.read_text().splitlines()
        if pattern.search(row)
    ]
    assert found == []
>>>>>>> r-ways


def test_no_file_is_long() -> None:
    long = {path.name: lines for path in PACKAGE.rglob("*.py") if (lines := len(path.read_text().splitlines())) > 400}
    assert long == {}


RENAMING = {"os": {"replace", "rename", "renames", "link", "fsync", "fdatasync", "sync"}, "shutil": {"move"}}
RENAMING["tempfile"] = {"NamedTemporaryFile", "mkstemp", "mktemp"}


def renamings(path: Path) -> set[str]:
    """Return what a source calls, or imports, that gives a file its name or brings it to the disk."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in RENAMING:
            found |= {alias.name for alias in node.names} & RENAMING[node.module]
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found |= {node.attr} & RENAMING.get(node.value.id, set())
        match node:
            case ast.Call(func=ast.Attribute(attr="rename" | "replace" as name), args=[_]):  # of a text it takes two
                found.add(name)
    return found


def test_files_get_their_names_in_one_place() -> None:
    places = {path: found for path in PACKAGE.rglob("*.py") if (found := renamings(path))}
    assert set(places) == {PACKAGE / "atomic.py"}
    assert {"replace", "fsync", "mkstemp"} <= places[PACKAGE / "atomic.py"]


def loaded(*program: str) -> set[str]:
    run = subprocess.run([sys.executable, "-X", "importtime", *program], capture_output=True, text=True, check=False)
    return {match.group(1) for match in re.finditer(r"\|\s+([\w.]+)$", run.stderr, re.MULTILINE)}


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert not {"typer", "rich", "pydantic", "scipy", "datasketch"} & loaded("-c", "import dedupe")


IMPORTING = """
import gc, importlib, logging, os, pkgutil, signal, sys, threading, warnings
import numpy, scrapy  # what they change is theirs

def state():
    return {
        "environment": dict(os.environ),
        "collector": (gc.isenabled(), gc.get_threshold()),
        "limits": (sys.getrecursionlimit(), sys.get_int_max_str_digits(), sys.getswitchinterval()),
        "signals": {one: signal.getsignal(one) for one in signal.valid_signals()},
        "hooks": (sys.excepthook, threading.excepthook, sys.stdout, sys.stderr),
        "warnings": list(warnings.filters),
        "log": (logging.root.level, list(logging.root.handlers)),
        "threads": threading.active_count(),
        "arithmetic": numpy.geterr(),
    }

before = state()
import dedupe
names = [one.name for one in pkgutil.walk_packages(dedupe.__path__, "dedupe.") if not one.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
after = state()
assert len(names) > 100
print([name for name in before if before[name] != after[name]])
"""


def test_importing_any_module_changes_nothing_in_the_process() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=False)
    assert run.stdout == "[]\n", run.stderr


def test_help_loads_no_numpy() -> None:
    assert "numpy" not in loaded("-m", "dedupe", "--help")


def test_checking_an_article_loads_neither_scipy_nor_datasketch() -> None:
    article = ROOT / "fixtures/articles/ferry.txt"
    modules = loaded("-m", "dedupe", "check", str(article))
    assert "numpy" in modules
    assert not {"scipy", "datasketch"} & modules


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]])
def test_linters_and_types_are_satisfied(command: list[str]) -> None:
    run = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
