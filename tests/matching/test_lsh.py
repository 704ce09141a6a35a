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
from tests.known import asked, documents, kept, own
from tests.texts import SENTENCES, nasty


def lsh(**config: object) -> datasketch.MinHashLSH:
    return datasketch.MinHashLSH(num_perm=128, params=least_bands(0.5), **config)


def over(one: datasketch.MinHashLSH) -> Store:
    return dedupe.open_index(one, store_text=True)


def test_an_lsh_of_datasketch_keeps_the_promises_of_a_store() -> None:
    kept(over(lsh()))


@given(st.lists(nasty(), min_size=1, max_size=5), st.lists(nasty(), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_an_lsh_of_datasketch_finds_what_our_index_finds(known: list[str], new: list[str]) -> None:
    answers = []
    for index in (dedupe.open_index(":memory:", store_text=True), lsh()):
        deduper = dedupe.Deduper(index=index)
        deduper.add([(str(number), text) for number, text in enumerate(known)])
        asked = [(f"n{number}", text) for number, text in enumerate(new)]
        answers.append([report.to_dict() for report in deduper.check_many(asked)])
    assert answers[0] == answers[1]


def test_what_an_lsh_proposes_is_verified() -> None:
    """Bands of one value propose nearly anything; what is found is what our own bands find."""
    loose = datasketch.MinHashLSH(num_perm=128, params=(128, 1))
    answers = []
    for index in (loose, dedupe.open_index(":memory:", store_text=True)):
        deduper = dedupe.Deduper(dedupe.Options(cross_document="remove"), index=index)
        deduper.add(documents())
        answers.append([report.to_dict() for report in deduper.check_many(asked())])
    assert answers[0] == answers[1]
    assert any(one["findings"] for one in answers[0])


def test_a_round_trip_through_datasketch() -> None:
    """Our sketches are those that datasketch makes of the same shingles; what we put into its LSH it finds by them."""
    text = "\n".join(SENTENCES)
    ours = dedupe.to_datasketch(text)
    rows = [words(text[row.start : row.stop]) for row in split(text)]
    theirs = []
    for row in filter(None, rows):
        sketch = datasketch.MinHash(scheme="affine32", hashfunc=lambda value: value)
        for value in twins.shingle_hashes(row):
            sketch.update(value)
        theirs.append(sketch)
    assert [sketch.hashvalues.tolist() for sketch in ours] == [sketch.hashvalues.tolist() for sketch in theirs]
    assert [one.jaccard(ours[0]) for one in ours] == [one.jaccard(theirs[0]) for one in theirs]
    assert ours[0].jaccard(theirs[2]) == 1.0
    filled = lsh()
    index = over(filled)
    dedupe.Deduper(index=index).add([("a", text)])
    made = index_batch([dedupe.Document(text, "b")], index.header)
    values = [sketch.hashvalues.tolist() for sketch in ours]
    for key, row in zip(made.keys, index.propose(made.keys[:, :1])[1].tolist(), strict=True):
        sketch = theirs[values.index(key[1:].tolist())]
        assert b"dedupe:%d" % row in filled.query(sketch)
        proposed = index.propose(key[None])[1].tolist()
        assert sorted(b"dedupe:%d" % one for one in proposed) == sorted(filled.query(sketch))
    filled.insert("of somebody else", theirs[0])
    (found,) = dedupe.Deduper(index=index).check(("b", SENTENCES[0])).findings
    assert (found.kind, found.original.document) == ("exact", "a")


def test_what_is_removed_leaves_the_lsh() -> None:
    one = lsh()
    index = over(one)
    dedupe.Deduper(index=index).add([("a", SENTENCES[0]), ("b", SENTENCES[1])])
    assert len(list(one.keys)) == 2
    assert index.remove(["a"]) == 1
    assert len(list(one.keys)) == 1
    assert index.stats().size > 0
    index.remove(["b"])
    assert one.is_empty()


def test_an_lsh_that_does_not_fit_is_a_sentence_at_construction() -> None:
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
    one = lsh()
    index = over(one)
    deduper = dedupe.Deduper(index=index)
    deduper.add([("a", own(0))])
    whole = one.insert
    failing = iter([False, True])

    def insert(key: bytes, sketch: datasketch.LeanMinHash) -> None:
        if next(failing, False):
            raise ConnectionError("redis://me:secret@host")
        whole(key, sketch)

    monkeypatch.setattr(one, "insert", insert)
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
    rows: list[list[str]] = []
    for _ in range(250):
        base = list(generator.choice(vocabulary, int(generator.integers(12, 60))))
        rows.append(base)
        for _ in range(3):
            edited = [str(generator.choice(vocabulary)) if generator.random() < 0.09 else word for word in base]
            rows.append(edited)
    chunk = shingles(["\n".join(" ".join(row) for row in rows)])
    scope = np.zeros(len(rows), np.uint64)
    found = match(chunk, scope, jaccard=0.5, containment=None)
    pairs = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    pairs |= set(zip(found.firsts.tolist(), found.copies.tolist(), strict=True))
    sets = [twins.shingles(row) for row in rows]
    folded = set(found.copies.tolist())
    wanted = [
        (a, b)
        for a in range(len(rows))
        for b in range(a + 1, a + 4)
        if b < len(rows) and not {a, b} & folded and len(sets[a] & sets[b]) >= 0.5 * len(sets[a] | sets[b])
    ]
    assert len(wanted) > 300
    assert len(pairs & set(wanted)) >= 0.99 * len(wanted)
    assert all(len(sets[a] & sets[b]) >= 0.5 * len(sets[a] | sets[b]) for a, b in pairs)
