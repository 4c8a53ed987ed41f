"""Check a configuration against its JSON Schema, with messages for people.

Every message names the key, says what is allowed and shows a line that works.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from stanmix.paths import SCHEMAS

Schema = Mapping[str, Any]

KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping of keys to values",
    "null": "null",
}


@cache
def config_schema() -> dict[str, Any]:
    """Return the configuration's JSON Schema."""
    schema: dict[str, Any] = json.loads((SCHEMAS / "config.schema.json").read_text("utf-8"))
    return schema


def resolve(schema: Schema) -> Schema:
    """Follow a local ``$ref``; what stands beside it, such as a description, wins."""
    if "$ref" not in schema:
        return schema
    target = config_schema()["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def with_defaults(value: Any, schema: Schema | None = None) -> Any:
    """Fill in what a valid configuration leaves out.

    Parameters
    ----------
    value
        A valid configuration, or the part of one that ``schema`` describes. It is not changed.
    schema
        The schema of that part; the whole configuration's by default.

    Returns
    -------
    Any
        A copy in which every key with a default is present.
    """
    schema = resolve(config_schema() if schema is None else schema)
    if "oneOf" in schema:
        parts = map(resolve, schema["oneOf"])
        schema = next(part for part in parts if (part["type"] == "array") == isinstance(value, list))
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        other = schema.get("additionalProperties")
        filled = {
            key: with_defaults(item, known.get(key, other if isinstance(other, Mapping) else {}))
            for key, item in value.items()
        }
        for key, part in known.items():
            part = resolve(part)
            if key not in filled and "default" in part:
                filled[key] = with_defaults(part["default"], part)
        return filled
    if isinstance(value, list):
        items = schema.get("items", {})
        return [with_defaults(item, items) for item in value]
    # YAML reads 1.0e+4 as a float, which is a whole number all the same.
    return int(value) if schema.get("type") == "integer" else value


def schema_problems(raw: Any) -> list[str]:
    """List everything in which a configuration departs from the schema, a sentence each."""
    found: list[str] = []
    for error in _validator().iter_errors(raw):
        found.extend(_sentences(error))
    return sorted(set(found))


@cache
def _validator() -> Draft202012Validator:
    """Return the validator; a number must be finite and fit into a double."""
    checker = Draft202012Validator.TYPE_CHECKER.redefine("number", _is_finite_number)
    strict = extend(Draft202012Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    validator: Draft202012Validator = strict(config_schema())
    return validator


def _is_finite_number(_checker: Any, value: Any) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _sentences(error: ValidationError) -> Iterator[str]:
    """Turn one validation error into sentences."""
    path = list(error.absolute_path)
    where = key_path(path)
    schema: Schema = cast("Schema", error.schema)
    value: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "additionalProperties":
            known = list(schema["properties"])
            for key in sorted(set(map(str, instance)) - set(known)):
                yield _unknown_key([*path, key], known, instance.get(key))
        case "required":
            for key in value:
                if key not in instance:
                    part = resolve(schema["properties"][key])
                    yield (
                        f"{where}: the key '{key}' is missing. It is {allowed(part)}. Add: "
                        f"{_line([key], part)}"
                    )
        case _ if "propertyNames" in error.absolute_schema_path:
            yield _bad_name(where, error.instance)
        case _:
            part = resolve(schema)
            close = difflib.get_close_matches(str(error.instance), map(str, part.get("enum", ())), n=1)
            line = f"{path[-1]}: {close[0]}" if close and path else _line(path, part)
            hint = ""
            if isinstance(error.instance, str) and _is_number(error.instance):
                hint = (
                    f" (YAML reads {error.instance} as text here: write numbers without quotes, "
                    "and with a point and a sign in the exponent, as in 1.0e+5.)"
                )
            yield (
                f"{where} is {shown(error.instance)}, but must be {allowed(part)}. "
                f"Write, for example: {line}{hint}"
            )


def _unknown_key(path: list[str | int], known: list[str], value: Any) -> str:
    key = str(path[-1])
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    remedy = f"Write: {close[0]}: {shown(value)}" if close else "Remove the key, or use one of those."
    return f"{key_path(path)} is not a known key; allowed here: {listed(known)}. {remedy}"


def _bad_name(where: str, name: Any) -> str:
    if not isinstance(name, str):
        return f"{where}: the name {name} is not text for YAML, so it needs quotes. Write: '{name}'"
    better = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name)
    return (
        f"{where}: the name '{name}' may only have letters, digits, _ and -, because it becomes "
        f"part of file names. Write: {better or 'name'}"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def key_path(path: Iterable[str | int]) -> str:
    """Write the place of a key, as in ``analyses[1].dataset``; list positions start at 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "config"


def allowed(schema: Schema) -> str:
    """Say in words which values a schema allows."""
    schema = resolve(schema)
    if "oneOf" in schema:
        return " or ".join(allowed(part) for part in schema["oneOf"])
    if "enum" in schema:
        return "one of " + listed(schema["enum"])
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return " or ".join(KINDS[k] for k in kind)
    if kind == "array":
        text = "a list" if not schema.get("minItems") else "a list with at least one item"
        text += f" in which each item is {allowed(schema['items'])}" if "items" in schema else ""
        return text + (" and none is repeated" if schema.get("uniqueItems") else "")
    text = KINDS[kind]
    if schema.get("minLength") or schema.get("minProperties"):
        text += " that is not empty"
    if "minimum" in schema and "maximum" in schema:
        return f"{text} from {schema['minimum']} to {schema['maximum']}"
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in schema
    ]
    return f"{text} {' and '.join(bounds)}".rstrip()


def listed(values: Iterable[Any]) -> str:
    """Join values with commas."""
    return ", ".join(str(value) for value in values)


def shown(value: Any) -> str:
    """Write a value on one line the way YAML does, shortened."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000)
    text = text.removesuffix("...\n").strip()
    return text if len(text) <= 100 else text[:97] + "..."


def _line(path: list[Any], schema: Schema) -> str:
    """Write a line of configuration that works."""
    example = _example(schema)
    while path and isinstance(path[-1], int):
        path, example = path[:-1], [example]
    return f"{path[-1] if path else 'config'}: {shown(example)}"


def _example(schema: Schema) -> Any:
    schema = resolve(schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema:
        return _example(schema["oneOf"][0])
    match schema.get("type"):
        case "array":
            return [_example(schema.get("items", {}))]
        case "string":
            return "name"
        case "boolean":
            return False
        case "object":
            return {key: _example(schema["properties"][key]) for key in schema.get("required", [])}
        case _:
            return max(1, schema.get("minimum", 1))
