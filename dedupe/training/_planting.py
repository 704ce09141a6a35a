"""Plant repeats of known kinds into texts in which nothing repeats, for labels without reading."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import regex

from dedupe.training._labels import Labelled

SEED = 20261130
MIN_PARAGRAPHS, MAX_PARAGRAPHS = 5, 30
"""Least paragraphs of a text in which repeats are planted, and the length to which longer ones are cut, excluded."""

SHORT_PARAGRAPHS = (2, 6)
"""Least and most paragraphs of a short text in which one is repeated."""

TEXTS_A_SHORT_TEXT = 8
"""Texts of which one gives a short text."""

MIN_SHORT_SOURCE_CHARACTERS = 60
"""Least characters of a paragraph that is repeated in a short text."""

MIN_TEASER_SOURCE_WORDS = 25
PROSE_CHARACTERS = 120
"""Least characters of a paragraph of running text."""

Plant = Callable[[list[str], random.Random], list[int]]
"""Plants into paragraphs, and returns the positions of those that must be removed."""

_SENTENCE = regex.compile(r"[^.!?。！？]{40,}[.!?。！？]")
_SHORT_SENTENCE = regex.compile(r"(?<=[.!?] )\p{Lu}[^.!?\d]{14,58}[.!?](?= |$)")
_WORD = regex.compile(r"\b\p{Ll}{6,}\b")


def planted(texts: Sequence[Labelled]) -> list[Labelled]:
    """Return the texts in which nothing repeats with one kind of repeat planted in each; the same in every run.

    Beginnings of some of them follow, as short texts in which a paragraph is repeated.
    """
    rng, short_rng = random.Random(SEED), random.Random(SEED)
    found, short_texts = [], []
    for text in texts:
        paragraphs = [line for line in text.text.split("\n") if line.strip()]
        repeats = len({paragraph.strip().lower() for paragraph in paragraphs}) < len(paragraphs)
        if text.edited and not repeats and short_rng.randrange(TEXTS_A_SHORT_TEXT) == 0:
            beginning = paragraphs[: short_rng.randint(*SHORT_PARAGRAPHS)]
            if removed := plant_short(beginning, short_rng):
                short_texts.append(_labelled(text, "short", beginning, removed))
        paragraphs = paragraphs[: rng.randrange(MIN_PARAGRAPHS, MAX_PARAGRAPHS)]
        short = len(paragraphs) < MIN_PARAGRAPHS or 2 * len(_prose(paragraphs)) < len(paragraphs)
        if repeats or not text.edited or short:
            continue
        name, plant = rng.choice(list(PLANTS.items()))
        removed = plant(paragraphs, rng)
        if removed or name in STAYING_PLANTS:
            found.append(_labelled(text, name, paragraphs, removed))
    return found + short_texts


def _labelled(text: Labelled, name: str, paragraphs: list[str], removed: list[int]) -> Labelled:
    """Return a text with planted repeats, labelled."""
    lines = frozenset(2 * position for position in removed)
    joined, site = "\n\n".join(paragraphs), text.site or text.id
    return Labelled(f"{text.id}/{name}", "planted", site, joined, lines, (), frozenset(), 0.5)


def _prose(paragraphs: list[str]) -> list[int]:
    return [position for position, paragraph in enumerate(paragraphs) if len(paragraph) >= PROSE_CHARACTERS]


def _with_typos(paragraph: str, rng: random.Random) -> str:
    """Return a paragraph with a letter missing in a word or two."""
    words = list(_WORD.finditer(paragraph))
    for match in sorted(rng.sample(words, min(len(words), rng.choice((1, 1, 2)))), key=lambda match: -match.start()):
        at = rng.randrange(match.start() + 1, match.end() - 1)
        paragraph = paragraph[:at] + paragraph[at + 1 :]
    return paragraph


def plant_copy(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Repeat a paragraph further below."""
    prose = _prose(paragraphs)
    source = rng.choice(prose[:-1] or prose)
    position = rng.randrange(source + 1, len(paragraphs)) + 1
    paragraphs.insert(position, paragraphs[source])
    return [position]


def plant_short(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Repeat a paragraph directly below itself or at the end."""
    sources = [at for at, paragraph in enumerate(paragraphs) if len(paragraph) >= MIN_SHORT_SOURCE_CHARACTERS]
    if not sources:
        return []
    source = rng.choice(sources)
    position = rng.choice((source + 1, len(paragraphs)))
    paragraphs.insert(position, paragraphs[source])
    return [position]


def plant_typos(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Repeat a paragraph with typos."""
    source = rng.choice(_prose(paragraphs))
    position = min(len(paragraphs), source + rng.randrange(1, 5))
    paragraphs.insert(position, _with_typos(paragraphs[source], rng))
    return [position] if paragraphs[position] != paragraphs[source] else []


def plant_insertions(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Insert the same short line between paragraphs, several times."""
    words = rng.choice(paragraphs).split()[: rng.randrange(1, 4)]
    line = (" ".join(words)[:24].strip(" ,.;:“”\"'«»") + rng.choice(("", "", ":", " >>", " »"))).capitalize()
    step = rng.randrange(2, 4)
    positions = [at + number for number, at in enumerate(range(step, len(paragraphs), step))]
    for position in positions:
        paragraphs.insert(position, line)
    return positions[1:]


def plant_quote(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Repeat a sentence of a paragraph as a paragraph near it."""
    choices = [
        (position, match[0].strip())
        for position in _prose(paragraphs)
        for match in list(_SENTENCE.finditer(paragraphs[position]))[1:]
    ]
    if not choices:
        return []
    source, sentence = rng.choice(choices)
    position = max(0, min(len(paragraphs), source + rng.choice((-2, -1, 1, 2, 3))))
    paragraphs.insert(position, f"“{sentence}”" if rng.random() < 0.3 else sentence)
    return [position]


def plant_half(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Append the text, or its end, to itself, some paragraphs with typos."""
    start = rng.choice((0, 0, rng.randrange(len(paragraphs) - 2)))
    first = len(paragraphs)
    paragraphs += [
        _with_typos(paragraph, rng) if rng.random() < 0.15 and len(paragraph) >= PROSE_CHARACTERS else paragraph
        for paragraph in paragraphs[start:]
    ]
    return list(range(first, len(paragraphs)))


def plant_teaser(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Repeat the beginning of a paragraph, with an ellipsis, above it."""
    source = rng.choice(_prose(paragraphs))
    words = paragraphs[source].split()
    if len(words) < MIN_TEASER_SOURCE_WORDS:
        return []
    position = rng.randrange(max(0, source - 4), source + 1)
    teaser = " ".join(words[: rng.randrange(10, 22)]).rstrip(",.;:") + rng.choice(("...", "…", " ..."))
    paragraphs.insert(position, teaser)
    return [position]


def plant_correction(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Repeat a paragraph with another number: both stay."""
    sources = [position for position in _prose(paragraphs) if any(digit in paragraphs[position] for digit in "1234567")]
    if sources:
        source = rng.choice(sources)
        text = paragraphs[source]
        at = next(at for at, character in enumerate(text) if character in "1234567")
        corrected = text[:at] + str(int(text[at]) + 1) + text[at + 1 :]
        paragraphs.insert(min(len(paragraphs), source + rng.randrange(1, 5)), corrected)
    return []


def plant_refrain(paragraphs: list[str], rng: random.Random) -> list[int]:
    """Repeat a short sentence of the text as a paragraph, several times: all of them stay."""
    sentences = [match[0].strip() for paragraph in paragraphs for match in _SHORT_SENTENCE.finditer(paragraph)]
    if sentences:
        sentence = rng.choice(sentences)
        step = rng.randrange(2, 5)
        for position in range(len(paragraphs), 0, -step):
            paragraphs.insert(position, sentence)
    return []


PLANTS: dict[str, Plant] = {
    "far": plant_copy,
    "slip": plant_typos,
    "inserted": plant_insertions,
    "quote": plant_quote,
    "half": plant_half,
    "teaser": plant_teaser,
    "correction": plant_correction,
    "refrain": plant_refrain,
}
"""Every kind of repeat that is planted, by the name in the id of a text."""

STAYING_PLANTS = ("correction", "refrain")
"""Kinds of which nothing is removed."""
