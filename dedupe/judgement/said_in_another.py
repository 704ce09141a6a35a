"""Rule: a teaser, pull quote, caption or embed of which every word stands in another paragraph."""

from __future__ import annotations

from collections.abc import Sequence

from dedupe.judgement.context import SHORT, is_spoken, touches_prose
from dedupe.judgement.evidence import Evidence, is_heading
from dedupe.judgement.pair import Pair
from dedupe.judgement.rows import PROSE, Row
from dedupe.judgement.rule import UNLESS_CONSERVATIVE, Rule
from dedupe.judgement.verdicts import Verdicts

LEAST, LEAST_WORDS = 40, 6
"""Smaller guests may be headings made of a phrase of the text."""

LEAST_CLIPPED, LEAST_WORDS_CLIPPED = 24, 4
"""A line cut off by an ellipsis announces that the rest stands elsewhere."""

LEAST_CUT = 88
"""A size that no headline has, so that a row of it with which a paragraph begins is its beginning."""

MAX_GAPS, MAX_GAPS_SHORT = 8, 4
"""Words the host may have in between what it shares with the guest."""


LABEL, TOP = 6, 4
"""Words that a player or a share bar sets before the headline it repeats, and rows within which it stands."""

WHOLE = 0.5
"""Jaccard similarity from which two paragraphs are versions of one, and not one a part of the other."""

NEAR = 5
"""Rows within which a paragraph of the body may follow the one that says all of it, as a pull quote does."""


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove rows of which another row says all; of two that say all of each other, the later."""
    for left, right in evidence.versions:
        for guest, host in ((right, left), (left, right)):
            if not _is_said(evidence, guest, host):
                continue
            run = _run(evidence, guest, host)
            if guest < host - NEAR and sum(evidence.rows[one].prose for one in run) > 1:
                break  # paragraphs of the body do not go because a box far below has them run together
            if len(run) == 1 or all(_is_said(evidence, one, host, within=True) for one in run):
                for place in {copy for one in run for copy in evidence.copies(one)}:
                    if not verdicts.decided(place) and not verdicts.remove(place, host, RULE.name):
                        _flag_signed(evidence, verdicts, place, host)
            break


def _flag_signed(evidence: Evidence, verdicts: Verdicts, place: int, host: int) -> None:
    """Flag a signed row that must stay, since nothing else says whose words it has."""
    pair = evidence.pair(place, host)
    if pair.signed and verdicts.stays(place) and verdicts.stays(host):
        verdicts.flag(place, host, "variant", RULE.name, pair.guest.words[len(pair.said) :])


def may_be_said(row: Row, other: Row) -> bool:
    """Say whether a row may at all be one that another says, or its headline, wherever they stand."""
    mine, theirs = row.words, other.words
    clipped = "..." in row.text or "…" in row.text
    if len(mine) < (LEAST_WORDS_CLIPPED if clipped else LEAST_WORDS - 1):  # a headline may be smaller by a word
        return False
    mine = mine[: len(mine) - (row.signature or row.link)]
    if _is_broken_off(row, other):
        return True
    if not _in_order(mine, theirs, clipped):
        return False
    if len(mine) < len(row.words) or not (row.question or _is_short(row)) or row.quotation:
        return True
    return f" {' '.join(mine)} " in f" {' '.join(theirs)} "  # a line of a paragraph, a highlight, a labelled headline


def _is_short(row: Row) -> bool:
    """Say whether a row that is no sentence is so short that it may be a heading made of a phrase of the text."""
    return not row.sentence and row.size < (PROSE if row.quoted else SHORT)


def _in_order(mine: Sequence[str], theirs: Sequence[str], clipped: bool) -> bool:
    """Say whether the words stand, in order, among others; the first and the last of a clipped row may be lost."""
    ahead = iter(theirs)
    return all(word in ahead for word in (mine[1:-1] if clipped else mine))


def _run(evidence: Evidence, guest: int, host: int) -> list[int]:
    """Return the rows around the guest that stand in the same host too: lines of one post or verse, split in two."""
    row = evidence.rows[guest]
    run = [guest]
    for step in (-1, 1):
        place = guest + step
        while place != host and host in evidence.alike(place) and not (row.clipped and _is_title(evidence, place)):
            run.append(place)
            place += step
    return sorted(run)


def _is_title(evidence: Evidence, place: int) -> bool:
    """Say whether a row may be the headline beside a teaser, which shares words with what the teaser announces."""
    return place < TOP and is_heading(evidence.rows[place])


def _is_said(evidence: Evidence, guest: int, host: int, within: bool = False) -> bool:
    """Say whether a row may go because the host says all of it; `within` a run of such rows it may be short."""
    row, other = evidence.rows[guest], evidence.rows[host]
    said = evidence.pair(guest, host).said if row.signature or row.link else row.tokens
    broken_off = _is_broken_off(row, other)
    if not (broken_off or _in_order(said, other.tokens, row.clipped)):
        return False  # the quick way out, without aligning
    if not within:
        if row.size < (LEAST_CLIPPED if row.clipped else LEAST):
            return False
        if len(row.words) < (LEAST_WORDS_CLIPPED if row.clipped else LEAST_WORDS):
            return False
    if row.question or row.listed or row.tabular or is_spoken(evidence, guest) or _is_one_of_several(evidence, guest):
        return False
    pair = evidence.pair(guest, host)
    if not broken_off and (pair.swapped or not _is_lossless(row, pair)):
        return False
    cut = row.quoted or row.clipped or pair.signed or abs(guest - host) == 1
    if pair.gaps > ((MAX_GAPS if len(row.words) >= 15 else MAX_GAPS_SHORT) if cut else 0):
        return False
    cut_off = pair.signed or pair.linked or broken_off
    if not cut_off and (not row.sentence or guest == 0) and _is_heading_of(evidence, guest, host):
        return False
    if _is_glued(evidence, guest, host) or (abs(guest - host) > 1 and _is_caption_of(row, other)):
        return False
    if guest < host - NEAR and evidence.jaccard(guest, host) >= WHOLE:
        return False  # two versions of one paragraph: the later one may be a lead with something glued to it
    # A paragraph of the body does not go because a summary far above, a caption or a lone quote says it too.
    if guest > host + NEAR and (not cut or host < 2) and touches_prose(evidence, guest) == 2:
        return False
    return not (
        touches_prose(evidence, guest) == 2
        and not touches_prose(evidence, host)
        and row.prose
        and other.size < 1.5 * row.size
    )


def _is_one_of_several(evidence: Evidence, guest: int) -> bool:
    """Say whether a quotation stands beside another one that is said nowhere else: an entry of a list of them."""
    rows = evidence.rows
    if not rows[guest].quotation or rows[guest].size >= PROSE:
        return False
    beside = [place for place in (guest - 1, guest + 1) if 0 <= place < len(rows)]
    return any(rows[place].quotation and rows[place].size < PROSE and not evidence.alike(place) for place in beside)


def _is_lossless(row: Row, pair: Pair) -> bool:
    """Say whether the host says all of the guest; the last word of a clipped one may be cut too."""
    return pair.lossless or (row.clipped and not pair.facts and set(pair.lost) <= {0, len(pair.said) - 1})


def _is_broken_off(guest: Row, host: Row) -> bool:
    """Say whether the guest is the beginning of the host, broken off without a sign, perhaps inside a word."""
    if guest.sentence or not host.sentence or not guest.reaches(LEAST_CUT) or guest.letters >= host.letters:
        return False
    count = len(guest.words)
    return (
        count < len(host.words)
        and guest.words[:-1] == host.words[: count - 1]
        and host.words[count - 1].startswith(guest.words[-1])
    )


def _is_caption_of(guest: Row, host: Row) -> bool:
    """Say whether the host is a caption or a post, and the guest, which is neither, the text it goes with."""
    return (
        (bool(host.label) and not guest.label)
        or (host.bracketed and not guest.bracketed)
        or (host.embedded and not guest.embedded)
        or (guest.sentence and not host.sentence)
    )


def _is_heading_of(evidence: Evidence, guest: int, host: int) -> bool:
    """Say whether a guest may be a heading or headline made of words of the text; a sentence only above its label."""
    row = evidence.rows[guest]
    if row.sentence:
        front = len(evidence.rows[host].words) - len(row.words)
        return (
            row.size < 1.5 * PROSE and host <= TOP and front <= LABEL and evidence.rows[host].words[front:] == row.words
        )
    if row.quotation and host == guest - 1 and touches_prose(evidence, guest) == 2:
        return False
    if guest < 2 or _is_short(row):
        return True
    capitals = [word[0].isupper() for word in row.text.split() if word[0].isalpha() and len(word) > 3]
    if capitals and sum(capitals) > 0.7 * len(capitals):
        return True
    return host > guest and host - guest <= 3 and row.size < 1.2 * PROSE


def _is_glued(evidence: Evidence, guest: int, host: int) -> bool:
    """Say whether the host is the guest and another paragraph run together: then the host is what is wrong."""
    rest = len(evidence.rows[host].words) - len(evidence.rows[guest].words)
    return rest >= LEAST_WORDS and any(
        other != guest and len(evidence.rows[other].words) - len(evidence.pair(other, host).lost) >= 0.8 * rest
        for other in evidence.alike(host)
    )


RULE = Rule(
    "said-in-another",
    "A teaser, pull quote, caption or embed: every word of it stands, in order, in another paragraph.",
    "stands in {lines}{words}",
    UNLESS_CONSERVATIVE,
    decide,
)
