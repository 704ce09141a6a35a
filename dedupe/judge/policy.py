"""How strict the judge is, by the level and the user's choices."""

from __future__ import annotations

from dataclasses import dataclass

from dedupe.options import Keep, Level, Options

_MOST_LOST_WORDS: dict[Level, int] = {"conservative": 0, "default": 5, "aggressive": 10}
"""Most words of no weight that a removal may lose."""

_MOST_LOST_SHARE = 0.05
"""Largest share of its words, of no weight, that a removal may lose on every level."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a removal may lose, which of two equal paragraphs stays, and which kinds are ignored."""

    level: Level = "default"
    keep: Keep = "best"
    ignore: frozenset[str] = frozenset()

    @classmethod
    def of(cls, options: Options) -> Policy:
        """Return the policy that options give."""
        return cls(options.level, options.keep, frozenset(options.ignore))

    @property
    def lenient(self) -> bool:
        """Whether words that stand near the original, and furniture, may be lost."""
        return self.level != "conservative"

    def allowed(self, words: int) -> int:
        """Return how many words of no weight a removed paragraph with this number of words may lose."""
        return min(_MOST_LOST_WORDS[self.level], int(_MOST_LOST_SHARE * words))
