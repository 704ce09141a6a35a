from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.errors import InputError
from dedupe.io.formats import FORMATS, ReadOptions, Record
from dedupe.io.formats.html import HtmlPage, record, without_paragraphs
from dedupe.io.formats.html._blocks import InlineText, text_blocks, text_of
from dedupe.io.formats.html._encoding import declared, decode
from dedupe.io.formats.html._nodes import COMMENT, TEXT, Node
from dedupe.io.formats.html._tree import parse
from dedupe.model import Report

FERRY = "The ferry to the northern islands will run twice a day again from the first of March, the harbour office said."
MILL = (
    "After a pause of nine years the old mill at the weir grinds flour on Saturdays, and visitors may take some home."
)
BRIDGE = (
    "Lorries of more than twelve tonnes may not use the bridge until its southern pier has been made safe in autumn."
)
SCHOOL = (
    "Parents of the village school have bought a printing press, on which the children set their own newspaper now."
)


def judged(page: str | bytes) -> tuple[Record, Report]:
    data = page.encode() if isinstance(page, str) else page
    read = record(data, "page.html")
    return read, dedupe.Deduper().check(read.documents[0])


def cleaned(page: str | bytes) -> str:
    read, report = judged(page)
    return read.without_repeats([report]).decode(read.encoding)


def paragraphs(page: str) -> list[tuple[str, str]]:
    document = record(f"<body>{page}".encode(), "page.html").documents[0]
    assert document.layout is not None
    texts = document.text.split("\n\n") if document.text else []
    return list(zip(texts, document.layout.roles, strict=True))


# What is removed: each page before and after


SHAPES = {
    "a paragraph with its line": (
        f"<body>\n  <p>{FERRY}</p>\n  <p>{MILL}</p>\n  <p>{FERRY}</p>\n</body>\n",
        f"<body>\n  <p>{FERRY}</p>\n  <p>{MILL}</p>\n</body>\n",
    ),
    "the end tag may be implied": (
        f"<div><p>{FERRY}<p>{MILL}<p class=x>{FERRY}<p>{BRIDGE}</div>",
        f"<div><p>{FERRY}<p>{MILL}<p>{BRIDGE}</div>",
    ),
    "blank lines around it become one": (
        f"<p>{FERRY}</p>\r\n\r\n<p>{MILL}</p>\r\n\r\n<p>{FERRY}</p>\r\n\r\n<p>{BRIDGE}</p>\r\n",
        f"<p>{FERRY}</p>\r\n\r\n<p>{MILL}</p>\r\n\r\n<p>{BRIDGE}</p>\r\n",
    ),
    "inline markup and entities are read": (
        f"<p>{FERRY}</p><p>{MILL}</p><p><b>The</b> <a href='/f'>ferry&#32;to</a>{FERRY[12:]}</p>",
        f"<p>{FERRY}</p><p>{MILL}</p>",
    ),
    "wrappers whose text went all go": (
        f"<p>{FERRY} {MILL}</p><p>{BRIDGE}</p>"
        f"<section class=a><div><ul><li>{FERRY} {MILL}</li></ul><!-- end --></div></section>",
        f"<p>{FERRY} {MILL}</p><p>{BRIDGE}</p>",
    ),
    "a wrapper that holds more stays": (
        f"<p>{FERRY}</p><p>{MILL}</p><div><img><p>{FERRY}</p></div><div><p>{MILL}</p><script>a()</script></div>",
        f"<p>{FERRY}</p><p>{MILL}</p><div><img></div><div><script>a()</script></div>",
    ),
    "a caption goes and its picture stays": (
        f"<p>{FERRY}</p><p>{MILL}</p><figure><img src=a.png><figcaption>{FERRY}</figcaption></figure><p>{BRIDGE}</p>",
        f"<p>{FERRY}</p><p>{MILL}</p><figure><img src=a.png></figure><p>{BRIDGE}</p>",
    ),
    "a caption above gives way to the text": (
        f"<figure><img src=a.png><figcaption>{FERRY}</figcaption></figure><p>{MILL}</p><p>{FERRY}</p><p>{BRIDGE}</p>",
        f"<figure><img src=a.png></figure><p>{MILL}</p><p>{FERRY}</p><p>{BRIDGE}</p>",
    ),
    "captions of two pictures stay": (
        f"<figure><img><figcaption>{FERRY}</figcaption></figure><p>{BRIDGE}</p><img><figcaption>{FERRY}</figcaption>",
        f"<figure><img><figcaption>{FERRY}</figcaption></figure><p>{BRIDGE}</p><img><figcaption>{FERRY}</figcaption>",
    ),
    "an image inside the text stays": (
        f"<p>{FERRY}</p><p>{MILL}</p><p>{FERRY}<img src=a.png></p>",
        f"<p>{FERRY}</p><p>{MILL}</p><p><img src=a.png></p>",
    ),
    "text between line breaks goes with those behind": (
        f"<div>{FERRY}<br><br>\n{MILL}<br><br>\n{FERRY}<br><br>\n{BRIDGE}</div>",
        f"<div>{FERRY}<br><br>\n{MILL}<br><br>\n{BRIDGE}</div>",
    ),
    "the last text goes with the line breaks before": (
        f"<div>{FERRY}<br>&nbsp;<br />{MILL}<br><br>{FERRY}</div>",
        f"<div>{FERRY}<br>&nbsp;<br />{MILL}</div>",
    ),
    "text beside blocks goes alone": (
        f"<div><p>{FERRY}</p><p>{MILL}</p>\n{FERRY}\n<p>{BRIDGE}</p></div>",
        f"<div><p>{FERRY}</p><p>{MILL}</p>\n<p>{BRIDGE}</p></div>",
    ),
    "what parts texts is emptied and stays": (
        f"<div><p>{FERRY}</p>{MILL}<p>{FERRY}</p>{BRIDGE}</div>",
        f"<div><p>{FERRY}</p>{MILL}<p></p>{BRIDGE}</div>",
    ),
    "what ends a paragraph is emptied and stays": (
        f"<div>{FERRY}</div><p>{MILL}<div>{FERRY}</div>{BRIDGE}",
        f"<div>{FERRY}</div><p>{MILL}<div></div>{BRIDGE}",
    ),
    "a cell is not text of the page": (
        f"<p>{FERRY}</p><p>{MILL}</p><table><tr><td>{FERRY}<td>{MILL}</table>",
        f"<p>{FERRY}</p><p>{MILL}</p><table><tr><td>{FERRY}<td>{MILL}</table>",
    ),
    "a table that lays out the page is": (
        f"<table><tr><td><p>{FERRY}<p>{MILL}<p>{FERRY}<p>{BRIDGE}</table>",
        f"<table><tr><td><p>{FERRY}<p>{MILL}<p>{BRIDGE}</table>",
    ),
    "code stays": (
        f"<p>{FERRY}</p><pre>{FERRY}</pre><p>{MILL}</p><textarea>{MILL}</textarea><p>{BRIDGE}</p><pre><code>{FERRY}</code></pre>",
        f"<p>{FERRY}</p><pre>{FERRY}</pre><p>{MILL}</p><textarea>{MILL}</textarea><p>{BRIDGE}</p><pre><code>{FERRY}</code></pre>",
    ),
    "navigation neither goes nor is an original": (
        f"<nav><p>{FERRY}</p></nav><p>{MILL}</p><p>{FERRY}</p><p>{BRIDGE}</p><footer><p>{FERRY}</p></footer>",
        f"<nav><p>{FERRY}</p></nav><p>{MILL}</p><p>{FERRY}</p><p>{BRIDGE}</p><footer><p>{FERRY}</p></footer>",
    ),
    "hidden text goes and is no original": (
        f"<body><div hidden>{FERRY}</div><p>{MILL}</p><p>{FERRY}</p><p>{BRIDGE}</p>"
        f"<p style='color:red; display: none'>{MILL}</p>",
        f"<body><p>{MILL}</p><p>{FERRY}</p><p>{BRIDGE}</p>",
    ),
    "scripts, styles, templates and titles are no text": (
        f"<title>{FERRY}</title><script>'{FERRY}'</script><p>{FERRY}</p><p>{MILL}</p><template><p>{FERRY}</p></template>"
        f"<noscript><p>{FERRY}</p></noscript><style>/*{FERRY}*/</style><svg><text>{FERRY}</text></svg>",
        f"<title>{FERRY}</title><script>'{FERRY}'</script><p>{FERRY}</p><p>{MILL}</p><template><p>{FERRY}</p></template>"
        f"<noscript><p>{FERRY}</p></noscript><style>/*{FERRY}*/</style><svg><text>{FERRY}</text></svg>",
    ),
    "text moved out of a table stays": (
        f"<p>{FERRY}</p><p>{MILL}</p><table>{FERRY}<tr>{MILL}<td>1</table>",
        f"<p>{FERRY}</p><p>{MILL}</p><table>{FERRY}<tr>{MILL}<td>1</table>",
    ),
    "markup that is opened again elsewhere stays": (
        f"<p>{FERRY}</p><p>{MILL}</p><p><b>{FERRY}</p><p>{BRIDGE}</b></p>",
        f"<p>{FERRY}</p><p>{MILL}</p><p><b></p><p>{BRIDGE}</b></p>",
    ),
    "end tags of nothing are no trouble": (
        f"<p>{FERRY}</p></div></b><p>{MILL}</span></p></p><p>{FERRY}</i></p></body></html><p>{BRIDGE}",
        f"<p>{FERRY}</p></div></b><p>{MILL}</span></p></p></body></html><p>{BRIDGE}",
    ),
    "attributes may hold anything": (
        f"<p>{FERRY}</p><p>{MILL}</p><p title='</p>' x=\"<p>\" it's>{FERRY}</p><!-- <p>{FERRY}</p> --><p>{BRIDGE}</p>",
        f"<p>{FERRY}</p><p>{MILL}</p><!-- <p>{FERRY}</p> --><p>{BRIDGE}</p>",
    ),
    "of two captions of one picture the first stays": (
        f"<figure><figcaption>{FERRY}</figcaption><img><figcaption>{FERRY}</figcaption></figure><p>{MILL}</p>",
        f"<figure><figcaption>{FERRY}</figcaption><img></figure><p>{MILL}</p>",
    ),
    "of two headings side by side the first stays": (
        f"<p>{FERRY}</p><section><h1 class=a>The mill</h1><!-- x --> <h1>The mill</h1><p>{MILL}</p></section>",
        f"<p>{FERRY}</p><section><h1 class=a>The mill</h1><!-- x --> <p>{MILL}</p></section>",
    ),
    "headings of two items stay": (
        f"<div><h3>News</h3><p>{FERRY}</p></div><div><h3>News</h3><p>{MILL}</p></div>",
        f"<div><h3>News</h3><p>{FERRY}</p></div><div><h3>News</h3><p>{MILL}</p></div>",
    ),
    "an instruction is no text": (
        f"<?xml version='1.0'?><p>{FERRY}</p><p><?php echo ?>{MILL}</p><p>{FERRY}</p>",
        f"<?xml version='1.0'?><p>{FERRY}</p><p><?php echo ?>{MILL}</p>",
    ),
    "a page without repeats": (
        f"\ufeff<!DOCTYPE html>\r\n<HTML LANG=en><P ALIGN='left' >{FERRY}\r<p>{MILL}\n\n\n<p>{BRIDGE}",
        f"\ufeff<!DOCTYPE html>\r\n<HTML LANG=en><P ALIGN='left' >{FERRY}\r<p>{MILL}\n\n\n<p>{BRIDGE}",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_page_is_left_as_an_editor_would_leave_it(shape: str) -> None:
    page, remaining = SHAPES[shape]
    if remaining.startswith("\ufeff"):
        remaining = remaining[1:]
        assert judged(page)[0].raw == page.encode()
        assert cleaned(page).removeprefix("\ufeff") == remaining
        return
    assert cleaned(page) == remaining
    assert cleaned(remaining) == remaining


def test_findings_name_places_in_the_source() -> None:
    page = f"<p>{FERRY}</p>\r\n<div>{MILL}</div>\r\n\r\n<div>\r\n  <b>{FERRY[:9]}</b>{FERRY[9:]}\r\n</div>"
    _, report = judged(page)
    (finding,) = report.findings
    assert page[finding.span.start : finding.span.end] == f"{FERRY[:9]}</b>{FERRY[9:]}"
    assert finding.lines == (5, 5)
    assert page[finding.original.span.start : finding.original.span.end] == FERRY
    assert report.excerpt(finding.span) == FERRY


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            "<h2>One</h2><p>Two</p><div role=heading>Three</div>",
            [("One", "heading"), ("Two", ""), ("Three", "heading")],
        ),
        ("<ul><li>A<li><p>B</p><li><p>C</p><p>D</p></ul>", [("A", "item"), ("B", "item"), ("C", ""), ("D", "")]),
        ("<table><caption>A<tr><td>B<th>C</table>", [("A", "caption"), ("B", "cell"), ("C", "cell")]),
        ("<a href=x>A</a><p>B <a href=x>C</a></p><h2><a>D</a></h2>", [("A", "item"), ("B C", ""), ("D", "heading")]),
        ("<a><svg></svg>A</a><a><img><h3>B</h3></a>", [("A", "fixed"), ("B", "fixed")]),
        ("<figure>A<table><tr><td>B</table><pre>C</pre></figure>", [("A", "caption"), ("B", "cell"), ("C", "code")]),
        ("<blockquote>A<p>B</p></blockquote>", [("A", "quote"), ("B", "quote")]),
        ("<pre>A\n B</pre><p><code>C</code></p><p>D <code>E</code></p>", [("A B", "code"), ("C", "code"), ("D E", "")]),
        ("<nav><ul><li><button>A</button></ul></nav>", [("A", "navigation")]),
        (
            "<header><nav>A</nav><h1>B</h1></header><header><h1>C</h1></header>",
            [("A", "navigation"), ("B", "navigation"), ("C", "heading")],
        ),
        ("<aside>A</aside><article><aside>B</aside></article>", [("A", "navigation"), ("B", "")]),
        ("<button>A</button><label>B</label><select><option>C</select>", [("A", "fixed"), ("B", "fixed")]),
        ("<p>A<span aria-hidden=true> B</span></p><dialog>C</dialog>", [("A B", ""), ("C", "hidden")]),
        ("<p>one<br>line<br> <br>two &amp; &eacute;&nbsp;x<br></p>", [("one line", ""), ("two & é x", "")]),
        ("a <div>b</div> c<p>\u200b</p><p> &#8203; </p>", [("a", ""), ("b", ""), ("c", "")]),
        ("x<script>y</script>z", [("xz", "")]),
        ("", []),
    ],
)
def test_paragraphs_have_the_roles_of_their_markup(page: str, expected: list[tuple[str, str]]) -> None:
    assert paragraphs(page) == expected


@pytest.mark.parametrize(
    ("page", "name", "role"),
    [
        (
            "<div class=c><p class=u>Ines</p><p>{}</p></div><div class=c><p class=u>Odo</p><p>{}</p></div>"
            "<div class=c><p class=u>Ines</p><p>{}</p></div>",
            "Ines",
            "fixed",
        ),
        ("<div><p>Ines</p><p>{}</p></div><section><p>Ines</p><p>{}</p>{}</section>", "Ines", ""),
        ("<ul><li>News<li>Sports</ul>{}<p>{}</p>{}<ul><li>News<li>Sports</ul>", "News", "item"),
        ("{}<div onclick='a()'>Show more</div>{}<div aria-expanded=false>Show more</div>{}", "Show more", "fixed"),
    ],
)
def test_a_label_stays_where_each_belongs_to_another_item(page: str, name: str, role: str) -> None:
    found = paragraphs(page.format(FERRY, MILL, BRIDGE))
    assert {found_role for text, found_role in found if text == name} == {role}


# Encodings


TEXT_OF_ALL = f"<p>é {FERRY}</p>\r\n<p>ü {MILL}</p>\r\n<p>é {FERRY}</p>\r\n"


@pytest.mark.parametrize(
    ("head", "codec", "mark"),
    [
        ("", "utf-8", b""),
        ("", "utf-8", b"\xef\xbb\xbf"),
        ("", "utf-16-le", b"\xff\xfe"),
        ("", "utf-16-be", b"\xfe\xff"),
        ("<meta charset=latin1>", "web-windows-1252", b""),
        ("<META CHARSET='ISO-8859-2'>", "iso8859-2", b""),
        ("<meta content='text/html; charset=windows-1252' http-equiv=Content-Type>", "web-windows-1252", b""),
        ("<meta name=x content='charset=koi8-r'><meta charset=gb2312>", "gb18030", b""),
        ("<!-- <meta charset=koi8-r> --><meta charset=utf-16>", "utf-8", b""),
        ("<meta charset=nonsense>", "utf-8", b""),
    ],
)
def test_a_page_keeps_its_encoding(head: str, codec: str, mark: bytes) -> None:
    page = mark + (head + TEXT_OF_ALL).encode(codec)
    read, report = judged(page)
    remaining = f"{head}<p>é {FERRY}</p>\r\n<p>ü {MILL}</p>\r\n"
    assert read.without_repeats([report]) == mark + remaining.encode(codec)
    assert (report.count("remove"), read.encoding) == (1, codec)


@pytest.mark.parametrize(
    ("label", "stray"),
    [
        ("gb2312", b"\x80"),
        ("gbk", b"\x80"),
        ("iso-8859-1", b"\x81"),
        ("windows-874", b"\x81"),
        ("shift_jis", b"\x87\x40"),
        ("euc-jp", b"\xad\xa1"),
    ],
)
def test_a_page_is_read_as_browsers_read_it(label: str, stray: bytes) -> None:
    head = f"<meta charset={label}><p>".encode()
    for encoding in ("", label):
        page = head + stray + f"1 {FERRY}</p><p>{MILL}</p><p>".encode() + stray + f"1 {FERRY}</p>".encode()
        (read,) = FORMATS["html"].read(io.BytesIO(page), "page.html", ReadOptions(encoding=encoding or "utf-8"))
        assert isinstance(read, Record)
        report = dedupe.Deduper().check(read.documents[0])
        assert read.without_repeats([report]) == head + stray + f"1 {FERRY}</p><p>{MILL}</p>".encode()


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"<p>caf\xe9 au lait", 6),
        (b"\xef\xbb\xbf<p>caf\xe9 au lait", 9),
        (b"<meta charset=windows-1257>\xa1", 27),
        (b"\xff\xfea\x00\x00\xd8", 4),
        (b"<meta charset=iso-2022-jp>\x1b(B\x1b(Babc", 26),
    ],
)
def test_what_cannot_be_decoded_is_one_sentence_with_its_offset(data: bytes, offset: int) -> None:
    with pytest.raises(InputError, match=rf"page.*\b{offset}\b") as caught:
        decode(data, "page.html")
    assert "\n" not in str(caught.value)


# Anything at all

WORDS = st.lists(
    st.sampled_from([FERRY, MILL, BRIDGE, SCHOOL, "&amp; so", "x", " ", "\n", "&nbsp;", "<br>", "<img>"]), max_size=3
)
NAMES = st.sampled_from(
    "p p p div div li ul b a i span section table tr td h2 blockquote figcaption nav pre button svg select".split()
)


def _tree(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(st.one_of(children, WORDS.map("".join)), max_size=5).map("".join)
    whole = st.builds(lambda name, inside: f"<{name}>{inside}</{name}>\n", NAMES, parts)
    open_ended = st.builds(lambda name, inside: f"<{name} id=x>{inside}", NAMES, parts)
    stray = st.builds(lambda name, inside: f"{inside}</{name}>", NAMES, parts)
    return st.one_of(whole, whole, whole, open_ended, stray)


PAGES = st.recursive(WORDS.map("".join), _tree, max_leaves=25)


@pytest.mark.slow
@given(PAGES, st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_any_choice_of_paragraphs_goes_as_whole_nodes(page: str, random: object) -> None:
    nodes = parse(page)
    found = text_blocks(nodes)
    removed_starts = {
        run.texts[0].start
        for block in found
        for run in block.runs
        if run.role not in ("code", "fixed") and random.random() < 0.4  # type: ignore[attr-defined]
    }

    def is_removed(run: InlineText) -> bool:
        return run.texts[0].start in removed_starts

    remaining = without_paragraphs(HtmlPage(page, nodes, found), removed_starts)
    if remaining is None:  # only where the source is tangled
        assert not all(node.sound for node in nodes)
        return
    remaining_texts = [text for text, run in _runs(page) if not is_removed(run)]
    assert [text for text, _ in _runs(remaining)] == remaining_texts


def _runs(page: str) -> list[tuple[str, InlineText]]:
    runs = [run for block in text_blocks(parse(page)) for run in block.runs]
    return sorted(((text_of(run), run) for run in runs), key=lambda pair: pair[1].texts[0].start)


@given(PAGES)
@settings(max_examples=200, deadline=None)
def test_a_page_is_the_same_with_other_line_ends(page: str) -> None:
    for end in ("\r\n", "\r"):
        other = page.replace("\n", end)
        assert [(node.name, node.text, node.sound) for node in parse(other)] == [
            (node.name, node.text, node.sound) for node in parse(page)
        ]
        assert [text for text, _ in _runs(other)] == [text for text, _ in _runs(page)]


@pytest.mark.slow
@given(st.lists(PAGES, max_size=6).map("".join))
@settings(max_examples=150, deadline=None)
def test_twice_is_once_and_what_does_not_repeat_is_not_touched(page: str) -> None:
    read, report = judged(page)
    once = read.without_repeats([report])
    if not report.changed:
        assert once == page.encode()
    again, second = judged(once)
    assert again.without_repeats([second]) == once


@given(st.text(st.sampled_from("<>/!-?[]&;='\" pbrdivtableCDATA\0\r\n\x0c\u2028é"), max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_page_and_texts_lie_where_they_say(page: str) -> None:
    read, report = judged(page)
    assert read.without_repeats([report]) == page.encode()
    for node in parse(page):
        if node.name == TEXT and node.sound and not node.blank and "&" not in node.text:
            shown = page[node.start : node.end]
            assert shown.strip()[:1] in node.text or "&" in shown


BAD = {
    "NULs": b"\0" * 100_000,
    "nested": b"<div>" * 100_000 + b"x" + b"</div>" * 100_000,
    "never closed": b"<b><p><table><li>x" * 2_000,
    "angles": b"<" * 1_000_000,
    "formatting": b"<a><b><i>" * 3_000 + b"x",
    "an attribute without end": b"<a b='" + b"x" * 1_000_000,
    "comments": b"<!--" * 200_000,
    "end tags": b"</div>" * 100_000,
    "after the body": b"<div>" * 2_000 + b"</body><!-- x --><p>x" * 2_000,
    "line breaks": b"<br>" * 100_000,
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_pages_are_left_as_they_are(kind: str) -> None:
    read = record(BAD[kind], "page.html")
    reports = [dedupe.check(document) for document in read.documents]
    assert read.without_repeats(reports) == BAD[kind]


@pytest.mark.parametrize(("depth", "remaining"), [(500, ""), (20_000, "<p></p>")])
def test_a_deep_page_loses_its_repeat_all_the_same(depth: int, remaining: str) -> None:
    deep = "<div>" * depth  # what is in more than 512 elements stands beside them in the tree, as in browsers
    page = f"{deep}<p>{FERRY}</p><p>{MILL}</p><p>{FERRY}</p>{deep}"
    assert cleaned(page) == f"{deep}<p>{FERRY}</p><p>{MILL}</p>{remaining}{deep}"


def test_the_suffix_names_the_format() -> None:
    page = SHAPES["a paragraph with its line"][0].encode()
    (read,) = FORMATS["html"].read(io.BytesIO(page), "page.html", ReadOptions())
    assert read.raw == page


def test_nodes_lie_inside_their_parents() -> None:
    def check(node: Node) -> None:
        if node.parent is not None and node.sound and node.parent.sound and min(node.start, node.parent.start) >= 0:
            assert node.parent.start <= node.start <= node.end <= node.parent.end

    for page, _ in SHAPES.values():
        for node in parse(page):
            if node.name != COMMENT:
                check(node)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("latin1", "web-windows-1252"),
        ("greek", "iso8859-7"),
        ("x-user-defined", "web-windows-1252"),
        ("utf-16", "utf-8"),
        ("ISO-2022-KR", "iso2022_kr"),
        ("replacement", ""),
        ("utf-7", ""),
        ("cp437", ""),
        ("rot13", ""),
        ("no such thing", ""),
    ],
)
def test_a_page_has_an_encoding_of_the_standard_or_none(label: str, codec: str) -> None:
    assert declared(f"<meta charset='{label}'>".encode()) == codec
    read, report = judged(f"<meta charset='{label}'><p>{FERRY}</p><p>{MILL}</p><p>{FERRY}</p>")
    assert (read.error, report.count("remove")) == (None, 1)


CONTROLS = {
    "a span styled as a button": "<span class='teaser__btn'>Show more pictures</span>",
    "a class in one word": "<div class='x readmore'>Show more pictures</div>",
    "a class in two words": "<div class='x ShowMore'>Show more pictures</div>",
    "a box with an icon": "<div class='show-more'> <i></i> <span> Show more pictures </span> </div>",
    "an entry of a list": "<ul><li class=toggle-item>Show more pictures</li></ul>",
    "a link as a button": "<p><a class='button primary' href=#>Show more pictures</a></p>",
    "a handle of a library": "<div data-bs-toggle=collapse>Show more pictures</div>",
    "an entry that opens": "<ul><li aria-expanded=false><a href=#>Show more pictures</a></li></ul>",
    "a role": "<ul><li role=button>Show more pictures</li></ul>",
}


@pytest.mark.parametrize("kind", CONTROLS)
def test_what_is_a_control_by_its_structure_stays(kind: str) -> None:
    page = f"<body><p>{FERRY}</p>{CONTROLS[kind]}<p>{MILL}</p>{CONTROLS[kind]}<p>{FERRY}</p>"
    assert cleaned(page) == page.removesuffix(f"<p>{FERRY}</p>")


def test_a_text_in_a_box_of_such_a_name_goes() -> None:
    page = f"<body><div class=read-more>{FERRY}</div><div class=baltimore>{MILL}</div>"
    assert cleaned(f"{page}<p class=more>{FERRY}</p><p class=btn>{MILL}</p>") == page
