"""Where the program itself fails on a record, that is named and left as it is, the others are done, and it shows."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dedupe
from dedupe import corpus
from dedupe.index.memory import MemoryStore
from dedupe.index.spec import IndexSpec
from dedupe.review.tuning import trials
from tests import faults
from tests.commands import run
from tests.faults import MARK, POISON, SAID, TWICE, TWICE_POISON, planted

OTHER = "A ferry that was sold to a rival line left its berth before dawn with all of its lamps lit."
TWICE_OTHER = f"{OTHER}\n\n{OTHER}\n"
TEXTS = [TWICE, TWICE_POISON, TWICE_OTHER]
IDS = ["one", "two", "three"]
BUG = "please report it, with the text, as a bug"
KINDS = {"judge": "KeyError", "memory": "MemoryError", "recursion": "RecursionError", "shingles": "KeyError"}


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what is planted into this process by the test."""
    faults.plant()  # nothing, but all is loaded
    changed = [(module, dict(vars(module))) for module in list(sys.modules.values()) if "dedupe" in module.__name__]
    yield
    for module, names in changed:
        for name, value in names.items():
            if vars(module).get(name) is not value:
                setattr(module, name, value)


def told(reports: list[dedupe.Report]) -> list[object]:
    return [report.to_dict() for report in reports]


def is_failed(report: dedupe.Report, kind: str) -> bool:
    assert kind in report.problem
    assert BUG in report.problem
    assert MARK not in report.problem
    assert report.failed
    assert report.to_dict()["problem"] == report.problem
    return (report.cuts, report.findings, report.blocks, report.text) == ((), (), (), report.document.text)


@pytest.mark.usefixtures("fault")
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_check_many_goes_on_with_the_others(kind: str, jobs: int) -> None:
    sound = list(dedupe.Deduper().check_many(zip(IDS, TEXTS, strict=True)))
    faults.plant(kind)
    reports = list(dedupe.Deduper().check_many(zip(IDS, TEXTS, strict=True), jobs=jobs))
    assert is_failed(reports[1], KINDS[kind])
    assert told([reports[0], reports[2]]) == told([sound[0], sound[2]])
    assert [report.changed for report in reports] == [True, False, True]


@pytest.mark.usefixtures("fault")
def test_an_interruption_is_no_failure() -> None:
    faults.plant("interrupt")
    with pytest.raises(KeyboardInterrupt):
        dedupe.check(TWICE_POISON)


@pytest.mark.usefixtures("fault")
def test_whoever_gets_only_a_text_finds_the_failure_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    faults.plant("judge")
    assert dedupe.clean(TWICE_POISON) == TWICE_POISON
    assert corpus.clean(zip(IDS, TEXTS, strict=True)) == [dedupe.clean(TWICE), TWICE_POISON, dedupe.clean(TWICE_OTHER)]
    warned = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert [message.split(":")[0] for message in warned] == ["a document", "two"]
    assert all("KeyError" in message for message in warned)


def test_a_pattern_that_runs_too_long_is_about_one_document() -> None:
    options = dedupe.Options(keep_matching=r"(a|a)+$", pattern_timeout=0.05)
    slow = f"{'a' * 64} b\n\n{SAID}\n\n{SAID}"
    reports = list(dedupe.Deduper(options).check_many([TWICE, slow, TWICE_OTHER]))
    assert [report.failed for report in reports] == [False, True, False]
    assert "did not finish within" in reports[1].problem
    assert "bug" not in reports[1].problem


@pytest.mark.usefixtures("fault")
@pytest.mark.parametrize("kind", ["judge", "shingles", "across"])
@pytest.mark.parametrize("action", ["flag", "remove"])
def test_a_set_of_documents_is_judged_without_the_one_that_fails(kind: str, action: str) -> None:
    options = dedupe.Options(cross_document=action)  # type: ignore[arg-type]  # one of the two
    texts = {"a": f"{SAID}\n\n{SAID}\n", "b": f"{POISON}\n\n{POISON}\n", "c": f"{SAID}\n", "d": f"{POISON}\n"}
    known = {report.document.id: report for report in corpus.check(texts.items(), options)}
    assert known["d"].findings
    faults.plant(kind)
    found = {report.document.id: report for report in corpus.check(texts.items(), options)}
    assert told([found["a"], found["c"]]) == told([known["a"], known["c"]])
    failing = {"judge": "b", "shingles": "bd", "across": "d"}[kind]
    for name in failing:
        assert is_failed(found[name], "KeyError")
    assert [name for name, report in found.items() if report.problem] == list(failing)


@pytest.mark.usefixtures("fault")
@pytest.mark.parametrize("kind", ["judge", "shingles", "across"])
def test_an_index_takes_and_compares_all_but_the_one_that_fails(kind: str) -> None:
    faults.plant(kind)
    index = MemoryStore(IndexSpec.of(dedupe.Options(), texts=True))
    deduper = dedupe.Deduper(index=index)
    reports = list(deduper.check_many(zip(IDS, TEXTS, strict=True), remember=True))
    assert is_failed(reports[1], "KeyError")
    assert [report.changed for report in reports] == [True, False, True]
    assert index.holds(IDS) == {"one", "three"}


@pytest.mark.usefixtures("fault")
def test_what_cannot_be_added_is_named_when_the_others_are() -> None:
    faults.plant("shingles")
    index = MemoryStore(IndexSpec.of(dedupe.Options(), texts=True))
    with pytest.raises(dedupe.DedupeError, match=r"two: the program failed on it \(KeyError .*others are in the index"):
        dedupe.Deduper(index=index).add(zip(IDS, TEXTS, strict=True))
    assert index.holds(IDS) == {"one", "three"}


@pytest.mark.usefixtures("fault")
def test_trials_go_on_and_say_on_what_they_failed() -> None:
    faults.plant("judge")
    documents = [dedupe.Document(text, name) for name, text in zip(IDS, TEXTS, strict=True)]
    for trial in trials(documents, dedupe.Options()):
        assert list(trial.problems) == [1]
        assert {number for number, _ in trial.removed} <= {0, 2}


# The command, in each verb.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = [json.dumps({"id": name, "text": text}) + "\n" for name, text in zip(IDS, TEXTS, strict=True)]
    (tmp_path / "all.jsonl").write_text("".join(lines))
    pages = tmp_path / "pages"
    pages.mkdir()
    for name, text in zip(IDS, TEXTS, strict=True):
        (pages / f"{name}.txt").write_text(text)
    return tmp_path


def texts_of(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text().splitlines()]


CLEANED = [dedupe.clean(TWICE), TWICE_POISON, dedupe.clean(TWICE_OTHER)]


def trouble(done: subprocess.CompletedProcess[bytes], *said: str) -> str:
    """Check that a command ended with trouble, and one sentence that says all of this."""
    error = done.stderr.decode()
    assert done.returncode == 2, done.stdout.decode() + error
    assert "Traceback" not in error
    assert any(all(one in line for one in said) for line in error.splitlines()), error
    return error


RECORD = ("all.jsonl:record 2 (id 'two'): ", "KeyError in ", BUG)
JOBS = [[], ["--jobs", "2"]]


def test_every_output_says_what_was_not_judged(folder: Path, tmp_path: Path) -> None:
    fault = planted(tmp_path, "judge")
    for name in ("github", "sarif", "json-lines"):
        said = run("check", folder / "all.jsonl", "--output-format", name, **fault).stdout.decode()
        assert "the program failed on it" in said
        if name == "sarif":
            (log,) = json.loads(said)["runs"]
            ((invocation,),) = (log["invocations"],)
            assert invocation["executionSuccessful"] is False
            assert "all.jsonl:record 2" in invocation["toolExecutionNotifications"][0]["message"]["text"]
        if name == "github":
            assert "::error file=" in said
            assert ",title=dedupe%3A not judged::" in said
    page = tmp_path / "page.html"
    run("check", folder / "all.jsonl", "--report", page, **fault)
    assert "<h2>Not judged</h2>" in page.read_text("utf-8")
    assert "the program failed on it" in page.read_text("utf-8")


@pytest.mark.slow
def test_what_kills_workers_goes_by_and_the_others_are_done(tmp_path: Path) -> None:
    path, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    long = "\n\n".join(f"Ferry {number} left the harbour before noon." for number in range(30_000))
    rows = [{"text": text} for text in (TWICE_POISON, long, long, TWICE)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run("clean", path, "--jobs", "2", "-o", out, **planted(tmp_path, "killed"))
    said = done.stderr.decode()
    assert done.returncode == 2
    assert "in.jsonl:record 1: two processes ended while it was judged, so it is left as it was" in said
    assert "Traceback" not in said
    left = [json.loads(line)["text"] for line in out.read_text().splitlines()]
    assert left == [TWICE_POISON, long, long, dedupe.clean(TWICE)]
    assert dedupe.clean(TWICE) != TWICE


@pytest.mark.usefixtures("fault")
def test_check_many_goes_on_when_workers_are_killed() -> None:
    faults.plant("killed")
    given = [TWICE_POISON, "x " * (1 << 20), TWICE]
    reports = list(dedupe.Deduper().check_many(given, jobs=2))
    assert ["two processes ended" in report.problem for report in reports] == [True, True, False]
    assert [report.text for report in reports] == [*given[:2], dedupe.clean(TWICE)]


@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize("kind", ["judge", "shingles"])
def test_check_reports_the_others(folder: Path, kind: str, jobs: list[str]) -> None:
    given = ["check", folder / "all.jsonl", "--id", "id", "--output-format", "json-lines", *jobs]
    done = run(*given, **planted(folder, kind))
    trouble(done, *RECORD)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [len(report["findings"]) for report in reports] == [1, 0, 1]
    assert ["problem" in report for report in reports] == [False, True, False]


@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize("kind", ["judge", "memory", "recursion", "shingles", "write"])
def test_clean_writes_the_others_and_the_record_as_it_was(folder: Path, kind: str, jobs: list[str]) -> None:
    environment = planted(folder, kind)
    given = [folder / "all.jsonl", "--id", "id", *jobs]
    sentence = (RECORD[0], KINDS.get(kind, "KeyError"), BUG)
    trouble(run("clean", *given, "-o", folder / "out.jsonl", **environment), *sentence)
    assert texts_of(folder / "out.jsonl") == CLEANED
    done = run("clean", *given, **environment)
    trouble(done, *sentence)
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == CLEANED
    trouble(run("clean", *given, "--annotate", "found", "-o", folder / "noted.jsonl", **environment)) if kind != (
        "write"
    ) else None
    trouble(run("clean", *given, "--in-place", **environment), *sentence)
    assert texts_of(folder / "all.jsonl") == CLEANED


@pytest.mark.parametrize("kind", ["judge", "shingles"])
def test_a_difference_shows_the_others(folder: Path, kind: str) -> None:
    done = run("clean", folder / "pages", "--diff", **planted(folder, kind))
    trouble(done, "two.txt", "KeyError")
    assert done.stdout.count(b"--- ") == 2


@pytest.mark.parametrize("kind", ["judge", "shingles"])
def test_files_are_cleaned_beside_one_that_fails(folder: Path, kind: str) -> None:
    environment = planted(folder, kind)
    trouble(run("clean", folder / "pages", "-o", folder / "out", **environment), "two.txt", "KeyError")
    assert [(folder / "out" / f"{name}.txt").read_text() for name in IDS] == CLEANED
    trouble(run("clean", folder / "pages", "--in-place", **environment), "two.txt", "KeyError")
    assert [(folder / "pages" / f"{name}.txt").read_text() for name in IDS] == CLEANED


def test_a_source_is_given_up_at_a_failure_where_errors_are_to_stop_it(folder: Path) -> None:
    given = ["clean", folder / "all.jsonl", "-o", folder / "out.jsonl", "--on-error", "stop"]
    trouble(run(*given, **planted(folder, "judge")), "all.jsonl:record 2: ", "KeyError")
    assert not (folder / "out.jsonl").exists()


def page(text: str) -> str:
    return "<!doctype html>\n<title>x</title>\n" + "".join(f"<p>{row}</p>\n" for row in text.split("\n\n"))


def table(texts: list[str]) -> str:
    return "id,text\n" + "".join(f'{name},"{text}"\n' for name, text in zip(IDS, texts, strict=True))


@pytest.mark.parametrize("kind", ["read", "judge", "write"])
def test_each_format_passes_on_what_fails_in_reading_judging_or_writing(tmp_path: Path, kind: str) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "all.csv").write_text(table(TEXTS))
    (given / "all.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    for name, text in zip(IDS, TEXTS, strict=True):
        (given / f"{name}.md").write_text(text)
        (given / f"{name}.html").write_text(page(text))
    done = run("clean", given, "-o", tmp_path / "out", **planted(tmp_path, kind))
    error = trouble(done, "two.md", "KeyError")
    assert len(error.splitlines()) == 5
    assert "4 records passed unchanged" in error
    assert "all.csv" in error
    assert "all.jsonl" in error
    assert "two.html" in error
    assert (tmp_path / "out/all.csv").read_text() == table(CLEANED)
    assert texts_of(tmp_path / "out/all.jsonl") == CLEANED
    for name, text in zip(IDS, TEXTS, strict=True):
        cleaned = (tmp_path / "out" / f"{name}.html").read_text()
        assert cleaned == page(text) if name == "two" else cleaned.count("<p>") == 1
        assert ((tmp_path / "out" / f"{name}.md").read_text() == text) == (name == "two")


@pytest.mark.parametrize("kind", ["judge", "shingles", "across"])
@pytest.mark.parametrize("jobs", JOBS)
def test_clean_of_a_set_goes_on(folder: Path, kind: str, jobs: list[str]) -> None:
    with (folder / "all.jsonl").open("a") as file:
        file.write(json.dumps({"id": "zwei", "text": POISON}) + "\n")
    given = ["clean", folder / "all.jsonl", "--id", "id", "--scope", "corpus", "-o", folder / "out.jsonl", *jobs]
    trouble(run(*given, **planted(folder, kind)), "all.jsonl:record", "KeyError", BUG)
    cleaned = texts_of(folder / "out.jsonl")
    assert cleaned[3] == POISON
    assert [cleaned[0], cleaned[2]] == [CLEANED[0], CLEANED[2]]


@pytest.mark.parametrize("kind", ["judge", "shingles", "across"])
def test_an_index_is_asked_and_written_beside_what_fails(folder: Path, kind: str) -> None:
    environment = planted(folder, kind)
    index = folder / "index"
    given = [folder / "all.jsonl", "--id", "id", "--index", index]
    remembered = run("clean", *given, "--remember", "-o", folder / "out.jsonl", **environment)
    trouble(remembered, "all.jsonl:record 2 (id 'two'): ", "KeyError")
    assert texts_of(folder / "out.jsonl") == CLEANED
    added = run("index", "add", *given, **environment)
    if kind == "shingles":
        assert "2 documents added" in trouble(added, "two", "KeyError", BUG)
    (folder / "new").mkdir()
    (folder / "new" / "a.txt").write_text(POISON)
    (folder / "new" / "b.txt").write_text(OTHER)
    asked = run("index", "query", folder / "new", "--index", index, **environment)
    assert b"b.txt:1: in 1 document" in asked.stdout
    assert asked.returncode == (1 if kind == "judge" else 2)
    if kind != "judge":
        trouble(asked, "a.txt", "KeyError", BUG)


@pytest.mark.parametrize("engine", ["local"])
@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize("kind", ["judge", "shingles", "across", "read", "write"])
def test_a_corpus_is_written_beside_what_fails(folder: Path, kind: str, jobs: list[str], engine: str) -> None:
    with (folder / "all.jsonl").open("a") as file:
        file.write(json.dumps({"id": "zwei", "text": "Yesterday " + POISON}) + "\n")
    (folder / "more.jsonl").write_text(json.dumps({"id": "vier", "text": TWICE}) + "\n")
    given = ["corpus", folder / "all.jsonl", folder / "more.jsonl", "-o", folder / "out", "--id", "id", *jobs]
    given += ["--cross-document", "remove", "--engine", engine]
    environment = planted(folder, kind)
    failing = 4 if kind == "across" else 2
    identity = "" if kind == "read" else " (id '" + ("zwei" if failing == 4 else "two") + "')"
    trouble(run(*given, **environment), f"all.jsonl:{failing}{identity}: ", "KeyError", BUG)
    written = texts_of(folder / "out/documents/part-00000.jsonl")
    assert [written[0], written[2]] == [CLEANED[0], CLEANED[2]]
    assert written[1] == (CLEANED[1] if kind != "across" else f"{POISON}\n")
    report = json.loads((folder / "out/report.json").read_text())
    assert report["counts"]["bad"] == (2 if kind in ("shingles", "read") else 1)
    again = run(*given, **environment)
    trouble(again, "records were not read or not judged")
    if kind != "read":
        lines = (folder / "out/findings/part-00000.jsonl").read_text().splitlines()
        said = {one["document"]: one for one in map(json.loads, lines)}
        assert said["zwei" if kind == "across" else "two"]["findings"] == []
        assert "KeyError" in said["zwei" if kind == "across" else "two"]["problem"]


@pytest.mark.parametrize(("verb", "kind"), [("check", "judge"), ("index", "shingles"), ("query", "shingles")])
def test_records_that_fail_are_told_three_of_a_kind(folder: Path, verb: str, kind: str) -> None:
    given = folder / "many.jsonl"
    given.write_text("".join(json.dumps({"id": f"id{at}", "text": TWICE_POISON}) + "\n" for at in range(5)))
    verbs: dict[str, list[object]] = {
        "check": ["check", given, "--id", "id"],
        "index": ["index", "add", given, "--id", "id", "--index", folder / "index"],
        "query": ["index", "query", given, "--id", "id", "--index", folder / "index"],
    }
    if verb == "query":
        run(*verbs["index"])
    error = trouble(run(*verbs[verb], **planted(folder, kind)), "2 more records of this kind: the program failed on it")
    for at in range(3):
        assert f"many.jsonl:record {at + 1} (id 'id{at}'): the program failed on it (KeyError" in error
    assert error.count(BUG) == 3


@pytest.mark.parametrize("kind", ["judge", "write"])
def test_records_of_a_corpus_that_fail_are_told_three_of_a_kind(folder: Path, kind: str) -> None:
    given = folder / "many.jsonl"
    texts = [f"Of {at} kinds {POISON}\n\nOf {at} kinds {POISON}\n" for at in range(5)]
    given.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    done = run("corpus", given, "-o", folder / "out", **planted(folder, kind))
    error = trouble(done, "many.jsonl: 2 more records of this kind: the program failed on it (KeyError")
    assert error.count(BUG) == 3
    assert json.loads((folder / "out/report.json").read_text())["counts"]["bad"] == 5


@pytest.mark.parametrize("kind", ["judge", "shingles"])
def test_tune_review_and_compare_say_it(folder: Path, kind: str) -> None:
    environment = planted(folder, kind)
    done = run("tune", folder / "all.jsonl", "--id", "id", **environment)
    trouble(done, *RECORD)
    assert b"2 documents" in done.stdout
    assert b"Suggested" in done.stdout
    reviewed = run("review", folder / "all.jsonl", "--id", "id", stdin=b"s\ns\n", **environment)
    trouble(reviewed, *RECORD)
    assert b"2 of 2" in reviewed.stdout
    (folder / "a.txt").write_text(POISON)
    (folder / "b.txt").write_text(POISON)
    trouble(run("compare", folder / "a.txt", folder / "b.txt", **environment), "a.txt", "KeyError", BUG)


SPIDER = """
import scrapy

TEXTS = {texts!r}

class Articles(scrapy.Spider):
    name = "articles"
    start_urls = ["data:,"]
    custom_settings = {{
        "ITEM_PIPELINES": {{"dedupe.integrations.scrapy.DedupePipeline": 300}},
        "ROBOTSTXT_OBEY": False, "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "ERROR",
        "DEDUPE_ACTION": "clean", "DEDUPE_FINDINGS_FIELD": "found", **{settings!r},
    }}

    def parse(self, response):
        for name, text in TEXTS.items():
            yield {{"url": name, "text": text}}

    def closed(self, reason):
        print({{k: v for k, v in self.crawler.stats.get_stats().items() if k.startswith("dedupe")}})
"""


@pytest.mark.parametrize("index", [False, True])
@pytest.mark.parametrize("kind", ["judge", "shingles"])
def test_a_scrapy_crawl_goes_on(tmp_path: Path, kind: str, index: bool) -> None:
    settings = {"DEDUPE_INDEX": str(tmp_path / "index")} if index else {}
    program = SPIDER.format(texts=dict(zip(IDS, TEXTS, strict=True)), settings=settings)
    (tmp_path / "spider.py").write_text(program)
    command = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-o", "items.jsonl"]
    environment = {**os.environ, **planted(tmp_path, kind)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"two: the program failed on it (KeyError" in done.stderr
    assert b"'dedupe/errors': 1" in done.stdout
    assert b"'dedupe/documents': 2" in done.stdout
    items = {one["url"]: one for one in map(json.loads, (tmp_path / "items.jsonl").read_text().splitlines())}
    assert [items[name]["text"] for name in IDS] == CLEANED
    assert ["found" in items[name] for name in IDS] == [True, False, True]


BROKEN = """
import dedupe.io.walking
def sources(*_):
    raise {error}
dedupe.io.walking.sources = sources
import sys
from dedupe.cli import main
sys.argv[:] = ["dedupe", {verb!r}, "x"]
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["check", "tune", "undo"])
@pytest.mark.parametrize("error", ["KeyError(7)", "MemoryError", "RecursionError"])
def test_what_fails_anywhere_is_a_sentence_and_trouble(verb: str, error: str) -> None:
    program = BROKEN.format(error=error, verb=verb)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert len(trouble(done, f"the program failed ({error.split('(')[0]}", "as a bug").splitlines()) == 1
