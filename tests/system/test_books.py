"""Books and Word documents that pandoc makes, and reads again."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.cli.test_cli import SAID
from tests.commands import run

FERRY = "The ferry sails at nine, in every kind of weather, with cars on the lower deck and people on the upper one."
NIGHT = "Nobody, the chairman wrote, had been told that the old pier would be closed for the night of the regatta."
SOURCE = f"""---
title: Of rivers
author: By hand
lang: en
---

# The bridge

{SAID} It was *late*.

Then everybody went home.[^1]

- a list
- of two

{FERRY}

> {NIGHT}

| pier | depth |
|------|-------|
| old  | 4     |

    a line of code

[^1]: As the minutes say.

# A crossing

See [the bridge](#the-bridge), please.

{FERRY}

{NIGHT}

{FERRY}

{NIGHT}
"""


def pandoc(*arguments: object, text: str = "") -> str:
    done = subprocess.run(
        ["pandoc", *map(str, arguments)], input=text, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("kind", ["epub2", "epub3"])
def test_a_book_without_what_went_reads_as_before(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x.epub"
    pandoc("-f", "markdown", "-t", kind, "--toc", "-o", path, text=SOURCE)
    before = pandoc(path, "-t", "plain", "--wrap=none")
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    whole = path.read_bytes()
    undo = str(tmp_path / "undo")
    done = run("clean", path, "--in-place", DEDUPE_UNDO_DIR=undo)
    assert (done.returncode, done.stderr.count(b"error")) == (0, 0)
    assert b"2 paragraphs" in done.stderr
    after = pandoc(path, "-t", "plain", "--wrap=none")
    lines = before.strip().split("\n\n")
    for one in (FERRY, NIGHT):
        del lines[max(place for place, line in enumerate(lines) if line.strip() == one)]
    assert after.strip().split("\n\n") == lines
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        left = {name: file.read(name) for name in file.namelist()}
    assert list(left) == list(members)
    assert sum(left[name] != content for name, content in members.items()) == 1
    assert path.read_bytes()[30:58] == b"mimetypeapplication/epub+zip"
    assert run("check", path).returncode == 0
    assert run("undo", path, DEDUPE_UNDO_DIR=undo).returncode == 0
    assert path.read_bytes() == whole


def test_a_book_without_repeats_stays_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "x.epub"
    text = (
        f"---\ntitle: Of rivers\n---\n\n# The bridge\n\n{SAID}\n\n# A crossing\n\n{FERRY}\n\n# The bridge\n\n{NIGHT}\n"
    )
    pandoc("-f", "markdown", "-o", path, text=text)
    assert run("clean", path, "-o", f"{tmp_path}/out/").returncode == 0
    assert (tmp_path / "out/x.epub").read_bytes() == path.read_bytes()


def test_a_word_document_has_the_paragraphs_of_its_source(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    pandoc("-f", "markdown", "-o", path, text=SOURCE)
    said = json.loads(run("clean", path, "--annotate", "found").stdout)["text"].split("\n\n")
    once = f"{SAID} It was late."
    first = ["Of rivers", "By hand", "The bridge", once, "Then everybody went home.", "a list", "of two", FERRY, NIGHT]
    rest = ["pier", "depth", "old", "4", "a line of code"]
    assert said == [*first, *rest, "A crossing", "See the bridge, please.", FERRY, NIGHT, FERRY, NIGHT]
    report = json.loads(run("check", path, "--level", "aggressive", "--output-format", "json-lines").stdout)
    assert {one["action"] for one in report["findings"]} >= {"remove"}
