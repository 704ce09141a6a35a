"""One judgement across documents: a set in memory, an index and a corpus in files give the same answer."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import dedupe
from dedupe._places import host
from dedupe.index.memory import MemoryStore
from dedupe.index.spec import IndexSpec
from tests.known import PROMO, documents, own
from tests.scopes import BRIDGE, ROAD, SETS, SNOW, Findings, in_an_index, in_memory, locally, written
from tests.texts import nasty

EXPECTED = {
    "equal copy": [("b", "exact", "a")],
    "edited word": [("b", "variant", "a")],
    "word left out": [("b", "contained", "a")],
    "edited number": [("b", "variant", "a")],
    "short edited number": [("b", "variant", "a")],
    "sign": [("b", "variant", "a")],
    "unit": [("b", "variant", "a")],
    "contained": [("b", "contained", "a")],
    "whole": [("b", "syndicated", "a")],
    "whole with another by-line": [("b", "syndicated", "a")],
    "chain of copies": [("b", "exact", "a"), ("c", "exact", "a")],
    "chain of edits": [("b", "contained", "a"), ("c", "contained", "a")],
}


@pytest.mark.parametrize("across", ["flag", "remove"])
@pytest.mark.parametrize("name", SETS)
def test_three_scopes_have_the_same_findings(name: str, across: str, tmp_path: Path) -> None:
    documents = SETS[name]
    memory = in_memory(documents, across, tmp_path)
    assert memory
    if name in EXPECTED:
        assert [(one[0], one[1], one[5]) for one in memory] == EXPECTED[name]
        removable = {"exact", "contained", "near"}
        whole = name == "whole"
        assert {one[3] for one in memory} == {across if whole or memory[0][1] in removable else "flag"}
    assert locally(documents, across, tmp_path) == memory
    index = in_an_index(documents, across, tmp_path)
    if name == "boilerplate":  # a set counts all its pages, an index those it has seen
        assert index[-1] == memory[-1]
        index, memory = ([one[:1] for one in found] for found in (index, memory))
    assert index == memory


@pytest.mark.parametrize(
    "url",
    [
        *("a.example", "http://A.example", "https://a.example:443/x", "//a.example/x", "a.example:80/x?y=z"),
        *("https://me:secret@a.example?page=2", "http://a.example./#top", " https://a.example/x\n"),
    ],
)
def test_an_address_names_one_host_however_it_is_written(url: str) -> None:
    assert host(url) == "a.example"


def test_what_names_no_host_or_another_is_told_apart() -> None:
    for url in ("", "no address", "/story/4", "file:///tmp/x", "http://[bad", "story", "\ud800"):
        assert host(url) == "", url
    assert host("https://www.a.example/x") == "www.a.example"
    assert host("http://Bücher.example/x") == host("http://xn--bcher-kva.example") == "xn--bcher-kva.example"
    assert host("http://\ud800.example/x") == "\ud800.example"  # not sent anywhere, so it may stay as it is


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dedupe", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_copied_record_stays_or_goes_as_a_whole(tmp_path: Path) -> None:
    """Never its long paragraphs without its short ones, whichever command is used."""
    path = written(SETS["whole with another by-line"], tmp_path)
    options = [path, "--id", "id", "--date", "date", "--cross-document", "remove"]
    assert run("clean", *options, "--scope", "corpus").stdout == path.read_text()
    done = run("clean", *options, "--index", tmp_path / "index", "--remember", "--store-text")
    assert done.stdout == path.read_text(), done.stderr
    done = run("corpus", *options, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    first, second = path.read_text().splitlines(keepends=True)
    assert (tmp_path / "out/documents/part-00000.jsonl").read_text() == first
    assert (tmp_path / "out/dropped/part-00000.jsonl").read_text() == second
    whole = written(SETS["whole"], tmp_path / "whole")
    written_lines = run("clean", whole, *options[1:], "--scope", "corpus").stdout.splitlines()
    assert [bool(json.loads(line)["text"]) for line in written_lines] == [True, False, True]


def test_an_index_without_texts_flags_and_says_that_words_were_not_compared() -> None:
    for name, (first, *rest) in SETS.items():
        last = rest[0 if name == "whole" else -1]
        store = MemoryStore(IndexSpec.of(dedupe.Options(), texts=False))
        deduper = dedupe.Deduper(dedupe.Options(cross_document="remove"), index=store)
        deduper.add([replace(first, id=f"{name} a")])
        report = deduper.check(replace(last, id=f"{name} z"))
        assert not report.changed
        found = [one for one in report.findings if one.original.document == f"{name} a"]
        assert found, name
        assert all(one.reason.endswith("the index keeps no texts, so words were not compared") for one in found)


def test_a_share_of_all_documents_makes_boilerplate_in_every_scope(tmp_path: Path) -> None:
    stored = [replace(one, url="") for one in documents()]
    texts = {one.id: one.text for one in stored}
    for share, kind in ((0.4, "boilerplate"), (0.6, "exact")):
        options = {"boilerplate_min_global_share": share, "boilerplate_min_docs": 2}
        found = in_memory(stored, "flag", tmp_path, **options)
        promo = [one for one in found if texts[one[0]][slice(*one[4])] == PROMO]
        assert {one[1] for one in promo} == {kind}
        assert any("stands on 13 of 29 other pages" in one[7] for one in promo) is (kind == "boilerplate")
        assert locally(stored, "flag", tmp_path, **options) == found


@pytest.mark.parametrize("scope", [in_memory, in_an_index, locally])
def test_what_a_pattern_keeps_stays_in_every_scope(scope: Callable[..., Findings], tmp_path: Path) -> None:
    for name in ("equal copy", "whole"):
        assert {one[3] for one in scope(SETS[name], "remove", tmp_path / name, keep_matching="heavy dark")} == {"flag"}


@given(st.lists(nasty(), min_size=2, max_size=4), st.sampled_from(["flag", "remove"]))
@settings(max_examples=15, deadline=None, phases=[Phase.generate])
@pytest.mark.slow
def test_a_set_in_memory_and_a_corpus_in_files_agree_on_nasty_texts(texts: list[str], across: str) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]  # a record of lone surrogates is refused
    documents = [dedupe.Document(text, f"d{number}", f"{number}") for number, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        memory, files = (scope(documents, across, Path(folder)) for scope in (in_memory, locally))
    assert memory == files


@pytest.mark.parametrize("verb", ["clean", "corpus"])
def test_bad_records_are_one_sentence_each_and_the_others_are_done(verb: str, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    good = [{"id": name, "date": name, "text": f"{BRIDGE}\n\n{text}"} for name, text in (("a", ROAD), ("z", SNOW))]
    lines = [
        json.dumps(good[0]),
        *('["a list"]', '{"id": "n", "text": 7}', '{"id": "o", "text": {"a": []}}', "null", '"text"'),
        '{"id": "s", "date": "s", "text": "\\ud800 \\udfff \\ud800"}',
        json.dumps(good[1]),
    ]
    path.write_text("\n".join(lines) + "\n")
    out = tmp_path / ("out.jsonl" if verb == "clean" else "out")
    options = [str(path), "--id", "id", "--date", "date", "--cross-document", "remove", "-o", str(out)]
    done = run(verb, *options, *(["--scope", "corpus"] if verb == "clean" else []))
    messages = done.stderr.splitlines()
    assert done.returncode == 2, messages
    assert "Traceback" not in "".join(messages)
    for number in (2, 3, 4, 5, 6):
        assert sum(f":{number}: " in line for line in messages) == 1, messages
    out = out / "documents/part-00000.jsonl" if verb == "corpus" else out
    output = out.read_text().splitlines()
    assert output[:-1] == lines[:-1]
    assert json.loads(output[-1])["text"] == good[1]["text"].partition("\n\n")[2]


@pytest.mark.parametrize("scope", [in_memory, in_an_index, locally])
def test_so_many_copies_of_a_paragraph_stay_and_not_one_more(scope: Callable[..., Findings], tmp_path: Path) -> None:
    stored = [
        dedupe.Document(f"{BRIDGE}\n\n{own(number)}", f"d{number}", f"2026-01-0{number}") for number in range(1, 8)
    ]
    for keep in (1, 2, 5, 7, 9):
        found = scope(stored, "remove", tmp_path, keep_copies=keep)
        assert [(one[0], one[3]) for one in found] == [
            (f"d{number}", "flag" if number <= keep else "remove") for number in range(2, 8)
        ]
        assert {one[5] for one in found} == {"d1"}
        assert ["; stays as copy" in one[7] for one in found] == [number <= keep for number in range(2, 8)]
    assert {one[3] for one in scope(stored, "flag", tmp_path, keep_copies=2)} == {"flag"}


@pytest.mark.parametrize("scope", [in_memory, in_an_index, locally])
def test_so_many_copies_of_a_document_stay_and_a_part_of_it_counts_them(
    scope: Callable[..., Findings], tmp_path: Path
) -> None:
    article = "\n\n".join((BRIDGE, ROAD, SNOW))
    stored = [dedupe.Document(article, name, f"2026-01-0{day}") for day, name in enumerate("abcd", 1)]
    stored.append(dedupe.Document(f"{ROAD}\n\n{own(1)}", "part", "2026-01-09"))
    expected = {1: "rrrr", 2: "frrr", 3: "ffrr", 4: "fffr", 5: "ffff"}
    for keep, actions in expected.items():
        found = scope(stored, "remove", tmp_path, keep_copies=keep)
        assert [one[0] for one in found] == ["b", "c", "d", "part"]
        assert "".join(one[3][0] for one in found) == actions


@pytest.mark.parametrize("scope", [in_memory, in_an_index, locally])
def test_a_variant_is_no_copy(scope: Callable[..., Findings], tmp_path: Path) -> None:
    variant = ROAD.replace("14", "15")
    stored = [
        dedupe.Document(f"{text}\n\n{own(number)}", f"d{number}", f"2026-01-0{number}")
        for number, text in enumerate((ROAD, variant, ROAD, ROAD), 1)
    ]
    found = scope(stored, "remove", tmp_path, keep_copies=2)
    assert [(one[0], one[3]) for one in found] == [("d2", "flag"), ("d3", "flag"), ("d4", "remove")]


@given(st.lists(nasty(), min_size=2, max_size=6), st.integers(2, 3))
@settings(max_examples=20, phases=[Phase.generate])
@pytest.mark.slow
def test_keeping_copies_twice_is_keeping_them_once(texts: list[str], keep: int) -> None:
    options = dedupe.Options(cross_document="remove", keep_copies=keep)
    once = dedupe.corpus.clean([(f"d{number}", text) for number, text in enumerate(texts * 2)], options)
    assert dedupe.corpus.clean([(f"d{number}", text) for number, text in enumerate(once)], options) == once
