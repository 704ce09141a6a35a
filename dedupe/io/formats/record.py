"""A file as a sequence of records: what every format yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, NamedTuple, Protocol

from dedupe._failures import failed, unexpected
from dedupe.errors import InputError, OptionError
from dedupe.io.compression import Compression
from dedupe.io.formats._decoding import UTF_8, codec_named
from dedupe.io.formats._fields import Field, flagged, join_fields, join_problem, split_report
from dedupe.io.formats._values import TEXT, VALUE_FORMATS
from dedupe.model import Document, Report
from dedupe.options import option, validate


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadOptions:
    """How files are read: which columns or fields hold texts, ids, addresses and dates.

    Every field has a default; `option` gives its range and meaning. Raises `OptionError` for a value out of range, an
    unknown encoding, and a `clean_field` that is not among `field`.

    >>> ReadOptions(field=("title", "body")).cleaned
    ('body',)
    """

    format: str = option("", "file format; by default detected from the ending and the content")
    encoding: str = option("utf-8", "encoding of texts without a byte order mark; auto detects it")
    field: tuple[str, ...] = option(
        ("text",), "names or paths (a.b, a[].b) of the fields that hold texts; together they are one document"
    )
    field_format: str = option(TEXT, "format of the texts in fields", choices=VALUE_FORMATS)
    clean_field: tuple[str, ...] = option((), "fields that duplicates are removed from; by default the last one named")
    id: str = option("", "name or path of the field that identifies a record")
    url: str = option("", "name or path of the field with the address of a record")
    date: str = option("", "name or path of the field with the date of a record (ISO 8601)")
    max_record: int = option(1 << 26, "bytes a record may have, unpacked; a larger one is refused", low=1, high=1 << 40)

    def __post_init__(self) -> None:
        validate(self)
        codec_named(self.encoding)
        object.__setattr__(self, "field", tuple(dict.fromkeys(self.field)))  # a field named twice counts once
        for name in self.clean_field:
            if name not in self.field:
                fields = ", ".join(map(repr, self.field))
                raise OptionError(f"clean_field must be among the fields that are read ({fields}), not {name!r}")

    @property
    def columns(self) -> list[str]:
        """The names of all fields that are read."""
        return [name for name in (*self.field, self.id, self.url, self.date) if name]

    @property
    def cleaned(self) -> tuple[str, ...]:
        """The fields that duplicates are removed from."""
        return self.clean_field or self.field[-1:]


@dataclass(frozen=True, slots=True)
class Record:
    """A part of a file: its bytes, the documents in them, and how to remove duplicates from it.

    `rebuild` returns the bytes without the removed paragraphs, given the reports. `annotate` returns the bytes with the
    findings in a new column and the texts unchanged, given the reports and the column's name; None if the format has no
    columns. `places` has for each document the keys that locate it in a report (`document`, `record`, `field`, `id`).
    `error` is set if the part cannot be read; it then has no documents. `encoding` is that of the bytes. `absent` marks
    a record without a text, which is no error. `fields` are the fields joined into the one document, if there are
    several. `sealed` is the reason why nothing may be removed, a clause for the sentence of a finding.
    `missing` are the fields that the record does not have; None if that is not looked at.
    """

    raw: bytes
    documents: Sequence[Document] = ()
    rebuild: Callable[[Sequence[Report]], bytes] | None = None
    places: Sequence[Mapping[str, Any]] = ()
    error: InputError | None = None
    encoding: str = "utf-8"
    annotate: Callable[[Sequence[Report], str], bytes] | None = None
    absent: bool = False
    fields: Sequence[Field] = ()
    sealed: str = ""
    missing: frozenset[str] | None = None

    def reports(self, judged: Sequence[Report]) -> list[Report]:
        """Return one report a field, given those of the documents."""
        return split_report(judged[0], self.fields) if self.fields else list(judged)

    def as_one(self, read_options: ReadOptions, where: str) -> Record:
        """Return the record with its fields joined into one document if several are read, else unchanged.

        Raises `InputError` for fields with more lines than the bound on memory allows.
        """
        if len(read_options.field) < 2 or not self.documents:
            return self
        pairs = zip(self.documents, self.places, strict=True)
        fields = [Field(document, place, place["field"] in read_options.cleaned) for document, place in pairs]
        if why := join_problem(fields):
            raise InputError(where, why, named(id=self.places[0]["id"]))
        place = {**self.places[0], "field": ", ".join(str(field.place["field"]) for field in fields)}
        joined_document = join_fields(fields, place["id"] or where)
        return replace(self, documents=(joined_document,), places=(place,), fields=fields)

    def without_repeats(self, reports: Sequence[Report]) -> bytes:
        """Return the bytes without the removed paragraphs; unchanged if none is removed."""
        if self.rebuild is None or not any(report.changed for report in reports):
            return self.raw
        return self.rebuild(reports)

    def records(self) -> Iterator[Record]:
        """Yield the record itself, as `RawChunk.records` yields its records."""
        yield self


class Reader(Protocol):
    """Parse raw chunks of one file, in the process that a chunk is sent to."""

    def split(self, raw: bytes) -> list[bytes]:
        """Return the bytes of each record of a chunk."""

    def read(self, raw: bytes, number: int) -> tuple[Sequence[Document], str | None, frozenset[str] | None]:
        """Return the documents of a record, its id if it is to have one, and the fields it does not have.

        Raises `InputError` if there are none.
        """

    def record(self, raw: bytes, number: int) -> Record:
        """Return the record parsed from these bytes."""

    def check_id(self, number: int, name: str) -> InputError | None:
        """Return an error if an earlier record has this id; called only in the process that reads the file."""


class RawChunk(NamedTuple):
    """A part of a file that is parsed later, in any process: the bytes of its records, the number of the first, and
    their reader.
    """

    raw: bytes
    number: int
    reader: Reader

    @property
    def encoding(self) -> str:
        """The encoding of the bytes, as in a record."""
        return UTF_8

    def records(self) -> Iterator[Record]:
        """Yield the records, in the process that reads the file; a repeated id is an error."""
        for number, raw in enumerate(self.reader.split(self.raw), self.number):
            record = self.reader.record(raw, number)
            error = self.reader.check_id(number, record.places[0]["id"]) if record.places else None
            yield record if error is None else replace(record, error=error)

    def without_repeats(self, _: Sequence[Report]) -> bytes:
        """Return the bytes unchanged: a chunk stays raw only if it has no findings."""
        return self.raw


Chunk = Record | RawChunk

JudgedChunk = tuple[Chunk, Sequence[Report]]
"""A chunk with a report for each of its documents; a raw chunk has no reports, since it has no findings."""


def reconcile(record: Chunk, reports: Sequence[Report], writes: bool = False) -> JudgedChunk:
    """Return reports that `rebuild` can carry out: if a source cannot be cut, its removals become flags.

    So no report announces a removal that is not made, and a record is rebuilt once. A document without a layout is
    tried only if it is to be written (`writes`). If `rebuild` fails, the record stays and its reports have the problem.
    """
    if isinstance(record, RawChunk) or (record.rebuild is None and not record.sealed):
        return record, reports
    if not any(report.changed and (writes or report.document.layout) for report in reports):
        return record, reports
    if record.sealed:
        return record, [flagged(report, record.sealed) for report in reports]
    try:
        rebuilt = record.without_repeats(reports)
    except InputError:
        rebuilt = record.raw
    except Exception as error:
        return record, [replace(failed(report.document, error), place=report.place) for report in reports]
    if rebuilt == record.raw:
        return record, [flagged(report) for report in reports]
    return replace(record, rebuild=lambda _: rebuilt), reports


def findings(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """Return the findings of a record for a column; each names its field if the record has several texts."""
    pairs = [(report, finding) for report in reports for finding in report.to_dict()["findings"]]
    if len(reports) == 1:
        return [finding for _, finding in pairs]
    return [{"field": report.place.get("field", ""), **finding} for report, finding in pairs]


def named(record: int = 0, id: str = "") -> str:
    """Return the number and the id of a record, as far as they are known, for an error.

    >>> named(3, "a")
    "record 3, id 'a'"
    """
    return ", ".join([f"record {record}"] * bool(record) + [f"id {id!r}"] * bool(id))


def plain_value(value: Any) -> str:
    """Return an id, address or date as text; empty for None, as if no column had been named."""
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def keys_named(names: Sequence[Any]) -> str:
    """Return the first twenty names of columns or fields as a list for an error."""
    return ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")


def oversize(read_options: ReadOptions) -> str:
    """Return the problem of a record that is too large."""
    return f"is a record larger than {read_options.max_record:,} bytes; if it is meant to be, raise --max-record"


def as_input_error(error: Exception, where: str, record: str = "") -> InputError:
    """Return the error of a record for an exception of its parser; raise again one about more than the record."""
    return error if isinstance(error, InputError) else unexpected(where, error, record)


def joined(judged: Iterable[JudgedChunk], column: str) -> Iterator[bytes]:
    """Yield the bytes of the new file, record by record; with a column of findings if one is named.

    For a column every chunk is a `Record`.
    """
    for chunk, reports in judged:
        annotate = chunk.annotate if column and isinstance(chunk, Record) else None
        yield chunk.without_repeats(reports) if annotate is None else annotate(reports, column)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    `read` takes a binary stream, the name of the file and the options, and yields records or raw chunks, of which a few
    are in memory at a time; it raises `InputError` where it can read no further. `write` turns judged chunks into the
    bytes of the new file, with a column of findings if one is named. `columns`: whether it can have such a column.
    `becomes`: the suffix of the new file if that has another format, so that the source cannot be edited in place.
    `checks_content`: whether `read` refuses every file of another format. `member_per_record`: whether a compressed
    file has a gzip member for each record, so that each can be unpacked alone. `only_if_named`: whether files of a
    folder are skipped, since most with such a suffix are no documents.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[BinaryIO, str, ReadOptions], Iterator[Chunk]]
    write: Callable[[Iterable[JudgedChunk], str], Iterator[bytes]] = joined
    columns: bool = False
    becomes: str = ""
    checks_content: bool = False
    member_per_record: bool = False
    only_if_named: bool = False

    def packed(self, compression: Compression | None) -> Compression | None:
        """Return the compression of a new file of this format, given that of its source."""
        if compression is None or compression.name != "gzip":
            return compression
        return replace(compression, in_members=self.member_per_record)

    def renamed(self, name: str) -> str:
        """Return the name of the new file, given that of a source of this format."""
        if not self.becomes:
            return name
        suffix = next((suffix for suffix in self.suffixes if suffix in name.lower()), "")
        return (name[: name.lower().rindex(suffix)] if suffix else name) + self.becomes
