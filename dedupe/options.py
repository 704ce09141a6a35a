"""All options of the judgement, with default, range and meaning; validated once, at construction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields, replace
from functools import wraps
from typing import Any, Literal, TypedDict, TypeVar, get_args

import regex

from dedupe.errors import OptionError, suggestion
from dedupe.model import KINDS

Level = Literal["conservative", "default", "aggressive"]
Keep = Literal["best", "first", "last"]
CrossDocument = Literal["flag", "remove"]

JACCARD = (
    "minimum Jaccard similarity of near-duplicates; a pair below it still counts if it reaches the containment, "
    "so raise both to be stricter"
)
CONTAINMENT = "minimum share of a paragraph that its original must contain, whatever their Jaccard similarity"


def option(default: Any, meaning: str, **allowed: Any) -> Any:
    """Return a dataclass field with its meaning and its allowed values: `choices`, `low` and `high`, or `regex`."""
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


def refuse_unknown(cls: type[OptionClass]) -> type[OptionClass]:
    """Make a class of options raise `OptionError` with the nearest name, or the new one, for a name that is unknown."""
    construct: Any = cls.__init__

    @wraps(construct)
    def construct_by_name(self: OptionClass, *options: object, **values: Any) -> None:
        if options:
            raise TypeError(f"options are given by name, as in NAME=VALUE, not {options[0]!r:.60}")
        check_names(values, cls)
        construct(self, **values)

    cls.__init__ = construct_by_name  # type: ignore[assignment]  # the same parameters, checked by name
    return cls


def check_names(names: Iterable[str], cls: type[Any], others: Sequence[str] = ()) -> None:
    """Raise `OptionError` for a name that is no option of a class; `others` may be meant, too."""
    known = [one.name for one in fields(cls)]
    for name in names:
        if name not in known:
            new = RENAMED.get(name)
            hint = f"it is now {new!r}" if new in known else suggestion(name, [*known, *others]).removeprefix("; ")
            raise OptionError(f"there is no option {name!r}; {hint or 'there are ' + ', '.join(known)}")


@refuse_unknown
@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How duplicates are found and judged. Library, flags, environment and configuration use the same names.

    Args:
        level: how sure to be before removing: "conservative", "default" or "aggressive".
        min_confidence: the least confidence of a removal, 0 to 1; 0 means that of the level.
        model: the file of a model to judge by; "" means that of the package.
        keep: which of two equal copies stays: "best", "first" or "last".
        jaccard: the least Jaccard similarity of near-duplicates, 0.3 to 1.
        containment: the least share of a paragraph's shingles that another one has, 0.3 to 1. A pair counts if it
            reaches `jaccard` or this.
        permutations: the number of MinHash permutations, 16 to 1024.
        seed: the seed of the permutations.
        cross_document: what to do with duplicates of other documents: "flag" or "remove".
        keep_copies: how many copies of a paragraph stay across documents, the original among them, 1 to 1,000,000.
        boilerplate_min_docs: the number of pages from which on a paragraph counts as boilerplate, 2 to 256.
        boilerplate_min_share: the share of a site's pages, of ten or more, from which on it does, 0.01 to 1.
        boilerplate_min_global_share: the share of all documents on which it must stand besides, 0 to 1, to count as
            boilerplate by the number of its pages alone.
        syndicated_share: the share of a text in another one at which all of it counts as syndicated, 0.5 to 1.
        keep_matching: a regular expression; paragraphs in which it is found are never removed.
        remove_matching: a regular expression; all duplicates in which it is found are removed.
        remove_quoted_history: whether to remove what a message quotes of an earlier one.
        ignore: kinds of findings to leave out, a list or tuple, of which a tuple is kept.
        pattern_timeout: the seconds that a regular expression may search in one paragraph, 0.001 to 60.

    Raises:
        OptionError: a value is not allowed; the message names the option, the value and what is allowed.

    Example:
        >>> import dedupe
        >>> deduper = dedupe.Deduper(dedupe.Options(level="conservative", keep="first"))
        >>> deduper.options.jaccard
        0.5
    """

    level: Level = option("default", "how sure a removal must be", choices=get_args(Level))
    min_confidence: float = option(
        0.0,
        "confidence from which on a duplicate is removed, not only flagged; 0: that of the level",
        low=0.0,
        high=1.0,
    )
    model: str = option("", "file of a model to use instead of the packaged one")
    keep: Keep = option("best", "which of two equal copies stays", choices=get_args(Keep))
    jaccard: float = option(0.5, JACCARD, low=0.3, high=1.0)
    containment: float = option(0.5, CONTAINMENT, low=0.3, high=1.0)
    permutations: int = option(128, "number of MinHash permutations", low=16, high=1024)
    seed: int = option(1, "seed of the MinHash permutations", low=0, high=2**32 - 1)
    cross_document: CrossDocument = option(
        "flag", "what to do with paragraphs that repeat another document", choices=get_args(CrossDocument)
    )
    keep_copies: int = option(
        1, "copies of a paragraph, the original among them, that stay across documents", low=1, high=1_000_000
    )
    boilerplate_min_docs: int = option(10, "pages on which a paragraph counts as boilerplate", low=2, high=256)
    boilerplate_min_share: float = option(
        0.3, "share of a host's pages, of ten or more, on which a paragraph counts as boilerplate", low=0.01, high=1.0
    )
    boilerplate_min_global_share: float = option(
        0.0,
        "share of all documents on which a paragraph must stand to count as boilerplate by the number of pages",
        low=0.0,
        high=1.0,
    )
    syndicated_share: float = option(
        0.9, "share of a document in another one at which it counts as syndicated", low=0.5, high=1.0
    )
    keep_matching: str = option("", "never remove a paragraph in which this regular expression matches", regex=True)
    remove_matching: str = option("", "remove every repeat in which this regular expression matches", regex=True)
    remove_quoted_history: bool = option(
        False, "remove what a message quotes of an earlier one, with the line above it, if no answer is in it"
    )
    ignore: Sequence[str] = option((), "kinds of findings to leave out", choices=KINDS)
    pattern_timeout: float = option(
        1.0, "seconds a regular expression may take for one paragraph", low=0.001, high=60.0
    )

    def __post_init__(self) -> None:
        validate(self)


class OptionValues(TypedDict, total=False):
    """Options by their names, for type checkers: each is that of `Options`, and may be left out.

    Example:
        >>> import dedupe
        >>> values: dedupe.OptionValues = {"level": "conservative", "keep": "first"}
        >>> dedupe.Deduper(**values).options.keep
        'first'
    """

    level: Level
    min_confidence: float
    model: str
    keep: Keep
    jaccard: float
    containment: float
    permutations: int
    seed: int
    cross_document: CrossDocument
    keep_copies: int
    boilerplate_min_docs: int
    boilerplate_min_share: float
    boilerplate_min_global_share: float
    syndicated_share: float
    keep_matching: str
    remove_matching: str
    remove_quoted_history: bool
    ignore: Sequence[str]
    pattern_timeout: float


def options_of(options: Options | None, values: OptionValues, others: Sequence[str] = ()) -> Options:
    """Return the options, or the default ones, with these values in place of theirs.

    Raises `TypeError` for options of another type, and `OptionError` for an unknown name, or a value that is not
    allowed. `others`: further names that may be meant, the other parameters of the function that was called.
    """
    if options is not None and not isinstance(options, Options):
        levels = options in get_args(Level) if isinstance(options, str) else False
        way = f"level={options!r}" if levels else "**options" if isinstance(options, Mapping) else "level='default'"
        raise TypeError(f"options must be a dedupe.Options, or be given by name, as in {way}, not {options!r:.60}")
    check_names(values, Options, others)
    return replace(options or Options(), **values)


def validate(options: Any) -> None:
    """Raise `OptionError` unless every field of a dataclass of options has an allowed value; make lists tuples."""
    for option_field in fields(options):
        value = getattr(options, option_field.name)
        validate_value(option_field.name, value, option_field)
        if isinstance(value, list):
            object.__setattr__(options, option_field.name, tuple(value))  # so that options are hashable, and stay


def validate_value(name: str, value: Any, option_field: Field[Any]) -> None:
    """Raise `OptionError`, under this name, unless the value has the type of a field's default and is in its range."""
    allowed, kind = option_field.metadata, type(option_field.default)
    if kind is tuple:
        if not isinstance(value, (tuple, list)) or not all(isinstance(part, str) for part in value):
            raise OptionError(f"{name} must be a list or tuple of strings, not {value!r}")
    elif kind is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise OptionError(f"{name} must be a number from {allowed['low']} to {allowed['high']}, not {value!r}")
    elif type(value) is not kind:
        raise OptionError(f"{name} must be of type {kind.__name__}, not {value!r}")
    if "low" in allowed and not allowed["low"] <= value <= allowed["high"]:
        raise OptionError(f"{name} must be from {allowed['low']} to {allowed['high']}, not {value!r}")
    if "choices" in allowed:
        for choice in value if isinstance(value, (tuple, list)) else (value,):
            if choice not in allowed["choices"]:
                hint = suggestion(choice, allowed["choices"])
                raise OptionError(f"{name} must be one of {', '.join(allowed['choices'])}, not {choice!r}{hint}")
    if "regex" in allowed and value:
        try:
            regex.compile(value)
        except (regex.error, RecursionError, MemoryError, OverflowError) as error:
            raise OptionError(
                f"{name} is not a regular expression: {value!r}: {error}; put \\ before a literal character"
            ) from error
