"""What a page of HTML costs to read, check and clean, beside a parser alone, and whether only whole nodes go.

    python benchmarks/speed.py pages FOLDER...            folders of .html files, a set each
    python benchmarks/speed.py pages --runs 3 --trees FOLDER...   and another parser (html5lib) sees that whole nodes go

CPU of this process, the least of some runs, in turns. The parser alone is justhtml without places, errors and
sanitising; pages are judged in batches, as files are. benchmarks/speed.py growth has the memory of the worst pages.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import dedupe
from benchmarks._tables import Section, Table, machine, shown
from benchmarks._timing import seconds
from dedupe.io.formats.html import record
from dedupe.io.formats.html._encoding import decode

BUCKETS = (32, 64, 128, 256, 512, 1 << 20)
"""Kilobytes up to which pages are of one size."""


BATCH = 8
"""Pages that are judged at once."""


def read_all(pages: Sequence[bytes]) -> None:
    """Read pages and throw them away."""
    for page in pages:
        record(page, "page.html")


def clean_all(pages: Sequence[bytes]) -> list[bytes]:
    """Read, check and clean pages."""
    deduper = dedupe.Deduper()
    cleaned = []
    for first in range(0, len(pages), BATCH):
        records = [record(page, "page.html") for page in pages[first : first + BATCH]]
        reports = deduper.check_many([one.documents[0] for one in records])
        cleaned += [one.without_repeats([report]) for one, report in zip(records, reports, strict=True)]
    return cleaned


def parse_all(parse: Callable[[str], object], pages: Sequence[str]) -> None:
    """Parse pages and throw their trees away."""
    for page in pages:
        parse(page)


def least(runs: int, works: Sequence[Callable[[], object]]) -> list[float]:
    """Return the least time of each, done in turns."""
    taken = [[seconds(work) for work in works] for _ in range(runs)]
    return [min(column) for column in zip(*taken, strict=True)]


def row_of(name: str, pages: Sequence[bytes], runs: int) -> list[str]:
    """Return what some pages cost, as a row of the table."""
    from justhtml import JustHTML
    from turbohtml import parse

    sources = [decode(page, "page.html")[1] for page in pages]
    works = (
        partial(parse_all, partial(JustHTML, sanitize=False), sources),
        partial(parse_all, partial(parse, source_locations=True), sources),
        partial(read_all, pages),
        partial(clean_all, pages),
    )
    alone, fast, read_options, cleaning = least(runs, works)
    size = sum(map(len, pages))
    return [
        name,
        str(len(pages)),
        f"{size / len(pages) / 1e3:,.0f}",
        f"{1e3 * alone / len(pages):.1f}",
        f"{1e3 * fast / len(pages):.1f}",
        f"{1e3 * read_options / len(pages):.1f}",
        f"{1e3 * cleaning / len(pages):.1f}",
        f"{cleaning / alone:.2f}",
    ]


def costs(folders: Sequence[Path], runs: int) -> Section:
    """Measure sets of pages, and pages by size."""
    sets = {folder.name: [path.read_bytes() for path in sorted(folder.rglob("*.html"))] for folder in folders}
    rows = [row_of(name, pages, runs) for name, pages in sets.items()]
    every = sorted((page for pages in sets.values() for page in pages), key=len)
    low = 0
    for high in BUCKETS:
        bucket = [page for page in every if low < len(page) <= high << 10]
        name = f"{low >> 10} to {high} KB" if high < BUCKETS[-1] else f"more than {low >> 10} KB"
        if bucket:
            rows.append(row_of(name, bucket, runs))
        low = high << 10
    head = ["pages", "number", "KB each", "justhtml alone, ms", "turbohtml alone", "read", "read, checked, cleaned"]
    return Section([Table([*head, "times justhtml"], rows)])


def tree_of(page: str) -> Any:
    """Return the tree of a page as html5lib reads it: names, attributes and children, or a text."""
    import html5lib

    def made(node: Any) -> Any:
        inside: list[Any] = []
        for child in node.childNodes:
            one = " ".join(child.data.split()) if child.nodeType == child.TEXT_NODE else made(child)
            if isinstance(one, str) and inside and isinstance(inside[-1], str):
                one = " ".join((inside.pop() + " " + one).split())
            if one != "":
                inside.append(one)
        attributes = tuple(sorted(node.attributes.items())) if getattr(node, "attributes", None) else ()
        return (node.nodeName, attributes, tuple(inside), getattr(node, "data", ""))

    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("dom"))
    return made(parser.parse(page, scripting=True))


def is_part(part: Any, whole: Any) -> bool:
    """Say whether a tree is another one without whole nodes; texts beside what went may have been joined."""
    if isinstance(part, str) or isinstance(whole, str):
        return bool(part == whole) or (isinstance(part, str) and isinstance(whole, str) and part in whole)
    if (part[0], part[1], part[3]) != (whole[0], whole[1], whole[3]):
        return False
    left = iter(whole[2])
    return all(any(is_part(child, other) for other in left) for child in part[2])


def trees(folders: Sequence[Path]) -> Section:
    """See that whole nodes go, by html5lib, and that what was cleaned is clean."""
    rows = []
    for folder in folders:
        changed = broken = again = 0
        for path in sorted(folder.rglob("*.html")):
            page = path.read_bytes()
            (once,) = clean_all([page])
            again += clean_all([once]) != [once]
            if once != page:
                changed += 1
                broken += not is_part(*(tree_of(decode(one, "page.html")[1]) for one in (once, page)))
        rows.append([folder.name, str(changed), str(broken), str(again)])
    return Section([Table(["pages", "changed", "not by whole nodes", "changed again"], rows)])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--trees", action="store_true", help="have html5lib read what was cleaned")
    parser.add_argument("--markdown", action="store_true")
    given = parser.parse_args()
    print(f"`python benchmarks/speed.py pages`: {machine()}\n", flush=True)
    for section in [costs(given.folders, given.runs), *([trees(given.folders)] if given.trees else [])]:
        for table in section.tables:
            print(shown(table, given.markdown), flush=True)
