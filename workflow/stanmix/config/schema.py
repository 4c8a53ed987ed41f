"""The configuration's JSON Schema: its parts, defaults and descriptions in words."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from stanmix.families import FAMILIES, MULTIVARIATE
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
    """Return the configuration's JSON Schema, with the names of the families that there are."""
    schema: dict[str, Any] = json.loads((SCHEMAS / "config.schema.json").read_text("utf-8"))
    family = schema["$defs"]["family"]
    del family["type"]
    family["enum"] = [*FAMILIES, *MULTIVARIATE]
    return schema


def dereferenced(schema: Schema) -> Schema:
    """Follow a local ``$ref``; keys beside it, such as a description, win."""
    if "$ref" not in schema:
        return schema
    target = config_schema()["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def with_defaults(value: Any, schema: Schema | None = None) -> Any:
    """Fill in the defaults of keys that a valid configuration leaves out.

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
    schema = dereferenced(config_schema() if schema is None else schema)
    if "oneOf" in schema:
        parts = map(dereferenced, schema["oneOf"])
        schema = next(part for part in parts if (part["type"] == "array") == isinstance(value, list))
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        other = schema.get("additionalProperties")
        filled = {
            key: with_defaults(item, known.get(key, other if isinstance(other, Mapping) else {}))
            for key, item in value.items()
        }
        for key, part in known.items():
            part = dereferenced(part)
            if key not in filled and "default" in part:
                filled[key] = with_defaults(part["default"], part)
        return filled
    if isinstance(value, list):
        items = schema.get("items", {})
        return [with_defaults(item, items) for item in value]
    # YAML reads 1.0e+4 as a float, although it is a whole number.
    return int(value) if schema.get("type") == "integer" else value


@cache
def validator() -> Draft202012Validator:
    """Return the validator; a number must be finite and fit into a double."""
    plain = Draft202012Validator.TYPE_CHECKER
    checker = plain.redefine_many(
        {
            "number": _is_finite_number,
            "integer": lambda _, value: _is_finite_number(_, value) and plain.is_type(value, "integer"),
        }
    )
    strict = extend(Draft202012Validator, {"uniqueItems": _unique}, type_checker=checker)  # type: ignore[no-untyped-call]
    found: Draft202012Validator = strict(config_schema())
    return found


def is_valid(value: Any, schema: Schema) -> bool:
    """Tell whether a value follows a part of the schema."""
    return validator().evolve(schema=schema).is_valid(value)


def _is_finite_number(_checker: Any, value: Any) -> bool:
    try:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _unique(_validator: Any, wanted: bool, items: Any, _schema: Any) -> Iterator[ValidationError]:
    """Check that no item is repeated, in linear time."""
    if wanted and isinstance(items, list):
        seen = {written(float(item) if _is_finite_number(None, item) else item) for item in items}
        if len(seen) < len(items):
            yield ValidationError("an item is repeated")


def key_path(path: Iterable[str | int]) -> str:
    """Write the path of a key, such as ``analyses[1].dataset``; list positions start at 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "config"


def allowed(schema: Schema) -> str:
    """Say in words which values a schema allows."""
    schema = dereferenced(schema)
    if "oneOf" in schema:
        return " or ".join(allowed(part) for part in schema["oneOf"])
    if "enum" in schema:
        return "one of " + listed(map(written, schema["enum"]))
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


class _Dumper(yaml.SafeDumper):
    """Writes all values that YAML can represent, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write repeated values again, without an alias."""
        return True


_Dumper.add_representer(tuple, yaml.SafeDumper.represent_list)


def written(value: Any) -> str:
    """Write a value on one line the way YAML does."""
    form = {"Dumper": _Dumper, "default_flow_style": True, "sort_keys": False, "width": float("inf")}
    text: str = yaml.dump(value, allow_unicode=True, **form)  # type: ignore[call-overload]
    text = text.removesuffix("\n").removesuffix("\n...")
    if text.isprintable():
        return text
    escaped: str = yaml.dump(value, default_style='"', **form)  # type: ignore[call-overload]
    return escaped.strip()


def shown(value: Any) -> str:
    """Write a value on one line the way YAML does, shortened."""
    text = written(_begun(value))
    return text if len(text) <= 100 else text[:97] + "..."


def _begun(value: Any) -> Any:
    """Return the part of a value that is shown, for values of any size."""
    if isinstance(value, Mapping):
        return {_begun(key): _begun(item) for key, item in islice(value.items(), 30)}
    if isinstance(value, list | tuple):
        return [_begun(item) for item in value[:50]]
    return value[:101] if isinstance(value, str) else value
