"""Rule: a paragraph of prose said again, word for word."""

from __future__ import annotations

from dedupe.judgement.context import SHORT, touches_prose
from dedupe.judgement.evidence import Evidence
from dedupe.judgement.rule import Rule
from dedupe.judgement.verdicts import Verdicts


def decide(evidence: Evidence, verdicts: Verdicts) -> None:
    """Remove all but one copy of a paragraph: the first stays, unless only a later one stands inside the prose."""
    for members in evidence.groups:
        places = [place for place in members if not verdicts.decided(place)]
        if len(places) < 2 or evidence.rows[members[0]].size < SHORT:
            continue
        stays = places[0]
        if not touches_prose(evidence, stays):
            stays = next((place for place in places[1:] if touches_prose(evidence, place) == 2), stays)
        for place in places:
            if place != stays:
                verdicts.remove(place, stays, RULE.name)


RULE = Rule(
    "repeated-prose",
    "A paragraph of about twelve words or more that says exactly what another one says.",
    "says exactly what {lines} says",
    decide,
)
