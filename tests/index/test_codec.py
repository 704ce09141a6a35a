"""The places of a document take few bytes, come back as they were, and damage to them is a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.index import Occurrence, StoredDocument
from dedupe.index._codec import occurrences_of, pack, unpack


@given(st.lists(st.tuples(*[st.integers(0, 1 << 40)] * 5, st.booleans()), max_size=5))
def test_occurrences_survive_being_packed(values: list[tuple[int, int, int, int, int, bool]]) -> None:
    occurrences = tuple(Occurrence(*value) for value in values)
    assert unpack(pack(occurrences), "here") == occurrences
    document = StoredDocument("a", "", "", 0, occurrences)
    paragraphs = document.paragraphs
    found = occurrences_of({number: [7] for number in paragraphs}, {7: (document, pack(occurrences))}, "here")
    first_that_stay: dict[int, Occurrence] = {}
    for one in sorted(occurrences, key=lambda one: not one.stays):
        first_that_stay.setdefault(one.paragraph, one)
    assert {number: [one for _, one in hits] for number, hits in found.items()} == {
        number: [one] for number, one in first_that_stay.items()
    }
    with pytest.raises(InputError, match="damaged"):
        unpack(b"\x80\x04pickle", "here")


def test_a_document_packs_to_a_few_bytes_a_paragraph_and_damage_is_a_sentence() -> None:
    occurrences = [Occurrence(900 + n, 2 * n + 1, 2 * n + 1, 200 * n, 200 * n + 150, True) for n in range(40)]
    packed = pack(occurrences)
    assert len(packed) < 3 * len(occurrences)
    for data in (packed[:-1], packed[:10], packed[:1] + b"\0" + packed[2:], b"s" + bytes(5), b""):
        with pytest.raises(InputError, match="damaged"):
            unpack(data, "here")
