"""An index may be a `datasketch.MinHashLSH`: the same findings, and a round trip through its objects."""

import datasketch
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.index import Store
from dedupe.index.batch import index_batch
from dedupe.index.maintenance import problems
from dedupe.matching.match import match
from dedupe.matching.minhash import least_bands
from dedupe.text.paragraphs import split
from dedupe.text.shingles import shingles
from dedupe.text.tokens import words
from tests import twins
from tests.known import check_promises, documents, own, queries
from tests.texts import SENTENCES, nasty


def lsh(**config: object) -> datasketch.MinHashLSH:
    return datasketch.MinHashLSH(num_perm=128, params=least_bands(0.5), **config)


def store_of(filled: datasketch.MinHashLSH) -> Store:
    return dedupe.open_index(filled, store_text=True)


def test_an_lsh_of_datasketch_keeps_the_promises_of_a_store() -> None:
    check_promises(store_of(lsh()))


@given(st.lists(nasty(), min_size=1, max_size=5), st.lists(nasty(), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
@pytest.mark.slow
def test_an_lsh_of_datasketch_finds_what_our_index_finds(known: list[str], new: list[str]) -> None:
    answers = []
    for index in (dedupe.open_index(":memory:", store_text=True), lsh()):
        deduper = dedupe.Deduper(index=index)
        deduper.add([(str(number), text) for number, text in enumerate(known)])
        queries = [(f"n{number}", text) for number, text in enumerate(new)]
        answers.append([report.to_dict() for report in deduper.check_many(queries)])
    assert answers[0] == answers[1]


def test_what_an_lsh_proposes_is_verified() -> None:
    """Bands of one value propose nearly anything; what is found is what our own bands find."""
    loose = datasketch.MinHashLSH(num_perm=128, params=(128, 1))
    answers = []
    for index in (loose, dedupe.open_index(":memory:", store_text=True)):
        deduper = dedupe.Deduper(dedupe.Options(cross_document="remove"), index=index)
        deduper.add(documents())
        answers.append([report.to_dict() for report in deduper.check_many(queries())])
    assert answers[0] == answers[1]
    assert any(report["findings"] for report in answers[0])


def test_a_round_trip_through_datasketch() -> None:
    """Our sketches equal those that datasketch makes of the same shingles, and find what we insert into its LSH."""
    text = "\n".join(SENTENCES)
    ours = dedupe.to_datasketch(text)
    paragraphs = [words(text[paragraph.start : paragraph.stop]) for paragraph in split(text)]
    theirs = []
    for paragraph in filter(None, paragraphs):
        sketch = datasketch.MinHash(scheme="affine32", hashfunc=lambda value: value)
        for value in twins.shingle_hashes(paragraph):
            sketch.update(value)
        theirs.append(sketch)
    assert [sketch.hashvalues.tolist() for sketch in ours] == [sketch.hashvalues.tolist() for sketch in theirs]
    assert [sketch.jaccard(ours[0]) for sketch in ours] == [sketch.jaccard(theirs[0]) for sketch in theirs]
    assert ours[0].jaccard(theirs[2]) == 1.0
    filled = lsh()
    index = store_of(filled)
    dedupe.Deduper(index=index).add([("a", text)])
    made = index_batch([dedupe.Document(text, "b")], index.spec)
    values = [sketch.hashvalues.tolist() for sketch in ours]
    for key, paragraph in zip(made.keys, index.propose(made.keys[:, :1])[1].tolist(), strict=True):
        sketch = theirs[values.index(key[1:].tolist())]
        assert b"dedupe:%d" % paragraph in filled.query(sketch)
        proposed = index.propose(key[None])[1].tolist()
        assert sorted(b"dedupe:%d" % number for number in proposed) == sorted(filled.query(sketch))
    filled.insert("of somebody else", theirs[0])
    (found,) = dedupe.Deduper(index=index).check(("b", SENTENCES[0])).findings
    assert (found.kind, found.original.document) == ("exact", "a")


def test_what_is_removed_leaves_the_lsh() -> None:
    filled = lsh()
    index = store_of(filled)
    dedupe.Deduper(index=index).add([("a", SENTENCES[0]), ("b", SENTENCES[1])])
    assert len(list(filled.keys)) == 2
    assert index.remove(["a"]) == 1
    assert len(list(filled.keys)) == 1
    assert index.stats().size > 0
    index.remove(["b"])
    assert filled.is_empty()


def test_an_lsh_that_does_not_fit_raises_at_construction() -> None:
    short = datasketch.MinHashLSH(num_perm=64, params=(21, 3))
    sentence = r"takes 64 permutations, and permutations is 128; give Options\(permutations=64\)"
    for make in (lambda: dedupe.Deduper(index=short), lambda: dedupe.open_index(short)):
        with pytest.raises(dedupe.OptionError, match=sentence):
            make()
    deduper = dedupe.Deduper(dedupe.Options(permutations=64), index=short)
    deduper.add([("a", SENTENCES[0])])
    assert deduper.check(("b", SENTENCES[0])).findings[0].original.document == "a"
    with pytest.raises(dedupe.OptionError, match="holds keys already, whose paragraphs are not known here"):
        dedupe.Deduper(dedupe.Options(permutations=64), index=short)
    forest = datasketch.MinHashLSHForest(num_perm=128)
    with pytest.raises(TypeError, match=r"index must be an open index, .* or a datasketch\.MinHashLSH, not <"):
        dedupe.Deduper(index=forest)
    with pytest.raises(TypeError, match=r"an index is named by a str or a path, or is a datasketch\.MinHashLSH, not <"):
        dedupe.open_index(forest)


def test_an_lsh_that_fails_is_an_error_and_nothing_is_half_in(monkeypatch: pytest.MonkeyPatch) -> None:
    filled = lsh()
    index = store_of(filled)
    deduper = dedupe.Deduper(index=index)
    deduper.add([("a", own(0))])
    insert_key = filled.insert
    failing = iter([False, True])

    def insert(key: bytes, sketch: datasketch.LeanMinHash) -> None:
        if next(failing, False):
            raise ConnectionError("redis://me:secret@host")
        insert_key(key, sketch)

    monkeypatch.setattr(filled, "insert", insert)
    with pytest.raises(dedupe.InputError, match=r"MinHashLSH: failed \(ConnectionError\)") as caught:
        deduper.add([("a", f"{own(1)}\n{own(2)}")])
    assert "secret" not in str(caught.value)
    assert index.stats().documents == 1
    assert deduper.check(("b", own(0))).findings[0].original.document == "a"
    deduper.add([("a", f"{own(1)}\n{own(2)}")])
    assert deduper.check(("b", own(0))).findings == ()
    assert list(problems(index)) == []


def test_sketches_of_other_permutations_and_seeds() -> None:
    (sketch,) = dedupe.to_datasketch(SENTENCES[0], permutations=64, seed=7)
    assert (sketch.num_perm, sketch.seed) == (64, 7)
    assert sketch.jaccard(dedupe.to_datasketch(f"“{SENTENCES[0]}”", permutations=64, seed=7)[0]) == 1.0


def test_recall_against_all_pairs_at_the_threshold_in_force() -> None:
    """Edited copies of many sentences in one scope: at least 99 of 100 pairs at Jaccard 0.5 or more are found."""
    generator = np.random.default_rng(11)
    vocabulary = [f"word{number}" for number in range(4000)]
    paragraphs: list[list[str]] = []
    for _ in range(250):
        base = list(generator.choice(vocabulary, int(generator.integers(12, 60))))
        paragraphs.append(base)
        for _ in range(3):
            edited = [str(generator.choice(vocabulary)) if generator.random() < 0.09 else word for word in base]
            paragraphs.append(edited)
    chunk = shingles(["\n".join(" ".join(paragraph) for paragraph in paragraphs)])
    scopes = np.zeros(len(paragraphs), np.uint64)
    found = match(chunk, scopes, jaccard=0.5, containment=None)
    pairs = set(zip(found.earlier.tolist(), found.later.tolist(), strict=True))
    pairs |= set(zip(found.originals.tolist(), found.copies.tolist(), strict=True))
    sets = [twins.shingles(paragraph) for paragraph in paragraphs]
    copies = set(found.copies.tolist())
    expected = [
        (a, b)
        for a in range(len(paragraphs))
        for b in range(a + 1, a + 4)
        if b < len(paragraphs) and not {a, b} & copies and len(sets[a] & sets[b]) >= 0.5 * len(sets[a] | sets[b])
    ]
    assert len(expected) > 300
    assert len(pairs & set(expected)) >= 0.99 * len(expected)
    assert all(len(sets[a] & sets[b]) >= 0.5 * len(sets[a] | sets[b]) for a, b in pairs)
