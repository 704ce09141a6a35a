"""The Scrapy pipeline, in a real crawl of a local server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field
from scrapy.utils.test import get_crawler

from dedupe.integrations.scrapy import DedupePipeline
from tests.integrations.sites import serve

PAGES = 50
SPIDER = """
import scrapy
from typing import Any

class Articles(scrapy.Spider):
    name = "articles"
    custom_settings = {
        "ITEM_PIPELINES": {"dedupe.integrations.scrapy.DedupePipeline": 300},
        "ROBOTSTXT_OBEY": False, "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 8,
    }

    def __init__(self, url, number, **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [f"{url}/{n}.html" for n in range(int(number))]

    def parse(self, response):
        rows = [" ".join(row.css("::text").getall()).strip() for row in response.css("h1, p")]
        text = "\\n\\n".join(rows)
        yield {"url": response.url, "text": 7 if "broken" in text else text}

    def closed(self, reason):
        stats = self.crawler.stats.get_stats()
        print("STATS", __import__("json").dumps({k: v for k, v in stats.items() if k.startswith(("dedupe", "item"))}))
"""


def body(number: int) -> list[str]:
    return [
        f"The council of district {number} has voted to plant {number + 20} trees along the road to the old harbour.",
        f"“Nobody asked for them, and now everybody wants one,” said Ines Aldo, gardener of district {number}. She "
        "will begin in March, when the ground is soft, and hopes to be done by the end of April.",
        f"The trees cost {number + 3} thousand crowns. They are limes, as in the neighbouring district, and will take "
        "about twelve years to give any shade worth mentioning.",
    ]


def page(number: int) -> tuple[list[str], list[str]]:
    """Return the rows of a page and those that are to be left."""
    headline, text = f"District {number} to Plant Trees Along the Harbour Road", body(number)
    kept = [headline, *text]
    plans = {
        0: kept,
        1: [headline, *kept],
        2: [*kept, *kept],
        3: [headline, text[0], "“Nobody asked for them, and now everybody wants one...”", *text[1:]],
        4: ["broken"],
    }
    return plans[number % 5], kept


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(tmp_path_factory.mktemp("site"), [page(number)[0] for number in range(PAGES)]) as address:
        yield address


def crawl(site: str, folder: Path, **settings: str) -> tuple[dict[int, dict[str, Any]], dict[str, int], str]:
    (folder / "spider.py").write_text(SPIDER)
    arguments = [argument for key, value in settings.items() for argument in ("-s", f"{key}={value}")]
    command = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-a", f"url={site}", "-a", f"number={PAGES}"]
    done = subprocess.run(
        [*command, *arguments, "-o", "items.jsonl"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "no_proxy": "*", "NO_PROXY": "*"},
    )
    assert done.returncode == 0, done.stderr
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
    stats = json.loads(
        next(line for line in done.stdout.splitlines() if line.startswith("STATS ")).removeprefix("STATS ")
    )
    return {int(item["url"].rsplit("/", 1)[1].removesuffix(".html")): item for item in items}, stats, done.stderr


def test_a_crawl_yields_each_article_said_once_and_goes_on_after_a_bad_item(site: str, tmp_path: Path) -> None:
    items, stats, log = crawl(site, tmp_path, DEDUPE_FINDINGS_FIELD="findings")
    assert len(items) == PAGES
    for number, item in items.items():
        assert item["text"] == (7 if number % 5 == 4 else "\n\n".join(page(number)[1])), number
    assert {number: len(item.get("findings", ())) for number, item in items.items() if number < 5} == {
        0: 0,
        1: 1,
        2: 4,
        3: 1,
        4: 0,
    }
    assert stats["dedupe/documents"] == 40
    assert stats["dedupe/removed"] == 10 * (1 + 4 + 1)
    assert stats["dedupe/errors"] == 10
    assert log.count("the field 'text' is int, where a string is needed") == 10


def test_flag_leaves_texts_alone_and_drop_drops(site: str, tmp_path: Path) -> None:
    items, stats, _ = crawl(site, tmp_path, DEDUPE_ACTION="flag")
    assert all(item["text"] == "\n\n".join(page(number)[0]) for number, item in items.items() if number % 5 != 4)
    assert stats["dedupe/removed"] == 60
    other = tmp_path / "drop"
    other.mkdir()
    items, stats, _ = crawl(site, other, DEDUPE_ACTION="drop")
    assert sorted(items) == [number for number in range(PAGES) if number % 5 in (0, 4)]
    assert stats["item_dropped_count"] == 30


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("DEDUPE_ACTION=burn", "DEDUPE_ACTION must be one of clean, flag, drop, not 'burn'"),
        (
            "DEDUPE_ACROSS=remove",
            "DEDUPE_ACROSS of the pipeline; did you mean DEDUPE_CROSS_DOCUMENT?",
        ),
        ("DEDUPE_REMOVE_QUOTED_HISTORY=maybe", "DEDUPE_REMOVE_QUOTED_HISTORY must be of type bool, not 'maybe'"),
        ("DEDUPE_REPORT_FIELD=text", "must be different fields, not 'text', 'text'"),
        ("DEDUPE_LEVLE=default", "there is no setting DEDUPE_LEVLE of the pipeline; did you mean DEDUPE_LEVEL?"),
        ("DEDUPE_JOBS=2", "there is no setting DEDUPE_JOBS of the pipeline; "),
    ],
)
def test_a_bad_setting_stops_the_crawl_with_a_sentence(setting: str, sentence: str, site: str, tmp_path: Path) -> None:
    (tmp_path / "spider.py").write_text(SPIDER)
    command = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-a", f"url={site}", "-a", "number=1"]
    done = subprocess.run([*command, "-s", setting], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert sentence in done.stderr


def test_an_item_carries_its_report(site: str, tmp_path: Path) -> None:
    items, _, _ = crawl(site, tmp_path, DEDUPE_REPORT_FIELD="report", DEDUPE_INDEX=str(tmp_path / "crawl.index"))
    for number, item in items.items():
        report = item["report"]
        assert report["document"] == item["url"]
        assert len(report["findings"]) == report["removed"] + report["flagged"]
        if number < 5:
            assert report["removed"] == (0, 1, 4, 1, 0)[number]
        assert report.get("known", False) is False
        broken = "the field 'text' is int, where a string is needed" if number % 5 == 4 else None
        assert report.get("problem") == broken


ITEMS = """
import scrapy
from dataclasses import dataclass
from scrapy import signals

class Fixed(scrapy.Item):
    text = scrapy.Field()

class WithReport(Fixed):
    report = scrapy.Field()

@dataclass
class Record:
    text: str

LINE = "The old bridge is closed to all traffic until the end of May."

class Items(scrapy.Spider):
    name = "items"
    start_urls = ["data:,"]
    custom_settings = {
        "ITEM_PIPELINES": {"dedupe.integrations.scrapy.DedupePipeline": 300},
        "ROBOTSTXT_OBEY": False, "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "ERROR",
        "DEDUPE_REPORT_FIELD": "report", "DEDUPE_FINDINGS_FIELD": "findings",
    }

    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.dropped, signals.item_dropped)
        return spider

    def dropped(self, item, response, exception, spider):
        print("DROPPED", item["report"]["removed"])

    def parse(self, response):
        for kind in (Fixed, WithReport, Record, dict):
            yield kind(text=f"{LINE}\\n\\n{LINE}")
        yield {"text": None}
"""


def test_a_field_that_an_item_cannot_have_is_one_sentence_and_the_item_is_cleaned(tmp_path: Path) -> None:
    (tmp_path / "spider.py").write_text(ITEMS, "utf-8")
    command = [sys.executable, "-m", "scrapy", "runspider", "spider.py"]
    done = subprocess.run([*command, "-o", "items.jsonl"], cwd=tmp_path, capture_output=True, text=True, check=False)
    items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text("utf-8").splitlines()]
    assert [(item["text"] or "").count("bridge") for item in items] == [1, 1, 1, 1, 0]
    assert ["report" in item for item in items] == [False, True, False, True, True]
    assert "Fixed: Fixed has no field 'report'; add it to the class" in done.stderr
    assert "Record: Record has no field 'findings'; add it to the class" in done.stderr
    assert "Traceback" not in done.stderr
    dropping = subprocess.run(
        [*command, "-s", "DEDUPE_ACTION=drop"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "DROPPED 1" in dropping.stdout


@dataclass(frozen=True)
class Frozen:
    text: str


class Checked(BaseModel):
    model_config = ConfigDict(validate_assignment=True)
    text: str = Field(min_length=100)


LINE = "The old bridge over the river is closed to all traffic until the end of May."


@pytest.mark.parametrize("kind", [Frozen, Checked])
def test_an_item_that_takes_no_other_text_passes_unchanged(
    kind: type[Frozen | Checked], caplog: pytest.LogCaptureFixture
) -> None:
    crawler = get_crawler(settings_dict={})
    item = kind(text=f"{LINE}\n\n{LINE}\n")
    assert DedupePipeline.from_crawler(crawler).process_item(item) is item
    assert item.text == f"{LINE}\n\n{LINE}\n"
    name = kind.__name__
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == [
        f"{name}: {name} does not take a value for 'text'; make the class accept it"
    ]
    assert crawler.stats is not None
    assert crawler.stats.get_value("dedupe/errors") == 1


@pytest.mark.parametrize(("value", "expected"), [("False", False), ("0", False), ("true", True), (True, True)])
def test_a_setting_of_yes_or_no_is_read_as_that(value: object, expected: bool) -> None:
    crawler = get_crawler(settings_dict={"DEDUPE_REMOVE_QUOTED_HISTORY": value})
    assert DedupePipeline.from_crawler(crawler).deduper.options.remove_quoted_history is expected
