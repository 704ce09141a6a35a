"""Find the furniture of a paragraph, words that are no part of its text: signatures, credits, running times, labels."""

from __future__ import annotations

import regex

from dedupe.judge._characters import QUOTES
from dedupe.judge._weight import is_quantity
from dedupe.judge._weighty_words import NEGATIONS
from dedupe.text.tokens import is_number, words

TAIL_CHARACTERS = 200
"""Characters at the end of a paragraph that are searched for a signature, a credit or the label of a link."""

MAX_LABEL_WORDS, MAX_LINK_LABEL_WORDS = 2, 4
"""Most words of a label in front of a text, and of the label of a link behind an ellipsis."""

_OPENING_QUOTES, _CLOSING_QUOTES = tuple(QUOTES), tuple("\"'”’»›“‘«‹」』")
_SIGNATURE = regex.compile(
    r"""
    (?: (?<=[\p{P}\p{S}\p{Z}]) [—–―] | (?<=\s) --? (?=\s) ) \s*+
    (?P<name> \p{L} [^—–―,，、(（]{1,50}+ )
    (?: (?P<post> \(@\w{2,30}\) ) [^.!?…]{0,30} | [,，、(（] [^.!?…]{1,90} )?+ $""",
    regex.VERBOSE,
)
_LINK_LABEL = regex.compile(r"(?:\.\.\.|…)\s*+(?P<label>[\p{Lu}\p{Lt}\p{Lo}\[(][^.!?…。！？]{1,39})$")
_BRACKETED_CREDIT = regex.compile(r"\s*+[(\[（【](?P<credit>[^()\[\]（）【】]{2,80}+)[)\]）】]\.?$")
_YEAR = regex.compile(r"(?:1[89]|20)\d\d$")
_CLOSING_BRACKETS = frozenset(")]）】")
_BAR_CREDIT = regex.compile(r"\s*+[|｜](?P<credit>[^|｜.!?。！？]{2,60}+)$")
_CREDIT_MARKS = regex.compile(r"[/:：©]|(?<!\p{L})via(?!\p{L})", regex.IGNORECASE)
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?+"
_LEADING_TIME = regex.compile(
    rf"""
    (?P<label> (?:\p{{L}}[\p{{L}}\p{{M}}-]{{1,19}}+\s){{0,2}} ) [(\[]? {_TIME} [)\]]?+ (?!\d) (?=\s*+\S)
    (?! \s*+ (?: [\p{{Ll}},.;–-] | [AP]\.?M | \p{{Lu}}{{2,4}}(?!\p{{L}}) | Uhr ) )  # a.m., EDT: a time of day""",
    regex.VERBOSE,
)
_TRAILING_TIME = regex.compile(rf"(?:(?<=[.!?…。！？]['\"”’»)]?)\s|\s?[|｜•·–—]\s?|\s?(?=[(\[]))[(\[]?{_TIME}[)\]]?$")
_CLOCK_WORDS = frozenset(
    "at by around about from until till since before after um gegen ab seit vor nach bis à vers dès avant après om rond"
    " kl klokken las alle ore o w v ve в к около до после".split()
)
"""Words in front of a time of day, which is no running time."""

_LABEL = regex.compile(r"(?P<label>[^\s:：|｜]{1,24}+(?:\s[^\s:：|｜]{1,24}+)?+)\s?(?:[:：|｜]|\s[–—›»])\s*+(?=\S)")
_LABEL_MARKS = frozenset(":：|｜–—›»")
MAX_LABEL_CHARACTERS = 52
"""Most characters of a label with its mark: two words and two spaces."""

_LINK = regex.compile(
    r"""
    (?<![\p{Latin}\p{Cyrillic}\p{Greek}\p{N}@./-])
    (?: (?:https?+://)?+ (?P<post> t\.co | pic\.(?:twitter|x)\.com ) /  |  https?+://  |  www\. )
    [!-~\p{Latin}\p{Cyrillic}\p{Greek}]++      # no word of a script without spaces, which goes on behind it
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_FINAL_ELLIPSIS = regex.compile(r"(?:\.\.\.|…)[\])}\"'”’»›]*+$")


def signature_start(text: str) -> int:
    """Return the offset at which a signature begins, with the links before it; 0 if there is none.

    A post ends in a name and, in brackets, a handle that begins with @; a text in quotation marks in a name and
    perhaps a role.
    """
    if not ("—" in text or "–" in text or " -" in text or "―" in text):
        return 0
    match = _SIGNATURE.search(text, max(0, len(text) - TAIL_CHARACTERS))
    if match is None:
        return 0
    signed = text[: match.start()].rstrip()
    if not match["post"]:
        return match.start() if signed.startswith(_OPENING_QUOTES) and signed.endswith(_CLOSING_QUOTES) else 0
    while (link := signed.rsplit(None, 1)[-1:]) and "/" in link[0] and "." in link[0]:
        signed = signed[: len(signed) - len(link[0])].rstrip()
    return len(signed)


def links(text: str) -> frozenset[int]:
    """Return the positions of the words of links in a post or teaser; none in another text.

    A post has a signature, or a link to a site of posts; a teaser ends in an ellipsis.

    >>> sorted(links("It opens on Monday https://t.co/VsruD0 and the ferry goes back"))
    [4, 5, 6, 7]
    """
    if "/" not in text and "www." not in text:
        return frozenset()
    found = list(_LINK.finditer(text))
    if found and not (_FINAL_ELLIPSIS.search(text) or link_label_start(text) or signature_start(text)):
        found = [match for match in found if match["post"]]
    positions: list[int] = []
    for match in found:
        leading = len(words(text[: match.start()]))
        positions += range(leading, leading + len(words(match.group())))
    return frozenset(positions)


def signer(text: str) -> str:
    """Return the last word of the name in a signature."""
    match = _SIGNATURE.search(text, max(0, len(text) - TAIL_CHARACTERS))
    return words(match["name"])[-1] if match else ""


def link_label_start(text: str) -> int:
    """Return the offset of the label of a link, a few words behind a final ellipsis; 0 if there is none."""
    if "..." not in text and "…" not in text:
        return 0
    match = _LINK_LABEL.search(text, max(0, len(text) - TAIL_CHARACTERS))
    return match.start("label") if match and _is_label(words(match["label"]), MAX_LINK_LABEL_WORDS) else 0


def words_from(text: str, start: int, count: int) -> int:
    """Return how many of the `count` words of a text stand behind an offset; 0 if the offset is 0."""
    return count - len(words(text[:start])) if start else 0


def credit_start(text: str) -> int:
    """Return the offset of a credit at the end of a text, in brackets or behind a bar; 0 if there is none."""
    start = max(0, len(text) - TAIL_CHARACTERS)
    if text.removesuffix(".")[-1:] in _CLOSING_BRACKETS and (match := _BRACKETED_CREDIT.search(text, start)):
        return match.start() if _is_credit(match["credit"]) else 0
    if ("|" in text or "｜" in text) and (match := _BAR_CREDIT.search(text, start)):
        return match.start() if _is_bar_credit(match["credit"]) else 0
    return 0


def _is_bar_credit(text: str) -> bool:
    """Return whether a text behind a bar is a credit: names and at most one other word, without a negation.

    A scraper puts the headline of the next text behind the credit of a picture.
    """
    return NEGATIONS.isdisjoint(words(text)) and sum(word[0].islower() for word in text.split()) <= 1


def _is_credit(text: str) -> bool:
    """Return whether bracketed text is a credit: names, or a slash, colon or copyright sign; no number but years."""
    found = words(text)
    if not found or not NEGATIONS.isdisjoint(found) or any(is_number(word) and not _YEAR.match(word) for word in found):
        return False
    first = [word[0] for word in text.split() if word[0].isalpha()]
    return _CREDIT_MARKS.search(text) is not None or (len(first) > 1 and all(letter.isupper() for letter in first))


def running_times(text: str) -> tuple[int, int]:
    """Return where a running time with its label at the beginning ends, and where one at the end begins; 0 for none."""
    if ":" not in text:
        return 0, 0
    leading = _LEADING_TIME.match(text)
    if leading and not _CLOCK_WORDS.isdisjoint(words(leading["label"])):
        leading = None
    trailing = _TRAILING_TIME.search(text, max(0, len(text) - TAIL_CHARACTERS))
    return leading.end() if leading else 0, trailing.start() if trailing else 0


def label_end(text: str) -> int:
    """Return where a label in front of a text ends, without numbers and negations; 0 if there is none."""
    match = None if _LABEL_MARKS.isdisjoint(text[:MAX_LABEL_CHARACTERS]) else _LABEL.match(text)
    if match is None:
        return 0
    return match.end() if _is_label(words(match["label"]), MAX_LABEL_WORDS) else 0


def _is_label(label: list[str], most: int) -> bool:
    """Return whether these words may label a text or a link: few, without numbers and negations."""
    return 0 < len(label) <= most and NEGATIONS.isdisjoint(label) and not any(map(is_quantity, label))


def positions(text: str, count: int) -> frozenset[int]:
    """Return which of the `count` words of a text are furniture at its beginning or end."""
    leading, trailing = running_times(text)
    start = max(leading, label_end(text))
    head = len(words(text[:start])) if start else 0
    tail = max(words_from(text, offset, count) for offset in (link_label_start(text), credit_start(text), trailing))
    return frozenset((*range(head), *range(count - tail, count))) if head + tail < count else frozenset()
