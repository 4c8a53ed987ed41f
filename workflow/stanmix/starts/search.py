"""The search for modes: many cheap climbs, from starts of different kinds, before sampling.

Agreement of chains says nothing about regions that no chain visited. This search is the evidence that no mode
of consequence was missed: it goes on until batches of climbs of all kinds find nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.cluster.vq import kmeans2
from scipy.special import softmax

from stanmix.data.ties import collapse, collapse_weights
from stanmix.families import Data, Observations, Values
from stanmix.io import write_stan_json
from stanmix.model import Model
from stanmix.posterior.densities import log_joint
from stanmix.priors.density import quantiles
from stanmix.starts.clusters import (
    TINY,
    improved,
    k_means,
    of_clusters,
    standardised,
    subsample,
)
from stanmix.starts.laplace import Mode, shares, weigh
from stanmix.starts.optima import SAME_LOG_DENSITY, Optimum, climb, merge

Array = npt.NDArray[np.float64]
Start = tuple[Array, Values]
"""Weights and parameters, K values each."""
Labels = npt.NDArray[np.integer[Any]]

BATCH = 12
"""Number of climbs in a batch, after which the search takes stock."""
QUIET = 4
"""Number of batches in a row without a new mode of consequence that end the search. A mode that one climb in
ten reaches is missed by them with a probability of 0.6%."""
REACHED = 3
"""Smallest number of climbs that have reached the best mode before the search ends. If the best mode was met
only once, there may be others like it."""
CONSEQUENCE = 0.002
"""Smallest share of the total mass with which a mode is of consequence. A mode with a mass of 2% still is if
its mass was estimated ten times too small."""
NEAR = 30.0
"""Modes whose log density is further (nats) below the best are weighed at the end only. With large data they
are neither weighed nor climbed to again: the gap in a part of the data is far larger in all of them."""
LARGE = 20_000
"""With more distinct observations climbs first use a part of them."""
MOST_CLIMBED_AGAIN = 12
"""Number of modes of a part of the data from which climbs with all data start."""
CLUSTERED = 1500
"""Largest number of observations for hierarchical clusters, which need all distances."""
MOST_LISTED = 30
SPLIT_ANY = 0.4
"""Probability that a random one of the five best modes is split and merged instead of the best."""


@dataclass
class Found:
    """An optimum, how many climbs of each kind reached it, and its weighed mode."""

    optimum: Optimum
    hits: dict[str, int] = field(default_factory=dict)
    mode: Mode | None = None


@dataclass
class Search:
    """What a search found.

    Attributes
    ----------
    found
        The optima, best first, with their modes.
    kinds
        For each kind of start ``climbs``, how many of them ``failed``, and the ``best`` log density.
    batches
        Numbers of climbs of each batch.
    stopped
        ``nothing new`` or ``budget``.
    """

    found: list[Found]
    kinds: dict[str, dict[str, Any]]
    batches: list[int]
    stopped: str

    @property
    def shares(self) -> list[tuple[float | None, float | None]]:
        """The share of each mode in the total mass, and its standard error."""
        return shares_of(self.found)

    def to_dict(self) -> dict[str, Any]:
        """Return the search as JSON facts: modes of consequence, and the best of the others."""
        listed = [
            (it, share)
            for i, (it, share) in enumerate(zip(self.found, self.shares, strict=True))
            if i < MOST_LISTED or (share[0] or 0) >= CONSEQUENCE
        ]
        return {
            "climbs": sum(self.batches),
            "failed": sum(own["failed"] for own in self.kinds.values()),
            "batches": self.batches,
            "stopped": self.stopped,
            "kinds": self.kinds,
            "consequence": CONSEQUENCE,
            "optima": [
                {
                    **it.optimum.to_dict(),
                    "hits": sum(it.hits.values()),
                    "kinds": it.hits,
                    "log_mass": it.mode.log_mass if it.mode else None,
                    "log_mass_error": it.mode.error if it.mode else None,
                    "mass": share[0],
                    "mass_error": share[1],
                }
                for it, share in listed
            ],
            "left_out": len(self.found) - len(listed),
        }


def shares_of(found: Sequence[Found]) -> list[tuple[float | None, float | None]]:
    """Return the share of each mode in the total mass, and its standard error; None where unknown."""
    return shares([(it.mode.log_mass, it.mode.error) if it.mode else (None, None) for it in found])


def of_consequence(found: Sequence[Found]) -> list[bool]:
    """Tell which modes matter: by their share of the mass, or by density if no mass is known."""
    best = max((it.optimum.log_density for it in found), default=0.0)
    return [
        share >= CONSEQUENCE if share is not None else it.optimum.log_density > best - NEAR / 3
        for it, (share, _) in zip(found, shares_of(found), strict=True)
    ]


def search(
    model: Model,
    executable: str | Path,
    data: str | Path,
    y: Data,
    seed: int,
    folder: Path,
    most: int,
) -> Search:
    """Look for the modes of a model's posterior.

    Parameters
    ----------
    executable, data
        The sampling program and its data, JSON.
    y
        Observations, N of them.
    folder
        Scratch folder.
    most
        Largest number of climbs. Climbs with all data that follow climbs with a part are not counted.
    """
    y = Observations.of(y)
    rng = np.random.default_rng(seed)
    distinct = collapse_weights(y)[0]
    n, all_data = len(distinct), data
    if n > LARGE:
        y, data = subsample(y, model, rng, 1.0), folder / "part.json"
        # Rows of the part have no weights of their own.
        distinct, times, _ = collapse(y)
        write_stan_json(data, model.stan_data(distinct, times))

    def weighed(optima: Sequence[Optimum]) -> list[Mode]:
        return weigh(model, optima, executable, data, folder, len(distinct), seed)

    sample = subsample(y, model, rng, 1.0)
    found: list[Found] = []
    kinds: dict[str, dict[str, Any]] = {}
    batches: list[int] = []
    quiet = 0
    while sum(batches) < most and not _is_over(quiet, found):
        batch = _batch(model, y, sample, found, rng, len(batches))[: most - sum(batches)]
        batches.append(len(batch))
        reached = []
        for kind, (theta, values) in batch:
            own = kinds.setdefault(kind, {"climbs": 0, "failed": 0, "best": None})
            own["climbs"] += 1
            end = climb(model, executable, data, model.stan_values({"theta": theta, **values}), folder)
            if end is None:
                own["failed"] += 1
                continue
            own["best"] = max(end.log_density, own["best"] if own["best"] is not None else -np.inf)
            reached.append(Found(end, {kind: 1}))
        before = found
        found = _merged(model, y, [*before, *reached])
        _weigh_near(found, weighed)
        quiet = 0 if _is_news(before, found) else quiet + 1
        if model.components == 1 and len(found) == 1:  # nearly every start leads to it
            quiet = QUIET
    stopped = "nothing new" if _is_over(quiet, found) else "budget"
    if n > LARGE:
        found = _climbed_again(model, y, found, executable, all_data, folder)
        _weigh_near(found, lambda optima: weigh(model, optima, executable, all_data, folder, n, seed))
    else:
        _weigh_near(found, weighed, np.inf)
    return Search(found, kinds, batches, stopped)


def _weigh_near(
    found: Sequence[Found], weighed: Callable[[Sequence[Optimum]], list[Mode]], near: float = NEAR
) -> None:
    """Weigh modes that are not weighed yet and whose log density is near the best."""
    best = max((it.optimum.log_density for it in found), default=0.0)
    new = [it for it in found if it.mode is None and it.optimum.log_density > best - near]
    for it, mode in zip(new, weighed([it.optimum for it in new]), strict=True):
        it.mode = mode


def _is_over(quiet: int, found: Sequence[Found]) -> bool:
    """Tell whether batches found nothing new for long enough, and the best mode was met again."""
    return quiet >= QUIET and (not found or sum(found[0].hits.values()) >= REACHED)


def _is_news(before: Sequence[Found], after: Sequence[Found]) -> bool:
    """Tell whether a batch found a mode of consequence, or a higher one, that was not there."""
    if not before or not after:
        return bool(after)
    if after[0].optimum.log_density - before[0].optimum.log_density > SAME_LOG_DENSITY:
        return True
    old = {it.optimum.log_density for it in before}
    return any(
        matters and not any(abs(it.optimum.log_density - other) <= SAME_LOG_DENSITY for other in old)
        for it, matters in zip(after, of_consequence(after), strict=True)
    )


def _merged(model: Model, y: Observations, found: Sequence[Found]) -> list[Found]:
    """Merge optima that are the same mode, best first, and add up how often each was reached."""
    kept, place = merge(model, y, [it.optimum for it in found])
    result = [Found(optimum) for optimum in kept]
    for it, where in zip(found, place, strict=True):
        own = result[where]
        for kind, hits in it.hits.items():
            own.hits[kind] = own.hits.get(kind, 0) + hits
        if it.mode is not None and it.optimum.values is own.optimum.values:
            own.mode = it.mode
    return result


def _climbed_again(
    model: Model,
    y: Observations,
    found: Sequence[Found],
    executable: str | Path,
    data: str | Path,
    folder: Path,
) -> list[Found]:
    """Climb from the best modes of a part of the data to those of all data; ``y`` is the part."""
    again = []
    best = max((it.optimum.log_density for it in found), default=0.0)
    near = [it for it in found if it.optimum.log_density > best - NEAR]
    for it in near[:MOST_CLIMBED_AGAIN]:
        end = climb(model, executable, data, model.stan_values(it.optimum.values), folder)
        if end is not None:
            again.append(Found(end, it.hits))
    return _merged(model, y, again)


# Starts


def _batch(
    model: Model,
    y: Observations,
    sample: Observations,
    found: Sequence[Found],
    rng: np.random.Generator,
    batch: int,
) -> list[tuple[str, Start]]:
    """Make the starts of a batch, each with its kind.

    EM on the sample improves every other start. EM ignores the priors: under a strong prior all its results
    may lie at the foot of one mode.
    """
    number = model.proper

    def of(label: Labels) -> Start:
        return of_clusters(model, sample, label)

    starts: list[tuple[str, Start]] = []
    if batch < 2:  # the same clusters, once with EM and once without
        starts += [("hierarchical clustering", of(label)) for label in _hierarchies(model, sample, number)]
    starts += [("k-means", k_means(model, sample, rng)) for _ in range(3)]
    starts += [("k-means of a subsample", k_means(model, subsample(y, model, rng), rng)) for _ in range(2)]
    starts += [("random centres", of(_nearest_centres(model, sample, number, rng))) for _ in range(2)]
    starts += [("random partition", of(rng.integers(number, size=len(sample))))]
    starts += [("prior", _of_prior(model, rng))]
    if found and number > 1:
        while len(starts) < BATCH:
            starts.append(("split and merge", of(_split_and_merged(model, sample, found, rng))))
    return [
        (kind, improved(model, sample, *start) if (i + batch) % 2 == 0 else start)
        for i, (kind, start) in enumerate(starts[:BATCH])
    ]


def _hierarchies(model: Model, y: Observations, number: int) -> Iterator[Labels]:
    """Yield hierarchical clusters, by Ward's and by complete linkage, on two scales of the coordinates.

    On the second scale all directions have the same spread, as in mclust's starts for ellipsoidal groups
    (Scrucca and Raftery 2015).
    """
    x = standardised(model, y)
    some = np.linspace(0, len(x) - 1, min(len(x), CLUSTERED)).round().astype(np.intp)
    _, sizes, directions = np.linalg.svd(x[some] - x[some].mean(axis=0), full_matrices=False)
    white = x @ directions.T / np.maximum(sizes, TINY * max(1.0, sizes[0]))
    scales = (x, white * np.sqrt(len(some))) if x.shape[1] > 1 else (x,)
    for scale in scales:
        for method in ("ward", "complete"):
            label: Labels = fcluster(linkage(scale[some], method), number, "maxclust") - 1
            if len(some) < len(x):
                clusters = [scale[some][label == k] for k in np.unique(label)]
                label = _nearest(scale, np.stack([own.mean(axis=0) for own in clusters]))
            yield label


def _nearest(x: Array, centres: Array) -> Labels:
    distance = ((x[:, None, :] - centres) ** 2).sum(axis=-1)
    result: Labels = distance.argmin(axis=1)
    return result


def _nearest_centres(model: Model, y: Observations, number: int, rng: np.random.Generator) -> Labels:
    """Assign each observation to the nearest of some random observations."""
    x = standardised(model, y)
    return _nearest(x, x[rng.choice(len(x), size=number, replace=len(x) < number)])


def _of_prior(model: Model, rng: np.random.Generator) -> Start:
    """Draw weights and parameters from the prior."""
    theta = (
        np.asarray(model.theta_fixed)
        if model.theta_fixed is not None
        else np.maximum(rng.dirichlet(model.theta_alpha), TINY)
    )
    values = {}
    for name, plan in model.parameters.items():
        free = [
            float(quantiles(prior, bounds, rng.uniform(0.02, 0.98, 1))[0])
            for prior, bounds in zip(plan.priors, plan.bounds, strict=True)
        ]
        own = np.array([free[i - 1] if i else np.nan for i in plan.index])
        values[name] = plan.component_values(own)
    return theta / theta.sum(), values


def _split_and_merged(
    model: Model, y: Observations, found: Sequence[Found], rng: np.random.Generator
) -> Labels:
    """Merge two components of a mode and split one, as Ueda and others (2000) do.

    Near components are more likely to be merged, and large ones to be split. If there are only two, the
    merged component is split along another direction.
    """
    number = model.proper
    which = int(rng.integers(min(len(found), 5))) if rng.random() < SPLIT_ANY else 0
    values = {name: value[None] for name, value in found[which].optimum.values.items()}
    label: Labels = log_joint(model, values, y)[0, :, :number].argmax(axis=1)
    x = standardised(model, y)
    sizes = np.bincount(label, minlength=number)
    centres = np.stack([x[label == k].mean(axis=0) if sizes[k] else x.mean(axis=0) for k in range(number)])
    pairs = [(i, j) for i in range(number) for j in range(i)]
    apart = np.array([((centres[i] - centres[j]) ** 2).sum() for i, j in pairs])
    i, j = pairs[rng.choice(len(pairs), p=softmax(-apart / max(np.median(apart), TINY)))]
    label = np.where(label == i, j, label)
    sizes = np.bincount(label, minlength=number)
    split = rng.choice(number, p=sizes / sizes.sum())
    members = np.flatnonzero(label == split)
    if len(np.unique(x[members], axis=0)) > 1:
        if rng.random() < 0.5:
            direction = rng.standard_normal(x.shape[1])
            along = x[members] @ direction
            half = along > np.quantile(along, rng.uniform(0.2, 0.8))
        else:
            _, parts = kmeans2(x[members], 2, minit="++", rng=rng, missing="warn")
            half = parts == 1
        label[members[half]] = i
    return label
