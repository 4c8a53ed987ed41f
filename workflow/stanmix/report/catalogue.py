"""Which figures a report has: their names, and the headings under which they are shown.

The captions in ``workflow/report/captions`` bear the same names. Nothing heavy is imported here,
because the workflow's rules read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stanmix.families import FAMILIES, simulated_columns

PREDICTIVE_INTERVAL = 0.95
"""Probability of the intervals of replicated data."""

FIT_FIGURES = {
    "prior": "Prior",
    "prior_predictive": "Prior predictive",
    "traces": "Traces",
    "marginals": "Marginal posteriors",
    "predictive": "Posterior predictive",
    "assignments": "Assignments",
}
"""Figures of every fit, in order."""

ROWS_FIGURES = {"parallel": "Parallel coordinates", "discriminant": "Discriminant projection"}
"""Figures of fits to rows of numbers."""

COUNTS_FIGURES = {"rootogram": "Rootogram"}
"""Figures of fits to counts by a family of counts."""

DATASET_FIGURES = {"data": "Data", "comparison": "Comparison"}
"""Figures of every data set, in order."""


def column_names(dataset: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns of multivariate data; none for other data."""
    if "simulate" in dataset:
        return [f"y_{d + 1}" for d in range(simulated_columns(dataset["simulate"]) or 0)]
    response = dataset["response"]
    return list(response) if not isinstance(response, str) and len(response) > 1 else []


def response_name(dataset: Mapping[str, Any]) -> str:
    """Return the name of the observations of a configured data set; simulated ones are y.

    With trials they are shown as shares of successes.
    """
    response = column_names(dataset) or dataset.get("response", "y")
    name = response if isinstance(response, str) else ", ".join(response)
    simulated = "trials" if "trials" in dataset.get("simulate", {}) else None
    trials = dataset.get("trials", simulated)
    return name if trials is None else f"{name} / {trials}"


def has_ellipses(model: Mapping[str, Any]) -> bool:
    """Tell whether the components of a configured model have means and covariances of several columns."""
    return model["family"] == "multi_normal" and not model.get("noise", False)


def is_of_counts(model: Mapping[str, Any]) -> bool:
    """Tell whether the family of a configured model describes counts."""
    family = FAMILIES.get(model["family"])
    return family is not None and family.support.whole and not family.support.has_trials


def figures_of(dataset: Mapping[str, Any], model: Mapping[str, Any]) -> list[str]:
    """Name the figures that a fit of a configured model to a configured data set has."""
    rows = ROWS_FIGURES if has_ellipses(model) else {}
    counts = COUNTS_FIGURES if is_of_counts(model) and not column_names(dataset) else {}
    return [*FIT_FIGURES, *rows, *counts]
