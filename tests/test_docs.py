"""The site builds, and every command, program and setting in README and docs does what it is there for."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from dedupe import __version__
from dedupe.cli.config import resolve
from dedupe.cli.option_classes import CLASSES
from tests.archives import HTML, chapter, write_epub, write_parquet, write_warc
from tests.cli.test_cli import ARTICLE, SAID
from tests.mail import write_mailbox

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted(page for page in (ROOT / "docs").glob("*.md") if page.name != "command.md")]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

ELSEWHERE = {
    "pip install paradedupe": "tests/system/test_fresh_machine.py installs it from the repository",
    "python3 -m venv": "tests/system/test_fresh_machine.py, and the test command is the one that runs this",
    "_DEDUPE_COMPLETE": "tests/system/test_shells.py",
    'eval "$(_DEDUPE_COMPLETE': "tests/system/test_shells.py",
    "python docs/make_page.py": "tests/system/test_browser.py builds the page",
    "python -m http.server": "tests/system/test_browser.py serves it so",
    "dedupe --install-completion": "tests/system/test_shells.py completes what it installs",
}
"""Commands that need more than a folder with articles, and where they are run."""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    """Return the commands of a page, without comments, lines that go on joined."""
    rows = "".join(blocks(page, "sh")).replace("\\\n", " ").splitlines()
    return [command for row in rows if (command := re.sub(r"(^|\s+)#.*$", "", row).strip())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with everything that the pages speak of."""
    article = ARTICLE.read_text("utf-8")
    other = "Nothing in this article is said twice, and so every byte of it has to stay where it is."
    (tmp_path / "article.txt").write_text(article, "utf-8")
    (tmp_path / "articles").mkdir()
    for number, text in enumerate((article, other, f"{SAID}\n\n{SAID}\n")):
        (tmp_path / "articles" / f"{number}.txt").write_text(text, "utf-8")
    (tmp_path / "one.txt").write_text(SAID)
    (tmp_path / "other.txt").write_text(SAID.replace("Tuesday", "Monday"))
    (tmp_path / "banners.txt").write_text(SAID)
    texts = (article, other, f"{other}\n\n{SAID}\n\n{SAID}")
    records = [
        {"url": f"https://example.com/{number}", "date": f"2026-01-0{number + 1}", "text": text, "body": text}
        for number, text in enumerate(texts)
    ]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    for name in ("crawl.jsonl", "today.jsonl", "crawl/1.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(lines, "utf-8")
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "old.txt").write_text(f"{other}\n\n{SAID}\n", "utf-8")
    (tmp_path / "crawl.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    feed = {"title": "The bridge is closed", "summary": "", "text": f"The bridge is closed\n\n{SAID}"}
    (tmp_path / "feed.jsonl").write_text(json.dumps(feed) + "\n", "utf-8")
    (tmp_path / "table.csv").write_text(f'n,body\n1,"{SAID}\n\n{SAID}"\n', "utf-8")
    (tmp_path / "notes.md").write_text(f"# Notes\n\n{SAID}\n\n{SAID}\n", "utf-8")
    (tmp_path / "page.html").write_text(f"<p>{SAID}</p>\n<p>{SAID}</p>\n", "utf-8")
    write_parquet(tmp_path / "table.parquet", [article, other])
    cues = (f"00:0{at}.000 --> 00:0{at + 1}.000\n{SAID}\n" for at in (1, 2))
    (tmp_path / "talk.vtt").write_text("\n".join(["WEBVTT\n", *cues]), "utf-8")
    write_mailbox(tmp_path / "inbox.mbox", [f"Yes.\n\nAnna wrote:\n> {SAID}\n> {other}\n"])
    write_epub(tmp_path / "book.epub", [chapter([SAID, other, SAID])])
    write_warc(tmp_path / "crawl.warc.gz", [(f"<p>{SAID}</p><p>{SAID}</p>".encode(), [HTML])])
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    return tmp_path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a shell would; to questions the answer is "keep" """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        input="k\n" * 99,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": path},
    )


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_every_command_of_a_page_does_its_work(page: Path, folder: Path) -> None:
    if page.name != "README.md":  # a page may obey decisions that its reader has made by hand
        assert run("dedupe review article.txt articles/", folder).returncode == 0
    for command in commands(page):
        if installed := re.match(r"pip install 'paradedupe\[(.+)\]'$", command):
            assert set(installed.group(1).split(",")) <= set(PYPROJECT["project"]["optional-dependencies"])
        elif not command.startswith(tuple(ELSEWHERE)):
            done = run(command, folder)
            assert done.returncode in (0, 1), (command, done.stderr)
            assert "error" not in done.stderr, (command, done.stderr)
            assert done.returncode == 0 or not re.match(r"dedupe (clean(?!.*--diff)|review|tune|explain)", command), (
                command
            )


@pytest.mark.parametrize("page", ["one-article.md", "corpus.md", "library.md", "lists.md", "json.md", "stability.md"])
def test_every_program_of_a_tutorial_runs(page: str, folder: Path) -> None:
    for program in blocks(ROOT / "docs" / page, "python"):
        done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout
        for said in re.findall(r"^print\(.*\)  # (.*)$", program, re.MULTILINE):
            assert said in done.stdout.splitlines()


def test_every_setting_of_a_page_is_one(folder: Path) -> None:
    for page in PAGES:
        for table in blocks(page, "toml"):
            (folder / "dedupe.toml").write_text(table)
            resolve(CLASSES, {}, {}, str(folder))


def test_the_findings_shown_in_a_tutorial_are_those_printed(folder: Path) -> None:
    (shown,) = (block for block in blocks(ROOT / "docs/one-article.md", "text"))
    assert shown.strip() in run("dedupe check article.txt", folder).stdout


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "docs", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    for page in (ROOT / "docs").glob("*.md"):
        assert (tmp_path / "site" / f"{page.stem}.html").is_file()
    reference = (tmp_path / "site/command.html").read_text("utf-8")
    for verb in ("check", "clean", "compare", "review", "tune", "explain", "settings"):
        assert f'id="dedupe-{verb}"' in reference
    assert "What was found in one document" in (tmp_path / "site/library.html").read_text("utf-8")
    home = (tmp_path / "site/index.html").read_text("utf-8")
    assert 'href="changelog.html"' in home
    text = re.sub(r"<[^>]*>", "", home)  # commands are coloured word by word
    for shown in (f"paradedupe {__version__}", "pip install paradedupe", "For developers"):
        assert shown in text
    for page in (tmp_path / "site").glob("*.html"):  # an option begins with two hyphens, which no dash may replace
        assert not re.search(r"\u2013[a-z]", page.read_text("utf-8")), page.name
