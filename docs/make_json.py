"""Write docs/json.md, the keys of the JSON that the program prints and writes, from its schema."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

OBJECTS = {
    "report": "A report",
    "finding": "A finding",
    "original": "An original",
    "annotation": "`clean --annotate`",
    "removed": "`clean --removed`",
    "query": "`index query`",
    "seen": "A paragraph seen before",
    "stats": "`index stats`",
    "compare": "`compare`",
    "side": "A compared paragraph",
    "tune": "`tune`",
    "trial": "A trial",
    "settings": "`settings`",
    "run": "`report.json` of a corpus",
}
"""The title of each object, in the order of the page."""

HEAD = """\
# JSON

`dedupe check` and `dedupe index query` print an object a document, on a line of its own, with `--output-format
json-lines`; other verbs print one object with `--output-format json`. All is ASCII, other characters are escaped, and
lines end with `\\n`. `Report.to_dict()` of [the library](library.md) returns the object that `check` prints. Positions
count code points, and the lines of a text end at `\\n`, `\\r\\n` or `\\r` only.

The schema is in the package, as JSON Schema (draft 2020-12); every key of every verb is tested against it:

```python
import json
from importlib.resources import files

schema = json.loads(files("dedupe.reporters").joinpath("schema.json").read_text("utf-8"))
print(schema["title"])  # The JSON of paradedupe
```

It describes a report; the objects of other verbs are `#/$defs/NAME` in it, by the names in brackets below. Within one
value of `schema` keys are added, and none is renamed, removed, or given another type: a program should ignore keys that
it does not know, and so does the schema. Values of `rule` may be added, too, and sentences may change.
"""


def page() -> str:
    """Return the page."""
    schema = json.loads(files("dedupe.reporters").joinpath("schema.json").read_text("utf-8"))
    definitions = schema["$defs"]
    assert {*OBJECTS, "schema", "lines", "span", "column"} == set(definitions)
    rows = [HEAD]
    for name, title in OBJECTS.items():
        rows += [f"## {title} (`{name}`)", "", *_object(definitions[name], definitions), ""]
    return "\n".join(rows).rstrip("\n") + "\n"


def _object(value: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    """Yield the lines about an object: a sentence and a table of its keys."""
    yield value["description"]
    yield from ("", "| key | value | always | meaning |", "| --- | --- | --- | --- |")
    inner = value.get("items", value)
    for key, part in inner["properties"].items():
        reference = part.get("$ref", "").rpartition("/")[2]
        part = definitions[reference] | part if reference else part
        kind = f"[{reference}](#{_anchor(reference)})" if reference in OBJECTS else _kind(part)
        always = "yes" if key in inner.get("required", ()) else ""
        yield f"| `{key}` | {kind} | {always} | {_meaning(part)} |"


def _kind(value: dict[str, Any]) -> str:
    """Return the type of a value, or its values."""
    if "const" in value:
        return str(value["const"])
    if "enum" in value:
        return ", ".join("null" if one is None else f"`{one}`" for one in value["enum"])
    kinds = value["type"] if isinstance(value["type"], list) else [value["type"]]
    if kinds != ["array"]:
        return " or ".join(kinds)
    if reference := value["items"].get("$ref", "").rpartition("/")[2]:
        return f"array of [{reference}](#{_anchor(reference)})"
    return f"array of {value['items']['type']}s"


def _meaning(value: dict[str, Any]) -> str:
    """Return what a value means, with the keys of objects that have no name."""
    inner = value.get("items", value.get("additionalProperties"))
    if not isinstance(inner, dict) or "properties" not in inner:
        return str(value["description"])
    keys = "; ".join(f"`{key}`: {part.get('description', 'as above')}" for key, part in inner["properties"].items())
    return f"{value['description']}; {keys}"


def _anchor(name: str) -> str:
    """Return the anchor of the section of an object."""
    return f"{OBJECTS[name].replace('`', '').replace('.', '').lower().replace(' ', '-')}-{name}"


if __name__ == "__main__":
    Path(__file__).with_name("json.md").write_text(page(), "utf-8")
