"""Completion in the shells that people use, and the hooks of pre-commit in a repository."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_cli import SAID

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "TERM": "dumb", "PS1": "$ ", "HISTFILE": ""}
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(_DEDUPE_COMPLETE=source_bash dedupe)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -U compinit; compinit -D -u; eval "$(_DEDUPE_COMPLETE=source_zsh dedupe)"'),
}


class Terminal:
    """A shell on a terminal: what is typed, and what is then shown."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=ENVIRONMENT, start_new_session=True
        )
        os.close(theirs)

    def shown_after(self, keys: str, wanted: str) -> str:
        """Type keys and return what is shown, as soon as the wanted text is in it."""
        os.write(self._ours, keys.encode())
        shown = ""
        for _ in range(300):
            if select.select([self._ours], [], [], 0.1)[0]:
                shown += os.read(self._ours, 1 << 16).decode("utf-8", "replace")
            if wanted in shown:
                break
        return shown

    def close(self) -> None:
        """Hang up."""
        os.close(self._ours)
        self._process.terminate()
        self._process.wait()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("dedupe comp", "are "),
        ("dedupe check --write-b", "aseline "),
        ("dedupe check --level agg", "ressive "),
        ("dedupe explain copied-r", "un "),
        ("dedupe check artic", "le.txt "),
    ],
)
def test_a_tab_completes_verbs_flags_values_relations_and_files(
    shell: str, typed: str, completed: str, tmp_path: Path
) -> None:
    (tmp_path / "article.txt").write_text(SAID)
    command, setup = SHELLS[shell]
    terminal = Terminal(command, tmp_path)
    try:
        terminal.shown_after(f"{setup}; echo set'-'up\n", "set-up\r\n")
        assert completed in terminal.shown_after(f"{typed}\t", completed).replace(typed, "", 1)
    finally:
        terminal.close()


def test_fish_completes_verbs_and_values() -> None:
    for typed, completed in (("dedupe comp", "compare"), ("dedupe check --level agg", "aggressive")):
        program = f"_DEDUPE_COMPLETE=source_fish dedupe | source; complete --do-complete '{typed}'"
        done = subprocess.run(
            ["fish", "-N", "-c", program], capture_output=True, text=True, check=False, env=ENVIRONMENT
        )
        assert completed in done.stdout, done.stderr


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_hooks_find_and_mend_in_a_repository(tmp_path: Path) -> None:
    project = tmp_path / "project"
    hidden = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, project, ignore=hidden)
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", "All of it")
    revision = git(project, "rev-parse", "HEAD")

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    git(scratch, "init", "--quiet")
    hooks = "".join(f"      - id: {name}\n" for name in ("dedupe-check", "dedupe-clean"))
    config = f"repos:\n  - repo: {project}\n    rev: {revision}\n    hooks:\n{hooks}"
    (scratch / ".pre-commit-config.yaml").write_text(config)
    (scratch / "twice.txt").write_text(f"{SAID}\n\n{SAID}\n")
    (scratch / "once.txt").write_text(f"{SAID}\n")
    (scratch / "code.py").write_text(f"# {SAID}\n\n# {SAID}\n")
    git(scratch, "add", "--all")

    def hook(name: str) -> subprocess.CompletedProcess[str]:
        command = [str(PROGRAMS / "pre-commit"), "run", name, "--all-files"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment["PRE_COMMIT_HOME"] = str(tmp_path / "cache")
        return subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False, env=environment)

    found = hook("dedupe-check")
    assert found.returncode == 1, found.stderr
    assert "twice.txt:3: remove exact" in found.stdout
    assert "code.py" not in found.stdout
    assert hook("dedupe-clean").returncode == 1  # files were changed
    assert (scratch / "twice.txt").read_text() == f"{SAID}\n"
    assert (scratch / "code.py").read_text().count(SAID) == 2
    git(scratch, "add", "--all")
    assert hook("dedupe-check").returncode == 0
    assert hook("dedupe-clean").returncode == 0
