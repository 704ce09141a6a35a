"""The library as a program uses it."""

import doctest
import inspect
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from tests import twins
from tests.texts import ARTICLE, SENTENCES, nasty

SAID = SENTENCES[0]


@pytest.mark.parametrize("document", [b"text", bytearray(b"text"), ("id", b"text")])
def test_bytes_are_refused_with_the_way_to_decode_them(document: object) -> None:
    with pytest.raises(TypeError, match=r"decode it first: data\.decode\('utf-8'\)"):
        dedupe.check(document)  # type: ignore[arg-type]


def test_other_things_are_refused_by_name() -> None:
    with pytest.raises(TypeError, match="not list"):
        dedupe.clean(["text"])  # type: ignore[arg-type]


def test_findings_about_a_list_of_paragraphs_tell_positions_in_the_list() -> None:
    first = "Night Ferry Returns to the Harbour After Forty Years"
    second = "The last boat left in 1984 with eleven passengers and a dog; the first one back carried three hundred."
    third = "The ship was built in 1971 and spent most of its life carrying lorries between two ports of the north."
    paragraphs = [first, "", second, f"{third[:9]}\n{third[9:]}", " \n", first, second, third]
    report = dedupe.check(dedupe.Document.of_paragraphs(paragraphs, id="a"))
    removed = [(finding.span.start, finding.original.span.start) for finding in report.findings]
    assert removed == [(5, 0), (6, 2), (7, 3)]
    assert all(finding.action == "remove" for finding in report.findings)
    assert report.text.split("\n\n") == [first, second, " ".join(paragraphs[3].split("\n"))]
    code = dedupe.check(dedupe.Document.of_paragraphs(paragraphs, ["code"] * len(paragraphs)))
    assert code.text == code.document.text
    assert dedupe.check(dedupe.Document.of_paragraphs([])).text == ""


@pytest.mark.parametrize(
    ("paragraphs", "roles", "sentence"),
    [
        ("text", (), "a list of texts, not one str"),
        (["text", None], (), r"paragraphs\[1\] is a str, not NoneType"),
        (["text"], ["", "item"], "1 paragraphs and 2 roles"),
        (["text"], ["title"], r"no role 'title', which paragraphs\[0\] has"),
    ],
)
def test_a_list_of_paragraphs_that_is_none_is_refused(paragraphs: Any, roles: Any, sentence: str) -> None:
    with pytest.raises((TypeError, dedupe.OptionError), match=sentence):
        dedupe.Document.of_paragraphs(paragraphs, roles)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"jaccard": 0.2}, r"jaccard must be from 0\.3 to 1\.0, not 0\.2"),
        ({"jaccard": float("nan")}, "jaccard must be from"),
        ({"jaccard": "much"}, "jaccard must be a number"),
        ({"permutations": True}, "permutations must be of type int"),
        ({"level": "wild"}, "level must be one of conservative, default, aggressive, not 'wild'"),
        ({"ignore": ("exakt",)}, "ignore must be one of exact"),
        ({"ignore": "exact"}, "ignore must be a list or tuple"),
        ({"across": "remove"}, "there is no option 'across'; it is now 'cross_document'"),
        ({"keep_matching": "("}, r"keep_matching is not a regular expression: '\('"),
    ],
)
def test_an_impossible_option_says_what_is_allowed_at_construction(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(dedupe.OptionError, match=sentence) as caught:
        dedupe.Options(**options)  # type: ignore[arg-type]
    assert isinstance(caught.value, ValueError)


def test_check_many_is_lazy_and_in_order() -> None:
    taken = []

    def documents() -> Iterator[tuple[str, str]]:
        for number in range(1000):
            taken.append(number)
            yield str(number), f"{SAID}\n\n{SAID}\n\nNumber {number}. " + "word " * 2000

    reports = dedupe.Deduper().check_many(documents())
    first = next(reports)
    assert first.document.id == "0"
    assert len(taken) < 300
    assert [next(reports).document.id for _ in range(50)] == [str(number) for number in range(1, 51)]


@pytest.mark.slow
@given(st.lists(nasty(), min_size=1, max_size=4))
@settings(max_examples=5, deadline=None)
def test_two_processes_find_what_one_finds(texts: list[str]) -> None:
    documents = [(str(number), text) for number, text in enumerate(texts * 40)]
    alone = [report.to_dict() for report in dedupe.Deduper().check_many(documents)]
    assert [report.to_dict() for report in dedupe.Deduper().check_many(documents, jobs=2)] == alone


def test_a_result_does_not_depend_on_what_was_seen_before() -> None:
    text = "\n".join(SENTENCES * 2)
    fresh = dedupe.Deduper().check(text).to_dict()
    used = dedupe.Deduper()
    for _ in used.check_many(SENTENCES * 20):
        pass
    assert used.check(text).to_dict() == fresh


def test_keep_says_which_of_equal_copies_stays() -> None:
    text = f"{SAID}\n\nSomething else, long enough to stand between the two as prose does.\n\n{SAID}"
    gone = {
        keep: [one.lines[0] for one in dedupe.Deduper(dedupe.Options(keep=keep)).check(text).findings]
        for keep in ("best", "first", "last")
    }
    assert gone == {"best": [5], "first": [5], "last": [1]}


def test_patterns_keep_and_remove() -> None:
    text = f"{SAID}\n\n{SAID}\n\nWhy not?\n\nBecause.\n\nWhy not?\n"
    keeping = dedupe.Deduper(dedupe.Options(keep_matching="committee")).check(text)
    assert [(one.action, one.lines[0]) for one in keeping.findings] == [("flag", 3), *_flags(keeping, 9)]
    removing = dedupe.Deduper(dedupe.Options(remove_matching="^Why")).check(text)
    assert ("remove", 9) in [(one.action, one.lines[0]) for one in removing.findings]


def _flags(report: dedupe.Report, line: int) -> list[tuple[str, int]]:
    return [(one.action, one.lines[0]) for one in report.findings if one.lines[0] == line]


def test_a_pattern_that_does_not_finish_is_a_problem_that_names_it() -> None:
    deduper = dedupe.Deduper(dedupe.Options(keep_matching=r"(a|aa|aaa)+$", pattern_timeout=0.05))
    text = ("a" * 5000 + "b and more words to make a paragraph of it\n") * 2
    report = deduper.check(text)
    assert "(a|aa|aaa)+$" in report.problem
    assert "did not finish" in report.problem
    assert report.text == text


AGAIN = "all who had crossed it said that they would rather not have to do so again, now or at any later time."
KINDS = {
    "exact": (SAID, SAID),
    "contained": (f"{SAID} Nobody was surprised by that.", f"“{SAID}”"),
    "near": (f"{SAID} It was a big bridge, and {AGAIN}", f"{SAID} It was a bigg bridge, and {AGAIN}"),
    "variant": (SAID, SAID.replace("Tuesday", "Monday")),
}


@pytest.mark.parametrize("kind", KINDS)
def test_ignored_kinds_are_not_found(kind: str) -> None:
    text = "\n\n".join(KINDS[kind])
    assert kind in {one.kind for one in dedupe.check(text).findings}
    assert dedupe.Deduper(dedupe.Options(ignore=(kind,))).check(text).findings == ()


def test_levels_remove_more_and_more() -> None:
    quote = ARTICLE[1].split(". ")[1]
    text = "\n\n".join((*ARTICLE, "Why did it freeze?", "Nobody knew.", quote, "Read more.", ARTICLE[0]))
    removed = []
    for level in ("conservative", "default", "aggressive"):
        report = dedupe.Deduper(dedupe.Options(level=level)).check(text)
        removed.append({one.lines[0] for one in report.findings if one.action == "remove"})
        assert [one.lines[0] for one in report.findings] == [13, 17]
    conservative, default, aggressive = removed
    assert conservative <= default <= aggressive
    assert conservative < aggressive


ACROSS: list[Literal["flag", "remove"]] = ["flag", "remove"]


@pytest.mark.slow
@given(st.lists(nasty(), min_size=1, max_size=6), st.randoms(use_true_random=False), st.sampled_from(ACROSS))
@settings(max_examples=60)
def test_a_corpus_is_judged_as_a_set(texts: list[str], order: random.Random, across: Literal["flag", "remove"]) -> None:
    """Order does not matter, originals stay, and what is removed is said by its original."""
    documents = [dedupe.Document(text, f"d{number}", date=str(number % 2)) for number, text in enumerate(texts)]
    options = dedupe.Options(cross_document=across)
    reports = {report.document.id: report for report in dedupe.corpus.check(documents, options)}
    shuffled = list(documents)
    order.shuffle(shuffled)
    again = dedupe.corpus.check(shuffled, options)
    assert [report.document for report in again] == shuffled
    assert {report.document.id: report.to_dict() for report in again} == {k: v.to_dict() for k, v in reports.items()}
    gone = {
        (report.document.id, finding.lines[0])
        for report in reports.values()
        for finding in report.findings
        if finding.action == "remove"
    }
    for report in reports.values():
        for finding in report.findings:
            other = reports[finding.original.document].document
            if finding.action == "remove":
                assert not {(other.id, line) for line in range(*finding.original.lines)} & gone
            if other.id != report.document.id:
                assert (other.date, other.id) < (report.document.date, report.document.id)
                mine = twins.words(report.document.text[finding.span.start : finding.span.end])
                theirs = twins.words(other.text[finding.original.span.start : finding.original.span.end])
                assert finding.kind != "exact" or mine == theirs


def test_equal_ids_in_a_corpus_are_refused() -> None:
    with pytest.raises(dedupe.OptionError, match="two documents have the id 'a'"):
        dedupe.corpus.check([("a", "one"), ("a", "two")])


def test_across_documents_flags_and_removes() -> None:
    documents = [("b", f"{SAID}\n\nOnly here."), ("a", f"First.\n\n{SAID}")]
    flagged = dedupe.corpus.check(documents)
    assert [one.original.document for one in flagged[0].findings] == ["a"]
    assert not any(report.changed for report in flagged)
    assert dedupe.corpus.clean(documents, dedupe.Options(cross_document="remove")) == ["Only here.", documents[1][1]]


@pytest.mark.parametrize("given", ["one string", b"bytes", dedupe.Document("text"), {"id": "text"}, 3, None])
def test_one_document_in_the_place_of_many_is_refused_at_the_call(given: Any) -> None:
    deduper = dedupe.Deduper(index=dedupe.open_index(":memory:"))
    for call in (deduper.check_many, deduper.add, dedupe.corpus.check, dedupe.corpus.clean):
        with pytest.raises(TypeError, match="documents are"):
            call(given)


def test_what_check_many_cannot_do_is_said_at_the_call() -> None:
    with pytest.raises(dedupe.OptionError, match="there is no index to write to"):
        dedupe.Deduper().check_many([SAID], remember=True)
    with pytest.raises(TypeError, match="jobs must be a whole number, not '2'"):
        dedupe.Deduper().check_many([SAID], jobs="2")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "way"),
    [
        ("aggressive", "level='aggressive', not 'aggressive'"),
        ({"level": "aggressive"}, r"\*\*options, not {"),
        ("", "level='default', not ''"),
        (0, "level='default', not 0"),
    ],
)
def test_options_of_another_type_are_refused_at_construction(options: object, way: str) -> None:
    with pytest.raises(TypeError, match=f"options must be a dedupe.Options, or be given by name, as in {way}"):
        dedupe.Deduper(options)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"options must be a dedupe\.Options"):
        dedupe.corpus.check([SAID], options)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"options must be a dedupe\.Options"):
        dedupe.open_index(":memory:", options)  # type: ignore[arg-type]


def test_a_list_of_no_index_is_refused() -> None:
    with pytest.raises(dedupe.OptionError, match="at least one open index, or None, not an empty list"):
        dedupe.Deduper(index=[])


def test_an_index_is_named_by_a_string_or_a_path(tmp_path: Path) -> None:
    index = dedupe.open_index(tmp_path / "seen.index", write=True)
    dedupe.Deduper(index=index).add([("a", SAID)])
    index.close()
    again = dedupe.open_index(str(tmp_path / "seen.index"))
    assert again.stats().documents == 1
    again.close()
    for place in (b"seen.index", 3, None):
        with pytest.raises(TypeError, match="an index is named by a str or a path"):
            dedupe.open_index(place)
    with pytest.raises(TypeError, match=r"index must be an open index, as in dedupe\.open_index\(PLACE\)"):
        dedupe.Deduper(index="seen.index")


def test_every_error_is_public_and_documented() -> None:
    page = (Path(__file__).parent.parent / "docs/library.md").read_text("utf-8")
    for name in ("DedupeError", "InputError", "MissingExtraError", "OptionError", "PatternTimeoutError"):
        assert issubclass(getattr(dedupe, name), dedupe.DedupeError)
        assert name in dedupe.__all__
        assert f"autoexception:: dedupe.{name}\n" in page
    with pytest.raises(dedupe.InputError):
        dedupe.open_index("/nowhere/at/all.index")


PUBLIC = {name: getattr(dedupe, name) for name in dedupe.__all__ if name not in ("__version__", "corpus")}
PUBLIC |= {"corpus.check": dedupe.corpus.check, "corpus.clean": dedupe.corpus.clean}


@pytest.mark.parametrize("name", PUBLIC)
def test_the_examples_of_every_public_name_hold(name: str) -> None:
    runner = doctest.DocTestRunner()
    for examples in doctest.DocTestFinder().find(PUBLIC[name], name):
        assert runner.run(examples, out=lambda _: None).failed == 0, examples.name


DESCRIBED: list[Any] = [dedupe.check, dedupe.clean, dedupe.open_index, dedupe.corpus.check, dedupe.corpus.clean]
DESCRIBED += [dedupe.Deduper, dedupe.Deduper.check, dedupe.Deduper.clean, dedupe.Deduper.add]
DESCRIBED += [dedupe.Deduper.check_many, dedupe.Options, dedupe.Document, dedupe.Finding, dedupe.Report, dedupe.Span]


@pytest.mark.parametrize("value", DESCRIBED, ids=lambda value: value.__qualname__)
def test_every_parameter_of_a_public_name_is_described(value: Any) -> None:
    described = re.findall(r"^ {4}(?:\*\*)?(\w+): ", inspect.getdoc(value) or "", re.MULTILINE)
    assert [name for name in inspect.signature(value).parameters if name != "self"] == [
        name for name in described if not name.endswith("Error")
    ]


def test_copies_beside_their_originals_are_no_run() -> None:
    headline = "Harbour of Lune freezes over"
    beside = dedupe.check("\n\n".join([headline, headline, ARTICLE[0], ARTICLE[0], *ARTICLE[1:]]))
    assert [(one.rule, one.block) for one in beside.findings] == [("repeated-beside", None)] * 2
    run = dedupe.check("\n\n".join(ARTICLE * 2))
    assert [(one.rule, one.block) for one in run.findings] == [("copied-run", 1)] * len(ARTICLE)
