"""The text of a paragraph and its words of weight, parsed on first use."""

from __future__ import annotations

import regex

from dedupe._properties import cached_property
from dedupe.judge import _furniture, _weight
from dedupe.judge._characters import CLOSERS, STOPS
from dedupe.model import Role
from dedupe.text.tokens import is_number, normalize, normalize_ascii, words

SHORT = 60
"""Size in letters below which a single repeat proves little: headings, refrains, labels and answers are that short."""

PROSE_LETTERS = 80
"""Least size in letters of a sentence that is running text; of other text half as much again."""

_CLOSING = " " + CLOSERS
_SENTENCE_ENDS = tuple(STOPS)

STAYING: frozenset[Role] = frozenset(("code", "cell", "fixed", "navigation", "matter", "kept", "history"))
"""Roles of paragraphs that are never removed as repeats: their position matters, or they help to navigate."""

BACKSTAGE: frozenset[Role] = frozenset(("code", "cell", "fixed", "hidden", "navigation", "matter", "history"))
"""Roles of paragraphs that are no original for visible text."""

SPOKEN: frozenset[Role] = frozenset(("spoken", "again"))
"""Roles of lines with a time of their own: in another document they are flagged at most."""

UNSPACED_LETTERS, HANGUL_LETTERS = 2.2, 1.9
"""Letters that a character of a script without spaces, and a Korean syllable, counts as."""

_UNSPACED = regex.compile(r"[\p{Script=Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_HEAVY = regex.compile(r"[\u0E00-\u1FFF\u2E80-\U0010FFFF]")  # Thai and beyond, punctuation and symbols left out
_HANGUL = regex.compile(r"\p{Hangul}")
_DIGIT = regex.compile("[0-9]")


class ParagraphText:
    """The text of a paragraph, its words and their weight; each property is computed on first use."""

    def __init__(self, text: str, role: Role = "") -> None:
        """Take a paragraph's text, without white space around it, and its role in the source."""
        self.text = text
        self.role = role

    @cached_property
    def plain(self) -> str | None:
        """The normalized words, if the text is ASCII and common marks only; else None."""
        return normalize_ascii(self.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The canonical words."""
        normalized = self.plain
        return tuple((normalize(self.text) if normalized is None else normalized).split())

    @cached_property
    def size(self) -> float:
        """The length in letters: those of the words and one for each word, weighted by script."""
        letters = len("".join(self.words)) + len(self.words)
        if self.plain is not None or not _HEAVY.search(self.text):
            return letters
        # The sum above has a character of a script without spaces as two letters.
        return (
            letters
            + (UNSPACED_LETTERS - 2) * len(_UNSPACED.findall(self.text))
            + (HANGUL_LETTERS - 1) * len(_HANGUL.findall(self.text))
        )

    @property
    def is_sentence(self) -> bool:
        """Whether the text ends as a sentence does."""
        return self.text.rstrip(_CLOSING).endswith(_SENTENCE_ENDS)

    @cached_property
    def prose(self) -> bool:
        """Whether the text is running text, and no row of numbers."""
        least = PROSE_LETTERS if self.is_sentence else 1.5 * PROSE_LETTERS
        return self.size >= least and 3 * sum(map(is_number, self.words)) < len(self.words)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The distinct words."""
        return frozenset(self.words)

    def may_have(self, word: str) -> bool:
        """Return whether a word may stand in the text; quick, since the text is not split."""
        return self.plain is None or word in self.plain

    @cached_property
    def figures(self) -> bool:
        """Whether there may be a number in the text; certain if it is plain."""
        normalized = self.plain
        return not "".join(self.words).isalpha() if normalized is None else _DIGIT.search(normalized) is not None

    @cached_property
    def signs(self) -> dict[int, str]:
        """The signs at numbers, by position: minus, percent, currencies."""
        if not self.figures or (self.plain is not None and not _weight.may_have_signs(self.text)):
            return {}  # most paragraphs have no number, or no sign
        return {at: sign for at, sign in _weight.signs(self.text).items() if 0 <= at < len(self.words)}

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The words that are compared: numbers have their signs, since neither 5 % nor -5 is 5."""
        signs = self.signs
        return tuple(signs.get(at, "") + word for at, word in enumerate(self.words)) if signs else self.words

    @cached_property
    def token_set(self) -> frozenset[str]:
        """The distinct tokens."""
        return frozenset(self.tokens) if self.signs else self.vocabulary

    @cached_property
    def identifiers(self) -> dict[int, str]:
        """The words whose case matters, as they are written, by position."""
        return _weight.identifiers(self.text) if self.plain is None or _weight.may_have_identifiers(self.text) else {}

    @cached_property
    def codes(self) -> frozenset[int]:
        """The positions of the words of identifiers and addresses."""
        return _weight.codes(self.text) if self.plain is None or _weight.may_have_codes(self.text) else frozenset()

    @cached_property
    def units(self) -> frozenset[int]:
        """The positions of words directly behind a number, or behind a word that multiplies one, outside links."""
        found = _weight.units(self.text) if self.figures else frozenset()
        found |= _weight.counted(self.words)
        return frozenset(at for at in found if at - 1 not in self.links) if found and self.links else found

    @cached_property
    def breaks(self) -> frozenset[int]:
        """The positions of words that a mark separates from the word before."""
        return _weight.breaks(self.text)

    @cached_property
    def capitalised(self) -> dict[str, bool]:
        """The capitalised words, each with whether it is so inside a sentence."""
        return _weight.capitalised(self.text)

    def is_capitalised(self, word: str) -> bool | None:
        """Return whether a word is capitalised inside a sentence; None if it is nowhere capitalised."""
        if self.plain is None:
            return self.capitalised.get(word)
        return _weight.is_capitalised(word, self.text, self.plain)

    def has_small(self, word: str) -> bool:
        """Return whether a word stands in the text without a capital."""
        return self.may_have(word) and regex.search(rf"\b{regex.escape(word)}\b", self.text) is not None

    @cached_property
    def signature(self) -> int:
        """The number of words in the signature of a post or quotation: links, a dash, a name, a role or date."""
        start = _furniture.signature_start(self.text)
        return _furniture.words_from(self.text, start, len(self.words)) if start else 0

    @cached_property
    def link(self) -> int:
        """The number of words in the label of a link behind a final ellipsis."""
        start = _furniture.link_label_start(self.text)
        return _furniture.words_from(self.text, start, len(self.words)) if start else 0

    @property
    def signer(self) -> str:
        """The last word of the name in the signature."""
        return _furniture.signer(self.text)

    @cached_property
    def links(self) -> frozenset[int]:
        """The positions of the words of links, if the text is a post or a teaser."""
        return _furniture.links(self.text)

    @cached_property
    def label(self) -> tuple[str, ...]:
        """The words of a label in front of the text."""
        return self.words[: len(words(self.text[: _furniture.label_end(self.text)]))]

    @cached_property
    def furniture(self) -> frozenset[int]:
        """The positions of words that are no part of the text itself."""
        return _furniture.positions(self.text, len(self.words))

    def equals(self, other: ParagraphText) -> bool:
        """Return whether both have the same words, signs at the same numbers, and identifiers in the same case."""
        if self is other or self.text == other.text:
            return True
        return self.words == other.words and self.signs == other.signs and not self.recased(other)

    def recased(self, other: ParagraphText) -> bool:
        """Return whether an identifier has another case in a paragraph with the same words."""
        names = other.identifiers
        return any(names.get(at, name) != name for at, name in self.identifiers.items()) if names else False
