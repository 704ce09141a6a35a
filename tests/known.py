"""Small documents that share paragraphs, and the promises that every kind of index keeps about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from dedupe.deduper import Deduper
from dedupe.index import IndexSpec, Store
from dedupe.index.batch import index_batch
from dedupe.index.lookup import IndexState, look_up_all
from dedupe.index.maintenance import expire, export, merge, problems
from dedupe.index.memory import MemoryStore
from dedupe.index.protocol import MAX_OCCURRENCES
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
    """Return a paragraph that is in no other document."""
    return (
        f"District {number} has counted its {number + 20} lime trees again, and found {number * 3 + 1} of them "
        f"between road {number * 7} and the mill, gardener {number + 100} reports from the site."
    )


def documents(count: int = 30) -> list[Document]:
    """Return documents of two hosts, with a promotion on the pages of one, a wire story on some, and repeats."""
    made = []
    for number in range(count):
        site = "harbour.example" if number % 2 else "island.example"
        paragraphs = [f"Trees of District {number}", own(number), own(1000 + number)]
        if number % 10 == 3:
            paragraphs = ["Pier Closed After Divers Find Cracks", *WIRE]
        if number % 2:
            paragraphs.append(PROMO)
        if number % 7 == 6:
            paragraphs.append(own(number - 1))
        made.append(
            Document(
                "\n\n".join(paragraphs), f"d{number:03}", f"2026-01-{number % 28 + 1:02}", f"https://{site}/{number}"
            )
        )
    return made


def findings_of(store: Store, documents: list[Document], options: Options | None = None) -> list[dict[str, Any]]:
    """Return the findings of documents against an index, as dictionaries."""
    return [report.to_dict() for report in Deduper(options, index=store).check_many(documents)]


def queries() -> list[Document]:
    """Return documents that an index of `documents()` knows in part, as a whole, with edits, and not at all."""
    return [
        Document("\n\n".join(["A Pier Is Closed", *WIRE]), "new-wire", url="https://third.example/1"),
        Document(f"{own(4)}\n\nSomething else that nobody has written so far.\n\n{own(12)}", "new-two"),
        Document(own(5).replace("gardener", "the gardener").replace("again", "once more"), "new-near"),
        Document(f"{PROMO}\n\n{own(900)}", "new-promo", url="https://harbour.example/new"),
        Document(own(901), "new-own"),
        replace(documents()[6], text=f"{documents()[6].text}\n\n{own(8)}"),
    ]


def check_kind(make: Callable[[IndexSpec], Store]) -> None:
    """Check the promises of a kind of index."""
    spec = IndexSpec.of(Options(), texts=True)
    store = make(spec)
    assert store.spec == spec
    check_promises(store)


def check_promises(store: Store) -> None:
    """Check the promises of an empty index."""
    spec = store.spec
    assert store.next_number() == 0
    assert findings_of(store, queries()[:5]) == [{**one, "findings": []} for one in findings_of(store, queries()[:5])]
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
    wire, two, near, promo, unknown, repeated = (one["findings"] for one in findings_of(store, queries()))
    assert [one["kind"] for one in wire] == ["syndicated"]
    assert wire[0]["original"]["document"] == "d003"
    assert wire[0]["original"]["first_seen"] == "1970-01-02"
    assert [(one["kind"], one["original"]["document"], one["original"]["lines"]) for one in two] == [
        ("exact", "d004", [3, 3]),
        ("exact", "d012", [3, 3]),
    ]
    assert [(one["kind"], one["original"]["document"]) for one in near] == [("variant", "d005")]
    assert unknown == []
    assert [one["kind"] for one in promo] == ["boilerplate"]
    assert "15 of 15 other pages of harbour.example" in promo[0]["reason"]
    assert [one["original"]["document"] for one in repeated] == ["d005", "d008"]
    # A document that is added again replaces the old one.
    store.add(index_batch([Document(own(500), "d004")], spec, added=2 * 86400))
    assert store.stats().documents == 30
    assert [one["original"]["document"] for one in findings_of(store, queries())[1]["findings"]] == ["d012"]
    assert findings_of(store, [Document(own(500), "x")])[0]["findings"][0]["original"]["first_seen"] == "1970-01-03"
    # A removed paragraph stays if another document has it.
    assert store.remove(["d005", "nobody", "d005"]) == 1
    assert [one["original"]["document"] for one in findings_of(store, [Document(own(5), "x")])[0]["findings"]] == [
        "d006"
    ]
    assert store.pages(["harbour.example"]) == {"harbour.example": 14}
    before = findings_of(store, queries())
    assert list(problems(store)) == []
    store.compact()
    assert findings_of(store, queries()) == before
    assert list(problems(store)) == []
    check_removal(store)
    check_expiry(store)
    check_frequencies(store)
    keys = index_batch(documents()[:3], spec).keys
    positions, paragraphs = store.propose(keys)
    assert np.array_equal(positions, np.sort(positions))
    assert len(set(zip(positions.tolist(), paragraphs.tolist(), strict=True))) == len(positions)
    store.close()


def check_frequencies(store: Store) -> None:
    """Check that a share of all documents counts those, too, that are not read for a paragraph."""
    size = store.size()
    assert size == store.stats().documents
    line = "Cookies help us to show you the pages of this site in the language that your browser asks for."
    pages = [Document(f"{line}\n\n{own(2000 + number)}", f"f{number}") for number in range(MAX_OCCURRENCES + 44)]
    store.add(index_batch(pages, store.spec, added=86400))
    assert store.size() == size + len(pages)
    queried = index_batch([Document(line, "x"), Document(own(2001), "y")], store.spec)
    numbers = [hits[0].documents for hits in look_up_all([IndexState(store, store.next_number())], queried, 0.5)]
    assert numbers == [len(pages), 1]
    assert store.document_counts([1 << 40]) == {}
    share = len(pages) / store.size()
    for asked, kind in ((share - 0.01, "boilerplate"), (share + 0.01, "exact")):
        options = Options(boilerplate_min_global_share=asked)
        (finding,) = findings_of(store, [Document(line, "x")], options)[0]["findings"]
        assert finding["kind"] == kind
    options = Options(boilerplate_min_docs=2, boilerplate_min_global_share=share - 0.01)
    (finding,) = findings_of(store, [Document(line, "x")], options)[0]["findings"]
    assert f"stands on {len(pages)} of {store.size()} other pages" in finding["reason"]
    assert store.remove([one.id for one in pages]) == len(pages)
    assert store.size() == size


def check_expiry(store: Store) -> None:
    """Check that documents expire by when they were added, or by when a remembered document repeated them."""

    def times() -> dict[str, tuple[int, int]]:
        return {one.id: (one.added, one.last_seen) for one in store.documents() if one.id.startswith("e")}

    day = 86400
    store.add(index_batch([Document(own(800 + number), f"e{number}") for number in range(4)], store.spec, added=day))
    store.touch(["e1", "nobody"], 5 * day)
    store.touch(["e1", "e2"], 3 * day)
    store.touch(["e3"], day // 2)
    assert times() == {"e0": (day, day), "e1": (day, 5 * day), "e2": (day, 3 * day), "e3": (day, day)}
    other = MemoryStore(store.spec)
    other.add(export(store, [one for one in store.documents() if one.id == "e1"]))
    store.remove(["e1"])
    assert merge(store, other) == 1
    assert times()["e1"] == (day, 5 * day)
    deduper = Deduper(index=store)
    for remember in (False, True):
        before = times()
        assert [len(one.findings) for one in deduper.check_many([("e9", own(800))], remember=remember)] == [1]
        assert (times() == before) is not remember
    assert times()["e0"][0] == day
    assert times()["e0"][1] == times()["e9"][0] > 5 * day
    assert expire(store, 4 * day, by_last_seen=True) >= 2
    assert sorted(times()) == ["e0", "e1", "e9"]
    assert expire(store, 2 * day) >= 2
    assert sorted(times()) == ["e9"]
    store.add(index_batch(documents(), store.spec, added=3 * day))
    assert list(problems(store)) == []


def check_removal(store: Store) -> None:
    """Check that documents that are removed together, some without words, leave what was there before them."""
    before, stats = findings_of(store, queries()), store.stats()
    shared = [Document("\n\n".join([PROMO, own(700), own(700 + number)]), f"r{number}") for number in range(1, 40)]
    store.add(index_batch([*shared, Document("", "empty"), Document("...", "dots")], store.spec, added=86400))
    left = [own(700), own(739)]
    assert store.remove(["empty"]) == 1
    assert store.remove([*(one.id for one in shared[:-1]), "nobody", "dots"]) == 39
    found = findings_of(store, [Document(text, "x") for text in left])
    assert [one["original"]["document"] for report in found for one in report["findings"]] == ["r39", "r39"]
    assert list(problems(store)) == []
    assert store.remove(["r39"]) == 1
    assert findings_of(store, queries()) == before
    after = store.stats()
    assert (after.documents, after.paragraphs) == (stats.documents, stats.paragraphs)
    assert after.distinct_paragraphs == stats.distinct_paragraphs
    assert list(problems(store)) == []
