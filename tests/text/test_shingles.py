"""Tests of the shingle hashes against their slow twin."""

from dataclasses import fields

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.text.letters import _fold_any_script, _fold_mostly_ascii
from dedupe.text.paragraphs import split
from dedupe.text.shingles import chosen, chosen_positions, shingles
from dedupe.text.tokens import WORD, character_classes, code_points, words
from dedupe.text.words import chosen_words, chunks, read
from tests import twins
from tests.texts import nasty, scripts


@given(st.lists(st.one_of(nasty(), scripts()), max_size=4))
def test_shingle_hashes_are_those_of_the_slow_twin(texts: list[str]) -> None:
    chunk = shingles(texts)
    paragraphs = [words(paragraph) for text in texts for paragraph in split(text).texts]
    found = [chunk.hashes[a:b].tolist() for a, b in zip(chunk.starts, chunk.starts[1:], strict=False)]
    if texts:
        assert found == [twins.shingle_hashes(paragraph) for paragraph in paragraphs]
        assert chunk.documents.tolist()[-1] == len(paragraphs)


def test_long_words_and_words_beyond_ascii_are_told_apart() -> None:
    different = (
        ["a" * n for n in (*range(1, 40), 255, 256, 257, 264, 1000)]
        + ["é" * n for n in (*range(1, 40), 300)]
        + ["aé", "éa", "abcdefghé", "abcdefgéh"]
    )
    chunk = shingles(["\n".join(different)])
    assert chunk.hashes.tolist() == [twins.shingle_hashes([word])[0] for word in different]
    assert len(set(chunk.hashes.tolist())) == len(different)


def test_short_paragraphs_do_not_collide_for_want_of_shingles() -> None:
    chunk = shingles(["no\nyes\nno no\nyes no\n\n...\n"])
    assert len(set(chunk.hashes.tolist())) == len(chunk.hashes) == 6


@given(st.lists(st.text(max_size=30), max_size=20), st.integers(1, 60))
def test_chunks_lose_no_text(texts: list[str], size: int) -> None:
    assert [text for chunk in chunks(texts, size) for text in chunk] == texts


def test_a_word_of_megabytes_and_a_letter_of_ten_thousand_marks_cost_little() -> None:
    word = "ab" * 3_000_000
    assert len(shingles([f"{word}\n{word}c\n{word}"]).hashes) == 3
    marked = "Z" + "\u0301\u0316" * 50_000
    assert words(marked) == words("Z" + "\u0301\u0316" * 15)


@st.composite
def chosen_texts(draw: st.DrawFn) -> list[tuple[list[str], list[int]]]:
    """Draw lists of texts, with the numbers of some of each, in order."""
    lists = draw(st.lists(st.lists(nasty(), min_size=1, max_size=4), min_size=1, max_size=3))
    return [(texts, sorted(draw(st.sets(st.integers(0, len(texts) - 1), min_size=1)))) for texts in lists]


@given(chosen_texts())
def test_chosen_documents_are_as_if_there_were_no_others(lists: list[tuple[list[str], list[int]]]) -> None:
    alone = [texts[number] for texts, numbers in lists for number in numbers]
    of_shingles = chosen([(shingles(texts), np.array(numbers)) for texts, numbers in lists]), shingles(alone)
    of_words = chosen_words([(read(texts), np.array(numbers)) for texts, numbers in lists]), read(alone)
    for some, expected in (of_shingles, of_words):
        for field in fields(some):
            assert getattr(some, field.name).tolist() == getattr(expected, field.name).tolist()


@given(chosen_texts(), st.integers(1, 5))
def test_positions_are_those_among_the_shingles_of_chosen_documents(
    lists: list[tuple[list[str], list[int]]], step: int
) -> None:
    parts = []
    expected = []
    before = 0
    for texts, numbers in lists:
        chunk = shingles(texts)
        positions = np.arange(0, len(chunk.hashes), step)
        parts.append((chunk, np.array(numbers), positions))
        for number in numbers:
            begin, end = chunk.starts[chunk.documents[number : number + 2]].tolist()
            expected += [before + position - begin for position in positions.tolist() if begin <= position < end]
            before += end - begin
    assert chosen_positions(parts).tolist() == expected


@given(nasty())
def test_both_ways_of_folding_give_the_same(text: str) -> None:
    """Texts of scripts other than Latin are looked up in the tables as a whole; here the text may be of any script."""
    codes = np.append(code_points(text), np.uint32(0x3A3))
    outside_ascii, everything = np.flatnonzero(codes > 127), np.arange(len(codes))
    results = []
    for fold, positions in ((_fold_mostly_ascii, outside_ascii), (_fold_any_script, everything)):
        normalized = np.full(len(codes) + 10, 32, np.uint8)
        np.copyto(normalized[1:-9], codes, casting="unsafe")
        classes = character_classes(codes[positions])
        word, folds = fold(codes, positions, classes, normalized)
        letters = (folds > 127) & ((classes & WORD) > 0)
        results.append((normalized[word].tolist(), word.tolist(), positions[letters].tolist(), folds[letters].tolist()))
    assert results[0] == results[1]


def test_wrapped_texts_and_odd_line_ends_are_found_in_a_chunk() -> None:
    line = "These words fill the line of a text that somebody has wrapped by hand some"
    texts = ["\n".join([line] * 8), "a\nb\nc\nd\ne\nf\n\n\ng", "one\r\ntwo\rthree", "", "\n\n\n", "z"]
    together = shingles(texts)
    counts = [len(split(text)) for text in texts]
    assert np.diff(together.documents).tolist() == counts
    assert counts[0] == 1
