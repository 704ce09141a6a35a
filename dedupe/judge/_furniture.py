"""What stands in a paragraph and is no part of what it says: signatures, credits, running times, labels."""

from __future__ import annotations

import regex

from dedupe.judge._weight import NEGATIONS, QUOTES
from dedupe.text.tokens import is_number, words

UNQUOTES = "\"'”’»›“‘«‹」』"
SIGNED_IN = 200
"""Characters at the end of a paragraph in which its signature is looked for."""

LABEL_WORDS, LINK_WORDS = 2, 4
"""Words of a label in front of a text, and of the label of a link behind an ellipsis, at most."""

_SIGNATURE = regex.compile(
    r"""
    (?: (?<=[\p{P}\p{S}\p{Z}]) [—–―] | (?<=\s) --? (?=\s) ) \s*+
    (?P<name> \p{L} [^—–―,，、(（]{1,50}+ )
    (?: (?P<post> \(@\w{2,30}\) ) [^.!?…]{0,30} | [,，、(（] [^.!?…]{1,90} )?+ $""",
    regex.VERBOSE,
)
_LINKED = regex.compile(r"(?:\.\.\.|…)\s*+(?P<label>[\p{Lu}\p{Lt}\p{Lo}\[(][^.!?…。！？]{1,39})$")
_BRACKET = regex.compile(r"\s*+[(\[（【](?P<credit>[^()\[\]（）【】]{2,80}+)[)\]）】]\.?$")
_BAR = regex.compile(r"\s*+[|｜](?P<credit>[^|｜.!?。！？]{2,60}+)$")
_CREDITED = regex.compile(r"[/:：©]|(?<!\p{L})via(?!\p{L})", regex.IGNORECASE)
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?+"
_TIMED_BEFORE = regex.compile(rf"(?:\p{{L}}[\p{{L}}\p{{M}}-]{{1,19}}+\s){{0,2}}[(\[]?{_TIME}[)\]]?(?!\d)(?=\s*+\S)")
_TIMED_BEHIND = regex.compile(rf"(?:(?<=[.!?…。！？]['\"”’»)]?)\s|\s?[|｜•·–—]\s?|\s?(?=[(\[]))[(\[]?{_TIME}[)\]]?$")
_LABELLED = regex.compile(r"(?P<label>[^\s:：|｜]{1,24}+(?:\s[^\s:：|｜]{1,24}+)?+)\s?(?:[:：|｜]|\s[–—›»])\s*+(?=\S)")


_LINK = regex.compile(
    r"""
    (?<![\p{Latin}\p{Cyrillic}\p{Greek}\p{N}@./-])
    (?: (?:https?+://)?+ (?P<post> t\.co | pic\.(?:twitter|x)\.com ) /  |  https?+://  |  www\. )
    [!-~\p{Latin}\p{Cyrillic}\p{Greek}]++      # no word of a script without spaces, which goes on behind it
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_CUT = regex.compile(r"(?:\.\.\.|…)[\])}\"'”’»›]*+$")


def signed_at(text: str) -> int:
    """Return where the signature of a post or a quotation begins, with the links before it; 0 without.

    A post is signed by a name and, in brackets, another one that begins with @; a quotation, that is what stands in
    quotation marks, by a name and perhaps what its bearer is.
    """
    if not ("—" in text or "–" in text or " -" in text or "―" in text):
        return 0
    match = _SIGNATURE.search(text, max(0, len(text) - SIGNED_IN))
    if match is None:
        return 0
    said = text[: match.start()].rstrip()
    if not match["post"]:
        return match.start() if said.startswith(tuple(QUOTES)) and said.endswith(tuple(UNQUOTES)) else 0
    while (link := said.rsplit(None, 1)[-1:]) and "/" in link[0] and "." in link[0]:
        said = said[: len(said) - len(link[0])].rstrip()
    return len(said)


def links(text: str) -> frozenset[int]:
    """Return the positions of the words of links, wherever they stand in a post or teaser; of none in another text.

    A post is known by its signature, or by a link of the kind that only posts have; a teaser is cut off.

    >>> sorted(links("It opens on Monday https://t.co/VsruD0 and the ferry goes back"))
    [4, 5, 6, 7]
    """
    if "/" not in text and "www." not in text:
        return frozenset()
    found = list(_LINK.finditer(text))
    if found and not (_CUT.search(text) or linked_at(text) or signed_at(text)):
        found = [match for match in found if match["post"]]
    positions: list[int] = []
    for match in found:
        before = len(words(text[: match.start()]))
        positions += range(before, before + len(words(match.group())))
    return frozenset(positions)


def signer(text: str) -> str:
    """Return the last word of the name in a signature."""
    match = _SIGNATURE.search(text, max(0, len(text) - SIGNED_IN))
    return words(match["name"])[-1] if match else ""


def linked_at(text: str) -> int:
    """Return where the label of a link begins, a few words behind an ellipsis at the end of a text; 0 without."""
    if "..." not in text and "…" not in text:
        return 0
    match = _LINKED.search(text, max(0, len(text) - SIGNED_IN))
    return match.start("label") if match and len(words(match["label"])) <= LINK_WORDS else 0


def words_from(text: str, start: int, count: int) -> int:
    """Return how many of a text's words, of which there are so many, stand from a place on; none if that is 0."""
    return count - len(words(text[:start])) if start else 0


def credited_at(text: str) -> int:
    """Return where a credit begins, in brackets or behind a bar at the end of a text; 0 without.

    What stands in brackets is a credit if it is names, or if a slash, a colon or a copyright sign stands in it.
    """
    start = max(0, len(text) - SIGNED_IN)
    if text[-1:] in ")]）】." and (match := _BRACKET.search(text, start)):
        return match.start() if _is_credit(match["credit"]) else 0
    if ("|" in text or "｜" in text) and (match := _BAR.search(text, start)):
        return match.start() if NEGATIONS.isdisjoint(words(match["credit"])) else 0
    return 0


def _is_credit(text: str) -> bool:
    """Say whether what stands in brackets credits somebody: names, or the marks of a credit; no figure but a year."""
    said = words(text)
    if not said or not NEGATIONS.isdisjoint(said) or any(is_number(word) and len(word) != 4 for word in said):
        return False
    first = [word[0] for word in text.split() if word[0].isalpha()]
    return _CREDITED.search(text) is not None or (len(first) > 1 and all(letter.isupper() for letter in first))


def timed(text: str) -> tuple[int, int]:
    """Return where a player's running time ends at the beginning of a text, with its label, and where one at the end
    begins, set off; 0 without.
    """
    if ":" not in text:
        return 0, 0
    before = _TIMED_BEFORE.match(text)
    behind = _TIMED_BEHIND.search(text, max(0, len(text) - SIGNED_IN))
    return before.end() if before else 0, behind.start() if behind else 0


def labelled_until(text: str) -> int:
    """Return where a label of one or two words in front of a text ends, no figure or negation; 0 without."""
    match = _LABELLED.match(text)
    if match is None:
        return 0
    said = words(match["label"])
    fits = 0 < len(said) <= LABEL_WORDS and NEGATIONS.isdisjoint(said) and not any(map(is_number, said))
    return match.end() if fits else 0


def positions(text: str, count: int) -> frozenset[int]:
    """Return the positions of a text's words, of which there are so many, that are furniture."""
    before, behind = timed(text)
    stop = max(before, labelled_until(text))
    head = len(words(text[:stop])) if stop else 0
    tail = max(words_from(text, start, count) for start in (linked_at(text), credited_at(text), behind))
    return frozenset((*range(head), *range(count - tail, count))) if head + tail < count else frozenset()
