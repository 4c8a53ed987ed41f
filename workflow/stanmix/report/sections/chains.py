"""Whether a fit's chains can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stanmix.io import read_json
from stanmix.report.registry import Section, Source


def facts(source: Source) -> dict[str, Any]:
    """List the checks, the worst values, and the rounds of escalation."""
    judged = source.diagnostics
    return {
        "checks": judged["checks"],
        "worst": worst(judged["checks"]),
        "functionals": judged["functionals"],
        "escalation": rounds(source.folder),
        "chains": judged["chains"],
        "draws": judged["draws"],
    }


def worst(checks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pick the numbers that a reader looks at first, over parameters and functionals.

    If one is unknown, because some draws are NaN, the worst value is unknown, too.
    """

    def values(*prefixes: str) -> list[float | None]:
        return [check["value"] for check in checks if check["name"].startswith(prefixes)]

    def worst_of(found: list[float | None], pick: Callable[[list[float]], float]) -> float | None:
        known = [value for value in found if value is not None]
        return pick(known) if known and len(known) == len(found) else None

    return {
        "rhat": worst_of(values("R-hat"), max),
        "ess": worst_of(values("bulk ESS", "tail ESS"), min),
        "divergences": next(check["value"] for check in checks if check["name"] == "divergences"),
    }


def rounds(folder: Path) -> list[dict[str, Any]]:
    """List the decisions after each round of a fit's sampling, in their order."""
    kept = read_json(folder / "chains" / "kept.json")
    return [
        {key: it[key] for key in ("verdict", "action", "why", "settings")}
        | {"restarted": it.get("restarted", [])}
        for it in kept["rounds"]
    ]


SECTION = Section("fit", "chains", "Chains", 130, facts)
