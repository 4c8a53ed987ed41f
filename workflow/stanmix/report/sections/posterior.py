"""The posterior of a fit's parameters."""

from __future__ import annotations

from typing import Any

from stanmix.report.registry import Section, Source
from stanmix.report.tables import records


def facts(source: Source) -> dict[str, Any]:
    """Read the summary, and tell for each true value whether the interval covers it."""
    rows = records(source.folder / "summary.csv")
    for row in rows:
        truth = row["truth"]
        row["covered"] = None if truth is None else row["hdi_low"] <= truth <= row["hdi_high"]
    return {"summary": rows}


SECTION = Section("fit", "posterior", "Posterior", 150, facts)
