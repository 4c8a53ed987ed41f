"""Summaries of scalar draws: mean, sd, interval, Monte Carlo error, effective sample size, R-hat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from arviz_stats.base import array_stats

from stanmix.model import Model

Array = npt.NDArray[np.float64]

CHAINS_DRAWS = {"chain_axis": 0, "draw_axis": 1}


def summarise(draws: Array, interval: float) -> dict[str, float]:
    """Summarise the draws of one quantity.

    Parameters
    ----------
    draws
        Shape (chains, draws).
    interval
        Probability of the highest-density interval.

    Returns
    -------
    dict
        ``mean``, ``sd``, ``mcse_mean``, ``hdi_low``, ``hdi_high``, ``ess_bulk``, ``ess_tail`` and
        ``rhat``: rank-normalised split R-hat and effective sample sizes of Vehtari et al. (2021,
        Bayesian Analysis 16, 667-718).
    """
    low, high = array_stats.hdi(draws.reshape(-1), prob=interval)
    return {
        "mean": float(draws.mean()),
        "sd": float(draws.std(ddof=1)),
        "mcse_mean": float(array_stats.mcse(draws, method="mean", **CHAINS_DRAWS)),
        "hdi_low": float(low),
        "hdi_high": float(high),
        "ess_bulk": float(array_stats.ess(draws, method="bulk", **CHAINS_DRAWS)),
        "ess_tail": float(array_stats.ess(draws, method="tail", prob=(0.05, 0.95), **CHAINS_DRAWS)),
        "rhat": float(array_stats.rhat(draws, method="rank", **CHAINS_DRAWS)),
    }


def scalars(tree: Any, model: Model) -> Iterator[tuple[str, Array]]:
    """Give every scalar parameter that was inferred and is identified, with Stan's name and its draws.

    Yields
    ------
    name, draws
        As in ``theta[1]``, and ``sigma`` where it is shared; draws of shape (chains, draws).
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
    """Give what the family derives from the parameters, for each component, with its draws.

    Parameters
    ----------
    values
        Parameters for all components, each of shape (chains, draws, K).
    """
    for name, value in model.family.derived(values).items():
        for k in range(model.components - model.family.noise):
            yield f"{name}[{k + 1}]", value[..., k]


def true_values(model: Model, truth: Mapping[str, Any], match: npt.NDArray[np.intp]) -> dict[str, float]:
    """Return the true value of every scalar parameter under its name in the summary.

    Parameters
    ----------
    truth
        Facts of the simulation, with as many components as the model.
    match
        For each component the true component (from 0) that it is compared with.
    """
    result = {}
    for name, values in {"theta": truth["theta"], **truth["parameters"]}.items():
        matched = np.asarray(values, dtype=float)[match]
        if len(set(matched.tolist())) == 1:
            result[name] = float(matched[0])
        for k, value in enumerate(matched, start=1):
            result[f"{name}[{k}]"] = float(value)
    return result
