"""Tests of canonical words."""

import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.text.character_table import CharacterTable
from dedupe.text.tokens import COMPLEX, DROPPED, HAN_NUMERALS, character_classes, is_number, simplify, words
from tests import twins
from tests.texts import nasty, scripts


@given(
    st.one_of(st.text(), st.text(st.characters(codec="utf-16", categories=["L", "M", "N", "P", "Cf", "Cs"])), nasty())
)
def test_words_are_those_of_the_slow_twin(text: str) -> None:
    assert words(text) == twins.words(text)


@pytest.mark.slow
def test_every_character_is_folded_as_the_slow_twin_folds_it() -> None:
    pages = ("\n".join(map(chr, range(page, page + 256))) for page in range(0, sys.maxunicode + 1, 256))
    assert [page[0] for page in pages if words(page) != twins.words(page)] == []


def test_what_looks_the_same_is_the_same() -> None:
    assert words("“Don’t” – CAFÉ") == words('"Don\'t" - cafe\u0301')
    assert words("soft\u00adhyphen zero\u200bwidth") == words("softhyphen zerowidth")
    assert words("مُحَمَّد") == words("محمد")
    assert words("ﬁve　Ａ１") == words("five a1")


def test_digits_are_never_folded_into_each_other() -> None:
    assert len({tuple(words(str(number))) for number in range(200)}) == 200


def test_numerals_are_the_same_on_every_python() -> None:
    letters = {c for c in map(chr, range(sys.maxunicode + 1)) if is_number(c) and unicodedata.category(c)[0] != "N"}
    assert letters == HAN_NUMERALS
    assert all(map(str.isnumeric, letters))
    assert list(map(is_number, "七ⅧA7½京两")) == [True, True, False, True, True, False, False]


def test_scripts_without_spaces_give_a_word_a_character() -> None:
    assert words("東京タワー2024年 ไทย") == ["東", "京", "タ", "ワ", "ー", "2024", "年", "ไ", "ท", "ย"]


@given(nasty())
def test_simplifying_keeps_the_line_ends(text: str) -> None:
    assert [c for c in simplify(text) if c in "\r\n"] == [c for c in text if c in "\r\n"]


def test_simplifying_changes_no_character_outside_words() -> None:
    assert simplify("“½ cup.” – Cafe\u0301! * * *\n• 3 < 4…") == "“1⁄2 cup.” – Café! * * *\n• 3 < 4…"


def test_the_twin_knows_this_python_s_unicode() -> None:
    assert unicodedata.unidata_version >= "13"


def test_every_mark_that_composes_has_the_class_of_one() -> None:
    """Where NFC writes a pair as one character, the class of its second half must make a text be simplified."""
    for code in range(sys.maxunicode + 1):
        pair = unicodedata.decomposition(chr(code)).split()
        if len(pair) == 2 and not pair[0].startswith("<"):
            first, second = (chr(int(half, 16)) for half in pair)
            if unicodedata.normalize("NFC", first + second) == chr(code) and unicodedata.category(second)[0] in "LMN":
                assert character_classes(np.array([ord(second)], np.uint32))[0] & (COMPLEX | DROPPED), (
                    f"U+{ord(second):04X}"
                )


@given(st.text(st.sampled_from("aกุ่ำิ éeé̖́ः़्क½…\u200d\n№≮"), max_size=80))
def test_marks_in_any_order_give_the_words_of_the_slow_twin(text: str) -> None:
    assert words(text) == twins.words(text)


@given(scripts())
def test_words_of_every_script_are_those_of_the_slow_twin(text: str) -> None:
    assert words(text) == twins.words(text)


def test_letters_of_half_width_and_letters_apart_make_the_words_of_whole_ones() -> None:
    assert words("ｶﾞｷﾞ ㅎㅏ ﾡￂ") == words("ガギ 하 가") == ["ガ", "ギ", "하", "가"]


def test_one_character_for_two_gives_the_words_of_the_two() -> None:
    assert words("น้ำ ເຂົ້າໃຈຳ ﬁne Ⅷ ⑩ ﻻ") == words("น้ํา ເຂົ້າໃຈໍາ fine VIII 10 لا")


def test_texts_whose_marks_are_in_order_are_returned_as_they_are() -> None:
    for text in (
        "ประชุมกันในวันอังคาร รู้จักกันดี น้ำ",
        "समिति की बैठक मंगलवार को हुई, लड़का पढ़ता",
        "বাংলা ভাষা",
        "தமிழ் நாடு",
        "Ελλάδα, Москва",
    ):
        assert simplify(text) is text


def test_a_character_for_two_behind_as_many_marks_as_are_kept_is_written_out() -> None:
    for count in (29, 30, 31):
        text = "ก" + "\u0e48" * count + "ำ" + "\u0e48" * count
        assert words(text) == twins.words(text)


def test_a_table_of_characters_fills_a_page_once_and_in_all_columns() -> None:
    described: list[str] = []

    def describe(character: str) -> tuple[int, int]:
        described.append(character)
        return 2 * character.isupper(), ord(character.lower()[0])

    table = CharacterTable(describe, 1, np.uint8, np.uint32)
    codes = np.array([ord(character) for character in "AaБ\u0431A"], np.uint32)
    assert table.classes(codes).tolist() == [3, 1, 3, 1, 3]
    assert table.columns[1][codes].tolist() == [97, 97, 0x431, 0x431, 97]
    assert table.classes(codes[:0]).tolist() == []
    assert table.classes(np.array([0x10FFFF])).tolist() == [1]
    assert len(described) == len(set(described)) == 3 * 256
