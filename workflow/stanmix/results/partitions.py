"""Which observations belong together, independently of labels.

Similarity of observations, best partitions, and a credible ball about them.

A partition is an array of cluster numbers from 0. Two losses judge an estimate c against a posterior draw c':

- Binder (1978, Biometrika 65, 31-38): the number of pairs on which they disagree. It tends to add small
clusters.
- Variation of information, H(c) + H(c') - 2 I(c, c'), here in bits (Wade and Ghahramani 2018, Bayesian
Analysis 13,
  559-626), whose expectation over the draws is taken exactly, not by its lower bound.

The expected loss is made small by a greedy search: every observation in turn goes to the cluster, or a new
one, that is best for it, until none moves, from several starts (as in Dahl, Johnson and Mueller 2022,
Journal of Computational and Graphical Statistics 31, 1189-1201).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from stanmix.data.ties import collapse
from stanmix.families import Data, Observations
from stanmix.io import replacing
from stanmix.model import Model
from stanmix.posterior.densities import Probabilities, evenly_spaced, representatives, responsibilities
from stanmix.weighting import are_whole

Array = npt.NDArray[np.float64]
Partition = npt.NDArray[np.intp]

DRAWS = 400
"""Number of posterior draws, over all chains, against which partitions are judged."""
OBSERVATIONS = 1000
"""Largest number of observations that are partitioned, with rows repeated by their weights. Of more, a random
part is partitioned, and the others join their most similar cluster."""
BALL = 0.95
"""Probability of the credible ball."""
JOIN_DRAWS = 100
"""Number of draws with which the other observations are joined."""
RESTARTS = 8
SWEEPS = 100
ROWS_AT_ONCE = 20_000


def similarity(p: Probabilities) -> Array:
    """Return the posterior probability that two observations are from one component.

    Given a draw, assignments of different observations are independent, so that it is the mean of sum over k
    of p[s, i, k] p[s, j, k].

    Parameters
    ----------
    p
        Responsibilities, shape (S, n, K).

    Returns
    -------
    Array
        Shape (n, n), with 1 on its diagonal.
    """
    flat = p.transpose(1, 0, 2).reshape(p.shape[1], -1)
    result: Array = (flat @ flat.T / len(p)).astype(float)
    np.fill_diagonal(result, 1.0)
    return result


def draw_assignments(p: Probabilities, rng: np.random.Generator) -> Partition:
    """Draw the component of every observation given every draw, shape (S, n)."""
    total = np.cumsum(p, axis=-1)
    u = rng.random(p.shape[:-1])[..., None] * total[..., -1:]
    drawn: Partition = (u >= total[..., :-1]).sum(axis=-1)
    return drawn


def binder_loss(partition: Partition, similar: Array) -> float:
    """Return the expected number of pairs on which a partition and a draw disagree."""
    together = partition[:, None] == partition
    return float(np.abs(together - similar)[np.triu_indices(len(partition), 1)].sum())


def variation_of_information(partition: Partition, draws: Partition) -> Array:
    """Return the variation of information between a partition and each draw, in bits.

    Parameters
    ----------
    partition
        Shape (n,).
    draws
        Shape (S, n).
    """
    n = len(partition)
    clusters, classes = int(partition.max()) + 1, int(draws.max()) + 1
    counts = np.zeros((len(draws), clusters, classes))
    rows = np.arange(len(draws))[:, None]
    np.add.at(counts, (rows, partition[None, :], draws), 1)
    joint, own, theirs = (_x_log_x(counts.sum(axis)).reshape(len(draws), -1).sum(1) for axis in ((), 2, 1))
    distance: Array = np.maximum(own + theirs - 2 * joint, 0) / n
    return distance


def best_partition(
    kind: str, similar: Array, draws: Partition, rng: np.random.Generator
) -> tuple[Partition, float]:
    """Find a partition with a small expected loss.

    Parameters
    ----------
    kind
        ``binder`` or ``vi``.
    similar
        Similarity matrix, shape (n, n).
    draws
        Draws of the assignments, shape (S, n), from 0.
    rng
        Source of the orders in which observations are visited.

    Returns
    -------
    partition, loss
        Cluster of each observation, numbered by size from 0, and its expected loss.
    """

    def loss(partition: Partition) -> float:
        if kind == "binder":
            return binder_loss(partition, similar)
        return float(variation_of_information(partition, draws).mean())

    candidates = sorted(_starts(similar, draws, rng), key=loss)[:RESTARTS]
    found = []
    for start in candidates:
        moves: _Binder | _Variation = (
            _Binder(start, similar) if kind == "binder" else _Variation(start, draws)
        )
        found.append(_descend(moves, rng))
    best = min(found, key=loss)
    return by_size(best), loss(best)


def by_size(partition: Partition) -> Partition:
    """Renumber the clusters by size, the largest 0."""
    _, label, counts = np.unique(partition, return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), dtype=np.intp)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return rank[label.reshape(-1)]


def _starts(similar: Array, draws: Partition, rng: np.random.Generator) -> list[Partition]:
    """Yield cuts of a hierarchical clustering by similarity, and some of the draws."""
    distance = np.clip(1 - similar, 0, 1)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), method="average")
    most = int(min(len(similar), max(len(np.unique(row)) for row in draws[:: max(1, len(draws) // 50)]) + 5))
    cuts = [fcluster(tree, k, criterion="maxclust") - 1 for k in range(1, most + 1)]
    chosen = rng.choice(len(draws), size=min(len(draws), 40), replace=False)
    return [np.unique(start, return_inverse=True)[1].reshape(-1) for start in [*cuts, *draws[chosen]]]


class _Binder:
    """Costs of moving one observation, for Binder's loss."""

    def __init__(self, start: Partition, similar: Array):
        self.partition = start.copy()
        self._price = 1 - 2 * similar  # cost of being together rather than apart

    def costs(self, i: int) -> Array:
        """Return the cost of each cluster, and of a new one, for observation i, which is taken out."""
        price = self._price[i].copy()
        price[i] = 0
        clusters = int(self.partition.max()) + 1
        return np.append(np.bincount(self.partition, weights=price, minlength=clusters), 0.0)

    def remove(self, i: int) -> None:
        """Take observation i out: no stored value changes."""

    def put(self, i: int, cluster: int) -> None:
        """Put observation i into a cluster."""
        self.partition[i] = cluster


class _Variation:
    """Costs of moving one observation, for the variation of information.

    A table of counts is kept for each draw.
    """

    def __init__(self, start: Partition, draws: Partition):
        self.partition = start.copy()
        self._draws = draws
        self._rows = np.arange(len(draws))
        n = len(start)
        classes, clusters = int(draws.max()) + 1, int(start.max()) + 1
        self._counts = np.zeros((clusters + 1, len(draws), classes), dtype=np.intp)
        np.add.at(self._counts, (start[None, :], self._rows[:, None], draws), 1)
        self._sizes = np.bincount(start, minlength=clusters + 1)
        values = _x_log_x(np.arange(n + 2, dtype=float))
        self._step = values[1:] - values[:-1]

    def costs(self, i: int) -> Array:
        joint = self._counts[:, self._rows, self._draws[:, i]]
        costs: Array = self._step[self._sizes] - 2 * self._step[joint].mean(axis=1)
        return costs

    def remove(self, i: int) -> None:
        cluster = self.partition[i]
        self._counts[cluster, self._rows, self._draws[:, i]] -= 1
        self._sizes[cluster] -= 1

    def put(self, i: int, cluster: int) -> None:
        if cluster == len(self._sizes) - 1:  # the last place is kept empty for a new cluster
            self._counts = np.concatenate([self._counts, np.zeros_like(self._counts[:1])])
            self._sizes = np.append(self._sizes, 0)
        self.partition[i] = cluster
        self._counts[cluster, self._rows, self._draws[:, i]] += 1
        self._sizes[cluster] += 1


def _descend(moves: _Binder | _Variation, rng: np.random.Generator) -> Partition:
    """Move each observation in turn to the cluster with the smallest cost, until none moves."""
    n = len(moves.partition)
    for _ in range(SWEEPS):
        moved = False
        for i in rng.permutation(n):
            before = int(moves.partition[i])
            moves.remove(i)
            costs = moves.costs(i)
            after = int(costs.argmin())
            if costs[after] >= costs[before] - 1e-12:
                after = before
            moves.put(i, after)
            moved |= after != before
        if not moved:
            break
    return np.unique(moves.partition, return_inverse=True)[1].reshape(-1)


@dataclass(frozen=True)
class Ball:
    """Credible ball about a partition (Wade and Ghahramani 2018): the draws nearest to it.

    Attributes
    ----------
    radius
        Largest variation of information in the ball, bits.
    upper, lower, horizontal
        Of the draws in the ball, the farthest among those with the fewest clusters, among those with the
        most, and of all.
    """

    radius: float
    upper: Partition
    lower: Partition
    horizontal: Partition


def credible_ball(partition: Partition, draws: Partition, probability: float = BALL) -> Ball:
    """Find the credible ball about a partition and its bounds among the draws."""
    distance = variation_of_information(partition, draws)
    radius = float(np.quantile(distance, probability, method="inverted_cdf"))
    inside = np.flatnonzero(distance <= radius)
    clusters = np.array([len(np.unique(draws[s])) for s in inside])

    def farthest(chosen: npt.NDArray[np.bool_]) -> Partition:
        own = inside[chosen]
        return by_size(draws[own[distance[own].argmax()]])

    return Ball(
        radius,
        farthest(clusters == clusters.min()),
        farthest(clusters == clusters.max()),
        farthest(np.ones(len(inside), dtype=bool)),
    )


def summarise(
    model: Model, values: Mapping[str, Array], y: Data, seed: int
) -> tuple[dict[str, Any], dict[str, Array | Partition]]:
    """Find the partitions of a fit.

    Parameters
    ----------
    values
        ``theta`` and the parameters, shape (chains, draws, K).
    y
        All observations.

    Returns
    -------
    facts
        ``observations`` and ``draws`` used, and for ``binder`` and ``vi``: ``clusters``, ``loss``,
        ``sizes`` (by the weights, rounded); for ``vi`` also ``ball``: its ``probability``, ``radius`` and
        the sizes of its bounds.
    arrays
        ``row`` (from 1) of the observations used, their ``similarity``, ``upper``, ``lower`` and
        ``horizontal`` bounds; and for all observations ``binder`` and ``vi``; clusters are numbered from 1.
    """
    y = Observations.of(y)
    rng = np.random.default_rng(seed)
    K = model.components
    flat = {name: value.reshape(-1, K) for name, value in values.items()}
    chosen = evenly_spaced(len(flat["theta"]), DRAWS)
    some = {name: value[chosen] for name, value in flat.items()}
    weight = y.weights
    used = representatives(weight, OBSERVATIONS)
    are_all = are_whole(weight) and len(used) == weight.sum()
    p = responsibilities(model, some, y[used])
    similar, draws = similarity(p), draw_assignments(p, rng)
    facts: dict[str, Any] = {"observations": len(used), "draws": len(chosen)}
    arrays: dict[str, Array | Partition] = {"row": used + 1, "similarity": similar}
    found = {kind: best_partition(kind, similar, draws, rng) for kind in ("binder", "vi")}
    joined = _join(model, some, y, used, p, [partition for partition, _ in found.values()])
    for (kind, (partition, loss)), everyone in zip(found.items(), joined, strict=True):
        arrays[kind] = everyone + 1
        facts[kind] = {
            "clusters": int(partition.max()) + 1,
            "loss": loss,
            "sizes": np.bincount(partition).tolist() if are_all else _sizes(everyone, weight, partition),
        }
    partition, _ = found["vi"]
    ball = credible_ball(partition, draws)
    bounds = {name: getattr(ball, name) for name in ("upper", "lower", "horizontal")}
    arrays |= {name: bound + 1 for name, bound in bounds.items()}
    sizes = {name: np.bincount(bound).tolist() for name, bound in bounds.items()}
    facts["vi"]["ball"] = {"probability": BALL, "radius": ball.radius, **sizes}
    return facts, arrays


def _sizes(everyone: Partition, weight: Array, partition: Partition) -> list[int]:
    """Return the sizes of all clusters by the weights of their rows, in whole numbers."""
    sizes: list[int] = np.rint(np.bincount(everyone, weight, int(partition.max()) + 1)).astype(int).tolist()
    return sizes


def _join(
    model: Model,
    values: Mapping[str, Array],
    y: Observations,
    used: npt.NDArray[np.intp],
    p: Probabilities,
    partitions: Sequence[Partition],
) -> list[Partition]:
    """Extend partitions to all observations: each of the others joins its most similar cluster."""
    if len(used) == len(y) and (np.diff(used) == 1).all():
        return list(partitions)
    some = evenly_spaced(len(p), JOIN_DRAWS)
    few = {name: value[some] for name, value in values.items()}
    # Responsibilities of a cluster's members, averaged: (draws x K) x clusters.
    centres = [
        np.stack([p[some][:, own == c].mean(axis=1).ravel() for c in range(int(own.max()) + 1)], axis=-1)
        for own in partitions
    ]
    distinct, _, position = collapse(y)
    nearest = [np.empty(len(distinct), dtype=np.intp) for _ in partitions]
    for rows in _pieces(len(distinct), ROWS_AT_ONCE):
        flat = responsibilities(model, few, distinct[rows]).transpose(1, 0, 2)
        flat = flat.reshape(len(flat), -1)
        for result, centre in zip(nearest, centres, strict=True):
            result[rows] = (flat @ centre).argmax(axis=-1)
    everyone = [result[position] for result in nearest]
    for joined, partition in zip(everyone, partitions, strict=True):
        # A row that was used several times belongs where most of its copies are.
        counts = np.zeros((len(y), int(partition.max()) + 1), dtype=np.intp)
        np.add.at(counts, (used, partition), 1)
        joined[used] = counts[used].argmax(axis=1)
    return everyone


def impute(
    model: Model, values: Mapping[str, Array], y: Data, imputations: int, seed: int
) -> npt.NDArray[np.int16]:
    """Draw components of all observations, with labels resolved, for use downstream.

    See :mod:`stanmix.results.pooling`.

    Parameters
    ----------
    values
        ``theta`` and the parameters with labels resolved, shape (chains, draws, K).

    Returns
    -------
    ndarray
        Shape (N, imputations), from 1: each column comes from one posterior draw, evenly spaced.
    """
    y = Observations.of(y)
    rng = np.random.default_rng(seed)
    flat = {name: value.reshape(-1, model.components) for name, value in values.items()}
    chosen = np.linspace(0, len(flat["theta"]) - 1, imputations).round().astype(np.intp)
    some = {name: value[chosen] for name, value in flat.items()}
    result = np.empty((len(y), imputations), dtype=np.int16)
    distinct, _, position = collapse(y)
    few = len(distinct) <= ROWS_AT_ONCE  # then all rows at once, without regard to their counts
    p = responsibilities(model, some, distinct) if few else None
    for rows in _pieces(len(y), ROWS_AT_ONCE):
        own = responsibilities(model, some, y[rows]) if p is None else p[:, position[rows]]
        result[rows] = draw_assignments(own, rng).T + 1
    return result


def write(arrays: Mapping[str, Array | Partition], partition: str, similarity: str) -> None:
    """Write the arrays of :func:`summarise`.

    Parameters
    ----------
    partition
        Parquet file of ``row``, ``binder`` and ``vi`` of all observations.
    similarity
        netCDF file of the similarity of the observations used, and the bounds of the credible ball.
    """
    table = pd.DataFrame({kind: arrays[kind] for kind in ("binder", "vi")})
    table.insert(0, "row", np.arange(1, len(table) + 1))
    with replacing(partition) as path:
        table.to_parquet(path, index=False)
    dataset = xr.Dataset(
        {"similarity": (("row", "other_row"), arrays["similarity"].astype(np.float32))}
        | {name: ("row", arrays[name]) for name in ("upper", "lower", "horizontal")},
        coords={"row": arrays["row"], "other_row": arrays["row"]},
    )
    with replacing(similarity) as path:
        dataset.to_netcdf(path, engine="h5netcdf", encoding={"similarity": {"zlib": True}})


def _pieces(n: int, size: int) -> Sequence[slice]:
    return [slice(begin, begin + size) for begin in range(0, n, size)]


def _x_log_x(x: Array) -> Array:
    """Return x log2 x, 0 at 0."""
    return np.where(x > 0, x * np.log2(np.maximum(x, 1)), 0.0)
