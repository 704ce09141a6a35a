"""What the functions on lists have to find, by comparing every text with every other one, in plain Python."""

from itertools import combinations

from tests import twins

Pair = tuple[int, int, float]


def shingle_set(text: str, shingles: str = "words", size: int = 3) -> set[tuple[str, ...]]:
    words = twins.words(text.replace("ß", "ss").replace("ẞ", "SS"))
    if not words:
        return {("", " ".join(text.split()))}
    elements = words if shingles == "words" else list(" ".join(words))
    padded = ["^"] * (size // 2) + elements + ["$"] * ((size - 1) // 2)
    return {tuple(padded[at : at + size]) for at in range(len(elements))}


def all_pairs(
    texts: list[str], threshold: float, measure: str = "jaccard", shingles: str = "words", size: int = 3
) -> list[Pair]:
    sets = [shingle_set(text, shingles, size) for text in texts]
    found = []
    for left, right in combinations(range(len(texts)), 2):
        one, other = sets[left], sets[right]
        whole = len(one | other) if measure == "jaccard" else min(len(one), len(other))
        if len(one & other) / whole >= threshold:
            found.append((left, right, len(one & other) / whole))
    return found


def stays_for(texts: list[str], threshold: float, *how: object) -> list[int]:
    """Return for each text the first earlier one that stays and is near it, or itself."""
    near = {(left, right) for left, right, _ in all_pairs(texts, threshold, *how)}  # type: ignore[arg-type]  # strings
    found: list[int] = []
    for position in range(len(texts)):
        leaders = (one for one in range(position) if found[one] == one and (one, position) in near)
        found.append(next(leaders, position))
    return found
