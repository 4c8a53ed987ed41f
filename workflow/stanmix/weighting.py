"""Sums over weighted observations.

A weight w counts as w observations of the same value, so that whole weights give what the rows would give if
each stood in the data as often as its weight says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def are_whole(weight: Array) -> bool:
    """Tell whether weights are numbers of repetitions."""
    return bool((weight == np.round(weight)).all())


def total(x: Array, weight: Array | None = None) -> tuple[float, float]:
    """Return the sum of N values by their weights, and its standard error.

    The error is that of a sum over W independent observations, sqrt(W / (W - 1) sum of w (x - mean)^2) for
    their sum W: for weights of 1, sqrt(N) times the standard deviation of the values. It is NaN for one
    observation or less.
    """
    if weight is None:
        weight = np.ones(len(x))
    size = float(weight.sum())
    mean = float(weight @ x / size)
    squares = float(weight @ (x - mean) ** 2)
    error = np.sqrt(squares * size / (size - 1)) if size > 1 else np.nan
    return float(weight @ x), float(error)


def estimated_total(
    x: Array, approximation: Array, drawn: npt.NDArray[np.intp], weight: Array | None = None
) -> tuple[float, float]:
    """Estimate the sum of N values by their weights from a random part of them, and its standard error.

    This is the difference estimator (Magnusson et al. 2020, AISTATS): the sum of the approximations plus the
    sum of the weights times the mean difference between values and approximations in the part.

    Parameters
    ----------
    x
        The values: known where ``drawn`` is above 0, otherwise their approximations.
    approximation
        An approximation of each value.
    drawn
        How often each row was drawn into the part; a row is drawn in proportion to its weight.
    weight
        Weights of the rows; 1 by default.

    Returns
    -------
    sum, error
        The error contains that of the estimation. With whole weights rows are drawn without replacement, so
        that the error vanishes if all are drawn. With other weights it is the error of draws with
        replacement.
    """
    if weight is None:
        weight = np.ones(len(x))
    size, part = float(weight.sum()), int(drawn.sum())
    difference = np.where(drawn > 0, x - approximation, 0.0)
    mean = float(drawn @ difference / part)
    variance = float(drawn @ (difference - mean) ** 2 / max(1, part - 1))
    left = 1 - part / size if are_whole(weight) else 1.0
    _, error = total(x, weight)
    return float(weight @ approximation + size * mean), float(
        np.sqrt(error**2 + size**2 * left * variance / part)
    )


def sum_of(
    x: Array, loo: Mapping[str, npt.NDArray[Any]], approximation: Array | None = None
) -> tuple[float, float]:
    """Return the sum over all observations of leave-one-out densities, and its standard error.

    Parameters
    ----------
    x
        Densities of N rows, or differences of those of two fits.
    loo
        Their ``weight`` and ``drawn``, if there are any.
    approximation
        The approximation of ``x``; by default that in ``loo``.
    """
    weight, drawn = loo.get("weight"), loo.get("drawn")
    if drawn is None:
        return total(x, weight)
    return estimated_total(x, loo["approximation"] if approximation is None else approximation, drawn, weight)


def mean_and_sd(x: Array, weight: Array | None = None, ddof: int = 1) -> tuple[float, float]:
    """Return the weighted mean and standard deviation of the values that are not NaN.

    The standard deviation divides by W - ddof for a sum W of the weights, as for W observations; it is NaN if
    that is not above 0.
    """
    there = ~np.isnan(x)
    own = x[there]
    w = np.ones(len(own)) if weight is None else weight[there]
    size = float(w.sum())
    mean = float(w @ own / size)
    variance = float(w @ (own - mean) ** 2) / (size - ddof) if size > ddof else np.nan
    return mean, float(np.sqrt(variance))


def quantiles(x: Array, probabilities: Sequence[float], weight: Array | None = None) -> Array:
    """Return weighted quantiles of values, with NumPy's interpolation between neighbours."""
    if weight is None:
        return np.asarray(np.quantile(x, probabilities))
    order = np.argsort(x, kind="stable")
    upto = np.cumsum(weight[order])
    # Observations are counted from 0, each as often as its weight says.
    place = np.asarray(probabilities) * max(float(upto[-1]) - 1, 0.0)
    below = np.floor(place)
    low, high = (
        x[order[np.minimum(np.searchsorted(upto, at, "right"), len(x) - 1)]] for at in (below, below + 1)
    )
    return np.asarray(low + (place - below) * (high - low))
