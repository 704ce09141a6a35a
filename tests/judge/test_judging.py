"""Judging documents in batches, until nothing changes."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedupe
from dedupe.deduper import Deduper
from dedupe.judge._matched import find_matches
from dedupe.judge.candidates import find_candidates
from dedupe.judge.features import CandidateChunk, compute
from dedupe.judge.judging import Judge
from dedupe.judge.texts import Texts
from dedupe.model import Document
from dedupe.options import Options
from dedupe.text.paragraphs import split
from dedupe.text.words import read
from tests.cases import cases
from tests.texts import SENTENCES, nasty

TEXTS = [case.text for case in cases()]


def findings(texts: Sequence[str], size: int) -> list[object]:
    deduper = Deduper()
    batches = [texts[at : at + size] for at in range(0, len(texts), size)]
    return [report.to_dict() for batch in batches for report in deduper.check_batch([Document(one) for one in batch])]


def test_batches_of_any_size_give_the_same_findings() -> None:
    alone = findings(TEXTS, 1)
    assert findings(TEXTS, 7) == alone
    assert findings(TEXTS, len(TEXTS)) == alone


@pytest.mark.slow
@given(st.lists(nasty(), min_size=1, max_size=4))
def test_a_document_is_judged_alike_beside_any_others(texts: list[str]) -> None:
    assert findings(texts, len(texts)) == findings(texts, 1)


@given(nasty())
def test_paragraphs_of_the_arrays_are_those_of_the_text(text: str) -> None:
    texts_arrays = Texts(read([text]))
    paragraphs = split(text)
    filled = [number for number in texts_arrays.numbers.tolist() if number in set(paragraphs.filled)]
    assert filled == texts_arrays.numbers.tolist()
    assert texts_arrays.first_number[-1] == len(paragraphs)


@pytest.mark.slow
@given(st.lists(nasty(), min_size=2, max_size=3))
def test_features_of_a_document_do_not_depend_on_the_others(texts: list[str]) -> None:
    def features(some: list[str]) -> list[list[float]]:
        matched, _ = next(find_matches(dict(enumerate(some)), Options()))
        if matched is None:
            return []
        texts_arrays = Texts(matched.words)
        found = find_candidates(texts_arrays, matched.matches)
        return compute(CandidateChunk(texts_arrays, found)).tolist() if len(found) else []

    assert features(texts) == [row for text in texts for row in features([text])]


@given(st.lists(st.lists(st.sampled_from([*SENTENCES, "", " "]), max_size=25), min_size=1, max_size=3), st.data())
def test_what_repeats_in_the_rest_is_known_from_what_repeated_before(
    documents: list[list[str]], data: st.DataObject
) -> None:
    """A round takes lines out of what the round before has read; to read the rest anew gives the same arrays."""
    matched, _ = next(find_matches({at: "\n".join(lines) for at, lines in enumerate(documents)}, Options()))
    rests = [
        [(at, line) for at, line in enumerate(lines) if not line.strip() or data.draw(st.integers(0, 3))]
        for lines in documents
    ]
    again, _ = next(find_matches({at: "\n".join(line for _, line in rest) for at, rest in enumerate(rests)}, Options()))
    if matched is None or again is None:
        assert again is None
        return
    places = [matched.numbers.index(number) for number in again.numbers]
    first = matched.words.documents.tolist()
    removed = [
        first[place] + at
        for place, number in zip(places, again.numbers, strict=True)
        for at in set(range(len(documents[number]))) - {at for at, _ in rests[number]}
    ]
    rest = matched.remaining(places, np.array(removed, np.int64))
    assert rest.numbers == again.numbers
    assert rest.words.characters.tolist() == again.words.characters.tolist()
    chunks = [
        CandidateChunk(texts, find_candidates(texts, one.matches))
        for one, texts in ((one, Texts(one.words)) for one in (rest, again))
    ]
    for name in ("duplicate", "original", "jaccard", "containment", "group", "copies", "near", "ordinal"):
        known, anew = (getattr(chunk.candidates, name).tolist() for chunk in chunks)
        assert known == anew
    assert compute(chunks[0]).tolist() == compute(chunks[1]).tolist()


def test_a_flag_whose_original_is_removed_is_dropped() -> None:
    for text in TEXTS:
        report = dedupe.check(text)
        removed = {one.span for one in report.findings if one.action == "remove"}
        assert removed.isdisjoint(one.original.span for one in report.findings)


def test_without_reasons_the_same_is_cut_and_nothing_explained() -> None:
    documents = [Document(text) for text in TEXTS]
    deduper = Deduper()
    explained, cut = deduper.check_batch(documents), deduper.check_batch(documents, reasons=False)
    assert [report.cuts for report in cut] == [report.cuts for report in explained]
    assert [report.bounded for report in cut] == [report.bounded for report in explained]
    assert any(report.cuts for report in cut)
    assert not any(report.findings for report in cut)
    assert [deduper.clean(text) for text in TEXTS[:50]] == [report.text for report in explained[:50]]


def test_a_confidence_moves_the_line_between_removing_and_flagging() -> None:
    counts = []
    for least in (0.5, 0.8, 0.95, 1.0):
        judge = Judge(Options(min_confidence=least))
        judged = dict(judge.judge([Document(text) for text in TEXTS]))
        counts.append(sum(one.action == "remove" for found in judged.values() for one in found.decisions.values()))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
