"""Decisions are applied or named in a warning; baselines leave known findings out."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe._score import Score
from dedupe.errors import InputError
from dedupe.model import Layout, Paragraph, Role
from dedupe.reporters.html._article import Article
from dedupe.review.decisions import DecisionKind, Decisions, apply_decisions, decision_on, fingerprint, loads
from dedupe.review.tuning import score
from tests.cli.test_cli import ARTICLE, SAID
from tests.commands import run
from tests.texts import nasty

OTHER = "Residents said that they had been told nothing, and that 33 of them were injured when the old one fell."
VARIANT = OTHER.replace("33", "35")


def decisions_file(folder: Path, path: Path, *choices: tuple[int, str]) -> Path:
    """Write decisions about the paragraphs of a file that are on these lines."""
    document = dedupe.Document(path.read_text("utf-8"), str(path))
    decisions = Decisions()
    start = 0
    for number, line in enumerate(document.text.split("\n"), 1):
        for chosen, choice in choices:
            if chosen == number:
                span = dedupe.Span(start, start + len(line))
                decisions.add(decision_on(dedupe.Report(document), span, choice))  # type: ignore[arg-type]  # the tests' own words
        start += len(line) + 1
    target = folder / "decisions.json"
    target.write_text(decisions.dumps())
    return target


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text("\n\n".join([SAID, OTHER, SAID, VARIANT]) + "\n", "utf-8")
    return path


def test_what_is_to_be_kept_stays_and_what_is_to_be_removed_goes(article: Path, tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path, article, (5, "keep"), (7, "remove"))
    done = run("clean", article, "--decisions", decisions)
    assert done.stdout.decode() == "\n\n".join([SAID, OTHER, SAID]) + "\n"
    assert done.stderr == b""
    checked = run("check", article, "--decisions", decisions, "--output-format", "json-lines")
    (finding,) = json.loads(checked.stdout)["findings"]
    assert (finding["action"], finding["lines"]) == ("remove", [7, 7])
    assert finding["reason"].endswith("removed by decision")


def test_a_decision_on_a_changed_paragraph_is_a_warning_and_not_applied(article: Path, tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path, article, (7, "remove"))
    article.write_text(article.read_text().replace("35", "36"))
    done = run("clean", article, "--decisions", decisions)
    assert VARIANT.replace("35", "36") in done.stdout.decode()
    assert done.stderr.decode() == (
        f"warning: {article}:7: a decision is not applied: there is no such duplicate any more\n"
    )


def test_a_decision_follows_a_paragraph_that_has_moved(article: Path, tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path, article, (5, "keep"))
    article.write_text("A new headline\n\n" + article.read_text())
    done = run("clean", article, "--decisions", decisions)
    assert done.stdout.decode().count(SAID) == 2
    assert done.stderr == b""


def test_a_paragraph_to_keep_stays_where_it_may_be_any_of_several(article: Path, tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path, article, (5, "keep"))
    article.write_text("\n\n".join([SAID, SAID, OTHER, "Nobody was there.", SAID]) + "\n")
    done = run("clean", article, "--decisions", decisions)
    assert done.stdout.decode().count(SAID) == 3
    assert done.stderr == b""


def test_what_to_remove_of_several_is_not_guessed(article: Path, tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path, article, (7, "remove"))
    article.write_text("\n\n".join(["So.", OTHER, SAID, VARIANT, "It is said.", VARIANT]) + "\n")
    done = run("clean", article, "--decisions", decisions, "--level", "conservative")
    assert VARIANT in done.stdout.decode()


def test_kept_once_is_kept_in_place_twice(article: Path, tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path, article, (5, "keep"), (7, "keep"))
    for _ in range(2):
        assert run("clean", "--in-place", article, "--decisions", decisions).returncode == 0
        assert article.read_text().count(SAID) == 2


def test_an_original_is_not_removed_and_what_repeats_nothing_stays(article: Path, tmp_path: Path) -> None:
    article.write_text(article.read_text() + f"\n{VARIANT}\n")
    decisions = decisions_file(tmp_path, article, (7, "remove"), (1, "remove"))
    done = run("clean", article, "--decisions", decisions)
    assert VARIANT in done.stdout.decode()
    assert SAID in done.stdout.decode()
    assert "is itself the original of a removed paragraph" in done.stderr.decode()
    assert "the paragraph to remove is no duplicate" in done.stderr.decode()


def test_decisions_about_documents_that_did_not_come_are_said(article: Path, tmp_path: Path) -> None:
    decisions = decisions_file(tmp_path, article, (5, "keep"))
    done = run("check", ARTICLE, "--decisions", decisions)
    assert f"decides about {article}, which is not among these documents" in done.stderr.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[]", 'it has no "schema": 1'),
        ("{", "is not a file of decisions"),
        ('{"schema": 1, "decisions": [1]}', "decision 1: is not an object"),
        (
            '{"schema": 1, "decisions": [{"document": "a", "text": "b", "decision": "burn"}]}',
            "allowed are keep, remove",
        ),
        ('{"schema": 1, "decisions": [{"document": "a", "text": "b", "decision": "keep"}]}', '"span" of two numbers'),
    ],
)
def test_a_broken_file_of_decisions_is_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "decisions.json"
    path.write_text(content)
    done = run("clean", ARTICLE, "--decisions", path)
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    with pytest.raises(InputError):
        loads(content.encode(), "here")


CHOICES: list[DecisionKind | None] = ["keep", "remove", None]


@given(nasty(), st.data())
def test_whatever_is_decided_only_whole_repeats_go_and_every_original_stays(text: str, data: st.DataObject) -> None:
    report = dedupe.check(dedupe.Document(text, "here"))
    chosen = data.draw(st.lists(st.sampled_from(CHOICES), min_size=len(report.findings)))
    made = [decision_on(report, one.span, choice) for one, choice in zip(report.findings, chosen, strict=False)
            if choice]  # fmt: skip
    decided, refused = apply_decisions(report, made)
    kept = {one.span for one, choice in zip(report.findings, chosen, strict=False) if choice == "keep"}
    assert not kept & {one.span for one in decided.findings}
    removed_spans = [one.span for one in decided.findings if one.action == "remove"]
    for finding in decided.findings:
        if finding.action == "remove":
            assert not any(span.start < finding.original.span.end and finding.original.span.start < span.end
                           for span in removed_spans)  # fmt: skip
    left = [line for line in text.replace("\r", "\n").split("\n") if line.strip()]
    stays = [line for line in decided.text.replace("\r", "\n").split("\n") if line.strip()]
    assert len(left) - len(stays) == sum(one.lines[1] - one.lines[0] + 1 for one in decided.findings
                                         if one.action == "remove")  # fmt: skip
    removals = sum(choice == "remove" for _, choice in zip(report.findings, chosen, strict=False))
    assert len(refused) <= removals


def test_a_file_of_decisions_comes_back_as_it_was_written() -> None:
    decisions = Decisions("here")
    document = dedupe.Report(dedupe.Document("ä\ud800b", "a/../b.txt"))
    decisions.add(decision_on(document, dedupe.Span(0, 1), "remove"))
    decisions.add(decision_on(document, dedupe.Span(1, 3), "keep"))
    decisions.add(decision_on(document, dedupe.Span(0, 1), "keep"))
    assert loads(decisions.dumps().encode("ascii"), "here") == decisions
    assert [one.choice for one in decisions.of(dedupe.Document("", "b.txt"))] == ["keep", "keep"]
    assert fingerprint("ä") != fingerprint("a")


def test_only_findings_that_are_not_in_the_baseline_fail(article: Path, tmp_path: Path) -> None:
    known = tmp_path / ".known.json"
    assert run("check", tmp_path, "--write-baseline", known).returncode == 1
    done = run("check", tmp_path, "--baseline", known, "--fail-on", "flag")
    assert (done.returncode, done.stdout) == (0, b"1 document: 0 to remove, 0 flagged\n")
    article.write_text(f"A new headline\n\n{article.read_text()}")  # known findings may move
    assert run("check", tmp_path, "--baseline", known, "--fail-on", "flag").returncode == 0
    new = "The mayor opened the market hall on Saturday in front of some hundred people who had come to see it."
    article.write_text(f"{article.read_text()}\n{new}\n\n{new}\n")
    done = run("check", tmp_path, "--baseline", known)
    assert done.returncode == 1
    assert b"1 document: 1 to remove, 0 flagged" in done.stdout
    assert run("clean", article, "--baseline", known).stdout.decode().count(SAID) == 1  # known is not kept


def test_a_baseline_is_found_from_every_folder(article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = tmp_path / "known.json"
    run("check", article, "--write-baseline", known)
    monkeypatch.chdir(tmp_path)
    assert run("check", "article.txt", "--baseline", "known.json").returncode == 0
    assert [one["document"] for one in json.loads(known.read_text())["findings"]] == ["article.txt"] * 2
    known.write_text('{"schema": 2}')
    done = run("check", article, "--baseline", known)
    assert done.returncode == 2
    assert b"is not a baseline; write one with --write-baseline" in done.stderr


def test_decisions_on_a_text_taken_out_of_a_source_name_places_in_the_source() -> None:
    texts = [SAID, OTHER, SAID, VARIANT]
    places, start = [], 0
    for number, text in enumerate(texts):
        start += len("<p>")
        end = start + len(text)
        places.append(Paragraph(number, start, end, end, number + 1, number + 1))
        start = end + len("</p>\n")
    roles: list[Role] = [""] * len(texts)
    layout = Layout(tuple(places), tuple(roles))
    report = dedupe.check(dedupe.Document("\n\n".join(texts), "page.html", layout=layout))
    assert [(one.action, one.lines[0]) for one in report.findings] == [("remove", 3), ("flag", 4)]
    choices: list[DecisionKind] = ["keep", "remove"]
    made = [decision_on(report, one.span, choice) for one, choice in zip(report.findings, choices, strict=True)]
    decided, refused = apply_decisions(report, made)
    assert (decided.text, refused) == ("\n\n".join(texts[:3]), [])
    assert score(decided, made) == Score(hits=1)
    article = "".join(Article(report, 1).markup())
    assert article.count('class="finding') == 2
    assert "<mark>35</mark>" in article
