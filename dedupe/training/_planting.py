"""Repeats of known kinds, planted into texts in which nothing repeats: labels that cost no reading."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import regex

from dedupe.training._labels import Labelled

SEED = 20261130
LEAST, MOST = 5, 30
"""Paragraphs that a text has into which repeats are planted; a longer one is cut."""

LONG = 120
"""Characters from which a paragraph is running text here."""

Plant = Callable[[list[str], random.Random], list[int]]
"""Plants into paragraphs, and returns the positions of those that must go."""

_SENTENCE = regex.compile(r"[^.!?。！？]{40,}[.!?。！？]")
_SHORT_SENTENCE = regex.compile(r"(?<=[.!?] )\p{Lu}[^.!?\d]{14,58}[.!?](?= |$)")
_WORD = regex.compile(r"\b\p{Ll}{6,}\b")


def planted(texts: Sequence[Labelled]) -> list[Labelled]:
    """Return the texts in which nothing repeats with one kind of repeat planted into each, the same ones every time."""
    rng = random.Random(SEED)
    found = []
    for text in texts:
        rows = [row for row in text.text.split("\n") if row.strip()]
        alike = len({row.strip().lower() for row in rows}) < len(rows)
        rows = rows[: rng.randrange(LEAST, MOST)]
        if alike or not text.edited or len(rows) < LEAST or 2 * len(_prose(rows)) < len(rows):
            continue
        name, plant = rng.choice(list(PLANTS.items()))
        gone = plant(rows, rng)
        if gone or name in STAYS:
            labels = frozenset(2 * at for at in gone)
            site = text.site or text.id
            found.append(
                Labelled(f"{text.id}/{name}", "planted", site, "\n\n".join(rows), labels, (), frozenset(), 0.5)
            )
    return found


def _prose(rows: list[str]) -> list[int]:
    return [at for at, row in enumerate(rows) if len(row) >= LONG]


def _slipped(row: str, rng: random.Random) -> str:
    """Return a paragraph with a letter lost in a word or two."""
    words = list(_WORD.finditer(row))
    for match in sorted(rng.sample(words, min(len(words), rng.choice((1, 1, 2)))), key=lambda one: -one.start()):
        at = rng.randrange(match.start() + 1, match.end() - 1)
        row = row[:at] + row[at + 1 :]
    return row


def far(rows: list[str], rng: random.Random) -> list[int]:
    """Print a paragraph again further below."""
    prose = _prose(rows)
    source = rng.choice(prose[:-1] or prose)
    at = rng.randrange(source + 1, len(rows)) + 1
    rows.insert(at, rows[source])
    return [at]


def slip(rows: list[str], rng: random.Random) -> list[int]:
    """Print a paragraph again with slips."""
    source = rng.choice(_prose(rows))
    at = min(len(rows), source + rng.randrange(1, 5))
    rows.insert(at, _slipped(rows[source], rng))
    return [at] if rows[at] != rows[source] else []


def inserted(rows: list[str], rng: random.Random) -> list[int]:
    """Set a short line between paragraphs again and again."""
    words = rng.choice(rows).split()[: rng.randrange(1, 4)]
    line = (" ".join(words)[:24].strip(" ,.;:“”\"'«»") + rng.choice(("", "", ":", " >>", " »"))).capitalize()
    step = rng.randrange(2, 4)
    places = list(range(step, len(rows), step))
    for number, at in enumerate(places):
        rows.insert(at + number, line)
    return [at + number for number, at in enumerate(places)][1:]


def quote(rows: list[str], rng: random.Random) -> list[int]:
    """Set a sentence of a paragraph apart near it."""
    choices = [(at, match[0].strip()) for at in _prose(rows) for match in list(_SENTENCE.finditer(rows[at]))[1:]]
    if not choices:
        return []
    source, sentence = rng.choice(choices)
    at = max(0, min(len(rows), source + rng.choice((-2, -1, 1, 2, 3))))
    rows.insert(at, f"“{sentence}”" if rng.random() < 0.3 else sentence)
    return [at]


def half(rows: list[str], rng: random.Random) -> list[int]:
    """Print the text, or its end, again behind itself, some paragraphs with slips."""
    start = rng.choice((0, 0, rng.randrange(len(rows) - 2)))
    copies = [_slipped(row, rng) if rng.random() < 0.15 and len(row) >= LONG else row for row in rows[start:]]
    first = len(rows)
    rows += copies
    return list(range(first, len(rows)))


def teaser(rows: list[str], rng: random.Random) -> list[int]:
    """Set the beginning of a paragraph, cut off, above it."""
    source = rng.choice(_prose(rows))
    words = rows[source].split()
    if len(words) < LEAST * 5:
        return []
    at = rng.randrange(max(0, source - 4), source + 1)
    rows.insert(at, " ".join(words[: rng.randrange(10, 22)]).rstrip(",.;:") + rng.choice(("...", "…", " ...")))
    return [at]


def correction(rows: list[str], rng: random.Random) -> list[int]:
    """Print a paragraph again with another figure: both stay."""
    figures = [at for at in _prose(rows) if any(character in "1234567" for character in rows[at])]
    if figures:
        source = rng.choice(figures)
        row = rows[source]
        at = next(place for place, character in enumerate(row) if character in "1234567")
        rows.insert(min(len(rows), source + rng.randrange(1, 5)), row[:at] + str(int(row[at]) + 1) + row[at + 1 :])
    return []


def refrain(rows: list[str], rng: random.Random) -> list[int]:
    """Let a short sentence of the text come back as a paragraph of its own: all of them stay."""
    sentences = [match[0].strip() for row in rows for match in _SHORT_SENTENCE.finditer(row)]
    if sentences:
        sentence = rng.choice(sentences)
        step = rng.randrange(2, 5)
        for at in range(len(rows), 0, -step):
            rows.insert(at, sentence)
    return []


PLANTS: dict[str, Plant] = {
    "far": far,
    "slip": slip,
    "inserted": inserted,
    "quote": quote,
    "half": half,
    "teaser": teaser,
    "correction": correction,
    "refrain": refrain,
}
STAYS = ("correction", "refrain")
"""Every kind of repeat that is planted."""
