"""The labelled cases: what an editor would remove goes, what an editor would keep stays."""

import re
from collections import Counter

import pytest

import dedupe
from dedupe.judgement import RULES
from tests.cases import FOLDER, Case, cases

ALL = cases()
KNOWN = "known-failure"
"""The header of a case that the judgement fails at present, with what it does wrong."""


def parameters() -> list[object]:
    known = {case.name: [pytest.mark.xfail(reason=case.headers[KNOWN])] for case in ALL if KNOWN in case.headers}
    return [pytest.param(case, id=case.name, marks=known.get(case.name, [])) for case in ALL]


def removed(case: Case) -> set[int]:
    return {
        line
        for finding in dedupe.check(case.text).findings
        if finding.action == "remove"
        for line in range(finding.lines[0], finding.lines[1] + 1)
    }


@pytest.mark.parametrize("case", parameters())
def test_a_case_is_judged_as_an_editor_would(case: Case) -> None:
    gone = removed(case)
    wrong = {line for line in gone if case.marks[line - 1] in "=!" and case.text.split("\n")[line - 1].strip()}
    missed = {line for line, mark in enumerate(case.marks, 1) if mark == "-"} - gone
    assert (wrong, missed) == (set(), set())


def test_there_are_enough_cases_half_of_them_negative_in_many_languages() -> None:
    assert len(ALL) >= 150
    assert 2 * sum(case.negative for case in ALL) >= len(ALL)
    assert len({case.headers["language"] for case in ALL}) >= 12
    assert {case.headers["origin"] for case in ALL} <= {"synthetic", "in-the-wild shape", "public domain"}


def test_every_group_of_cases_is_that_of_a_rule() -> None:
    groups = Counter(path.parent.name for path in FOLDER.glob("*/*.case"))
    assert set(groups) <= set(RULES)
    assert set(RULES) - set(groups) <= {"requested"}  # that one is the user's own pattern


def test_every_rule_has_a_reason_that_can_be_filled_in() -> None:
    for name, rule in RULES.items():
        assert rule.name == name
        assert re.search(r"line 3", rule.reason.format(lines="line 3", words="")), name
        assert rule.summary.endswith(".")
