"""Texts become the bytes they were."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.errors import InputError, OptionError
from dedupe.formats.decoding import MARKS, decoded, known, text_of
from tests.test_cli import SAID, TWICE, run


@pytest.mark.parametrize(("mark", "encoding"), MARKS)
def test_a_byte_order_mark_tells_the_encoding_and_stays(tmp_path: Path, mark: bytes, encoding: str) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(mark + TWICE.replace("bridge", "brücke 橋 🚢").encode(encoding))
    once = mark + f"{SAID}\n".replace("bridge", "brücke 橋 🚢").encode(encoding)
    assert run("clean", path).stdout == once
    assert run("clean", path, "--encoding", "latin-1").stdout == once
    assert run("clean", path, "--diff").returncode == 1


@pytest.mark.parametrize("encoding", ["windows-1252", "koi8-r", "shift_jis", "gb18030", "utf-16-be", "utf-16", "cp037"])
def test_an_encoding_that_is_named_is_read_and_written(tmp_path: Path, encoding: str) -> None:
    text = TWICE.replace("bridge", {"koi8-r": "мост", "shift_jis": "橋", "gb18030": "桥"}.get(encoding, "brücke"))
    written = "utf-16-le" if encoding == "utf-16" else encoding
    path = tmp_path / "x.txt"
    path.write_bytes(text.encode(written))
    done = run("clean", path, "--encoding", encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(written) == text.split("\n")[0] + "\n"


def test_auto_tells_the_encoding_from_the_bytes(tmp_path: Path) -> None:
    text = "Dies ist ein schöner Text über Bäume und Häuser, größer als alle zuvor und für uns übrig geblieben.\n"
    path = tmp_path / "x.txt"
    path.write_bytes(f"{text}\n{text}".encode("windows-1252"))
    assert run("clean", path).returncode == 2
    done = run("clean", path, "--encoding", "auto")
    assert (done.returncode, done.stdout) == (0, text.encode("windows-1252"))


@given(st.binary(max_size=60), st.sampled_from(["utf-8", "latin-1", "utf-7", "iso2022_jp", "utf-16", "cp1252", "hz"]))
def test_what_is_decoded_becomes_the_same_bytes_or_is_an_error(data: bytes, encoding: str) -> None:
    try:
        found = decoded(data, "x", encoding)
    except InputError:
        pass
    else:
        assert found.encoded(found.text) == data


def test_what_cannot_be_decoded_is_said_with_its_offset() -> None:
    with pytest.raises(InputError, match="is not UTF-8: byte 0xe9 at offset 3; name its encoding with --encoding"):
        decoded(b"caf\xe9", "x")
    with pytest.raises(InputError, match="is not UTF-16-LE: byte 0x00 at offset 2"):
        decoded(codecs.BOM_UTF16_LE + b"\0\xd8a\0", "x")
    with pytest.raises(InputError, match="would not stay the same bytes when read as UTF-7"):
        decoded(b"+AGE-", "x", "utf-7")
    with pytest.raises(InputError, match="NUL byte at offset 4"):
        text_of(codecs.BOM_UTF16_LE + "a\0".encode("utf-16-le"), "x")


@pytest.mark.parametrize("name", ["", "rot13", "base64", "nonsense", "a\0b", "undefined"])
def test_a_name_of_no_encoding_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="encoding must be auto or the name"):
        known(name)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "windows-1252", "shift_jis", "gb18030"])
@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_rows_of_any_encoding_keep_their_bytes(ending: str, encoding: str, tmp_path: Path) -> None:
    said = {"shift_jis": "橋の色について", "gb18030": "桥的颜色"}.get(encoding, "déjà")
    text = f"{said} {SAID}"
    rows = {
        "jsonl": [f'{{"n": 1.50, "text": "{text}%s"}}\r\n', '{"text": "other"}\n'],
        "csv": ["n,text\r\n", f'1.50,"{text}%s"\r\n', "2,other\n"],
    }[ending]
    breaks = {"jsonl": "\\n\\n", "csv": "\n\n"}[ending]
    twice, once = ("".join(rows).replace("%s", more) for more in (breaks + text, ""))
    path = tmp_path / f"x.{ending}"
    path.write_bytes(twice.encode(encoding))
    named = [] if encoding in ("utf-16", "utf-32") else ["--encoding", encoding]
    done = run("clean", path, *named)
    assert (done.returncode, done.stdout) == (0, once.encode(encoding)), done.stderr
    path.write_bytes(once.encode(encoding))
    assert run("clean", path, *named).stdout == path.read_bytes()


def test_what_is_not_of_the_encoding_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("text\na\n".encode("utf-16") + b"\x00")
    done = run("check", path)
    assert done.returncode == 2
    assert f"{path}: is not UTF-16-LE at offset 16".encode() in done.stderr
