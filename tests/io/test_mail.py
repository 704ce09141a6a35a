"""Messages and mailboxes, as mailers of several makers store them: what goes, what stays, and what is refused."""

import base64
import io
import mailbox
import quopri
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.errors import InputError
from dedupe.io.formats import FORMATS, ReadOptions, Record, format_of, reconcile
from dedupe.io.formats.mail import read_mailbox, read_message
from dedupe.io.formats.mail._structure import MAX_DEPTH, MAX_HEADER_BYTES, MAX_PARTS
from dedupe.model import Report
from tests.cli.test_cli import SAID
from tests.commands import run
from tests.mail import BEGIN, message, text_of

OTHER = "Its engineers had found hairline cracks in two of the four bearings during the winter inspection."
THIRD = "A ferry will carry lorries across the inlet until the bearings have been cast anew, which takes a year."
TWICE = f"{SAID}\n\n{OTHER}\n\n{SAID}\n\n{THIRD}\n"
ONCE = f"{SAID}\n\n{OTHER}\n\n{THIRD}"
HISTORY = "On Tue, 2 Apr 2024 at 09:00, Bert Holm <bert@example.org> wrote:\n> What did they say?\n>\n> Bert\n"
ANSWER = f"{SAID}\n\n{OTHER}\n\n{HISTORY}"
MBOX = "From anna@example.org Wed Apr  3 10:11:12 2024\n"


def cleaned(data: bytes, form: str = "eml", **options: object) -> tuple[bytes, list[Report]]:
    """Return the bytes without what goes, and the reports."""
    deduper = dedupe.Deduper(dedupe.Options(**options))  # type: ignore[arg-type]
    pieces, reports = [], []
    for record in FORMATS[form].read(io.BytesIO(data), "x", ReadOptions()):
        assert isinstance(record, Record)
        decided = list(deduper.check_many(record.documents))
        done, decided = reconcile(record, decided, True)  # type: ignore[assignment]
        pieces.append(done.without_repeats(decided))
        reports += decided
    return b"".join(pieces), reports


def problems(data: bytes, form: str = "eml") -> list[str]:
    records = FORMATS[form].read(io.BytesIO(data), "x", ReadOptions())
    return [str(item.error) for item in records if isinstance(item, Record) and item.error is not None]


def thunderbird(texts: list[str]) -> bytes:
    """Return a folder of Thunderbird's: a "From - " line, fields of its own, lines that end in CRLF."""
    stored = []
    for text in texts:
        made = message(text.replace("\n", "\r\n"), encoding="8bit", User_Agent="Mozilla Thunderbird")
        head = b"From - Wed Apr 03 10:11:12 2024\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n"
        stored.append(head + made.as_bytes().replace(b"\r\n", b"\n") + b"\n")
    return b"".join(stored).replace(b"\n", b"\r\n")


def takeout(texts: list[str]) -> bytes:
    """Return a mailbox as Gmail hands it out: labels, quoted-printable, lines that end in CRLF."""
    stored = []
    for number, text in enumerate(texts):
        made = message(text, encoding="quoted-printable", X_GM_THRID=str(number), X_Gmail_Labels="Inbox,Opened")
        stored.append(f"From {number}@xxx Wed Apr 03 08:11:12 +0000 2024\n".encode() + made.as_bytes() + b"\n")
    return b"".join(stored).replace(b"\n", b"\r\n")


def mutt(texts: list[str]) -> bytes:
    """Return a mailbox of mutt's: the length of each message and its lines in its header."""
    stored = []
    for text in texts:
        body = text.encode()
        counts = f"Content-Length: {len(body)}\nLines: {body.count(10)}\n"
        head = f"From: a@example.org\nDate: Wed, 3 Apr 2024 10:11:12 +0200\nMime-Version: 1.0\n{counts}"
        fields = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\nUser-Agent: Mutt/2.2\n\n"
        stored.append(MBOX.encode() + head.encode() + fields.encode() + body + b"\n")
    return b"".join(stored)


def python(texts: list[str]) -> bytes:
    """Return a mailbox as Python's own library writes it, in base64."""
    return b"".join(BEGIN + message(text, encoding="base64").as_bytes() + b"\n" for text in texts)


MAILERS = {"thunderbird": thunderbird, "takeout": takeout, "mutt": mutt, "python": python}


def texts_of(path: Path) -> list[str]:
    with closing(mailbox.mbox(path, create=False)) as box:
        return [text_of(item) for item in box]


@pytest.mark.parametrize("name", MAILERS)
def test_a_mailbox_of_each_mailer_loses_its_repeats_and_undo_restores_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(before := MAILERS[name]([TWICE, ONCE + "\n", f"Grüße\n\n{TWICE}"]))
    assert texts_of(path)[0] == TWICE.rstrip("\n")
    assert run("clean", "-q", "--in-place", path).returncode == 0
    assert texts_of(path) == [ONCE, ONCE, f"Grüße\n\n{ONCE}"]
    lines = iter(before.split(b"\n"))
    if name != "python":
        counted = (b"Content-Length", b"Lines")
        assert all(
            any(line == item for item in lines)
            for line in path.read_bytes().split(b"\n")
            if not line.startswith(counted)
        )
    assert run("check", path).returncode == 0
    assert run("undo", path).returncode == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", MAILERS)
def test_a_mailbox_without_repeats_keeps_its_bytes(name: str) -> None:
    data = MAILERS[name]([ONCE + "\n", f"{ONCE}\n\nGrüße aus Tromsø — Anna\n", ""])
    done, reports = cleaned(data, "mbox")
    assert done == data
    assert not any(report.findings for report in reports)


def test_the_length_of_a_message_is_put_right_and_a_wrong_one_stays() -> None:
    for extra in (0, 7):
        body = TWICE.encode()
        data = mutt([TWICE]).replace(
            f"Content-Length: {len(body)}".encode(), f"Content-Length: {len(body) + extra}".encode()
        )
        done, _ = cleaned(data, "mbox")
        remaining = done.split(b"\n\n", 1)[1][:-1]
        assert remaining == ONCE.encode() + b"\n"
        shown = len(body) + extra if extra else len(remaining)
        assert f"\nContent-Length: {shown}\n".encode() in done
        assert f"\nLines: {remaining.count(10)}\n".encode() in done


def test_escaped_lines_stay_escaped_and_are_read_without_the_mark() -> None:
    text = f"{SAID}\n\n>From here on {OTHER}\n\n>>From quoted\n\n{SAID}\n\n>From here on {OTHER}\n"
    done, (report,) = cleaned(mutt([text]), "mbox")
    assert f"{SAID}\n\n>From here on {OTHER}\n\n>>From quoted\n\n".encode() in done
    assert "\nFrom here on" in report.document.text


def test_what_follows_a_cut_never_begins_a_message_of_its_own() -> None:
    odd = "From anna@example.org Wed Apr  3 10:11:12 2024"
    text = f"{SAID}\n\n{OTHER}\n\n{SAID}\n{odd}\n\n{THIRD}\n"
    data = mutt([text])
    done, (report,) = cleaned(data, "mbox")
    assert done == data
    assert [item.action for item in report.findings] == ["flag"]


def test_lines_of_quoted_printable_keep_their_soft_breaks() -> None:
    long = f"{OTHER} {THIRD} Größe: 3 = drei."
    text = f"{SAID}\n\n{long}\n\n{SAID}\n\nbye\n"
    data = message(text, encoding="quoted-printable").as_bytes()
    assert b"=\n" in data
    done, _ = cleaned(data)
    assert text_of(message_from_bytes(done)) == f"{SAID}\n\n{long}\n\nbye"
    start = data.index(b"Its eng")
    assert data[start : data.index(b"drei.") + 7] in done


def test_line_ends_inside_a_line_of_quoted_printable_are_not_cut_apart() -> None:
    body = f"{SAID}=0A=0A{OTHER}=0A=0A{SAID}=0A".encode()
    made = b"From: a\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n" + body
    done, _ = cleaned(made)
    assert done == made


@pytest.mark.parametrize("width", [76, 60])
def test_base64_is_spelt_anew_in_lines_of_the_same_length(width: int) -> None:
    head = b"From: a\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"

    def spelt(text: str) -> bytes:
        code = base64.b64encode(text.replace("\n", "\r\n").encode())
        return b"".join(code[at : at + width] + b"\r\n" for at in range(0, len(code), width))

    done, (report,) = cleaned(head + spelt(TWICE))
    assert done == head + spelt(ONCE + "\n")
    (found,) = report.findings
    assert 5 < found.lines[0] <= 5 + len(spelt(TWICE).splitlines())


def test_base64_in_uneven_lines_is_left_as_it_was() -> None:
    code = base64.b64encode(TWICE.encode())
    data = (
        b"From: a\nContent-Transfer-Encoding: base64\n\n"
        + code[:50]
        + b"\n"
        + code[50:150]
        + b"\n"
        + code[150:]
        + b"\n"
    )
    done, (report,) = cleaned(data)
    assert done == data
    assert [item.action for item in report.findings] == ["flag"]


def test_flowed_lines_are_one_paragraph() -> None:
    words = SAID.split()
    flowed = " ".join(words[:9]) + " \n" + " ".join(words[9:])
    text = f"{flowed}\n\n{OTHER}\n\n{SAID}\n\n-- \nAnna\n"
    data = message(text, encoding="8bit").as_bytes().replace(b'charset="utf-8"', b"charset=utf-8; format=flowed")
    done, (report,) = cleaned(data)
    assert report.document.text.startswith(SAID + "\n\n")
    assert done == data.replace(f"\n{SAID}\n\n--".encode(), b"\n--")


WORDS = {"cp1252": "Größe – klein", "utf-8": "Größe", "gb18030": "桥梁", "iso2022_jp": "橋の話", "cp932": "橋の話"}


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("iso-8859-1", "cp1252"), ("windows-1251", "cp1251"), ("gb2312", "gb18030"), ("iso-2022-jp", "iso2022_jp"),
     ("x-sjis", "cp932"), ("us-ascii", "utf-8"), ("us-ascii", "cp1252"), ("koi8-r", "koi8_r")],
)  # fmt: skip
def test_texts_are_read_in_the_charset_that_they_name(charset: str, codec: str) -> None:
    word = WORDS.get(codec, "мост")
    head = f"From: a\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n".encode()
    done, (report,) = cleaned(head + TWICE.replace(THIRD, f"{word}\n\n{THIRD}").encode(codec))
    assert word in report.document.text
    assert done == head + f"{SAID}\n\n{OTHER}\n\n{word}\n\n{THIRD}\n".encode(codec)


def multipart(kind: str, *parts: tuple[str, str]) -> bytes:
    body = "".join(f"--b\nContent-Type: {of}\n\n{text}\n" for of, text in parts)
    return f"From: a\nContent-Type: multipart/{kind}; boundary=b\n\npreamble\n{body}--b--\nepilogue\n".encode()


def test_attachments_and_other_parts_keep_their_bytes() -> None:
    attached = 'text/plain; name="notes.txt"', TWICE
    data = multipart("mixed", ("text/plain", TWICE), attached, ("message/rfc822", f"Subject: x\n\n{TWICE}"))
    done, (report,) = cleaned(data)
    assert done == data.replace(TWICE.encode(), ONCE.encode() + b"\n", 1)
    assert len(report.findings) == 1


def test_the_texts_of_one_message_are_compared_with_each_other() -> None:
    data = multipart("mixed", ("text/plain", f"{SAID}\n\n{OTHER}"), ("text/plain", f"{SAID}\n\n{THIRD}"))
    done, (report,) = cleaned(data)
    assert done == multipart("mixed", ("text/plain", f"{SAID}\n\n{OTHER}"), ("text/plain", THIRD))
    assert report.findings[0].lines == (14, 14)


SEALED = {
    "the HTML part of the message would still have it": multipart(
        "alternative", ("text/plain", TWICE), ("text/html", f"<p>{SAID}</p><p>{SAID}</p>")
    ),
    "the message is signed": multipart("signed", ("text/plain", TWICE), ("application/pgp-signature", "x")),
    "the message is in HTML only": f"From: a\nContent-Type: text/html\n\n<p>{SAID}</p>\n<p>{SAID}</p>\n".encode(),
}


@pytest.mark.parametrize("why", SEALED)
def test_some_messages_are_only_checked(why: str) -> None:
    done, (report,) = cleaned(SEALED[why])
    assert done == SEALED[why]
    assert [(item.action, why in item.reason) for item in report.findings] == [("flag", True)]
    armoured = f"From: a\n\n-----BEGIN PGP SIGNED MESSAGE-----\n\n{TWICE}".encode()
    done, (report,) = cleaned(armoured)
    assert done == armoured
    assert "signed" in report.findings[0].reason


HOSTILE = {
    "a boundary that never ends": (multipart("mixed", ("text/plain", "x"))[:-16], "never ends"),
    "a boundary that never begins": (b"From: a\nContent-Type: multipart/mixed; boundary=b\n\nx\n", "never begins"),
    "no boundary": (b"From: a\nContent-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", "names no boundary"),
    "broken base64": (b"From: a\nContent-Transfer-Encoding: base64\n\nAAA=BBB\n", "base64 that is broken"),
    "base64 cut short": (b"From: a\nContent-Transfer-Encoding: base64\n\nAAAAA\n", "base64 that is broken"),
    "an unknown charset": (b"From: a\nContent-Type: text/plain; charset=x-none\n\nx\n", "charset 'x-none'"),
    "a charset without lines": (b"From: a\nContent-Type: text/plain; charset=utf-16\n\nx\n", "a text in UTF-16"),
    "another charset": (b"From: a\nContent-Type: text/plain; charset=utf-8\n\n\xff\n", "not UTF-8, as declared"),
    "an unknown transfer encoding": (b"From: a\nContent-Transfer-Encoding: x-uuencode\n\nx\n", "'x-uuencode'"),
    "a broken header": (b"From: a\nhello there\nTo: b\n\nx\n", "a broken header"),
    "no header": (b"\nx\n", "does not begin with a header"),
    "a huge header": (b"From: a\n" + b"X-A: b\n" * MAX_HEADER_BYTES + b"\nx\n", "a header of more than"),
    "a huge field": (b"From: a\nContent-Type: text/plain" + b';"' * 9_000 + b"\n\nx\n", "a field of more than"),
    "many parts": (multipart("mixed", *[("text/plain", "x")] * (MAX_PARTS + 1)), "more than 10,000 parts"),
}  # fmt: skip


def nested(depth: int) -> bytes:
    data = b"Content-Type: text/plain\n\nx"
    for number in range(depth):
        data = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%b\n--b%d--\n" % (number, number, data, number)
    return b"From: a\n" + data


@pytest.mark.slow
def test_hostile_messages_are_a_sentence_and_stay() -> None:
    cases = {
        **HOSTILE,
        "deep": (nested(MAX_DEPTH + 2), "multiparts in one another"),
        "deeper": (nested(3_000), "in one"),
    }
    for name, (data, sentence) in cases.items():
        (problem,) = problems(data)
        assert problem.startswith("x: "), name
        assert sentence in problem, name
        stored = BEGIN + data.rstrip(b"\n") + b"\n\n" + mutt([TWICE])
        (problem,) = problems(stored, "mbox")
        assert problem.startswith("x:message 1: "), name
        assert cleaned(stored, "mbox")[0].startswith(BEGIN + data.rstrip(b"\n")), name
        assert cleaned(stored, "mbox")[0].endswith(ONCE.encode() + b"\n\n"), name
    assert not problems(nested(MAX_DEPTH - 1))


def test_a_message_that_is_too_large_goes_by_and_the_others_are_done(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(before := mutt([TWICE, "Number 7 is long.\n" * 10_000, TWICE]))
    done = run("clean", "-q", path, "--max-record", "50000", "-o", tmp_path / "y.mbox")
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert "x.mbox:message 2: is a record larger than 50,000 bytes" in done.stderr.decode()
    after = (tmp_path / "y.mbox").read_bytes()
    assert after.count(SAID.encode()) == 2
    assert before[len(mutt([TWICE])) : -len(mutt([TWICE]))] in after


def test_a_message_without_a_text_is_passed_over() -> None:
    data = b"From: a\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\nAAAA\n"
    (record,) = read_message(io.BytesIO(data), "x", ReadOptions())
    assert (record.absent, record.documents, record.raw) == (True, (), data)


def test_mail_is_told_by_its_content() -> None:
    def detected_format(name: str, data: bytes) -> str:
        return format_of(name, io.BytesIO(data), ReadOptions())[0].name

    mail = message(ONCE).as_bytes()
    assert detected_format("x", mail) == detected_format("-", mail) == "eml"
    assert detected_format("Inbox", thunderbird([ONCE])) == detected_format("x", mutt([ONCE])) == "mbox"
    assert detected_format("x.txt", mail) == detected_format("x.txt", mutt([ONCE])) == "text"
    for text in (
        f"Dear all: {SAID}\n\n{OTHER}\n",
        f"From: Anna\nTo: Bert\nDate: today\nSubject: the bridge\n\n{SAID}\n",
        f"From Monday to Friday from 10:00, as in 2024, it is open.\n{SAID}\n",
        f"Note: one\nWarning: two\n\n{SAID}\n",
    ):
        assert detected_format("x", text.encode()) == "text", text
        assert detected_format("x.txt", text.encode()) == "text", text


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [SAID, OTHER, THIRD, "", "", "-- ", "> quoted", "Anna wrote:", "From here", ">From x", "=", "ü", " x"]
        ),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=90),
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(LINES, st.sampled_from(["8bit", "quoted-printable", "base64"]), st.booleans(), st.booleans())
def test_whatever_the_text_only_its_lines_go(lines: list[str], encoding: str, history: bool, crlf: bool) -> None:
    body = "\n".join(lines).encode()
    spelt = {"8bit": body, "quoted-printable": quopri.encodestring(body), "base64": base64.encodebytes(body)}[encoding]
    head = f"From: a\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    data = BEGIN + head + spelt.rstrip(b"\n") + b"\n\n"
    data = data.replace(b"\n", b"\r\n") if crlf else data
    done, reports = cleaned(data, "mbox", remove_quoted_history=history)
    if not any(report.changed for report in reports):
        assert done == data
        return
    before, after = (message_from_bytes(item).get_payload(decode=True) for item in (data, done))
    assert isinstance(before, bytes)
    assert isinstance(after, bytes)
    remaining = iter(before.decode().splitlines())
    assert all(any(line == item for item in remaining) for line in after.decode().splitlines())
    again, _ = cleaned(done, "mbox", remove_quoted_history=history)
    assert again == done


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 30))
def test_whatever_the_bytes_reading_ends_and_loses_none(noise: bytes, at: int, taken: int) -> None:
    whole = multipart("mixed", ("text/plain; charset=utf-8", TWICE), ("message/rfc822", "Subject: x\n\nx"))
    data = whole[:at] + noise + whole[at + taken :]
    for stored in (data, BEGIN + data):
        try:
            records = list(
                (read_mailbox if stored is not data else read_message)(io.BytesIO(stored), "x", ReadOptions())
            )
        except InputError:
            continue
        assert b"".join(record.raw for record in records) == stored
        assert all("the program failed" not in str(record.error) for record in records)
        assert not any(report.problem for report in cleaned(stored, "eml" if stored is data else "mbox")[1])


def test_the_structure_is_the_one_that_python_reads() -> None:
    made = EmailMessage()
    made["From"] = "a@example.org"
    made.set_content(TWICE, cte="7bit")
    made.add_attachment(b"\0\1\2" * 100, maintype="image", subtype="png", filename="a.png")
    made.add_attachment(message(TWICE))
    data = made.as_bytes()
    done, (report,) = cleaned(data)
    assert len(report.findings) == 1
    assert text_of(message_from_bytes(done)) == ONCE
    assert done == data.replace(f"{SAID}\n\n{THIRD}".encode(), THIRD.encode(), 1)
