"""Slow, obvious twins of the features: what each of them is, in plain Python, of one candidate of one text.

`PAIR` has those of a pair (`d` and `o` are its paragraphs), `SIDED` those of one paragraph (`one`, at number `at`), be
it the duplicate or the original, and `TEXT` those of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.slow_texts import COLONS, OPEN, QUESTIONS, QUOTES, STOPS, Pair, Paragraph, Text, longest

CODE = "{};=<>()[]_\\$#/`&*"


def value(name: str, text: Text, pair: Pair) -> float:
    """Return a feature of a candidate."""
    if name in PAIR:
        return PAIR[name](text, pair, text.paragraphs[pair.duplicate], text.paragraphs[pair.original])
    if name in TEXT:
        return TEXT[name](text)
    at = {"d": pair.duplicate, "o": pair.original}[name[0]]
    return SIDED[name[2:]](text, at, text.paragraphs[at])


def has_twin(name: str) -> bool:
    """Say whether a feature is defined here."""
    return name in PAIR or name in TEXT or (name[:2] in ("d_", "o_") and name[2:] in SIDED)


def mean(values: Iterable[float]) -> float:
    """Return the mean of whole numbers; 0 of none."""
    numbers = list(values)
    return sum(numbers) / max(len(numbers), 1)


def duplicates_of_run(text: Text, pair: Pair) -> list[int]:
    before, after = text.runs[pair]
    return [one.duplicate for one in (*before, pair, *after)]


def words_of_run(text: Text, pair: Pair) -> int:
    return sum(len(text.paragraphs[at].words) for at in duplicates_of_run(text, pair))


def ends_of_run(text: Text, pair: Pair) -> tuple[Pair, Pair]:
    """Return the first and the last candidate of a run."""
    before, after = text.runs[pair]
    return (before[-1] if before else pair), (after[-1] if after else pair)


def between(pair: Pair) -> range:
    return range(min(pair.duplicate, pair.original) + 1, max(pair.duplicate, pair.original))


def marks(one: Paragraph) -> int:
    return len(one.content) - one.letters


def prose(text: Text, at: int) -> bool:
    return text.has(at) and text.paragraphs[at].prose


def gap_spread(text: Text, at: int) -> float:
    gaps = text.gaps(at)
    return (max(gaps) - min(*gaps, 30)) / max(gaps) if gaps else 0


def unlike(text: Text, at: int, step: int) -> float:
    """Return how many different paragraphs are beside the copies of one, the end of the text being such."""
    beside = (copy + step for copy in text.copies[at])
    return len({text.copies[other][0] if text.has(other) else None for other in beside}) / len(text.copies[at])


def diagonal(text: Text, pair: Pair) -> float:
    beside = text.beside(pair.duplicate, 8)
    return mean((other, other + pair.original - pair.duplicate) in text.by_positions for other in beside)


PAIR: dict[str, Callable[[Text, Pair, Paragraph, Paragraph], float]] = {
    "jaccard": lambda text, pair, d, o: pair.jaccard,
    "containment": lambda text, pair, d, o: pair.containment,
    "ratio": lambda text, pair, d, o: (1 + len(d.words)) / (1 + len(o.words)),
    "same_form": lambda text, pair, d, o: d.sentence == o.sentence,
    "mark_change": lambda text, pair, d, o: max(-10, min(marks(d) - marks(o), 10)),
    "lost": lambda text, pair, d, o: text.covered[pair][0].count(False),
    "lost_share": lambda text, pair, d, o: d.share(not covered for covered in text.covered[pair][0]),
    "lost_unknown": lambda text, pair, d, o: len(text.unknown(pair)),
    "lost_capitals": lambda text, pair, d, o: min(
        sum(word.capital and word is not d.words[0] for word in text.unknown(pair)), 5
    ),
    "lost_long": lambda text, pair, d, o: sum(word.long for word in text.unknown(pair)),
    "lost_window": lambda text, pair, d, o: sum(not text.stands_nearby(word, pair) for word in text.unknown(pair)),
    "lost_text": lambda text, pair, d, o: sum(not text.stands_elsewhere(word, pair) for word in text.unknown(pair)),
    "lost_text_share": lambda text, pair, d, o: d.share(
        word.long and not text.stands_elsewhere(word, pair) for word in text.unknown(pair)
    ),
    "longest": lambda text, pair, d, o: longest(text.covered[pair][0]) / len(d.words),
    "extra": lambda text, pair, d, o: o.share(not covered for covered in text.covered[pair][1]),
    "extra_after": lambda text, pair, d, o: [*reversed(text.covered[pair][1]), True].index(True),
    "distance": lambda text, pair, d, o: len(between(pair)),
    "is_before": lambda text, pair, d, o: pair.duplicate < pair.original,
    "run": lambda text, pair, d, o: min(len(duplicates_of_run(text, pair)), 40),
    "run_share": lambda text, pair, d, o: min(len(duplicates_of_run(text, pair)) / (len(between(pair)) + 1), 1),
    "run_words": lambda text, pair, d, o: words_of_run(text, pair),
    "run_twice": lambda text, pair, d, o: mean(len(text.copies[at]) == 2 for at in duplicates_of_run(text, pair)),
    "run_before_size": lambda text, pair, d, o: size(text, ends_of_run(text, pair)[0].duplicate - 1),
    "run_after_size": lambda text, pair, d, o: size(text, ends_of_run(text, pair)[1].duplicate + 1),
    "run_original_size": lambda text, pair, d, o: size(text, ends_of_run(text, pair)[0].original - 1),
    "text_run_words": lambda text, pair, d, o: max(words_of_run(text, other) for other in text.pairs),
    "best_run_words": lambda text, pair, d, o: max(
        words_of_run(text, other) for other in text.pairs if other.duplicate == pair.duplicate
    ),
    "between_size": lambda text, pair, d, o: mean(size(text, at) for at in between(pair)),
    "between_repeats": lambda text, pair, d, o: mean(at in text.repeating for at in between(pair)),
    "least_gap": lambda text, pair, d, o: min(*text.gaps(pair.duplicate), 30, 30),
    "gap_spread": lambda text, pair, d, o: gap_spread(text, pair.duplicate),
    "copies_in_prose": lambda text, pair, d, o: mean(
        prose(text, at - 1) and prose(text, at + 1) for at in text.copies[pair.duplicate]
    ),
    "unlike_before": lambda text, pair, d, o: unlike(text, pair.duplicate, -1),
    "unlike_after": lambda text, pair, d, o: unlike(text, pair.duplicate, 1),
    "diagonal": lambda text, pair, d, o: diagonal(text, pair),
}


def around(text: Text, at: int) -> list[Paragraph]:
    """Return the five paragraphs on either side."""
    return [text.paragraphs[other] for other in text.beside(at, 5)]


def code(paragraphs: Iterable[Paragraph]) -> float:
    """Return the share of characters of code."""
    return mean(character in CODE for paragraph in paragraphs for character in paragraph.content)


def size(text: Text, at: int) -> int:
    return text.paragraphs[at].size if text.has(at) else 0


def to_prose(text: Text, at: int) -> int:
    return next((steps for steps in range(1, 12) if prose(text, at + steps)), 12)


def in_a_row(text: Text, at: int) -> int:
    first = last = at
    while first - 1 in text.copies[at]:
        first -= 1
    while last + 1 in text.copies[at]:
        last += 1
    return last - first + 1


def same_edges(text: Text, at: int, edge: slice) -> int:
    normalized = text.paragraphs[at].normalized[edge]
    return min(sum(one.normalized[edge] == normalized for one in text.paragraphs), 8) if normalized else 1


SIDED: dict[str, Callable[[Text, int, Paragraph], float]] = {
    "words": lambda text, at, one: len(one.words),
    "size": lambda text, at, one: one.size,
    "sentence": lambda text, at, one: one.sentence,
    "prose": lambda text, at, one: one.prose,
    "quoted": lambda text, at, one: one.content[0] in QUOTES,
    "bracketed": lambda text, at, one: one.content[0] in OPEN,
    "announces": lambda text, at, one: one.content[-1] in COLONS,
    "handles": lambda text, at, one: min(one.content.count("@"), 3),
    "capitals": lambda text, at, one: mean(word.capital for word in one.words[1:]),
    "figures": lambda text, at, one: mean(word.figure for word in one.words),
    "letters": lambda text, at, one: min(one.letters / max(len(one.words), 1), 30),
    "marks": lambda text, at, one: 1 - one.letters / len(one.content),
    "place": lambda text, at, one: at / len(text.paragraphs),
    "top": lambda text, at, one: min(at, 30),
    "bottom": lambda text, at, one: min(len(text.paragraphs) - 1 - at, 30),
    "before_repeats": lambda text, at, one: at - 1 in text.repeating,
    "after_repeats": lambda text, at, one: at + 1 in text.repeating,
    "before_size": lambda text, at, one: size(text, at - 1),
    "after_size": lambda text, at, one: size(text, at + 1),
    "before_announces": lambda text, at, one: at > 0 and text.paragraphs[at - 1].content[-1] in COLONS,
    "relative_size": lambda text, at, one: one.size / max(text.median, 1),
    "openings": lambda text, at, one: same_edges(text, at, slice(2)),
    "endings": lambda text, at, one: same_edges(text, at, slice(-2, None)),
    "copies": lambda text, at, one: min(len(text.copies[at]), 12),
    "ordinal": lambda text, at, one: min(text.copies[at].index(at), 6),
    "in_a_row": lambda text, at, one: min(in_a_row(text, at), 12),
    "near": lambda text, at, one: min(text.near(at), 8),
    "zone_prose": lambda text, at, one: mean(other.prose for other in around(text, at)),
    "zone_sentences": lambda text, at, one: mean(other.sentence for other in around(text, at)),
    "zone_size": lambda text, at, one: mean(other.size for other in around(text, at)),
    "zone_repeats": lambda text, at, one: mean(other in text.repeating for other in text.beside(at, 5)),
    "zone_code": lambda text, at, one: code(around(text, at)),
    "zone_listed": lambda text, at, one: mean(other.listed for other in around(text, at)),
    "prose_above": lambda text, at, one: sum(other.prose for other in text.paragraphs[:at]),
    "prose_below": lambda text, at, one: sum(other.prose for other in text.paragraphs[at + 1 :]),
    "to_prose": lambda text, at, one: to_prose(text, at),
    "indent": lambda text, at, one: min(one.indent, 12),
}


def share_of_words(text: Text, chosen: Callable[[int], bool]) -> float:
    """Return the share of the text's words that are in some paragraphs."""
    return sum(len(one.words) for at, one in enumerate(text.paragraphs) if chosen(at)) / text.word_count


def share_of_repeats(text: Text) -> float:
    """Return the share of the words in candidates that are in running text."""
    repeats = [text.paragraphs[at] for at in sorted(text.repeating)]
    return sum(len(one.words) for one in repeats if one.prose) / max(sum(len(one.words) for one in repeats), 1)


def share(text: Text, chosen: Callable[[Paragraph], Any]) -> float:
    return mean(bool(chosen(one)) for one in text.paragraphs)


TEXT: dict[str, Callable[[Text], float]] = {
    "text_paragraphs": lambda text: len(text.paragraphs),
    "text_words": lambda text: text.word_count,
    "text_median": lambda text: text.median,
    "text_prose": lambda text: share(text, lambda one: one.prose),
    "text_prose_words": lambda text: share_of_words(text, lambda at: text.paragraphs[at].prose),
    "text_unended": lambda text: share(text, lambda one: not one.sentence),
    "text_short": lambda text: share(text, lambda one: one.size < 400),
    "text_verse": lambda text: share(text, lambda one: 160 <= one.size < 700 and one.stop not in STOPS),
    "text_listed": lambda text: share(text, lambda one: one.listed),
    "text_labels": lambda text: share(text, lambda one: one.label > 0),
    "text_figures": lambda text: mean(word.figure for one in text.paragraphs for word in one.words),
    "text_repeats": lambda text: len(text.repeating) / len(text.paragraphs),
    "text_repeats_words": lambda text: share_of_words(text, lambda at: at in text.repeating),
    "text_repeats_prose": lambda text: share_of_repeats(text),
    "text_stutter": lambda text: mean(at - 1 in text.copies[at] for at in range(len(text.paragraphs))),
    "text_marks": lambda text: share(text, lambda one: one.content[0] in "#|`{}<"),
    "text_questions": lambda text: share(text, lambda one: one.stop in QUESTIONS),
}
