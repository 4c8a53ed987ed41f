"""Compare the models of a data set by their leave-one-out predictive densities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from stanmix.weighting import total

COLUMNS = (
    "model", "components", "elpd", "se", "elpd_diff", "se_diff", "p", "pareto_k_good", "pareto_k_bad",
    "pareto_k_very_bad",
)  # fmt: skip


def compare(fits: Sequence[dict[str, Any]], pointwise: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Rank fits by expected log pointwise predictive density.

    Parameters
    ----------
    fits
        ``model``, ``components`` and the facts of ``loo.json`` of each fit.
    pointwise
        The column ``elpd`` of each fit's observations, in the same order of rows, and ``weight`` if they
        have weights.

    Returns
    -------
    DataFrame
        The columns ``COLUMNS``, best fit first. ``elpd_diff`` is the difference from the best, 0 or
        below; ``se_diff`` its standard error, sqrt(N) times the standard deviation of the
        pointwise differences (Vehtari, Gelman and Gabry 2017, Statistics and Computing 27).
    """
    best = int(np.argmax([fit["elpd"] for fit in fits]))
    reference = pointwise[best]["elpd"].to_numpy()
    weight = pointwise[best]["weight"].to_numpy() if "weight" in pointwise[best] else None
    rows = []
    for fit, table in zip(fits, pointwise, strict=True):
        difference, error = total(table["elpd"].to_numpy() - reference, weight)
        k = fit["pareto_k"]
        rows.append(
            {
                **{key: fit[key] for key in ("model", "components", "elpd", "se", "p")},
                "elpd_diff": difference,
                "se_diff": error,
                "pareto_k_good": k["good"],
                "pareto_k_bad": k["bad"],
                "pareto_k_very_bad": k["very_bad"],
            }
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values("elpd", ascending=False, kind="stable", ignore_index=True)
