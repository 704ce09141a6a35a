"""An item pipeline for Scrapy that cleans, flags or drops items whose text says things twice."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, MissingExtraError, OptionError
from dedupe.options import Options

try:
    from itemadapter import ItemAdapter
    from scrapy.exceptions import DropItem
except ImportError:
    raise MissingExtraError("Scrapy", "scrapy") from None

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector

ACTIONS = ("clean", "flag", "drop")

log = logging.getLogger(__name__)


class DedupePipeline:
    """Judges one field of each item.

    Settings: `DEDUPE_FIELD` (default "text"); `DEDUPE_ACTION`: "clean" replaces the text (default), "flag" leaves it
    alone, "drop" drops items in which something would be removed; `DEDUPE_FINDINGS_FIELD`: a field that gets the
    findings as a list of dictionaries (default: none); and every option as `DEDUPE_LEVEL`, `DEDUPE_JACCARD` and so on.
    Statistics: `dedupe/documents`, `dedupe/removed`, `dedupe/flagged`, `dedupe/errors`. An item whose field is missing
    or no string is counted and logged, and passes through unchanged.
    """

    def __init__(
        self,
        deduper: Deduper,
        stats: StatsCollector,
        *,
        field: str = "text",
        action: str = "clean",
        findings_field: str = "",
    ) -> None:
        if action not in ACTIONS:
            raise OptionError(f"DEDUPE_ACTION must be one of {', '.join(ACTIONS)}, not {action!r}")
        self.deduper = deduper
        self.stats = stats
        self.field = field
        self.action = action
        self.findings_field = findings_field

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DedupePipeline:
        """Make the pipeline from a crawler's settings; raise `OptionError` for an impossible one."""
        settings = crawler.settings
        chosen: dict[str, Any] = {}
        for one in fields(Options):
            value = settings.get(f"DEDUPE_{one.name.upper()}")
            if value is not None:
                chosen[one.name] = tuple(value) if isinstance(value, list) else value
        assert crawler.stats is not None
        return cls(
            Deduper(Options(**chosen)),
            crawler.stats,
            field=settings.get("DEDUPE_FIELD", "text"),
            action=settings.get("DEDUPE_ACTION", "clean"),
            findings_field=settings.get("DEDUPE_FINDINGS_FIELD", ""),
        )

    def process_item(self, item: Any) -> Any:
        """Judge an item's text and act on it."""
        adapter = ItemAdapter(item)
        name = str(adapter.get("url", "")) or type(item).__name__
        text = adapter.get(self.field)
        if not isinstance(text, str):
            self.stats.inc_value("dedupe/errors")
            log.error("%s: the field %r is %s, where a string is needed", name, self.field, type(text).__name__)
            return item
        try:
            report = self.deduper.check((name, text))
        except DedupeError as error:
            self.stats.inc_value("dedupe/errors")
            log.error("%s: %s", name, error)
            return item
        removed, flagged = report.count("remove"), report.count("flag")
        self.stats.inc_value("dedupe/documents")
        self.stats.inc_value("dedupe/removed", removed)
        self.stats.inc_value("dedupe/flagged", flagged)
        if report.problem:
            self.stats.inc_value("dedupe/errors")
            log.error("%s: %s", name, report.problem)
        if self.action == "drop" and removed:
            raise DropItem(f"{name}: {removed} paragraphs repeat others")
        if self.action == "clean" and report.changed:
            adapter[self.field] = report.text
        if self.findings_field:
            adapter[self.findings_field] = report.to_dict()["findings"]
        return item
