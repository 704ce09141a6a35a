"""What a rule of the judgement is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dedupe.judgement.evidence import Evidence
from dedupe.judgement.verdicts import Verdicts
from dedupe.model import Action

ALWAYS: tuple[Action, Action, Action] = ("remove", "remove", "remove")
UNLESS_CONSERVATIVE: tuple[Action, Action, Action] = ("flag", "remove", "remove")
IF_AGGRESSIVE: tuple[Action, Action, Action] = ("flag", "flag", "remove")
NEVER: tuple[Action, Action, Action] = ("flag", "flag", "flag")
"""What a rule does on the levels conservative, default and aggressive."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to remove or to flag.

    `name` is that of its folder in `fixtures/cases/`; `summary` says for the docs what it looks for; `reason` is the
    sentence of its findings, in which `{lines}` stands for the lines of the original and `{words}` for what differs;
    `actions` is what it does on the levels conservative, default and aggressive.
    """

    name: str
    summary: str
    reason: str
    actions: tuple[Action, Action, Action]
    decide: Callable[[Evidence, Verdicts], None]
