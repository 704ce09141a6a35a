"""Several indexes at once answer as one with the documents of all."""

from pathlib import Path

import pytest

import dedupe
from dedupe.errors import InputError, OptionError
from dedupe.index import IndexSpec, Store
from dedupe.index.memory import MemoryStore
from dedupe.index.sqlite import SqliteStore
from tests.known import documents, findings_of, own, queries

SPEC = IndexSpec.of(dedupe.Options(), texts=True)
OTHER_SPEC = IndexSpec.of(dedupe.Options(jaccard=0.4, permutations=96, seed=7), texts=True)


def filled(store: Store, stored: list[dedupe.Document]) -> Store:
    dedupe.Deduper(index=store).add(stored)
    return store


@pytest.mark.parametrize("remove", [False, True])
def test_several_indexes_find_what_one_with_all_documents_finds(tmp_path: Path, remove: bool) -> None:
    options = dedupe.Options(cross_document="remove" if remove else "flag")
    one = filled(MemoryStore(SPEC), documents())
    parts = [
        filled(MemoryStore(SPEC), documents()[0::3]),
        filled(SqliteStore(str(tmp_path / "an.index"), OTHER_SPEC, write=True), documents()[1::3]),
        filled(MemoryStore(SPEC), documents()[2::3]),
    ]
    expected = findings_of(one, queries(), options)
    assert sum(len(found["findings"]) for found in expected) == 7
    for order in (parts, parts[::-1]):
        found = [report.to_dict() for report in dedupe.Deduper(options, index=order).check_many(queries())]
        assert found == expected
    parts[1].close()


def test_what_is_remembered_is_written_to_the_first_index(tmp_path: Path) -> None:
    today = MemoryStore(SPEC)
    archive = filled(MemoryStore(SPEC), [dedupe.Document(own(1), "old")])
    deduper = dedupe.Deduper(index=[today, archive])
    reports = list(deduper.check_many([("a", own(1)), ("b", own(1)), ("c", own(2))], remember=True))
    assert [[one.original.document for one in report.findings] for report in reports] == [["old"], ["a"], []]
    assert reports[1].findings[0].original.pages == 2
    deduper.add([("d", own(3))])
    assert [one.id for one in today.documents()] == ["a", "b", "c", "d"]
    assert [one.last_seen for one in archive.documents()] == [one.added for one in archive.documents()]


def test_an_index_without_texts_leaves_removal_to_one_with_them() -> None:
    bare = filled(MemoryStore(IndexSpec.of(dedupe.Options(), texts=False)), [dedupe.Document(own(1), "a")])
    texts = filled(MemoryStore(SPEC), [dedupe.Document(own(1), "b")])
    for order in ([bare, texts], [texts, bare]):
        deduper = dedupe.Deduper(dedupe.Options(cross_document="remove"), index=order)
        report = deduper.check(f"{own(1)}\n\n{own(2)}")
        assert [(one.action, one.original.document) for one in report.findings] == [("remove", "b")]


def test_an_index_that_does_not_fit_is_named_among_several(tmp_path: Path) -> None:
    strict = MemoryStore(IndexSpec.of(dedupe.Options(jaccard=0.8), texts=True), where="the strict one")
    with pytest.raises(OptionError, match=r"the strict one finds repeats from Jaccard 0\.8"):
        dedupe.Deduper(index=[MemoryStore(SPEC), strict])
    closed = SqliteStore(str(tmp_path / "an.index"), SPEC, write=True)
    closed.close()
    with pytest.raises(InputError, match=r"an\.index"):
        dedupe.Deduper(index=[MemoryStore(SPEC), closed]).check(own(1))
    with pytest.raises(OptionError, match="at least one open index"):
        dedupe.Deduper(index=[])
