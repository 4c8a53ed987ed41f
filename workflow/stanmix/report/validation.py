"""Check the facts of a report against its published schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema

from stanmix.errors import StanmixError
from stanmix.io import read_json
from stanmix.paths import SCHEMAS


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``report.json``."""
    schema: dict[str, Any] = read_json(SCHEMAS / "report.schema.json")
    return schema


def validate(facts: Mapping[str, Any]) -> None:
    """Check facts against the schema.

    Parameters
    ----------
    facts
        The content of ``report.json``.

    Raises
    ------
    StanmixError
        If they violate it; the message has the path of the first violation.
    """
    validator = jsonschema.Draft202012Validator(report_schema())
    error = jsonschema.exceptions.best_match(validator.iter_errors(facts))
    if error is not None:
        place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in error.absolute_path)
        raise StanmixError(
            f"report.json{place} is not what workflow/schemas/report.schema.json describes: {error.message}. "
            "Whoever adds a fact to the report describes it there."
        )
