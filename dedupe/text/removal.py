"""Taking paragraphs out of a text: what stays keeps every character and its order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from dedupe.model import Span


def cuts(text: str, bounds: Sequence[tuple[int, int, int]], removed: Collection[int]) -> list[Span]:
    r"""Return the stretches that go when these rows (numbers of rows that are not blank) are taken out of the text.

    `bounds`: start, stop (without line end) and end of each row.

    Of the blank rows around and between removed ones, one run is kept, so that what was separate stays so and no hole
    is left: the run before them, else the first inside, else the one behind; at the end of the text the last. A final
    line end stays, or stays away.

    >>> from dedupe.model import without
    >>> from dedupe.text.paragraphs import split
    >>> without(text := "a\\n\\nb\\n\\nc", cuts(text, split(text).bounds, {2}))
    'a\\n\\nc'
    """
    if not removed:
        return []

    def is_blank(number: int) -> bool:
        start, stop, _ = bounds[number]
        return start == stop or text[start:stop].isspace()

    gone: set[int] = set()
    done = 0
    for number in sorted(removed):
        if number < done:
            continue
        first = number
        while first and first - 1 not in gone and is_blank(first - 1):
            first -= 1
        last = number
        while last < len(bounds) and (last in removed or is_blank(last)):
            last += 1
        runs = _runs(at for at in range(first, last) if at not in removed)
        gone.update(range(first, last))
        gone.difference_update(_run_to_keep(runs, first, last, len(bounds)))
        done = last
    stretches = [(bounds[at][0], bounds[at][2]) for at in gone]
    last = len(bounds) - 1
    if last in gone and bounds[last][1] == bounds[last][2]:
        while last >= 0 and last in gone:
            last -= 1
        if last >= 0:
            stretches.append(bounds[last][1:])
    return merged(stretches)


def line_cuts(
    lines: Sequence[tuple[int, int, int]], blank: Collection[int], dropped: Collection[int]
) -> Iterator[tuple[int, int]]:
    """Yield the stretches that go with whole lines of a source, blank ones around them included as `cuts` has it.

    `lines`: start, stop (without line end) and end of each. `blank`: the numbers of those that count as blank.
    """
    places: list[int] = []
    bounds: list[tuple[int, int, int]] = []
    for number, (start, stop, end) in enumerate(lines):
        bounds.append((2 * number, 2 * number + 1, 2 * number + 1 + (end > stop)))
        places += [start, stop]
    places.append(lines[-1][2])
    outline = "".join((" " if number in blank else "x") + "\n" for number in range(len(bounds)))
    for cut in cuts(outline, bounds, dropped):
        yield places[cut.start], places[cut.end]


def merged(stretches: Iterable[tuple[int, int]]) -> list[Span]:
    """Return the union of the stretches, in order, none empty."""
    spans: list[list[int]] = []
    for start, end in sorted(stretches):
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(end, spans[-1][1])
        elif start < end:
            spans.append([start, end])
    return [Span(start, end) for start, end in spans]


def followed(before: Sequence[Span], then: Sequence[Span]) -> list[Span]:
    """Return the cuts of a text that come to `before` followed by `then`, which are cuts of what `before` left.

    >>> followed([Span(2, 4)], [Span(1, 3)])
    [Span(start=1, end=5)]
    """
    if not before:
        return list(then)
    stretches = [(span.start, span.end) for span in before]
    shift = at = 0
    for cut in then:
        while at < len(before) and before[at].start <= cut.start + shift:
            shift += before[at].end - before[at].start
            at += 1
        start = cut.start + shift
        while at < len(before) and before[at].start < cut.end + shift:
            shift += before[at].end - before[at].start
            at += 1
        stretches.append((start, cut.end + shift))
    return merged(stretches)


def _runs(blank: Iterable[int]) -> list[list[int]]:
    """Return the runs of numbers that follow one another."""
    runs: list[list[int]] = []
    for at in blank:
        if runs and at == runs[-1][-1] + 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs


def _run_to_keep(runs: list[list[int]], first: int, last: int, rows: int) -> list[int]:
    """Return the run of blank rows that stays of a stretch `first` to `last` out of so many rows."""
    if not runs:
        return []
    if last == rows:  # nothing stands behind: the end of the text stays as it was
        return runs[-1] if runs[-1][-1] == last - 1 else []
    if first == 0:  # nothing stands before: only what the text began with stays
        return runs[0] if runs[0][0] == 0 else []
    return runs[0]
