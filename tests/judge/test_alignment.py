"""Words are aligned in order, and soon, whatever they are."""

import random

from hypothesis import given
from hypothesis import strategies as st

from dedupe.judge.alignment import aligned

few_words = st.text("abc ", max_size=40).map(str.split)


@given(few_words, few_words)
def test_aligned_words_are_equal_and_in_order(one: list[str], other: list[str]) -> None:
    ends = (0, 0)
    for a, b, size in aligned(one, other):
        assert one[a : a + size] == other[b : b + size]
        assert size > 0
        assert a >= ends[0]
        assert b >= ends[1]
        ends = (a + size, b + size)
    if one and f" {' '.join(one)} " in f" {' '.join(other)} ":
        assert [size for _, _, size in aligned(one, other)] == [len(one)]


def test_runs_of_three_words_count_and_shorter_ones_beside_them() -> None:
    assert aligned("a b c d e".split(), "a b c x d e".split()) == [(0, 0, 3), (3, 4, 2)]
    assert aligned("a b c d e".split(), "a b c x y z d e".split()) == [(0, 0, 3)]


def test_words_are_aligned_beside_the_longest_run() -> None:
    assert aligned("the end of the year".split(), "the dog who saw end of the year".split()) == [(1, 4, 4)]
    assert aligned("so the cat sat down".split(), "the so x y z the cat sat here".split()) == [(1, 5, 3)]


def test_long_paragraphs_are_aligned_but_for_what_is_new() -> None:
    one = [f"w{number % 997}" for number in range(100_000)]
    other = [*one[:30_000], "new", *one[30_000:60_000], *one[60_003:]]
    assert sum(size for _, _, size in aligned(one, other)) == 99_997


def test_one_word_a_hundred_thousand_times_is_aligned_in_blocks() -> None:
    one = ["ha"] * 30_000 + ["oh"] + ["ha"] * 70_000
    other = ["ha"] * 40_000 + ["ah"] + ["ha"] * 59_000
    runs = aligned(one, other)
    assert (runs[0], runs[-1]) == ((0, 0, 30_000), (41_001, 40_001, 59_000))
    assert sum(size for _, _, size in runs) == 98_999


def test_shuffled_phrases_of_a_long_paragraph_are_aligned_in_part() -> None:
    source = random.Random(1)
    phrases = [[f"w{source.randrange(100_000)}" for _ in range(10)] for _ in range(10_000)]
    one = [word for phrase in phrases for word in phrase]
    source.shuffle(phrases)
    other = [word for phrase in phrases for word in phrase]
    assert 0 < sum(size for _, _, size in aligned(one, other)) < 100_000


def test_long_paragraphs_are_held_together_by_what_stands_once_in_each() -> None:
    chance = random.Random(5)
    one = [str(chance.randrange(3000)) for _ in range(100_000)]
    other = [*one[:30_000], *(["new"] * 50), *one[30_500:70_000], "more", *one[70_000:]]
    other[0] = other[-1] = "end"
    assert sum(size for _, _, size in aligned(one, other)) == 100_000 - 500 - 2


def test_words_scattered_through_another_text_do_not_stand_there() -> None:
    mine = "it was the end of a day in the year that we had left".split()
    other = [part for word in mine for part in (word, "fish", "and", "chips")]
    assert aligned(mine, other) == []
