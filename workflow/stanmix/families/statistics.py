"""Test statistics of posterior predictive checks, which suit the kind of the data.

Each takes data sets of shape (S, N) and returns S values. Mean and sd of continuous data are not among them,
because a mixture fits those too well to show misfit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import scipy  # loads its parts when they are used: descriptions of families are read without

Array = npt.NDArray[np.float64]
Statistic = Callable[[Array], Array]
Statistics = Mapping[str, Statistic]


def quantile(probability: float) -> Statistic:
    """Return the function that computes a quantile of every data set."""

    def of_each(y: Array) -> Array:
        return np.quantile(y, probability, axis=1)

    return of_each


def skewness(y: Array) -> Array:
    """Return the skewness of every data set; 0 where all values are the same."""
    return _of_varied(scipy.stats.skew, y)


def excess_kurtosis(y: Array) -> Array:
    """Return the excess kurtosis of every data set; 0 where all values are the same."""
    return _of_varied(scipy.stats.kurtosis, y)


def _of_varied(statistic: Callable[..., Array], y: Array) -> Array:
    result = np.zeros(len(y))
    varied = np.ptp(y, axis=1) > 0
    if varied.any():
        result[varied] = statistic(y[varied], axis=1)
    return result


def minimum(y: Array) -> Array:
    """Return the smallest value of every data set."""
    return np.asarray(y.min(axis=1))


def maximum(y: Array) -> Array:
    """Return the largest value of every data set."""
    return np.asarray(y.max(axis=1))


def share_of_zeros(y: Array) -> Array:
    """Return the share of zeros in every data set."""
    return np.asarray((y == 0).mean(axis=1))


def share_of_ones(y: Array) -> Array:
    """Return the share of ones in every data set."""
    return np.asarray((y == 1).mean(axis=1))


def dispersion(y: Array) -> Array:
    """Return the ratio of variance to mean of every data set; 0 where all are 0."""
    mean = y.mean(axis=1)
    return np.asarray(np.divide(y.var(axis=1), mean, out=np.zeros(len(y)), where=mean > 0))


def standard_deviation(y: Array) -> Array:
    """Return the standard deviation of every data set."""
    return np.asarray(y.std(axis=1))


def resultant(times: int) -> Statistic:
    """Return the function that computes the mean resultant length of the angles times a number."""

    def of_each(y: Array) -> Array:
        return np.asarray(np.hypot(np.cos(times * y).mean(axis=1), np.sin(times * y).mean(axis=1)))

    return of_each


REAL_STATISTICS: Statistics = {
    "minimum": minimum,
    "quantile 0.1": quantile(0.1),
    "median": quantile(0.5),
    "quantile 0.9": quantile(0.9),
    "maximum": maximum,
    "skewness": skewness,
    "excess kurtosis": excess_kurtosis,
}
COUNT_STATISTICS: Statistics = {
    "share of zeros": share_of_zeros,
    "share of ones": share_of_ones,
    "median": quantile(0.5),
    "quantile 0.9": quantile(0.9),
    "maximum": maximum,
    "variance / mean": dispersion,
    "skewness": skewness,
}
SUCCESS_STATISTICS: Statistics = {
    "share of rows without success": share_of_zeros,
    "share of rows without failure": share_of_ones,
    "quantile 0.1": quantile(0.1),
    "median": quantile(0.5),
    "quantile 0.9": quantile(0.9),
    "standard deviation": standard_deviation,
    "skewness": skewness,
}
"""Test statistics of the shares of successes."""
ANGLE_STATISTICS: Statistics = {
    "resultant length": resultant(1),
    "resultant length, doubled angles": resultant(2),
    "resultant length, tripled angles": resultant(3),
    "resultant length, angles times 4": resultant(4),
}
