"""Tests of splitting into paragraphs."""

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
def test_paragraphs_lose_no_character_and_keep_their_numbers(text: str) -> None:
    paragraphs = split(text)
    assert "".join(text[paragraph.start : paragraph.end] for paragraph in paragraphs) == text
    assert [paragraph.number for paragraph in paragraphs] == list(range(len(paragraphs)))


def test_paragraphs_of_a_wrapped_text_are_its_runs_of_lines() -> None:
    assert is_wrapped(WRAPPED)
    paragraphs = [paragraph for paragraph in split(WRAPPED) if WRAPPED[paragraph.start : paragraph.stop]]
    assert [(paragraph.first_line, paragraph.last_line) for paragraph in paragraphs] == [(1, 3), (5, 7)]


def test_a_poem_and_a_list_are_not_wrapped() -> None:
    assert not is_wrapped(POEM)
    assert not is_wrapped("\n".join(f"{number}. An item of the list, one of many" for number in range(20)))


@given(st.one_of(nasty(), st.sampled_from([WRAPPED, WRAPPED.replace("\n", "\r\n"), POEM])))
def test_the_text_for_the_kernels_has_a_line_with_the_words_of_each_paragraph(text: str) -> None:
    prepared = one_paragraph_a_line(text).split("\n")
    assert [words(line) for line in prepared] == [words(paragraph) for paragraph in split(text).texts]
