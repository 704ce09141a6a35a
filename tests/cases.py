"""Labelled cases: reading `fixtures/cases/GROUP/NAME.case`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "fixtures/cases"


@dataclass(frozen=True)
class Case:
    """A text and an editor's word on each line: `=` stays, `-` goes, `?` either, `!` stays and is flagged."""

    name: str
    headers: dict[str, str]
    marks: str
    text: str

    @property
    def negative(self) -> bool:
        """Whether nothing has to go."""
        return "-" not in self.marks


def load(path: Path) -> Case:
    """Read a case file."""
    head, _, body = path.read_text("utf-8").partition("\n---\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines())
    rows = body.removesuffix("\n").split("\n")
    assert all(row[:1] in "=-?!" and row[1:2] in ("", " ") for row in rows), path
    name = f"{path.parent.name}/{path.stem}"
    return Case(name, headers, "".join(row[0] for row in rows), "\n".join(row[2:] for row in rows))


def cases() -> list[Case]:
    """Return every case, in order of name."""
    return [load(path) for path in sorted(FOLDER.glob("*/*.case"))]
