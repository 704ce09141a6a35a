"""Options are given by name wherever a text, a set or an index is; wrong names and types are one sentence."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_type_hints

import pytest

import dedupe
from dedupe.corpus import CorpusOptions
from dedupe.io.formats import ReadOptions
from dedupe.io.walking import WalkOptions
from tests.texts import SENTENCES

SAID = SENTENCES[0]
TEXT = f"{SAID}\n\nSomething else, long enough to stand between the two as prose does.\n\n{SAID}"
DOCUMENTS = [("a", TEXT), ("b", SAID)]

CALLS: dict[str, Callable[..., Any]] = {
    "check": lambda *options, **values: dedupe.check(TEXT, *options, **values),
    "clean": lambda *options, **values: dedupe.clean(TEXT, *options, **values),
    "Deduper": lambda *options, **values: dedupe.Deduper(*options, **values).check(TEXT),
    "corpus.check": lambda *options, **values: dedupe.corpus.check(DOCUMENTS, *options, **values),
    "corpus.clean": lambda *options, **values: dedupe.corpus.clean(DOCUMENTS, *options, **values),
    "open_index": lambda *options, **values: dedupe.open_index(":memory:", *options, **values).spec,
}


@pytest.mark.parametrize("name", CALLS)
def test_options_by_name_are_those_of_an_object(name: str) -> None:
    call = CALLS[name]
    last: dedupe.OptionValues = {"keep": "last", "jaccard": 0.6, "cross_document": "remove"}
    assert call(**last) == call(dedupe.Options(**last))
    assert call(**last) != call()
    assert call(dedupe.Options(keep="last", jaccard=0.9), jaccard=0.6, cross_document="remove") == call(**last)
    assert call(None, **last) == call(**last)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"levle": "aggressive"}, "there is no option 'levle'; did you mean 'level'?$"),
        ({"Jaccard": 0.6}, "there is no option 'Jaccard'; did you mean 'jaccard'?$"),
        ({"across": "remove"}, "there is no option 'across'; it is now 'cross_document'$"),
        ({"prefer": ["x"]}, "there is no option 'prefer'; there are level, .*, pattern_timeout$"),
        ({"zzzzzz": 1}, "there is no option 'zzzzzz'; there are level, min_confidence, .*, pattern_timeout$"),
        ({"level": "wild"}, "level must be one of conservative, default, aggressive, not 'wild'$"),
        ({"level": None}, "level must be of type str, not None$"),
        ({"ignore": "exact"}, "ignore must be a list or tuple of strings, not 'exact'$"),
        ({"ignore": ["exact", 3]}, r"ignore must be a list or tuple of strings, not \['exact', 3\]$"),
        ({"ignore": ["exakt"]}, "ignore must be one of exact, .*, not 'exakt'; did you mean 'exact'?$"),
    ],
)
def test_a_wrong_name_or_value_is_one_sentence(name: str, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(dedupe.OptionError, match=sentence.replace("?$", r"\?$")):
        CALLS[name](**values)


def test_a_parameter_with_a_slip_is_named_too() -> None:
    with pytest.raises(dedupe.OptionError, match=r"no option 'indx'; did you mean 'index'\?"):
        dedupe.Deduper(indx=None)  # type: ignore[call-arg]
    with pytest.raises(dedupe.OptionError, match=r"no option 'job'; did you mean 'jobs'\?"):
        dedupe.corpus.check([], job=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("options", [dedupe.Options, CorpusOptions])
def test_options_in_order_are_refused(options: Any) -> None:
    with pytest.raises(TypeError, match=r"^options are given by name, as in NAME=VALUE, not 'aggressive'$"):
        options("aggressive")


@pytest.mark.parametrize(
    ("options", "name", "values"),
    [
        (dedupe.Options, "ignore", ["near", "exact"]),
        (CorpusOptions, "prefer_originals", ["example.org", "example.com"]),
        (ReadOptions, "field", ["title", "text"]),
        (WalkOptions, "include", ["*.log"]),
    ],
)
def test_a_list_is_taken_where_a_tuple_is(options: Any, name: str, values: list[str]) -> None:
    made = options(**{name: values})
    assert getattr(made, name) == tuple(values)
    assert made == options(**{name: tuple(values)})
    assert hash(made) == hash(options(**{name: tuple(values)}))
    values.append("more")
    assert getattr(made, name) == tuple(values[:-1])


def test_option_values_are_the_fields_of_options() -> None:
    hints = get_type_hints(dedupe.OptionValues)
    assert list(hints) == [field.name for field in fields(dedupe.Options)]
    assert hints == {field.name: get_type_hints(dedupe.Options)[field.name] for field in fields(dedupe.Options)}


@pytest.mark.parametrize("value", [dedupe.check, dedupe.clean, dedupe.Deduper], ids=lambda value: value.__qualname__)
def test_help_names_every_option(value: Any) -> None:
    text = " ".join((inspect.getdoc(value) or "").split())
    assert ", ".join(field.name for field in fields(dedupe.Options)) in text


GOOD: list[Any] = ["text", ("id", "text"), dedupe.Document("text", "id")]


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (None, "documents[3] is a str, an (id, text) tuple or a dedupe.Document, not NoneType"),
        (3, "documents[3] is a str, an (id, text) tuple or a dedupe.Document, not int"),
        (b"text", "documents[3] is a str, not bytes; decode it first: data.decode('utf-8')"),
        (["id", "text"], "documents[3] is a str, an (id, text) tuple or a dedupe.Document, not list"),
        (("id", None), "the text of documents[3] is a str, not NoneType"),
        (dedupe.Document("text", 3), "the id of documents[3] is a str, not int"),  # type: ignore[arg-type]
        (dedupe.Document("text", "a", date=None), "the date of documents[3] is a str, not NoneType"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_document_is_named_by_its_position(bad: Any, sentence: str) -> None:
    deduper = dedupe.Deduper(index=dedupe.open_index(":memory:"))
    for call in (lambda all_: list(deduper.check_many(all_)), dedupe.corpus.check, deduper.add):
        with pytest.raises(TypeError) as caught:
            call([*GOOD[:1], *GOOD[1:], bad])
        assert str(caught.value) == sentence


def test_an_id_may_be_a_number_or_missing() -> None:
    reports = dedupe.Deduper().check_many([(3, "text"), (None, "text")])  # type: ignore[list-item]
    assert [report.document.id for report in reports] == ["3", ""]


def test_an_error_of_a_generator_of_documents_is_the_callers() -> None:
    def documents() -> Any:
        yield SAID
        raise KeyError("url")

    with pytest.raises(KeyError, match="url"):
        list(dedupe.Deduper().check_many(documents()))


def test_one_id_in_the_place_of_many_is_refused() -> None:
    """Its letters would be taken for ids, of which the index has none."""
    with dedupe.open_index(":memory:") as index:
        dedupe.Deduper(index=index).add([("a", SAID)])
        for call in (index.holds, index.remove):
            with pytest.raises(TypeError, match=r"ids are a list of str, not one str; give \['a'\]"):
                call("a")
            with pytest.raises(TypeError, match=r"ids\[1\] is a str, not int"):
                call(["a", 3])  # type: ignore[list-item]
        assert index.holds(("a", "b")) == {"a"}
        assert index.remove(iter(["a"])) == 1  # type: ignore[arg-type]  # it is taken all the same


@pytest.mark.parametrize("jobs", [0, -1])
def test_fewer_jobs_than_one_are_refused(jobs: int) -> None:
    for call in (dedupe.Deduper().check_many, dedupe.corpus.check, dedupe.corpus.clean):
        with pytest.raises(dedupe.OptionError, match=f"jobs must be 1 or more, not {jobs}"):
            call([SAID], jobs=jobs)


@pytest.mark.parametrize(
    ("text", "values", "sentence"),
    [
        (None, {}, "a text is a str, not NoneType"),
        (b"text", {}, "a text is a str, not bytes"),
        ("text", {"permutations": 0}, "permutations must be from 16 to 1024, not 0"),
        ("text", {"seed": "x"}, "seed must be of type int, not 'x'"),
    ],
)
def test_what_no_sketch_is_made_of_is_said(text: Any, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises((TypeError, dedupe.OptionError), match=sentence):
        dedupe.to_datasketch(text, **values)
