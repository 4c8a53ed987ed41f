"""Which figures a report has: their names, and the headings under which they are shown.

The captions in ``workflow/report/captions`` bear the same names. Nothing heavy is imported here,
because the workflow's rules read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stanmix.families import simulated_columns

FIT_FIGURES = {
    "prior": "Prior",
    "prior_predictive": "Prior predictive",
    "traces": "Traces",
    "marginals": "Marginal posteriors",
    "predictive": "Posterior predictive",
    "assignments": "Assignments",
}
"""Figures of every fit, in order."""

DATASET_FIGURES = {"data": "Data", "comparison": "Comparison"}
"""Figures of every data set, in order."""


def column_names(dataset: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns of multivariate data; none of others."""
    if "simulate" in dataset:
        return [f"y_{d + 1}" for d in range(simulated_columns(dataset["simulate"]) or 0)]
    response = dataset["response"]
    return list(response) if not isinstance(response, str) and len(response) > 1 else []


def response_name(dataset: Mapping[str, Any]) -> str:
    """Return what the observations of a configured data set are called; simulated ones are y.

    With trials they are shown as shares of successes.
    """
    response = column_names(dataset) or dataset.get("response", "y")
    name = response if isinstance(response, str) else ", ".join(response)
    simulated = "trials" if "trials" in dataset.get("simulate", {}) else None
    trials = dataset.get("trials", simulated)
    return name if trials is None else f"{name} / {trials}"
