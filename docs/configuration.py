"""Write the configuration reference, ``docs/reference/configuration.md``, from the JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stanmix.config.schema import Schema, allowed, config_schema, dereferenced, shown

TITLE = "Configuration reference"
HEAD = """\
<!-- Written by `make docs` from workflow/schemas/config.schema.json; edit that file. -->

Every key of `config.yaml`, from the [JSON Schema](../../workflow/schemas/config.schema.json) by which the
configuration is checked. A key that is not listed here is refused, and so is a value out of bounds, with a
sentence that says what is allowed. `<name>` stands for a name that you choose, `[]` for each item of a list.
What all defaults together come to is written to `results/config.effective.yaml` by every run.
"""
NEW_NAME = "<name>"


def render() -> str:
    """Return the page."""
    return "\n".join([f"# {TITLE}\n", HEAD, *_section("", config_schema(), 1)])


def _section(path: str, schema: Schema, level: int) -> Iterator[str]:
    """Write the keys of a mapping as a table, then a section for each key that is a mapping itself."""
    if path:
        yield f"{'#' * level} `{path}`\n"
        yield f"{_linked(schema['description'])}\n"
        if schema.get("examples"):
            yield f"Example: `{shown(schema['examples'][0])}`\n"
    required = schema.get("required", ())
    yield "| key | value | default | meaning |\n|---|---|---|---|"
    inner: list[tuple[str, Schema]] = []
    for key, part in schema["properties"].items():
        part = dereferenced(part)
        place = f"{path}.{key}".lstrip(".")
        section = _nested(place, part)
        if section:
            inner.append(section)
        yield _row(key, part, key in required, section and section[0])
    yield ""
    for place, part in inner:
        yield from _section(place, part, level + 1)


def _nested(place: str, schema: Schema) -> tuple[str, Schema] | None:
    """Return the mapping with keys of its own that a key holds, and its place; None where it holds none."""
    if "properties" in schema:
        return place, schema
    for inside, suffix in ((schema.get("additionalProperties"), f".{NEW_NAME}"), (schema.get("items"), "[]")):
        if isinstance(inside, Mapping) and "properties" in dereferenced(inside):
            return place + suffix, dereferenced(inside)
    return None


def _row(key: str, schema: Schema, required: bool, section: str | None) -> str:
    link = f"[{_cell(f'`{key}`')}](#{_slug(section)})" if section else f"`{key}`"
    cells = [link, _value(schema, section), _default(schema, required), _described(schema, section)]
    return f"| {' | '.join(map(_cell, cells))} |"


def _value(schema: Schema, section: str | None) -> str:
    if section is None:
        return _allowed(schema)
    if schema.get("type") == "array":
        return "list of mappings"
    return "mapping" if "properties" in schema else "mapping by name"


def _allowed(schema: Schema) -> str:
    """Say which values are allowed; values to be written as they are stand as code."""
    if "enum" in schema:
        return "one of " + ", ".join(f"`{shown(value)}`" for value in schema["enum"])
    inside = schema.get("additionalProperties")
    if isinstance(inside, Mapping):
        return f"a mapping from names, each to {allowed(inside)}"
    return allowed(schema)


def _default(schema: Schema, required: bool) -> str:
    if required:
        return "required"
    default: Any = schema.get("default")
    return "" if default in (None, {}) else f"`{shown(default)}`"


def _described(schema: Schema, section: str | None) -> str:
    text = _linked(schema["description"])
    examples = [] if section else [f"`{shown(example)}`" for example in schema.get("examples", ())]
    return f"{text} Example{'s' * (len(examples) > 1)}: {', '.join(examples)}" if examples else text


def _linked(text: str) -> str:
    """Make links of the pages that a description names."""
    return re.sub(r"docs/(\w+\.md)", r"[\1](../\1)", text)


def _slug(path: str) -> str:
    """Return the anchor that forges and Sphinx give to a heading."""
    return "".join(c for c in path.lower() if c.isalnum() or c in "_-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
