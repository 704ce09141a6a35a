"""A paragraph's text and what of it has weight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import regex

from dedupe.judge import _furniture, _weight
from dedupe.model import Role
from dedupe.text.tokens import is_number, normalize, normalize_ascii

Value = TypeVar("Value")

SHORT = 60
"""Size below which a lone repeat proves little: headings, refrains, labels and answers are that short."""

PROSE = 80
"""The size from which a sentence reads as running text, and half as much again from which anything does."""

_CLOSERS = " \"'”’»›“)]）}」』】〉》*_"
_STOPS = tuple(".!?。！？…؟۔।॥։៕")

STAYING: frozenset[Role] = frozenset(("code", "cell", "fixed", "navigation", "matter", "kept", "history"))
"""Roles of what is never removed as a repeat: its place says something, or it serves to find one's way."""

BACKSTAGE: frozenset[Role] = frozenset(("code", "cell", "fixed", "hidden", "navigation", "matter", "history"))
"""Roles of what is no original for a reader's text."""

SPOKEN: frozenset[Role] = frozenset(("spoken", "again"))
"""Roles of what is said at a time of its own: in another document it is flagged at most."""

UNSPACED, HANGUL = 2.2, 1.9
"""What a character of a script without spaces, and a Korean syllable, says in letters."""

_UNSPACED = regex.compile(r"[\p{Script=Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_HEAVY = regex.compile(r"[\u0E00-\u1FFF\u2E80-\U0010FFFF]")  # Thai and beyond, punctuation and symbols left out
_HANGUL = regex.compile(r"\p{Hangul}")
_DIGIT = regex.compile("[0-9]")
_CASES = bytes(65 if 65 <= code <= 90 else 97 if 97 <= code <= 122 else 32 for code in range(256))
"""Turns small letters into a, capitals into A, and all else into spaces."""
_PLAIN_SIGNS = tuple(mark for mark in _weight.SIGNS + "$" if mark.isascii())
"""The signs among the characters of a plain paragraph."""


class cached_property(Generic[Value]):  # noqa: N801  # used as a decorator
    """A property that is computed on first use; functools.cached_property of Python 3.11 and before takes a lock."""

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, one: Any, owner: type) -> Value:
        value = self._make(one)
        setattr(one, self._name, value)
        return value


class ParagraphText:
    """The text of a paragraph, and its words; what of them has weight is computed on first use."""

    def __init__(self, text: str, role: Role = "") -> None:
        """Take a paragraph's text, without white space around it, and what its source says of it."""
        self.text = text
        self.role = role

    @cached_property
    def plain(self) -> str | None:
        """Its words, folded, if it is of ASCII and the commonest marks: then they are found quickly, and weigh one."""
        return normalize_ascii(self.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The canonical words."""
        said = self.plain
        return tuple((normalize(self.text) if said is None else said).split())

    @cached_property
    def size(self) -> float:
        """Letters of the words and one for each, weighted by script: how much it says, in letters."""
        letters = len("".join(self.words)) + len(self.words)
        if self.plain is not None or not _HEAVY.search(self.text):
            return letters
        # A character of a script without spaces is counted with its space above.
        return (
            letters
            + (UNSPACED - 2) * len(_UNSPACED.findall(self.text))
            + (HANGUL - 1) * len(_HANGUL.findall(self.text))
        )

    @property
    def ended(self) -> bool:
        """Whether it ends as a sentence does."""
        return self.text.rstrip(_CLOSERS).endswith(_STOPS)

    @cached_property
    def prose(self) -> bool:
        """Whether it reads as running text, and no row of figures."""
        least = PROSE if self.ended else 1.5 * PROSE
        return self.size >= least and 3 * sum(map(is_number, self.words)) < len(self.words)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The distinct words."""
        return frozenset(self.words)

    @cached_property
    def figures(self) -> bool:
        """Whether there is a figure in it, as far as its words show; of one that is not plain, perhaps."""
        said = self.plain
        return not "".join(self.words).isalpha() if said is None else _DIGIT.search(said) is not None

    @cached_property
    def signs(self) -> dict[int, str]:
        """The signs that stand at its figures, by position: minus, percent, currencies."""
        if not self.figures or (self.plain is not None and not any(mark in self.text for mark in _PLAIN_SIGNS)):
            return {}  # the quick way out: most paragraphs have no figure, or no sign
        return {at: sign for at, sign in _weight.signs(self.text).items() if 0 <= at < len(self.words)}

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The words that are compared: those of figures with their signs, since 5 % is not 5, nor is -5."""
        if not self.signs:
            return self.words
        made = list(self.words)
        for at, sign in self.signs.items():
            made[at] = sign + made[at]
        return tuple(made)

    @cached_property
    def token_set(self) -> frozenset[str]:
        """The distinct tokens."""
        return frozenset(self.tokens) if self.signs else self.vocabulary

    @cached_property
    def identifiers(self) -> dict[int, str]:
        """The words whose case says something, as they are written, by position."""
        if self.plain is not None and "_" not in self.text and b"aA" not in self.text.encode().translate(_CASES):
            return {}  # the quick way out, as for signs
        return _weight.identifiers(self.text)

    @cached_property
    def units(self) -> frozenset[int]:
        """The positions of words directly behind a figure, or a word that multiplies one, those in links left out."""
        found = _weight.units(self.text) if self.figures else frozenset()
        if not _weight.MAGNITUDES.isdisjoint(self.vocabulary):
            found |= _weight.counted(self.words)
        return frozenset(at for at in found if at - 1 not in self.links) if found and self.links else found

    @cached_property
    def breaks(self) -> frozenset[int]:
        """The positions of words that are set off from the one before by a mark."""
        return _weight.breaks(self.text)

    @cached_property
    def capitalised(self) -> dict[str, bool]:
        """The words that are capitalised, each with whether one stands so inside a sentence."""
        return _weight.capitalised(self.text)

    def is_capitalised(self, word: str) -> bool | None:
        """Say whether a word stands capitalised inside a sentence; None if it is not capitalised at all."""
        if self.plain is not None and word[0].upper() not in self.text:
            return None  # the quick way out, as for signs
        return self.capitalised.get(word)

    @cached_property
    def names(self) -> set[str]:
        """The canonical words that stand capitalised inside a sentence: names, as far as can be seen."""
        return {word for word, inside in self.capitalised.items() if inside}

    @cached_property
    def signature(self) -> int:
        """The number of words that sign it, as a post or a quotation is signed: links, a dash, a name, who or when."""
        start = _furniture.signed_at(self.text)
        return _furniture.words_from(self.text, start, len(self.words)) if start else 0

    @cached_property
    def link(self) -> int:
        """The number of words of a link behind the ellipsis in which it ends."""
        start = _furniture.linked_at(self.text)
        return _furniture.words_from(self.text, start, len(self.words)) if start else 0

    @property
    def signer(self) -> str:
        """The last word of the name in its signature."""
        return _furniture.signer(self.text)

    @cached_property
    def links(self) -> frozenset[int]:
        """The positions of the words of links, if it is a post or a teaser."""
        return _furniture.links(self.text)

    @cached_property
    def furniture(self) -> frozenset[int]:
        """The positions of words that are no part of what it says."""
        return _furniture.positions(self.text, len(self.words))

    def equals(self, other: ParagraphText) -> bool:
        """Say whether both say the same: the same words, signs at the same figures, identifiers in the same case."""
        if self is other or self.text == other.text:
            return True
        return self.words == other.words and self.signs == other.signs and not self.recased(other)

    def recased(self, other: ParagraphText) -> bool:
        """Say whether an identifier of one of two paragraphs of the same words is another in the other."""
        theirs = other.identifiers
        return any(theirs.get(at, name) != name for at, name in self.identifiers.items()) if theirs else False
