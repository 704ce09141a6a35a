"""The steps as functions over Arrow batches: what Spark runs on its workers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa  # whoever loads this module has Spark, which needs it

from dedupe.corpus.across import Case, Inner, Judging, Outcome, Place, Repeat, copied, likeness, settle
from dedupe.corpus.buckets import Buckets
from dedupe.corpus.prints import band_keys_of, fingerprint, order_of
from dedupe.corpus.scaling import Scaling
from dedupe.corpus.store import is_alike
from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.formats import Reading
from dedupe.formats.json_lines import record_of
from dedupe.judgement import Policy
from dedupe.model import Document, Report, Span, without
from dedupe.options import Options

Batches = Iterable[pa.RecordBatch]
Step = Callable[[Batches], Iterator[pa.RecordBatch]]

TEXT, ID, DATE, URL = "_text", "_id", "_date", "_url"


def _members(columns: str) -> str:
    """Return the columns of a schema as the members of a struct."""
    return columns.replace(" ", ": ").replace(",: ", ", ")


PARAGRAPH = (
    "high long, low long, number int, words int, start int, stop int, first int, last int, text string, "
    "digest string, document string"
)
PRINTS = (
    "at long, digest string, host long, high long, low long, words int, points int, lines int, order string, "
    f"document string, remaining string, inner string, rows array<struct<{_members(PARAGRAPH)}>>"
)
BANDS = "bucket long, high long, low long, at long, order string, number int"
PAIRS = "later_high long, later_low long, earlier_high long, earlier_low long, bounded int"
EDGES = "later_high long, later_low long, earlier_high long, earlier_low long, bearable boolean"

_MEMBER = np.dtype([("high", "<i8"), ("low", "<i8"), ("at", "<i8")])
ROW = ("high", "low", "number", "words", "start", "stop", "first", "last", "text", "digest", "document")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked to do; sent to the workers."""

    options: Options
    scaling: Scaling

    @property
    def policy(self) -> Policy:
        """What may be lost."""
        return Policy(self.options.level, self.options.keep, frozenset(self.options.ignore))

    @property
    def judging(self) -> Judging:
        """What the judgement across documents goes by."""
        options, scaling = self.options, self.scaling
        return Judging(Deduper(options), self.policy, options.across, scaling.near, scaling.drop)


def fingerprints(asked: Asked) -> Step:
    """Return the step from documents (`at`, text, id, date, url) to `PRINTS`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        deduper = Deduper(asked.options)
        for batch in batches:
            columns = batch.to_pydict()
            chosen = [row for row, text in enumerate(columns[TEXT]) if text is not None]
            documents = [
                Document(
                    columns[TEXT][row], _said(columns[ID][row]), _said(columns[DATE][row]), _said(columns[URL][row])
                )
                for row in chosen
            ]
            if documents:
                made = _printed(documents, [columns["at"][row] for row in chosen], deduper, asked.scaling)
                yield pa.RecordBatch.from_pylist(made, _PRINTS)

    return step


def _said(value: Any) -> str:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _printed(documents: Sequence[Document], places: Sequence[int], deduper: Deduper, scaling: Scaling) -> list[Any]:
    prints, reports = fingerprint(documents, deduper, None)
    rows: list[list[dict[str, Any]]] = [[] for _ in documents]
    digests = [bytes(one["digest"]).hex() for one in prints.documents]
    keys = {name: prints.rows[name].view(np.int64).tolist() for name in ("high", "low")}
    places_of = {name: prints.rows[name].tolist() for name in ("number", "words", "start", "stop", "first", "last")}
    bounds = zip(prints.rows["offset"].tolist(), prints.rows["length"].tolist(), strict=True)
    texts = [prints.texts[offset : offset + length].decode("utf-8", "surrogatepass") for offset, length in bounds]
    for at, owner in enumerate(prints.rows["document"].tolist()):
        one: dict[str, Any] = {name: values[at] for name, values in (keys | places_of).items()}
        one |= {"text": texts[at], "digest": digests[owner], "document": documents[owner].id}
        rows[owner].append(one)
    made = []
    for number, (document, report, record) in enumerate(zip(documents, reports, prints.documents, strict=True)):
        known = bytes(record["digest"])
        begin, end = int(record["offset"]), int(record["offset"]) + int(record["length"])
        inner = {
            "cuts": [[cut.start, cut.end] for cut in report.cuts],
            "findings": [finding.to_dict() for finding in report.findings],
        }
        order = order_of(document, int(record["words"]), scaling.first, scaling.prefer, known)
        made.append(
            {
                "at": places[number],
                "digest": digests[number],
                "host": int(record["host"].view(np.int64)),
                "high": int(record["high"].view(np.int64)),
                "low": int(record["low"].view(np.int64)),
                "words": int(record["words"]),
                "points": int(record["points"]),
                "lines": int(record["lines"]),
                # Among documents alike in everything the place decides; it is compared as text.
                "order": order.decode("utf-8", "surrogatepass") + f"\0{places[number]:020d}",
                "document": document.id,
                "remaining": prints.texts[begin:end].decode("utf-8", "surrogatepass"),
                "inner": json.dumps(inner) if report.findings else None,
                "rows": rows[number],
            }
        )
    return made


_ROWS = pa.list_(
    pa.struct(
        [
            (name, pa.int64() if name in ("high", "low") else pa.string() if at > 7 else pa.int32())
            for at, name in enumerate(ROW)
        ]
    )
)
_PRINTS = pa.schema(
    [
        *(("at", pa.int64()), ("digest", pa.string()), ("host", pa.int64())),
        *(("high", pa.int64()), ("low", pa.int64())),
        *(("words", pa.int32()), ("points", pa.int32()), ("lines", pa.int32()), ("order", pa.string())),
        *(("document", pa.string()), ("remaining", pa.string()), ("inner", pa.string()), ("rows", _ROWS)),
    ]
)


def bands(scaling: Scaling) -> Step:
    """Return the step from paragraphs (high, low, at, order, number, text) to `BANDS`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                texts = batch.column("text").to_pylist()
                keys = band_keys_of(texts, scaling.bands, scaling.band_rows).view(np.int64)
                for band in keys:
                    rest = [batch.column(name) for name in ("high", "low", "at", "order", "number")]
                    names = ["bucket", "high", "low", "at", "order", "number"]
                    yield pa.RecordBatch.from_arrays([pa.array(band), *rest], names)

    return step


def pairs(window: int) -> Step:
    """Return the step from `BANDS`, each bucket in one partition, sorted by bucket, order and number, to `PAIRS`."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        buckets = Buckets(window)
        counted = 0
        for batch in batches:
            members = np.zeros(batch.num_rows, _MEMBER)
            for name in ("high", "low", "at"):
                members[name] = batch.column(name).to_numpy()
            earlier, later = buckets.pairs(batch.column("bucket").to_numpy().view(np.uint64), members)
            apart = earlier["at"] != later["at"]
            columns = [np.ascontiguousarray(side[apart][name]) for side in (later, earlier) for name in ("high", "low")]
            bounded = np.zeros(len(columns[0]), np.int32)
            if len(bounded):
                bounded[0] = buckets.bounded - counted
                counted = buckets.bounded
            names = ["later_high", "later_low", "earlier_high", "earlier_low", "bounded"]
            yield pa.RecordBatch.from_arrays([pa.array(column) for column in [*columns, bounded]], names)

    return step


def edges(asked: Asked) -> Step:
    """Return the step from pairs with their texts (`later_text`, `earlier_text`) to `EDGES`: compared word by word."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        policy = asked.policy
        for batch in batches:
            texts = (batch.column(name).to_pylist() for name in ("later_text", "earlier_text"))
            seen = [likeness(one, other, policy, asked.scaling.near) for one, other in zip(*texts, strict=True)]
            kept = pa.array([one is not None for one in seen])
            names = ["later_high", "later_low", "earlier_high", "earlier_low"]
            columns = [batch.column(name).filter(kept) for name in names]
            bearable = pa.array([one.bearable for one in seen if one is not None], pa.bool_())
            yield pa.RecordBatch.from_arrays([*columns, bearable], [*names, "bearable"])

    return step


TAKEN = ("digest", "words", "inner", "remaining", "points", "lines", "repeats", "copy", "kept", "original")
"""What is known of a document, beside its columns, when its fate is decided."""


def fates(asked: Asked) -> Step:
    """Return the step from documents with all that was found to the same with `_cuts`, `_said` and `_dropped`.

    It takes the columns `TAKEN` away.
    """

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        judging = asked.judging
        for batch in batches:
            rows = batch.select([TEXT, ID, *TAKEN]).to_pylist()
            texts = batch.column(TEXT).to_pylist()
            found: dict[int, Outcome] = {}
            cases = {at: _case(row) for at, row in enumerate(rows) if row["digest"] is not None and _is_touched(row)}
            for (at, case), outcome in zip(cases.items(), settle(list(cases.values()), judging), strict=True):
                found[at] = _copied(rows[at], case, judging) or outcome
            said: list[str | None] = []
            cuts: list[list[int]] = []
            for at, row in enumerate(rows):
                fate = found.get(at)
                cuts.append([edge for cut in fate.cuts for edge in (cut.start, cut.end)] if fate else [])
                if fate is None:
                    said.append(None)
                    continue
                one = {"schema": 1, "document": _said(row[ID]), "key": row["digest"], "findings": fate.findings}
                said.append(json.dumps(one))
                if not fate.dropped:
                    texts[at] = without(texts[at], fate.cuts)
            left = batch.drop_columns(list(TAKEN))
            left = left.set_column(left.schema.get_field_index(TEXT), TEXT, pa.array(texts, pa.string()))
            dropped = [at in found and found[at].dropped for at in range(len(rows))]
            left = left.append_column("_cuts", pa.array(cuts, pa.list_(pa.int64())))
            left = left.append_column("_said", pa.array(said, pa.string()))
            unsettled = [at in found and found[at].unsettled for at in range(len(rows))]
            left = left.append_column("_dropped", pa.array(dropped, pa.bool_()))
            yield left.append_column("_unsettled", pa.array(unsettled, pa.bool_()))

    return step


def _is_touched(row: dict[str, Any]) -> bool:
    return bool(row["inner"] or row["repeats"] or row["copy"])


def _case(row: dict[str, Any]) -> Case:
    document = Document(row[TEXT], _said(row[ID]))
    inner = Inner()
    if row["inner"]:
        one = json.loads(row["inner"])
        inner = Inner(tuple(Span(*cut) for cut in one["cuts"]), tuple(one["findings"]))
    ordered = sorted(row["repeats"] or (), key=lambda one: one["mine"]["number"])
    repeats = [
        Repeat(
            _place(one["mine"]), one["mine"]["text"], _place(one["home"]), one["home"]["text"], bool(one["boilerplate"])
        )
        for one in ordered
    ]
    return Case(document, inner, repeats, row["words"], bool(row["original"]), bool(row["kept"]))


def _place(row: dict[str, Any]) -> Place:
    return Place(row["document"], row["digest"], (row["start"], row["stop"]), (row["first"], row["last"]))


def _copied(row: dict[str, Any], case: Case, judging: Judging) -> Outcome | None:
    """Return what becomes of a document that may say the same as another one; None for all others."""
    copy = row["copy"]
    if copy is None or "exact" in judging.policy.ignore or not is_alike(row["remaining"], copy["remaining"]):
        return None
    place = Place(_said(row[ID]), row["digest"], (0, row["points"]), (1, row["lines"]))
    home = Place(copy["document"], copy["digest"], (0, copy["points"]), (1, copy["lines"]))
    return copied(case, place, home, judging)


PARSED = "value string, text string, id string, date string, url string"
_PARSED = pa.schema([(name, pa.string()) for name in ("value", "text", "id", "date", "url")])


def parsed(reading: Reading) -> Step:
    """Return the step from lines (`value`) to `PARSED`; a line that cannot be read has no text."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            made = []
            for line in batch.column("value").to_pylist():
                one: dict[str, str | None] = {"value": line, "text": None, "id": "", "date": "", "url": ""}
                try:
                    record = record_of(line.encode(), "", 1, reading, set())
                except InputError:
                    made.append(one)
                    continue
                document = record.documents[0]
                place = record.places[0]
                made.append(
                    one | {"text": document.text, "id": place["id"], "date": document.date, "url": document.url}
                )
            yield pa.RecordBatch.from_pylist(made, _PARSED)

    return step


def rebuilt(reading: Reading) -> Step:
    """Return the step from lines with their `_cuts` to lines without them; what stays is as it was, to the byte."""

    def step(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            lines = batch.column("value").to_pylist()
            for at, edges_ in enumerate(batch.column("_cuts").to_pylist()):
                if edges_:
                    cuts = tuple(Span(*cut) for cut in zip(edges_[::2], edges_[1::2], strict=True))
                    record = record_of(lines[at].encode(), "", 1, reading, set())
                    lines[at] = record.without_repeats([Report(record.documents[0], cuts)]).decode()
            yield pa.RecordBatch.from_arrays([pa.array(lines, pa.string())], ["value"])

    return step
