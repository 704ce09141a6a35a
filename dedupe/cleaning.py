"""Taking paragraphs out of a text: what stays keeps every character and its order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from dedupe.model import Paragraph, Span


def cuts(text: str, rows: Sequence[Paragraph], removed: Collection[int]) -> list[Span]:
    r"""Return the stretches that go when these rows (numbers of rows that are not blank) are taken out of the text.

    Of the blank rows around and between removed ones, one run is kept, so that what was separate stays so and no hole
    is left: the run before them, else the first inside, else the one behind; at the end of the text the last. A final
    line end stays, or stays away.

    >>> from dedupe.model import without
    >>> from dedupe.paragraphs import split
    >>> without(text := "a\\n\\nb\\n\\nc", cuts(text, split(text), {2}))
    'a\\n\\nc'
    """
    if not removed:
        return []
    kept = [True] * len(rows)
    position = 0
    while position < len(rows):
        if rows[position].number not in removed:
            position += 1
            continue
        first = position
        while first and _blank(text, rows[first - 1]) and kept[first - 1]:
            first -= 1
        last = position
        while last < len(rows) and (_blank(text, rows[last]) or rows[last].number in removed):
            last += 1
        runs = _blank_runs(text, rows, range(first, last), removed)
        for at in range(first, last):
            kept[at] = False
        for at in _run_to_keep(runs, first, last, len(rows)):
            kept[at] = True
        position = last
    gone = [(row.start, row.end) for row, stays in zip(rows, kept, strict=True) if not stays]
    if rows[-1].stop == rows[-1].end and not kept[-1]:
        last_kept = max((at for at, stays in enumerate(kept) if stays), default=-1)
        if last_kept >= 0:
            gone.append((rows[last_kept].stop, rows[last_kept].end))
    return merged(gone)


def merged(stretches: Iterable[tuple[int, int]]) -> list[Span]:
    """Return the union of the stretches, in order, none empty."""
    spans: list[Span] = []
    for start, end in sorted(stretches):
        if spans and start <= spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(end, spans[-1].end))
        elif start < end:
            spans.append(Span(start, end))
    return spans


def followed(before: Sequence[Span], then: Sequence[Span]) -> list[Span]:
    """Return the cuts of a text that come to `before` followed by `then`, which are cuts of what `before` left.

    >>> followed([Span(2, 4)], [Span(1, 3)])
    [Span(start=1, end=5)]
    """
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


def _blank(text: str, row: Paragraph) -> bool:
    return not text[row.start : row.stop].strip()


def _blank_runs(text: str, rows: Sequence[Paragraph], stretch: range, removed: Collection[int]) -> list[list[int]]:
    """Return the runs of blank rows in a stretch, in order."""
    runs: list[list[int]] = []
    previous = -2
    for at in stretch:
        if rows[at].number not in removed and _blank(text, rows[at]):
            if at == previous + 1:
                runs[-1].append(at)
            else:
                runs.append([at])
            previous = at
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
