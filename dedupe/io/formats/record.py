"""What every format gives: a file as a row of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, NamedTuple, Protocol

from dedupe._failures import failed
from dedupe.errors import InputError, OptionError
from dedupe.io.compression import Compression
from dedupe.io.formats._decoding import UTF_8, known
from dedupe.io.formats._fields import Field, apart, flagged, together, unjoined
from dedupe.io.formats._values import TEXT, VALUE_FORMATS
from dedupe.model import Document, Report
from dedupe.options import option, validate


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadOptions:
    """How files are read: the columns of records that hold texts and what names them."""

    format: str = option("", "file format; by default found by the name's ending and the content")
    encoding: str = option("utf-8", "encoding of texts without a byte order mark; auto tells it from the bytes")
    field: tuple[str, ...] = option(
        ("text",), "names or paths (a.b, a[].b) of the fields that hold texts, one document"
    )
    field_format: str = option(TEXT, "what the texts in fields are written in", choices=VALUE_FORMATS)
    clean_field: tuple[str, ...] = option((), "fields that repeats go from; by default the last one that is named")
    id: str = option("", "name or path of the field that identifies a record")
    url: str = option("", "name or path of the field with the address of a record")
    date: str = option("", "name or path of the field with the date of a record (ISO 8601)")
    max_record: int = option(1 << 26, "bytes a record may have, unpacked; a larger one is refused", low=1, high=1 << 40)

    def __post_init__(self) -> None:
        validate(self)
        known(self.encoding)
        object.__setattr__(self, "field", tuple(dict.fromkeys(self.field)))  # one that is named twice is one
        for name in self.clean_field:
            if name not in self.field:
                fields = ", ".join(map(repr, self.field))
                raise OptionError(f"clean_field must be among the fields that are read ({fields}), not {name!r}")

    @property
    def cleaned(self) -> tuple[str, ...]:
        """The fields that repeats go from."""
        return self.clean_field or self.field[-1:]


@dataclass(frozen=True, slots=True)
class Record:
    """A stretch of a file: its bytes as they are, the documents in them, and how to take out what repeats.

    `rebuild`: from the reports to the bytes without what goes. `annotate`: from the reports and the name of a new
    column to the bytes with the findings in it and the texts as they were; None where a format has no columns.
    `places`: for each document, what names it in a report beside or instead of its id (`document`, `record`, `field`,
    `id`). `error`: what is wrong with the stretch; what could not be read has no documents. `encoding`: that of the
    bytes, to show them. `absent`: whether it is a record that has no text, which is no error. `fields`: those that its
    one document is made of, if it is made of several. `sealed`: why nothing may be taken out of it, a clause of the
    findings' sentence. `missing`: the fields that are read and that it does not have; None if that is not looked at.
    """

    raw: bytes
    documents: Sequence[Document] = ()
    rebuild: Callable[[Sequence[Report]], bytes] | None = None
    places: Sequence[Mapping[str, Any]] = ()
    error: InputError | None = field(default=None)
    encoding: str = "utf-8"
    annotate: Callable[[Sequence[Report], str], bytes] | None = None
    absent: bool = False
    fields: Sequence[Field] = ()
    sealed: str = ""
    missing: frozenset[str] | None = None

    def reports(self, judged: Sequence[Report]) -> list[Report]:
        """Return the reports of a record, of which these are those of its documents: one a field."""
        return apart(judged[0], self.fields) if self.fields else list(judged)

    def as_one(self, read_options: ReadOptions, where: str) -> Record:
        """Return the record with its fields as one document if several are read, else as it is.

        Raises `InputError` for fields of more lines than fit into the bound for a record.
        """
        if len(read_options.field) < 2 or not self.documents:
            return self
        pairs = zip(self.documents, self.places, strict=True)
        fields = [Field(document, place, place["field"] in read_options.cleaned) for document, place in pairs]
        if why := unjoined(fields):
            raise InputError(where, why, named(id=self.places[0]["id"]))
        place = {**self.places[0], "field": ", ".join(str(one.place["field"]) for one in fields)}
        whole = together(fields, place["id"] or where)
        return replace(self, documents=(whole,), places=(place,), fields=fields)

    def without_repeats(self, reports: Sequence[Report]) -> bytes:
        """Return the bytes without what goes; as they were when nothing does."""
        if self.rebuild is None or not any(report.changed for report in reports):
            return self.raw
        return self.rebuild(reports)

    def records(self) -> Iterator[Record]:
        """Yield the record: it is read."""
        yield self


class Reader(Protocol):
    """What reads stretches of one file, in any process: it is sent there with them."""

    def split(self, raw: bytes) -> list[bytes]:
        """Return the bytes of each record of a stretch."""

    def read(self, raw: bytes, number: int) -> tuple[Sequence[Document], str | None, frozenset[str] | None]:
        """Return the documents of a record, its id if it is to have one, and the fields it does not have.

        Raises `InputError` if there are none.
        """

    def record(self, raw: bytes, number: int) -> Record:
        """Return the record that these bytes are."""

    def passed(self, number: int, name: str) -> InputError | None:
        """Return what is wrong with the id of a record that goes by; only the process that reads the file asks."""


class RawChunk(NamedTuple):
    """A stretch of a file that is yet to be read, in whatever process: the bytes of its records, the number of the
    first, and what reads them.
    """

    raw: bytes
    number: int
    reader: Reader

    @property
    def encoding(self) -> str:
        """That of the bytes, as in a record."""
        return UTF_8

    def records(self) -> Iterator[Record]:
        """Yield the records as they go by, in the process that reads the file: an id met before is an error."""
        for number, raw in enumerate(self.reader.split(self.raw), self.number):
            record = self.reader.record(raw, number)
            error = self.reader.passed(number, record.places[0]["id"]) if record.places else None
            yield record if error is None else replace(record, error=error)

    def without_repeats(self, _: Sequence[Report]) -> bytes:
        """Return the bytes as they are: what goes by unread has nothing to say."""
        return self.raw


Chunk = Record | RawChunk

JudgedChunk = tuple[Chunk, Sequence[Report]]
"""A stretch with a report for each of its documents; without any if it is unread, since nothing was found in it."""


def reconcile(record: Chunk, reports: Sequence[Report], writes: bool = False) -> JudgedChunk:
    """Return reports that can be carried out: where a source with a layout cannot be cut so, all of it stays, flagged.

    So a report never announces what `rebuild` then refuses, with the bytes as they were or an error; and the record
    is rebuilt once. Others are tried only where they are to be written (`writes`). What the program fails on stays.
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
    """Return the findings of a record as a column holds them; of several texts, each with the field it is about."""
    found = [(report, one) for report in reports for one in report.to_dict()["findings"]]
    return [{"field": report.place.get("field", ""), **one} if len(reports) > 1 else one for report, one in found]


def named(record: int = 0, id: str = "") -> str:
    """Return what an error names a record by besides its place: its number and its id, as far as they are known."""
    return ", ".join([f"record {record}"] * bool(record) + [f"id {id!r}"] * bool(id))


def plain_value(value: Any) -> str:
    """Return an id, address or date as text; an absent one is empty, as if its column had not been named."""
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def keys_named(names: Sequence[Any]) -> str:
    """Return the first names of columns or fields, as an error lists them."""
    return ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")


def oversize(read_options: ReadOptions) -> str:
    """Return what is wrong with a record that is too large, for the sentence of its error."""
    return f"is a record larger than {read_options.max_record:,} bytes; if it is meant to be, raise --max-record"


def joined(judged: Iterable[JudgedChunk], column: str) -> Iterator[bytes]:
    """Yield the bytes of a file whose records, joined, are the file; with a column of findings if one is named.

    For a column, everything has been read.
    """
    for one, reports in judged:
        annotate = one.annotate if column and isinstance(one, Record) else None
        yield one.without_repeats(reports) if annotate is None else annotate(reports, column)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format. `read` takes a binary stream, the name of its place and the columns, and yields records, or what
    may be read in another process.

    Never more than a few records are in memory; it raises `InputError` when it can read no further. `write` turns the
    judged records into the bytes of the new file, with a column of findings if one is named. `columns`: whether it has
    columns at all. `becomes`: the suffix of the new file when that is of another format, so that the source cannot be
    edited in place. `tells`: whether `read` itself says of every file that is of another format that it is. `members`:
    whether a compressed file has a member for each record, so that one can be unpacked alone. `named`: whether a file
    of a folder is read only if it is asked for, since most with such an ending are no documents.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[BinaryIO, str, ReadOptions], Iterator[Chunk]]
    write: Callable[[Iterable[JudgedChunk], str], Iterator[bytes]] = joined
    columns: bool = False
    becomes: str = ""
    tells: bool = False
    members: bool = False
    named: bool = False

    def packed(self, compression: Compression | None) -> Compression | None:
        """Return how a new file of this format is compressed, for a way to compress."""
        return compression.with_members() if compression is not None and self.members else compression

    def renamed(self, name: str) -> str:
        """Return the name of the new file for a file of this format."""
        if not self.becomes:
            return name
        ending = next((one for one in self.suffixes if one in name.lower()), "")
        return (name[: name.lower().rindex(ending)] if ending else name) + self.becomes
