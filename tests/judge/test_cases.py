"""The labelled cases: what an editor would remove goes, what an editor would keep stays."""

import pytest

import dedupe
from tests.cases import Case, cases

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
    removed_lines = removed(case)
    wrong = {line for line in removed_lines if case.marks[line - 1] in "=!" and case.text.split("\n")[line - 1].strip()}
    missed = {line for line, mark in enumerate(case.marks, 1) if mark == "-"} - removed_lines
    assert (wrong, missed) == (set(), set())


def test_there_are_enough_cases_half_of_them_negative_in_many_languages() -> None:
    assert len(ALL) >= 150
    assert 2 * sum(case.negative for case in ALL) >= len(ALL)
    assert len({case.headers["language"] for case in ALL}) >= 12
    assert {case.headers["origin"] for case in ALL} <= {"synthetic", "in-the-wild shape", "public domain"}
