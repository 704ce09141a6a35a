"""Subtitles: rolling captions and doubled cues go; times, settings and what is said twice stay."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe import Deduper, Options
from dedupe.io.formats import FORMATS, ReadOptions, Record, reconcile
from dedupe.io.formats.subtitles._cues import consecutive_numbers, parse_srt, parse_vtt
from dedupe.model import Action
from tests.commands import run

SENTENCE = "We were told that the bridge would be open again before the end of the winter."

ROLLING = """\
WEBVTT
Kind: captions
Language: en

STYLE
::cue { color: white }

NOTE
the line "it is open" is shown again

00:00:00.160 --> 00:00:02.389 align:start position:0%
~
good<00:00:00.320><c> morning</c><00:00:00.480><c> from</c><00:00:00.800><c> the</c><00:00:01.000><c> bridge</c>

00:00:02.389 --> 00:00:02.399 align:start position:0%
good morning from the bridge
~

00:00:02.399 --> 00:00:04.550 align:start position:0%
good morning from the bridge
it<00:00:02.560><c> is</c><00:00:02.720><c> open</c>

00:00:04.550 --> 00:00:04.560 align:start position:0%
it is open
~

00:00:04.560 --> 00:00:06.550 align:start position:0%
it is open
[Music]

00:00:06.550 --> 00:00:06.560 align:start position:0%
[Music]
~

00:00:06.560 --> 00:00:09.000 align:start position:0%
[Music]
yes<00:00:07.000><c> yes</c>

00:00:09.000 --> 00:00:09.010 align:start position:0%
yes yes
~

00:00:09.010 --> 00:00:11.000 align:start position:0%
yes yes
yes<00:00:10.000><c> yes</c>

00:00:11.000 --> 00:00:11.010 align:start position:0%
yes yes
~

00:00:11.010 --> 00:00:14.000 align:start position:0%
yes yes
and<00:00:12.000><c> this</c><00:00:12.200><c> is</c><00:00:12.400><c> what they said:</c>

00:00:14.000 --> 00:00:14.010 align:start position:0%
and this is what they said:
~

00:00:14.010 --> 00:00:16.000 align:start position:0%
and this is what they said:
it<00:00:14.200><c> is</c><00:00:14.400><c> open</c>

""".replace("~", " ")

ROLLED = """\
WEBVTT
Kind: captions
Language: en

STYLE
::cue { color: white }

NOTE
the line "it is open" is shown again

00:00:00.160 --> 00:00:02.389 align:start position:0%
~
good<00:00:00.320><c> morning</c><00:00:00.480><c> from</c><00:00:00.800><c> the</c><00:00:01.000><c> bridge</c>

00:00:02.399 --> 00:00:04.550 align:start position:0%
it<00:00:02.560><c> is</c><00:00:02.720><c> open</c>

00:00:04.560 --> 00:00:06.550 align:start position:0%
[Music]

00:00:06.560 --> 00:00:09.000 align:start position:0%
yes<00:00:07.000><c> yes</c>

00:00:09.010 --> 00:00:11.000 align:start position:0%
yes<00:00:10.000><c> yes</c>

00:00:11.010 --> 00:00:14.000 align:start position:0%
and<00:00:12.000><c> this</c><00:00:12.200><c> is</c><00:00:12.400><c> what they said:</c>

00:00:14.010 --> 00:00:16.000 align:start position:0%
it<00:00:14.200><c> is</c><00:00:14.400><c> open</c>

""".replace("~", " ")


def srt(*cues: tuple[int, int, str], first: int = 1) -> str:
    """Return SRT of cues: when they are shown, in milliseconds, and what they say."""
    return "".join(
        f"{number}\n{clock(start)} --> {clock(end)}\n{text}\n\n"
        for number, (start, end, text) in enumerate(cues, first)
    )


def clock(time: int) -> str:
    return f"{time // 3_600_000:02}:{time // 60_000 % 60:02}:{time // 1000 % 60:02},{time % 1000:03}"


def cleaned(text: str | bytes, form: str = "srt", options: Options | None = None, **read_options: Any) -> bytes:
    """Return the bytes of a file, cleaned."""
    return judged(text, form, options, **read_options)[0]


def judged(
    text: str | bytes, form: str = "srt", options: Options | None = None, **read_options: Any
) -> tuple[bytes, list[tuple[Action, int, int]]]:
    """Return the bytes of a file, cleaned, and for each finding what is done, its line and that of its original."""
    data = text.encode() if isinstance(text, str) else text
    record = read(data, form, **read_options)
    (report,) = (Deduper(options).check(one) for one in record.documents)
    record, (report,) = reconcile(record, [report])  # type: ignore[assignment]  # one that is read
    found = [(one.action, one.lines[0], one.original.lines[0]) for one in report.findings]
    return record.without_repeats([report]), found


def read(data: bytes, form: str = "srt", **read_options: Any) -> Record:
    (record,) = FORMATS[form].read(io.BytesIO(data), "x", ReadOptions(**read_options))
    assert isinstance(record, Record)
    assert record.raw == data
    return record


def test_rolling_captions_say_each_line_once() -> None:
    assert cleaned(ROLLING, "vtt").decode() == ROLLED
    assert cleaned(ROLLED, "vtt").decode() == ROLLED


@pytest.mark.parametrize("level", ["conservative", "default", "aggressive"])
@pytest.mark.parametrize("keep", ["best", "first", "last"])
def test_what_is_shown_again_goes_on_every_level_and_whichever_copy_is_to_stay(level: str, keep: str) -> None:
    options = Options(level=level, keep=keep)  # type: ignore[arg-type]
    assert cleaned(ROLLING, "vtt", options).decode() == ROLLED


def test_each_finding_is_sure_and_names_the_line_that_stays() -> None:
    (report,) = (Deduper().check(one) for one in read(ROLLING.encode(), "vtt").documents)
    assert {one.confidence for one in report.findings if one.action == "remove"} == {1.0}
    assert {one.kind for one in report.findings if one.action == "remove"} == {"exact"}
    removed = [one for one in report.findings if one.action == "remove"]
    lines = ROLLING.splitlines()
    assert [lines[one.lines[0] - 1] for one in removed][:2] == ["good morning from the bridge"] * 2
    assert [one.original.lines for one in removed][:2] == [(13, 13)] * 2


def test_a_doubled_cue_goes_with_its_number_and_the_others_count_on() -> None:
    text = srt((1000, 4000, SENTENCE), (4000, 7000, SENTENCE), (7000, 9000, "It was not."), (9000, 9500, "No."))
    assert cleaned(text).decode() == srt((1000, 4000, SENTENCE), (7000, 9000, "It was not."), (9000, 9500, "No."))


def test_a_doubled_file_is_halved() -> None:
    lines = ["No.", SENTENCE, "The ferry sails at nine,\nin every kind of weather.", "Does it?", "It does."]
    lines_once = [(3000 * at, 3000 * at + 2900, one) for at, one in enumerate(lines)]
    twice = [(start + shift, start + shift + 1400, one) for start, _, one in lines_once for shift in (0, 1500)]
    assert cleaned(srt(*twice)).decode() == srt(*twice[::2])


SCENE = [
    (1000, 2000, "No."),
    (2500, 4000, "Why not?"),
    (4100, 6000, "No."),
    (7000, 9000, f"<i>{SENTENCE}</i>"),
    (9500, 11000, "- No.\n- Yes."),
    (12000, 13000, "[Music]"),
]


@pytest.mark.parametrize("between", ["", "\ufeff", "\n\n"])
def test_a_track_that_is_appended_to_itself_is_halved(between: str) -> None:
    once = srt(*SCENE)
    assert cleaned(once).decode() == once
    assert cleaned(once + between + once).decode().rstrip("\ufeff\n") == once.rstrip("\n")
    assert cleaned(srt(*SCENE, *SCENE)).decode().rstrip() == once.rstrip()
    vtt = "WEBVTT\n\n" + once.replace(",", ".")
    assert cleaned(vtt + "\n" + vtt, "vtt").decode().count("-->") == len(SCENE)


def test_a_part_that_is_shown_again_later_stays() -> None:
    later = [(start + 20000, end + 20000, text) for start, end, text in SCENE]
    assert cleaned(srt(*SCENE, *later)).decode() == srt(*SCENE, *later)
    other = [(start, end, f"{text} (sings)") for start, end, text in SCENE]
    assert cleaned(srt(*SCENE, *other)).decode() == srt(*SCENE, *other)


def test_cues_shown_at_one_time_are_doubled_however_short() -> None:
    cues = [(1000, 2000, "No."), (1000, 2000, "No."), (3000, 4000, "Why?"), (4100, 5000, "Because.")]
    cues += [(6000 + 1000 * at, 6900 + 1000 * at, f"Number {at} is not {at + 1}.") for at in range(9)]
    assert cleaned(srt(*cues)).decode() == srt(cues[0], *cues[2:])


SUNG = ["Brother James", "Are you sleeping?", "Hear the bells", "Ding, dong, ding"]

STAYING = {
    "said twice in one cue": [(1000, 2000, "No.\nNo."), (2000, 3000, "Why not?")],
    "said twice in a row": [(1000, 2000, "No."), (2000, 3000, "No."), (3000, 4000, "Why not?"), (4000, 5000, "So.")],
    "said minutes later": [(1000, 4000, SENTENCE), (5000, 6000, "Thank you."), (306_000, 309_000, SENTENCE)],
    "said two seconds later": [(1000, 4000, SENTENCE), (6000, 9000, SENTENCE)],
    "said before": [(10_000, 14_000, SENTENCE), (1000, 4000, SENTENCE)],
    "an argument": [(1000, 2000, "- No.\n- Yes."), (2000, 3000, "- No.\n- Yes, I say."), (3000, 4000, "Stop it.")],
    "taken up": [(1000, 2000, "- Come.\n- No."), (2000, 3000, "- No.\n- Then stay."), (3000, 4000, "Stop it.")],
    "by two": [(1000, 4000, f"<v Ann>{SENTENCE}</v>"), (4000, 7000, f"<v Bob>{SENTENCE}</v>")],
    "sung": [(1000 * at, 1000 * at + 1000, SUNG[at // 2]) for at in range(8)],
    "sung in long lines": [(1000, 4000, f"♪ {SENTENCE} ♪"), (4000, 7000, f"♪ {SENTENCE} ♪")],
    "a refrain": [(1000 * at, 1000 * at + 900, SUNG[at % 3]) for at in range(9)],
    "shown for an instant first": [(1000, 1010, SENTENCE), (1010, 4000, SENTENCE)],
    "without a word": [(1000, 2000, "♪"), (2000, 2010, "♪"), (2010, 3000, "♪\n...")],
}


@pytest.mark.parametrize("case", STAYING)
def test_what_is_said_again_stays(case: str) -> None:
    text = srt(*STAYING[case])
    after, found = judged(text)
    assert after.decode() == text
    assert not [one for one in found if one[0] == "remove"]


def test_a_person_may_remove_or_keep_what_repeats() -> None:
    text = srt((1000, 4000, SENTENCE), (5500, 7000, "Thank you."), (306_000, 309_000, SENTENCE))
    assert cleaned(text).decode() == text
    assert cleaned(text, options=Options(remove_matching="bridge")).decode() == srt(
        (1000, 4000, SENTENCE), (5500, 7000, "Thank you.")
    )
    assert judged(ROLLING, "vtt", Options(keep_matching="morning"))[0].decode().count("good morning") == 2
    assert cleaned(ROLLING, "vtt", Options(ignore=("exact",))).decode() == ROLLING


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
def test_encodings_and_line_ends_stay(ending: str, encoding: str) -> None:
    def encoded(text: str) -> bytes:
        mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
        return mark + text.replace("\n", ending).encode(encoding)

    cues = [(1000, 4000, SENTENCE), (4000, 7000, SENTENCE), (7000, 9000, "Não era.")]
    read_options: dict[str, Any] = {"encoding": "latin-1"} if encoding == "latin-1" else {}
    assert cleaned(encoded(srt(*cues)), **read_options) == encoded(srt(cues[0], cues[2]))
    assert cleaned(encoded(ROLLING), "vtt", **read_options) == encoded(ROLLED)
    assert cleaned(encoded(ROLLED), "vtt", **read_options) == encoded(ROLLED)


def test_the_end_of_the_file_stays_as_it_was() -> None:
    both = srt((1000, 4000, "The ferry sails."), (4000, 7000, SENTENCE), (7000, 9000, SENTENCE))
    one = srt((1000, 4000, "The ferry sails."), (4000, 7000, SENTENCE))
    for end in ("", "\n", "\n\n", "\n\n\n"):
        assert cleaned(both.rstrip() + end).decode() == one.rstrip() + end


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((1, 2, 3), (1, 2)),
        ((0, 1, 2), (0, 1)),
        ((501, 502, 503), (501, 502)),
        (("001", "002", "003"), ("001", "002")),
        ((1, 2, 4), (1, 4)),
        ((1, 1, 1), (1, 1)),
        ((3, 2, 1), (3, 1)),
    ],
)
def test_numbers_go_up_by_one_again_only_if_they_did(before: tuple[object, ...], after: tuple[object, ...]) -> None:
    def made(numbers: tuple[object, ...], *texts: tuple[str, str]) -> str:
        return "".join(f"{n}\n{times}\n{text}\n\n" for n, (times, text) in zip(numbers, texts, strict=True))

    first, second, third = (
        ("00:00:01,000 --> 00:00:04,000 X1:10", SENTENCE),
        ("0:0:4.0-->0:0:7.0", f"<i>{SENTENCE}</i>"),
        ("00:00:07,000 --> 00:00:09,000", "{\\an8}It was not."),
    )
    assert cleaned(made(before, first, second, third)).decode() == made(after, first, third)


def test_cues_without_numbers_or_blank_lines_are_cues() -> None:
    bare = f"00:00:01,000 --> 00:00:04,000\n{SENTENCE}\n00:00:04,000 --> 00:00:07,000\n{SENTENCE}\nIt was not.\n"
    assert cleaned(bare).decode() == bare.replace(f"{SENTENCE}\nIt", "It")
    close = "\n".join(srt((1000, 4000, SENTENCE), (4000, 7000, SENTENCE), (7000, 9000, "No.")).split("\n\n"))
    assert cleaned(close).decode() == "\n".join(srt((1000, 4000, SENTENCE), (7000, 9000, "No.")).split("\n\n"))


def test_what_is_no_cue_is_left_and_parts_cues() -> None:
    broken = f"2\n00:00:04,000 --> \n{SENTENCE}\n\n"
    text = srt((1000, 4000, SENTENCE)) + broken + "3\n00:00:04,500 --> 00:00:07,000\n" + SENTENCE + "\n\n"
    record = read(text.encode())
    assert str(record.error) == "x:6: '00:00:04,000 -->' is not a line of times; correct it to have its cue cleaned"
    assert cleaned(text).decode() == text
    head = "made by hand\n\n"
    cues = [(1000, 4000, SENTENCE), (4000, 7000, SENTENCE)]
    assert cleaned(head + srt(*cues)).decode() == head + srt(cues[0])
    arrows = srt((1000, 2000, "from here --> there"), (2000, 3000, "5 --> 6"))
    assert read(arrows.encode()).error is None
    assert [line.text for cue in parse_srt(arrows).cues for line in cue.lines] == ["from here --> there", "5 --> 6"]


def test_what_stays_of_a_broken_file_is_cleaned_and_the_fault_is_told(tmp_path: Path) -> None:
    cues = [(1000, 4000, SENTENCE), (4000, 7000, SENTENCE), (7000, 9000, "It was not.")]
    path = tmp_path / "x.srt"
    path.write_text(srt(*cues) + "4\n00:00:09")
    done = run("clean", path)
    assert done.returncode == 2
    assert done.stderr.decode().startswith(f"error: {path}:14: '00:00:09' is not a line of times")
    assert done.stdout.decode() == srt(cues[0]) + "3\n" + srt(cues[2]).split("\n", 1)[1] + "4\n00:00:09"


def test_cues_out_of_order_and_of_no_time_stay_in_their_places() -> None:
    cues = [(9000, 11_000, "The ferry sails."), (1000, 4000, SENTENCE), (3000, 2000, "It was not."), (500, 500, "No.")]
    assert cleaned(srt(*cues)).decode() == srt(*cues)
    assert cleaned(srt(cues[0], cues[1], (4000, 7000, SENTENCE), *cues[2:])).decode() == srt(*cues)


def test_ids_settings_notes_and_entities_of_webvtt_stay() -> None:
    head = "WEBVTT - bridges\nX: y\n\nREGION\nid:a\n\n"
    one = f"intro - 1\n00:01.000 --> 00:04.000 region:a line:0\n- {SENTENCE} &amp; more\n\n"
    two = f"intro - 2\n00:04.000 --> 00:07.000 line:90%\n<c.loud>- {SENTENCE}</c> & more\n\n"
    rest = "NOTE\nnot a cue\n\nnor this\nwithout times\n\n2\n1:00:07.000 --> 1:00:09.000\n<v Ann>It was not.\n"
    assert cleaned(head + one + two + rest, "vtt").decode() == head + one + rest


def test_in_place_then_undo_is_the_file_as_it_was(tmp_path: Path) -> None:
    before = {
        "a.vtt": ROLLING.encode(),
        "b.srt": srt((1000, 4000, SENTENCE), (4000, 7000, SENTENCE), (7000, 9000, "No.")).encode("utf-16"),
    }
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    done = run("clean", tmp_path, "--in-place")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.vtt").read_text() == ROLLED
    assert b"".join(before.values()) != b"".join((tmp_path / name).read_bytes() for name in before)
    assert run("undo", tmp_path).returncode == 0
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_check_clean_and_jobs_agree(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text(ROLLING)
    (tmp_path / "b.srt").write_text(srt((1000, 4000, SENTENCE), (4000, 7000, SENTENCE)))
    found = run("check", tmp_path, "--output-format", "json-lines", "--jobs", "2")
    assert found.returncode == 1
    reports = [json.loads(line) for line in found.stdout.splitlines()]
    removed = [sum(one["action"] == "remove" for one in report["findings"]) for report in reports]
    assert removed == [12, 1]
    assert run("clean", tmp_path / "a.vtt", "--jobs", "2").stdout.decode() == ROLLED


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(lambda one: one.replace("-->", ""))
CUES = st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 9000), st.lists(TEXT, min_size=1, max_size=3)))
ENDINGS = st.sampled_from(["\n", "\r\n", "\r"])


def distinct(cues: list[tuple[int, int, list[str]]]) -> list[tuple[int, int, str]]:
    """Return cues of which no two lines say the same."""
    return [
        (start, end, "\n".join(f"{at}.{line} {text}x" for line, text in enumerate(texts)))
        for at, (start, end, texts) in enumerate(cues)
    ]


@settings(deadline=None)
@given(CUES, ENDINGS, st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_without_repeats_not_a_byte_changes(cues: list[tuple[int, int, list[str]]], ending: str, encoding: str) -> None:
    text = srt(*distinct(cues))
    for form, whole in (("srt", text), ("vtt", f"WEBVTT\n\n{text}")):
        data = whole.replace("\n", ending).encode(encoding)
        assert cleaned(data, form) == data


LINES = st.lists(st.sampled_from(["No.", "Yes.", "It is open", SENTENCE, "♪", "<i>No.</i>", " ", "2"]), max_size=3)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.tuples(st.integers(-200, 1500), st.sampled_from([10, 1000, 3000]), LINES), max_size=12),
    st.sampled_from(["srt", "vtt"]),
    st.integers(0, 2),
)
def test_numbers_and_times_stay_right_and_twice_is_once(
    given_cues: list[tuple[int, int, list[str]]], form: str, first: int
) -> None:
    time, cues = 0, []
    for gap, length, lines in given_cues:
        cues.append((max(0, time + gap), max(0, time + gap) + length, "\n".join(lines)))
        time = cues[-1][1]
    text = "WEBVTT\n\n" * (form == "vtt") + srt(*cues, first=first)
    parse = parse_srt if form == "srt" else parse_vtt
    before = parse(text)
    cleaned_text = cleaned(text, form)
    after = parse(cleaned_text.decode())
    assert cleaned(cleaned_text, form) == cleaned_text
    assert len(after.faults) == len(before.faults) == 0
    if form == "srt" and consecutive_numbers(before) is not None and after.cues:
        assert consecutive_numbers(after) == list(range(first, first + len(after.cues)))
    times = iter([(cue.start, cue.end) for cue in before.cues])
    assert all((cue.start, cue.end) in times for cue in after.cues)  # in order, none changed
    assert {line.text for cue in after.cues for line in cue.lines} == {
        line.text for cue in before.cues for line in cue.lines
    }


def bridges(number: int) -> str:
    """Return a cue's text that no other number has."""
    return " ".join(f"{word} {number}" for word in ("bridge", "ferry"))


@pytest.mark.slow
def test_a_hundred_thousand_cues_are_read() -> None:
    cues = [(2000 * at, 2000 * at + 1900, bridges(at)) for at in range(100_000)]
    cues[10] = (*cues[10][:2], cues[9][2])
    cues[50_000:50_000] = [(cues[49_999][0], cues[49_999][1], cues[49_999][2])]
    text = srt(*cues)
    assert cleaned(text).decode() == srt(*cues[:50_000], *cues[50_001:])


HOSTILE = {
    "digits": "1\n00:00:01,000 --> 00:00:02,000\n" + "12345\n" * 65_536,
    "open tags": "1\n00:00:01,000 --> 00:00:02,000\n" + "<a{\\" * 300_000,
    "arrows": "-->\n00:00:01,000 --> \n" * 60_000,
    "times": "00:00:01,000 --> 00:00:01,000\n" * 60_000,
    "long times": f"{'0' * 100_000}:00:01,000 --> {'9' * 100_000}\n{SENTENCE}\n",
    "one cue": "1\n00:00:01,000 --> 00:00:02,000\n" + "No.\n" * 30_000,
    "two cues": "00:00:01,000 --> 00:00:02,000\nNo.\n" * 2 + "a\nb\n" * 9999,
    "blank": "00:00:01,000 --> 00:00:02,000\n" + " \n" * 60_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("form", ["srt", "vtt"])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_come_out_as_they_were_or_cleaned_once(case: str, form: str) -> None:
    text = HOSTILE[case]
    cleaned_text = cleaned(text, form)
    assert cleaned_text == text.encode() or cleaned(cleaned_text, form) == cleaned_text


def test_files_of_no_cue_and_lines_of_five_megabytes_get_an_answer(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("12345\n" * 65_536)
    (tmp_path / "b.srt").write_text(srt((1000, 2000, "bridge " * 700_000), (2000, 3000, "bridge " * 700_000)))
    (tmp_path / "c.vtt").write_text("WEBVTT\n")
    (tmp_path / "d.srt").write_text("\n")
    done = run("clean", "-q", tmp_path, "--in-place")
    assert done.returncode == 2
    assert done.stderr.decode() == (
        f"error: {tmp_path}/a.srt: has no cue, so it is no subtitles; read it as plain text with --format text\n"
    )
    assert (tmp_path / "b.srt").read_text() == srt((1000, 2000, "bridge " * 700_000))


def test_lines_said_in_another_file_are_flagged_at_most(tmp_path: Path) -> None:
    for name in ("a.srt", "b.srt"):
        (tmp_path / name).write_text(srt((1000, 4000, SENTENCE), (5000, 6000, f"It is {name}.")))
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    done = run("clean", tmp_path, "--scope", "corpus", "--cross-document", "remove", "--in-place")
    assert done.returncode == 0
    assert b"1 flagged" in done.stderr
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before
