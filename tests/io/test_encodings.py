"""Texts become the bytes they were."""

import codecs
import subprocess
import sys
from pathlib import Path

import pytest
import webencodings
from hypothesis import given
from hypothesis import strategies as st
from webencodings.labels import LABELS

from dedupe.errors import InputError, OptionError
from dedupe.io.formats._decoding import MARKS, codec_named, decode_bytes, decode_text
from tests.cli.test_cli import SAID, TWICE
from tests.commands import run


@pytest.mark.parametrize(("mark", "encoding"), MARKS)
def test_a_byte_order_mark_tells_the_encoding_and_stays(tmp_path: Path, mark: bytes, encoding: str) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(mark + TWICE.replace("bridge", "brücke 橋 🚢").encode(encoding))
    expected = mark + f"{SAID}\n".replace("bridge", "brücke 橋 🚢").encode(encoding)
    assert run("clean", path).stdout == expected
    assert run("clean", path, "--encoding", "latin-1").stdout == expected
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
        found = decode_bytes(data, "x", encoding)
    except InputError:
        pass
    else:
        assert found.encoded(found.text) == data


def test_what_cannot_be_decoded_is_said_with_its_offset() -> None:
    with pytest.raises(
        InputError, match="byte 0xe9 at offset 3; find its encoding with --encoding auto, or name it with"
    ):
        decode_bytes(b"caf\xe9", "x")
    with pytest.raises(InputError, match="is not UTF-16-LE: byte 0x00 at offset 2"):
        decode_bytes(codecs.BOM_UTF16_LE + b"\0\xd8a\0", "x")
    with pytest.raises(InputError, match="would not stay the same bytes when read as UTF-7"):
        decode_bytes(b"+AGE-", "x", "utf-7")
    with pytest.raises(InputError, match="NUL byte at offset 4"):
        decode_text(codecs.BOM_UTF16_LE + "a\0".encode("utf-16-le"), "x")


@pytest.mark.parametrize("name", ["", "rot13", "base64", "nonsense", "a\0b", "undefined"])
def test_a_name_of_no_encoding_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="encoding must be auto or the name"):
        codec_named(name)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "windows-1252", "shift_jis", "gb18030"])
@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_rows_of_any_encoding_keep_their_bytes(ending: str, encoding: str, tmp_path: Path) -> None:
    words = {"shift_jis": "橋の色について", "gb18030": "桥的颜色"}.get(encoding, "déjà")
    text = f"{words} {SAID}"
    lines = {
        "jsonl": [f'{{"n": 1.50, "text": "{text}%s"}}\r\n', '{"text": "other"}\n'],
        "csv": ["n,text\r\n", f'1.50,"{text}%s"\r\n', "2,other\n"],
    }[ending]
    breaks = {"jsonl": "\\n\\n", "csv": "\n\n"}[ending]
    twice, expected = ("".join(lines).replace("%s", more) for more in (breaks + text, ""))
    path = tmp_path / f"x.{ending}"
    path.write_bytes(twice.encode(encoding))
    named = [] if encoding in ("utf-16", "utf-32") else ["--encoding", encoding]
    done = run("clean", path, *named)
    assert (done.returncode, done.stdout) == (0, expected.encode(encoding)), done.stderr
    path.write_bytes(expected.encode(encoding))
    assert run("clean", path, *named).stdout == path.read_bytes()


def test_what_is_not_of_the_encoding_is_an_error_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes("text\na\n".encode("utf-16") + b"\x00")
    done = run("check", path)
    assert done.returncode == 2
    assert f"{path}: is not UTF-16-LE at offset 16".encode() in done.stderr


@pytest.mark.parametrize(
    "label", sorted(set(LABELS) - {"replacement", "x-user-defined", "iso-2022-cn", "iso-2022-cn-ext"})
)
def test_a_label_is_read_as_browsers_read_it(label: str) -> None:
    named, codec = LABELS[label], codec_named(f" {label.upper()}")
    assert codec == codec_named(codec)
    if named == "replacement":
        return  # browsers read nothing of it; Python's codec is the more useful
    read = [bytes([byte]).decode(codec, "replace") for byte in range(256)]
    encoding = webencodings.lookup(label)
    assert encoding
    wanted = [bytes([byte]).decode(encoding.codec_info.name, "replace") for byte in range(256)]
    differing = {byte: read[byte] for byte in range(256) if read[byte] != wanted[byte]}
    others = {
        "koi8-u": {0xAE: "ў", 0xBE: "Ў"},
        "windows-1255": {0xCA: "\u05ba"},
    }
    assert differing == {
        **{byte: chr(byte) for byte in differing if wanted[byte] == "\ufffd" and byte < 0xA0},
        **others.get(named, {}),
    }


@pytest.mark.parametrize("number", [874, *range(1250, 1259)])
def test_control_bytes_that_windows_leaves_undefined_come_back(number: int) -> None:
    data = bytes(range(0x80, 0xA0))
    found = decode_bytes(data, "x", f"windows-{number}")
    assert found.encoded(found.text) == data
    assert all(
        one == chr(byte) or one.encode(f"cp{number}") == bytes([byte])
        for byte, one in zip(data, found.text, strict=True)
    )


@pytest.mark.parametrize("ending", ["txt", "md", "jsonl", "csv", "tsv"])
@pytest.mark.parametrize(
    ("encoding", "word"),
    [
        ("latin1", b"caf\xe9 \x81\x8d\x8f\x90\x9d \x93price\x94 \x80 5"),
        ("iso-8859-9", b"\xfdzmir \x8e \x80 5"),
        ("gb2312", "橋的颜色".encode("gbk") + b" \x80 5 \x805"),
        ("gbk", "橋的颜色 €".encode("gb18030") + b"5 "),
        ("shift_jis", "橋の色①".encode("cp932")),
        ("euc-jp", "橋の色".encode("euc_jp") + b"\xad\xa1\xa1\xc1\x8e\xb1\x8f\xb0\xa1"),
        ("big5", "橋的顏色".encode("big5")),
        ("ks_c_5601-1987", "다리 똠".encode("cp949")),
        ("cp437", b"\x9b 5 \xae\xaf"),
    ],
)
def test_files_are_read_by_their_label_and_keep_their_bytes(
    encoding: str, word: bytes, ending: str, tmp_path: Path
) -> None:
    words = word + b" " + SAID.encode()
    between = {"txt": b"\n\n", "md": b"\n\n", "jsonl": b"\\n\\n"}.get(ending, b"\n\n")
    template = {"jsonl": b'{"text": "%b"}\n', "csv": b'n,text\n1,"%b"\n', "tsv": b'n\ttext\n1\t"%b"\n'}.get(
        ending, b"%b\n"
    )
    path = tmp_path / f"x.{ending}"
    path.write_bytes(template % (words + between + words))
    done = run("clean", path, "--encoding", encoding)
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", template % words)


def test_euc_jp_has_the_characters_of_shift_jis_in_whatever_pieces_it_comes() -> None:
    text = "橋の色①は～㈱で、髙い。\nbridge ｱ 丂 " * 3
    codec = codec_named("euc-jp")
    data = text.encode(codec)
    assert all(one.isascii() or one == "丂" or one.encode("cp932") for one in text)
    assert decode_bytes(data, "x", "euc-jp").text == text
    for size in (1, 2, 3, 50):
        decoder = codecs.getincrementaldecoder(codec)()
        pieces = [decoder.decode(data[at : at + size]) for at in range(0, len(data), size)]
        assert "".join(pieces) + decoder.decode(b"", True) == text
    for broken, offset in ((b"ab\xa4\xa2\xa4", 4), (b"\xa4\xa2\xa9\xa1", 2), (b"a\xff", 1), (b"\x8f\xa1\xa1", 0)):
        with pytest.raises(InputError, match=f"is not EUC-JP: byte 0x.. at offset {offset};"):
            decode_bytes(broken, "x", "euc-jp")
    assert b"\xa4\xa2\xa9\xa1\xa4\xa2".decode(codec, "replace") == "あ�あ"


def test_two_spellings_of_one_character_in_a_file_are_refused(tmp_path: Path) -> None:
    for name, text in (("x.txt", b"5 \x80\n\n5 \xa2\xe3\n"), ("x.csv", b"text\n5 \x80\n5 \xa2\xe3\n")):
        path = tmp_path / name
        path.write_bytes(text)
        done = run("clean", path, "--encoding", "gbk", "--in-place")
        assert done.returncode == 2
        assert b"would not stay the same bytes when read as GBK" in done.stderr
        assert path.read_bytes() == text


LATIN = {
    "x.txt": "{words}\n\n{words}\n",
    "x.md": "{words}\n\n{words}\n",
    "x.jsonl": '{{"text": "{words}\\n\\n{words}"}}\n',
    "x.csv": 'n,text\n1,"{words}\n\n{words}"\n',
    "x.tsv": 'n\ttext\n1\t"{words}\n\n{words}"\n',
    "x.json": '[{{"text": "{words}\\n\\n{words}"}}]',
    "x.html": "<!doctype html><title>é</title><p>{words}</p><p>{words}</p>\n",
    "y.html": "<!doctype html><meta charset=utf-8><title>é</title><p>{words}</p><p>{words}</p>\n",
    "x.srt": "1\n00:00:01,000 --> 00:00:02,000\n{words}\n\n2\n00:00:02,000 --> 00:00:03,000\n{words}\n",
    "x.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n{words}\n\n00:02.000 --> 00:03.000\n{words}\n",
}


def latin(folder: Path) -> list[Path]:
    words = f"Im schönen Café hieß es, die Brücke über den Fluss sei für Fußgänger geöffnet. {SAID}"
    for name, text in LATIN.items():
        (folder / name).write_bytes(text.format(words=words).encode("windows-1252"))
    return sorted(folder.iterdir())


def test_what_is_not_utf_8_is_told_of_auto_in_every_format(tmp_path: Path) -> None:
    paths = latin(tmp_path)
    for verb in (["check"], ["clean", "--in-place"], ["index", "add", "--index", tmp_path / "index"]):
        done = run(*verb, *paths)
        assert len(done.stderr.splitlines()) in (len(paths), len(paths) + 1)
        assert done.returncode == 2
        advised = [
            line for line in done.stderr.decode().splitlines() if "find its encoding with --encoding auto" in line
        ]
        assert sorted(line.split(":")[1].strip() for line in advised) == list(map(str, paths))
    done = run("corpus", tmp_path / "x.txt", tmp_path / "x.jsonl", "-o", tmp_path / "out")
    assert done.stderr.count(b"find its encoding with --encoding auto") == 2
    assert b"find its encoding with --encoding auto" in run("compare", tmp_path / "x.txt", tmp_path / "x.md").stderr


def test_auto_reads_what_the_sentence_promises_in_every_format(tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in latin(tmp_path)}
    done = run("clean", *before, "--in-place", "--encoding", "auto")
    assert (done.returncode, done.stderr.count(b"10 of 10 files changed")) == (0, 1), done.stderr
    for path, data in before.items():
        assert len(path.read_bytes()) < 0.7 * len(data)
        assert b"sch\xf6nen Caf\xe9 hie\xdf" in path.read_bytes()


def test_the_sentence_names_the_extra_that_is_not_installed(tmp_path: Path) -> None:
    (path := tmp_path / "x.txt").write_bytes(b"caf\xe9\n")
    code = "import sys; sys.modules['charset_normalizer'] = None; from dedupe.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "check", path], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"--encoding auto (pip install 'paradedupe[encoding]'), or name it with --encoding NAME" in done.stderr


def test_a_wrong_byte_order_mark_is_not_mended_by_an_option(tmp_path: Path) -> None:
    (path := tmp_path / "x.txt").write_bytes(codecs.BOM_UTF8 + b"caf\xe9\n")
    assert b"offset 6; repair it, or remove its byte order mark" in run("check", path, "--encoding", "auto").stderr


@pytest.mark.parametrize("name", ["x.txt", "x.md", "x.html", "x.srt", "x.vtt", "x.csv", "x.jsonl", "x.json"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_what_its_mark_says_and_it_is_not_is_told_as_such(name: str, encoding: str, tmp_path: Path) -> None:
    (path := tmp_path / name).write_bytes(LATIN[name].format(words=SAID).encode(encoding)[:-1])
    path.write_bytes("\ufeff".encode(encoding) + path.read_bytes())
    before = path.read_bytes()
    done = run("clean", "--in-place", "-q", path)
    assert done.returncode == 2
    assert f"is not {encoding.upper()}".encode() in done.stderr
    assert b"repair it, or remove its byte order mark" in done.stderr
    assert b"no text" not in done.stderr
    assert path.read_bytes() == before


def test_auto_looks_as_far_as_the_first_byte_that_is_not_ascii(tmp_path: Path) -> None:
    line = b'{"text": "The river is as high as it was in the year before the bridge was built."}\n'
    words = "Im schönen Café hieß es, die Brücke über den Fluss sei für Fußgänger geöffnet, sagte er."
    last = f'{{"text": "{words}\\n\\n{words}"}}\n'
    path = tmp_path / "x.jsonl"
    path.write_bytes(line * 2000 + last.encode("windows-1252"))
    done = run("clean", path, "--encoding", "auto")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == line * 2000 + f'{{"text": "{words}"}}\n'.encode("windows-1252")


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16", "gbk"])
def test_lines_of_a_corpus_are_read_and_written_in_their_encoding(encoding: str, tmp_path: Path) -> None:
    words = f"déjà vu {SAID}"
    lines = [
        f'{{"id": "a", "text": "{words}\\n\\n{words}"}}\r\n',
        '{"id": "b", "text": "other"}\r\n',
        f'{{"id": "c", "text": "{words} and so on"}}',
    ]
    (path := tmp_path / "x.jsonl").write_bytes("".join(lines).encode(encoding))
    done = run("corpus", path, "-o", tmp_path / "out", "--id", "id", "--encoding", encoding)
    assert done.returncode == 0, done.stderr
    lines[0] = f'{{"id": "a", "text": "{words}"}}\r\n'
    assert (tmp_path / "out/documents/part-00000.jsonl").read_bytes() == "".join(lines).encode(encoding)
