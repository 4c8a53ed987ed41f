"""The beta distribution on (-1, 1) with damped ends, which is the prior of correlations."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import integrate, interpolate, special

Array = npt.NDArray[np.float64]

GRID = 10_001
"""Points, evenly spaced in atanh x, at which the distribution function of a damped beta is tabulated."""
SMALLEST_SLOPE = 1e-8
"""Smallest density of atanh x at which Newton's method improves a quantile."""


class DampedBeta:
    """Beta distribution stretched to (-1, 1), with damped ends.

    The density is that of the beta distribution times exp(-(atanh(x) / limit)^4), normalised. Where |x| is
    well below tanh(limit) it is the beta distribution's; at the ends it falls faster than any power of
    1 - |x|. It has the methods of a frozen distribution of SciPy that priors need.
    """

    def __init__(self, alpha: float, beta: float, limit: float):
        """Tabulate the distribution function."""
        self.alpha, self.beta, self.limit = alpha, beta, limit
        # Beyond this the fourth power alone exceeds 700, and the density of a double underflows.
        reach = 5.2 * limit
        self._z: Array = np.linspace(-reach, reach, GRID)
        height = np.exp(self._log_height(self._z))
        mass = integrate.cumulative_simpson(height, x=self._z, initial=0.0)
        self.log_constant = float(np.log(mass[-1]))
        self._table: Array = mass / mass[-1]
        self._cdf = interpolate.CubicHermiteSpline(self._z, self._table, height / mass[-1])

    def _log_height(self, z: Array) -> Array:
        """Return the log density of z = atanh(x), up to the constant."""
        # log((1 + x) / 2) and log((1 - x) / 2), also where x rounds to 1.
        up, down = -np.logaddexp(0.0, -2 * z), -np.logaddexp(0.0, 2 * z)
        of_beta = self.alpha * up + self.beta * down - special.betaln(self.alpha, self.beta) + math.log(2)
        return np.asarray(of_beta - (z / self.limit) ** 4)

    def logpdf(self, x: npt.ArrayLike) -> Array:
        """Return the log density; -inf outside of -1 to 1."""
        x = np.asarray(x, dtype=float)
        inside = np.abs(x) < 1
        z = np.arctanh(np.where(inside, x, 0.0))
        # The Jacobian dz/dx is 1 / ((1 - x) (1 + x)).
        jacobian = np.log1p(-np.where(inside, x, 0.0)) + np.log1p(np.where(inside, x, 0.0))
        return np.where(inside, self._log_height(z) - jacobian - self.log_constant, -np.inf)

    def pdf(self, x: npt.ArrayLike) -> Array:
        """Return the density."""
        return np.exp(self.logpdf(x))

    def cdf(self, x: npt.ArrayLike) -> Any:
        """Return the distribution function."""
        with np.errstate(divide="ignore"):
            z = np.arctanh(np.clip(x, -1.0, 1.0))
        return np.clip(self._cdf(np.clip(z, self._z[0], self._z[-1])), 0.0, 1.0)[()]

    def sf(self, x: npt.ArrayLike) -> Any:
        """Return 1 less the distribution function."""
        return 1 - self.cdf(x)

    def logcdf(self, x: npt.ArrayLike) -> Any:
        """Return the logarithm of the distribution function."""
        with np.errstate(divide="ignore"):
            return np.log(self.cdf(x))

    def logsf(self, x: npt.ArrayLike) -> Any:
        """Return the logarithm of 1 less the distribution function."""
        with np.errstate(divide="ignore"):
            return np.log(self.sf(x))

    def ppf(self, p: npt.ArrayLike) -> Any:
        """Return the quantile function."""
        p = np.asarray(p, dtype=float)
        z = np.interp(p, self._table, self._z)
        slope = self._cdf(z, 1)
        # One step of Newton's method, where the table is not flat.
        step = np.where(slope > SMALLEST_SLOPE, (self._cdf(z) - p) / np.maximum(slope, SMALLEST_SLOPE), 0.0)
        return np.tanh(z - step)[()]

    def isf(self, p: npt.ArrayLike) -> Any:
        """Return the quantile function of 1 less a probability."""
        return self.ppf(1 - np.asarray(p, dtype=float))

    def median(self) -> float:
        """Return the median."""
        return float(self.ppf(0.5))

    def rvs(self, size: Any = None, random_state: Any = None) -> Any:
        """Draw from the distribution."""
        return self.ppf(np.random.default_rng(random_state).random(size))


@cache
def damped_beta(alpha: float, beta: float, limit: float) -> DampedBeta:
    """Return the distribution, tabulated once."""
    return DampedBeta(alpha, beta, limit)
