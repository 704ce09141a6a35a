"""Cleaned pages as another parser, and a browser, read them. Needs nodejs, npm and chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import dedupe
from dedupe.io.formats.html import record
from tests.io.test_html import BRIDGE, FERRY, MILL, SHAPES

HERE = Path(__file__).parent
PARSER = "parse5@8.1.1"


def cleaned(page: str) -> str:
    read = record(page.encode(), "page.html")
    return read.without_repeats([dedupe.Deduper(level="aggressive").check(read.documents[0])]).decode()


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parser")
    shutil.copy(HERE / "pages.mjs", folder)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", PARSER], cwd=folder, check=True, capture_output=True)
    return folder / "pages.mjs"


def test_a_cleaned_page_is_the_tree_of_before_without_whole_nodes(oracle: Path) -> None:
    pages = [{"name": name, "before": page, "after": cleaned(page)} for name, (page, _) in SHAPES.items()]
    lines = "\n".join(map(json.dumps, pages))
    run = subprocess.run(["node", oracle], input=lines, capture_output=True, text=True, check=True)
    said = {one["name"]: one for one in map(json.loads, run.stdout.splitlines())}
    assert said.keys() == SHAPES.keys()
    assert [name for name, one in said.items() if one["gone"] < 0] == []
    changed = {page["name"] for page in pages if page["before"] != page["after"]}
    assert {name for name, one in said.items() if one["gone"]} == changed


def shown(page: str, folder: Path) -> str:
    """Return the text that a browser shows of a page."""
    script = "<script>onload = () => document.title = JSON.stringify(document.body.innerText)</script>"
    (folder / "page.html").write_text(f"<!DOCTYPE html><meta charset=utf-8>{script}<body>{page}", "utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}", "--dump-dom"]
    run = subprocess.run([*command, (folder / "page.html").as_uri()], capture_output=True, text=True, timeout=120)
    title = run.stdout.partition("<title>")[2].partition("</title>")[0]
    return str(json.loads(title.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")))


def test_a_browser_shows_what_stays_and_no_hole(tmp_path: Path) -> None:
    page = f"<article><h1>One</h1><p>{FERRY}</p><div><p>{MILL}</p></div><p>{FERRY}</p><div><br>{BRIDGE}</div></article>"
    before, after = shown(page, tmp_path), shown(cleaned(page), tmp_path)
    lines = [line for line in before.splitlines() if line.strip()]
    assert lines == ["One", FERRY, MILL, FERRY, BRIDGE]
    assert [line for line in after.splitlines() if line.strip()] == ["One", FERRY, MILL, BRIDGE]
    assert len(after) < len(before) - len(FERRY)


def test_a_browser_shows_texts_apart_that_were_apart(tmp_path: Path) -> None:
    page = f"<p>{FERRY}</p>{MILL}<p>{FERRY}</p>{BRIDGE}"
    after = shown(cleaned(f"<body><div>{page}</div>"), tmp_path)
    assert [line for line in after.splitlines() if line.strip()] == [FERRY, MILL, BRIDGE]
