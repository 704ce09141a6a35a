"""The memory of one record is bounded: what would take too much goes by unchanged, with a sentence."""

import io
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dedupe
from dedupe.io.formats import html, markdown
from dedupe.io.formats.record import ReadOptions
from dedupe.text.bounds import ALWAYS_READ_CHARACTERS, FREE_BYTES, LONGEST_LINE_CHARACTERS, PARAGRAPH_BYTES, over
from dedupe.text.shingles import _in_pieces, shingles
from tests.texts import SENTENCES, nasty

TURNS = "a\nb\n"


def test_two_lines_in_turn_go_by_unchanged_where_they_would_take_too_much() -> None:
    text = TURNS * 400_000
    report = dedupe.check(text)
    assert report.text == text
    assert not report.findings
    assert "too much" in report.problem
    assert "split it" in report.problem


def test_a_short_text_is_judged_whatever_it_is_made_of() -> None:
    assert dedupe.check(TURNS * 2_000).problem == ""
    assert over("a" * ALWAYS_READ_CHARACTERS, FREE_BYTES) == ""
    assert over("a" * ALWAYS_READ_CHARACTERS, 2 * FREE_BYTES)


def test_the_size_of_a_text_is_that_of_its_bytes() -> None:
    taken = FREE_BYTES + 30 * ALWAYS_READ_CHARACTERS
    assert over("a" * ALWAYS_READ_CHARACTERS, taken)
    assert not over("ж" * ALWAYS_READ_CHARACTERS + "橋" * ALWAYS_READ_CHARACTERS, taken)


def test_a_line_without_end_goes_by_unchanged() -> None:
    assert dedupe.check("ab" * LONGEST_LINE_CHARACTERS).problem.startswith("has a line of more than")


def test_beside_a_text_that_is_too_much_the_others_are_judged() -> None:
    said = "\n\n".join([*SENTENCES, SENTENCES[0]])
    over_it, other = dedupe.Deduper().check_many([TURNS * 400_000, said])
    assert over_it.problem
    assert other == dedupe.check(said)
    assert [report.problem != "" for report in dedupe.Deduper().check_many([said, TURNS * 400_000], jobs=2)] == [
        False,
        True,
    ]


def test_neither_an_index_nor_a_set_looks_at_what_is_too_much(tmp_path: Path) -> None:
    said = "\n\n".join([SENTENCES[0], SENTENCES[5]])
    large = TURNS * 400_000
    with closing(dedupe.open_index(str(tmp_path / "index"), write=True)) as index:
        deduper = dedupe.Deduper(index=index)
        reports = list(deduper.check_many([("a", large), ("b", said), ("c", large)], remember=True))
        assert [report.problem != "" for report in reports] == [True, False, True]
        assert [report.text for report in reports] == [large, said, large]
    both = dedupe.corpus.check([("a", large), ("b", said), ("c", large)], dedupe.Options(cross_document="remove"))
    assert [report.text for report in both] == [large, said, large]
    assert [report.problem != "" for report in both] == [True, False, True]


LONG_LINE = "ab" * LONGEST_LINE_CHARACTERS


@pytest.mark.slow
@pytest.mark.parametrize("large", [TURNS * 400_000, "\n" * 8_000_000, LONG_LINE], ids=["turns", "lines", "line"])
def test_a_corpus_names_what_is_too_much_and_writes_it_as_it_was(tmp_path: Path, large: str) -> None:
    said = "\n\n".join([*SENTENCES[:2], SENTENCES[0]])
    path, out = tmp_path / "in.jsonl", tmp_path / "out"
    lines = [json.dumps({"id": name, "text": text}) for name, text in (("a", large), ("b", said), ("c", large))]
    path.write_text("\n".join(lines) + "\n")
    done = command("corpus", path, "--id", "id", "--cross-document", "remove", "-o", out)
    assert done.returncode == 2, done.stderr
    for number, name in ((1, "a"), (3, "c")):
        assert f"in.jsonl:{number} (id '{name}'): " in done.stderr
    assert done.stderr.count("so it is left as it was") == 2
    assert "2 records not read or not judged" in done.stdout + done.stderr
    assert json.loads((out / "report.json").read_text())["counts"]["bad"] == 2
    written = (out / "documents/part-00000.jsonl").read_text().splitlines()
    assert [written[0], written[2]] == [lines[0], lines[2]]
    assert json.loads(written[1])["text"] == dedupe.clean(said)
    found = [json.loads(line) for line in (out / "findings/part-00000.jsonl").read_text().splitlines()]
    assert ["problem" in one for one in found] == [True, False, True]


def test_an_index_neither_takes_nor_looks_for_what_is_too_much(tmp_path: Path) -> None:
    path, index = tmp_path / "in.jsonl", tmp_path / "index"
    texts = {"a": LONG_LINE, "b": "\n\n".join(SENTENCES[:2])}
    path.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in texts.items()))
    for verb in ("add", "query"):
        done = command("index", verb, path, "--id", "id", "--index", index)
        assert done.returncode == 2, done.stderr
        assert done.stderr.count("record 1 (id 'a'): has a line of more than") == 1
        assert verb == "query" or "1 document added" in done.stderr


def command(*given: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dedupe", *map(str, given)], capture_output=True, text=True, check=False
    )


def test_so_many_different_lines_said_twice_go_by_unchanged() -> None:
    lines = [f"w{number}" for number in range(60_000)]
    text = "\n".join(lines * 2)
    assert PARAGRAPH_BYTES * 120_000 < FREE_BYTES  # not for their number, but for what is made of each
    assert dedupe.check(text).problem
    assert not dedupe.check("\n".join(lines)).problem


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", "<p>ab</p>" * 70_000),
        ("a.html", f"<p {'a=1 ' * 300_000}>x</p>"),
        ("a.md", "a\n\nb\n\n" * 30_000),
        ("a.md", "*a* " * 70_000),
        ("a.txt", TURNS * 400_000),
        ("a.csv", f"id,text\n1,{'a,' * 400_000}\n2,b\n"),
        ("a.jsonl", json.dumps({"text": TURNS * 400_000}) + '\n{"text": "b"}\n'),
        ("a.jsonl", f'{{"text": "a", "x": [{"{}," * 4_000_000}0]}}\n{{"text": "b"}}\n'),
    ],
)
def test_a_command_says_what_went_by_unchanged(tmp_path: Path, name: str, content: str) -> None:
    source, target = tmp_path / name, tmp_path / f"out{Path(name).suffix}"
    source.write_text(content)
    done = subprocess.run(
        [sys.executable, "-m", "dedupe", "clean", str(source), "-o", str(target)], capture_output=True, text=True
    )
    assert done.returncode == 2, done.stderr
    assert str(source) in done.stderr
    assert "so it is left as it was" in done.stderr
    assert target.read_text() == content


PEAK = """
import re, sys
from dedupe.cli import main
sys.argv = ["dedupe", "clean", *sys.argv[1:]]
try:
    main()
except SystemExit:
    with open("/proc/self/status") as status:
        print(re.search(r"VmHWM:\\s+(\\d+)", status.read()).group(1))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", TURNS * 4_000_000),
        ("a.jsonl", f'{{"text": "{TURNS * 2_000_000}"}}\n'.replace("\n", "\\n", 4_000_000)),
        ("a.jsonl", f'{{"text": "a", "x": [{"{}," * 5_000_000}0]}}\n'),
        ("a.csv", f'id,text\n1,"{TURNS * 4_000_000}"\n'),
        ("a.jsonl", '{"text": ["ab"' + ', "ab"' * 1_999_999 + "]}\n"),
    ],
)
def test_a_large_record_takes_twenty_times_its_size_at_most(tmp_path: Path, name: str, content: str) -> None:
    source = tmp_path / name
    source.write_text(content)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(source), "-o", str(tmp_path / f"out_{name}")], capture_output=True, text=True
    )
    assert "too much" in done.stderr
    assert 1024 * int(done.stdout) < 20 * len(content) + 200_000_000


def test_quoted_history_of_very_many_lines_is_a_sentence(tmp_path: Path) -> None:
    source = tmp_path / "a.txt"
    source.write_text("Yes.\n\n" + "> a\n" * 2_000_000)
    arguments = [str(source), "--remove-quoted-history", "-o", str(tmp_path / "out.txt")]
    done = subprocess.run([sys.executable, "-c", PEAK, *arguments], capture_output=True, text=True)
    assert "too much" in done.stderr
    assert 1024 * int(done.stdout) < 20 * source.stat().st_size + 200_000_000
    assert (tmp_path / "out.txt").read_bytes() == source.read_bytes()


@pytest.mark.slow
def test_very_many_records_take_no_more_than_some(tmp_path: Path) -> None:
    peaks = []
    for rows in (20_000, 100_000):
        source = tmp_path / f"{rows}.csv"
        source.write_text("id,text\n" + "1,a\n" * rows)
        command = [sys.executable, "-c", PEAK, str(source), "-o", str(tmp_path / f"out{rows}.csv")]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True).stdout))
    assert peaks[1] < peaks[0] + 20_000  # kilobytes


def test_pages_and_markdown_of_common_size_are_read() -> None:
    page = "".join(f"<p class=text>{sentence} {number}</p>\n" for number in range(3_000) for sentence in SENTENCES[:2])
    assert html.record(page.encode(), "a.html").error is None
    text = "\n\n".join(f"{sentence} *{number}*" for number in range(3_000) for sentence in SENTENCES[:2])
    (record,) = markdown.read(io.BytesIO(text.encode()), "a.md", ReadOptions())
    assert record.error is None


@given(st.one_of(nasty(), st.text(alphabet="ab \n\r\u0301é橋ﬁ\u200b№½", max_size=200)), st.integers(1, 40))
@example("", 1)
@example("a\n", 1)
@example("ab\n\ncd", 2)
def test_a_text_read_in_pieces_has_the_shingles_of_the_whole(text: str, size: int) -> None:
    pieces, whole = _in_pieces(text, size), shingles([text])
    for field in ("hashes", "starts", "documents"):
        np.testing.assert_array_equal(getattr(pieces, field), getattr(whole, field))
