"""Which component each observation belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from stanmix.data import storage
from stanmix.io import read_json
from stanmix.posterior.densities import evenly_spaced
from stanmix.report.registry import Section, Source

CERTAIN = 0.9
"""An observation is assigned with certainty when its component has at least this probability."""
MOST_LISTED = 300
"""Largest number of observations that are listed; of more, evenly spaced ones are."""
DECIMALS = 3


def facts(source: Source) -> dict[str, Any]:
    """Count assignments, cross them with the truth, and list the observations' class probabilities."""
    return {
        "partition": read_json(source.folder / "partition.json"),
        "assigned": _assigned(source.assignments, source.model.components),
        "confusion": _confusion(source.data, source.assignments, source.model.components),
        "observations": _observations(source),
    }


def _assigned(assignments: pd.DataFrame, components: int) -> dict[str, Any]:
    """Count the observations of each component, and those with a nearly certain component."""
    counts = assignments["component"].value_counts()
    return {
        "counts": [int(counts.get(k, 0)) for k in range(1, components + 1)],
        "threshold": CERTAIN,
        "certain": float((assignments["probability"] >= CERTAIN).mean()),
        "n": len(assignments),
    }


def _confusion(path: Path, assignments: pd.DataFrame, components: int) -> dict[str, Any] | None:
    """Cross the true components with the assigned ones.

    The share of correct assignments uses the best one-to-one matching of the components, because their
    numbers need not agree with the simulation's.
    """
    true = storage.true_components(path)
    if true is None:
        return None
    size = int(true.max())
    table = np.zeros((size, components), dtype=int)
    np.add.at(table, (true - 1, assignments["component"].to_numpy() - 1), 1)
    rows, columns = linear_sum_assignment(-table)
    return {
        "table": table.tolist(),
        "correct": int(table[rows, columns].sum()),
        "share": float(table[rows, columns].sum() / table.sum()),
    }


def _observations(source: Source) -> dict[str, Any]:
    """List observations with their probabilities, sorted by value, or by component for multivariate data."""
    y = storage.responses(source.data)
    family = source.model.family
    by_value = np.asarray(family.coordinates(y)).shape[1] == 1
    score = family.score(y)
    if by_value:
        order = np.argsort(score, kind="stable")
    else:
        of = source.assignments
        order = np.lexsort((-of["probability"].to_numpy(), of["component"].to_numpy()))
    shown = order[evenly_spaced(len(y), MOST_LISTED)]
    names = [f"p_{k + 1}" for k in range(source.model.components)]
    probability = source.assignments[names].to_numpy()[shown].round(DECIMALS)
    return {
        "order": "value" if by_value else "component",
        "row": (shown + 1).tolist(),
        "value": [float(f"{value:.6g}") for value in score[shown]] if by_value else None,
        "probability": [[float(f"{p:.3g}") for p in column] for column in probability.T],
    }


SECTION = Section("fit", "assignments", "Assignments", 170, facts)
