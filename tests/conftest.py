"""Settings for every test: examples in a fixed order, no test that asserts a time, and which tests need much."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("project")

HEAVY = {
    "parquet": "pyarrow",
    "scrapy": "scrapy",
    "spark": "pyspark and pyarrow",
    "test_datatrove.py": "datatrove",
    "test_docs.py": "pyarrow and sphinx",
    "test_frames.py": "dask, datasets, duckdb, pandas, polars and pyarrow",
    "test_names.py": "pyarrow",
    "test_pipelines.py": "every library that an adapter is for, and trafilatura",
    "test_retrieval.py": "langchain-core, langchain-text-splitters and llama-index-core",
    "test_speed.py": "the extra bench",
    "test_training.py": "catboost",
}
"""A file or a test with this in its name needs libraries that only the extra test-all brings."""


def is_heavy(name: str) -> bool:
    """Say whether a file or a test of this name needs one of them."""
    return any(part in name for part in HEAVY)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file of tests whose libraries need not be there."""
    left_out = collection_path.is_file() and is_heavy(collection_path.name)
    return True if left_out and "not heavy" in config.option.markexpr else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what needs libraries that only the extra test-all brings."""
    if is_heavy(f"{item.path.name}::{item.name}"):
        item.add_marker(pytest.mark.heavy)
