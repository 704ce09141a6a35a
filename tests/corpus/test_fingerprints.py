"""The quick ways of the corpus engine: each says what the slow one says."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe._atomic import NewFiles
from dedupe.across.case import AcrossPolicy, Case, CrossCandidate, LocalResult
from dedupe.across.documents import decide
from dedupe.corpus._fingerprints import fingerprint
from dedupe.corpus._inputs import parts_of
from dedupe.corpus._new_files import Folders
from dedupe.corpus._parts import Item
from dedupe.corpus._remaining import line_count
from dedupe.corpus._sources import write
from dedupe.deduper import Deduper
from dedupe.errors import InputError
from dedupe.io.formats import ReadOptions
from dedupe.io.formats.json.record import cut_of, plain, record_of
from dedupe.io.walking import WalkOptions
from dedupe.matching.minhash import banded, permutations
from dedupe.model import Document, Original, Report, Span
from dedupe.options import Options
from dedupe.text.paragraphs import one_paragraph_a_line, split
from dedupe.text.tokens import words

READING = ReadOptions(id="id", date="date")
WRAPPED = "\n".join(
    ["the quick brown fox jumps over the lazy dog and runs far away again"]
    + ["some other words that fill the whole line until it is full of them and"] * 6
)
TEXTS = st.lists(
    st.sampled_from(["a", " ", "\n", "\n\n", "\r\n", "\r", "one two three", "é 東京", "x" * 50]), max_size=12
)


def slots(row: list[int], multipliers: list[int]) -> list[int]:
    """Return the least value of a row under each permutation, then the greatest, by hand."""
    mixed = []
    for value in row:
        for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
            value = (value ^ value >> shift) * factor % 2**32
        mixed.append((value ^ value >> 16) % 2**16 or 1)
    return [pick(value * one % 2**16 for value in mixed) for pick in (min, max) for one in multipliers]


ROWS = st.lists(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=40), min_size=1, max_size=30)


@given(ROWS, st.integers(1, 5))
def test_rows_share_the_key_of_a_band_where_they_share_its_values(rows: list[list[int]], number: int) -> None:
    rows += [[*row[:-1], 7] for row in rows]
    hashes = np.array([value for row in rows for value in row], np.uint32)
    starts = np.cumsum([0, *map(len, rows)])
    keys = banded(hashes, starts[:-1], np.diff(starts), number, 3).tolist()
    multipliers = permutations((number + 1) // 2 * 3)[0].tolist()
    values = [slots(row, multipliers) for row in rows]
    seen: dict[int, tuple[int, ...]] = {}
    for band in range(number):
        for row, key in enumerate(keys[band]):
            mine = (band, *values[row][3 * band : 3 * band + 3])
            assert seen.setdefault(key, mine) == mine
    assert len(seen) == len({(band, *one[3 * band : 3 * band + 3]) for one in values for band in range(number)})


@pytest.mark.parametrize("size", [10, 40, 200, 1000])
def test_bands_find_pairs_as_often_as_their_formula_says(size: int) -> None:
    generator = np.random.default_rng(size)
    pairs, shared = 1000, size * 4 // 5
    values = generator.integers(0, 2**32, (pairs, 2 * size - shared), dtype=np.uint32)
    rows = np.concatenate([values[:, :size], values[:, size - shared :]])  # Jaccard similarity 2/3
    keys = banded(rows.ravel(), np.arange(2 * pairs) * size, np.full(2 * pairs, size), 20, 6)
    equal = keys[:, :pairs] == keys[:, pairs:]
    similarity = shared / (2 * size - shared)
    assert equal.mean() == pytest.approx(similarity**6, abs=0.015)
    assert equal.any(0).mean() == pytest.approx(1 - (1 - similarity**6) ** 20, abs=0.04)
    assert not (keys[:, : pairs - 1] == keys[:, 1:pairs]).any()


@given(st.lists(TEXTS.map("".join), min_size=1, max_size=6))
def test_rows_and_lines_stand_where_splitting_finds_them(texts: list[str]) -> None:
    texts = [*texts, WRAPPED, WRAPPED.replace("\n", "\r\n")]
    prints, reports = fingerprint([Item(at, text, str(at)) for at, text in enumerate(texts)], Deduper(), None)
    assert prints.documents["lines"].tolist() == [line_count(text) for text in texts]
    assert prints.documents["points"].tolist() == [len(text) for text in texts]
    for row in prints.paragraphs:
        text = texts[row["document"]]
        data = prints.texts[row["offset"] : row["offset"] + row["length"]].decode()
        assert words(data) == words(text[row["start"] : row["stop"]])
        places = {(one.start, one.stop): (one.first_line, one.last_line) for one in split(text)}
        assert places[row["start"], row["stop"]] == (row["first"], row["last"])
    for number, text in enumerate(texts):
        if number not in reports:
            record = prints.documents[number]
            left = prints.texts[record["offset"] : record["offset"] + record["length"]].decode()
            assert left == one_paragraph_a_line(text)


LINES = st.one_of(
    st.fixed_dictionaries(
        {"id": st.one_of(st.text(max_size=5), st.integers(), st.none())},
        optional={
            "text": st.one_of(st.text(), st.integers(), st.none()),
            "date": st.text(max_size=4),
            "more": st.text(),
        },
    ).map(json.dumps),
    st.sampled_from(
        [
            *("", "[]", '"text"', "{", "nan", "[" * 99_999, "\ufeff{}"),
            '{"text": "a", "id": 1, "date": ""} x',
            ' {"text": "a", "id": 1, "date": 2} \r',
            '{"text": "a", "text": "b", "id": 1, "date": 2}',
            '{"text": "\\ud800", "id": 1, "date": 2}',
            '{"text": "\\ud83d\\ude00", "id": 1, "date": 2}',
            '{"id": "é", "date": null, "text": "東京"}',
        ]
    ),
)


@given(LINES, st.booleans())
def test_a_line_read_quickly_is_the_line_read_slowly(line: str, ended: bool) -> None:
    raw = (line + "\n" * ended).encode("utf-8", "surrogatepass")
    quick = plain(raw, READING)
    try:
        record = record_of(raw, "x", 2, READING)
    except InputError:
        assert quick is None
        return
    if record.absent:
        assert quick is None
        return
    slow = record.documents[0]
    expected = (slow.text, record.places[0]["id"], slow.date, slow.url)
    assert quick in (None, expected)
    if quick is None:
        assert line != line.strip()
        return
    half = len(slow.text) // 2
    for cuts in ((Span(0, half),), (Span(half, len(slow.text)),)):
        if cuts[0].start < cuts[0].end:
            assert cut_of(raw, READING, cuts) == record.without_repeats([Report(slow, cuts)])


@pytest.mark.parametrize("name", ["in.jsonl", "in.jsonl.gz"])
def test_records_are_found_by_place_and_by_number(tmp_path: Path, name: str) -> None:
    documents = [{"id": str(at), "date": "", "text": f"word{at} " * at, "more": [{}]} for at in range(300)]
    lines = [json.dumps(one).encode() + b"\n" for one in documents]
    lines[7] = b"\n"
    lines[9] = b" " + lines[9]
    data = b"".join(lines)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    complaints: list[InputError] = []
    (part,) = parts_of([str(tmp_path / name)], READING, complaints.append, WalkOptions())
    assert complaints == []
    begins = np.cumsum([0, *map(len, lines)]).tolist()
    numbers = [*range(5), 9, 150, 298]
    written: list[bytes] = []
    for wanted in ({at: (begins[at], len(lines[at])) for at in numbers}, set(numbers)):
        seen: list[int] = []

        def fates(chosen: Sequence[tuple[int, Document]], seen: list[int] = seen) -> list[tuple[list[Span], bool]]:
            seen += [number for number, document in chosen if document.id == str(number)]
            return [([Span(0, min(5, len(one.text)))] if one.text else [], number == 150) for number, one in chosen]

        def unwritten(number: int, error: Exception) -> None:
            raise error

        out, dropped = tmp_path / f"out{len(written)}", tmp_path / f"dropped{len(written)}"
        with NewFiles() as new:
            write(part, READING, Folders(new, str(out), str(dropped)), wanted, fates, unwritten)
        assert seen == numbers
        written.append((out / "part-00000.jsonl").read_bytes())
        assert (dropped / "part-00000.jsonl").read_bytes() == lines[150]
    assert written[0] == written[1]
    assert written[0].count(b"\n") == 299
    assert b"".join(lines[10:150]) in written[0]


def test_a_text_whose_rows_are_unlike_is_not_judged_again_for_nothing() -> None:
    rows = [" ".join(f"{word}{at}" for word in ("alpha", "beta", "gamma", "delta") * 5) + "." for at in range(6)]
    document = Document("\n\n".join(rows), "one")
    start = document.text.index(rows[3])
    original = Original("other", Span(0, len(rows[3])), (1, 1), key="2")
    candidate = CrossCandidate(start, original, rows[3])
    judging = AcrossPolicy(Options(cross_document="remove"), Deduper().changes, 1.0)
    cases = [Case(document, LocalResult(), [candidate], words=100, free_of_repeats=free) for free in (False, True)]
    judged, spared = decide(cases, judging)
    assert judged == spared
    assert judged.cuts
