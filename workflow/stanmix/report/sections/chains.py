"""Whether a fit's chains can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stanmix.io import read_json
from stanmix.report.registry import Section, Source


def facts(source: Source) -> dict[str, Any]:
    """List the checks with the worst of them, and the rounds of escalation."""
    judged = source.diagnostics
    return {
        "checks": judged["checks"],
        "worst": worst(judged["checks"]),
        "functionals": judged["functionals"],
        "escalation": _escalation(source.folder, source.config["escalate"]["max_rounds"]),
        "chains": judged["chains"],
        "draws": judged["draws"],
    }


def worst(checks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pick the numbers that a reader looks at first: over parameters and functionals.

    Where one is unknown, because some draws are no numbers, the worst of all is.
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


def _escalation(folder: Path, rounds: int) -> list[dict[str, Any]]:
    """List the decisions of a fit's escalation, in their order."""
    decisions = []
    for number in range(1, rounds + 1):
        decision = read_json(folder / "chains" / f"round_{number}" / "decision.json")
        decisions.append({key: decision[key] for key in ("verdict", "action", "why", "settings")})
        if decision["done"]:
            break
    return decisions


SECTION = Section("fit", "chains", "Chains", 130, facts)
