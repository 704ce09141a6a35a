"""Books and Word documents: what is read of them, what is written, and archives that are not to be trusted."""

import gzip
import io
import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from dedupe.io.formats import FORMATS, ReadOptions
from dedupe.io.formats._zips import MOST_DIRECTORY_BYTES, MOST_MEMBERS, MOST_UNPACKED_BYTES
from tests.archives import (
    CONTAINER,
    RELATION,
    RELATIONS,
    W,
    book,
    chapter,
    word,
    word_paragraph,
    write_docx,
    write_epub,
    zipped,
)
from tests.cli.test_cli import SAID, TWICE
from tests.commands import run
from tests.io.test_formats import CHILD

FERRY = "The ferry sails at nine, in every kind of weather, with cars on the lower deck and people on the upper one."
FIRST = [SAID, FERRY, SAID]
BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {one} "{f"&{before};" * 10}">' for before, one in zip("abcdefgh", "bcdefghi", strict=True)
)
CHAPTER = "OEBPS/ch1.xhtml"
TEXT = "word/document.xml"


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def raw_member(path: Path, name: str) -> bytes:
    """Return the head of a member and what is packed in it, as they stand in the file."""
    with zipfile.ZipFile(path) as file:
        info = file.getinfo(name)
    data = path.read_bytes()[info.header_offset :]
    return data[: 30 + sum(struct.unpack_from("<2H", data, 26)) + info.compress_size]


def test_of_a_book_that_changes_all_else_keeps_its_bytes(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "x.epub", map(chapter, [FIRST, [FERRY], FIRST]))
    before = path.read_bytes()
    undo = str(tmp_path / "undo")
    assert run("clean", "-q", path, "-o", f"{tmp_path}/out/").returncode == 0
    done = run("clean", "-q", path, "--in-place", DEDUPE_UNDO_DIR=undo)
    assert (done.returncode, done.stderr) == (0, b"")
    assert path.read_bytes() == (tmp_path / "out/x.epub").read_bytes()
    once = write_epub(tmp_path / "once.epub", map(chapter, [FIRST[:2], [FERRY], FIRST[:2]]))
    assert path.read_bytes() == once.read_bytes()
    # what readers of books ask of the first member: its name at byte 30, stored, nothing between name and content
    assert path.read_bytes()[:58] == before[:58]
    assert path.read_bytes()[30:58] == b"mimetypeapplication/epub+zip"
    assert run("undo", path, DEDUPE_UNDO_DIR=undo).returncode == 0
    assert path.read_bytes() == before


def test_members_of_other_programs_are_copied_as_they_are_packed(tmp_path: Path) -> None:
    path = tmp_path / "x.epub"
    with zipfile.ZipFile(path, "w") as file:
        for name, content in book([chapter(FIRST), chapter([FERRY])]).items():
            info = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
            info.comment, info.external_attr = b"a comment", 0o640 << 16
            info.extra = b"\x99\x99\x02\0ab" if name != "mimetype" else b""
            info.compress_type = zipfile.ZIP_STORED if name in ("mimetype", CHAPTER) else zipfile.ZIP_DEFLATED
            with file.open(info, "w") as member:
                member.write(content.encode() if isinstance(content, str) else content)
        file.comment = b"of the whole"
    unseekable = io.BytesIO()
    unseekable.seekable = lambda: False  # type: ignore[method-assign]  # then sizes stand behind the content
    with zipfile.ZipFile(unseekable, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members(path).items():
            file.writestr(name, data)
    for number, data in enumerate((path.read_bytes(), unseekable.getvalue())):
        given = tmp_path / f"{number}.epub"
        given.write_bytes(data)
        assert run("clean", "-q", given, "-o", tmp_path / "new.epub").returncode == 0
        new, old = members(tmp_path / "new.epub"), members(given)
        assert list(new) == list(old)
        assert new == {**old, CHAPTER: chapter(FIRST[:2]).encode()}
        for name in set(new) - {CHAPTER}:
            assert raw_member(tmp_path / "new.epub", name) == raw_member(given, name)
        with zipfile.ZipFile(given) as one, zipfile.ZipFile(tmp_path / "new.epub") as other:
            assert one.comment == other.comment
            for here, there in zip(one.infolist(), other.infolist(), strict=True):
                assert (here.comment, here.external_attr, here.date_time, here.extra) == (
                    *(there.comment, there.external_attr, there.date_time, there.extra),
                )


def test_chapters_are_read_in_the_order_of_the_book_and_named_by_their_place(tmp_path: Path) -> None:
    files = book([chapter([SAID]), chapter([FERRY]), chapter(FIRST)])
    package = str(files["OEBPS/book.opf"])
    package = package.replace('href="ch2.xhtml"', 'href="text/the%20ferry.xhtml"')
    order = re.search("<spine>.*</spine>", package)
    assert order is not None
    reversed_ = "".join(f'<itemref idref="ch{number}.xhtml" linear="no"/>' for number in (3, 2, 1, 2))
    files["OEBPS/book.opf"] = package.replace(order[0], f"<spine>{reversed_}</spine>")
    files["OEBPS/text/the ferry.xhtml"] = files.pop("OEBPS/ch2.xhtml")
    path = zipped(tmp_path / "x.epub", files)
    with path.open("rb") as stream:
        ids = [one.documents[0].id for one in FORMATS["epub"].read(stream, "x.epub", ReadOptions())]  # type: ignore[union-attr]
    assert ids == [f"x.epub:OEBPS/{name}.xhtml" for name in ("ch3", "text/the ferry", "ch1")]
    report = json.loads(run("check", path, "--output-format", "json-lines").stdout.splitlines()[0])
    assert report["document"] == f"{path}:OEBPS/ch3.xhtml"
    assert report["findings"][0]["lines"] == [8, 8]
    diff = run("clean", path, "--diff").stdout.decode()
    assert f"-<p>{SAID}</p>\n" in diff
    assert f"--- {path}:OEBPS/ch3.xhtml" in diff


def test_a_chapter_is_read_as_xml(tmp_path: Path) -> None:
    head = '<title/><script src="x.js"/><link rel="stylesheet" href="x.css"/><style><![CDATA[a > b {}]]></style>'
    anchors = f'<p><a id="p1"/>{SAID}</p>\n<p>{FERRY}<br/></p>\n<div class="x"/>\n'
    page = chapter([], head).replace(
        "<body>\n", f"<body>\n<?pi a > b?>\n{anchors}<p><a id='p2'/>{SAID}&nbsp;</p>\n<i/>\n"
    )
    assert "&nbsp;" in page
    path = write_epub(tmp_path / "x.epub", [page])
    done = run("clean", "-q", path, "-o", tmp_path / "new.epub")
    assert (done.returncode, done.stderr) == (0, b"")
    assert members(tmp_path / "new.epub")[CHAPTER].decode() == page.replace(f"<p><a id='p2'/>{SAID}&nbsp;</p>\n", "")


def test_a_picture_that_is_empty_markup_keeps_its_paragraph(tmp_path: Path) -> None:
    page = chapter([]).replace(
        "<body>\n", f"<body>\n<p>{SAID}</p>\n<p>{FERRY}</p>\n<p>{SAID}<video src='x.mp4'/></p>\n"
    )
    path = write_epub(tmp_path / "x.epub", [page])
    assert run("clean", "-q", path, "-o", tmp_path / "new.epub").returncode == 0
    assert b"<video src='x.mp4'/>" in members(tmp_path / "new.epub")[CHAPTER]


def test_what_links_lead_to_stays(tmp_path: Path) -> None:
    page = chapter(FIRST).replace(f"<p>{SAID}</p>\n</body>", f'<p id="there">{SAID}</p>\n</body>')
    away = chapter([FERRY]).replace("<body>", '<body>\n<p><a href="ch1.xhtml#there">The bridge</a></p>')
    path = write_epub(tmp_path / "x.epub", [page, away])
    done = run("check", path)
    assert done.returncode == 0
    assert b"1 flagged" in done.stdout
    before = path.read_bytes()
    assert run("clean", "-q", path, "-o", tmp_path / "new.epub").returncode == 0
    assert (tmp_path / "new.epub").read_bytes() == before
    free = write_epub(tmp_path / "y.epub", [page, chapter([FERRY])])
    assert run("check", free).returncode == 1


def test_a_signed_book_is_checked_and_stays(tmp_path: Path) -> None:
    files = {**book([chapter(FIRST)]), "META-INF/signatures.xml": "<signatures/>"}
    path = zipped(tmp_path / "x.epub", files)
    done = run("check", path)
    assert done.returncode == 0
    assert b"1 flagged" in done.stdout


def test_chapters_in_other_encodings_keep_it(tmp_path: Path) -> None:
    sentence = SAID.replace("bridge", "brücke")
    page = chapter([sentence, FERRY, sentence])
    for encoding in ("iso-8859-1", "utf-16", "utf-8-sig"):
        named = page.replace('"utf-8"', f'"{encoding.removesuffix("-sig")}"')
        path = write_epub(tmp_path / f"{encoding}.epub", [named.encode(encoding)])  # type: ignore[list-item]
        done = run("clean", "-q", path, "-o", tmp_path / "new.epub")
        assert (done.returncode, done.stderr) == (0, b"")
        expected = named.replace(f"<p>{sentence}</p>\n</body>", "</body>")
        assert members(tmp_path / "new.epub")[CHAPTER] == expected.encode(encoding)


def epub(**changed: bytes | str) -> dict[str, bytes | str]:
    return {**book([chapter(FIRST), chapter([FERRY])]), **changed}


def docx(**changed: bytes | str) -> dict[str, bytes | str]:
    return {**word("".join(map(word_paragraph, FIRST))), **changed}


HOSTILE: dict[str, tuple[str, dict[str, bytes | str], str]] = {
    "no container": ("x.epub", {"mimetype": "application/epub+zip", "a": ""}, "META-INF/container.xml: is missing"),
    "no package": (
        "x.epub",
        epub(**{"META-INF/container.xml": "<container/>"}),
        "container.xml: names no package file",
    ),
    "broken container": (
        "x.epub",
        epub(**{"META-INF/container.xml": CONTAINER[:90]}),
        "container.xml: is not well-form",
    ),
    "no chapters": ("x.epub", epub(**{"OEBPS/book.opf": "<package/>"}), "OEBPS/book.opf: names no chapter"),
    "a bomb in the package": (
        "x.epub",
        epub(**{"OEBPS/book.opf": f"{BOMB}]><a>&i;</a>"}),
        "book.opf: declares entities",
    ),
    "a path that leads out": (
        "x.epub",
        epub(**{"../../etc/passwd": "a"}),
        ":../../etc/passwd: is a name that leads out",
    ),
    "an absolute path": ("x.epub", epub(**{"/etc/passwd": "a"}), ":/etc/passwd: is a name that leads out"),
    "no relations": ("x.docx", {"word/document.xml": "<a/>"}, "x.docx:_rels/.rels: is missing"),
    "no text": ("x.docx", docx(**{"_rels/.rels": RELATIONS}), "x.docx:_rels/.rels: names no text"),
    "a text that is elsewhere": (
        "x.docx",
        docx(**{"_rels/.rels": RELATIONS.format(RELATION.format(1, "officeDocument", "/../etc/passwd"))}),
        "x.docx:etc/passwd: is missing",
    ),
    "broken text": ("x.docx", docx(**{TEXT: f'<w:document xmlns:w="{W}"><w:p>'}), f"x.docx:{TEXT}: is not well-formed"),
    "a bomb in the text": ("x.docx", docx(**{TEXT: f"{BOMB}]><a>&i;</a>"}), f"x.docx:{TEXT}: declares entities"),
    "nested without end": ("x.docx", docx(**{TEXT: "<a>" * 100_000}), f"x.docx:{TEXT}: is nested more than"),
    "a text of zeros": ("x.docx", docx(**{TEXT: bytes(70_000_000)}), f"x.docx:{TEXT}: is a record larger than"),
    "many paragraphs": (
        "x.docx",
        docx(**{TEXT: f'<w:document xmlns:w="{W}">{"<w:p><w:t>a</w:t></w:p>" * 900_000}</w:document>'}),
        "which is too much for its",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_an_archive_that_cannot_be_read_is_one_sentence_with_the_place(case: str, tmp_path: Path) -> None:
    name, content, problem = HOSTILE[case]
    path = zipped(tmp_path / name, content)
    refused(path, problem)


def refused(path: Path, problem: str) -> None:
    """See that a file is named in one sentence, that nothing is written for it, and that the others are done."""
    (path.parent / "y.txt").write_text(TWICE)
    done = run("clean", "-q", path, path.parent / "y.txt", "-o", f"{path.parent}/out/")
    assert done.returncode == 2
    assert problem in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert {one.name for one in (path.parent / "out").iterdir()} == {"y.txt"}


CHAPTERS: dict[str, tuple[bytes | str, str]] = {
    "broken": (chapter(FIRST).replace("</body>", ""), "is not well-formed XML: mismatched tag: line"),
    "a bomb": (f"{BOMB}]><a>&i;</a>", "declares entities"),
    "a file of the reader's": (
        '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><html><p>&a;</p></html>',
        "declares entities",
    ),
    "of zeros": (bytes(70_000_000), "is a record larger than"),
    "not decoded": (chapter(["x"]).replace("utf-8", "klingon"), "is XML that cannot be decoded"),
}


@pytest.mark.parametrize("case", CHAPTERS)
def test_a_chapter_that_cannot_be_read_stays_and_the_others_are_done(case: str, tmp_path: Path) -> None:
    bad, problem = CHAPTERS[case]
    path = zipped(tmp_path / "x.epub", {**book([chapter(FIRST)] * 2), CHAPTER: bad})
    before = members(path)
    done = run("clean", "-q", path, "-o", tmp_path / "new.epub")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert f"x.epub:{CHAPTER}: {problem}" in done.stderr.decode()
    assert members(tmp_path / "new.epub") == {**before, "OEBPS/ch2.xhtml": chapter(FIRST[:2]).encode()}


def test_chapters_that_are_absent_encrypted_or_elsewhere_are_said(tmp_path: Path) -> None:
    files = book([chapter(FIRST)] * 5)
    files["OEBPS/book.opf"] = (
        str(files["OEBPS/book.opf"])
        .replace('href="ch1.xhtml"', 'href="../../ch1.xhtml"')
        .replace('ch5.xhtml"', 'http://x/"')
    )
    files.pop("OEBPS/ch2.xhtml")
    reference = '<CipherReference xmlns="http://www.w3.org/2001/04/xmlenc#" URI="OEBPS/ch3.xhtml"/>'
    files["META-INF/encryption.xml"] = f"<encryption>{reference}</encryption>"
    done = run("check", zipped(tmp_path / "x.epub", files))
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert len(lines) == 4
    for line, part in zip(
        lines, ("ch1.xhtml: leads out of", "ch2.xhtml: is missing", "ch3.xhtml: is encrypted", "leads out"), strict=True
    ):
        assert part in line
    assert b"1 to remove" in done.stdout


def patched(path: Path, name: str, central: int, local: int, value: bytes) -> None:
    """Write other bytes into the heads of a member, at these places."""
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        at = file.getinfo(name).header_offset
    data[at + local : at + local + len(value)] = value
    at = data.rindex(name.encode()) - 46
    data[at + central : at + central + len(value)] = value
    path.write_bytes(data)


def test_a_member_that_says_other_than_it_is_is_refused(tmp_path: Path) -> None:
    cases = {
        "is encrypted": (8, 6, b"\1\0"),
        "is compressed by method 99": (10, 8, b"\x63\0"),
        "is broken or cut short": (16, 14, b"\0\0\0\1"),  # the checksum
        "is a record larger than": (24, 22, b"\xfe\xff\xff\xff"),
    }
    for number, (problem, (central, local, value)) in enumerate(cases.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = write_docx(folder / "x.docx", FIRST)
        patched(path, TEXT, central, local, value)
        refused(path, f"x.docx:{TEXT}: {problem}")
    # less than it is: no more than said is ever unpacked
    path = zipped(tmp_path / "x.docx", docx(**{TEXT: bytes(70_000_000)}))
    patched(path, TEXT, 24, 22, struct.pack("<L", 1000))
    refused(path, f"x.docx:{TEXT}: is broken or cut short: Bad CRC-32")


def test_an_archive_that_is_not_whole_or_too_large_is_refused(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "x.docx", FIRST)
    whole = path.read_bytes()
    end = whole.rindex(b"PK\5\6")
    for data, problem in {
        whole[: len(whole) // 2]: "x.docx: is cut short: the directory at the end",
        whole[: end + 10]: "x.docx: is cut short",
        whole[:40] + whole[60:]: "x.docx: is broken: the directory",
        whole + b"more": "x.docx: is broken: the directory",
        whole[: end + 10] + b"\xff\xff" + whole[end + 12 :]: "x.docx: is a ZIP64 archive",
        whole[: end + 12] + b"\0\0\0\x7f" + whole[end + 16 :]: "or a directory of more than",
        whole[: end + 12] + b"\1" + whole[end + 13 :]: "x.docx: is broken",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + whole: "is an Office document of before 2007",
        zlib.compress(whole): "is not a Word document: it is no ZIP archive",
    }.items():
        path.write_bytes(data)
        refused(path, problem)
        path.unlink()
    path = tmp_path / "x.epub"
    with zipfile.ZipFile(path, "w") as file:
        for number in range(MOST_MEMBERS + 1):
            file.writestr(str(number), b"")
    refused(
        path,
        f"x.epub: has more than {MOST_MEMBERS:,} members, or a directory of more than {MOST_DIRECTORY_BYTES >> 20} MB",
    )


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write_epub(tmp_path / "x.epub", [chapter(FIRST)])
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as file:
        file.writestr(CHAPTER, b"other")
    refused(path, f"x.epub:{CHAPTER}: is the name of two members")


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "x.docx", FIRST)
    with zipfile.ZipFile(path) as file:
        at = file.getinfo(TEXT).header_offset
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"word/styles.xml") - 46
    data[entry + 42 : entry + 46] = struct.pack("<L", at)
    path.write_bytes(data)
    refused(path, "overlaps what is behind it in the archive")


@pytest.mark.slow
def test_a_book_that_unpacks_without_end_is_refused_behind_a_bound(tmp_path: Path) -> None:
    size = 33_000_000
    large = "<" + " " * size  # which is no XML from its second character on
    path = write_epub(tmp_path / "x.epub", [large] * (MOST_UNPACKED_BYTES // size) + [chapter(FIRST), large])
    done = run("check", path)
    assert done.returncode == 2
    bound = f"is not read: with it the archive would unpack to more than {MOST_UNPACKED_BYTES >> 20} MB"
    assert f"ch{MOST_UNPACKED_BYTES // size + 2}.xhtml: {bound}" in done.stderr.decode()
    assert b"1 to remove" in done.stdout


@pytest.mark.parametrize("name", ["x.epub", "x.docx"])
def test_on_standard_input_and_compressed_it_is_refused(name: str, tmp_path: Path) -> None:
    path = (write_epub if name == "x.epub" else write_docx)(tmp_path / name, [chapter(FIRST)])
    done = run("clean", "-", stdin=path.read_bytes())
    assert done.returncode == 2
    assert b"error: -: is read as a" in done.stderr
    assert b"give it by name, whole and not compressed" in done.stderr
    assert done.stdout == b""
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    done = run("clean", tmp_path / f"{name}.gz")
    assert done.returncode == 2
    assert b"or compressed once more" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.slow
def test_memory_hardly_grows_with_a_book(tmp_path: Path) -> None:
    peaks = []
    for times in (600, 6_000):  # a batch is full with the first
        texts = [[f"Number {number} is not {number + 1}. " * 50] * 2 for number in range(times)]
        path = write_epub(tmp_path / f"{times}.epub", map(chapter, texts))
        done = subprocess.run([sys.executable, "-c", CHILD, path], capture_output=True, check=True)
        peaks.append(int(done.stderr))
    assert peaks[1] < peaks[0] + 25_000


STYLES = (
    '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:styleId="Circle"><w:name w:val="Circle"/><w:basedOn w:val="Circle"/></w:style>'
    '<w:style w:styleId="Aufz"><w:name w:val="Aufz"/><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
    '<w:style w:styleId="Inhalt"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:styleId="Bild"><w:name w:val="caption"/></w:style>'
)


def test_paragraphs_of_a_word_document_have_the_roles_of_their_styles(tmp_path: Path) -> None:
    def style(name: str) -> str:
        return f'<w:pStyle w:val="{name}"/>'

    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    given = [
        ("berschrift1", "heading"),
        ("Mine", "heading"),
        ("Circle", ""),
        ("Aufz", "item"),
        ("Inhalt", "navigation"),
    ]
    body = "".join(word_paragraph(name, style(name)) for name, _ in given) + word_paragraph("numbered", numbered)
    body += f"<w:tbl><w:tr><w:tc>{word_paragraph('in a cell')}</w:tc></w:tr></w:tbl><w:p/>"
    body += word_paragraph("below", style("Bild"))
    path = zipped(tmp_path / "x.docx", word(body, STYLES), ())
    with path.open("rb") as stream:
        (record,) = FORMATS["docx"].read(stream, "x.docx", ReadOptions())
    (document,) = record.documents  # type: ignore[union-attr]
    assert document.layout is not None
    paragraphs = document.text.split("\n\n")
    roles = list(zip(paragraphs, document.layout.roles, strict=True))
    assert roles == [*given, ("numbered", "item"), ("in a cell", "cell"), ("below", "caption")]
    assert [one.first_line for one in document.layout.paragraphs] == [1, 2, 3, 4, 5, 6, 7, 9]
    assert [document.text[one.start : one.stop] for one in document.layout.paragraphs] == paragraphs


def test_what_a_reader_of_word_sees_is_read(tmp_path: Path) -> None:
    runs = (
        "<w:r><w:t>The br</w:t></w:r><w:r><w:t>idge</w:t><w:tab/><w:t>is</w:t><w:br/>"
        "<w:t xml:space='preserve'>open </w:t></w:r>"
        "<w:del><w:r><w:delText>shut</w:delText></w:r></w:del><w:ins><w:r><w:t>again</w:t></w:r></w:ins>"
        "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>, at 3</w:t><w:noBreakHyphen/><w:t>4</w:t></w:r>"
        "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>a box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>.</w:t></w:r>"
    )
    path = zipped(tmp_path / "x.docx", word(f"<w:p>{runs}</w:p>"), ())
    line = json.loads(run("clean", path).stdout)
    assert line == {"text": "The bridge is open again, at 3\u20114."}


def test_a_word_document_becomes_a_line_and_is_not_written_in_place(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "x.docx", FIRST)
    before = path.read_bytes()
    report = json.loads(run("check", path, "--output-format", "json-lines").stdout)
    assert (report["document"], report["findings"][0]["lines"]) == (str(path), [3, 3])
    assert run("clean", "-q", path, "-o", f"{tmp_path}/out/").returncode == 0
    assert json.loads((tmp_path / "out/x.jsonl").read_text()) == {"text": f"{SAID}\n\n{FERRY}"}
    done = run("clean", path, "--in-place")
    assert done.returncode == 2
    assert b"x.docx: is docx, which becomes .jsonl, so not in place; use -o DIR" in done.stderr
    assert path.read_bytes() == before
    line = json.loads(run("clean", path, "--annotate", "found").stdout)
    assert line == {"text": f"{SAID}\n\n{FERRY}\n\n{SAID}", "found": report["findings"]}
    done = run("clean", path, "--annotate", "text")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"is the name of the text itself" in done.stderr
    diff = run("clean", path, "--diff").stdout.decode()
    assert f"-{SAID}\n" in diff
    empty = write_docx(tmp_path / "y.docx", [" "])
    assert json.loads(run("clean", empty).stdout) == {"text": ""}


@pytest.mark.parametrize("name", ["x.epub", "x.docx"])
def test_other_verbs_read_it(name: str, tmp_path: Path) -> None:
    path = write_epub(tmp_path / name, [chapter(FIRST)]) if name == "x.epub" else write_docx(tmp_path / name, FIRST)
    index = tmp_path / "x.index"
    assert run("index", "add", path, "--index", index).returncode == 0
    found = run("check", path, "--scope", "corpus")
    assert found.returncode == 1
    assert run("tune", path).returncode in (0, 1)
    (tmp_path / "y.txt").write_text(FERRY)
    assert run("compare", path, tmp_path / "y.txt").returncode in (0, 1)
    assert run("clean", path, "--removed", tmp_path / "removed.jsonl", "-o", f"{tmp_path}/out/").returncode == 0
    assert json.loads((tmp_path / "removed.jsonl").read_text())["text"] == SAID
