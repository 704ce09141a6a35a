"""Quoted history of a message: what it is told by, and that it goes where that is asked for, and only there."""

import json
from email import message_from_bytes
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from tests.cli.test_cli import SAID
from tests.commands import run
from tests.io.test_mail import ANSWER, HISTORY, LINES, ONCE, OTHER, THIRD, TWICE, cleaned, mutt
from tests.mail import message, text_of


def test_quoted_history_stays_and_is_no_original_unless_it_is_asked_for() -> None:
    answer = message(f"{OTHER}\n\n{SAID}\n\nAnna wrote:\n> {OTHER}\n> {THIRD}\n> {OTHER}\n\n-- \nBert\n").as_bytes()
    done, (report,) = cleaned(answer)
    assert (done, report.findings) == (answer, ())
    done, (report,) = cleaned(answer, remove_quoted_history=True)
    assert text_of(message_from_bytes(done)) == f"{OTHER}\n\n{SAID}\n\n-- \nBert"
    (found,) = report.findings
    assert (found.rule, found.kind, found.action) == ("quoted-history", "contained", "remove")
    assert "quoted from an earlier message" in found.reason
    assert cleaned(done, remove_quoted_history=True)[0] == done


LETTER = (
    f"-----Original Message-----\nFrom: Holm, Bert\nSent: Tuesday, 2 April 2024\nTo: Anna\nSubject: Bridge\n\n{THIRD}\n"
)
HISTORIES = {
    "english": f"On Tue, 2 Apr 2024 at 09:00, Bert Holm <bert@example.org> wrote:\n\n> {THIRD}\n",
    "wrapped": f"On Tuesday the 2nd of April 2024 at nine, Bert Holm <bert@example.org>\nwrote:\n> {THIRD}\n> B.\n",
    "address below": f"On Tue, Apr 2, 2024 at 9:00 AM Bert Holm of the board\n<bert@example.org> wrote:\n> {THIRD}\n",
    "german": f"Am 2.4.2024 um 09:00 schrieb Bert Holm:\n> {THIRD}\n>\n> {OTHER}\n",
    "japanese": f"2024年4月2日 ホルム：\n> {THIRD}\n",
    "bare": f"> {THIRD}\n> {OTHER}\n",
    "several levels": f"Bert wrote:\n> {OTHER}\n>> {THIRD}\n>>> x\n",
    "letter": LETTER,
    "underscores": LETTER.replace("-----Original Message-----", "_" * 32),
}


@pytest.mark.parametrize("kind", HISTORIES)
def test_history_is_told_by_its_structure(kind: str) -> None:
    own = f"Dear Bert,\n\n{SAID}"
    data = message(f"{own}\n\n{HISTORIES[kind]}").as_bytes()
    done, (report,) = cleaned(data, remove_quoted_history=True)
    assert text_of(message_from_bytes(done)) == own
    assert [one.rule for one in report.findings] == ["quoted-history"]


RULE = "_" * 47
FOOTER = (
    f"{RULE}\nPiers mailing list -- piers@example.org\n"
    "To leave it write to piers-leave@example.org\nhttps://lists.example.org/piers\n"
)
FOOTERS = {
    "a footer": FOOTER,
    "two of them": FOOTER + FOOTER.replace("Piers", "All piers"),
    "behind a signature": f"-- \nAnna\n\n{FOOTER}",
    "behind hyphens": f"{'-' * 69}\nTo leave, write to piers-leave@example.org\nFor help to piers-help@example.org\n",
    "behind two hyphens": '--\nTo leave this list send the line "unsubscribe" in\na message to piers@example.org\n',
    "with blank lines around": f"\n{FOOTER}\n\n",
}


@pytest.mark.parametrize("kind", FOOTERS)
def test_the_footer_of_a_mailing_list_is_no_answer(kind: str) -> None:
    data = message(f"{SAID}\n\n{HISTORIES['german']}\n{FOOTERS[kind]}").as_bytes()
    done, (report,) = cleaned(data, remove_quoted_history=True)
    assert text_of(message_from_bytes(done)) == f"{SAID}\n\n{FOOTERS[kind].strip()}"
    assert [one.rule for one in report.findings] == ["quoted-history"]
    deduper = dedupe.Deduper(dedupe.Options(remove_quoted_history=True))
    text = f"{SAID}\n\n{HISTORIES['german']}\n{FOOTERS[kind]}"
    assert deduper.check(text).text.split() == f"{SAID} {FOOTERS[kind]}".split()


STAYING = {
    "answered below a rule": f"{SAID}\n\nAnna wrote:\n> {OTHER}\n> x\n\n{RULE}\nI do not think so.\n",
    "answered below a footer": f"{SAID}\n\nAnna wrote:\n> {OTHER}\n> x\n\n{FOOTER}\nI do not think so.\n",
    "answered below hyphens": f"{SAID}\n\nAnna wrote:\n> {OTHER}\n> x\n\n{'-' * 40}\nI do not think so.\n",
    "answered below two": f"{SAID}\n\nAnna wrote:\n> {OTHER}\n> x\n\n--\nSee a@example.org\n\nIt holds.\n",
    "answered at length": f"{SAID}\n\nAnna wrote:\n> {OTHER}\n> x\n\n{RULE}\nSee https://example.org\n\nIt holds.\n",
    "answered below": f"Anna wrote:\n> {OTHER}\n> {THIRD}\n\n{SAID}\n",
    "answered inline": f"Hello,\n\nAnna wrote:\n> {OTHER}\n\nYes.\n\n> {THIRD}\n> x\n",
    "nothing of its own": f"Anna wrote:\n> {OTHER}\n> {THIRD}\n",
    "one quoted line": f"{SAID}\n\n> {OTHER}\n",
    "passed on": f"For you to read.\n\n{LETTER.replace('Bert', 'Ada')}",
    "rule without a header": f"{SAID}\n\n-----\n{OTHER}\n",
    "a list": f"{SAID}\n\nTo bring:\n- ropes\n- lamps\n",
}


@pytest.mark.parametrize("kind", STAYING)
def test_what_is_answered_or_passed_on_stays(kind: str) -> None:
    data = message(STAYING[kind]).as_bytes()
    done, (report,) = cleaned(data, remove_quoted_history=True)
    assert done == data
    assert not report.findings


def test_history_that_is_to_be_kept_or_ignored_stays() -> None:
    data = message(ANSWER).as_bytes()
    assert cleaned(data, remove_quoted_history=True)[0] != data
    assert cleaned(data, remove_quoted_history=True, keep_matching="did they say")[0] == data
    assert cleaned(data, remove_quoted_history=True, ignore=("contained",))[0] == data


def test_what_answered_history_may_go_and_then_the_history_goes() -> None:
    text = f"{SAID}\n\n{OTHER}\n\nAnna wrote:\n> {THIRD}\n> x\n\n{SAID}\n"
    data = message(text).as_bytes()
    done, _ = cleaned(data, remove_quoted_history=True)
    assert text_of(message_from_bytes(done)) == f"{SAID}\n\n{OTHER}"
    assert cleaned(done, remove_quoted_history=True)[0] == done


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_history_of_plain_text_goes_where_it_is_asked_for(end: str) -> None:
    text = f"{SAID}\n\n{OTHER}\n\n{HISTORY}\n-- \nAnna\n".replace("\n", end)
    assert dedupe.clean(text) == text
    deduper = dedupe.Deduper(dedupe.Options(remove_quoted_history=True))
    report = deduper.check(text)
    assert report.text == f"{SAID}\n\n{OTHER}\n\n-- \nAnna\n".replace("\n", end)
    assert {one.rule for one in report.findings} == {"quoted-history"}
    assert deduper.clean(report.text) == report.text


def wrapped(text: str, width: int = 72, mark: str = "") -> str:
    lines, line = [], mark.strip()
    for word in text.split():
        if len(line) + 1 + len(word) > width:
            lines.append(line)
            line = mark.strip()
        line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])


def test_history_goes_though_the_rest_is_wrapped_no_longer_without_it() -> None:
    own, old = wrapped(SAID), wrapped(f"{OTHER} {THIRD} " * 4, mark="> ")
    text = f"{own}\n\n{wrapped(HISTORY.splitlines()[0])}\n{old}\n"
    deduper = dedupe.Deduper(dedupe.Options(remove_quoted_history=True))
    report = deduper.check(text)
    assert report.text == own + "\n"
    assert deduper.clean(report.text) == report.text


def test_history_in_fields_of_records_and_across_documents(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps({"text": f"Number {n}.\n\n{ANSWER}"}) + "\n" for n in range(2)))
    for scope in ("document", "corpus"):
        done = run("clean", "-q", "--remove-quoted-history", "--scope", scope, path)
        assert done.returncode == 0, done.stderr
        texts = [json.loads(line)["text"] for line in done.stdout.splitlines()]
        assert texts == [f"Number {n}.\n\n{SAID}\n\n{OTHER}\n" for n in range(2)]


def test_a_corpus_in_files_loses_its_history_too(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    texts = [f"Number {n} is {n}.\n\n{tail}" for n, tail in enumerate([ANSWER, TWICE, ONCE])]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    done = run("corpus", path, "-o", tmp_path / "out", "--remove-quoted-history")
    assert done.returncode == 0, done.stderr
    (out,) = (tmp_path / "out/documents").iterdir()
    remaining = [json.loads(line)["text"] for line in out.read_text().splitlines()]
    assert remaining[0] == f"Number 0 is 0.\n\n{SAID}\n\n{OTHER}\n"
    found = "".join(one.read_text() for one in (tmp_path / "out/findings").iterdir())
    assert found.count('"quoted-history"') == 4


def test_an_index_does_not_remember_what_is_quoted(tmp_path: Path) -> None:
    """The earlier message may come later, and is no repeat of what quotes it."""
    answer, earlier = tmp_path / "2.eml", tmp_path / "1.eml"
    answer.write_bytes(message(f"Yes.\n\nAnna wrote:\n> {SAID}\n> {OTHER}\n").as_bytes())
    earlier.write_bytes(message(f"Anna wrote: > {SAID} > {OTHER}\n", encoding="8bit").as_bytes())
    place = tmp_path / "index"
    assert run("index", "add", answer, "--index", place, "--store-text").returncode == 0
    assert run("check", earlier, "--index", place, "--fail-on", "flag").returncode == 0
    assert run("check", answer, "--index", place, "--fail-on", "flag").returncode == 0


def test_reports_of_history_are_shown_in_every_output(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(mutt([ANSWER]))
    for output in ("full", "concise", "json-lines", "github", "sarif"):
        done = run("check", "--remove-quoted-history", path, "--output-format", output, "--report", tmp_path / "r.html")
        assert (done.returncode, b"quoted from an earlier message" in done.stdout) == (1, True), output
    assert "an earlier message" in (tmp_path / "r.html").read_text()
    found = json.loads(run("check", "--remove-quoted-history", path, "--output-format", "json-lines").stdout)
    assert (found["record"], found["findings"][0]["lines"]) == (1, [15, 18])


@settings(max_examples=150, deadline=None)
@given(LINES, st.sampled_from(["\n", "\r\n"]), st.sampled_from([200, 72]))
def test_history_of_any_text_goes_once_and_for_all(lines: list[str], end: str, width: int) -> None:
    text = end.join(wrapped(line, width).replace("\n", end) for line in lines)
    deduper = dedupe.Deduper(dedupe.Options(remove_quoted_history=True))
    report = deduper.check(text)
    assert not report.problem
    remaining = iter(text.splitlines())
    assert all(any(line == one for one in remaining) for line in report.text.splitlines())
    assert deduper.check(report.text).text == report.text
