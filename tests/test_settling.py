"""What is left out to save work would have changed nothing."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe.deduper import Deduper
from dedupe.judgement import Evidence, Policy, are_beneath_notice, judge
from dedupe.judgement.rows import Row, rows_of
from dedupe.model import Document, Match, Role
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
def test_rows_folded_as_a_whole_are_those_folded_one_by_one(text: str) -> None:
    rows = rows_of(text, split(text))
    alone = [
        Row(piece, number) for number, row in enumerate(split(text)) if (piece := text[row.start : row.stop].strip())
    ]
    assert [(row.text, row.words, row.size) for row in rows] == [(row.text, row.words, row.size) for row in alone]
    assert [row.number for row in rows] == [
        next(first.number for first in alone if first.text == row.text) for row in alone
    ]


@given(nasty(), st.sampled_from(["conservative", "default", "aggressive"]), st.data())
def test_no_rule_speaks_of_matches_beneath_notice(text: str, level: str, data: st.DataObject) -> None:
    rows = rows_of(text, split(text))
    if len(rows) < 2:
        return
    place = st.integers(0, len(rows) - 1)
    pairs = sorted(tuple(sorted(pair)) for pair in data.draw(st.sets(st.frozensets(place, min_size=2, max_size=2))))
    pairs = [(left, right) for left, right in pairs if rows[left].words != rows[right].words]
    if not are_beneath_notice((rows[left], rows[right]) for left, right in pairs):
        return
    for row in rows:
        row.role = data.draw(st.sampled_from(get_args(Role)))
    numbers = split(text).filled
    evidence = Evidence(rows, numbers)
    for left, right in pairs:
        evidence.add_match(Match(numbers[left], numbers[right], 0.49, 0.9, 0.9))
    assert not list(judge(evidence, Policy(level)))  # type: ignore[arg-type]


def told_of_what_goes(report: dedupe.Report) -> list[object]:
    gone = {finding.span for finding in report.findings if finding.action == "remove"}
    return [one for one in report.findings if one.action == "flag" and (one.span in gone or one.original.span in gone)]


@given(nasty())
def test_no_flag_says_that_a_row_stays_which_goes(text: str) -> None:
    assert not told_of_what_goes(dedupe.check(text))


def test_nothing_is_flagged_beside_a_row_that_was_the_only_other_one_and_went() -> None:
    said = "The mayor opens the new bridge over the river on a rainy Tuesday in Springfield, in front of a crowd."
    report = dedupe.check(f"{said}\n\n{said} Photo: Reuters\n\nNobody else came.\n")
    assert [(one.action, one.lines) for one in report.findings] == [("remove", (1, 1))]


def test_a_headline_with_a_label_in_front_is_seen_though_less_than_half_is_alike() -> None:
    headline = "Bridge remains without colour as ever"
    report = dedupe.check(f"{headline}\n\nWATCH THE NEW FILM HERE NOW: {headline}\n\nNobody else came.\n")
    assert [(one.action, one.rule) for one in report.findings] == [("flag", "repeated-headline")]
    assert report.findings[0].jaccard < 0.5


def test_a_text_of_variants_is_said_to_be_bounded() -> None:
    rows = [f"The committee met again and could not agree on the colour of bridge number {n}." for n in range(100)]
    report = dedupe.check(Document("\n".join(rows)))
    assert report.bounded
    assert not report.changed
    assert words(report.text) == words("\n".join(rows))
    assert not dedupe.check("\n".join(rows[:5])).bounded


def test_a_run_whose_original_reaches_into_its_copy_is_judged() -> None:
    met = "The committee met on Tuesday and could not agree on the colour of the new bridge"
    wrote = "the first time that nobody came, and it would not be the last, the chairman wrote in a letter. " + met
    rows = [met, "no", "7 7 the", "half", f"no {met}", met, "the"]
    rows += [f"It was not {wrote} across the river.", "the a", f"{wrote} across the river."]
    assert not dedupe.check("\n".join([*rows, rows[7]])).problem


def test_a_signed_post_stays_where_who_names_its_author_goes_by_a_later_rule() -> None:
    named = (
        "A singer called Tuva Ekelund lives beside the line, and for many years now she has slept in every single one"
    )
    named += " of its eleven blue cars at least once, in summer and in winter."
    said = "The beds are short, the coffee is weak, and I would not miss it for anything in the world"
    other = [
        "For the first time in nineteen years a sleeping car will leave Varnby for the coast, the ministry confirmed.",
        "Tickets go on sale on Monday. A berth costs as much as a night in a modest hotel, without the breakfast.",
        "The line was closed when the last two sleeping cars were sold to a circus that had no elephants left.",
        "Nobody at the ministry could say who would wash the sheets, or whether the piano had been tuned.",
        "The cars themselves were found in a shed near the old ferry, under a tarpaulin and years of swallows.",
    ]
    post = f"{said}. — Tuva Ekelund (@tuvaek) March 2, 2022"
    quoted = f'Reactions were quick. "{said}."'
    alone = [named, *other, quoted, post, other[0].replace("first", "last")]
    assert post in dedupe.clean("\n\n".join(alone))  # nobody beside it says who it was
    beside = [*other, quoted, post, named]
    assert post not in dedupe.clean("\n\n".join(beside))
    again = [named, *other, quoted, post, named.replace("single ", "")]
    report = dedupe.check("\n\n".join(again))
    assert report.problem == ""
    assert post in report.text


TITLES = """Ferry Sold To Rival Line
Council Paints The Old Bridge
Bakers Move Into The Station
Glacier Path Opens Again
Potter Wins Harbour Prize
Owls Nest In Town Hall
Cinema Shows Silent Films
Market Keeps Its Clock
Tram Returns To Mill Street
Divers Find A Bronze Bell
School Plants Apple Trees
Lighthouse Gets New Lamp
Choir Sings On The Quay
Museum Buys A Steam Crane
Otters Seen Below The Weir
Library Lends Out Kites
Tunnel Closed For A Night""".split("\n")


def link_rows(title: str) -> list[str]:
    """Return a link without a label and the same with one, as an extractor gives a picture and its headline."""
    address = f"https://www.gazette.example/town/news/2024/05/17/{title.lower().replace(' ', '-')}/story/index.html"
    return [f"[]({address}?from=front)", f"## [{title}]({address}?from=front)"]


def test_rows_are_numbered_alike_after_a_round_in_which_not_every_pair_was_looked_at() -> None:
    link, headline = link_rows("Sponsored Pens For Every Desk")
    rows = [link, "<span>", "APPS", headline]
    below = ["<span>", "BELOW", "</span>"]
    behind = {0: below, 6: ["<span>"], 7: [link, "<span>", "", *below], 11: ["</span>"]}
    for number, title in enumerate(TITLES):
        rows += [*link_rows(title), *behind.get(number, ())]
    report = dedupe.check("\n".join(rows))
    assert report.bounded
    assert report.problem == ""
    assert not dedupe.check(report.text).changed


def test_a_row_that_is_not_judged_has_no_place() -> None:
    text = "Ferry\n\nBridge\n"
    rows = split(text)
    evidence = Evidence(rows_of(text, rows), rows.filled)
    assert evidence.row(2).text == "Bridge"
    for number in (1, 3):
        with pytest.raises(ValueError, match=f"row {number} is none of the 2 rows"):
            evidence.row(number)
