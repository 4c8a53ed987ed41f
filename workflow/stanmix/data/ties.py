"""Tied observations, which are computed once."""

from __future__ import annotations

from typing import overload

import numpy as np
import numpy.typing as npt

from stanmix.families import Data, Observations

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]


@overload
def collapse(y: Observations) -> tuple[Observations, Counts, Places]: ...


@overload
def collapse(y: Array) -> tuple[Array, Counts, Places]: ...


def collapse(y: Observations | Array) -> tuple[Observations | Array, Counts, Places]:
    """Collapse tied observations to distinct ones with counts, where that shortens the data.

    The log likelihood is a sum over observations, so that only its cost changes.

    Parameters
    ----------
    y
        The observations; or their values, N numbers or N rows of several columns.

    Returns
    -------
    distinct
        The distinct observations, sorted; the data as they are where none is tied.
    count
        How often each of them was observed.
    position
        The index in ``distinct`` of each observation, N of them.
    """
    table = y.table() if isinstance(y, Observations) else y
    distinct, position, count = distinct_rows(table)
    if len(distinct) == len(y):
        return y, np.ones(len(y), dtype=np.int64), np.arange(len(y))
    return y.from_table(distinct) if isinstance(y, Observations) else distinct, count, position


def collapse_weights(y: Data) -> tuple[Observations, Array]:
    """Collapse observations that differ only in their weights, and sum these weights.

    Returns
    -------
    distinct
        The distinct observations, without weights.
    count
        Total weight of each distinct observation.
    """
    y = Observations.of(y)
    distinct, _, position = collapse(y.unweighted())
    count: Array = np.bincount(position, y.weights, len(distinct)).astype(float)
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
