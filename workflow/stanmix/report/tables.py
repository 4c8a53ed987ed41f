"""Read the tables from which facts are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd


def records(path: Path) -> list[dict[str, Any]]:
    """Read a table as rows, with None where a cell is empty."""
    table = pd.read_csv(path)
    rows = table.astype(object).where(table.notna(), None).to_dict(orient="records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def seconds(folder: Path, stages: Mapping[str, str]) -> dict[str, float]:
    """Sum the run times of each stage, and of all stages, from the benchmark files that exist."""
    found = {}
    for stage, pattern in stages.items():
        times = [pd.read_csv(path, sep="\t")["s"].mean() for path in sorted(folder.glob(f"{pattern}.tsv"))]
        if times:
            found[stage] = float(sum(times))
    return {**found, "total": sum(found.values())}
