"""Settings and their sources: flag, environment, configuration file, default."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dedupe.errors import InputError, OptionError, cause, suggestion
from dedupe.options import RENAMED, validate_value

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PREFIX = "DEDUPE_"
"""How the names of environment variables begin."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value in force and where it came from."""

    name: str
    value: Any
    source: str


def flag_name(name: str) -> str:
    """Return the flag of an option: `--keep-matching` for `keep_matching`."""
    return f"--{name.replace('_', '-')}"


def resolve(
    classes: Sequence[type], flags: Mapping[str, Any], environment: Mapping[str, str], start: str
) -> dict[str, Setting]:
    """Return a setting for every field of the option classes: flag, else environment, else nearest file, else default.

    `start` is the first path of the command; the file is the nearest `dedupe.toml` or `pyproject.toml` with
    `[tool.dedupe]` in its folder or above. Raises `OptionError` for an unknown key and for a value that is not allowed,
    with the flag, the variable or the file and key; `InputError` for a broken file.
    """
    fields_by_name = {option_field.name: option_field for cls in classes for option_field in fields(cls)}
    path, table = nearest(start)
    for key in table:
        if key.replace("-", "_") not in fields_by_name:
            raise OptionError(f"{path}: there is no setting {key!r}{_suggestion(key, fields_by_name)}")
    for key in environment:
        if key.startswith(PREFIX) and key[len(PREFIX) :].lower() not in fields_by_name and key not in RESERVED:
            raise OptionError(
                f"there is no setting for the environment variable {key}{_suggestion(key, fields_by_name)}"
            )
    configured = {key.replace("-", "_"): (key, value) for key, value in table.items()}
    settings = {}
    for name, option_field in fields_by_name.items():
        variable = PREFIX + name.upper()
        if flags.get(name) is not None:
            settings[name] = Setting(name, _in_shape(flags[name], option_field.default), "flag")
            given_as = flag_name(name)
        elif variable in environment:
            settings[name] = Setting(
                name, _from_environment(environment[variable], option_field.default, variable), variable
            )
            given_as = variable
        elif name in configured:
            key, value = configured[name]
            settings[name] = Setting(name, _in_shape(value, option_field.default), str(path))
            given_as = f"{path}: {key}"
        else:
            settings[name] = Setting(name, option_field.default, "default")
            continue
        validate_value(given_as, settings[name].value, option_field)
    return settings


def with_source(error: OptionError, settings: Mapping[str, Setting]) -> OptionError:
    """Return the error of an option class with the flag, the variable or the file that the value comes from."""
    name, _, rest = str(error).partition(" ")
    source = settings[name].source if name in settings else "default"
    if source == "default":
        return error
    if source == "flag":
        return OptionError(f"{flag_name(name)} {rest}")
    return OptionError(f"{source} {rest}" if source.startswith(PREFIX) else f"{source}: {name} {rest}")


RESERVED = frozenset({"DEDUPE_FIELD", "DEDUPE_ACTION", "DEDUPE_FINDINGS_FIELD"})
"""Variables that the Scrapy pipeline reads, which the environment may have beside ours."""


def nearest(start: str) -> tuple[Path | None, dict[str, Any]]:
    """Return the nearest configuration file at or above a path, and its table; (None, {}) without one."""
    start_path = Path(os.path.abspath(start if start not in ("", "-") else "."))
    for folder in (start_path, *start_path.parents):
        for name in ("dedupe.toml", "pyproject.toml"):
            path = folder / name
            if os.path.isfile(path):  # a folder that may not be read has none; reading it says so
                table: Any = _read_toml(path)
                if name == "pyproject.toml":
                    tools = table.get("tool")
                    table = tools.get("dedupe") if isinstance(tools, dict) else None
                if table is not None:
                    if not isinstance(table, dict):
                        raise InputError(
                            str(path),
                            'has something else than a table at [tool.dedupe]; write one, as in level = "default"',
                        )
                    return path, table
    return None, {}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:  # of TOML, of UTF-8, of numbers too long
        raise InputError(str(path), f"is not TOML: {error}; correct it there") from None
    except OSError as error:
        raise InputError(str(path), cause(error)) from None


def _suggestion(key: str, fields_by_name: Mapping[str, Any]) -> str:
    name = key.removeprefix(PREFIX).lower().replace("-", "_")
    if name in RENAMED:
        new = RENAMED[name]
        return f"; it is now {PREFIX + new.upper() if key.startswith(PREFIX) else repr(new)}"
    return suggestion(name, fields_by_name) or "; dedupe settings shows all there are"


def _in_shape(value: Any, default: Any) -> Any:
    """Return a flag's or a file's value in the shape of the default: lists are tuples, one string is a list of one."""
    if isinstance(default, tuple):
        return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
    return float(value) if isinstance(default, float) and type(value) is int else value


_TRUTH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _from_environment(value: str, default: Any, variable: str) -> Any:
    """Return an environment variable's value in the type of the default; lists are separated by commas."""
    if isinstance(default, tuple):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(default, bool):
        if value.strip().lower() not in _TRUTH:
            raise OptionError(f"{variable} must be one of {', '.join(_TRUTH)}, not {value!r}")
        return _TRUTH[value.strip().lower()]
    try:
        return type(default)(value)
    except ValueError:
        raise OptionError(f"{variable} must be a number, not {value!r}") from None
