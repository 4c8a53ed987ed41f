"""Tied observations, which are computed once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanmix.families import Family


def collapse(
    y: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Collapse tied observations to distinct ones with counts, where that shortens the data.

    The log likelihood is a sum over observations, so that only its cost changes.

    Parameters
    ----------
    y
        The observations: N values, or N rows of several columns.

    Returns
    -------
    distinct
        The distinct observations, sorted; the data as they are where none is tied.
    count
        How often each of them was observed.
    position
        The index in ``distinct`` of each observation's value, N of them.
    """
    distinct, position, count = distinct_rows(y)
    if len(distinct) == len(y):
        return y, np.ones(len(y), dtype=np.int64), np.arange(len(y))
    return distinct, count, position


def collapse_weights(
    family: Family, y: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Collapse observations that differ only in their weights, and sum these weights.

    Returns
    -------
    distinct
        The distinct observations, with weights of 1 where the family's have any.
    count
        Total weight of each distinct observation.
    """
    distinct, _, position = collapse(family.unweighted(y))
    count: npt.NDArray[np.float64] = np.bincount(position, family.weights(y), len(distinct)).astype(float)
    return distinct, count


def distinct_rows(
    y: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Return the distinct observations, the index of each observation among them, and their counts.

    Missing cells are equal.
    """
    # NaN is not equal to itself, and no observation is infinite.
    comparable = np.where(np.isnan(y), np.inf, y)
    axis = None if y.ndim == 1 else 0
    distinct, position, count = np.unique(comparable, axis=axis, return_inverse=True, return_counts=True)
    return np.where(np.isinf(distinct), np.nan, distinct), position.reshape(-1), count.astype(np.int64)
