"""Where chains start: at the modes, by their mass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.families import Data, Observations
from stanmix.model import Model
from stanmix.seeds import derive
from stanmix.stan.unconstrained import Scale
from stanmix.starts.clusters import is_dense, start
from stanmix.starts.optima import LogPosterior, depth
from stanmix.starts.search import Search, of_consequence

Array = npt.NDArray[np.float64]

CHAINS_OF_A_MODE = 2
"""Smallest number of chains that start at each mode of consequence."""
MOST = 2
"""Largest number of chains where many modes are of consequence, as a multiple of those configured."""
PASSABLE = 5.0
"""Modes between which the log density falls less than this (nats) below the lower of them are one place for
the allocation: chains pass such barriers all the time."""


def allocated(masses: Sequence[float], chains: int, rng: np.random.Generator) -> list[int]:
    """Say at which place (from 0) each chain starts.

    Parameters
    ----------
    masses
        Masses of the places of consequence, the largest first.
    chains
        Number of chains that are configured.

    Returns
    -------
    list
        A place for each chain. `CHAINS_OF_A_MODE` chains start at each place. There are more chains than
        configured if need be, but no more than `MOST` times as many. The places of the other chains are drawn
        by mass.
    """
    number = len(masses)
    total = min(max(chains, CHAINS_OF_A_MODE * number), MOST * chains)
    fixed = [place for place in range(number) for _ in range(CHAINS_OF_A_MODE)][:total]
    rest = total - len(fixed)
    share = np.asarray(masses, dtype=float) / np.sum(masses)
    # Systematic draws: no place gets one more than its share rounded up.
    drawn = np.searchsorted(np.cumsum(share), (np.arange(rest) + rng.random()) / max(rest, 1))
    places = fixed + np.minimum(drawn, number - 1).tolist()
    # One chain of each place first, so that the chains that are configured see as many as they can.
    order = sorted(range(total), key=lambda i: (places[:i].count(places[i]), places[i]))
    return [places[i] for i in order]


def places(model: Model, y: Data, found: Search) -> list[list[int]]:
    """Group the modes of consequence (from 0) between which chains pass, the largest mass first."""
    matter = [i for i, it in enumerate(of_consequence(found.found)) if it]
    density = LogPosterior(model, y)
    groups: list[list[int]] = []
    for i in matter:
        own = found.found[i].optimum.values
        near = next(
            (g for g in groups if depth(density, own, found.found[g[0]].optimum.values) < PASSABLE), None
        )
        if near is None:
            groups.append([i])
        else:
            near.append(i)
    return sorted(groups, key=lambda group: -_mass(found, group))


def _mass(found: Search, group: Sequence[int]) -> float:
    shares = found.shares
    return sum(shares[i][0] or 1e-6 for i in group)


def starts(
    model: Model,
    y: Data,
    found: Search,
    chains: int,
    seed: int,
    metric: str = "auto",
    dense_up_to: int = 20,
) -> list[dict[str, Any]]:
    """Find a start for each chain: a draw near its mode by the curvature there, and a metric from it.

    Where no climb of the search reached an optimum, chains start from k-means and EM.

    Parameters
    ----------
    found
        The search.
    chains
        Chains that are configured.
    seed
        Seed of the draws.
    metric, dense_up_to
        Of the configuration's ``sampling`` section.

    Returns
    -------
    list
        For each chain ``mode`` (from 1; None where none was found), ``init``: values of the Stan program's
        parameters, and ``inv_metric``: variances of the unconstrained parameters, in Stan's order, or their
        covariances where the metric is to be dense.
    """
    y = Observations.of(y)
    if not found.found:
        numbers = range(1, chains + 1)
        return [{"mode": None, **start(model, y, derive(seed, i), metric, dense_up_to)} for i in numbers]
    rng = np.random.default_rng(seed)
    groups = places(model, y, found)
    chosen = allocated([_mass(found, group) for group in groups], chains, rng)
    scale = Scale(model)
    dense = is_dense(metric, dense_up_to, scale.size, y.total)
    result = []
    for place in chosen:
        group = groups[place]
        shares = np.array([found.shares[i][0] or 1e-6 for i in group])
        number = group[int(rng.choice(len(group), p=shares / shares.sum()))]
        mode = found.found[number].mode
        assert mode is not None  # weighed by the search
        draw = mode.draws[rng.choice(len(mode.draws), p=mode.weights)]
        if mode.covariance is None:
            variances: Array = np.full(scale.size, 1 / max(1.0, y.total))
            inv_metric = np.diag(variances) if dense else variances
        else:
            inv_metric = mode.covariance if dense else np.diag(mode.covariance)
        result.append({"mode": number + 1, "init": scale.point(draw), "inv_metric": inv_metric})
    return result
