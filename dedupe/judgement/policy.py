"""How strict a judgement is: what the level and the user's choices come to."""

from __future__ import annotations

from dataclasses import dataclass

from dedupe.options import Keep, Level

_LEVELS: tuple[Level, ...] = ("conservative", "default", "aggressive")
_BEARABLE: dict[Level, tuple[int, float]] = {"conservative": (0, 0.0), "default": (5, 0.05), "aggressive": (10, 0.1)}
"""How many words a removal may lose at most, and what share of its own."""

SLIPS, SLIPPING = 2, 10
"""In a run most of which is word for word a removal may lose so many words, one in so many of its own."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be lost, which of two equal copies stays, and which kinds are not looked for.

    A removed paragraph may say at most `lost_words` words, and at most the share `lost_share` of its own, that its
    original does not.
    """

    level: Level = "default"
    keep: Keep = "best"
    ignore: frozenset[str] = frozenset()

    @property
    def lost_words(self) -> int:
        """The most words a removal may lose."""
        return _BEARABLE[self.level][0]

    @property
    def lost_share(self) -> float:
        """The largest share of its words a removal may lose."""
        return _BEARABLE[self.level][1]

    @property
    def strictness(self) -> int:
        """The place of the level among conservative, default and aggressive."""
        return _LEVELS.index(self.level)

    def allowed(self, words: int) -> int:
        """Return how many words a removed paragraph of so many may say that its original does not."""
        most, share = _BEARABLE[self.level]
        return min(most, int(share * words))

    def slips(self, words: int) -> int:
        """Return the same for a paragraph of a run most of which is word for word."""
        return max(self.allowed(words), min(SLIPS, words // SLIPPING)) if self.lost_words else 0
