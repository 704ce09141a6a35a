"""What is printed: tables, aims beside what was measured, the machine."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("numpy", "datasketch", "xxhash", "rensa", "gaoya", "tors", "semhash", "context-dedup", "trafilatura")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading; `notes` stand below."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure to reach: what, the bound, whether it is a least or a most, how it is written, where it is measured."""

    what: str
    bound: float
    least: bool = True
    form: str = "{:.2f}"
    section: str = ""

    def reached(self, measured: float) -> bool:
        """Say whether what was measured reaches it."""
        return measured >= self.bound if self.least else measured <= self.bound

    @property
    def bounded(self) -> str:
        """The bound as it is written."""
        return f"{'at least' if self.least else 'at most'} {self.form.format(self.bound)}"


@dataclass(frozen=True, slots=True)
class Section:
    """What a part of the run has found: tables, figures by the name of their aim, and who is ahead of this project."""

    tables: Sequence[Table] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    losses: Sequence[str] = ()


def shown(table: Table, markdown: bool) -> str:
    """Return a table as text, or as Markdown."""
    head, rows = list(table.head), [list(row) for row in table.rows]
    if markdown:
        lines = [head, ["---" if at == 0 else "---:" for at in range(len(head))], *rows]
        text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    else:
        widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
        lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in [head, *rows]]
        text = "\n".join("  ".join(line).rstrip() for line in lines)
    return "\n\n".join([text, *table.notes]) + "\n"


def machine() -> str:
    """Return what the figures were measured on."""
    names: list[str] = []
    if Path("/proc/cpuinfo").exists():
        names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    processor = names[0] if names else platform.processor() or platform.machine()
    versions = [f"{package} {found}" for package in PACKAGES if (found := _version(package))]
    return f"{processor}, {os.cpu_count()} cores; Python {platform.python_version()}, {', '.join(versions)}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
