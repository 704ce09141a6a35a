"""What a visitor of the repository relies on: workflows, the action, versions, the package's description."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import dedupe
from tests.cli.test_cli import SAID
from tests.test_docs import PYPROJECT

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = PYPROJECT["project"]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
WORKFLOWS = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / ".github/workflows").glob("*.yml")}
JOBS = WORKFLOWS["tests.yml"]["jobs"]
CORE = {re.split(r"\W", one)[0] for one in PROJECT["dependencies"]} | {"dedupe", "hypothesis", "pytest"}
"""What the tests on free-threaded Python may import, beside the standard library."""


def steps() -> list[dict[str, Any]]:
    return [step for workflow in WORKFLOWS.values() for job in workflow["jobs"].values() for step in job["steps"]]


def test_every_yaml_file_can_be_read() -> None:
    paths = [*(ROOT / ".github").rglob("*.yml"), *ROOT.glob("*.yml"), *ROOT.glob(".*.yaml"), ROOT / "CITATION.cff"]
    assert len(paths) >= 9
    for path in paths:
        assert yaml.safe_load(path.read_text("utf-8")), path


def test_the_workflow_runs_the_commands_of_the_readme() -> None:
    runs = [step["run"] for step in JOBS["readme"]["steps"] if "run" in step]
    assert len(runs) == 2
    commands = []
    for run in runs:
        echoed = run.replace("bash -c ", "printf %s ")
        assert echoed != run
        done = subprocess.run(["bash", "-c", echoed], cwd=ROOT, capture_output=True, text=True, check=True)
        commands.append(done.stdout)
    assert commands == [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert "bash .ci/run" in [step.get("run") for step in JOBS["system"]["steps"]]


def test_the_workflow_tests_every_python_that_the_package_names() -> None:
    tested = JOBS["readme"]["strategy"]["matrix"]["python"]
    named = [one.rsplit(" ", 1)[1] for one in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", one)]
    assert tested == named
    assert PROJECT["requires-python"] == f">={named[0]}"
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{named[0].replace('.', '')}"
    assert not [one for one in PROJECT["classifiers"] if one.startswith("License")]  # PEP 639: "license" says it


def test_the_tests_on_free_threaded_python_need_no_extra() -> None:
    names = re.findall(r"tests/\S+", " ".join(step.get("run", "") for step in JOBS["free-threaded"]["steps"]))
    assert names
    paths = [ROOT / name for name in names]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        for module in imported(path) - seen:
            seen.add(module)
            if module.split(".")[0] == "tests":
                paths += [path for path in [ROOT / f"{module.replace('.', '/')}.py"] if path.exists()]
            else:
                assert module.split(".")[0] in CORE | sys.stdlib_module_names, f"{path} imports {module}"


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_an_sdist_has_what_its_tests_read() -> None:
    included = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    always = {"LICENSE", "README.md", "pyproject.toml", ".gitignore", ".gitattributes"}
    assert [name for name in included if not (ROOT / name.removeprefix("/")).exists()] == []
    if not (ROOT / ".git").exists():
        return  # in an unpacked sdist nothing tells which files belong to it
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    tops = {name.split("/")[0] for name in done.stdout.split("\0") if name} - always
    assert tops == {name.removeprefix("/") for name in included}


def test_actions_are_pinned_by_their_major_version() -> None:
    used = [step["uses"] for step in (*steps(), *ACTION["runs"]["steps"]) if "uses" in step]
    assert used
    for one in used:
        assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+@v\d+", one), one


def test_versions_and_addresses_agree() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    released = re.search(r"^## \[(\d.+?)\] - (\S+)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert released
    assert released.groups() == (dedupe.__version__, str(citation["date-released"]))
    assert citation["version"] == dedupe.__version__
    assert citation["license"] == PROJECT["license"]
    source = PROJECT["urls"]["Source"]
    assert citation["repository-code"] == source
    assert all(address.startswith(source) for address in PROJECT["urls"].values())
    checks = (ROOT / "docs/checks.md").read_text("utf-8")
    assert f"uses: {source.removeprefix('https://github.com/')}@v{dedupe.__version__}\n" in checks
    assert f"repo: {source}\n    rev: v{dedupe.__version__}\n" in checks
    config = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/config.yml").read_text("utf-8"))
    assert config["contact_links"][0]["url"].startswith(source)


def test_the_hooks_of_contributors_run_the_linters_of_the_tests() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = {hook["id"]: hook["entry"] for repository in config["repos"] for hook in repository["hooks"]}
    assert list(hooks) == ["ruff", "ruff-format", "mypy"]
    for entry in hooks.values():
        assert entry.startswith(".venv/bin/python -m ")


def test_every_path_that_contributors_are_told_of_is_there() -> None:
    for page in ("CONTRIBUTING.md", "SECURITY.md"):
        names = re.findall(
            r"(?:dedupe|tests|docs|fixtures|benchmarks|\.ci)/[\w./-]*\w", (ROOT / page).read_text("utf-8")
        )
        for name in names:
            if not name.endswith("command.md"):
                assert (ROOT / name).exists(), (page, name)


class Repository:
    """A repository with a base and a pull request on it, and the action's step that checks it."""

    def __init__(self, folder: Path) -> None:
        """Make the repository, with one text that repeats itself already."""
        self.folder, self.temporary, self.output = folder / "work", folder / "temporary", folder / "output"
        (self.temporary / "paradedupe/bin").mkdir(parents=True)
        program = self.temporary / "paradedupe/bin/dedupe"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dedupe "$@"\n')
        program.chmod(0o755)
        self.git(folder, "init", "--quiet", "--bare", "origin")
        self.git(folder, "clone", "--quiet", "origin", "work")
        self.commit({"old.txt": f"{SAID}\n\n{SAID}\n"})
        self.base = self.git(self.folder, "rev-parse", "HEAD")
        self.git(self.folder, "push", "--quiet", "origin", "HEAD:main")

    def git(self, folder: Path, *arguments: str) -> str:
        names = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
        command = ["git", *names, *arguments]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).write_text(text)
        self.git(self.folder, "add", "--all")
        self.git(self.folder, "commit", "--quiet", "-m", "Files")

    def check(self, **inputs: str) -> subprocess.CompletedProcess[str]:
        (step,) = (one for one in ACTION["runs"]["steps"] if one.get("id") == "check")
        given = {name: one["default"] for name, one in ACTION["inputs"].items()} | inputs
        values = {
            name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found.group(1)], value)
            for name, value in step["env"].items()
        }
        environment = {
            **os.environ,
            **values,
            "BASE": inputs.get("base", self.base),
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_OUTPUT": str(self.output),
        }
        self.output.write_text("")
        command = ["bash", "-e", "-o", "pipefail", "-c", step["run"]]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.slow
def test_the_action_checks_the_changed_files_of_a_pull_request(repository: Repository) -> None:
    repository.commit({"new $(touch seen).txt": f"{SAID}\n\n{SAID}\n", "-q.md": SAID, "code.py": f"{SAID}\n\n{SAID}\n"})
    done = repository.check()
    assert done.returncode == 1, done.stderr
    assert "new $(touch seen).txt:3: remove exact" in done.stdout
    assert "old.txt" not in done.stdout
    assert "code.py" not in done.stdout
    assert not (repository.folder / "seen").exists()
    sarif = repository.output.read_text().strip().removeprefix("sarif=")
    (run,) = yaml.safe_load(Path(sarif).read_text("utf-8"))["runs"]  # JSON is YAML
    assert len(run["results"]) == 1
    assert repository.check(**{"fail-on": "never"}).returncode == 0


@pytest.mark.slow
def test_the_action_checks_all_files_outside_a_pull_request(repository: Repository) -> None:
    done = repository.check(base="")
    assert done.returncode == 1, done.stderr
    assert "old.txt:3: remove exact" in done.stdout


def test_the_action_has_nothing_to_do_without_changed_texts(repository: Repository) -> None:
    repository.commit({"code.py": f"{SAID}\n\n{SAID}\n"})
    done = repository.check()
    assert (done.returncode, done.stdout) == (0, "No file to check.\n")
    assert repository.output.read_text() == ""


@pytest.mark.slow
def test_the_action_fails_on_trouble(repository: Repository) -> None:
    repository.commit({"new.txt": f"{SAID}\n"})
    assert repository.check(level="reckless").returncode == 2
