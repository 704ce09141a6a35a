"""What a rule of the judgement is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dedupe.judgement.evidence import Evidence
from dedupe.judgement.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to remove or to flag.

    `name` is that of its folder in `fixtures/cases/`; `summary` says for the docs what it looks for; `reason` is the
    sentence of its findings, in which `{lines}` stands for the lines of the original and `{words}` for what differs.
    """

    name: str
    summary: str
    reason: str
    decide: Callable[[Evidence, Verdicts], None]
