"""A Scrapy item pipeline that cleans, flags or drops items with duplicate paragraphs."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dedupe.deduper import Deduper
from dedupe.errors import DedupeError, InputError, MissingExtraError, OptionError
from dedupe.index import OpenIndex
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

PIPELINE_SETTINGS = (
    "FIELD",
    "ACTION",
    "FINDINGS_FIELD",
    "REPORT_FIELD",
    "INDEX",
    "REMEMBER",
    "STORE_TEXT",
    "INDEX_OPTIONAL",
)
"""Settings of the pipeline besides those of `Options`."""

NOTHING: Mapping[str, object] = {}

log = logging.getLogger(__name__)


class DedupePipeline:
    """Check the text in one field of each item.

    An item whose field is missing or is no string is counted as an error, logged, and passes through unchanged.

    Settings:
        `DEDUPE_FIELD`: the field with the text (default "text").
        `DEDUPE_ACTION`: "clean" replaces the text (default), "flag" leaves it unchanged, "drop" drops items from which
        a paragraph would be removed.
        `DEDUPE_FINDINGS_FIELD`: a field that gets the findings as a list of dictionaries (default: none).
        `DEDUPE_REPORT_FIELD`: a field that gets the object of the json-lines output (default: none), with the counts
        `removed` and `flagged` and, with an index, `known`; with a `problem` if the item could not be checked.
        An item that is dropped has it, too, for receivers of the signal `item_dropped`.
        `DEDUPE_INDEX`: an index, a file or the address of a Redis server. Each item is compared with it and then stored
        in it under its field "url", one item at a time, in a thread of its own while the crawl goes on.
        `DEDUPE_REMEMBER`: whether items are stored in the index (default true).
        `DEDUPE_STORE_TEXT`: whether a new index keeps texts (default false).
        `DEDUPE_INDEX_OPTIONAL`: whether to go on without an index that fails (default false).
        `DEDUPE_LEVEL`, `DEDUPE_JACCARD` and so on: each option of `dedupe.Options`.

    Statistics:
        `dedupe/documents`, `dedupe/removed`, `dedupe/flagged`: checked items, and findings by action.
        `dedupe/errors`, `dedupe/without_text`: items that could not be checked, and those whose field is None.
        `dedupe/known`: items whose address is in the index already.
        `dedupe/elsewhere`: findings whose original is in another document; `dedupe/boilerplate` and
        `dedupe/syndicated` are those of these kinds.

    Args:
        deduper: checks the texts.
        stats: the statistics of the crawler.
        field: the field with the text.
        action: "clean", "flag" or "drop".
        findings_field: a field that gets the findings; "" for none.
        report_field: a field that gets the report; "" for none.
        index: the index of the deduper, closed when the spider closes.
        remember: whether items are stored in the index.

    Raises:
        OptionError: `action` is none of the three, or two fields are the same.

    Example:
        In the settings of a project: `ITEM_PIPELINES = {"dedupe.integrations.scrapy.DedupePipeline": 300}`.
    """

    def __init__(
        self,
        deduper: Deduper,
        stats: StatsCollector,
        *,
        field: str = "text",
        action: str = "clean",
        findings_field: str = "",
        report_field: str = "",
        index: OpenIndex | None = None,
        remember: bool = True,
    ) -> None:
        if action not in ACTIONS:
            raise OptionError(f"DEDUPE_ACTION must be one of {', '.join(ACTIONS)}, not {action!r}")
        named = [name for name in (field, findings_field, report_field) if name]
        if len({*named}) < len(named):
            raise OptionError(
                "DEDUPE_FIELD, DEDUPE_FINDINGS_FIELD and DEDUPE_REPORT_FIELD must be different fields, not "
                f"{', '.join(map(repr, named))}"
            )
        self.deduper = deduper
        self.stats = stats
        self.field = field
        self.action = action
        self.findings_field = findings_field
        self.report_field = report_field
        self.index = index
        self.remember = remember
        self._thread: ThreadPool | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DedupePipeline:
        """Create the pipeline from the settings of a crawler.

        Raises:
            OptionError: a setting has an impossible value, or its name is unknown.
            InputError: the index cannot be opened.
        """
        settings = crawler.settings
        _refuse_unknown(settings)
        chosen: dict[str, Any] = {}
        for option in fields(Options):
            setting = f"{PREFIX}{option.name.upper()}"
            value = settings.get(setting)
            if value is not None:
                value = tuple(value) if isinstance(value, list) else value
                chosen[option.name] = _parse_value(value, option.default) if isinstance(value, str) else value
                validate_value(setting, chosen[option.name], option)
        assert crawler.stats is not None
        options = Options(**chosen)
        place, optional = settings.get("DEDUPE_INDEX", ""), settings.getbool("DEDUPE_INDEX_OPTIONAL")
        remember = settings.getbool("DEDUPE_REMEMBER", True)
        index: OpenIndex | None = None
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
            report_field=settings.get("DEDUPE_REPORT_FIELD", ""),
            index=index,
            remember=remember,
        )

    def open_spider(self) -> None:
        """Start the thread that uses the index: a single one, so that items are stored in order."""
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
        """Check the text of an item and act on the report; with an index, in the thread of the index."""
        adapter = ItemAdapter(item)
        name = str(adapter.get("url") or type(item).__name__)
        text = adapter.get(self.field)
        if text is None and self.field in adapter:
            self.stats.inc_value("dedupe/without_text")
            self._put(item, name, Report(Document("", name)), {})
            return item
        if not isinstance(text, str):
            problem = f"the field {self.field!r} is {type(text).__name__}, where a string is needed"
            return self._finish(item, name, Report(Document("", name), problem=problem))
        if self._thread is None:
            return self._finish(item, name, self._check(Document(text, name)))
        url = str(adapter.get("url") or "")
        return self._in_thread(item, name, Document(text, url, url=url))

    async def _in_thread(self, item: Any, name: str, document: Document) -> Any:
        from twisted.internet import reactor  # importing it chooses it, so only once scrapy has
        from twisted.internet.threads import deferToThreadPool

        work = deferToThreadPool(reactor, self._thread, self._check_with_index, document)
        is_known, report = await maybe_deferred_to_future(work)
        if is_known:
            self.stats.inc_value("dedupe/known")
        return self._finish(item, name, report, {"known": is_known})

    def _check_with_index(self, document: Document) -> tuple[bool, Report]:
        """Return whether the index has the document, and its report."""
        assert self.index is not None
        try:
            is_known = bool(document.id) and document.id in self.index.holds([document.id])
        except DedupeError:  # `check` raises it again, or works without the index
            is_known = False
        return is_known, self._check(document, remember=self.remember and bool(document.id))

    def _check(self, document: Document, *, remember: bool = False) -> Report:
        """Return the report of a document; that of an error has it as its problem."""
        try:
            return self.deduper.check(document, remember=remember)
        except DedupeError as error:
            return Report(document, problem=str(error))

    def _finish(self, item: Any, name: str, report: Report, more: Mapping[str, object] = NOTHING) -> Any:
        """Count the findings and act on them; an item on which the program failed passes through unchanged."""
        if report.problem:
            self.stats.inc_value("dedupe/errors")
            log.error("%s: %s", name, report.problem)
        if report.failed:
            self._put(item, name, report, more)
            return item
        removed, flagged = report.count("remove"), report.count("flag")
        self.stats.inc_value("dedupe/documents")
        self.stats.inc_value("dedupe/removed", removed)
        self.stats.inc_value("dedupe/flagged", flagged)
        elsewhere = [finding for finding in report.findings if finding.original.first_seen]
        if self.index is not None:
            self.stats.inc_value("dedupe/elsewhere", len(elsewhere))
            for kind in ("boilerplate", "syndicated"):
                self.stats.inc_value(f"dedupe/{kind}", sum(finding.kind == kind for finding in elsewhere))
        self._put(item, name, report, more)
        if self.action == "drop" and removed:
            raise DropItem(f"{name}: {removed} paragraphs repeat others")
        if self.action == "clean" and report.changed:
            self._set(item, name, self.field, report.text)
        return item

    def _put(self, item: Any, name: str, report: Report, more: Mapping[str, object]) -> None:
        """Put the findings and the report into the fields for them; an item that lacks one keeps the others."""
        told = report.to_dict() | {"document": name}
        counts = {"removed": report.count("remove"), "flagged": report.count("flag")}
        values = {self.findings_field: told["findings"], self.report_field: {**told, **counts, **more}}
        for field, value in values.items():
            if field and not (report.failed and field == self.findings_field):
                self._set(item, name, field, value)

    def _set(self, item: Any, name: str, field: str, value: object) -> None:
        """Set a field of an item; one that cannot have it stays as it is, which is counted and logged."""
        try:
            ItemAdapter(item)[field] = value
        except KeyError:  # of an item with fixed fields
            problem, advice = f"has no field {field!r}", "add it to the class"
        except (AttributeError, TypeError, ValueError):  # of a frozen item, or one that checks values
            problem, advice = f"does not take a value for {field!r}", "make the class accept it"
        else:
            return
        self.stats.inc_value("dedupe/errors")
        log.error("%s: %s %s; %s", name, type(item).__name__, problem, advice)


def _refuse_unknown(settings: Iterable[str]) -> None:
    """Raise `OptionError` for an unknown setting with our prefix, which would have no effect."""
    known = [f"{PREFIX}{option.name.upper()}" for option in fields(Options)] + [
        PREFIX + name for name in PIPELINE_SETTINGS
    ]
    for name in settings:
        if name.startswith(PREFIX) and name not in known:
            new = RENAMED.get(name.removeprefix(PREFIX).lower())
            close = [PREFIX + new.upper()] if new else get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(known))}"
            raise OptionError(f"there is no setting {name} of the pipeline; {hint}")


def _parse_value(value: str, default: Any) -> Any:
    """Return a setting of the command line in the type of the option's default."""
    if isinstance(default, tuple):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(default, bool):
        return {"0": False, "false": False, "1": True, "true": True}.get(value.lower(), value)
    try:
        return type(default)(value) if isinstance(default, (int, float)) else value
    except ValueError:
        return value
