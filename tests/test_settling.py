"""What is left out to save work would have changed nothing."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe.deduper import Deduper
from dedupe.judgement import Evidence, Policy, is_beneath_notice, judge
from dedupe.judgement.rows import Row, Rows
from dedupe.model import Document, Match
from dedupe.paragraphs import split
from dedupe.settling import Found
from dedupe.words import words
from tests.cases import cases
from tests.texts import nasty


class MatchingAgain(Deduper):
    """A twin that matches anew what each round leaves, instead of taking over the matches of the round before."""

    def _found(self, texts: object) -> dict[int, Found]:
        return {number: replace(one, bounded=True) for number, one in super()._found(texts).items()}  # type: ignore[arg-type]


def told(deduper: Deduper, text: str) -> tuple[object, str]:
    report = deduper.check(text)
    return report.to_dict(), report.text


@given(nasty())
def test_matches_taken_over_from_a_round_are_those_of_the_text_that_is_left(text: str) -> None:
    assert told(Deduper(), text) == told(MatchingAgain(), text)


def test_the_same_for_every_labelled_case() -> None:
    for case in cases():
        assert told(Deduper(), case.text) == told(MatchingAgain(), case.text)


@given(nasty())
def test_rows_made_on_first_use_are_those_made_one_by_one(text: str) -> None:
    rows = Rows(text, split(text))
    alone = [
        Row(piece, number) for number, row in enumerate(split(text)) if (piece := text[row.start : row.stop].strip())
    ]
    assert [(row.text, row.number, row.words, row.size) for row in rows] == [
        (row.text, row.number, row.words, row.size) for row in alone
    ]


@given(nasty(), st.sampled_from(["conservative", "default", "aggressive"]), st.data())
def test_no_rule_speaks_of_a_match_beneath_notice(text: str, level: str, data: st.DataObject) -> None:
    rows = Rows(text, split(text))
    if len(rows) < 2:
        return
    left, right = sorted(data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=2, max_size=2)))
    mine, theirs = rows[left].words, rows[right].words
    if mine == theirs or not is_beneath_notice(rows[left].text, rows[right].text):
        return
    evidence = Evidence(rows)
    evidence.add_match(Match(rows[left].number, rows[right].number, 0.49, 0.9, 0.9))
    assert not list(judge(evidence, Policy(level)))  # type: ignore[arg-type]


def test_a_text_of_variants_is_said_to_be_bounded() -> None:
    rows = [f"The committee met again and could not agree on the colour of bridge number {n}." for n in range(100)]
    report = dedupe.check(Document("\n".join(rows)))
    assert report.bounded
    assert not report.changed
    assert words(report.text) == words("\n".join(rows))
    assert not dedupe.check("\n".join(rows[:5])).bounded
