"""Splitting into paragraphs."""

from hypothesis import given
from hypothesis import strategies as st

from dedupe.text.paragraphs import is_wrapped, lines, one_paragraph_a_line, split
from dedupe.text.tokens import words
from tests import twins
from tests.texts import nasty

WRAPPED = """\
It was a bright cold day in April, and the clocks of the town hall were all
striking thirteen, which nobody noticed except for the watchmaker, who had been
deaf for years and saw it from his window.

He put down his glass and wrote a letter to the council, asking whether the
thirteenth stroke was to be permanent, and if so, whether it would be charged
to the parish or to the clock.
"""

POEM = """\
The rain has come to stay with us,
it sits upon the stair,
it hangs its coat behind the door

and combs its silver hair.
The rain has come to stay with us,
and nobody asked it why,
"""


@given(st.one_of(nasty(), st.text(alphabet="a \r\n")))
def test_lines_joined_are_the_text_and_end_where_lines_end(text: str) -> None:
    found = lines(text)
    assert "".join(text[start:end] for start, _, end in found) == text
    assert [text[start:stop] for start, stop, _ in found] == twins.lines(text)


@given(nasty())
def test_rows_lose_no_character_and_keep_their_numbers(text: str) -> None:
    rows = split(text)
    assert "".join(text[row.start : row.end] for row in rows) == text
    assert [row.number for row in rows] == list(range(len(rows)))


def test_rows_of_a_wrapped_text_are_its_runs() -> None:
    assert is_wrapped(WRAPPED)
    rows = [row for row in split(WRAPPED) if WRAPPED[row.start : row.stop]]
    assert [(row.first_line, row.last_line) for row in rows] == [(1, 3), (5, 7)]


def test_a_poem_and_a_list_are_not_wrapped() -> None:
    assert not is_wrapped(POEM)
    assert not is_wrapped("\n".join(f"{number}. An item of the list, one of many" for number in range(20)))


@given(st.one_of(nasty(), st.sampled_from([WRAPPED, WRAPPED.replace("\n", "\r\n"), POEM])))
def test_the_text_for_the_kernels_has_a_line_for_each_row_with_its_words(text: str) -> None:
    prepared = one_paragraph_a_line(text).split("\n")
    assert [words(line) for line in prepared] == [words(text[row.start : row.stop]) for row in split(text)]
