"""The features are what their slow twins say."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedupe.judge._matched import Matched, find_matches
from dedupe.judge.candidates import Candidates, find_candidates
from dedupe.judge.features import GROUPS, MEANINGS, CandidateChunk, compute
from dedupe.judge.features._overlaps import stand_in
from dedupe.judge.texts import Texts
from dedupe.matching.match import NO_MATCHES
from dedupe.model import Role
from dedupe.options import Options
from dedupe.text.paragraphs import split
from dedupe.text.tokens import words
from dedupe.text.words import read as read_words
from tests import slow_features
from tests.cases import cases
from tests.slow_texts import Near, Text
from tests.texts import nasty, scripts

WRITTEN = Path(__file__).parent.parent.parent / "fixtures/labels/written.jsonl"


def read(texts: Sequence[str], roles: Sequence[Sequence[Role]] = ()) -> tuple[CandidateChunk, list[int]]:
    """Return the arrays of texts, and the numbers of those in which something repeats."""
    matched = next(find_matches(dict(enumerate(texts)), Options()))[0] or Matched(
        [], read_words([]), NO_MATCHES, np.zeros(0, bool)
    )
    sources = [(split(texts[at]).filled, roles[at]) for at in matched.numbers] if roles else None
    found = Texts(matched.words, sources)
    return CandidateChunk(found, find_candidates(found, matched.matches)), matched.numbers


def slow(text: str, roles: Sequence[Role] = ()) -> Text:
    """Return the twin of a text, which takes from the matches only what is near."""
    matched = next(find_matches({0: text}, Options()))[0]
    matches = matched.matches if matched else NO_MATCHES
    columns = (matches.earlier, matches.later, matches.jaccard, *matches.containments)
    near = [Near(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]
    return Text(text, near, roles)


def candidates_of(found: Candidates, texts: Texts, number: int) -> list[tuple[int, int, float, float]]:
    first, last = texts.documents[number : number + 2]
    chosen = (first <= found.duplicate) & (found.duplicate < last)
    sides = found.duplicate[chosen] - first, found.original[chosen] - first
    columns = (*sides, found.jaccard[chosen], found.containment[chosen])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def agree(texts: Sequence[str], roles: Sequence[Sequence[Role]] = ()) -> None:
    """Assert that the arrays of texts read together hold what the twins say of each text by itself."""
    chunk, numbers = read(texts, roles)
    if not len(chunk.candidates):
        return
    table = compute(chunk)
    assert table.dtype == np.float32
    assert np.isfinite(table).all()
    start = 0
    for at, number in enumerate(numbers):
        twin = slow(texts[number], roles[number] if roles else ())
        pairs = [(one.duplicate, one.original, one.jaccard, one.containment) for one in twin.pairs]
        assert pairs == candidates_of(chunk.candidates, chunk.texts, at)
        rows = table[start : start + len(pairs)]
        start += len(pairs)
        for column, name in enumerate(MEANINGS):
            expected = np.array([slow_features.value(name, twin, pair) for pair in twin.pairs], np.float32)
            assert rows[:, column].tolist() == expected.tolist(), name
    assert start == len(table)


PARTS = (
    "Name: Ines Varga",
    "Opens at 10:30, see https://example.org: all week",
    "- two eggs and a spoon of salt",
    "• two eggs and a spoon of salt",
    "1. Two eggs and a spoon of salt",
    "b) Two eggs and a spoon of salt",
    "    if found == 3: return {'salt': [1, 2]};",
    "\tif found == 3: return {'salt': [1, 2]};",
    "\u3000\u3000「橋の色はまだ決まっていない」と議長は言った。",
    "橋の色はまだ決まっていないと議長は言った。",
    "위원회는 화요일에 만났지만 다리의 색을 정하지 못했다.",
    "위원회는 월요일에 만났지만 다리의 색을 정하지 못했다.",
    "# Salt", "| salt | 3 |", "* * *", "...", "Salt", "Salt!", "(Photo: @ines @varga @salt @eggs)",
    "Who took the salt?”", "“Who took the salt?” )", "Ines took the salt. * _ \" ' ) ]", "Take ½ a spoon of salt.",
    "Quelqu’un a pris le sel à la cafe\u0301te\u0301ria: qui donc?", "ǅungla ﬁve ﬂies, ĳs",
    "Ines Varga wrote to the paper that the salt which had been promised for Tuesday was still not there on Friday, "
    "and that nobody at the counter had been able to tell her when, if ever, she might come and fetch it.",
    "Ines Varga wrote to the paper that the salt which had been promised for Tuesday was still not there on Sunday",
    "Fetch it where you like, said the man behind the counter, for there is none here and there will not be any soon.",
)  # fmt: skip

WRAPPED = (
    "The salt that had been promised for Tuesday was still not\n"
    "there on Friday, and nobody behind the counter was able to\n"
    "say when, if ever, it would come, so Ines went home without\n"
    "any and wrote a letter to the paper, which was printed with\n"
    "the wrong name under it on the page for cooks and gardeners\n"
    "and gave rise to a number of answers in the week that came."
)


@st.composite
def formed(draw: st.DrawFn) -> str:
    """Return a text of lists, labels, code, figures and running text in several scripts, of which much repeats."""
    pool = draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=6))
    paragraphs = draw(st.lists(st.sampled_from(pool), max_size=16))
    for at in draw(st.lists(st.integers(0, len(paragraphs)), max_size=2)):
        paragraphs[at:at] = paragraphs[: draw(st.integers(0, len(paragraphs)))]
    return draw(st.sampled_from(["\n", "\n\n", "\r\n"])).join(paragraphs)


@st.composite
def wrapped(draw: st.DrawFn) -> str:
    """Return a text of lines broken by hand, of which some are edited."""
    paragraphs = draw(
        st.lists(st.sampled_from([WRAPPED, WRAPPED.replace("Ines", "Vera"), "Salt", "* * *"]), max_size=6)
    )
    return draw(st.sampled_from(["\n\n", "\r\n\r\n"])).join(paragraphs)


@st.composite
def repeated(draw: st.DrawFn) -> str:
    """Return odd characters, several times over."""
    return "\n".join(draw(st.lists(st.sampled_from(draw(st.lists(scripts(), min_size=1, max_size=4))), max_size=8)))


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([50, 500, 1 << 60]), st.integers(0, 1 << 30))
def test_keys_are_found_among_others(keys: int, others: int, below: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    wanted_keys, other_keys = (chance.integers(0, below, count).astype(np.uint64) for count in (keys, others))
    wanted_keys[::2] = chance.permutation(np.concatenate([other_keys, wanted_keys]))[: len(wanted_keys[::2])]
    present = set(other_keys.tolist())
    assert stand_in(wanted_keys, other_keys).tolist() == [key in present for key in wanted_keys.tolist()]


@settings(max_examples=150)
@example(["Who took it?\n\nSalt and eggs\n\nSalt and eggs", "Salt and eggs\n\nSalt and eggs\n\nWho took it?"])
@example(["Salt\n\nEggs and salt\n\n* * *\n\nSalt"])
@given(st.lists(nasty() | formed() | formed() | wrapped() | repeated(), min_size=1, max_size=3))
@pytest.mark.slow
def test_features_are_what_their_twins_say(texts: list[str]) -> None:
    agree(texts)


@given(st.data(), st.lists(st.sampled_from(PARTS), min_size=2, max_size=12))
def test_an_item_of_the_source_is_an_item(data: st.DataObject, paragraphs: list[str]) -> None:
    roles = data.draw(st.lists(st.sampled_from(get_args(Role)), min_size=len(paragraphs), max_size=len(paragraphs)))
    agree(["\n\n".join(paragraphs)], [roles])


@pytest.mark.slow
def test_features_of_labelled_cases_are_what_their_twins_say() -> None:
    agree([case.text for case in cases()])


def test_features_of_whole_articles_are_what_their_twins_say() -> None:
    lines = WRITTEN.read_text("utf-8").splitlines()
    agree([json.loads(line)["text"] for line in lines[:: len(lines) // 60]])


def test_a_text_written_in_other_code_points_has_the_same_features() -> None:
    for case in cases():
        composed, apart = (compute(read([normalize(form, case.text)])[0]) for form in ("NFC", "NFD"))
        assert composed.tolist() == apart.tolist(), case.name


@given(nasty() | formed() | wrapped() | repeated())
def test_words_of_the_twin_are_words(text: str) -> None:
    paragraphs = (text[paragraph.start : paragraph.stop] for paragraph in split(text))
    found = [paragraph.normalized for paragraph in Text(text, []).paragraphs]
    assert list(filter(None, found)) == list(filter(None, map(words, paragraphs)))


RANGE = re.compile(r", (a count|a ratio|tenths of a letter|(-?\d+) (to|or) (\d+))(; of the (duplicate|original))?$")


@pytest.mark.parametrize("name", MEANINGS)
def test_every_feature_has_a_twin_and_a_unit(name: str) -> None:
    assert slow_features.has_twin(name)
    assert RANGE.search(MEANINGS[name]), MEANINGS[name]


def test_no_feature_leaves_its_range() -> None:
    chunk, _ = read([case.text for case in cases()])
    table = compute(chunk)
    for column, (name, meaning) in zip(table.T, MEANINGS.items(), strict=True):
        found = RANGE.search(meaning)
        assert found
        least, most = float(found[2] or 0), float(found[4] or "inf")
        assert least <= column.min() <= column.max() <= most, name
        if found[1] == "a count" or found[3] == "or":
            assert (column == np.floor(column)).all(), name


def test_names_of_features_are_unique() -> None:
    names = [name for group in GROUPS for name in group.FEATURES]
    assert len(set(names)) == len(names) == len(MEANINGS)
