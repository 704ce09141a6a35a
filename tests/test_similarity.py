"""Words are aligned in order, and soon, whatever they are."""

import random

from hypothesis import given
from hypothesis import strategies as st

from dedupe.similarity import align

few_words = st.text("abc ", max_size=40).map(str.split)


@given(few_words, few_words)
def test_aligned_words_are_equal_and_in_order(one: list[str], other: list[str]) -> None:
    ends = (0, 0)
    for a, b, size in align(one, other):
        assert one[a : a + size] == other[b : b + size]
        assert size > 0
        assert a >= ends[0]
        assert b >= ends[1]
        ends = (a + size, b + size)


def test_common_ends_are_aligned_first() -> None:
    assert align("a b c d".split(), "a b x c d".split()) == [(0, 0, 2), (2, 3, 2)]


def test_long_paragraphs_are_aligned_but_for_what_is_new() -> None:
    one = [f"w{number % 997}" for number in range(100_000)]
    other = [*one[:30_000], "new", *one[30_000:60_000], *one[60_003:]]
    assert sum(size for _, _, size in align(one, other)) == 99_997


def test_one_word_a_hundred_thousand_times_is_aligned_only_at_the_ends() -> None:
    one = ["ha"] * 30_000 + ["oh"] + ["ha"] * 70_000
    other = ["ha"] * 40_000 + ["ah"] + ["ha"] * 59_000
    assert align(one, other) == [(0, 0, 30_000), (41_001, 40_001, 59_000)]


def test_shuffled_phrases_of_a_long_paragraph_are_aligned_in_part() -> None:
    source = random.Random(1)
    phrases = [[f"w{source.randrange(100_000)}" for _ in range(10)] for _ in range(10_000)]
    one = [word for phrase in phrases for word in phrase]
    source.shuffle(phrases)
    other = [word for phrase in phrases for word in phrase]
    assert 0 < sum(size for _, _, size in align(one, other)) < 100_000
