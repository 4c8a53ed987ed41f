"""Check a configuration against its JSON Schema, with messages for people.

Every message names the key, says what is allowed and shows a line that works.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, cast

from jsonschema.exceptions import ValidationError

from stanmix.config.examples import REMOVED, fitting, unrepeated
from stanmix.config.schema import (
    Schema,
    allowed,
    dereferenced,
    key_path,
    listed,
    shown,
    validator,
    written,
)

MOST_PROBLEMS = 50
"""Largest number of violations that are reported at once."""
MOST_NAMED = 64
"""Largest number of characters of a name; the schema has the same."""


def schema_problems(raw: Any) -> list[str]:
    """List all violations of the schema by a configuration, a sentence each."""
    found: list[str] = []
    for error in islice(validator().iter_errors(raw), MOST_PROBLEMS):
        found.extend(_sentences(error, raw))
    return sorted(set(found))


def _sentences(error: ValidationError, raw: Any) -> Iterator[str]:
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
                    part = dereferenced(schema["properties"][key])
                    yield (
                        f"{where}: the key '{key}' is missing. It is {allowed(part)}. Add: "
                        f"{key}: {written(fitting([*path, key], raw))}"
                    )
        case _ if "propertyNames" in error.absolute_schema_path:
            yield _bad_name(where, error.instance)
        case _:
            part = dereferenced(schema)
            close = difflib.get_close_matches(str(error.instance)[:100], map(str, part.get("enum", ())), n=1)
            hint = ""
            if isinstance(error.instance, str) and _is_number(error.instance):
                hint = (
                    f" (YAML reads {error.instance} as text here: write numbers without quotes, "
                    "and with a point and a sign in the exponent, as in 1.0e+5.)"
                )
            yield (
                f"{where} is {shown(error.instance)}, but must be {allowed(part)}. "
                f"{_line(path, raw, close)}{hint}"
            )


def _line(path: list[str | int], raw: Any, close: list[str]) -> str:
    """Write a line of configuration that works; a close match is taken for the intended key."""
    while path and isinstance(path[-1], int):
        path, close = path[:-1], []
    if not path:
        return "Write, for example: title: Body heights"
    better = close[0] if close else fitting(path, raw)
    if better is REMOVED:
        return f"Remove: {path[-1]}."
    return f"Write, for example: {path[-1]}: {written(better)}"


def _unknown_key(path: list[str | int], known: list[str], value: Any) -> str:
    key = str(path[-1])
    close = difflib.get_close_matches(key[:100], known, n=1, cutoff=0.6)
    remedy = "Remove the key, or use one of those."
    if close:
        line = written(value)
        remedy = f"Write: {close[0]}: {line}" if len(line) <= 100 else f"Write {close[0]} instead."
    return f"{key_path(path)[:200]} is not a known key; allowed here: {listed(known)}. {remedy}"


def _bad_name(where: str, name: Any) -> str:
    if not isinstance(name, str):
        return f"{where}: the name {name} is not text for YAML, so it needs quotes. Write: '{name}'"
    better = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name.strip())
    better = unrepeated(better[:MOST_NAMED]) or "name"
    if len(name) > MOST_NAMED:
        return (
            f"{where}: the name '{name[:20]}...' has {len(name):,} characters, but at most {MOST_NAMED} are "
            f"allowed, because it becomes part of file names. Write: {better}"
        )
    return (
        f"{where}: the name '{_printable(name)}' may only have letters, "
        f"digits, _ and -, because it becomes part of file names. Write: {better}"
    )


def text_problems(raw: Any, path: tuple[str | int, ...] = ()) -> Iterator[str]:
    """List texts with characters that neither files nor pages can hold."""
    if isinstance(raw, str):
        wrong = next((c for c in raw if unicodedata.category(c) == "Cs" or c == "\0"), None)
        if wrong is not None:
            what = "a NUL character" if wrong == "\0" else f"U+{ord(wrong):04X}, half of a character"
            better = "".join(c for c in raw if unicodedata.category(c) != "Cs" and c != "\0")
            yield (
                f"{_printable(key_path(path))} has {what}, which cannot be written to a file. "
                f"Write: {_printable(str(path[-1]) if path else 'config')}: {written(better or 'text')}"
            )
    elif isinstance(raw, Mapping):
        for key, value in raw.items():
            yield from text_problems(value, (*path, key if isinstance(key, int) else str(key)))
    elif isinstance(raw, list | tuple):
        for i, value in enumerate(raw):
            yield from text_problems(value, (*path, i))


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
