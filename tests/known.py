"""Small documents that share paragraphs, and what an index of them must answer: claims for every back end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from dedupe.deduper import Deduper
from dedupe.index import IndexSpec, Store
from dedupe.index.batch import index_batch
from dedupe.index.maintenance import problems
from dedupe.model import Document
from dedupe.options import Options

PROMO = "Sign up for our free newsletter and get the stories of the harbour town to your inbox every morning."
WIRE = (
    "The harbour authority has closed the northern pier after divers found cracks in eleven of its forty pillars.",
    "Ferries to the islands leave from the coal quay until further notice, the authority wrote in a statement.",
    "Fishermen said that they had warned of the cracks for years and that nobody had come to look at them.",
    "The repair will take until the spring and cost some nine million crowns, half of which the region will pay.",
)


def own(number: int) -> str:
    """Return a paragraph that one document alone says."""
    return (
        f"District {number} has counted its {number + 20} lime trees again, and found {number * 3 + 1} of them "
        f"between road {number * 7} and the mill, gardener {number + 100} reports from the site."
    )


def documents(count: int = 30) -> list[Document]:
    """Return documents of two hosts, with a promotion on the pages of one, a wire story on some, and repeats."""
    made = []
    for number in range(count):
        site = "harbour.example" if number % 2 else "island.example"
        rows = [f"Trees of District {number}", own(number), own(1000 + number)]
        if number % 10 == 3:
            rows = ["Pier Closed After Divers Find Cracks", *WIRE]
        if number % 2:
            rows.append(PROMO)
        if number % 7 == 6:
            rows.append(own(number - 1))
        made.append(
            Document("\n\n".join(rows), f"d{number:03}", f"2026-01-{number % 28 + 1:02}", f"https://{site}/{number}")
        )
    return made


def found(store: Store, asked: list[Document], options: Options | None = None) -> list[dict[str, Any]]:
    """Return the findings of documents against an index, as dictionaries."""
    return [report.to_dict() for report in Deduper(options, index=store).check_many(asked)]


def asked() -> list[Document]:
    """Return documents that an index of `documents()` knows in part, as a whole, in other words, and not at all."""
    return [
        Document("\n\n".join(["A Pier Is Closed", *WIRE]), "new-wire", url="https://third.example/1"),
        Document(f"{own(4)}\n\nSomething else that nobody has said so far.\n\n{own(12)}", "new-two"),
        Document(own(5).replace("gardener", "the gardener").replace("again", "once more"), "new-near"),
        Document(f"{PROMO}\n\n{own(900)}", "new-promo", url="https://harbour.example/new"),
        Document(own(901), "new-own"),
        replace(documents()[6], text=f"{documents()[6].text}\n\n{own(8)}"),
    ]


def claims(make: Callable[[IndexSpec], Store]) -> None:
    """Check everything a store promises, that is made as a spec says."""
    spec = IndexSpec.of(Options(), texts=True)
    store = make(spec)
    assert store.spec == spec
    kept(store)


def kept(store: Store) -> None:
    """Check everything a new store promises."""
    spec = store.spec
    assert store.next_number() == 0
    assert found(store, asked()[:5]) == [{**one, "findings": []} for one in found(store, asked()[:5])]
    store.add(index_batch(documents(), spec, added=86400))
    assert store.next_number() >= 30
    assert store.holds(["d003", "nobody"]) == {"d003"}
    assert store.pages(["harbour.example", "nowhere.example"]) == {"harbour.example": 15, "nowhere.example": 0}
    assert [document.id for document in store.documents()] == [document.id for document in documents()]
    stats = store.stats()
    assert (stats.documents, stats.paragraphs) == (30, sum(len(one.text.split("\n\n")) for one in documents()))
    assert stats.distinct_paragraphs < stats.paragraphs
    assert stats.most_frequent[0] == (15, PROMO)
    assert stats.size > 0
    assert list(problems(store)) == []
    wire, two, near, promo, alone, again = (one["findings"] for one in found(store, asked()))
    assert [one["kind"] for one in wire] == ["syndicated"]
    assert wire[0]["original"]["document"] == "d003"
    assert wire[0]["original"]["first_seen"] == "1970-01-02"
    assert [(one["kind"], one["original"]["document"], one["original"]["lines"]) for one in two] == [
        ("exact", "d004", [3, 3]),
        ("exact", "d012", [3, 3]),
    ]
    assert [(one["kind"], one["original"]["document"]) for one in near] == [("variant", "d005")]
    assert alone == []
    assert [one["kind"] for one in promo] == ["boilerplate"]
    assert "15 of 15 other pages of harbour.example" in promo[0]["reason"]
    assert [one["original"]["document"] for one in again] == ["d005", "d008"]
    # A document that comes again takes the place of the old one.
    store.add(index_batch([Document(own(500), "d004")], spec, added=2 * 86400))
    assert store.stats().documents == 30
    assert [one["original"]["document"] for one in found(store, asked())[1]["findings"]] == ["d012"]
    assert found(store, [Document(own(500), "x")])[0]["findings"][0]["original"]["first_seen"] == "1970-01-03"
    # What is removed is gone, and what another document says too is not.
    assert store.remove(["d005", "nobody", "d005"]) == 1
    assert [one["original"]["document"] for one in found(store, [Document(own(5), "x")])[0]["findings"]] == ["d006"]
    assert store.pages(["harbour.example"]) == {"harbour.example": 14}
    before = found(store, asked())
    assert list(problems(store)) == []
    store.compact()
    assert found(store, asked()) == before
    assert list(problems(store)) == []
    keys = index_batch(documents()[:3], spec).keys
    one, other = store.propose(keys)
    assert np.array_equal(one, np.sort(one))
    assert len(set(zip(one.tolist(), other.tolist(), strict=True))) == len(one)
    store.close()
