"""Examples for messages: lines that work in place of wrong ones, in the configuration at hand."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from stanmix.config.schema import Schema, config_schema, dereferenced, is_valid
from stanmix.families import FAMILIES, MULTIVARIATE, class_of, family_of, simulated_columns
from stanmix.priors import DISTRIBUTIONS, Bounds

Path = Sequence[str | int]

REMOVED = object()
"""Returned if no value fits, so that the key is to be removed."""
MOST_ITEMS = 1_000
"""Largest number of items of a list in an example."""
REPEATED = re.compile(r"(.+?)\1{19,}$")
"""Endings that names must not have: Snakemake takes 20 repetitions for an endless path."""
OBSERVATIONS = 50
"""Number of observations of a simulated component in an example."""


def fitting(path: Path, raw: Any) -> Any:
    """Return a value for a key that keeps the valid part of the present one, and fits the keys around it.

    Parameters
    ----------
    path
        The path of the key, which ends in a text.
    raw
        The configuration, which need not follow the schema.

    Returns
    -------
    Any
        The value; :data:`REMOVED` if there is none.
    """
    schema, present = _schema_at(path), _at(raw, path)
    own = _own(path, raw)
    if own is not None and not isinstance(own, _Item):
        return own
    item = None if own is None else own.value
    if isinstance(present, list) and present:
        mended = _mended(present, schema, item)
        if is_valid(mended, schema):
            return mended
    return example(schema) if item is None else item


def example(schema: Schema) -> Any:
    """Return the example that the schema gives, or the smallest value that it allows."""
    schema = dereferenced(schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if "oneOf" in schema:
        return example(schema["oneOf"][0])
    match schema.get("type"):
        case "array":
            first, least = example(schema.get("items", {})), schema.get("minItems", 1)
            # Items that must differ, such as components, count up.
            return [first + i for i in range(least)] if schema.get("uniqueItems") and least > 1 else [first]
        case "string":
            return "name"
        case "boolean":
            return False
        case "object":
            return {key: example(schema["properties"][key]) for key in schema.get("required", [])}
        case _:
            return max(1, schema.get("minimum", 1))


def inside(support: Bounds) -> float:
    """Return a number that a parameter with a support may have."""
    lower, upper = support
    if math.isfinite(lower) and math.isfinite(upper):
        return (lower + upper) / 2
    return lower + 1 if math.isfinite(lower) else 1


def unrepeated(name: str) -> str:
    """Return a name without the repetitions at its end that Snakemake refuses."""
    return REPEATED.sub(r"\1", name)


def normalised(weights: Sequence[float]) -> list[float]:
    """Return weights that sum to 1, in few digits; those that are above 0 remain so."""
    total = sum(weights)
    shares = [float(f"{w / total if total else 1 / len(weights):.4g}") for w in weights]
    largest = shares.index(max(shares))
    rest = math.fsum(share for k, share in enumerate(shares) if k != largest)
    shares[largest] = round(1 - rest, 12)
    return shares


class _Item:
    """A number as an item of a list, or alone."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _own(path: Path, raw: Any) -> Any:
    """Return the value that the keys around it imply for a key; None if they imply none."""
    match [*path]:
        case ["datasets" | "models" as section]:
            return {name: example(_schema_at([section, name])) for name in _named(raw, section)} or None
        case ["analyses"]:
            whole = {key: next(iter(_keys(raw, key)), None) for key in ("datasets", "models")}
            return None if None in whole.values() else [_analysis(whole["datasets"], whole["models"])]
        case ["analyses", int(), "dataset"]:
            return next(iter(_keys(raw, "datasets")), None)
        case ["analyses", int(), "models"]:
            known = _keys(raw, "models")
            present = _at(raw, path)
            kept = [name for name in _distinct(present if isinstance(present, list) else []) if name in known]
            return kept or known[:1] or None
        case ["datasets", str(), "categorical"]:
            response = _at(raw, [*path[:-1], "response"])
            return response[:1] if isinstance(response, list) else None
        case ["datasets", str(), "simulate", "counts"]:
            present = _at(raw, path)
            return None if isinstance(present, list) and present else [OBSERVATIONS] * _simulated(raw, path)
        case ["datasets", str(), "simulate", "theta"]:
            present = _at(raw, path)
            size = len(present) if isinstance(present, list) and present else _simulated(raw, path)
            return normalised([1.0] * size)
        case ["datasets", str(), "simulate", "parameters"]:
            return _parameters(_at(raw, path[:-1]))
        case ["datasets", str(), "simulate", "parameters", str(name)]:
            return _Item(_of_parameter(_at(raw, path[:-2]), name))
        case ["models", str(), "weights", "fixed"]:
            model = _at(raw, path[:2])
            numbers = _components(model)
            if len(numbers) != 1:
                return REMOVED if numbers else None
            return normalised([1.0] * (numbers[0] + int(model.get("noise") is True)))
        case ["models", str(), "parameters", str(), "equal"]:
            if 1 in _components(_at(raw, path[:2])):
                return REMOVED
            groups, wanted = _at(raw, path), _schema_at([*path, 0])
            kept = [group for group in groups if is_valid(group, wanted)] if isinstance(groups, list) else []
            return kept or None if not groups else kept or [example(wanted)]
        case ["models", str(), "parameters", str(name), "fixed"]:
            return _Item(_of_parameter(_at(raw, path[:2]), name))
        case [*_, "prior", "dist"]:
            given = {key for key in _at(raw, path[:-1]) if key != "dist"}
            names = [name for name, own in DISTRIBUTIONS.items() if set(own.slots) == given]
            return names[0] if names and path[-3] != "weights" else None
        case [*_, "prior", "lower" | "upper" as end]:
            other = _at(raw, [*path[:-1], "upper" if end == "lower" else "lower"])
            numbers = [v for v in (other if isinstance(other, list) else [other]) if is_number(v)]
            if numbers:
                return _Item(min(numbers) - 1 if end == "lower" else max(numbers) + 1)
    return None


def is_number(value: Any) -> bool:
    """Tell whether a value is a finite number."""
    return is_valid(value, {"type": "number"})


def _mended(present: list[Any], schema: Schema, item: Any) -> list[Any]:
    """Replace the items of a list that violate the schema."""
    schema = dereferenced(schema)
    parts = map(dereferenced, schema.get("oneOf", [schema]))
    array = next((part for part in parts if part.get("type") == "array"), None)
    if array is None:
        return present
    wanted = array.get("items", {})
    instead = example(wanted) if item is None else item
    mended = [value if is_valid(value, wanted) else instead for value in present[:MOST_ITEMS]]
    mended = _distinct(mended) if array.get("uniqueItems") else mended
    return mended[: array.get("maxItems")]


def _distinct(values: Sequence[Any]) -> list[Any]:
    return [value for i, value in enumerate(values[:MOST_ITEMS]) if value not in values[:i]]


def _schema_at(path: Path) -> Schema:
    """Return the part of the schema for a key."""
    schema: Schema = config_schema()
    for part in path:
        schema = dereferenced(schema)
        for inner in schema.get("oneOf", ()):
            if (dereferenced(inner).get("type") == "array") == isinstance(part, int):
                schema = dereferenced(inner)
        known = schema.get("properties", {})
        other = schema.get("additionalProperties")
        schema = (
            schema.get("items", {})
            if isinstance(part, int)
            else known.get(part, other if isinstance(other, Mapping) else {})
        )
    return dereferenced(schema)


def _at(raw: Any, path: Path) -> Any:
    """Return the value at a path; None if there is none."""
    for part in path:
        if isinstance(part, int):
            raw = raw[part] if isinstance(raw, list) and part < len(raw) else None
        else:
            raw = raw.get(part) if isinstance(raw, Mapping) else None
    return raw


def _keys(raw: Any, section: str) -> list[str]:
    found = _at(raw, [section])
    return [name for name in found if isinstance(name, str)] if isinstance(found, Mapping) else []


def _named(raw: Any, section: str) -> list[str]:
    """Return the names under a section that the analyses use."""
    analyses = _at(raw, ["analyses"])
    names: list[Any] = []
    for analysis in analyses if isinstance(analyses, list) else []:
        own = _at(analysis, ["dataset" if section == "datasets" else "models"])
        names += own if isinstance(own, list) else [own]
    return _distinct([name for name in names if is_valid(name, {"$ref": "#/$defs/name"})])


def _analysis(dataset: Any, model: Any) -> dict[str, Any]:
    return {"dataset": dataset, "models": [model]}


def _components(model: Any) -> list[int]:
    """Return the valid numbers of components of a model."""
    found = _at(model, ["components"])
    wanted = {"type": "integer", "minimum": 1, "maximum": 100}
    return [int(k) for k in (found if isinstance(found, list) else [found]) if is_valid(k, wanted)]


def _simulated(raw: Any, path: Path) -> int:
    """Return the number of components of a simulation."""
    spec = _at(raw, path[:3])
    lists = [*(_at(spec, ["parameters"]) or {}).values(), spec.get("theta"), spec.get("counts")]
    return next((len(values) for values in lists if isinstance(values, list) and values), 2)


def _of_parameter(spec: Any, name: str) -> float:
    """Return a value of a parameter of the family that a section names."""
    for parameter in _family_parameters(spec):
        if parameter.name == name:
            return inside(parameter.support)
    return 1


def _parameters(spec: Any) -> dict[str, float] | None:
    return {p.name: inside(p.support) for p in _family_parameters(spec)} or None


def _family_parameters(spec: Any) -> Sequence[Any]:
    """Return the parameters of the family of a section, for its columns if it is multivariate."""
    name = _at(spec, ["family"])
    if not isinstance(name, str):
        return ()
    if name in FAMILIES:
        return FAMILIES[name].parameters
    if name in MULTIVARIATE and not class_of(name).has_families:
        given = _at(spec, ["parameters"])
        known = {**spec, "parameters": given if isinstance(given, Mapping) else {}}
        structure = known.get("structure", "VVV")
        if is_valid(structure, {"$ref": "#/$defs/structure"}) and len(known["parameters"]) < 1000:
            return family_of({"family": name, "structure": structure}, simulated_columns(known)).parameters
    return ()
