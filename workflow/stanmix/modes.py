"""The ledger of modes: where the posterior has its peaks, which chains are at which, and what that means.

Many cheap starts find the optima of the log density; symmetric copies, which differ by labels alone, are
one. Chains that disagree in label-invariant functionals are grouped, and groups that climb to the same
optimum belong together. No chain is dropped: every one stands at a mode.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtri
from scipy.stats import rankdata

from stanmix.data import collapse
from stanmix.initialise import start
from stanmix.io import write_stan_json
from stanmix.labels import numbering, permute, resolve
from stanmix.leave_one_out import leave_one_out
from stanmix.model import Model
from stanmix.observations import (
    evenly_spaced,
    log_likelihoods,
    parts_left_out,
    probes,
    representatives,
    responsibilities,
)
from stanmix.posterior import component_values
from stanmix.sampling import program
from stanmix.seeds import derive
from stanmix.stacking import stacking_weights
from stanmix.weighting import mean_and_sd

Array = npt.NDArray[np.float64]

SAME_LOG_DENSITY = 0.1
"""Optima of one mode differ by less than this."""
SAME_SIGNATURE = 0.01
"""... and in no label-invariant value by more than this share."""
APART = 0.65
"""Chains whose means of a functional differ by more than this many standard deviations disagree: an R-hat of
the two of them above 1.1."""
LEDGER_DRAWS = 500
LEDGER_OBSERVATIONS = 10_000
GRID = 200
MOST_MODES = 10


@dataclass(frozen=True)
class Optimum:
    """A local optimum of the log posterior density, on the parameters' own scales."""

    log_density: float  # -inf where none was found
    values: Mapping[str, Array]

    def to_dict(self) -> dict[str, Any]:
        """Return the optimum as JSON facts."""
        log_density = self.log_density if np.isfinite(self.log_density) else None
        return {"log_density": log_density, **{name: v.tolist() for name, v in self.values.items()}}


def optimise(
    model: Model, executable: str | Path, data: str | Path, point: Mapping[str, Any], folder: Path
) -> Optimum | None:
    """Climb to the optimum by Stan's L-BFGS; None where there is none to be found.

    Parameters
    ----------
    data
        Data of the Stan program, JSON.
    point
        Where to start: the Stan program's parameters.
    folder
        Scratch folder.
    """
    init = folder / "climb.json"
    write_stan_json(init, point)
    try:
        found = program(executable).optimize(
            data=str(data), inits=str(init), seed=1, iter=5000, sig_figs=17, output_dir=str(folder)
        )
    except RuntimeError:
        return None
    family = model.family
    variables = {name: np.atleast_1d(found.stan_variable(name)) for name in family.stan_variables}
    values = family.from_stan(variables)
    log_density = float(found.optimized_params_dict["lp__"])
    return Optimum(log_density, values) if np.isfinite(log_density) else None


def signature(model: Model, values: Mapping[str, Array], y: Array) -> Array:
    """Return label-invariant values at a point: density at quantiles of the data, sorted weights."""
    density = (values["theta"][:, None] * model.family.density(probes(model, y), values)).sum(0)
    _, sd = mean_and_sd(model.family.score(y), model.family.weights(y), ddof=0)
    return np.concatenate([density * sd, np.sort(values["theta"])])


def distinct(model: Model, optima: Sequence[Optimum], y: Array) -> list[tuple[Optimum, int]]:
    """Merge optima that differ by labels alone; best first, with how often each was found."""
    kept: list[tuple[Optimum, Array]] = []
    hits: list[int] = []
    for optimum in sorted(optima, key=lambda it: -it.log_density):
        own = signature(model, optimum.values, y)
        for i, (other, theirs) in enumerate(kept):
            if is_same(optimum, own, other, theirs):
                hits[i] += 1
                break
        else:
            kept.append((optimum, own))
            hits.append(1)
    return [(optimum, count) for (optimum, _), count in zip(kept, hits, strict=True)]


def is_same(first: Optimum, its: Array, second: Optimum, others: Array) -> bool:
    """Tell whether two optima with their signatures are one mode."""
    close = abs(first.log_density - second.log_density) < SAME_LOG_DENSITY
    return close and bool(np.abs(its - others).max() < SAME_SIGNATURE * max(1.0, np.abs(others).max()))


def search(
    model: Model, executable: str | Path, data: str | Path, y: Array, seed: int, folder: Path, starts: int
) -> dict[str, Any]:
    """Look for modes from dispersed starts: k-means on random subsamples, EM, then Stan's optimiser.

    Returns
    -------
    dict
        ``starts``, ``failed`` and ``optima``: each with ``log_density`` (normalised prior and likelihood, no
        Jacobian), ``hits``, ``theta`` and the parameters; best first.
    """
    found = []
    for i in range(starts):
        point = start(model, y, derive(seed, i))["init"]
        found.append(optimise(model, executable, data, point, folder))
    reached = [optimum for optimum in found if optimum is not None]
    optima = [{**it.to_dict(), "hits": hits} for it, hits in distinct(model, reached, y)]
    return {"starts": starts, "failed": starts - len(reached), "optima": optima}


def agreeing_chains(functionals: Mapping[str, Array]) -> list[list[int]]:
    """Group the chains (from 0) that agree in every label-invariant functional.

    Draws are replaced by normal scores of their ranks, as for R-hat, and two chains disagree where the means
    of their scores are more than `APART` standard deviations apart.
    """
    scores = np.stack([_normal_scores(draws) for draws in functionals.values()])
    mean, variance = scores.mean(-1), scores.var(-1)
    pooled = np.maximum((variance[:, :, None] + variance[:, None, :]) / 2, 1e-12)
    apart = (np.abs(mean[:, :, None] - mean[:, None, :]) / np.sqrt(pooled)).max(0)
    count, label = connected_components(apart <= APART, directed=False)
    return [np.flatnonzero(label == g).tolist() for g in range(count)]


def stationary(functionals: Mapping[str, Array]) -> npt.NDArray[np.bool_]:
    """Tell for each chain whether its halves agree in every functional, by the rule for two chains."""
    result = []
    chains = next(iter(functionals.values())).shape[0]
    for c in range(chains):
        halves = {
            name: np.stack(np.array_split(draws[c, : draws.shape[1] // 2 * 2], 2))
            for name, draws in functionals.items()
            if np.ptp(draws[c]) > 0
        }
        result.append(bool(halves) and len(agreeing_chains(halves)) == 1)
    return np.array(result)


def _normal_scores(draws: Array) -> Array:
    ranks = rankdata(draws.reshape(-1)).reshape(draws.shape)
    scores: Array = ndtri((ranks - 0.375) / (draws.size + 0.25))
    return scores


def ledger(
    functionals: Mapping[str, Array],
    model: Model,
    tree: Any,
    y: Array,
    found: Mapping[str, Any],
    executable: str | Path,
    data: str | Path,
    folder: Path,
) -> dict[str, Any]:
    """Make the ledger of modes.

    Parameters
    ----------
    functionals
        Label-invariant draws, shape (chains, draws) each.
    tree
        The fit's DataTree.
    found
        The result of :func:`search`.
    executable, data
        The sampling program and its data, for climbing from draws.

    Returns
    -------
    dict
        ``starts``, ``failed``; ``genuine``, whether chains are at different modes each of which they explore;
        ``modes``, those with chains first, each with ``chains`` (from 1), ``hits``, ``log_density``,
        ``weight`` by stacking (None for modes without chains, and for all where the leave-one-out density of
        an observation cannot be estimated), ``lp`` (mean), ``theta`` and parameters at
        the optimum, and for modes with chains ``means``, ``density`` on ``grid``, ``sizes`` of classes and
        the ``classification`` of each observation (from 1; None for more than 10,000); and ``left_out``, the
        number of further optima that no chain visits.
    """
    values = component_values(tree, model)
    lp = tree["sample_stats"]["lp"].values
    groups = agreeing_chains(functionals)
    optima = [
        Optimum(it["log_density"], {n: np.asarray(it[n], dtype=float) for n in values})
        for it in found["optima"]
    ]
    hits = [it["hits"] for it in found["optima"]]
    places: dict[int, list[int]] = {}
    for group in groups:
        place = _climb(model, group, values, lp, y, optima, hits, executable, data, folder)
        places.setdefault(place, []).extend(group)
    visited = sorted(places, key=lambda i: -optima[i].log_density)
    weights = _weights(model, [places[i] for i in visited], values, y)
    grid = model.family.grid(y, GRID)
    modes = []
    for place, weight in zip(visited, weights, strict=True):
        chains = sorted(places[place])
        modes.append(
            _ordered(model, optima[place]).to_dict()
            | {
                "hits": hits[place],
                "chains": [c + 1 for c in chains],
                "weight": None if np.isnan(weight) else float(weight),
            }
            | _portrait(model, {name: v[chains] for name, v in values.items()}, lp[chains], y, grid)
        )
    others = [i for i in range(len(optima)) if i not in places]
    others.sort(key=lambda i: -optima[i].log_density)
    modes += [
        _ordered(model, optima[i]).to_dict() | {"hits": hits[i], "chains": [], "weight": None}
        for i in others[: max(0, MOST_MODES - len(modes))]
    ]
    return {
        "starts": found["starts"],
        "failed": found["failed"],
        "genuine": len(visited) > 1 and bool(stationary(functionals).all()),
        "grid": model.family.score(grid).tolist(),
        "modes": modes,
        "left_out": max(0, len(visited) + len(others) - len(modes)),
    }


def _climb(
    model: Model,
    chains: Sequence[int],
    values: Mapping[str, Array],
    lp: Array,
    y: Array,
    optima: list[Optimum],
    hits: list[int],
    executable: str | Path,
    data: str | Path,
    folder: Path,
) -> int:
    """Return the place among the optima of the mode at which some chains are, and add it where it is new."""
    own = lp[list(chains)]
    c, d = divmod(int(own.argmax()), own.shape[1])
    best = {name: value[chains[c], d] for name, value in values.items()}
    reached = optimise(model, executable, data, model.stan_values(best), folder)
    if reached is None:
        # The density rises without end or the optimiser gave up: the best draw stands for the mode.
        reached = Optimum(-np.inf, best)
    its = signature(model, reached.values, y)
    for i, optimum in enumerate(optima):
        if is_same(reached, its, optimum, signature(model, optimum.values, y)):
            return i
    optima.append(reached)
    hits.append(0)
    return len(optima) - 1


def _ordered(model: Model, optimum: Optimum) -> Optimum:
    """Renumber the components of an optimum as the fit's are."""
    order = numbering(model, optimum.values)
    return Optimum(optimum.log_density, {name: value[order] for name, value in optimum.values.items()})


def _weights(model: Model, groups: Sequence[Sequence[int]], values: Mapping[str, Array], y: Array) -> Array:
    """Return stacking weights of groups of chains; NaN where leave-one-out densities cannot be estimated."""
    if len(groups) < 2:
        return np.ones(len(groups))
    weight = model.family.weights(y)
    used, power, place = parts_left_out(model, y)
    count: Array = np.bincount(place, weight, len(used)).astype(float)
    if len(used) > LEDGER_OBSERVATIONS:
        rows = place[representatives(weight, LEDGER_OBSERVATIONS)]
        used, power, count = used[rows], power[rows], np.ones(len(rows))
    elpd = []
    for chains in groups:
        draws = evenly_spaced(values["theta"].shape[1], max(1, 2 * LEDGER_DRAWS // len(chains)))
        some = {name: v[np.ix_(np.asarray(chains), draws)] for name, v in values.items()}
        shape = some["theta"].shape
        log_lik = log_likelihoods(model, {n: v.reshape(-1, shape[-1]) for n, v in some.items()}, used)
        elpd.append(leave_one_out(log_lik.reshape(*shape[:2], -1), power)[0])
    if np.isnan(elpd).any():
        return np.full(len(groups), np.nan)
    return stacking_weights(np.stack(elpd), count)


def _portrait(model: Model, values: Mapping[str, Array], lp: Array, y: Array, grid: Array) -> dict[str, Any]:
    """Describe the draws of one mode, with labels resolved within it: means, density, class sizes."""
    permutation = resolve(model, values, lp, y).permutation
    resolved = {
        name: permute(value, permutation).reshape(-1, model.components) for name, value in values.items()
    }
    thin = {name: value[evenly_spaced(len(value), LEDGER_DRAWS)] for name, value in resolved.items()}
    density = np.zeros(len(grid))
    for i in range(len(thin["theta"])):
        point = {name: value[i] for name, value in thin.items()}
        density += (point["theta"][:, None] * model.family.score_density(grid, point)).sum(0)
    seen, _, position = collapse(model.family.unweighted(y))
    count = np.bincount(position, model.family.weights(y), len(seen))
    labels = np.empty(len(seen), dtype=np.intp)
    few = {name: value[evenly_spaced(len(value), 100)] for name, value in thin.items()}
    for begin in range(0, len(seen), LEDGER_OBSERVATIONS):
        mean = responsibilities(model, few, seen[begin : begin + LEDGER_OBSERVATIONS]).mean(axis=0)
        labels[begin : begin + LEDGER_OBSERVATIONS] = mean.argmax(axis=-1)
    return {
        "lp": float(lp.mean()),
        "means": {name: value.mean(0).tolist() for name, value in resolved.items()},
        "density": (density / len(thin["theta"])).tolist(),
        "sizes": np.rint(np.bincount(labels, count, model.components)).astype(int).tolist(),
        "classification": (labels[position] + 1).tolist() if len(y) <= LEDGER_OBSERVATIONS else None,
    }
