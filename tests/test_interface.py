"""The public names: what `dir` and `help` show, that every type in a signature is one of them, and its description."""

import doctest
import importlib
import inspect
import pydoc
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import typing_extensions

import dedupe

ROOT = Path(__file__).parent.parent
PAGES = "".join(path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md")))
MODULES: dict[str, Any] = {
    name: importlib.import_module(name)
    for name in ("dedupe", "dedupe.corpus", "dedupe.corpus.spark", "dedupe.index", "dedupe.review.decisions")
}
"""The modules whose names are public."""

PUBLIC = {
    f"{module}.{name}": getattr(source, name)
    for module, source in MODULES.items()
    for name in source.__all__
    if name not in ("__version__", "corpus", "spark")
}
CLASSES = {name: value for name, value in PUBLIC.items() if inspect.isclass(value)}
FUNCTIONS = {name: value for name, value in PUBLIC.items() if inspect.isfunction(value)}


def members(value: type) -> Iterator[tuple[str, Any]]:
    """Yield the methods and properties of a class that users may call."""
    for name, member in vars(value).items():
        if not name.startswith("_") and not isinstance(member, (str, int)):
            yield name, inspect.unwrap(getattr(member, "fget", None) or getattr(member, "__func__", member))


def signatures() -> dict[str, Any]:
    found = dict(FUNCTIONS)
    for name, value in CLASSES.items():
        if "__init__" in vars(value) and not issubclass(value, dict):
            found[name] = inspect.unwrap(vars(value)["__init__"])
        found |= {f"{name}.{one}": member for one, member in members(value) if inspect.isfunction(member)}
    return found


class Namespace(dict[str, Any]):
    """The names that modules import for type checkers only, and that annotations use all the same."""

    def __missing__(self, name: str) -> Any:
        if name in dedupe.__all__:
            return getattr(dedupe, name)
        if name == "datasketch":
            return importlib.import_module(name)
        if name in ("DataFrame", "SparkSession"):
            return Any  # they need Spark, and are not of this package
        if name == "Unpack":
            return typing_extensions.Unpack
        raise KeyError(name)


def types_in(hint: Any) -> Iterator[type]:
    """Yield the classes of this package in an annotation."""
    if get_origin(hint) is None:
        if inspect.isclass(hint) and hint.__module__.split(".")[0] == "dedupe":
            yield hint
        return
    for part in get_args(hint):
        yield from types_in(part)


def test_dir_shows_the_public_names_only() -> None:
    assert dir(dedupe) == sorted(dedupe.__all__)
    assert dir(dedupe.corpus) == sorted(dedupe.corpus.__all__)
    misspelt = "chek"
    with pytest.raises(AttributeError, match="module 'dedupe' has no attribute 'chek'"):
        getattr(dedupe, misspelt)


def test_a_star_import_brings_the_public_names() -> None:
    names: dict[str, Any] = {}
    exec("from dedupe import *", names)
    assert set(names) - {"__builtins__"} == set(dedupe.__all__)


def test_help_is_a_page_one_can_work_from() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import dedupe; help(dedupe)"], capture_output=True, text=True, check=True
    )
    page = re.sub(".\b", "", done.stdout)
    assert done.stderr == ""
    first, _, rest = page.partition("PACKAGE CONTENTS")
    for shown in ("dedupe.clean(text)", "dedupe.check(text", "check_many", "open_index", "corpus.check", "docs/"):
        assert shown in first
    assert len(first.splitlines()) < 70
    classes = re.findall(r"^    class (\w+)", rest, re.MULTILINE)
    functions = re.findall(r"^    (\w+)\(", rest.partition("\nFUNCTIONS\n")[2], re.MULTILINE)
    listed = re.findall(r"^    (\w+) = ", rest.partition("\nDATA\n")[2], re.MULTILINE)
    assert {*classes, *functions, *listed} - {"__all__"} == set(dedupe.__all__) - {"__version__", "corpus"}
    assert dedupe.__version__ in rest.partition("\nVERSION\n")[2]


def test_the_description_of_the_module_holds() -> None:
    failed, tried = doctest.testmod(dedupe)
    assert (failed, tried > 5) == (0, True)


@pytest.mark.parametrize("name", signatures())
def test_every_type_in_a_public_signature_is_public(name: str) -> None:
    function = signatures()[name]
    hints = get_type_hints(function, function.__globals__, Namespace())
    known = set(PUBLIC.values())
    for parameter, hint in hints.items():
        assert [one for one in types_in(hint) if one not in known] == [], parameter


@pytest.mark.parametrize("name", CLASSES)
def test_every_type_of_an_attribute_is_public(name: str) -> None:
    known = set(PUBLIC.values())
    for attribute, hint in get_type_hints(CLASSES[name], None, Namespace()).items():
        if not attribute.startswith("_"):
            assert [one for one in types_in(hint) if one not in known] == [], attribute


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_described(name: str) -> None:
    again = name.startswith("dedupe.index.") and name.rpartition(".")[2] in dedupe.__all__
    described_at_length = (name in CLASSES or name in FUNCTIONS) and not again
    assert (f":: {name}\n" if described_at_length else f"`{name}`") in PAGES
    if name in CLASSES or name in FUNCTIONS:
        value = PUBLIC[name]
        assert value.__doc__
        assert pydoc.getdoc(value).splitlines()[0].endswith((".", ":"))
    if name in CLASSES:
        for one, member in members(CLASSES[name]):
            assert member.__doc__ or inspect.isdatadescriptor(member), one


RECORDS = [
    name
    for name, value in CLASSES.items()
    if not (issubclass(value, (dict, dedupe.DedupeError)) or name.endswith("Store"))
]


@pytest.mark.parametrize("name", [*FUNCTIONS, *RECORDS])
def test_every_parameter_is_described(name: str) -> None:
    described = re.findall(r"^ {4}(?:\*\*)?(\w+): ", inspect.getdoc(PUBLIC[name]) or "", re.MULTILINE)
    if PUBLIC[name] is dedupe.OpenIndex:
        assert described == ["spec", "where", "lock"]  # it is made by open_index, so that it has no parameters
        return
    parameters = [one for one in inspect.signature(PUBLIC[name]).parameters if one != "self"]
    assert [one for one in described if not one.endswith("Error")] == parameters


def test_an_index_closes_itself(tmp_path: Path) -> None:
    with dedupe.open_index(tmp_path / "seen.index", write=True) as index:
        dedupe.Deduper(index=index).add([("a", "The old bridge is closed to all traffic until May.")])
        assert index.stats().documents == 1
    with pytest.raises(dedupe.InputError, match="is closed; open it again"):
        index.stats()
    index.close()
    with pytest.raises(KeyError), dedupe.open_index(tmp_path / "seen.index") as index:
        raise KeyError
    with pytest.raises(dedupe.InputError, match="is closed"):
        dedupe.Deduper(index=index).check("text")
    assert not [path for path in tmp_path.iterdir() if path.name != "seen.index"]
    assert repr(index) == f"<open index {str(tmp_path / 'seen.index')!r}>"
