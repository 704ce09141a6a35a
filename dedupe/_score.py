"""Score removals against labels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of lines: removed rightly (hits), removed wrongly (wrong), and not removed but labelled so (misses)."""

    hits: int = 0
    misses: int = 0
    wrong: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.hits + other.hits, self.misses + other.misses, self.wrong + other.wrong)

    @property
    def precision(self) -> float:
        """The share of the removed lines that are labelled so."""
        return self.hits / max(1, self.hits + self.wrong)

    @property
    def recall(self) -> float:
        """The share of the lines labelled so that are removed."""
        return self.hits / max(1, self.hits + self.misses)

    @property
    def balance(self) -> float:
        """F0.5: precision counts twice as much as recall, since a wrong removal is worse than a missed one."""
        weighed = 0.25 * self.precision + self.recall
        return 1.25 * self.precision * self.recall / weighed if weighed else 0.0
