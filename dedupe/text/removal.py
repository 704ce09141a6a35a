"""Remove paragraphs from a text; the rest keeps every character and its order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from dedupe.model import Span
from dedupe.text.paragraphs import is_blank


def cuts(text: str, bounds: Sequence[tuple[int, int, int]], removed: Collection[int]) -> list[Span]:
    r"""Return the spans to cut in order to remove these paragraphs, given by number, none of them blank.

    `bounds`: start, stop (without line end) and end of each paragraph, blank ones included.

    Of the blank paragraphs around and between removed ones one run is kept, so that what was separate stays separate
    and no hole remains: the run before them, else the first between them, else the one behind; at the end of the text
    the last. The text ends with a line end afterwards if it did before.

    >>> from dedupe.model import without
    >>> from dedupe.text.paragraphs import split
    >>> without(text := "a\n\nb\n\nc", cuts(text, split(text).bounds, {2}))
    'a\n\nc'
    """
    if not removed:
        return []
    dropped: set[int] = set()
    stretches = []
    done, count = 0, len(bounds)
    for number in sorted(removed):
        if number < done:
            continue
        first = number
        while first and first - 1 not in dropped and _is_blank(text, bounds[first - 1]):
            first -= 1
        last = number
        while last < count and (last in removed or _is_blank(text, bounds[last])):
            last += 1
        kept = _run_to_keep(_runs(blank for blank in range(first, last) if blank not in removed), first, last, count)
        for begin, end in ((first, kept[0]), (kept[-1] + 1, last)) if kept else ((first, last),):
            if begin < end:
                dropped.update(range(begin, end))
                stretches.append((bounds[begin][0], bounds[end - 1][2]))
        done = last
    last = len(bounds) - 1
    if last in dropped and bounds[last][1] == bounds[last][2]:
        while last >= 0 and last in dropped:
            last -= 1
        if last >= 0:
            stretches.append(bounds[last][1:])
    return merged(stretches)


def _is_blank(text: str, bounds: tuple[int, int, int]) -> bool:
    start, stop, _ = bounds
    return is_blank(text, start, stop)


def line_cuts(
    lines: Sequence[tuple[int, int, int]], blank: Collection[int], dropped: Collection[int]
) -> Iterator[tuple[int, int]]:
    """Yield the stretches to cut in order to drop lines of a source, with blank lines around them as `cuts` does.

    `lines`: start, stop (without line end) and end of each. `blank`: the numbers of those that count as blank.
    """
    positions: list[int] = []
    bounds: list[tuple[int, int, int]] = []
    for number, (start, stop, end) in enumerate(lines):
        bounds.append((2 * number, 2 * number + 1, 2 * number + 1 + (end > stop)))
        positions += [start, stop]
    positions.append(lines[-1][2])
    outline = "".join((" " if number in blank else "x") + "\n" for number in range(len(bounds)))
    for cut in cuts(outline, bounds, dropped):
        yield positions[cut.start], positions[cut.end]


def merged(stretches: Iterable[tuple[int, int]]) -> list[Span]:
    """Return the union of the stretches as spans, in order, none empty."""
    spans: list[list[int]] = []
    for start, end in sorted(stretches):
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(end, spans[-1][1])
        elif start < end:
            spans.append([start, end])
    return [Span(start, end) for start, end in spans]


def followed(before: Sequence[Span], then: Sequence[Span]) -> list[Span]:
    """Return the cuts of a text that equal `before` and then `then`, which cuts the text that `before` leaves.

    >>> followed([Span(2, 4)], [Span(1, 3)])
    [Span(start=1, end=5)]
    """
    if not before:
        return list(then)
    stretches = [(span.start, span.end) for span in before]
    shift = position = 0
    for cut in then:
        while position < len(before) and before[position].start <= cut.start + shift:
            shift += before[position].end - before[position].start
            position += 1
        start = cut.start + shift
        while position < len(before) and before[position].start < cut.end + shift:
            shift += before[position].end - before[position].start
            position += 1
        stretches.append((start, cut.end + shift))
    return merged(stretches)


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    """Return the runs of consecutive numbers."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _run_to_keep(blank_runs: list[list[int]], first: int, last: int, count: int) -> list[int]:
    """Return the run of blank paragraphs that is kept from `first` to `last` (exclusive), of `count` paragraphs."""
    if not blank_runs:
        return []
    if last == count:  # nothing follows: the end of the text stays as it was
        return blank_runs[-1] if blank_runs[-1][-1] == last - 1 else []
    if first == 0:  # nothing precedes: only the blank paragraphs at the start of the text stay
        return blank_runs[0] if blank_runs[0][0] == 0 else []
    return blank_runs[0]
