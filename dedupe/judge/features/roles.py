"""Features of what the source says of duplicate and original; all 0 where it says nothing."""

from __future__ import annotations

from dedupe.judge.features.table import Chunk, Columns, of_both_sides
from dedupe.judge.texts import ROLES

_TOLD = tuple(role for role in ROLES if role)

FEATURES = {
    **of_both_sides({f"role_{role}": f"the source says: {role}, 0 or 1" for role in _TOLD}),
    "same_role": "the source says the same of both, 0 or 1",
}


def compute(chunk: Chunk) -> Columns:
    """Return the columns of this group."""
    roles = chunk.texts.roles
    columns = chunk.both_sides({f"role_{role}": roles == number for number, role in enumerate(ROLES) if role})
    columns["same_role"] = roles[chunk.duplicate] == roles[chunk.original]
    return columns
