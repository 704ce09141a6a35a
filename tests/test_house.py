"""The house: imports go down, starting is cheap, linters and types are satisfied."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from functools import cache
from pathlib import Path

import pytest

import dedupe
from dedupe.model import KINDS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "dedupe"

LEVELS = [
    {
        *("model", "errors", "options", "_arrays", "_atomic", "_concurrency", "_documents", "_failures", "_payloads"),
        *("_places", "_properties", "_score", "_tally"),
    },
    {"text"},
    {"matching"},
    {"judge"},
    {"index", "io"},
    {"across"},
    {"deduper", "lists"},
    {"corpus", "pipeline", "review", "training"},
    {"integrations", "reporters"},
    {"cli"},
]
"""The packages, from what everything rests on to the command. A package imports from levels below its own only."""

ENTRIES = {
    "corpus.in_memory",
    "index.memory",
    "index.redis",
    "index.sqlite",
    "matching.datasketch",
    "matching.proposer",
}
"""Modules that are named in the documentation, though no other package imports them."""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"}


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file, parsed once for all tests."""
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> set[str]:
    """Return the modules of this project that a file imports, without `dedupe.` in front."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "dedupe":
            module = node.module.removeprefix("dedupe").removeprefix(".")
            for alias in node.names:
                inner = f"{module}.{alias.name}".removeprefix(".")
                found.add(inner if inner in MODULES else module)
    return found - {""}


IMPORTS = {module: imports(path) for module, path in MODULES.items()}


def level(module: str) -> int:
    return next(number for number, names in enumerate(LEVELS) if module.split(".")[0] in names)


def test_every_package_has_a_level() -> None:
    assert {module.split(".")[0] for module in MODULES} - {"__main__"} == set().union(*LEVELS)


def test_imports_only_go_down() -> None:
    for module in set(MODULES) - {"__main__"}:
        for other in IMPORTS[module]:
            if other.split(".")[0] != module.split(".")[0] and level(module):
                assert level(other) < level(module), f"{module} imports {other}"
            assert level(other) <= level(module), f"{module} imports {other}"


def test_no_modules_import_one_another_in_a_circle() -> None:
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join((*path, module))
        if module not in done:
            for other in sorted(IMPORTS[module] - {module}):
                visit(other, (*path, module))
            done.add(module)

    for module in MODULES:
        visit(module, ())


def test_private_modules_are_used_inside_their_package_only() -> None:
    for module, others in IMPORTS.items():
        for other in others:
            package, _, name = other.rpartition(".")
            if name.startswith("_") and package:
                assert module == package or module.startswith(f"{package}."), f"{module} imports {other}"


def test_adapters_use_public_names_only() -> None:
    """All but the one of Scrapy, which reads every option from settings, by the table of them."""
    for path in sorted((PACKAGE / "integrations").glob("*.py")):
        if path.stem == "scrapy":
            continue
        assert all(module.startswith("integrations") for module in IMPORTS[name_of(path)]), path
        tree = parsed(path)
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "dedupe"
        }
        assert used <= set(dedupe.__all__), path
        assert len(path.read_text().splitlines()) < 100, path


def test_what_only_its_own_package_uses_is_private() -> None:
    users: dict[str, set[str]] = {module: set() for module in MODULES}
    for module, others in IMPORTS.items():
        for other in others:
            users[other].add(module)
    named = ENTRIES | set(public_names()) | {f"io.formats.{module}" for module in format_modules()}
    for module, path in MODULES.items():
        package, _, name = module.rpartition(".")
        if not package or name.startswith("_") or path.name == "__init__.py" or module in named:
            continue
        if package.split(".")[0] in ("cli", "integrations") or package in ("reporters", "judge.features"):
            continue  # the command is one program; the others are tables with a module an entry
        assert {user for user in users[module] if not f"{user}.".startswith(f"{package}.")}, f"{module} is private"


def public_names() -> set[str]:
    return set(re.findall(r'"dedupe\.([\w.]+)"', (PACKAGE / "__init__.py").read_text()))


def format_modules() -> set[str]:
    return set(re.findall(r'lazy\("([\w.]+)"', (PACKAGE / "io/formats/__init__.py").read_text()))


def test_one_function_names_the_kinds_of_repeats() -> None:
    """No other one chooses between them; the names of relations, some of which are the same, are in `relations`."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name in ("kinds.py", "relations.py"):
            continue
        for node in ast.walk(parsed(path)):
            chosen: list[ast.expr | None] = [node.body, node.orelse] if isinstance(node, ast.IfExp) else []
            chosen += [node.value] if isinstance(node, ast.Return) else []
            found += [f"{path}:{one.lineno}" for one in chosen if isinstance(one, ast.Constant) and one.value in KINDS]
    assert found == []


def test_one_function_says_line_and_one_puts_numbers_of_lines_together() -> None:
    """In `_places`; failures tell lines of the program."""
    pattern = re.compile(r"\blines? \{|\{\w*first_line\}|lines\[[01]\]\}")
    found = [
        f"{path}: {row.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name not in ("_places.py", "_failures.py")
        for row in path.read_text().splitlines()
        if pattern.search(row)
    ]
    assert found == []


RETIRED = """
agreed bearable desk fate fates gone guest guests heard homes likeness locked losses prints promising remembering sayer
sayers scaling settle settled settling sheet sheets shelf sighting sightings slips spare standing stretch trouble
"""
"""Words of a language of this project's own, for which the field has words: duplicate, original, fingerprint, ..."""


def test_no_name_is_made_of_a_retired_word() -> None:
    retired = set(RETIRED.split())
    for path in sorted(PACKAGE.rglob("*.py")):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
            if token.type == tokenize.NAME:
                words = set(re.findall(r"[A-Z]?[a-z]+", token.string))
                assert not {word.lower() for word in words} & retired, f"{path}:{token.start[0]}: {token.string}"


def test_a_public_class_is_defined_once() -> None:
    found: dict[str, Path] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert node.name not in found, f"{path} and {found[node.name]} define {node.name}"
                found[node.name] = path


def test_no_function_is_complex() -> None:
    command = ["ruff", "check", "--select", "C901", "--config", "lint.mccabe.max-complexity=12", "dedupe"]
    run = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_no_file_is_long() -> None:
    long = {path.name: lines for path in PACKAGE.rglob("*.py") if (lines := len(path.read_text().splitlines())) > 330}
    assert long == {}
    paths = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    assert {path.name for path in paths if len(path.read_text("utf-8").splitlines()) > 500} == set()


RENAMING = {"os": {"replace", "rename", "renames", "link", "fsync", "fdatasync", "sync"}, "shutil": {"move"}}
RENAMING["tempfile"] = {"NamedTemporaryFile", "mkstemp", "mktemp"}


def renamings(path: Path) -> set[str]:
    """Return what a source calls, or imports, that gives a file its name or brings it to the disk."""
    found = set()
    for node in ast.walk(parsed(path)):
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
    assert set(places) == {PACKAGE / "_atomic.py"}
    assert {"replace", "fsync"} <= places[PACKAGE / "_atomic.py"]


def loaded(*program: str) -> set[str]:
    run = subprocess.run([sys.executable, "-X", "importtime", *program], capture_output=True, text=True, check=False)
    return {match.group(1) for match in re.finditer(r"\|\s+([\w.]+)$", run.stderr, re.MULTILINE)}


def test_importing_the_library_loads_nothing_heavy() -> None:
    assert not {"typer", "rich", "pydantic", "scipy", "datasketch"} & loaded("-c", "import dedupe")


IMPORTING = """
import gc, importlib, logging, os, pkgutil, signal, sys, threading, warnings
# What these change is theirs.
import dask.dataframe, datasets, datatrove.pipeline.base, duckdb, langchain_core.documents, llama_index.core.schema
import llama_index.core.postprocessor.types, numpy, pandas, polars, pyarrow, ray.data, scrapy

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


@pytest.mark.heavy
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


LINTERS = [["ruff", "check", "."], ["ruff", "format", "--check", "."]]


@pytest.mark.parametrize("command", [*LINTERS, pytest.param(["mypy"], marks=pytest.mark.slow)])
def test_linters_and_types_are_satisfied(command: list[str]) -> None:
    run = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


WITH_ADVICE_IN_A_VARIABLE = frozenset(("hint", "near", "advice", "AS_TEXT"))
SAYING_WHAT_IS_ALLOWED = (" must be ", " give ", "name an index: ", "stays as it is")


def test_an_error_about_an_input_says_what_to_do_next() -> None:
    silent = []
    for package in ("across", "corpus", "index", "io"):
        for path in sorted((PACKAGE / package).rglob("*.py")):
            for node in ast.walk(parsed(path)):
                name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
                if name not in ("InputError", "OptionError", "UnknownFormatError"):
                    continue
                assert isinstance(node, ast.Call)
                sentence = next(iter(node.args[name != "OptionError" :]), None)
                if not isinstance(sentence, (ast.Constant, ast.JoinedStr)):
                    continue
                parts = list(ast.walk(sentence))
                text = "".join(
                    one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)
                )
                names = {one.id for one in parts if isinstance(one, ast.Name)}
                allowed = "; " in text or any(words in text for words in SAYING_WHAT_IS_ALLOWED)
                if text and not allowed and not names & WITH_ADVICE_IN_A_VARIABLE:
                    silent.append(f"{path.name}: {ast.unparse(sentence)}")
    assert silent == []
