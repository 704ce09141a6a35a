"""Pyright sees the public names as users do. Needs nodejs and npm."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.test_typing import ROOT, TYPED, WRONG

CHECKER = "pyright@1.1.414"


def test_pyright_finds_each_slip_of_a_user_and_nothing_else(tmp_path: Path) -> None:
    """Strictly, outside the repository."""
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", CHECKER], cwd=tmp_path, check=True, capture_output=True
    )
    shutil.copy(TYPED / "right.py", tmp_path)
    text = (TYPED / "wrong.py").read_text("utf-8")
    (tmp_path / "wrong.py").write_text(text.replace("# type: ignore", "#", 1), "utf-8")
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)], "include": ["right.py", "wrong.py"]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    command = ["node_modules/.bin/pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = [
        (Path(one["file"]).name, one["range"]["start"]["line"] + 1, one["message"])
        for one in json.loads(done.stdout)["generalDiagnostics"]
        if one["severity"] == "error"
    ]
    assert {name for name, _, _ in found} == {"wrong.py"}, found
    assert sorted({line for _, line, _ in found}) == WRONG, found
