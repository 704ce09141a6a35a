"""Trying other settings, deciding at the terminal, explaining relations."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import dedupe
from dedupe import across
from dedupe._score import Score
from dedupe.cli.explain import SUMMARIES, reports
from dedupe.judge.features import MEANINGS
from dedupe.judge.relations import RELATIONS
from dedupe.review.decisions import Decision, DecisionKind, Decisions, decision_on
from dedupe.review.tuning import PROPOSING, score, settings, suggestion, trials
from tests.cases import Case, cases
from tests.cli.test_cli import ARTICLE, ROOT, SAID
from tests.commands import run

OTHER = "Residents said that they had been told nothing, and that 33 of them were injured when the old one fell."


def labels(case: Case, document: dedupe.Document) -> list[Decision]:
    """Return a case's marks as decisions: what has to go, what has to stay, nothing for what may do either."""
    choices: dict[str, DecisionKind] = {"-": "remove", "=": "keep", "!": "keep"}
    made = []
    start = 0
    for mark, row in zip(case.marks, case.text.split("\n"), strict=True):
        if mark in choices and row.strip():
            made.append(decision_on(dedupe.Report(document), dedupe.Span(start, start + len(row)), choices[mark]))
        start += len(row) + 1
    return made


@pytest.mark.parametrize("level", ["conservative", "default", "aggressive"])
def test_precision_and_recall_on_labelled_texts_are_those_counted_by_line(level: str) -> None:
    documents = [dedupe.Document(case.text, case.name) for case in cases()]
    decisions = Decisions()
    for case, document in zip(cases(), documents, strict=True):
        for one in labels(case, document):
            decisions.add(one)
    options = dedupe.Options(level=level)  # type: ignore[arg-type]  # one of the three
    trial = next(iter(trials(documents, options, decisions)))
    hits = misses = wrong = 0
    for case, report in zip(cases(), dedupe.Deduper(options).check_many(documents), strict=True):
        rows = case.text.split("\n")
        removed = [one for one in report.findings if one.action == "remove"]
        removed_lines = {
            line for one in removed for line in range(one.lines[0] - 1, one.lines[1]) if rows[line].strip()
        }
        marked = {line for line, mark in enumerate(case.marks) if mark == "-"}
        hits, misses = hits + len(removed_lines & marked), misses + len(marked - removed_lines)
        wrong += len({line for line in removed_lines if case.marks[line] in "=!"})
    assert trial.score == Score(hits, misses, wrong)


@pytest.mark.parametrize(
    ("choice", "removed_lines", "expected"),
    [
        ("either", (), Score(0, 1, 0)),
        ("either", (3,), Score(1, 0, 0)),
        ("either", (1, 3), Score(0, 0, 1)),
        ("at-most-one", (), Score(0, 0, 0)),
        ("at-most-one", (1,), Score(1, 0, 0)),
    ],
)
def test_of_a_pair_one_side_counts(choice: DecisionKind, removed_lines: tuple[int, ...], expected: Score) -> None:
    document = dedupe.Document(f"{SAID}\n\n{SAID}\n", "here")
    places = {1: dedupe.Span(0, len(SAID)), 3: dedupe.Span(len(SAID) + 2, 2 * len(SAID) + 2)}
    (finding,) = dedupe.check(document).findings
    findings = tuple(
        dedupe.Finding("remove", "exact", "x", places[line], (line, line), finding.original, 1.0, 1.0)
        for line in removed_lines
    )
    texts = {line: decision_on(dedupe.Report(document), span, choice) for line, span in places.items()}
    made = [Decision("here", one.span, one.text, choice, 1, line) for line, one in texts.items()]
    assert score(dedupe.Report(document, (), findings), made) == expected


def test_every_setting_is_tried_once_and_those_in_force_first() -> None:
    options = dedupe.Options(jaccard=0.55)
    tried = settings(options)
    assert tried[0] == ("", "", options)
    assert len({one[2] for one in tried}) == len(tried) == 1 + 2 + 7 + 7 + 6


@pytest.mark.parametrize("threshold", [0.5, 0.9])
def test_without_labels_no_threshold_is_suggested_that_loses_removals(threshold: float) -> None:
    documents = [dedupe.Document(case.text, case.name) for case in cases()[:40]]
    given = dedupe.Options(jaccard=threshold, containment=threshold)
    tried = list(trials(documents, given))
    options, why = suggestion(tried, documents)
    assert options != given or threshold == 0.5  # it changes where that finds more
    marked = {key for one in tried if one.name in ("", *PROPOSING) for key in one.removed}
    with_it = next(iter(trials(documents, options)))
    assert len(marked & with_it.removed.keys()) >= 0.995 * len(marked)
    assert "of what any threshold tried removes" in why


def test_tune_shows_what_comes_and_goes_and_prints_settings_that_load(tmp_path: Path) -> None:
    careful = dedupe.Deduper(dedupe.Options(level="conservative"))
    unsure = next(one.text for one in cases() if dedupe.clean(one.text) != careful.clean(one.text))
    (tmp_path / "slip.txt").write_text(unsure, "utf-8")
    shown = run("tune", tmp_path / "slip.txt", ARTICLE).stdout.decode()
    rows = {
        " ".join(row.split()[:2]): row.split()[2:] for row in shown.splitlines() if row[:7] in ("in forc", "level c")
    }
    documents = [dedupe.Document(path.read_text("utf-8")) for path in (tmp_path / "slip.txt", ARTICLE)]
    given, strict, *_ = trials(documents, dedupe.Options())
    fewer = len(given.removed.keys() - strict.removed.keys())
    assert strict.value == "conservative"
    assert fewer > 0
    assert rows["level conservative"][3] == str(fewer)
    assert "Least similar of what is removed" in shown
    assert f"Fewer with level conservative ({fewer})" in shown
    assert "min_confidence" not in shown[shown.index("[tool.dedupe]") :]
    surer = run("tune", ARTICLE, "--min-confidence", "0.75").stdout.decode()
    assert "min_confidence = 0.75" in surer[surer.index("[tool.dedupe]") :].splitlines()
    table = shown[shown.index("[tool.dedupe]") :]
    (tmp_path / "pyproject.toml").write_text(table)
    (tmp_path / "a.txt").write_text(SAID)
    kept = run("settings", tmp_path / "a.txt").stdout.decode()
    assert f'level = "default"  # {tmp_path}/pyproject.toml' in " ".join(kept.split()).replace(" # ", "  # ")


def test_tune_scores_each_setting_on_decisions_and_suggests_the_best(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("Home\n\nHome\n\nWe mend bicycles of every make and age, in a day.\n")
    document = dedupe.Document(path.read_text(), str(path))
    decisions = Decisions()
    for finding in dedupe.Deduper(dedupe.Options(level="aggressive")).check(document).findings:
        decisions.add(decision_on(dedupe.Report(document), finding.span, "remove"))
    (tmp_path / "decisions.json").write_text(decisions.dumps())
    shown = run("tune", path, "--decisions", tmp_path / "decisions.json").stdout.decode()
    assert "level = aggressive: F0.5 1.000" in shown
    assert 'level = "aggressive"' in shown
    sampled = run("tune", ROOT / "dedupe/examples", "--sample", "3", "--examples", "0").stdout.decode()
    assert sampled.startswith(f"3 documents of {len(SUMMARIES)}, drawn")


def test_review_asks_about_each_finding_and_writes_every_answer(tmp_path: Path) -> None:
    place = tmp_path / "decisions.json"
    done = run("review", ARTICLE, "--decisions", place, stdin=b"k\nwhat?\nremove\ns\nq\n")
    shown = done.stdout.decode()
    assert done.returncode == 0
    assert shown.count("2 of 9, removed unless you decide") == 2  # asked again after what is no answer
    assert "2 decided" in shown
    assert [one["decision"] for one in json.loads(place.read_text())["decisions"]] == ["keep", "remove"]
    again = run("review", ARTICLE, "--decisions", place, stdin=b"").stdout.decode()
    assert "1 of 7" in again
    assert dedupe.clean(ARTICLE.read_text()) != run("clean", ARTICLE, "--decisions", place).stdout.decode()
    assert run("review", "-").returncode == 2


def decided(place: Path) -> list[str]:
    return [one["decision"] for one in json.loads(place.read_text())["decisions"]]


def test_review_goes_back_and_undoes(tmp_path: Path) -> None:
    place = tmp_path / "decisions.json"
    done = run("review", ARTICLE, "--decisions", place, stdin=b"k\nback\nr\nr\nb\nu\nq\n")
    shown = done.stdout.decode()
    assert "1 of 9, decided: keep: " in shown
    assert "2 of 9, decided: remove: " in shown
    assert shown.count("2 of 9, removed unless you decide") == 3  # at first, after going back, undone
    assert decided(place) == ["remove"]
    assert "1 decided" in shown


def test_review_decides_about_all_of_a_kind_and_shows_its_keys(tmp_path: Path) -> None:
    place = tmp_path / "decisions.json"
    done = run("review", ARTICLE, "--decisions", place, stdin=b"help\na\nb\na\nk\nr\n")
    shown = done.stdout.decode()
    assert "  a  decide about all remaining findings of this kind\n" in shown
    assert shown.count("all 8 findings from here that are exact: ") == 2  # not decided, and decided
    assert "9 decided" in shown  # the one that is contained is asked about for itself
    assert sorted(decided(place)) == ["keep"] * 8 + ["remove"]
    kept = run("clean", ARTICLE, "--decisions", place).stdout.decode()
    assert kept.count("exactly what they want") == ARTICLE.read_text("utf-8").count("exactly what they want") - 1


def test_review_takes_single_keys_at_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    place = tmp_path / "decisions.json"
    command = [sys.executable, "-m", "dedupe", "review", str(ARTICLE), "--decisions", str(place)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    shown = b""
    for key in (b"k", b"r", b"\x1b[C", b"q"):
        questions = shown.count(b"[h]elp? ")
        while shown.count(b"[h]elp? ") <= questions:
            shown += os.read(ours, 1 << 16)
        os.write(ours, key)
    assert process.wait() == 0
    os.close(ours)
    assert decided(place) == ["keep", "remove"]


def test_review_works_at_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    place = tmp_path / "decisions.json"
    command = [sys.executable, "-m", "dedupe", "review", str(ARTICLE), "--decisions", str(place)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    os.write(ours, b"k\nk\nq\n")
    assert process.wait() == 0
    os.close(ours)
    assert len(json.loads(place.read_text())["decisions"]) == 2


@pytest.mark.parametrize("relation", SUMMARIES)
def test_every_relation_is_explained_by_an_example_that_shows_it(relation: str) -> None:
    assert {finding.rule for report in reports(relation) for finding in report.findings} == {relation}
    shown = run("explain", relation).stdout.decode()
    assert SUMMARIES[relation] in shown
    assert f"[{relation}]" in shown


def test_relations_and_features_are_listed_and_a_wrong_name_is_answered() -> None:
    relations, _, features = run("explain").stdout.decode().split("\n\n")
    assert [row.split()[0] for row in relations.splitlines()] == [*RELATIONS, *across.RULES.values()]
    assert [row.split()[0] for row in features.splitlines()] == list(MEANINGS)
    done = run("explain", "copied-runs")
    assert done.returncode == 2
    assert b"did you mean 'copied-run'?" in done.stderr


def test_tune_says_in_plain_words_why_the_thresholds_stay(tmp_path: Path) -> None:
    shown = run("tune", ARTICLE).stdout.decode()
    assert "the settings in force stay, since they remove all of what any threshold tried removes; " in shown
    (tmp_path / "a.txt").write_text("The ferry sails on Friday.\n")
    assert (
        "no threshold tried removes anything, so the settings in force stay; " in run("tune", tmp_path).stdout.decode()
    )
