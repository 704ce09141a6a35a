"""One judgement across documents: a set in memory, an index and a corpus in files give the same answer."""

from pathlib import Path

import pytest

from tests.across import SETS, in_an_index, in_memory, locally

EXPECTED = {
    "equal copy": [("b", "exact", "a")],
    "edited word": [("b", "near", "a")],
    "word left out": [("b", "contained", "a")],
    "edited number": [("b", "variant", "a")],
    "short edited number": [("b", "variant", "a")],
    "sign": [("b", "variant", "a")],
    "unit": [("b", "variant", "a")],
    "contained": [("b", "contained", "a")],
    "whole": [("b", "syndicated", "a")],
    "whole with another by-line": [("b", "syndicated", "a")],
    "chain of copies": [("b", "exact", "a"), ("c", "exact", "a")],
    "chain of edits": [("b", "contained", "a"), ("c", "contained", "a")],
}


@pytest.mark.parametrize("across", ["flag", "remove"])
@pytest.mark.parametrize("name", SETS)
def test_three_scopes_say_the_same(name: str, across: str, tmp_path: Path) -> None:
    documents = SETS[name]
    memory = in_memory(documents, across, tmp_path)
    assert memory
    if name in EXPECTED:
        assert [(one[0], one[1], one[5]) for one in memory] == EXPECTED[name]
        removable = {"exact", "contained", "near"}
        whole = name == "whole"
        assert {one[3] for one in memory} == {across if whole or memory[0][1] in removable else "flag"}
    assert locally(documents, across, tmp_path) == memory
    index = in_an_index(documents, across, tmp_path)
    if name == "boilerplate":  # a set counts all its pages, an index those it has seen
        assert index[-1] == memory[-1]
        index, memory = ([one[:1] for one in found] for found in (index, memory))
    assert index == memory
