"""Indexes of every kind give the same answers; a file stays whole whatever happens to it."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.errors import InputError
from dedupe.index import IndexSpec, Store, _segments
from dedupe.index.batch import index_batch
from dedupe.index.lookup import IndexState, look_up_all
from dedupe.index.maintenance import expire, merge, problems
from dedupe.index.memory import MemoryStore
from dedupe.index.sqlite import SqliteStore
from tests import twins
from tests.known import PROMO, WIRE, check_kind, documents, findings_of, own, queries
from tests.texts import nasty

SPEC = IndexSpec.of(dedupe.Options(), texts=True)


def stores(folder: Path) -> dict[str, Callable[[IndexSpec], Store]]:
    return {
        "memory": MemoryStore,
        "file": lambda spec: SqliteStore(str(folder / "an.index"), spec, write=True),
    }


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_store_keeps_its_promises(kind: str, tmp_path: Path) -> None:
    check_kind(stores(tmp_path)[kind])


def test_a_file_of_many_segments_keeps_its_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_segments, "MIN_SEGMENT_PARAGRAPHS", 8)
    monkeypatch.setattr(_segments, "READS_BEFORE_FILTER", 0)
    monkeypatch.setattr(_segments, "_BLOCK_ENTRIES", 64)
    check_kind(stores(tmp_path)["file"])


@given(st.lists(nasty(), min_size=1, max_size=6), st.lists(nasty(), min_size=1, max_size=3))
@settings(max_examples=25)
@pytest.mark.slow
def test_memory_and_file_answer_the_same(
    tmp_path_factory: pytest.TempPathFactory, known: list[str], new: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("index")
    answers = []
    for make in stores(folder).values():
        store = make(SPEC)
        stored = [dedupe.Document(text, str(number), url="https://a.example") for number, text in enumerate(known)]
        for document in stored:
            store.add(index_batch([document], SPEC, added=0))
        answers.append(findings_of(store, [dedupe.Document(text, f"n{number}") for number, text in enumerate(new)]))
        assert list(problems(store)) == []
        store.close()
    assert answers[0] == answers[1]


def test_the_order_of_adding_does_not_matter(tmp_path: Path) -> None:
    answers = []
    for order in range(3):
        shuffled = documents()
        random.Random(order).shuffle(shuffled)
        for make in (MemoryStore, lambda spec, n=order: SqliteStore(str(tmp_path / f"{n}"), spec, write=True)):
            store = make(SPEC)
            for at in range(0, len(shuffled), 7):
                store.add(index_batch(shuffled[at : at + 7], SPEC, added=0))
            answers.append(findings_of(store, queries()))
            store.close()
    assert all(answer == answers[0] for answer in answers)


def test_removal_across_documents_needs_texts_and_leaves_an_original() -> None:
    options = dedupe.Options(cross_document="remove")
    texts, bare = MemoryStore(SPEC), MemoryStore(IndexSpec.of(options, texts=False))
    for store in (texts, bare):
        dedupe.Deduper(index=store).add(documents())
    wire = dedupe.Document("\n\n".join(["Pier Closed After Divers Find Cracks", *WIRE]), "wire")
    other, two, posted = dedupe.Deduper(options, index=texts).check_many([*queries()[:2], wire])
    assert not other.changed  # its headline stands nowhere else, so the body stays with it
    assert [one.action for one in other.findings] == ["flag"]
    assert "not there: 'A Pier Is Closed'" in other.findings[0].reason
    assert posted.text == ""
    assert two.text == "Something else that nobody has written so far."
    for finding in (*posted.findings, *two.findings):
        assert finding.action == "remove"
        original = next(one for one in documents() if one.id == finding.original.document)
        text = original.text[finding.original.span.start : finding.original.span.end]
        assert (
            text.split()
            == (posted if finding in posted.findings else two)
            .document.text[finding.span.start : finding.span.end]
            .split()
        )
    for report in dedupe.Deduper(options, index=bare).check_many(queries()[:2]):
        assert {one.action for one in report.findings} == {"flag"}
        assert not report.changed
        assert "words were not compared" in report.findings[0].reason


def test_a_removed_paragraph_never_becomes_an_original() -> None:
    """The second loses to the first, and is no original for a third when the first is removed."""
    store = MemoryStore(SPEC)
    deduper = dedupe.Deduper(dedupe.Options(cross_document="remove"), index=store)
    first, second = (deduper.check((name, f"{own(1)}\n\n{own(ord(name))}"), remember=True) for name in "ab")
    assert not first.changed
    assert second.text == own(ord("b"))
    store.remove(["a"])
    assert deduper.check(("c", own(1))).findings == ()


def test_checking_reads_what_was_there_when_it_began_and_remembering_goes_on() -> None:
    store = MemoryStore(SPEC)
    deduper = dedupe.Deduper(index=store)
    read_options = deduper.check_many([("a", own(1)), ("b", own(1))])
    assert next(read_options).findings == ()
    deduper.add([("c", own(1))])
    assert next(read_options).findings == ()
    remembering = list(deduper.check_many([("d", own(2)), ("e", own(2)), ("d", own(2))], remember=True))
    assert [[one.original.document for one in report.findings] for report in remembering] == [[], ["d"], ["e"]]
    with pytest.raises(dedupe.OptionError, match="needs an id"):
        deduper.check(own(3), remember=True)
    with pytest.raises(dedupe.OptionError, match="no index to write to"):
        dedupe.Deduper().add([("a", "b")])


def test_processes_find_in_an_index_what_one_finds() -> None:
    store = MemoryStore(SPEC)
    dedupe.Deduper(index=store).add(documents())
    deduper = dedupe.Deduper(index=store)
    expected = [report.to_dict() for report in deduper.check_many(queries() * 3)]
    assert [report.to_dict() for report in deduper.check_many(queries() * 3, jobs=2)] == expected


def test_a_doubled_text_that_is_known_elsewhere_goes_with_its_copy() -> None:
    store = MemoryStore(SPEC)
    deduper = dedupe.Deduper(dedupe.Options(cross_document="remove"), index=store)
    deduper.add([("wire", "\n\n".join(WIRE))])
    report = deduper.check(("twice", "\n\n".join([*WIRE, *WIRE])))
    assert report.text == ""
    assert {one.original.document for one in report.findings} == {"wire"}
    assert sorted(one.kind for one in report.findings) == ["exact"] * 4 + ["syndicated"]


def test_kept_patterns_and_ignored_kinds_hold_across_documents_too() -> None:
    store = MemoryStore(SPEC)
    dedupe.Deduper(index=store).add(documents())
    promo = queries()[3]
    kept = dedupe.Deduper(dedupe.Options(cross_document="remove", keep_matching="newsletter"), index=store).check(promo)
    assert [one.action for one in kept.findings] == ["flag"]
    ignored = dedupe.Deduper(dedupe.Options(ignore=("boilerplate",)), index=store).check(promo)
    assert ignored.findings == ()
    pages = dedupe.Deduper(dedupe.Options(boilerplate_min_share=1.0, boilerplate_min_docs=16), index=store)
    assert "15 of 15 other pages" in pages.check(promo).findings[0].reason


def test_merging_and_expiring(tmp_path: Path) -> None:
    half = SqliteStore(str(tmp_path / "half"), SPEC, write=True)
    half.add(index_batch(documents()[:20], SPEC, added=100))
    rest = MemoryStore(SPEC)
    rest.add(index_batch(documents()[15:], SPEC, added=200))
    assert merge(half, rest) == 15
    whole = MemoryStore(SPEC)
    whole.add(index_batch(documents(), SPEC, added=200))
    assert [
        [{**one, "original": {**one["original"], "first_seen": ""}, "reason": ""} for one in report["findings"]]
        for report in findings_of(half, queries())
    ] == [
        [{**one, "original": {**one["original"], "first_seen": ""}, "reason": ""} for one in report["findings"]]
        for report in findings_of(whole, queries())
    ]
    assert expire(half, 150) == 15
    assert [document.id for document in half.documents()] == [one.id for one in documents()[15:]]
    assert list(problems(half)) == []
    with pytest.raises(InputError, match=r"jaccard 0\.5 and 0\.8"):
        merge(half, MemoryStore(IndexSpec.of(dedupe.Options(jaccard=0.8), texts=True)))
    with pytest.raises(InputError, match="keeps no texts"):
        merge(half, MemoryStore(IndexSpec.of(dedupe.Options(), texts=False)))
    half.close()


def test_an_index_serves_only_thresholds_from_its_own_on(tmp_path: Path) -> None:
    path = str(tmp_path / "an.index")
    dedupe.open_index(path, write=True).close()
    dedupe.open_index(path, dedupe.Options(jaccard=0.7)).close()
    with pytest.raises(dedupe.OptionError, match=r"from Jaccard 0\.5 on, not from 0\.4"):
        dedupe.open_index(path, dedupe.Options(jaccard=0.4))
    with pytest.raises(dedupe.OptionError, match="made without texts"):
        dedupe.open_index(path, write=True, store_text=True)
    with pytest.raises(dedupe.OptionError, match="name an index"):
        dedupe.open_index("")


def _filled(path: Path, count: int = 30) -> bytes:
    store = SqliteStore(str(path), SPEC, write=True)
    store.add(index_batch(documents(count), SPEC, added=0))
    store.close()
    return path.read_bytes()


def test_reading_changes_no_byte_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "an.index"
    before = _filled(path)
    store = dedupe.open_index(str(path))
    assert findings_of(store, queries())[0]["findings"]
    with pytest.raises(InputError, match="opened for reading only"):
        dedupe.Deduper(index=store).add([("a", "b")])
    store.close()
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"an.index": before}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 99}, "is an index of format 99, and this program reads 2; make another one"),
        ({"scheme": "legacy"}, "was made with the scheme 'legacy'"),
        ({"shingling": "characters"}, "was made with the shingling 'characters'"),
        ({"keys": 1 << 20}, "its header makes no sense"),
    ],
)
def test_an_index_of_another_kind_is_a_sentence(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    path = tmp_path / "an.index"
    _filled(path)
    connection = sqlite3.connect(path)
    connection.execute(
        "UPDATE header SET value = ? WHERE name = 'header'", (json.dumps({**json.loads(SPEC.to_json()), **change}),)
    )
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match=sentence):
        dedupe.open_index(str(path))


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.9])
def test_a_file_cut_short_is_a_sentence(tmp_path: Path, share: float) -> None:
    path = tmp_path / "an.index"
    data = _filled(path)
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"cut short|damaged|not an index"):
        dedupe.open_index(str(path))


def test_a_damaged_page_is_a_sentence_or_found_by_verifying(tmp_path: Path) -> None:
    path = tmp_path / "an.index"
    data = bytearray(_filled(path))
    for at in range(9000, len(data), 8192):
        data[at : at + 200] = bytes(200)
    path.write_bytes(data)

    def verify() -> None:
        for sentence in problems(dedupe.open_index(str(path))):
            raise InputError(str(path), f"damaged: {sentence}")

    with pytest.raises(InputError, match="damaged"):
        verify()


def test_other_files_and_places_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no index at all, and rather long, so that it has a first page of its own" * 20)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE a(b)")
    other.close()
    for name, sentence in (
        ("missing", "there is no such index"),
        ("text", "not an index"),
        ("other.db", "is not an index of this program"),
        (".", "is not a file"),
    ):
        with pytest.raises(InputError, match=sentence):
            dedupe.open_index(str(tmp_path / name))
    with pytest.raises(InputError, match="no such folder"):
        dedupe.open_index(str(tmp_path / "no/an.index"), write=True)
    with pytest.raises(InputError, match="is not an index of this program"):
        dedupe.open_index(str(tmp_path / "other.db"), write=True)


WRITER = """
import sys, random
from tests.known import own
from dedupe.model import Document
from dedupe.options import Options
from dedupe.index import IndexSpec, _segments
from dedupe.index.batch import index_batch
from dedupe.index.sqlite import SqliteStore
_segments.MIN_SEGMENT_PARAGRAPHS = 32
store = SqliteStore(sys.argv[1], IndexSpec.of(Options(), texts=True), write=True)
print("open", flush=True)
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    text = f"{own(number)}\\n\\n{own(number + 5000)}\\n\\n{own(99999)}"
    store.add(index_batch([Document(text, f"d{number}")], store.spec))
    print(number, flush=True)
"""


@pytest.mark.slow
def test_a_killed_writer_leaves_every_document_it_acknowledged_and_no_half_one(tmp_path: Path) -> None:
    path = tmp_path / "an.index"
    generator = random.Random(5)
    done = 0
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(done), "100000"], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        time.sleep(generator.uniform(0.02, 0.4))
        writer.send_signal(signal.SIGKILL)
        acknowledged = [int(line) for line in writer.stdout.read().splitlines() if line.isdigit()]
        writer.wait()
        writer.stdout.close()
        store = dedupe.open_index(str(path), write=True)
        stored = list(store.documents())
        assert {f"d{number}" for number in acknowledged} <= {document.id for document in stored}
        assert all(len(document.occurrences) == 3 for document in stored)
        assert list(problems(store)) == []
        done = len(stored)
        store.close()
    assert done > 10


def test_readers_see_whole_documents_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "an.index"
    dedupe.open_index(str(path), write=True, store_text=True).close()
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), "0", "150"], stdout=subprocess.PIPE, text=True)
    failures: list[str] = []

    def read() -> None:
        store = dedupe.open_index(str(path))
        seen = 0
        while writer.poll() is None:
            count = store.next_number()
            assert count >= seen
            seen = count
            for number in (0, count // 2, count - 1):
                if number >= 0 and count:
                    (report,) = findings_of(store, [dedupe.Document(f"{own(number)}\n\n{own(number + 5000)}", "x")])
                    originals = [one["original"]["document"] for one in report["findings"]]
                    if originals != [f"d{number}"] * 2:
                        failures.append(f"{number} of {count}: {originals}")
        store.close()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert writer.stdout is not None
    writer.stdout.read()
    writer.wait()
    for thread in threads:
        thread.join()
    writer.stdout.close()
    assert failures == []


def test_a_second_writer_waits_and_logs_that(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = str(tmp_path / "an.index")
    first = SqliteStore(path, SPEC, write=True)
    second = SqliteStore(path, SPEC, write=True)
    with first._database.writing():
        thread = threading.Thread(target=second.add, args=(index_batch(documents(3), SPEC),))
        thread.start()
        while not caplog.messages:
            time.sleep(0.01)
    thread.join()
    assert caplog.messages == [f"{path}: another process is writing; waiting for it"]
    assert second.stats().documents == 3
    first.close()
    second.close()


@pytest.mark.parametrize("write", [False, True])
def test_an_index_of_the_earlier_format_is_a_sentence_and_stays_as_it_is(tmp_path: Path, write: bool) -> None:
    path = tmp_path / "an.index"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE header(name TEXT PRIMARY KEY, value) WITHOUT ROWID")
    connection.execute("CREATE TABLE chunk(place INTEGER PRIMARY KEY, entries BLOB)")
    earlier = {
        "bands": 35,
        "format": 1,
        "jaccard": 0.5,
        "normalisation": SPEC.normalisation,
        "permutations": 128,
        "rows": 3,
        "scheme": "affine32",
        "seed": 1,
        "shingling": SPEC.shingling,
        "texts": True,
    }
    connection.execute("INSERT INTO header VALUES ('header', ?)", (json.dumps(earlier),))
    connection.execute("PRAGMA application_id = 1684305264")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(
        InputError, match=r"format 1, and this program reads 2; make another one with: dedupe index add"
    ):
        dedupe.open_index(path, write=write)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"an.index": before}


def test_recall_against_all_pairs_at_the_threshold_in_force() -> None:
    generator = np.random.default_rng(11)
    vocabulary = [f"word{number}" for number in range(4000)]
    store = MemoryStore(IndexSpec.of(dedupe.Options(), texts=False))
    expected = reached = 0
    known, new = [], []
    for number in range(300):
        base = list(generator.choice(vocabulary, int(generator.integers(12, 60))))
        edited = [str(generator.choice(vocabulary)) if generator.random() < 0.09 else word for word in base]
        known.append(dedupe.Document(" ".join(base), f"k{number}"))
        new.append(dedupe.Document(" ".join(edited), f"n{number}"))
    store.add(index_batch(known, store.spec))

    def shingled(words: list[str]) -> set[tuple[str, ...]]:
        return set(zip(["", *words], words, [*words[1:], ""], strict=False))

    hits = look_up_all([IndexState(store, 1 << 40)], index_batch(new, store.spec), 0.5)
    for one, other, found_hits in zip(known, new, hits, strict=True):
        mine, theirs = shingled(one.text.split()), shingled(other.text.split())
        if len(mine & theirs) >= 0.5 * len(mine | theirs):
            expected += 1
            reached += any(document.id == one.id for hit in found_hits for document, _ in hit.occurrences)
    assert expected > 100
    assert reached >= 0.99 * expected


def test_promotion_lines_are_counted_by_host() -> None:
    store = MemoryStore(SPEC)
    dedupe.Deduper(index=store).add(documents())
    elsewhere = dedupe.Document(PROMO, "x", url="https://other.example/")
    (finding,) = dedupe.Deduper(index=store).check(elsewhere).findings
    assert "stands on 15 other pages" in finding.reason
    assert finding.original.pages == 15


@given(st.lists(nasty(), min_size=1, max_size=5), st.lists(nasty(), min_size=1, max_size=3), st.booleans())
@settings(max_examples=12)
def test_what_an_index_removes_stands_in_one_of_its_documents_and_a_second_run_changes_nothing(
    known: list[str], new: list[str], remember: bool
) -> None:
    store = MemoryStore(SPEC)
    deduper = dedupe.Deduper(dedupe.Options(cross_document="remove", boilerplate_min_docs=3), index=store)
    deduper.add([(f"k{number}", text) for number, text in enumerate(known)])
    texts = {f"k{number}": text for number, text in enumerate(known)}
    for number, text in enumerate(new):
        before = store.stats().documents
        report = deduper.check((f"n{number}", text), remember=remember)
        assert report.problem == ""
        assert store.stats().documents == before + remember
        removed = [finding for finding in report.findings if finding.action == "remove"]
        assert bool(report.cuts) == bool(removed)
        for finding in removed:
            span = finding.original.span
            if finding.original.document == f"n{number}":  # other words may stand near it; see tests/test_promises.py
                assert not any(cut.start < span.end and span.start < cut.end for cut in report.cuts)
                continue
            duplicate = twins.words(text[finding.span.start : finding.span.end])
            original = twins.words(texts[finding.original.document][span.start : span.end])
            assert lost_words(duplicate, original) <= (5 if finding.kind != "exact" else 0)
        if remember:
            texts[f"n{number}"] = text
        again = deduper.check((f"n{number}", report.text))
        assert not again.changed
        assert deduper.check((f"n{number}", text)).text == report.text
    assert list(problems(store)) == []


def lost_words(duplicate: list[str], original: list[str]) -> int:
    """Return how many words of a duplicate are not in a longest common subsequence with its original."""
    best = [0] * (len(original) + 1)
    for word in duplicate:
        row = [0]
        for position, other in enumerate(original):
            row.append(best[position] + 1 if word == other else max(row[-1], best[position + 1]))
        best = row
    return len(duplicate) - best[-1]
