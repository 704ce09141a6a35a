"""An item pipeline for Scrapy that cleans, flags or drops items whose text says things twice."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, InputError, MissingExtraError, OptionError
from dedupe.index import Store
from dedupe.index.open import open_index
from dedupe.model import Document, Report
from dedupe.options import RENAMED, Options, validate_value

try:
    from itemadapter import ItemAdapter
    from scrapy.exceptions import DropItem
    from scrapy.utils.defer import maybe_deferred_to_future
except ImportError:
    raise MissingExtraError("Scrapy", "scrapy") from None

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.statscollectors import StatsCollector
    from twisted.python.threadpool import ThreadPool

ACTIONS = ("clean", "flag", "drop")

PREFIX = "DEDUPE_"

OWN = ("FIELD", "ACTION", "FINDINGS_FIELD", "INDEX", "REMEMBER", "STORE_TEXT", "INDEX_OPTIONAL")
"""Settings beside those for the options."""

log = logging.getLogger(__name__)


class DedupePipeline:
    """Judges one field of each item.

    Settings: `DEDUPE_FIELD` (default "text"); `DEDUPE_ACTION`: "clean" replaces the text (default), "flag" leaves it
    alone, "drop" drops items in which something would be removed; `DEDUPE_FINDINGS_FIELD`: a field that gets the
    findings as a list of dictionaries (default: none); and every option as `DEDUPE_LEVEL`, `DEDUPE_JACCARD` and so on.
    Statistics: `dedupe/documents`, `dedupe/removed`, `dedupe/flagged`, `dedupe/errors`. An item whose field is missing
    or no string is counted and logged, and passes through unchanged; one whose field is None is counted as
    `dedupe/without_text`.

    `DEDUPE_INDEX` names an index (a file, or the address of a Redis server): each item is compared with it and then
    written to it under its field "url", in a thread of its own, one item at a time, while the crawl goes on. Further
    settings: `DEDUPE_REMEMBER` (default true), `DEDUPE_STORE_TEXT` and `DEDUPE_INDEX_OPTIONAL` (default false). Further
    statistics: `dedupe/known` counts items whose address the index has already; `dedupe/elsewhere` findings in other
    documents, `dedupe/boilerplate` and `dedupe/syndicated` those of these kinds.
    """

    def __init__(
        self,
        deduper: Deduper,
        stats: StatsCollector,
        *,
        field: str = "text",
        action: str = "clean",
        findings_field: str = "",
        index: Store | None = None,
        remember: bool = True,
    ) -> None:
        if action not in ACTIONS:
            raise OptionError(f"DEDUPE_ACTION must be one of {', '.join(ACTIONS)}, not {action!r}")
        self.deduper = deduper
        self.stats = stats
        self.field = field
        self.action = action
        self.findings_field = findings_field
        self.index = index
        self.remember = remember
        self._thread: ThreadPool | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DedupePipeline:
        """Make the pipeline from a crawler's settings; raise `DedupeError` for an impossible or unknown one."""
        settings = crawler.settings
        _refuse_unknown(settings)
        chosen: dict[str, Any] = {}
        for one in fields(Options):
            value = settings.get(f"DEDUPE_{one.name.upper()}")
            if value is not None:
                value = tuple(value) if isinstance(value, list) else value
                chosen[one.name] = _number(value, one.default) if isinstance(value, str) else value
                validate_value(f"DEDUPE_{one.name.upper()}", chosen[one.name], one)
        assert crawler.stats is not None
        options = Options(**chosen)
        place, optional = settings.get("DEDUPE_INDEX", ""), settings.getbool("DEDUPE_INDEX_OPTIONAL")
        remember = settings.getbool("DEDUPE_REMEMBER", True)
        index: Store | None = None
        if place:
            try:
                texts = settings.getbool("DEDUPE_STORE_TEXT")
                index = open_index(place, options, write=remember, store_text=texts)
            except InputError as error:
                if not optional:
                    raise
                log.warning("%s; going on without the index", error)
        return cls(
            Deduper(options, index=index, index_optional=optional),
            crawler.stats,
            field=settings.get("DEDUPE_FIELD", "text"),
            action=settings.get("DEDUPE_ACTION", "clean"),
            findings_field=settings.get("DEDUPE_FINDINGS_FIELD", ""),
            index=index,
            remember=remember,
        )

    def open_spider(self) -> None:
        """Start the thread in which the index is asked: one, so that items are remembered in order."""
        if self.index is not None:
            from twisted.python.threadpool import ThreadPool  # scrapy has loaded it

            self._thread = ThreadPool(1, 1, "dedupe")
            self._thread.start()

    def close_spider(self) -> None:
        """End the thread and close the index."""
        if self._thread is not None:
            self._thread.stop()
            self._thread = None
        if self.index is not None:
            self.index.close()

    def process_item(self, item: Any) -> Any | Awaitable[Any]:
        """Judge an item's text and act on it; with an index, in the index's thread."""
        adapter = ItemAdapter(item)
        name = str(adapter.get("url", "")) or type(item).__name__
        text = adapter.get(self.field)
        if text is None and self.field in adapter:
            self.stats.inc_value("dedupe/without_text")
            return item
        if not isinstance(text, str):
            self.stats.inc_value("dedupe/errors")
            log.error("%s: the field %r is %s, where a string is needed", name, self.field, type(text).__name__)
            return item
        if self._thread is None:
            return self._finished(item, name, self._judged(name, Document(text, name)))
        return self._in_thread(item, name, Document(text, str(adapter.get("url", "")), url=str(adapter.get("url", ""))))

    async def _in_thread(self, item: Any, name: str, document: Document) -> Any:
        from twisted.internet import reactor  # importing it chooses it, so only once scrapy has
        from twisted.internet.threads import deferToThreadPool

        work = deferToThreadPool(reactor, self._thread, self._known, name, document)
        known, report = await maybe_deferred_to_future(work)
        if known:
            self.stats.inc_value("dedupe/known")
        return self._finished(item, name, report)

    def _known(self, name: str, document: Document) -> tuple[bool, Report | DedupeError]:
        """Return whether the index has the document, and its report."""
        assert self.index is not None
        try:
            known = bool(document.id) and document.id in self.index.holds([document.id])
        except DedupeError:  # the report says so, or does without
            known = False
        return known, self._judged(name, document, remember=self.remember and bool(document.id))

    def _judged(self, name: str, document: Document, *, remember: bool = False) -> Report | DedupeError:
        """Return an item's report, or what went wrong with it or with the index."""
        try:
            return self.deduper.check(document, remember=remember)
        except DedupeError as error:
            return error

    def _finished(self, item: Any, name: str, report: Report | DedupeError) -> Any:
        """Count what was found and act on it; an item on which the program failed passes through unchanged."""
        if isinstance(report, DedupeError):
            self.stats.inc_value("dedupe/errors")
            log.error("%s: %s", name, report)
            return item
        if report.failed:
            self.stats.inc_value("dedupe/errors")
            log.error("%s: %s", name, report.problem)
            return item
        removed, flagged = report.count("remove"), report.count("flag")
        self.stats.inc_value("dedupe/documents")
        self.stats.inc_value("dedupe/removed", removed)
        self.stats.inc_value("dedupe/flagged", flagged)
        elsewhere = [one for one in report.findings if one.original.first_seen]
        if self.index is not None:
            self.stats.inc_value("dedupe/elsewhere", len(elsewhere))
            for kind in ("boilerplate", "syndicated"):
                self.stats.inc_value(f"dedupe/{kind}", sum(one.kind == kind for one in elsewhere))
        if report.problem:
            self.stats.inc_value("dedupe/errors")
            log.error("%s: %s", name, report.problem)
        if self.action == "drop" and removed:
            raise DropItem(f"{name}: {removed} paragraphs repeat others")
        adapter = ItemAdapter(item)
        if self.action == "clean" and report.changed:
            adapter[self.field] = report.text
        if self.findings_field:
            adapter[self.findings_field] = report.to_dict()["findings"]
        return item


def _refuse_unknown(settings: Iterable[str]) -> None:
    """Raise `OptionError` for a setting that looks like one of ours and is none: it would do nothing."""
    known = [f"{PREFIX}{one.name.upper()}" for one in fields(Options)] + [PREFIX + name for name in OWN]
    for name in settings:
        if name.startswith(PREFIX) and name not in known:
            new = RENAMED.get(name.removeprefix(PREFIX).lower())
            close = [PREFIX + new.upper()] if new else get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
            raise OptionError(f"there is no setting {name} of the pipeline; {hint}")


def _number(value: str, default: Any) -> Any:
    """Return a setting given on the command line in the type of the option's default."""
    if isinstance(default, tuple):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    try:
        return type(default)(value) if isinstance(default, (int, float)) else value
    except ValueError:
        return value
