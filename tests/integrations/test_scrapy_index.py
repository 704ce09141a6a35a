"""The Scrapy pipeline with an index: a crawl of 200 local pages, run twice."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dedupe
from tests.integrations.sites import serve
from tests.integrations.test_scrapy import SPIDER
from tests.known import PROMO, WIRE, own

PAGES = 200
HEAD = "Pier Closed After Divers Find Cracks in the Pillars of the Old Harbour"


def page(number: int) -> list[str]:
    """Return the rows of a page: a promotion on every other, a wire story on some, a doubled body on some."""
    if number % 20 == 9:
        rows = [f"{HEAD}, Page {number}", *WIRE]
    else:
        rows = [f"Trees of District {number}", own(number), own(1000 + number)]
    if number % 20 == 4:
        rows += rows[1:]
    return [*rows, PROMO] if number % 2 == 0 else rows


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("site"), [page(number) for number in range(PAGES)]) as address:
        yield address


def crawl(site: str, folder: Path, **settings: object) -> tuple[dict[int, dict[str, Any]], dict[str, int], str]:
    (folder / "spider.py").write_text(SPIDER)
    (folder / "items.jsonl").unlink(missing_ok=True)
    arguments = [argument for key, value in settings.items() for argument in ("-s", f"{key}={value}")]
    command = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-a", f"url={site}", "-a", f"number={PAGES}"]
    done = subprocess.run(
        [*command, *arguments, "-s", "DEDUPE_FINDINGS_FIELD=findings", "-o", "items.jsonl"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "no_proxy": "*", "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
    stats = next(line for line in done.stdout.splitlines() if line.startswith("STATS ")).removeprefix("STATS ")
    return (
        {int(one["url"].rsplit("/", 1)[1].removesuffix(".html")): one for one in items},
        json.loads(stats),
        done.stderr,
    )


def kinds(items: dict[int, dict[str, Any]], *wanted: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in items.values():
        findings = item["findings"]
        assert isinstance(findings, list)
        found.update(one["kind"] for one in findings if one["kind"] in wanted)
    return found


def test_a_crawl_is_remembered_and_known_the_second_time(site: str, tmp_path: Path) -> None:
    index = tmp_path / "crawl.index"
    settings = {"DEDUPE_INDEX": index, "DEDUPE_STORE_TEXT": True, "DEDUPE_BOILERPLATE_MIN_SHARE": 0.3}
    first, stats, log = crawl(site, tmp_path, **settings)
    assert len(first) == PAGES, log
    assert "dedupe/known" not in stats
    assert stats["dedupe/documents"] == PAGES
    assert stats["dedupe/syndicated"] == PAGES // 20 - 1  # the first wire story that came is new
    assert stats["dedupe/removed"] == 2 * PAGES // 20  # the doubled bodies
    assert 80 <= stats["dedupe/boilerplate"] < 100  # until ten pages are known nothing is boilerplate
    for number, item in first.items():
        once = [row for at, row in enumerate(page(number)) if row not in page(number)[:at]]
        assert item["text"] == "\n\n".join(once), number
    second, stats, log = crawl(site, tmp_path, **settings)
    assert stats["dedupe/known"] == PAGES
    assert {number: item["text"] for number, item in second.items()} == {n: item["text"] for n, item in first.items()}
    assert stats["dedupe/syndicated"] == PAGES // 20
    assert stats["dedupe/boilerplate"] == PAGES // 2
    assert kinds(second, "syndicated", "boilerplate") == {"syndicated": PAGES // 20, "boilerplate": PAGES // 2}
    store = dedupe.open_index(str(index))
    assert store.stats().documents == PAGES
    store.close()


def test_what_other_pages_say_is_removed_if_asked_and_an_original_stays(site: str, tmp_path: Path) -> None:
    settings = {"DEDUPE_INDEX": tmp_path / "crawl.index", "DEDUPE_STORE_TEXT": True, "DEDUPE_CROSS_DOCUMENT": "remove"}
    first, _, log = crawl(site, tmp_path, **settings)
    texts = [str(item["text"]) for item in first.values()]
    assert sum(PROMO in text for text in texts) == 1, log
    assert sum(WIRE[0] in text for text in texts) == PAGES // 20  # each with a headline of its own: it stays whole
    assert all(sum(own(number) in text for text in texts) == 1 for number in range(PAGES) if number % 20 != 9)
    second, _, _ = crawl(site, tmp_path, **settings)
    assert {number: item["text"] for number, item in second.items()} == {n: item["text"] for n, item in first.items()}


def test_an_index_that_cannot_be_opened_stops_the_crawl_or_if_wanted_does_not(site: str, tmp_path: Path) -> None:
    missing = tmp_path / "no" / "crawl.index"
    items, _, _ = crawl(site, tmp_path, DEDUPE_INDEX=missing, DEDUPE_INDEX_OPTIONAL=True)
    assert len(items) == PAGES
    command = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-a", f"url={site}", "-a", "number=1"]
    done = subprocess.run(
        [*command, "-s", f"DEDUPE_INDEX={missing}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "cannot be made: there is no such folder" in done.stderr


NAMELESS = """
import scrapy

class Nameless(scrapy.Spider):
    name = "nameless"
    custom_settings = {"ITEM_PIPELINES": {"dedupe.integrations.scrapy.DedupePipeline": 300}, "LOG_LEVEL": "ERROR"}

    async def start(self):
        for number in range(3):
            yield {"url": None, "text": "Boat %d leaves from the coal quay at nine in the evening." % number}
"""


def test_items_without_an_address_are_not_stored(tmp_path: Path) -> None:
    (tmp_path / "spider.py").write_text(NAMELESS)
    command = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-s", "DEDUPE_INDEX=nameless.index"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "ERROR" not in done.stderr
    with dedupe.open_index(tmp_path / "nameless.index") as index:
        assert index.stats().documents == 0
