"""Sums over weighted observations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def total(x: Array, weight: Array | None = None) -> tuple[float, float]:
    """Return the sum of N values by their weights, and its standard error.

    The error is that of a sum over as many independent observations as the weights add up to, which for
    weights of 1 is sqrt(N) times the standard deviation of the values.
    """
    if weight is None:
        weight = np.ones(len(x))
    mean = float(weight @ x / weight.sum())
    squares = float(weight @ (x - mean) ** 2)
    return float(weight @ x), float(np.sqrt(squares * len(x) / max(1, len(x) - 1)))
