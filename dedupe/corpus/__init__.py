"""Find duplicate paragraphs across a set of documents: in memory, out of core, or on Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedupe.corpus import spark
    from dedupe.corpus.in_memory import check, clean
    from dedupe.corpus.settings import CorpusOptions

__all__ = ["CorpusOptions", "check", "clean", "spark"]


if not TYPE_CHECKING:  # to a type checker it would say that every name is there

    def __getattr__(name: str) -> Any:
        # Loaded on first use: help needs no numpy, and only users of Spark need Spark.
        from importlib import import_module

        if name in ("check", "clean"):
            return getattr(import_module("dedupe.corpus.in_memory"), name)
        if name == "CorpusOptions":
            return import_module("dedupe.corpus.settings").CorpusOptions
        if name == "spark":
            return import_module("dedupe.corpus.spark")
        raise AttributeError(f"module 'dedupe.corpus' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
