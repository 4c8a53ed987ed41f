"""The ledger of modes: the peaks of the posterior, and which chains are at which of them.

The search (:mod:`stanmix.starts.search`) found the optima of the log density and their masses; symmetric
copies, which differ in labels only, count as one. Chains that agree in label-invariant functionals are at one
place in the posterior, which may hold several optima: climbs from many of their draws show which ones, and
how often each is reached. Chains that disagree are still at one place if their climbs share the optima of
most of their draws. No chain is dropped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components
from scipy.special import ndtri
from scipy.stats import rankdata

from stanmix.bounds import CLIMBS_OF_A_CHAIN
from stanmix.data.ties import collapse, collapse_weights
from stanmix.families import Data, Observations
from stanmix.loo.psis import leave_one_out
from stanmix.loo.stacking import stacking_weights
from stanmix.model import Model
from stanmix.posterior.datatree import component_values
from stanmix.posterior.densities import (
    evenly_spaced,
    log_likelihoods,
    parts_left_out,
    representatives,
    responsibilities,
)
from stanmix.posterior.labels import numbering, permute, resolve_labels
from stanmix.starts.laplace import shares, weigh
from stanmix.starts.optima import Optimum, climb, merge
from stanmix.starts.search import CONSEQUENCE

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.intp]

APART = 0.65
"""Chains whose means of a functional differ by more than this many standard deviations disagree: an R-hat of
the two of them above 1.1."""
SHARED = 0.5
"""Chains that disagree are at one place if their climbs have this share of their optima in common."""
FEW = 12
"""Number of first climbs from each group of chains that agree; if all reach one optimum, no more are
needed."""
LEDGER_DRAWS = 500
LEDGER_OBSERVATIONS = 10_000
GRID = 200
MOST_VISITED, MOST_UNVISITED = 10, 5
"""Largest numbers of listed modes, with chains and without."""
OF_THE_SEARCH = ("climbs", "failed", "batches", "stopped", "kinds", "consequence")
"""Facts of the search that the ledger repeats."""
WEIGHING_SEED = 1
"""Seed of the importance draws at modes that only the chains found."""


def _climb_all(
    model: Model, executable: str | Path, data: str | Path, points: Iterable[Mapping[str, Any]], folder: Path
) -> tuple[list[Optimum], int]:
    """Return the optima that climbs from some points reach, and how many fail."""
    ends = [climb(model, executable, data, point, folder) for point in points]
    reached = [end for end in ends if end is not None]
    return reached, len(ends) - len(reached)


def agreeing_chains(functionals: Mapping[str, Array]) -> list[list[int]]:
    """Group the chains (from 0) that agree in every label-invariant functional.

    Draws are replaced by normal scores of their ranks, as for R-hat. Two chains disagree if the means of
    their scores are more than `APART` standard deviations apart.
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


@dataclass(frozen=True)
class Climbs:
    """Climbs from draws of chains (from 0) that agree: the optima that were reached, and how many failed."""

    chains: list[int]
    reached: list[Optimum]
    failed: int


def climb_from_draws(
    model: Model,
    chains: Sequence[int],
    values: Mapping[str, Array],
    y: Data,
    executable: str | Path,
    data: str | Path,
    folder: Path,
) -> Climbs:
    """Climb from draws of chains that agree, evenly spaced in each.

    The first climbs are from `FEW` draws. Unless all of these reach one optimum, `CLIMBS_OF_A_CHAIN` draws of
    each chain follow.
    """
    draws = evenly_spaced(values["theta"].shape[1], CLIMBS_OF_A_CHAIN)
    few = draws[evenly_spaced(len(draws), math.ceil(FEW / len(chains)))]
    reached: list[Optimum] = []
    failed = 0
    for some in (few, np.setdiff1d(draws, few)):
        if reached and not failed and len(merge(model, y, reached)[0]) == 1:
            break
        points = (
            model.stan_values({name: value[c, d] for name, value in values.items()})
            for c in chains
            for d in some
        )
        more, lost = _climb_all(model, executable, data, points, folder)
        reached, failed = reached + more, failed + lost
    return Climbs(list(chains), reached, failed)


def at_one_place(counts: Counts) -> list[list[int]]:
    """Tell which groups of chains are at one place.

    Parameters
    ----------
    counts
        How many climbs of each group reach each optimum, shape (groups, optima).

    Returns
    -------
    list
        The groups of each place. Two groups are at one place if the smaller of their climbs' shares of each
        optimum, summed over optima, is at least `SHARED`. Groups that are linked through others are at one
        place too. A group without a climb that reached an optimum has a place of its own.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    common = np.minimum(shares[:, None, :], shares[None, :, :]).sum(axis=-1)
    number, label = connected_components(common >= SHARED, directed=False)
    return [np.flatnonzero(label == place).tolist() for place in range(number)]


def ledger(
    functionals: Mapping[str, Array],
    model: Model,
    tree: Any,
    y: Data,
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
        The facts of :class:`stanmix.starts.search.Search`.
    executable, data
        The sampling program and its data, for climbing from draws.

    Returns
    -------
    dict
        ``search``, what :class:`stanmix.starts.search.Search` says of its climbs; ``climbs`` from draws and
        how many of them ``climbs_failed``; ``genuine``, whether groups of chains that disagree are each
        stationary, at different optima, and all of some mass; ``stray``, chains (from 1) at places of
        negligible mass; ``modes``, those with chains first and else by log density, each with
        ``log_density``, ``converged``, ``hits`` (of the search), ``log_mass``, ``mass`` (its share of all, by
        Laplace's method and importance sampling) and ``mass_error``, None where they cannot be estimated,
        ``chains`` (from 1), ``share`` (of the climbs from these chains' draws, None without chains),
        ``theta`` and parameters at the optimum; ``left_out``, the number of further modes; ``groups`` of
        chains, one for each place in the posterior that chains are at, with ``chains`` (from 1),
        ``stationary``, ``climbs``, ``climbs_failed``, ``optima`` (``mode``, its number from 1, and ``share``
        of the group's climbs, the largest first), ``mass`` and ``mass_error`` of its modes, ``weight`` by
        stacking (None where the leave-one-out density of an observation cannot be estimated), ``lp`` (mean),
        posterior ``means``, ``density`` on ``grid``, ``sizes`` of classes and the ``classification`` of each
        observation (from 1; None for more than 10,000); and ``pooled``, where several genuine groups have
        masses: the ``density`` of all groups weighted by mass, and ``functionals`` (``name``, ``mean``,
        ``sd``); else None.
    """
    y = Observations.of(y)
    values = component_values(tree, model)
    lp = tree["sample_stats"]["lp"].values
    optima = [Optimum.from_dict(it, model) for it in found["optima"]]
    climbed = [
        climb_from_draws(model, chains, values, y, executable, data, folder)
        for chains in agreeing_chains(functionals)
    ]
    kept, place = merge(model, y, [*optima, *(it for own in climbed for it in own.reached)])
    hits = np.zeros(len(kept), dtype=int)
    masses: list[tuple[float | None, float | None]] = [(None, None)] * len(kept)
    for it, where in zip(found["optima"], place, strict=False):  # the highest first
        hits[where] += it["hits"]
        if masses[where][0] is None:
            masses[where] = (it["log_mass"], it["log_mass_error"])
    counts = np.zeros((len(climbed), len(kept)), dtype=np.intp)
    begin = len(optima)
    for row, own in zip(counts, climbed, strict=True):
        np.add.at(row, place[begin : begin + len(own.reached)], 1)
        begin += len(own.reached)
    new = [i for i in np.argsort(-counts.sum(axis=0), kind="stable").tolist() if masses[i][0] is None]
    new = [i for i in new if counts[:, i].any()][:MOST_VISITED]
    distinct = len(collapse_weights(y)[0])
    weighed = weigh(model, [kept[i] for i in new], executable, data, folder, distinct, WEIGHING_SEED)
    for i, mode in zip(new, weighed, strict=True):
        masses[i] = (mode.log_mass, mode.error)
    places = [
        (
            Climbs(
                sorted(c for g in members for c in climbed[g].chains),
                [it for g in members for it in climbed[g].reached],
                sum(climbed[g].failed for g in members),
            ),
            counts[members].sum(axis=0),
        )
        for members in at_one_place(counts)
    ]
    listed = _listed(np.array([count for _, count in places]))
    settled = stationary(functionals)
    share = shares(masses)
    groups = _groups(model, places, listed, settled, share, values, lp, y)
    stray = _stray(groups)
    genuine = (
        len(groups) > 1 and not stray and all(group["optima"] and group["stationary"] for group in groups)
    )
    return {
        "search": {key: value for key, value in found.items() if key in OF_THE_SEARCH},
        "climbs": sum(group["climbs"] for group in groups),
        "climbs_failed": sum(group["climbs_failed"] for group in groups),
        "genuine": genuine,
        "stray": stray,
        "grid": model.family.score(model.family.grid(y.y, GRID)).tolist(),
        "groups": groups,
        "modes": [
            _ordered(model, kept[i]).to_dict()
            | {"hits": int(hits[i]), "log_mass": masses[i][0], "mass": share[i][0], "mass_error": share[i][1]}
            | _visits(i, places)
            for i in listed
        ],
        "left_out": len(kept) - len(listed),
        "pooled": _pooled(groups, functionals) if genuine else None,
    }


def _stray(groups: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the chains (from 1) at places of negligible mass, where others are at places of some."""
    masses = [group["mass"] for group in groups]
    if len(groups) < 2 or not any(mass is not None and mass >= CONSEQUENCE for mass in masses):
        return []
    return sorted(
        chain
        for group, mass in zip(groups, masses, strict=True)
        if mass is not None and mass < CONSEQUENCE
        for chain in group["chains"]
    )


def _pooled(groups: Sequence[Mapping[str, Any]], functionals: Mapping[str, Array]) -> dict[str, Any] | None:
    """Pool the draws of groups of chains by their masses; None where a mass is unknown."""
    masses = [group["mass"] for group in groups]
    if any(mass is None for mass in masses):
        return None
    weights = np.array(masses) / np.sum(masses)
    chains = [np.array(group["chains"]) - 1 for group in groups]
    table = []
    for name, draws in functionals.items():
        means = np.array([draws[own].mean() for own in chains])
        variances = np.array([draws[own].var() for own in chains])
        mean = float(weights @ means)
        table.append(
            {"name": name, "mean": mean, "sd": float(np.sqrt(weights @ (variances + (means - mean) ** 2)))}
        )
    return {
        "weights": weights.tolist(),
        "density": (weights @ np.array([group["density"] for group in groups])).tolist(),
        "functionals": table,
    }


def _listed(counts: Counts) -> list[int]:
    """Return which modes are listed; ``counts`` are climbs that reach them, shape (places, modes)."""
    total = counts.sum(axis=0)
    main = {int(own.argmax()) for own in counts if own.any()}
    often = sorted(np.flatnonzero(total).tolist(), key=lambda i: (i not in main, -total[i]))
    # Modes are numbered by their log density, the highest first.
    visited = sorted(often[: max(MOST_VISITED, len(main))])
    return visited + np.flatnonzero(total == 0).tolist()[:MOST_UNVISITED]


def _visits(mode: int, places: Sequence[tuple[Climbs, Counts]]) -> dict[str, Any]:
    """Say from which chains (from 1) climbs reach a mode, and which share of them does."""
    there = [(own, count[mode]) for own, count in places if count[mode]]
    chains = sorted(c + 1 for own, _ in there for c in own.chains)
    climbs = sum(len(own.reached) + own.failed for own, _ in there)
    share = float(sum(count for _, count in there) / climbs) if there else None
    return {"chains": chains, "share": share}


def _groups(
    model: Model,
    places: Sequence[tuple[Climbs, Counts]],
    listed: Sequence[int],
    settled: npt.NDArray[np.bool_],
    share: Sequence[tuple[float | None, float | None]],
    values: Mapping[str, Array],
    lp: Array,
    y: Observations,
) -> list[dict[str, Any]]:
    """Describe the chains at each place, those at the highest optimum first."""
    reached = np.array([count for _, count in places])
    # A mode belongs to the place from which most climbs reach it.
    owner = np.where(reached.any(axis=0), reached.argmax(axis=0), -1)
    # The best modes come first, and places without known modes last.
    main = [int(count.argmax()) if count.any() else count.size for _, count in places]
    order = np.argsort(main, kind="stable").tolist()
    weights = _weights(model, [places[i][0].chains for i in order], values, y)
    grid = model.family.grid(y.y, GRID)
    groups = []
    for number, weight in zip(order, weights, strict=True):
        own, count = places[number]
        climbs = len(own.reached) + own.failed
        optima = [
            {"mode": mode, "share": float(count[i] / climbs)}
            for mode, i in enumerate(listed, start=1)
            if count[i]
        ]
        groups.append(
            {
                "chains": [c + 1 for c in own.chains],
                "stationary": bool(settled[own.chains].all()),
                "climbs": climbs,
                "climbs_failed": own.failed,
                "optima": sorted(optima, key=lambda it: (-it["share"], it["mode"])),
                "weight": None if np.isnan(weight) else float(weight),
            }
            | _mass([share[i] for i in np.flatnonzero(owner == number).tolist()])
            | _portrait(model, {name: v[own.chains] for name, v in values.items()}, lp[own.chains], y, grid)
        )
    return groups


def _mass(shares: Sequence[tuple[float | None, float | None]]) -> dict[str, float | None]:
    """Add up the shares of some modes, and their errors; None if none is known."""
    known = [(mass, error) for mass, error in shares if mass is not None and error is not None]
    if not known:
        return {"mass": None, "mass_error": None}
    masses, errors = zip(*known, strict=True)
    return {"mass": min(1.0, float(sum(masses))), "mass_error": math.hypot(*errors)}


def _ordered(model: Model, optimum: Optimum) -> Optimum:
    """Renumber the components of an optimum to match the fit's."""
    order = numbering(model, optimum.values)
    return replace(optimum, values={name: value[order] for name, value in optimum.values.items()})


def _weights(model: Model, groups: Sequence[Sequence[int]], values: Mapping[str, Array], y: Data) -> Array:
    """Return stacking weights of groups of chains; NaN where leave-one-out densities cannot be estimated."""
    y = Observations.of(y)
    if len(groups) < 2:
        return np.ones(len(groups))
    weight = y.weights
    used, power, place = parts_left_out(y)
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


def _portrait(model: Model, values: Mapping[str, Array], lp: Array, y: Data, grid: Array) -> dict[str, Any]:
    """Describe the draws of one mode, with labels resolved within it: means, density, class sizes."""
    y = Observations.of(y)
    permutation = resolve_labels(model, values, lp, y).permutation
    resolved = {
        name: permute(value, permutation).reshape(-1, model.components) for name, value in values.items()
    }
    thin = {name: value[evenly_spaced(len(value), LEDGER_DRAWS)] for name, value in resolved.items()}
    density = np.zeros(len(grid))
    for i in range(len(thin["theta"])):
        point = {name: value[i] for name, value in thin.items()}
        density += (point["theta"][:, None] * model.parts.score_density(grid, point)).sum(0)
    seen, _, position = collapse(y.unweighted())
    count = np.bincount(position, y.weights, len(seen))
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
