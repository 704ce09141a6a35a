"""The measurement of speed measures everything it should, with the real peers, and says what it cannot measure."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import _comparison as comparison
from benchmarks import speed
from benchmarks._language_texts import lines_of
from benchmarks._peers import JUDGED, PEERS
from benchmarks._stages import ORDER
from benchmarks._tables import Section
from benchmarks._timing import CommandError, cost_of, in_turns, run
from benchmarks._twin import all_pairs, triples

ROOT = Path(__file__).parent.parent
SMALL = "--megabytes 0.05 --compared 0.05 --small 0.05 --large 0.1 --runs 1".split()


def cells(text: str, first: str) -> list[str]:
    """Return the cells of the row of a Markdown table that begins so."""
    row = next(line for line in text.split("\n") if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in row.strip("|").split(" | ")]


@pytest.fixture(scope="module")
def said() -> str:
    """Run all of it on a few articles."""
    command = [sys.executable, "benchmarks/speed.py", "--markdown", *SMALL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_one_run_gives_every_figure_that_is_aimed_at(said: str) -> None:
    for aim in speed.AIMS.values():
        _, measured, bound, reached = cells(said, aim.what)
        assert float(measured) >= 0
        assert bound == aim.bounded
        assert reached in ("yes", "**no**")
    assert "benchmarks/index.py" in cells(said, speed.ELSEWHERE[0])[1]


def test_every_peer_is_measured_beside_what_it_finds_and_takes(said: str) -> None:
    for name in PEERS:
        _, *figures, recall, precision, memory = cells(said, name)
        assert all(float(figure) > 0 for figure in (*figures, memory))
        assert (recall, precision) == ("", "") if name == JUDGED else 0 <= float(recall) <= 1 >= float(precision)


def test_stages_yardsticks_and_generated_articles_are_measured(said: str) -> None:
    for stage in ORDER:
        assert all(float(one) >= 0 for one in cells(said, stage)[1:])
    for name in ("`str.split()`", "reading the texts from a file", "`wc -w`, whole process", "`lower().split()`"):
        assert float(cells(said, name if "str" in name else f"yardstick: {name}")[1]) > 0
    assert len(re.findall(r"^\| \d+% of the paragraphs repeat, ", said, re.MULTILINE)) == 9


def test_the_machine_the_versions_and_the_command_are_named(said: str) -> None:
    first = said.split("\n", 1)[0]
    assert first.startswith(f"`python benchmarks/speed.py --markdown {' '.join(SMALL)}`: ")
    assert re.search(r"\d+ cores; Python 3\.\d+\.\d+\S*, numpy \S+, datasketch \S+, xxhash \S+, rensa ", first)


def test_what_is_missed_is_listed(said: str) -> None:
    _, losses = said.split("Where it loses:")
    for aim in speed.AIMS.values():
        assert (f"- {aim.what}: " in losses) == (cells(said, aim.what)[3] == "**no**")


def test_a_peer_that_is_not_installed_is_a_sentence_and_the_others_are_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "rensa", None)  # as if it were not there
    given = speed.options().parse_args(SMALL)
    (table,) = comparison.peers(speed.material_of(given, tmp_path)).tables
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["rensa, batch"][0] == "not measured: rensa is not installed; pip install 'paradedupe[bench]'"
    assert float(rows["gaoya, fed 3-grams"][0]) > 0


def test_work_that_fails_is_a_sentence_and_the_rest_is_measured() -> None:
    def break_down() -> None:
        raise ValueError("no\nsuch thing")

    works: dict[str, Callable[[], object]] = {
        "fine": list,
        "broken": break_down,
        "absent": lambda: run(["no-such-program"]),
        "failing": lambda: run([sys.executable, "-c", "raise SystemExit('it cannot be')"]),
    }
    times = in_turns(works, 2)
    assert list(times.least) == ["fine"]
    assert times.failed["broken"] == "not measured: ValueError: no such thing"
    assert times.failed["absent"] == "not measured: no-such-program could not be started: No such file or directory"
    assert times.failed["failing"].endswith("ended with 1: it cannot be")


def test_a_section_that_fails_is_a_sentence_and_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> Section:
        raise CommandError("a command ended with 3: it said nothing")

    monkeypatch.setitem(speed.SECTIONS, "memory", fail)
    monkeypatch.setattr(sys, "argv", ["speed.py", "--only", "memory", "recall", "--markdown", *SMALL])
    assert speed.main() == 1
    out = capsys.readouterr().out
    assert "| not measured: a command ended with 3: it said nothing |" in out
    assert cells(out, speed.AIMS["memory"].what)[1] == "not measured, see above"
    assert float(cells(out, speed.AIMS["recall"].what)[1]) > 0


def test_the_memory_of_a_process_is_not_that_of_who_starts_it() -> None:
    held = bytearray(b"x" * (300 << 20))
    assert cost_of([sys.executable, "-c", "pass"]).memory < 100 < len(held) >> 20


@given(st.lists(st.lists(st.sampled_from("abcd"), max_size=8).map(" ".join), max_size=12), st.sampled_from([0.5, 0.7]))
def test_the_twin_finds_what_comparing_all_with_all_finds(rows: list[str], threshold: float) -> None:
    sets = [triples(row) for row in rows]
    assert all_pairs(rows, threshold) == {
        (one, other)
        for other in range(len(rows))
        for one in range(other)
        if sets[one] and sets[other] and len(sets[one] & sets[other]) >= threshold * len(sets[one] | sets[other])
    }


def test_texts_of_a_folder_are_measured_by_language(tmp_path: Path) -> None:
    row = "ประชุมกันในวันอังคาร น้ำ\n" * 9
    texts = {"th/a.txt": row, "th/b.jsonl": json.dumps({"text": row}) + "\n", "de/c.txt": "Straße und Fluß\n" * 9}
    for name, text in {**texts, ".packages/d.txt": "no language"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    command = [sys.executable, "benchmarks/speed.py", "languages", "--texts", str(tmp_path), "--markdown"]
    done = subprocess.run(
        [*command, "--megabytes", "0.01", "--runs", "1"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(cells(done.stdout, "de")) == len(cells(done.stdout, "th")) == 6
    assert "packages" not in done.stdout


def test_pages_become_lines_without_scripts_and_markup() -> None:
    assert lines_of("<head><title>no</title></head><p>one <b>two</b>\n three<script>no</script><li>four") == [
        "one two three",
        "four",
    ]
