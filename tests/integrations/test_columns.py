"""What adapters share, and what each says where its library is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import dedupe
from dedupe.integrations import _columns
from tests.faults import POISON, SAID, TWICE, TWICE_POISON, planted
from tests.test_docs import PYPROJECT

LIBRARIES = {
    "arrow": ("pyarrow", "pyarrow"),
    "dask": ("dask", "Dask"),
    "datasets": ("datasets", "datasets"),
    "datatrove": ("datatrove", "datatrove"),
    "duckdb": ("duckdb", "DuckDB"),
    "langchain": ("langchain_core", "langchain-core"),
    "llama_index": ("llama_index", "llama-index-core"),
    "pandas": ("pandas", "pandas"),
    "polars": ("polars", "polars"),
    "ray": ("ray", "Ray Data"),
    "scrapy": ("scrapy", "Scrapy"),
}
"""The library of each adapter: what is imported, and its name in sentences."""

WITHOUT = """
import importlib, sys
sys.modules[sys.argv[2]] = None  # as if it were not installed
import dedupe
try:
    importlib.import_module(f"dedupe.integrations.{sys.argv[1]}")
except dedupe.MissingExtraError as error:
    print(error)
"""


def test_every_adapter_is_listed() -> None:
    modules = {path.stem for path in Path(dedupe.__file__).parent.glob("integrations/[!_]*.py")}
    assert modules == set(LIBRARIES)


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_missing_library_is_a_sentence_with_the_command_that_installs_it(name: str) -> None:
    module, library = LIBRARIES[name]
    done = subprocess.run([sys.executable, "-c", WITHOUT, name, module], capture_output=True, text=True, check=False)
    extra = name.replace("_", "-")
    sentence = f"{library} is not installed; install it with: pip install 'paradedupe[{extra}]'\n"
    assert done.stdout == sentence, done.stderr
    assert extra in PYPROJECT["project"]["optional-dependencies"]


def test_texts_are_cleaned_and_what_is_no_text_is_named() -> None:
    cleaned = _columns.clean_each(iter([TWICE, None, "", SAID]), "body")
    assert cleaned.texts == [f"{SAID}\n", None, "", SAID]
    assert [found and found.count('"remove"') for found in cleaned.findings] == [1, None, 0, 0]
    assert _columns.clean_each([], "body") == ([], [])
    for value in (b"bytes", 7, ["a"], float("nan")):
        place = f"row 2 of column 'body': is of type {type(value).__name__}, where a string is needed"
        with pytest.raises(dedupe.InputError, match=rf"^{place}$".replace("[", r"\[")):
            _columns.clean_each(["a", value], "body")


def test_a_generator_that_raises_raises() -> None:
    def texts() -> object:
        yield SAID
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        _columns.clean_each(texts(), "body")  # type: ignore[arg-type]


def test_ids_dates_and_nulls_of_other_columns_become_keys() -> None:
    options = dedupe.Options(cross_document="remove")
    keys = ([2, 1, None], [date(2026, 1, 2), date(2026, 1, 1), None], None)
    cleaned = _columns.clean_together([SAID, SAID, None], "body", options, keys)
    assert cleaned.texts == ["", SAID, None]
    assert '"document": "1"' in str(cleaned.findings[0])


def test_the_names_of_columns_are_checked() -> None:
    with pytest.raises(dedupe.OptionError, match="there is no column 'x'; the columns are none"):
        _columns.require_names([], ["x"])
    with pytest.raises(dedupe.OptionError, match=r"the columns are 0, 1, .*, 19, \.\.\.$"):
        _columns.require_names(range(30), ["x"])
    _columns.require_names(["a", "b"], ["a", ""], "c")


FAILING = """
from dedupe.integrations._columns import clean_each
from tests.faults import TWICE, TWICE_POISON

print(clean_each([None, TWICE_POISON, TWICE], "body").texts)
"""


def test_a_text_on_which_the_program_fails_stays_and_is_logged(tmp_path: Path) -> None:
    environment = os.environ | planted(tmp_path, "judge")
    done = subprocess.run([sys.executable, "-c", FAILING], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout == f"{[None, TWICE_POISON, f'{SAID}{chr(10)}']}\n"
    assert done.stderr.startswith("row 2 of column 'body': the program failed on it (KeyError")
    assert POISON not in done.stderr
