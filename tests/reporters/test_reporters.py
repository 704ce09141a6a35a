"""What programs read: workflow commands, SARIF; and what differs, marked for people."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

import dedupe
from dedupe.judge.relations import RELATIONS
from dedupe.reporters._differences import cut, differences, window
from dedupe.reporters.html._markup import inert
from dedupe.reporters.table import OUTPUTS
from dedupe.text.tokens import words
from tests.cases import cases
from tests.cli.test_cli import ARTICLE, DIFFERING, ROOT, SAID
from tests.commands import run
from tests.texts import SENTENCES, nasty


def sarif(*arguments: str | Path) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(run("check", "--output-format", "sarif", *arguments).stdout)
    return log


@pytest.fixture(scope="module")
def broken_rules() -> Callable[[object], list[str]]:
    """Return what says where a value breaks the official schema of SARIF 2.1.0."""
    validator = Draft4Validator(json.loads((ROOT / "fixtures/schemas/sarif-2.1.0-rtm.5.json").read_text("utf-8")))
    return lambda value: [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_sarif_is_valid(tmp_path: Path, broken_rules: Callable[[object], list[str]]) -> None:
    (tmp_path / "ä b#%.txt").write_text(f"{SAID}\n\n{SAID}\n")
    (tmp_path / "records.jsonl").write_text(json.dumps({"text": f"{SAID}\n{SAID}"}) + "\n")
    for case in cases()[:60]:
        (tmp_path / f"{case.name.replace('/', '-')}.txt").write_text(case.text)
    log = sarif(tmp_path)
    assert broken_rules(log) == []
    assert broken_rules(sarif(tmp_path, "--ignore", "exact", "--ignore", "contained")) == []
    assert broken_rules(sarif("--scope", "corpus", ARTICLE, tmp_path / "records.jsonl")) == []
    assert broken_rules({"version": "2.1.0", "runs": [{}]}) != []


def test_sarif_names_place_original_and_rule() -> None:
    (log,) = sarif(ARTICLE)["runs"]
    assert [rule["id"] for rule in log["tool"]["driver"]["rules"]] == list(RELATIONS)
    results = log["results"]
    text = ARTICLE.read_text("utf-8")
    for result, line in zip(results, (3, 13, 23, 25, 27, 29, 31, 33, 35), strict=True):
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] == line
        assert text[region["charOffset"] :][: region["charLength"]] == text.split("\n")[line - 1]
        assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] < line


def test_workflow_commands_are_escaped_and_one_line_each(tmp_path: Path) -> None:
    folder = tmp_path / "50%,a:b"
    folder.mkdir()
    (folder / "x\ny.txt").write_text(f"{SAID}\n\n{SAID}\n")
    (tmp_path / "records.jsonl").write_text("\n" + json.dumps({"text": f"{SAID}\n\n{SAID}"}) + "\n")
    lines = run("check", "--output-format", "github", tmp_path).stdout.decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"::error file={tmp_path}/50%25%2Ca%3Ab/x\\x0ay.txt,line=3,endLine=3,title=dedupe%3A ")
    assert f"file={tmp_path}/records.jsonl,line=2,endLine=2," in lines[0]
    flagged = tmp_path / "flagged.txt"
    flagged.write_text(DIFFERING)
    assert run("check", "--output-format", "github", flagged).stdout.startswith(b"::warning file=")


def test_a_finding_is_that_which_its_object_tells() -> None:
    for finding in dedupe.check(ARTICLE.read_text("utf-8")).findings:
        assert dedupe.Finding.of_dict(finding.to_dict()).to_dict() == finding.to_dict()
        assert dedupe.Finding.of_dict(finding.to_dict()).confidence == finding.confidence < 1


def test_differing_words_are_marked_without_colour_however_far_back(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    long = "It was said in the hall that evening, in the cold and by the light of a single lamp, that of all of them "
    path.write_text(f"{long}only 33 people had seen it.\n\n{long}only 35 people had seen it.\n")
    shown = run("check", path).stdout.decode()
    assert "only [33] people had seen it." in shown
    assert "only [35] people had seen it." in shown


@given(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES))
def test_without_what_differs_a_paragraph_stands_in_the_other_one(one: str, other: str) -> None:
    marks = differences(one, other)
    assert "".join(piece for piece, _ in cut(one, marks)) == one
    other_words = iter(words(other))
    for piece, differs in cut(one, marks):
        assert differs or all(word in other_words for word in words(piece))  # `in` moves the iterator on
    assert differences(one, one) == []


@given(st.sampled_from(SENTENCES), st.sampled_from(SENTENCES), st.integers(10, 60))
def test_a_window_is_no_wider_than_asked_and_shows_the_first_mark(one: str, other: str, width: int) -> None:
    marks = differences(one, other)
    shown, moved = window(one, marks, width)
    assert len(shown) <= width
    if marks:
        assert moved
        first = one[marks[0].start : marks[0].end]
        assert first.startswith(shown[moved[0].start : moved[0].end])


@given(nasty())
def test_markup_holds_no_tag_and_nothing_that_acts(text: str) -> None:
    markup = inert(text).replace('<span class="code">', "").replace("</span>", "")
    assert not set(markup) & set("<>\"'\x1b\u202e\u2066\ud800")
    markup.replace("\r", "").encode("utf-8")


def test_places_that_share_a_line_have_columns(tmp_path: Path, broken_rules: Callable[[object], list[str]]) -> None:
    page = tmp_path / "x.html"
    page.write_text(f"<h1>News</h1>\n<div>\U0001f600 <p>{SAID}</p><p>{SAID}</p></div>\n<p>Other news.</p>\n", "utf-8")
    here = 12 + len(SAID) + 7

    def shown(form: str, path: Path = page) -> str:
        return run("check", path, "--output-format", form).stdout.decode()

    reason = "has the same words as line 2, column 11, directly beside it; the first stays"
    assert shown("concise") == f"{page}:2:{here - 1}: remove exact [repeated-beside] {reason}\n"
    assert f"--> {page}:2:{here - 1}\n" in shown("full")
    assert f" 2:11 = {SAID[:20]}" in shown("full")
    assert f",col={here - 1}::remove 2:{here - 1}: {reason}\n" in shown("github")
    (result,) = json.loads(shown("sarif"))["runs"][0]["results"]
    assert broken_rules(json.loads(shown("sarif"))) == []
    for place, column in ((result["locations"][0], here - 1), (result["relatedLocations"][0], 11)):
        assert place["physicalLocation"]["region"]["startColumn"] == column
    (finding,) = json.loads(shown("json-lines"))["findings"]
    assert (finding["column"], finding["original"]["column"], finding["lines"]) == (here - 1, 11, [2, 2])
    assert run("check", page, "--report", tmp_path / "report.html").returncode == 1
    markup = (tmp_path / "report.html").read_text("utf-8")
    assert f"Finding, line 2, column {here - 1}" in markup
    assert "= line 2, column 11" in markup
    removed = tmp_path / "removed.jsonl"
    run("clean", page, "-o", tmp_path / "y.html", "--removed", removed)
    assert json.loads(removed.read_text())["column"] == here - 1


def test_places_on_lines_of_their_own_have_no_columns(tmp_path: Path) -> None:
    page = tmp_path / "x.html"
    page.write_text(f"<p>{SAID}</p>\n<p>{SAID}</p>\n")
    (tmp_path / "x.txt").write_text(f"{SAID}\n\n{SAID}\n")
    for path in (page, tmp_path / "x.txt"):
        assert b"column" not in run("check", path, "--output-format", "json-lines").stdout


def test_columns_are_told_across_documents_too(tmp_path: Path) -> None:
    for name, before in (("a", "Snow fell in the hills."), ("b", "Nobody came to the meeting.")):
        (tmp_path / f"{name}.html").write_text(f"<p>{before}</p><p>{SAID}</p>\n", "utf-8")
    found = run("check", tmp_path, "--scope", "corpus", "--output-format", "concise").stdout.decode()
    assert ", column " in found
    assert found.startswith(f"{tmp_path}/b.html:1:")


def test_every_reporter_is_a_choice_of_the_command() -> None:
    done = run("check", "--output-format", "nothing", ARTICLE)
    assert f"--output-format must be one of {', '.join(OUTPUTS)}, not 'nothing'" in done.stderr.decode()
