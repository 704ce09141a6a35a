"""Texts of pages: running heads and feet are known by where they stand, and form feeds stay."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe.io.formats._paged import paged, without_removed
from dedupe.model import Report
from dedupe.text.paragraphs import split
from tests.cli.test_cli import SAID
from tests.commands import run

BODIES = [
    f"In {year} the {who} of the harbour built {count} boats, and sold them in the {town} before the winter came."
    for year, who, count, town in (
        (1921, "council", 12, "north"),
        (1934, "school", 7, "old port"),
        (1946, "owners", 31, "capital"),
        (1958, "painters", 5, "valley"),
        (1963, "widows", 44, "islands"),
        (1977, "students", 9, "south"),
    )
]
HEAD = "A History of the Harbour"


def pages(*furniture: str, bodies: list[str] = BODIES) -> str:
    """Return a text of pages; `furniture`: what stands above and below, with the number of the page for `#`."""
    above, below = (*furniture, "", "")[:2]
    found = []
    for number, body in enumerate(bodies, 1):
        parts = [part.replace("#", str(number)) for part in (above, body, below) if part]
        found.append("\n\n".join(parts) + "\n")
    return "\f".join(found)


def cleaned(tmp_path: Path, text: str, *more: str) -> str:
    path = tmp_path / "x.txt"
    path.write_bytes(text.encode())
    done = run("clean", path, *more)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


def roles(text: str) -> dict[str, list[str]]:
    """Return the roles of lines, by what they say."""
    made = paged(text, "x")
    assert made is not None
    document, _ = made
    assert document.layout is not None
    found: dict[str, list[str]] = {}
    for paragraph, role in zip(document.layout.paragraphs, document.layout.roles, strict=True):
        found.setdefault(text[paragraph.start : paragraph.stop].strip(), []).append(role)
    return found


@pytest.mark.parametrize("feed", ["\n\f", "\f"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_running_head_stays_once_and_the_form_feeds_stay(tmp_path: Path, feed: str, ends: str) -> None:
    text = pages(HEAD).replace("\f", feed).replace("\n", ends)
    remaining = cleaned(tmp_path, text)
    assert remaining.count(HEAD) == 1
    assert remaining.startswith(HEAD)
    assert remaining.count("\f") == text.count("\f") == 5
    assert [line for line in remaining.split() if line != HEAD] == [*HEAD.split(), *" ".join(BODIES).split()]
    assert cleaned(tmp_path, remaining) == remaining


def test_heads_of_two_lines_and_of_left_and_right_pages_are_known(tmp_path: Path) -> None:
    assert cleaned(tmp_path, pages(f"{HEAD}\nAldern Press")).count("Aldern Press") == 1
    assert cleaned(tmp_path, pages(f"{HEAD}\n\nAldern Press")).count("Aldern Press") == 1
    both = "\f".join(f"{'Aldern Press' if at % 2 else HEAD}\n\n{body}\n" for at, body in enumerate(BODIES))
    remaining = cleaned(tmp_path, both)
    assert (remaining.count(HEAD), remaining.count("Aldern Press")) == (1, 1)


def test_the_number_of_a_page_is_never_lost(tmp_path: Path) -> None:
    text = pages(f"{HEAD}    #", "- # -")
    assert cleaned(tmp_path, text) == text
    text = pages(HEAD, "#")
    remaining = cleaned(tmp_path, text)
    assert remaining.count(HEAD) == 1
    assert [line for line in remaining.split("\n") if line.isdigit()] == list("123456")
    assert roles(text)["4"] == ["fixed"]
    assert roles(pages(f"{HEAD}    #"))[f"{HEAD}    4"] == ["spoken"]


def test_a_head_that_is_also_a_heading_is_judged_at_once(tmp_path: Path) -> None:
    bodies = [*BODIES[:3], f"{HEAD}\n\n{BODIES[3]}", *BODIES[4:]]
    text = "\f".join(f"{HEAD}\n\n{body}\n" if at else f"{body}\n" for at, body in enumerate(bodies))
    remaining = cleaned(tmp_path, text)
    assert 1 <= remaining.count(HEAD) <= 2
    assert cleaned(tmp_path, remaining) == remaining  # the head that stays looks like text


@pytest.mark.parametrize(
    "text",
    [
        pages(HEAD, bodies=BODIES[:2]),  # two pages say nothing
        pages(bodies=[f"{SAID}\n{body}" for body in BODIES]),  # not apart from the text
        pages("", "Total    1#7 crowns"),  # a sum that counts nothing but itself
        pages("1#\n2#\n3#\n4#"),  # a table
    ],
)
def test_what_is_no_furniture_by_its_place_has_no_role(text: str) -> None:
    assert {role for found in roles(text).values() for role in found} == {""}


def test_repeats_are_found_across_pages_and_keep_their_lines(tmp_path: Path) -> None:
    bodies = [*BODIES, BODIES[1]]
    text = pages(HEAD, "#", bodies=bodies)
    assert cleaned(tmp_path, text).count(BODIES[1]) == 1
    path = tmp_path / "x.txt"
    shown = run("check", path, "--output-format", "concise").stdout.decode()
    number = text[: text.rindex(BODIES[1])].count("\n") + 1
    assert f"{path}:{number}: remove exact" in shown


def test_a_paragraph_does_not_cross_a_form_feed(tmp_path: Path) -> None:
    line = "the boats of the harbour went out before the winter came and nobody"
    wrapped = "\n".join(f"{word} {line}" for word in ("First", "Later", "Sadly", "Often", "Never", "Twice"))
    made = paged(f"{wrapped}\n\f{wrapped}\n", "x")
    assert made is not None
    assert len(split(made[0].text)) == 3
    assert made[0].layout is not None
    assert [(one.first_line, one.last_line) for one in made[0].layout.paragraphs] == [(1, 6), (7, 12)]
    remaining = cleaned(tmp_path, f"{wrapped}\n\f{wrapped}\n")
    assert remaining == f"{wrapped}\n\f"


def test_a_form_feed_inside_a_line_counts_no_line() -> None:
    made = paged("one\ftwo\n\fthree\r\nfour\f\n", "x")
    assert made is not None
    assert made[0].layout is not None
    assert [(one.first_line, one.column) for one in made[0].layout.paragraphs] == [(1, 1), (1, 5), (2, 0), (3, 0)]


def test_a_text_that_only_ends_in_a_form_feed_has_no_pages() -> None:
    assert paged("\fone\n\ntwo\n\f", "x") is None


def test_more_pages_than_fit_are_read_without_them() -> None:
    assert paged("a\f" * 1_000_000, "x") is None


LINES = st.sampled_from(["", HEAD, "7", "Part 2", *BODIES, " ", "a\tb"])
SEPARATORS = st.sampled_from(["\n", "\r\n", "\r", "\f", "\n\f", "\n\n\f\n"])


@given(st.lists(st.tuples(LINES, SEPARATORS), max_size=40))
def test_lines_of_pages_are_cut_whole(parts: list[tuple[str, str]]) -> None:
    text = "".join(line + separator for line, separator in parts)
    made = paged(text, "x")
    if made is None:
        return
    document, source = made
    assert "".join(text[line.start : line.end] for line in source.lines) == text
    assert document.layout is not None
    report = dedupe.Deduper().check(document)
    remaining = without_removed(source, report)
    assert remaining.count("\f") == text.count("\f")
    removed = {
        " ".join(text[one.start : one.stop].split())
        for one, row in zip(document.layout.paragraphs, split(document.text)[::2], strict=True)
        if any(cut.start <= row.start < cut.end for cut in report.cuts)
    }
    words = " ".join(document.text.split())
    assert all(one in words for one in removed)
    reparsed = paged(remaining, "x")
    if reparsed is not None and report.cuts:
        assert reparsed[0].text == Report(document, report.cuts).text


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("above", [HEAD, f"{HEAD}\n\nThe Second Part"])
def test_a_running_head_or_foot_goes_with_the_blank_line_that_set_it_apart(
    above: str, ends: str, tmp_path: Path
) -> None:
    text = pages(above).replace("\n", ends)
    assert cleaned(tmp_path, text) == f"{above}\n\n".replace("\n", ends) + f"{ends}\f".join(BODIES) + ends
    foot = pages("", HEAD).replace("\n", ends)
    first, *others = BODIES
    left = f"{first}{ends}{ends}{HEAD}{ends}\f" + f"{ends}\f".join(others) + ends
    assert cleaned(tmp_path, foot) == left
