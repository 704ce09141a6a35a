"""Indexes: one protocol, the same proposals."""

import datasketch
import numpy as np
import pytest
from hypothesis import given, settings

import dedupe
from dedupe.matching import Index, MemoryIndex
from dedupe.matching.datasketch import DatasketchIndex, to_datasketch
from dedupe.matching.match import match
from dedupe.matching.minhash import bands, signatures
from dedupe.text.paragraphs import split
from dedupe.text.shingles import shingles
from dedupe.text.tokens import words
from tests import twins
from tests.texts import SENTENCES, nasty


def sketched(text: str) -> np.ndarray:
    chunk = shingles([text])
    return signatures(chunk.hashes, chunk.starts)


@pytest.fixture(params=["memory", "datasketch"])
def index(request: pytest.FixtureRequest) -> Index:
    return MemoryIndex(*bands(0.5)) if request.param == "memory" else DatasketchIndex()


def test_an_index_finds_what_was_put_in_and_refuses_a_key_twice(index: Index) -> None:
    values = sketched("\n".join(SENTENCES[:6]))
    index.insert([f"s{n}" for n in range(6)], values)
    assert "s0" in index.query(values[:1])[0]
    assert {"s0", "s4"} <= set(index.query(values[4:5])[0])
    assert index.query(sketched("Something that nobody has said before, in any words.")) == [[]]
    with pytest.raises(ValueError, match="s0"):
        index.insert(["s0"], values[:1])


@given(nasty(), nasty())
@settings(max_examples=25, deadline=None)
def test_every_index_proposes_the_same(known: str, asked: str) -> None:
    answers = []
    for one in (MemoryIndex(*bands(0.5)), DatasketchIndex()):
        values = sketched(known)
        one.insert([str(number) for number in range(len(values))], values)
        answers.append(one.query(sketched(asked)))
    assert answers[0] == answers[1]


def test_a_round_trip_through_datasketch() -> None:
    """Our sketches in an index of its own making find what its sketches of the same shingles find, and back."""
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
    lsh = datasketch.MinHashLSH(num_perm=128, params=bands(0.5))
    for number, sketch in enumerate(theirs):
        lsh.insert(str(number), sketch)
    index = DatasketchIndex(lsh)
    values = np.array([sketch.hashvalues for sketch in ours])
    assert index.query(values) == [sorted(lsh.query(sketch)) for sketch in ours]
    index.insert(["mine"], values[:1])
    assert "mine" in lsh.query(theirs[0])
    assert ours[0].jaccard(theirs[2]) == 1.0


def test_sketches_of_other_permutations_and_seeds() -> None:
    (sketch,) = to_datasketch(SENTENCES[0], permutations=64, seed=7)
    assert (sketch.num_perm, sketch.seed) == (64, 7)
    assert sketch.jaccard(to_datasketch(f"“{SENTENCES[0]}”", permutations=64, seed=7)[0]) == 1.0


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
