"""Whether a fit's chains can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Pick the numbers that a reader looks at first: over parameters and functionals."""

    def values(prefix: str) -> list[float]:
        return [c["value"] for c in checks if c["name"].startswith(prefix) and c["value"] is not None]

    return {
        "rhat": max(values("R-hat"), default=None),
        "ess": min(values("bulk ESS") + values("tail ESS"), default=None),
        "divergences": sum(values("divergences")),
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
