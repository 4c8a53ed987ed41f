"""Summaries of scalar draws: mean, sd, interval, Monte Carlo error, effective sample size, R-hat."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from arviz_stats.base import array_stats
from scipy.stats import rankdata

from stanmix.model import Model

Array = npt.NDArray[np.float64]

CHAINS_DRAWS = {"chain_axis": 0, "draw_axis": 1}
STATISTICS = ("mean", "sd", "mcse_mean", "hdi_low", "hdi_high", "ess_bulk", "ess_tail", "rhat")
LARGEST = 1e150
"""Draws beyond it count as infinite, since their squares overflow."""


def varies(draws: Array) -> bool:
    """Tell whether draws differ, beyond rounding; NaN differs from everything."""
    finite = draws[np.isfinite(draws)]
    if finite.size < draws.size:
        return not bool((draws == draws.flat[0]).all())
    return bool(np.ptp(draws) > 1e-12 * max(1.0, abs(draws.flat[0])))


def comparable(draws: Array) -> Array:
    """Return draws from which R-hat and effective sample sizes can be computed.

    If some draws are infinite, all are replaced by their ranks: infinite draws rank above or below all
    others, and those of the same sign are tied. NaN has no rank and stays.
    """
    if _reaches_beyond(draws) and not np.isnan(draws).any():
        return rankdata(draws.reshape(-1)).reshape(draws.shape)
    return draws


def _reaches_beyond(draws: Array) -> bool:
    return bool((np.abs(draws) > LARGEST).any())


def mcse_share(draws: Array) -> float:
    """Return the Monte Carlo standard error of the mean as a share of the standard deviation.

    If some draws are infinite, mean and standard deviation do not exist, and the ranks of the draws are used.
    """
    ranked = comparable(draws)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float(np.divide(_mcse(ranked), ranked.std(ddof=1)))


def summarise(draws: Array, interval: float) -> dict[str, float]:
    """Summarise the draws of one quantity.

    Parameters
    ----------
    draws
        Shape (chains, draws). Some may be infinite; if one is NaN, all results are NaN.
    interval
        Probability of the highest-density interval.

    Returns
    -------
    dict
        ``mean``, ``sd``, ``mcse_mean``, ``hdi_low``, ``hdi_high``, ``ess_bulk``, ``ess_tail`` and ``rhat``:
        rank-normalised split R-hat and effective sample sizes of Vehtari et al. (2021, Bayesian Analysis 16,
        667-718), of the ranks of the draws if some are infinite. ``mean``, ``sd`` and ``mcse_mean`` are then
        NaN.
    """
    if np.isnan(draws).any():
        return dict.fromkeys(STATISTICS, math.nan)
    finite, ranked = not _reaches_beyond(draws), comparable(draws)
    low, high = array_stats.hdi(np.clip(draws.reshape(-1), -LARGEST, LARGEST), prob=interval)
    values = (
        float(draws.mean()) if finite else math.nan,
        float(draws.std(ddof=1)) if finite else math.nan,
        _mcse(draws) if finite else math.nan,
        float(low) if abs(low) < LARGEST else math.copysign(math.inf, low),
        float(high) if abs(high) < LARGEST else math.copysign(math.inf, high),
        float(array_stats.ess(ranked, method="bulk", **CHAINS_DRAWS)),
        float(array_stats.ess(ranked, method="tail", prob=(0.05, 0.95), **CHAINS_DRAWS)),
        float(array_stats.rhat(ranked, method="rank", **CHAINS_DRAWS)),
    )
    return dict(zip(STATISTICS, values, strict=True))


def _mcse(draws: Array) -> float:
    return float(array_stats.mcse(draws, method="mean", **CHAINS_DRAWS))


def scalars(tree: Any, model: Model) -> Iterator[tuple[str, Array]]:
    """Yield every scalar parameter that was inferred and is identified, with Stan's name and its draws.

    Yields
    ------
    name, draws
        A name such as ``theta[1]``, or ``sigma`` if it is shared; draws of shape (chains, draws).
    """
    posterior = tree["posterior"]
    for name in ("theta", *model.parameters):
        if name not in posterior or (name != "theta" and not model.family.parameter(name).identified):
            continue
        value = posterior[name].values
        if value.ndim == 2:
            yield name, value
            continue
        for k in range(model.components):
            if name == "theta" or model.parameters[name].index[k]:
                yield f"{name}[{k + 1}]", value[..., k]


def derived_scalars(model: Model, values: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Yield the quantities that the family derives from the parameters, for each component, with draws.

    Parameters
    ----------
    values
        Parameters for all components, each of shape (chains, draws, K).
    """
    for name, value in model.family.derived(values).items():
        for k in range(model.proper):
            yield f"{name}[{k + 1}]", value[..., k]


def true_values(model: Model, truth: Mapping[str, Any], match: npt.NDArray[np.intp]) -> dict[str, float]:
    """Return the true value of every scalar parameter under its name in the summary.

    Parameters
    ----------
    truth
        Facts of the simulation, with as many components as the model.
    match
        The true component (from 0) with which each component is compared.
    """
    result = {}
    for name, values in {"theta": truth["theta"], **truth["parameters"]}.items():
        matched = np.asarray(values, dtype=float)[match]
        if len(set(matched.tolist())) == 1:
            result[name] = float(matched[0])
        for k, value in enumerate(matched, start=1):
            result[f"{name}[{k}]"] = float(value)
    return result
