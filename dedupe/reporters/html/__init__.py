"""The report as one page for a browser: self-contained, inert, with every finding beside its original."""

from dedupe.reporters.html._page import Page

__all__ = ["Page"]
