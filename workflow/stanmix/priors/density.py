"""Densities, masses and draws of the prior distributions, by SciPy."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from stanmix.errors import ConfigError
from stanmix.priors import Bounds, Prior
from stanmix.priors.damped_beta import DampedBeta, damped_beta

Array = npt.NDArray[np.float64]

SMALLEST_MASS = 1e-280
"""Probabilities below this are computed as logarithms."""
BISECTIONS = 200


def log_constant(prior: Prior) -> float:
    """Return the logarithm of the integral of the density of ``prior_lpdf`` in Stan."""
    distribution = frozen(prior)
    return distribution.log_constant if isinstance(distribution, DampedBeta) else 0.0


def frozen(prior: Prior) -> Any:
    """Return the SciPy distribution whose truncation to its support is the prior.

    A half distribution gives its parent; see :func:`log_mass` for the truncation.
    """
    return _frozen(prior.dist, tuple(prior.args.items()))


@lru_cache(maxsize=10_000)  # SciPy takes a millisecond to make one
def _frozen(dist: str, args: tuple[tuple[str, float], ...]) -> Any:
    a = dict(args)
    match dist:
        case "normal" | "half_normal":
            return stats.norm(a.get("mu", 0.0), a["sigma"])
        case "student_t" | "half_student_t":
            return stats.t(a["nu"], a.get("mu", 0.0), a["sigma"])
        case "cauchy" | "half_cauchy":
            return stats.cauchy(a.get("mu", 0.0), a["sigma"])
        case "lognormal":
            return stats.lognorm(a["sigma"], scale=math.exp(a["mu"]))
        case "gamma":
            return stats.gamma(a["alpha"], scale=1 / a["beta"])
        case "inv_gamma":
            return stats.invgamma(a["alpha"], scale=a["beta"])
        case "exponential":
            return stats.expon(scale=1 / a["beta"])
        case "uniform":
            return stats.uniform(a["lower"], a["upper"] - a["lower"])
        case "beta":
            return stats.beta(a["alpha"], a["beta"])
        case "signed_beta":
            return stats.beta(a["alpha"], a["beta"], loc=-1, scale=2)
        case "damped_beta":
            return damped_beta(a["alpha"], a["beta"], a["limit"])
    raise ValueError(f"unknown prior {dist}")


def log_mass(prior: Prior, bounds: Bounds) -> float:
    """Return the log probability that :func:`frozen` gives to the bounds, 0 where it is all."""
    distribution = frozen(prior)
    lower, upper = bounds
    if distribution.cdf(lower) == 0 and distribution.sf(upper) == 0:
        return 0.0
    if math.isinf(upper):
        mass = distribution.logsf(lower)
    elif math.isinf(lower):
        mass = distribution.logcdf(upper)
    else:
        # From the tail in which the bounds lie: differences of numbers near 1 round to 0.
        share = max(
            distribution.cdf(upper) - distribution.cdf(lower), distribution.sf(lower) - distribution.sf(upper)
        )
        mass = math.log(share) if share > 0 else -math.inf
    if not np.isfinite(mass):
        raise ConfigError(
            f"The prior {prior} gives no probability to {lower:g} to {upper:g}, where the parameter must "
            "lie. Move its location or widen its scale."
        )
    return float(mass)


def density(prior: Prior, bounds: Bounds, x: Array) -> Array:
    """Return the density of a prior truncated to the bounds, at each x."""
    inside = (x >= bounds[0]) & (x <= bounds[1])
    with np.errstate(all="ignore"):  # at a bound a density may be infinite
        return np.where(inside, np.exp(frozen(prior).logpdf(x) - log_mass(prior, bounds)), 0.0)


def interval(prior: Prior, bounds: Bounds, probability: float) -> tuple[float, float]:
    """Return the central interval of a prior truncated to the bounds."""
    tail = (1 - probability) / 2
    low, high = quantiles(prior, bounds, np.array([tail, 1 - tail]))
    return float(low), float(high)


def quantiles(prior: Prior, bounds: Bounds, p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return quantiles of a prior truncated to the bounds, even if these leave it hardly any mass.

    Parameters
    ----------
    p
        Probabilities, between 0 and 1.
    """
    with np.errstate(all="ignore"):  # quantiles of heavy tails may overflow
        return _quantiles(frozen(prior), log_mass(prior, bounds), bounds, p)


def _quantiles(
    distribution: Any, total: float, bounds: Bounds, p: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    lower, upper = bounds
    below, above = distribution.cdf(lower), distribution.sf(upper)
    # Start from the smaller tail: one minus its probability would lose digits.
    if distribution.sf(lower) < 0.5:
        inside = distribution.sf(lower) - above
        found = distribution.isf(above + (1 - p) * inside)
        lost = inside < SMALLEST_MASS
    else:
        inside = distribution.cdf(upper) - below
        found = distribution.ppf(below + p * inside)
        lost = inside < SMALLEST_MASS
    if lost:
        if math.isinf(upper):
            found = lower + _crossing(lambda x: distribution.logsf(lower + x) - total, np.log1p(-p))
        elif math.isinf(lower):
            found = upper - _crossing(lambda x: distribution.logcdf(upper - x) - total, np.log(p))
    return np.asarray(np.clip(found, lower, upper))


def _crossing(falling: Any, targets: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how far from 0 a falling function reaches each target below its value there, by bisection."""
    near, far = np.zeros(len(targets)), np.full(len(targets), 1.0)
    while (falling(far) > targets).any():
        far *= 2
    for _ in range(BISECTIONS):
        middle = (near + far) / 2
        above = falling(middle) > targets
        near, far = np.where(above, middle, near), np.where(above, far, middle)
    return far
