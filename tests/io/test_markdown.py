"""Markdown: paragraphs go whole, and what stays reads as before."""

import random
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe.io.formats import ReadOptions
from dedupe.io.formats._markdown_blocks import MarkdownSource, parse
from dedupe.io.formats.markdown import cuts_of, read
from dedupe.model import Report, without
from tests.cli.test_cli import SAID
from tests.commands import run

WORDS = ("ferry", "harbour", "bridge", "letter", "council", "engine", "weather", "crossing")


def words(choose: random.Random) -> str:
    return " ".join(choose.choices(WORDS, k=choose.randint(1, 6))) + choose.choice(["", ".", " *of* it", " [x](y)"])


def tree(choose: random.Random, depth: int = 0) -> str:
    """Return Markdown of random blocks: nested lists and quotes, code, tables, rules, HTML, references."""
    blocks = []
    for _ in range(choose.randint(1, 5)):
        kind = choose.randint(0, 11)
        if kind == 5 and depth < 2:
            mark = choose.choice(["- ", "* ", "1. "])
            items = [tree(choose, depth + 1) if choose.random() < 0.3 else words(choose) for _ in range(3)]
            items = [mark + item.replace("\n", "\n" + " " * len(mark)) for item in items]
            blocks.append(choose.choice(["\n", "\n\n"]).join(items))
        elif kind == 6 and depth < 2:
            blocks.append("\n".join(f"> {line}" if line else ">" for line in tree(choose, depth + 1).split("\n")))
        elif kind == 7:
            blocks.append("```py\ncode\n\nmore\n```")
        elif kind == 8:
            blocks.append("| a | b |\n|---|---|\n| c | d |")
        elif kind == 9:
            blocks.append("---")
        elif kind == 10:
            blocks.append(choose.choice(["    indented", "<div>\nx\n</div>", "[ref]: http://x.org", "Underlined\n==="]))
        elif kind == 11:
            blocks.append("#" * choose.randint(1, 3) + " " + words(choose))
        else:
            blocks.append(words(choose) + choose.choice(["", "\n" + words(choose)]))
    return "\n\n".join(blocks)


def sources() -> st.SearchStrategy[MarkdownSource]:
    def made(seed: int, front: str, end: str, line_end: str) -> MarkdownSource:
        return parse((front + tree(random.Random(seed)) + end).replace("\n", line_end))

    fronts = st.sampled_from(["", "", "---\ntitle: x\n---\n", "+++\ntitle = 1\n+++\n\n"])
    return st.builds(
        made, st.integers(0, 1 << 30), fronts, st.sampled_from(["", "\n", "\n\n"]), st.sampled_from(["\n", "\r\n"])
    )


@given(sources(), st.data())
def test_what_stays_reads_as_before(source: MarkdownSource, data: st.DataObject) -> None:
    able = [block for block in source.paragraphs if block.removable]
    removed = [block for block in able if data.draw(st.booleans())]
    cuts = cuts_of(source, removed)
    if cuts is None:  # then nothing is removed; the next test counts how often that is
        return
    remaining = without(source.text, cuts)
    characters = iter(source.text)
    assert all(character in characters for character in remaining)
    assert [block.text for block in parse(remaining).paragraphs] == [
        block.text for block in source.paragraphs if block not in removed
    ]
    if not removed:
        assert remaining == source.text


def test_few_cuts_are_refused() -> None:
    refused = tried = 0
    for seed in range(300):
        choose = random.Random(seed)
        source = parse(tree(choose))
        able = [block for block in source.paragraphs if block.removable]
        if able:
            tried += 1
            refused += cuts_of(source, [choose.choice(able)]) is None
    assert tried > 250
    assert refused <= 0.02 * tried


@given(sources())
def test_without_cuts_the_bytes_are_the_source(source: MarkdownSource) -> None:
    raw = source.text.encode()
    (record,) = read(BytesIO(raw), "x.md", ReadOptions())
    assert record.without_repeats([Report(record.documents[0])]) == raw


def test_paragraphs_know_their_position_and_role() -> None:
    text = (
        "---\ntitle: A\n---\n# Head *line*\n\nOne\ntwo\n\n- item\n  > quote\n\n```\ncode\n```\n\n|a|\n|-|\n|b|\n\n"
        "<br>\n\n[^1]: A note.\n\n{{ tag }}\n\n![alt](a.png)\n\n[x](y)\n"
    )
    paragraphs = parse(text).paragraphs
    assert [(block.text, block.role, block.first + 1) for block in paragraphs] == [
        ("--- title: A ---", "matter", 1),
        ("A", "kept", 2),
        ("Head line", "heading", 4),
        ("One two", "", 6),
        ("item", "item", 9),
        ("quote", "quote", 10),
        ("code", "code", 12),
        ("a", "cell", 16),
        ("b", "cell", 18),
        ("<br>", "matter", 20),
        ("[^1]: A note.", "matter", 22),
        ("{{ tag }}", "matter", 24),
        ("alt a.png", "", 26),
        ("x y", "", 28),
    ]
    assert text[paragraphs[2].start :].startswith("# Head")
    assert text[paragraphs[5].start :].startswith("quote")


CUTS = [
    ("A.\n\nB.\n\nC.\n", "B.", "A.\n\nC.\n"),
    ("A\nlong.\n\nB.", "A long.", "B."),
    ("- a\n- b\n- c\n", "b", "- a\n- c\n"),
    ("A.\n\n- b\n\nC.\n", "b", "A.\n\nC.\n"),
    ("A.\n\n> b\n\nC.\n", "b", "A.\n\nC.\n"),
    ("> a\n>\n> b\n\nC.\n", "b", "> a\n\nC.\n"),
    ("> a\n>\n> b\n>\n> c\n", "b", "> a\n>\n> c\n"),
    ("- a\n\n  b\n- c\n", "a", "- b\n- c\n"),
    ("- a\n  - b\n  - c\n", "a", "- - b\n  - c\n"),
    ("A.\n\n---\n\nB.\n\n---\n\nC.\n", "B.", "A.\n\n---\n\nC.\n"),
    ("A.\n\n---\n\nB.\n", "B.", "A.\n"),
    ("Set\n===\n\nA.\n", "Set", "A.\n"),
    ("A.\r\n\r\nB.\r\n", "B.", "A.\r\n"),
    ("A\n# B\nC\n", "B", None),  # without the heading A and C would be one paragraph
    ("- a\n\nB.\n\n    code\n", "B.", None),  # the code would belong to the item
]


@pytest.mark.parametrize(("text", "removed", "remaining"), CUTS)
def test_a_cut_leaves_no_debris(text: str, removed: str, remaining: str | None) -> None:
    source = parse(text)
    cuts = cuts_of(source, [block for block in source.paragraphs if block.text == removed])
    assert (None if cuts is None else without(text, cuts)) == remaining


@pytest.mark.parametrize(
    "block",
    [
        f"```\n{SAID}\n```",
        f"    {SAID}",
        f"| {SAID} |\n|---|\n| {SAID} |",
        f"<div>{SAID}</div>",
        f"[^1]: {SAID}",
        f"{{{{ {SAID} }}}}",
    ],
)
def test_what_is_no_prose_is_never_removed_and_no_original(block: str) -> None:
    for text in (f"{block}\n\nA.\n\n{block}\n", f"{block}\n\n{SAID}\n", f"{SAID}\n\n{block}\n"):
        (record,) = read(BytesIO(text.encode()), "x.md", ReadOptions())
        (document,) = record.documents
        for level in ("default", "aggressive"):
            assert not dedupe.Deduper(dedupe.Options(level=level)).check(document).changed


@pytest.mark.parametrize("target", ["(night-ferry-timetable)=", "(Night ferry: timetable)="])
def test_a_heading_is_no_duplicate_of_the_target_above_it(target: str) -> None:
    text = f"{target}\n\n# Night ferry timetable\n\n{SAID}\n".encode()
    assert cleaned(text) == text


def test_what_cannot_be_cut_is_flagged_in_check_and_stays_in_clean(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text(f"{SAID}\n\n- a\n\n{SAID}\n\n    code\n")
    found = run("check", path, "--output-format", "concise")
    assert found.returncode == 0
    assert b"x.md:5: flag exact" in found.stdout
    assert b"would read differently, so it stays" in found.stdout
    assert run("clean", path).stdout == path.read_bytes()


def test_links_alone_are_told_apart_by_where_they_lead() -> None:
    text = "# One\n\n[Download](a.zip)\n\n# Two\n\n[Download](b.zip)\n\n![](a.png)\n\n![](b.png)\n"
    (record,) = read(BytesIO(text.encode()), "x.md", ReadOptions())
    assert not dedupe.check(record.documents[0]).changed


def test_nesting_without_end_is_read() -> None:
    for text in (">" * 5_000 + " a\n", "- " * 5_000 + "a\n", "[" * 5_000 + "\n", "*a " * 20_000):
        assert parse(text).text == text


def cleaned(data: bytes) -> bytes:
    (record,) = read(BytesIO(data), "x.md", ReadOptions())
    return record.without_repeats([dedupe.check(record.documents[0])])


@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: Night ferry: back after years\ndate: 2024-05-01\n---\n",
        '---\ndate: 2024-05-01\ntitle: "Night ferry: back after years"\n---\n',
        "---\r\ntitle: 'Night ferry: back after years'  \r\n---\r\n",
        "---\ntitle: Night ferry: back after years # as printed\n---\n",
        '+++\ntitle = "Night ferry: back after years"\n+++\n',
    ],
)
def test_the_first_heading_is_a_duplicate_of_the_title_in_front_matter(front: str) -> None:
    heading = "\n# Night Ferry: back after years\n\n"
    rest = f"{SAID}\n\n## Ships\n\nThe ship carried lorries between two ports that have since silted up.\n"
    assert cleaned((front + heading + rest).encode()) == (front + "\n" + rest).encode()


@pytest.mark.parametrize(
    "title", ["Another", ">", "|\n  Night ferry", "[Night ferry]", "{a: b}", "", "*ferry", '"Night\n  ferry"']
)
def test_a_title_that_says_something_else_or_no_text_changes_nothing(title: str) -> None:
    text = f"---\ntitle: {title}\n---\n\n# Night ferry\n\nThe night ferry to Sandholm sailed again on Friday.\n"
    assert cleaned(text.encode()) == text.encode()
