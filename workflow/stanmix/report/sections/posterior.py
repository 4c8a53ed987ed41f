"""The posterior of a fit's parameters."""

from __future__ import annotations

from typing import Any

from stanmix.report.registry import Section, Source
from stanmix.report.tables import records


def facts(source: Source) -> dict[str, Any]:
    """Read the summary, and tell for each true value whether its interval covers it."""
    rows = records(source.folder / "summary.csv")
    for row in rows:
        low, truth, high = (row[name] for name in ("hdi_low", "truth", "hdi_high"))
        row["covered"] = None if None in (low, truth, high) else low <= truth <= high
    return {"summary": rows}


SECTION = Section("fit", "posterior", "Posterior", 150, facts)
