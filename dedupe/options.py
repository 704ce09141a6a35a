"""Every knob there is, with its default, its range and its meaning; validated once, at construction."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from functools import wraps
from typing import Any, Literal, TypeVar, get_args

import regex

from dedupe.errors import OptionError, suggestion
from dedupe.model import KINDS

Level = Literal["conservative", "default", "aggressive"]
Keep = Literal["best", "first", "last"]
CrossDocument = Literal["flag", "remove"]

JACCARD = (
    "least Jaccard similarity of near-duplicates; a pair below it still counts if it reaches the containment, "
    "so raise both to be stricter"
)
CONTAINMENT = "least share of a paragraph that another must hold, whatever their Jaccard similarity"


def option(default: Any, meaning: str, **allowed: Any) -> Any:
    """Return a dataclass field with its meaning and what is allowed: `choices`, `low` and `high`, or `pattern`."""
    return field(default=default, metadata={"meaning": meaning, **allowed})


RENAMED = {
    "across": "cross_document",
    "boilerplate_pages": "boilerplate_min_docs",
    "boilerplate_share": "boilerplate_min_share",
    "syndicated": "syndicated_share",
    "first": "keep_order",
    "prefer": "prefer_originals",
    "drop": "drop_covered",
}
"""Old names of options, which are refused, and the new ones."""

OptionClass = TypeVar("OptionClass")


def refuse_renamed(cls: type[OptionClass]) -> type[OptionClass]:
    """Make a class of options raise `OptionError` with the new name of an option that is given by its old one."""
    construct: Any = cls.__init__

    @wraps(construct)
    def construct_by_new_names(self: OptionClass, **values: Any) -> None:
        for name in values:
            if hasattr(cls, RENAMED.get(name, "")):
                raise OptionError(f"there is no option {name!r}; it is now {RENAMED[name]!r}")
        construct(self, **values)

    cls.__init__ = construct_by_new_names  # type: ignore[assignment]  # the same parameters, checked by name
    return cls


@refuse_renamed
@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How repeats are looked for and judged. Library, flags, environment and configuration use these same words.

    Raises `OptionError` (a `ValueError`) that names the option, the value and what is allowed.
    """

    level: Level = option("default", "how sure to be before removing", choices=get_args(Level))
    min_confidence: float = option(0.0, "least confidence of a removal; 0: what the level says", low=0.0, high=1.0)
    model: str = option("", "file of a model to judge by, instead of the one of the package")
    keep: Keep = option("best", "which of two equal copies stays", choices=get_args(Keep))
    jaccard: float = option(0.5, JACCARD, low=0.3, high=1.0)
    containment: float = option(0.5, CONTAINMENT, low=0.3, high=1.0)
    permutations: int = option(128, "MinHash permutations", low=16, high=1024)
    seed: int = option(1, "seed of the permutations", low=0, high=2**32 - 1)
    cross_document: CrossDocument = option(
        "flag", "what to do with repeats of other documents", choices=get_args(CrossDocument)
    )
    boilerplate_min_docs: int = option(10, "pages that make a paragraph of an index boilerplate", low=2, high=256)
    boilerplate_min_share: float = option(
        0.3, "share of a host's pages that makes it so, of ten or more", low=0.01, high=1.0
    )
    syndicated_share: float = option(0.9, "least share of a text that makes it known as a whole", low=0.5, high=1.0)
    keep_matching: str = option("", "never remove paragraphs in which this regular expression is found", pattern=True)
    remove_matching: str = option("", "remove every repeat in which this regular expression is found", pattern=True)
    remove_quoted_history: bool = option(
        False, "take what a message quotes of an earlier one, with the line above it, where nothing is answered in it"
    )
    ignore: tuple[str, ...] = option((), "kinds of findings to leave out", choices=KINDS)
    pattern_timeout: float = option(1.0, "seconds a pattern may search in one paragraph", low=0.001, high=60.0)

    def __post_init__(self) -> None:
        validate(self)


def validate(settings: Any) -> None:
    """Raise `OptionError` unless every field of a dataclass of options has an allowed value."""
    for one in fields(settings):
        validate_value(one.name, getattr(settings, one.name), one)


def validate_value(name: str, value: Any, one: Field[Any]) -> None:
    """Raise `OptionError`, under this name, unless the value is of the kind of a field's default and in its range."""
    allowed, kind = one.metadata, type(one.default)
    if kind is tuple:
        if isinstance(value, str) or not isinstance(value, tuple):
            raise OptionError(f"{name} must be a tuple of strings, not {value!r}")
    elif kind is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise OptionError(f"{name} must be a number from {allowed['low']} to {allowed['high']}, not {value!r}")
    elif type(value) is not kind:
        raise OptionError(f"{name} must be of type {kind.__name__}, not {value!r}")
    if "low" in allowed and not allowed["low"] <= value <= allowed["high"]:
        raise OptionError(f"{name} must be from {allowed['low']} to {allowed['high']}, not {value!r}")
    if "choices" in allowed:
        for one in value if isinstance(value, tuple) else (value,):
            if one not in allowed["choices"]:
                near = suggestion(one, allowed["choices"]) if isinstance(one, str) else ""
                raise OptionError(f"{name} must be one of {', '.join(allowed['choices'])}, not {one!r}{near}")
    if "pattern" in allowed and value:
        try:
            regex.compile(value)
        except (regex.error, RecursionError, MemoryError, OverflowError) as error:
            raise OptionError(
                f"{name} is not a regular expression: {value!r}: {error}; put \\ before a sign that is meant as it is"
            ) from error
