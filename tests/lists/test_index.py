"""An index of texts finds what comparing with every text finds, wherever it is kept."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

import dedupe
from tests.lists.test_lists import FERRY, HARBOUR, TEXTS
from tests.lists.twin import shingle_set


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return ":memory:" if request.param == "memory" else str(tmp_path / "texts.index")


def found(index: dedupe.Index, text: str, texts: dict[str, str], threshold: float) -> bool:
    """Say whether the index finds what comparing with every text finds."""
    one = shingle_set(text)
    sets = {name: shingle_set(other) for name, other in texts.items()}
    scores = {name: len(one & other) / len(one | other) for name, other in sets.items()}
    wanted = sorted(((name, score) for name, score in scores.items() if score >= threshold), key=lambda hit: hit[0])
    return index.query(text, threshold) == sorted(wanted, key=lambda hit: -hit[1])


@given(TEXTS, TEXTS)
@settings(max_examples=30)
def test_a_query_finds_what_comparing_with_every_text_finds(texts: list[str], queries: list[str]) -> None:
    named = {f"id {number}": text for number, text in enumerate(texts)}
    with dedupe.Index(threshold=0.3, num_perm=512) as index:  # so many that hardly a pair is missed
        assert index.add(named.items()) == len(index) == len(texts)
        assert all(found(index, text, named, 0.6) for text in queries + texts)
        assert list(index.query_many(queries, 0.6)) == [index.query(text, 0.6) for text in queries]


def test_texts_are_added_found_replaced_and_removed(place: str) -> None:
    with dedupe.Index(place) as index:
        assert index.add([("a", FERRY), dedupe.Document(HARBOUR, id="b"), ("c", FERRY.upper()), ("empty", "")]) == 4
        assert index.query(FERRY) == [("a", 1.0), ("c", 1.0)]
        assert [name for name, _ in index.query(dedupe.Document(HARBOUR + " Yes."))] == ["b"]
        assert index.query("  ") == [("empty", 1.0)]
        assert index.query("...") == []
        assert index.query(FERRY + " Nobody minds.", 0.99) == []
        index.add([("a", HARBOUR)])
        assert (index.query(FERRY), len(index), "a" in index, "z" in index) == ([("c", 1.0)], 4, True, False)
        assert index.remove(["a", "b", "z"]) == 2
        assert index.query(HARBOUR) == []
        assert index.store.stats().documents == 2


def test_a_saved_index_is_loaded_with_its_settings(place: str, tmp_path: Path) -> None:
    path = tmp_path / "saved.index"
    with dedupe.Index(place, 0.7, num_perm=64, seed=3) as index:
        index.add([("a", FERRY), ("b", HARBOUR)])
        index.save(path)
        with pytest.raises(dedupe.InputError, match="exists; remove it"):
            index.save(path)
    with dedupe.Index.load(path) as loaded:
        assert loaded.query(FERRY) == [("a", 1.0)]
        spec = loaded.store.spec
        assert (spec.jaccard, spec.permutations, spec.seed) == (0.7, 64, 3)
        with pytest.raises(dedupe.OptionError, match=r"threshold must be at least 0\.7, that of the index, not 0\.5"):
            loaded.query(FERRY, 0.5)
        loaded.add([("c", FERRY)])
    with dedupe.Index(path, 0.8) as again:
        assert again.query(FERRY) == [("a", 1.0), ("c", 1.0)]
    with pytest.raises(dedupe.OptionError, match=r"finds repeats from Jaccard 0\.7 on"):
        dedupe.Index(path, 0.5)


def test_half_an_index_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr("dedupe.lists.index.merge", failing)
    with dedupe.Index() as index, pytest.raises(OSError, match="the disk is full"):
        index.save(tmp_path / "saved.index")
    assert list(tmp_path.iterdir()) == []


def test_many_equal_texts_in_an_index(place: str) -> None:
    with dedupe.Index(place) as index:
        index.add((f"{number:04}", FERRY) for number in range(1000))
        assert index.query(FERRY) == [(f"{number:04}", 1.0) for number in range(256)]
        assert index.remove(f"{number:04}" for number in range(1000)) == 1000
        assert index.query(FERRY) == []


def raising() -> Iterator[tuple[str, str]]:
    yield "a", FERRY
    raise RuntimeError("the connection is gone")


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda index: index.add([("a", FERRY), FERRY]), TypeError, "text 1 has no id; give an (id, text) pair"),
        (lambda index: index.add([("a", None)]), TypeError, "text 0 must be a str"),
        (lambda index: index.add([(1, FERRY)]), TypeError, "the id of text 0 must be a str, not int"),
        (lambda index: index.add(FERRY), TypeError, "texts are many texts"),
        (lambda index: index.add(raising()), RuntimeError, "the connection is gone"),
        (lambda index: index.query(None), TypeError, "text must be a str"),
        (lambda index: index.query(FERRY, 2), dedupe.OptionError, "threshold must be above 0 and at most 1, not 2"),
        (lambda index: list(index.query_many([FERRY, 3])), TypeError, "text 1 must be a str"),
        (lambda index: index.query_many(FERRY), TypeError, "texts are many texts"),
        (lambda index: index.remove("a"), TypeError, "ids are a list or another iterable of ids, not str"),
        (lambda index: index.remove([b"a"]), TypeError, "id 0 must be a str, not bytes"),
        (lambda index: index.save(":memory:"), dedupe.InputError, ":memory:: is no file"),
        (lambda _: dedupe.Index.load(":memory:"), dedupe.InputError, "holds nothing yet"),
        (lambda _: dedupe.Index.load("/nowhere/at/all.index"), dedupe.InputError, "/nowhere/at/all.index: "),
        (lambda _: dedupe.Index(threshold=0.1), dedupe.OptionError, "threshold of an index must be from 0.3 to 1"),
        (lambda _: dedupe.Index(num_perm=8), dedupe.OptionError, "num_perm must be a whole number from 16 to 1024"),
        (lambda _: dedupe.Index(seed=-1), dedupe.OptionError, "seed must be a whole number from 0 to 4294967295"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    call: Callable[[dedupe.Index], Any], error: type[Exception], sentence: str
) -> None:
    with dedupe.Index() as index, pytest.raises(error) as raised:
        call(index)
    assert sentence in str(raised.value)


def test_an_index_without_texts_is_refused(tmp_path: Path) -> None:
    dedupe.open_index(tmp_path / "hashes.index", write=True).close()
    with pytest.raises(dedupe.InputError, match="keeps no texts, so nothing can be compared"):
        dedupe.Index.load(tmp_path / "hashes.index")
    with pytest.raises(dedupe.OptionError, match="was made without texts"):
        dedupe.Index(tmp_path / "hashes.index")


@pytest.mark.parametrize("name", ["num_perm", "seed"])
def test_an_index_that_was_made_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    place = tmp_path / "texts.index"
    with dedupe.Index(place, **{name: 64}) as index:
        index.add([("a", FERRY)])
    sentence = f"{place} was made with {name}=64, not 65; give that, or open it with Index.load"
    with pytest.raises(dedupe.OptionError, match=re.escape(sentence)):
        dedupe.Index(place, **{name: 65})
    with dedupe.Index(place, **{name: 64}) as index:
        assert index.query(FERRY) == [("a", 1.0)]
    with dedupe.Index.load(place) as index:
        assert index.query(FERRY) == [("a", 1.0)]
