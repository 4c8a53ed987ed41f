"""The predictions of a fit for the new data of its analysis."""

from __future__ import annotations

from typing import Any

import pandas as pd

from stanmix.report.registry import Facts, Section, Source

UNLIKE = 0.99
"""A row is unlike the fitted data if its outlier score is above this."""
MOST_LISTED = 10


def facts(source: Source) -> dict[str, Any]:
    """Count the new rows by component, count those unlike the data, and list the most unlike ones."""
    files = [
        analysis["predict"]
        for analysis in source.config["analyses"]
        if analysis["dataset"] == source.dataset
        and source.name in analysis["models"]
        and analysis.get("predict")
    ]
    if not files:
        return {"predictions": None}
    table = pd.read_parquet(
        source.folder / "predictions.parquet",
        columns=["row", "component", "probability", "log_density", "outlier"],
    )
    counts = table["component"].value_counts()
    least_alike = table.sort_values("outlier", ascending=False, kind="stable").head(MOST_LISTED)
    return {
        "predictions": {
            "file": files[0],
            "n": len(table),
            "counts": [int(counts.get(k, 0)) for k in range(1, source.model.components + 1)],
            "threshold": UNLIKE,
            "outliers": int((table["outlier"] >= UNLIKE).sum()),
            "least_alike": [
                {str(key): value for key, value in row.items()}
                for row in least_alike.to_dict(orient="records")
            ],
        }
    }


def applies(fit: Facts) -> bool:
    """Tell whether a fit predicts new data."""
    return fit["predictions"] is not None


SECTION = Section("fit", "predictions", "Predictions of new data", 180, facts, applies)
