"""Compare the models of a data set by their leave-one-out predictive densities."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stanmix.judgement.verdict import NOT_CONVERGED, SEVERAL_MODES, at_stage
from stanmix.weighting import sum_of

Facts = Mapping[str, Any]

COLUMNS = (
    "model", "components", "verdict", "elpd", "se", "elpd_diff", "se_diff", "p", "pareto_k_good",
    "pareto_k_bad", "pareto_k_very_bad", "left_out",
)  # fmt: skip

SMALLEST_DIFFERENCE = 4.0
"""A smaller difference of elpd is never clear, ..."""
STANDARD_ERRORS = 2.0
"""... nor one of fewer of its standard errors."""
UNFIT = {
    SEVERAL_MODES: "its chains are at different modes, and what is pooled over them means nothing",
    NOT_CONVERGED: "its chains did not converge",
}
"""Verdicts with which a fit is in no ranking, and why."""


def is_clear(difference: float, error: float | None) -> bool:
    """Tell whether a difference of elpd, 0 or below, is clear: at least 4, and two of its standard errors.

    A difference without a standard error is not.
    """
    if error is None or not math.isfinite(error):
        return False
    return -difference >= SMALLEST_DIFFERENCE and -difference >= STANDARD_ERRORS * error


def compare(fits: Sequence[Facts], pointwise: Sequence[pd.DataFrame | None]) -> pd.DataFrame:
    """Rank fits by expected log pointwise predictive density.

    Parameters
    ----------
    fits
        ``model``, ``components``, ``verdict`` and the facts of ``loo.json`` of each fit. A fit without elpd
        (None) needs only these and the ``reason``.
    pointwise
        The table ``loo_pointwise`` of each fit, in the same order of rows; None for fits without elpd.

    Returns
    -------
    DataFrame
        The columns ``COLUMNS``. The ranked fits come first, best first: ``elpd_diff`` is the difference from
        the best, 0 or below; ``se_diff`` its standard error, sqrt(N) times the standard deviation of the
        pointwise differences (Vehtari, Gelman and Gabry 2017, Statistics and Computing 27) with the error of
        estimating them from a random part, if that was done. The fits that are left out of the ranking
        follow, because they have no elpd, or because their chains did not converge or are at several modes:
        ``left_out`` says why, and they have no differences.
    """
    tables = {i: table for i, table in enumerate(pointwise) if table is not None}
    reasons = [_why_left_out(fit) for fit in fits]
    ranked = [i for i, reason in enumerate(reasons) if reason is None]
    best = max(ranked, key=lambda i: fits[i]["elpd"], default=None)
    rows = []
    for i, fit in enumerate(fits):
        difference = None if best is None or i not in ranked else _difference(tables[i], tables[best])
        k = fit.get("pareto_k", {})
        rows.append(
            {
                **{key: fit.get(key) for key in ("model", "components", "verdict", "elpd", "se", "p")},
                **dict(zip(("elpd_diff", "se_diff"), difference or (None, None), strict=True)),
                **{f"pareto_k_{kind}": k.get(kind) for kind in ("good", "bad", "very_bad")},
                "left_out": reasons[i],
            }
        )
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = dict.fromkeys(("elpd", "se", "elpd_diff", "se_diff", "p"), float)
    table = table.astype(numbers | {name: "Int64" for name in COLUMNS if name.startswith("pareto_k")})
    worst_last = -table["elpd"].fillna(-np.inf).to_numpy()
    order = np.lexsort((worst_last, np.array([reason is not None for reason in reasons])))
    return table.iloc[order].reset_index(drop=True)


def without_results(failure: Facts) -> dict[str, Any]:
    """Return a fit that failed before it could be compared, as :func:`compare` takes it.

    Parameters
    ----------
    failure
        Its entry in the result of :func:`stanmix.run.failures.lost`.
    """
    return {
        **{key: failure[key] for key in ("model", "components")},
        "verdict": None,
        "elpd": None,
        "reason": f"it {at_stage(failure)}: {failure['sentence']}",
    }


def _why_left_out(fit: Facts) -> str | None:
    """Say why a fit is left out of the ranking; None for a ranked fit."""
    if fit["elpd"] is None:
        return str(fit["reason"])
    return UNFIT.get(fit["verdict"])


def _difference(own: pd.DataFrame, best: pd.DataFrame) -> tuple[float, float]:
    """Return the difference of the sums of two fits, and its standard error."""
    columns = {name: own[name].to_numpy() for name in ("weight", "drawn") if name in own}
    approximation = None
    if "drawn" in own:
        approximation = own["approximation"].to_numpy() - best["approximation"].to_numpy()
    return sum_of(own["elpd"].to_numpy() - best["elpd"].to_numpy(), columns, approximation)
