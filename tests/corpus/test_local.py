"""The local engine over files: the same answer however it is asked, and what it does with bad input."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe import corpus
from dedupe.corpus._run_state import CorpusReport
from dedupe.corpus.local import Plan, clean
from dedupe.corpus.settings import CorpusOptions
from dedupe.errors import InputError, OptionError
from dedupe.io.formats import ReadOptions
from dedupe.matching.buckets import Buckets
from dedupe.model import Document
from dedupe.options import Options
from tests import commands, twins
from tests.corpora import Planted, generated
from tests.texts import ARTICLE

READING = ReadOptions(id="id", date="date")


def run(
    out: Path, *paths: Path, across: str = "flag", said: list[str] | None = None, **corpus_options: object
) -> CorpusReport:
    plan = Plan(Options(cross_document=across), READING, CorpusOptions(**corpus_options), str(out))  # type: ignore[arg-type]  # test values
    return clean([str(path) for path in paths], plan, complain=(said if said is not None else []).append)


def records(out: Path, folder: str = "documents") -> Counter[str]:
    return Counter(
        line for path in sorted((out / folder).glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    )


def findings(out: Path) -> dict[str, list[dict[str, Any]]]:
    return {
        one["document"]: one["findings"]
        for path in sorted((out / "findings").glob("*.jsonl"))
        for one in map(json.loads, path.read_text().splitlines())
    }


def write(path: Path, documents: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in documents))
    return path


@pytest.fixture(scope="module")
def planted() -> Planted:
    return generated(400, seed=3)


@given(st.lists(st.integers(0, 6), max_size=60), st.integers(1, 5), st.data())
def test_buckets_propose_the_same_pairs_wherever_batches_end(
    values: list[int], window: int, data: st.DataObject
) -> None:
    keys, members = np.array(sorted(values), np.uint64), np.arange(len(values))
    expected = set()
    for key in set(values):
        bucket = [at for at in members.tolist() if keys[at] == key]
        for at in range(1, len(bucket)):
            expected |= {(bucket[max(0, at - back)], bucket[at]) for back in range(1, min(window, at) + 1)}
            expected.add((bucket[0], bucket[at]))
    buckets, found, begin = Buckets(window), [], 0
    while begin < len(values):
        end = data.draw(st.integers(begin + 1, len(values)))
        earlier, later = buckets.pairs(keys[begin:end], members[begin:end])
        found += list(zip(earlier.tolist(), later.tolist(), strict=True))
        begin = end
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_planted_copies_are_found_and_nothing_else_goes(tmp_path: Path, planted: Planted) -> None:
    report = run(tmp_path / "out", write(tmp_path / "in.jsonl", planted.documents), across="remove")
    said = findings(tmp_path / "out")
    hits = {(name, one["lines"][0]) for name, ones in said.items() for one in ones}
    missed = [copy for copy in planted.copies if copy[:2] not in hits]
    assert len(missed) <= 0.01 * len(planted.copies)
    texts = {one["id"]: one["text"] for one in planted.documents}
    for name, ones in said.items():
        for one in ones:
            (start, end), home = one["span"], one["original"]
            mine = twins.shingles(twins.words(texts[name][start:end]))
            begin, stop = home["span"]
            theirs = twins.shingles(twins.words(texts[home["document"]][begin:stop]))
            assert len(mine & theirs) >= 0.5 * len(mine | theirs)
    assert report.counts["documents"] == len(planted.documents)


def test_every_removal_has_an_original_that_stays(tmp_path: Path, planted: Planted) -> None:
    run(tmp_path / "out", write(tmp_path / "in.jsonl", planted.documents), across="remove")
    left = {one["id"]: one["text"] for one in map(json.loads, records(tmp_path / "out"))}
    texts = {one["id"]: one["text"] for one in planted.documents}
    removals = 0
    for ones in findings(tmp_path / "out").values():
        for one in ones:
            if one["action"] == "remove":
                removals += 1
                home = one["original"]
                begin, stop = home["span"]
                assert texts[home["document"]][begin:stop] in left[home["document"]].split("\n\n")
    assert removals > 100


@pytest.mark.slow
def test_the_answer_does_not_depend_on_order_parts_jobs_or_memory(
    tmp_path: Path, planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "one", write(tmp_path / "one.jsonl", planted.documents), across="remove")
    shuffled = planted.documents[:]
    random.Random(1).shuffle(shuffled)
    thirds = [write(tmp_path / f"{n}.jsonl", shuffled[n::3]) for n in range(3)]
    monkeypatch.setattr("dedupe.corpus._inputs.PART_BYTES", 50_000)
    monkeypatch.setattr("dedupe.corpus._pairs._BYTES_A_PARAGRAPH", 1 << 17)
    monkeypatch.setattr("dedupe.corpus._pairs._SHARED_PARAGRAPHS", 0)
    monkeypatch.setattr("dedupe.corpus._pairs._VERIFIED_PAIRS", 7)
    run(tmp_path / "three", *thirds, across="remove")
    plan = Plan(Options(cross_document="remove"), READING, CorpusOptions(), str(tmp_path / "jobs"), jobs=2)
    clean([str(path) for path in reversed(thirds)], plan)
    assert len(list((tmp_path / "three/documents").iterdir())) > 3
    for other in ("three", "jobs"):
        assert records(tmp_path / other) == records(tmp_path / "one")
        assert findings(tmp_path / other) == findings(tmp_path / "one")


def test_flags_agree_with_the_engine_in_memory(tmp_path: Path, planted: Planted) -> None:
    run(tmp_path / "out", write(tmp_path / "in.jsonl", planted.documents))
    documents = [Document(one["text"], one["id"], one["date"]) for one in planted.documents]
    reports = corpus.check(documents, Options())
    mine = {
        (name, tuple(one["lines"]), one["kind"], one["original"]["document"])
        for name, ones in findings(tmp_path / "out").items()
        for one in ones
    }
    theirs = {
        (report.document.id, one.lines, one.kind, one.original.document)
        for report in reports
        for one in report.findings
    }
    assert mine == theirs


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_the_same(tmp_path: Path, planted: Planted) -> None:
    paths = [write(tmp_path / f"{n}.jsonl", planted.documents[n::8]) for n in range(8)]
    run(tmp_path / "whole", *paths, across="remove")
    command = [sys.executable, "-m", "dedupe", "corpus", *map(str, paths), "-o", str(tmp_path / "killed")]
    command += ["--id", "id", "--date", "date", "--cross-document", "remove"]
    kills = 0
    for parts in (2, 5):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None:
            if len(list((tmp_path / "killed/fingerprints").glob("part-?????"))) >= parts:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.002)
        process.communicate()
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert kills
    assert records(tmp_path / "killed") == records(tmp_path / "whole")
    assert findings(tmp_path / "killed") == findings(tmp_path / "whole")
    assert not (tmp_path / "killed/work").exists()


SAID = "The committee met on a long grey afternoon and could not agree on the colour of the new bridge."
MORE = "Residents said that they had been told nothing at all, and that the old one had been good enough for them."


def test_a_document_that_is_known_elsewhere_is_dropped_and_kept_aside(tmp_path: Path) -> None:
    path = write(
        tmp_path / "in.jsonl",
        [
            {"id": "copy", "date": "2", "text": f"{SAID}\n\n{MORE}"},
            {"id": "first", "date": "1", "text": f"{SAID}\n\n{MORE}"},
            {"id": "part", "date": "3", "text": MORE},
        ],
    )
    report = run(tmp_path / "out", path, across="remove")
    assert [json.loads(line)["id"] for line in records(tmp_path / "out")] == ["first"]
    assert {json.loads(line)["id"] for line in records(tmp_path / "out", "dropped")} == {"copy", "part"}
    assert report.counts["dropped"] == 2
    run(tmp_path / "flags", path)
    assert sum(records(tmp_path / "flags").values()) == 3


def test_preferred_sources_and_length_decide_which_copy_is_the_original(tmp_path: Path) -> None:
    path = write(
        tmp_path / "in.jsonl",
        [
            {"id": "http://mirror.example/1", "date": "1", "text": SAID},
            {"id": "http://home.example/1", "date": "2", "text": SAID},
            {"id": "http://long.example/1", "date": "3", "text": f"{SAID}\n\n{MORE}"},
        ],
    )
    run(tmp_path / "prefer", path, prefer_originals=("home.example",))
    assert "http://home.example/1" not in findings(tmp_path / "prefer")
    run(tmp_path / "longest", path, keep_order="longest")
    assert set(findings(tmp_path / "longest")) == {"http://mirror.example/1", "http://home.example/1"}


def test_what_many_documents_of_a_host_say_is_boilerplate(tmp_path: Path) -> None:
    urls = ["http://a.example/1", "http://a.example/2", "http://a.example/3", "http://b.example/1"]
    path = write(tmp_path / "in.jsonl", [{"id": url, "date": "1", "url": url, "text": SAID} for url in urls])
    read_options = ReadOptions(id="id", date="date", url="url")
    plan = Plan(Options(boilerplate_min_docs=7), read_options, CorpusOptions(), str(tmp_path / "o"))
    write(
        tmp_path / "more.jsonl",
        [{"id": f"z{url}", "date": "1", "url": url, "text": f"{SAID}\n\n{url}"} for url in urls],
    )
    report = clean([str(path), str(tmp_path / "more.jsonl")], plan)
    assert report.findings == {"flag boilerplate": 7}


def test_an_earlier_run_holds_the_originals(tmp_path: Path) -> None:
    old = write(tmp_path / "old.jsonl", [{"id": "old", "date": "9", "text": f"{SAID}\n\n{MORE}"}])
    new = write(tmp_path / "new.jsonl", [{"id": "new", "date": "1", "text": f"{SAID}\n\nNothing new otherwise."}])
    run(tmp_path / "first", old)
    old.unlink()
    run(tmp_path / "second", new, across="remove", against=str(tmp_path / "first"), drop_covered=0.0)
    (one,) = findings(tmp_path / "second")["new"]
    assert one["action"] == "remove"
    assert one["original"]["document"] == "old"
    (left,) = records(tmp_path / "second")
    assert json.loads(left)["text"] == "Nothing new otherwise."


def test_what_an_earlier_run_has_dropped_is_no_original_of_a_whole_document(tmp_path: Path) -> None:
    texts = {"a": "\n\n".join(ARTICLE), "b": "\n\n".join([*ARTICLE[::-1], "A line too short to count."])}
    one = write(tmp_path / "one.jsonl", [{"id": id_, "date": id_, "text": text} for id_, text in texts.items()])
    two = write(tmp_path / "two.jsonl", [{"id": "c", "date": "c", "text": texts["b"]}])
    run(tmp_path / "first", one, across="remove", drop_covered=0.5)
    assert [json.loads(line)["id"] for line in records(tmp_path / "first", "dropped")] == ["b"]
    run(tmp_path / "second", two, across="remove", drop_covered=0.5, against=str(tmp_path / "first"))
    assert {one["original"]["document"] for one in findings(tmp_path / "second")["c"]} == {"a"}


def test_an_earlier_run_with_other_bands_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", [{"id": "a", "date": "1", "text": SAID}])
    run(tmp_path / "first", path)
    with pytest.raises(OptionError, match="--bands 35 --band-rows 3"):
        run(tmp_path / "second", path, against=str(tmp_path / "first"), bands=10)
    assert not (tmp_path / "second").exists()


def test_an_earlier_run_whose_fingerprints_were_made_otherwise_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", [{"id": "a", "date": "1", "text": SAID}])
    run(tmp_path / "first", path)
    state = json.loads((tmp_path / "first" / "run.json").read_text())
    del state["identity"]["settings"]["version"]  # as before this was kept
    (tmp_path / "first" / "run.json").write_text(json.dumps(state))
    with pytest.raises(OptionError, match="which another version made"):
        run(tmp_path / "second", path, against=str(tmp_path / "first"))
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_that_is_too_long_is_named_and_never_read_as_a_whole(tmp_path: Path, packed: bool) -> None:
    good = json.dumps({"id": "a", "date": "1", "text": SAID}) + "\n"
    path = tmp_path / ("in.jsonl.gz" if packed else "in.jsonl")
    made = (good + json.dumps({"id": "b", "date": "2", "text": SAID * 30_000}) + "\n" + good).encode()
    path.write_bytes(gzip.compress(made) if packed else made)
    fine = write(tmp_path / "fine.jsonl", [{"id": "c", "date": "1", "text": MORE}])
    read_options = replace(READING, max_record=1 << 21)
    said: list[str] = []
    tracemalloc.start()
    report = clean(
        [str(path), str(fine)],
        Plan(Options(), read_options, CorpusOptions(), str(tmp_path / "out")),
        complain=said.append,
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (sentence,) = said
    assert sentence.startswith(f"{path}:2: is a record larger than 2,097,152 bytes")
    assert report.counts["documents"] == 1
    assert peak < 1 << 26


def test_bad_records_are_named_and_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(f'{{"id": "a", "date": "1", "text": "{SAID}"}}\nnot json\n{{"id": "b", "date": "2"}}\n')
    said: list[str] = []
    report = run(tmp_path / "out", path, said=said)
    assert report.counts["bad"] == 2
    assert [one for one in said if ":2: is not JSON" in one]
    assert [one for one in said if ":3: has no field 'text'" in one]
    assert "not json" in records(tmp_path / "out")
    with pytest.raises(InputError, match="is not JSON"):
        clean([str(path)], Plan(Options(), READING, CorpusOptions(), str(tmp_path / "stop"), "stop"))


def test_two_documents_with_one_id_are_both_kept_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", [{"id": "a", "date": "1", "text": text} for text in (SAID, MORE, SAID)])
    said: list[str] = []
    run(tmp_path / "out", path, said=said)
    assert [one for one in said if one.startswith("'a': is the id of more than one document")]
    assert sum(records(tmp_path / "out").values()) == 3


def test_a_broken_parquet_file_is_left_out_among_good_ones(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": ["a", "b"], "date": ["1", "2"], "text": [SAID, None]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"id": ["c"], "date": ["3"], "text": [f"{SAID}\n\n{MORE}"]}), tmp_path / "c.parquet")
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-30])
    said: list[str] = []
    report = run(tmp_path / "out", *sorted(tmp_path.glob("?.parquet")), said=said, across="remove")
    assert [one for one in said if "b.parquet: cannot be read as Parquet" in one]
    assert len(said) == 1
    assert report.counts["absent"] == 1
    rows = [row for path in sorted((tmp_path / "out/documents").iterdir()) for row in pq.read_table(path).to_pylist()]
    assert [(row["id"], row["text"]) for row in rows] == [("a", SAID), ("b", None), ("c", MORE)]


def test_folders_of_texts_patterns_and_compressed_lines_are_read(tmp_path: Path) -> None:
    (tmp_path / "texts/deep").mkdir(parents=True)
    (tmp_path / "texts/a.txt").write_text(SAID)
    (tmp_path / "texts/deep/b.txt").write_text(f"{SAID}\n\n{MORE}")
    with gzip.open(tmp_path / "c.jsonl.gz", "wt") as file:
        file.write(json.dumps({"id": "c", "date": "3", "text": MORE}) + "\n")
    report = run(tmp_path / "out", tmp_path / "texts", tmp_path / "*.jsonl.gz")
    assert report.counts["documents"] == 3
    assert set(findings(tmp_path / "out")) == {"deep/b.txt", "c"}
    assert (tmp_path / "out/documents/deep/b.txt").read_text() == f"{SAID}\n\n{MORE}"


def test_paths_of_fsspec_are_read(tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", [{"id": "a", "date": "1", "text": SAID}])
    plan = Plan(Options(), READING, CorpusOptions(), str(tmp_path / "out"))
    assert clean([f"file://{tmp_path}/*.jsonl"], plan).counts["documents"] == 1


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "in.jsonl", [{"id": "a", "date": "1", "text": SAID}])
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(OptionError, match="is not empty"):
        run(tmp_path / "out", path)
    done = run(tmp_path / "again", path)
    assert run(tmp_path / "again", path) == done
    with pytest.raises(OptionError, match="other inputs or options"):
        run(tmp_path / "again", path, window=7)


def test_a_bucket_of_thousands_is_linear_work_and_counted(tmp_path: Path) -> None:
    draw = random.Random(4)
    words = ["".join(draw.choices("abcdefghij", k=6)) for _ in range(660)]
    documents = []
    for number in range(600):
        said = words[:60]
        said[30] = words[60 + number]
        documents.append({"id": f"{number:04d}", "date": "", "text": " ".join(said)})
    report = run(tmp_path / "out", write(tmp_path / "in.jsonl", documents))
    assert report.counts["bounded"] > 0
    assert report.counts["candidates"] < 600 * 100  # of 179,700 pairs
    assert sum(len(ones) for ones in findings(tmp_path / "out").values()) == 599


def test_a_sample_writes_nothing_and_estimates(tmp_path: Path, planted: Planted) -> None:
    path = write(tmp_path / "in.jsonl", planted.documents)
    command = [sys.executable, "-m", "dedupe", "corpus", str(path), "-o", str(tmp_path / "out"), "--sample", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == 0, done.stderr
    assert "A sample of 50.00%" in done.stdout
    assert not (tmp_path / "out").exists()


def test_the_command_prints_the_report_and_its_status(tmp_path: Path) -> None:
    path = write(
        tmp_path / "in.jsonl", [{"id": "a", "date": "1", "text": SAID}, {"id": "b", "date": "2", "text": SAID}]
    )
    command = [sys.executable, "-m", "dedupe", "corpus", str(path), "-o", str(tmp_path / "out"), "--id", "id"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 documents" in done.stdout
    assert json.loads((tmp_path / "out/report.json").read_text())["findings"] == {"flag exact": 1}
    missing = subprocess.run([*command[:4], "nothing.jsonl", *command[5:]], capture_output=True, text=True, check=False)
    assert missing.returncode == 2


def test_the_command_obeys_the_number_of_pages_that_make_boilerplate(tmp_path: Path) -> None:
    own = [f"{word} is what this page is about, and no other page has this line of it." for word in "ABC"]
    path = write(tmp_path / "in.jsonl", [{"id": one[0], "text": f"{one}\n\n{SAID}"} for one in own])
    for pages, kind in (("2", "boilerplate"), ("3", "exact")):
        out = tmp_path / pages
        done = commands.run("corpus", path, "-o", out, "--id", "id", "--boilerplate-min-docs", pages)
        assert done.returncode == 0, done.stderr
        kinds = [one["kind"] for found in findings(out).values() for one in found if one["lines"] == [3, 3]]
        assert kinds == [kind, kind]


def test_the_report_has_no_line_of_what_there_is_none_of(tmp_path: Path) -> None:
    text = "The ferry to the island sails again on Friday, after forty years in which nobody could go there by sea.\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(text)
    report = commands.run("corpus", tmp_path / "in", "-o", tmp_path / "out").stdout.decode()
    assert report.splitlines()[:3] == [
        "1 document, 1 paragraph compared, 0.0 MB read",
        "0 documents changed",
        "0 candidate pairs, 0 of them similar",
    ]
    counts = Counter(documents=2, copied_documents=1, bounded=3)
    assert (
        "\n1 document with exactly the text of another one\n3 paragraphs compared with some "
        in CorpusReport(counts).text
    )
