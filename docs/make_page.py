"""Write the page that runs dedupe in a browser: python docs/make_page.py FOLDER.

Python itself is the npm package of Pyodide. That has no compiled wheels, but its lock file names them with their
hashes. The package `CARRIER` on PyPI has the same wheels among its files; whoever has the wheels of Pyodide's release
names their folder with --wheels instead. rapidfuzz has no such wheel, but one without its compiled modules can be made.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from base64 import b64encode
from dataclasses import fields
from hashlib import sha256, sha512
from pathlib import Path
from string import Template
from typing import NoReturn
from zipfile import ZipFile

from dedupe import Options, __version__

DOCS = Path(__file__).parent
ROOT = DOCS.parent

PYODIDE = "314.0.3"
PYODIDE_SHA512 = (
    "b0ae34332ea6f2d981518b581fd6aef6b5d47a1f71d307da86d1dd3a51a6271643b0a0462ad3fa2b39f2141dbebbf925"
    "6d04dd0e2a27474b9a55dd7beb3550cd"
)
"""The hash of its npm package. What has another hash is not used, so all that the page loads is what was tested."""

CARRIER = "open-webui==0.12.4"
CARRIER_FOLDER = "open_webui/frontend/pyodide/"
COMPILED = ("numpy", "regex")
RAPIDFUZZ = "rapidfuzz==3.14.6"

CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
FILES = ("page.css", "page.mjs", "worker.mjs", "answer.py")


def make(folder: Path, wheels: Path | None) -> None:
    """Write the page with all it loads into a folder."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        target = folder / "pyodide"
        target.mkdir(parents=True, exist_ok=True)
        lock = _copy_core(work, target)
        packages = {name: lock["packages"][name] for name in COMPILED}
        _copy_compiled(packages, wheels, work, target)
        for requirement in (RAPIDFUZZ, str(ROOT)):
            path = _pure_wheel(requirement, work)
            shutil.copy(path, target)
            packages |= _entry(path)
        packages["paradedupe"]["depends"] = sorted(set(packages) - {"paradedupe"})
        (target / "pyodide-lock.json").write_text(json.dumps({"info": lock["info"], "packages": packages}), "utf-8")
    for file in FILES:
        shutil.copy(DOCS / "browser" / file, folder)
    shutil.copy(ROOT / "fixtures/articles/ferry.txt", folder / "example.txt")
    (folder / "index.html").write_text(_index(folder), "utf-8")


def _copy_core(work: Path, target: Path) -> dict:
    """Copy Python into a folder, and return Pyodide's own lock file."""
    _run(["npm", "pack", "--silent", f"pyodide@{PYODIDE}"], work)
    (archive,) = work.glob("pyodide-*.tgz")
    _check("the npm package of Pyodide", sha512(archive.read_bytes()).hexdigest(), PYODIDE_SHA512)
    with tarfile.open(archive) as files:
        for file in CORE:
            (target / file).write_bytes(files.extractfile(f"package/{file}").read())
        return json.load(files.extractfile("package/pyodide-lock.json"))


def _copy_compiled(packages: dict, wheels: Path | None, work: Path, target: Path) -> None:
    """Copy the compiled wheels into a folder, from those that are there or from the package that has them."""
    names = {package["file_name"]: package["sha256"] for package in packages.values()}
    if wheels:
        if missing := [name for name in names if not (wheels / name).is_file()]:
            _fail(f"{wheels} has no {missing[0]}: leave out --wheels, or name the folder of Pyodide {PYODIDE}'s wheels")
        found = {name: (wheels / name).read_bytes() for name in names}
    else:
        options = ["--no-deps", "--ignore-requires-python", "--only-binary", ":all:"]
        _run([sys.executable, "-m", "pip", "download", "--quiet", *options, CARRIER], work)
        (carrier,) = work.glob("open_webui-*.whl")
        with ZipFile(carrier) as files:
            found = {name: files.read(CARRIER_FOLDER + name) for name in names}
    for name, content in found.items():
        _check(name, sha256(content).hexdigest(), names[name])
        (target / name).write_bytes(content)


def _pure_wheel(requirement: str, work: Path) -> Path:
    """Make a wheel without compiled modules, and return where it is."""
    folder = Path(tempfile.mkdtemp(dir=work))
    options = [
        "--no-deps",
        "--no-binary",
        "rapidfuzz",
        *(["-C", "wheel.cmake=false"] if requirement == RAPIDFUZZ else []),
    ]
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", *options, requirement], folder)
    (path,) = folder.glob("*-py3-none-any.whl")
    return path


def _entry(wheel: Path) -> dict:
    """Return the entry of a wheel in a lock file."""
    name, version, *_ = wheel.name.split("-")
    hashed = sha256(wheel.read_bytes()).hexdigest()
    entry = {"name": name, "version": version, "file_name": wheel.name, "install_dir": "site", "sha256": hashed}
    return {name: {**entry, "package_type": "package", "imports": [], "depends": []}}


def _index(folder: Path) -> str:
    """Return the page itself; its policy names all that it may run and load."""
    report = ROOT / "dedupe/reporters/html"
    script, style = (_hash_source((report / name).read_bytes()) for name in ("page.js", "page.css"))
    policy = (
        f"default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {script}; style-src 'self' {style}; img-src data:; "
        "connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'"
    )
    (level,) = (one for one in fields(Options) if one.name == "level")
    levels = "".join(
        f"<option{' selected' * (choice == level.default)}>{choice}</option>" for choice in level.metadata["choices"]
    )
    size = sum(path.stat().st_size for path in (folder / "pyodide").iterdir())
    page = Template((DOCS / "browser/index.html").read_text("utf-8"))
    return page.substitute(
        policy=policy, levels=levels, megabytes=round(size / 1e6), version=__version__, pyodide=PYODIDE
    )


def _hash_source(content: bytes) -> str:
    """Return how a policy names a script or a style that may stand in a page."""
    return f"'sha256-{b64encode(sha256(content).digest()).decode('ascii')}'"


def _check(name: str, found: str, wanted: str) -> None:
    if found != wanted:
        _fail(f"{name} has the hash {found}, not {wanted}: it is not what the page is tested with; get it anew")


def _run(command: list[str], folder: Path) -> None:
    if not shutil.which(command[0]):
        _fail(f"{command[0]} is not installed: install it, then run this again")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        _fail(f"{' '.join(command)} failed: {done.stderr.strip()}")


def _fail(sentence: str) -> NoReturn:
    print(f"error: {sentence}", file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the page that runs dedupe in a browser.")
    parser.add_argument("folder", type=Path, help="where to write it")
    parser.add_argument("--wheels", type=Path, help="a folder with Pyodide's wheels of numpy and regex")
    arguments = parser.parse_args()
    make(arguments.folder, arguments.wheels)
