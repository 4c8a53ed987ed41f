"""Leave-one-out predictive densities by Pareto-smoothed importance sampling, from ArviZ."""

from __future__ import annotations

import math
import warnings

import numpy as np
import numpy.typing as npt
from arviz_stats.base import array_stats
from scipy.special import logsumexp

Array = npt.NDArray[np.float64]

ALIKE = 1e-8
"""Log importance ratios that differ by less are equal: they differ by rounding only."""
FEWEST_FOR_EFFICIENCY = 4
"""Smallest number of draws of a chain from which the effective sample size can be estimated."""


def leave_one_out(log_lik: Array, left_out: Array | None = None) -> tuple[Array, Array]:
    """Compute log p(y_n | the other observations).

    Parameters
    ----------
    log_lik
        Log likelihood of each observation, shape (chains, draws, N).
    left_out
        The power of each observation's likelihood that is removed from the posterior: 1 for a whole
        observation, or its weight if that is smaller. None means 1 for all.

    Returns
    -------
    elpd
        N values; NaN if an observation's likelihood varies so much over the draws that no tail can be fitted
        to the importance ratios, and the leave-one-out density is unknown.
    pareto_k
        N values: the shape of the tail of the importance ratios (Vehtari et al. 2024, JMLR 25); infinite
        where elpd is NaN, and 0 where the largest ratios are all alike, so that there is no tail.
    """
    n = log_lik.shape[-1]
    power = np.ones(n) if left_out is None else left_out
    efficiency = relative_efficiency(log_lik)
    elpd, pareto_k = np.full(n, np.nan), np.full(n, np.inf)
    for i in range(n):
        elpd[i], pareto_k[i] = _of_one(log_lik[..., i].reshape(-1), power[i], efficiency[i])
    return elpd, pareto_k


def relative_efficiency(log_lik: Array) -> Array:
    """Return the effective sample size of each observation's likelihood, as a share of the draws.

    Parameters
    ----------
    log_lik
        Shape (chains, draws, N).

    Returns
    -------
    Array
        N values; 1 where the likelihood is constant, or the draws are too few to tell.
    """
    chains, draws, n = log_lik.shape
    result = np.ones(n)
    with np.errstate(invalid="ignore"):  # no draw gives such an observation a density
        likelihood = np.exp(log_lik - log_lik.max(axis=(0, 1)))
    varies = np.isfinite(likelihood).all(axis=(0, 1)) & (np.ptp(likelihood, axis=(0, 1)) > ALIKE)
    if draws >= FEWEST_FOR_EFFICIENCY and varies.any():
        size = array_stats.ess(likelihood[..., varies], method="mean", chain_axis=0, draw_axis=1)
        result[varies] = size / (chains * draws)
    return result


def _of_one(log_lik: Array, power: float, efficiency: float) -> tuple[float, float]:
    """Return the leave-one-out density and Pareto k of one observation, from S log likelihoods."""
    if not np.isfinite(log_lik).all():
        return math.nan, math.inf
    log_ratio = -power * log_lik
    if _has_no_tail(log_ratio, efficiency):
        weight, k = log_ratio - logsumexp(log_ratio), 0.0
    else:
        # Overflow and underflow show in the results, which are then refused.
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Number of tail draws cannot be less than 5", UserWarning)
            weight, k = array_stats.psislw(-log_ratio, r_eff=efficiency)
    elpd = float(logsumexp(weight + log_lik))
    return (elpd, float(k)) if math.isfinite(elpd) and math.isfinite(k) else (math.nan, math.inf)


def _has_no_tail(log_ratio: Array, efficiency: float) -> bool:
    """Tell whether the largest ratios, as many as form a tail, are all equal.

    If so, the largest ratio has a probability above 0, and importance sampling needs no smoothing. If all
    ratios are equal, the draws are those of the posterior without the observation.
    """
    draws = len(log_ratio)
    tail = 3 * math.sqrt(draws / efficiency) if draws * efficiency > 225 else draws / 5
    size = min(draws, max(5, math.floor(tail)))
    return bool(np.ptp(np.partition(log_ratio, draws - size)[draws - size :]) < ALIKE)
