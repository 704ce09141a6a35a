"""How strict a judgement is: what the level and the user's choices come to."""

from __future__ import annotations

from dataclasses import dataclass

from dedupe.options import Keep, Level

_LEVELS: tuple[Level, ...] = ("conservative", "default", "aggressive")
_BUDGET: dict[Level, int] = {"conservative": 0, "default": 5, "aggressive": 10}
"""How many words of no weight a removal may lose at most."""

SHARE = 0.05
"""The largest share of its words a removal may lose, of no weight too, on every level."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be lost, which of two equal copies stays, and which kinds are not looked for."""

    level: Level = "default"
    keep: Keep = "best"
    ignore: frozenset[str] = frozenset()

    @property
    def lenient(self) -> bool:
        """Whether what is said nearby, and furniture, may be lost."""
        return self.level != "conservative"

    @property
    def strictness(self) -> int:
        """The place of the level among conservative, default and aggressive."""
        return _LEVELS.index(self.level)

    def allowed(self, words: int) -> int:
        """Return how many words of no weight a removed paragraph of so many may say that its original does not."""
        return min(_BUDGET[self.level], int(SHARE * words))
