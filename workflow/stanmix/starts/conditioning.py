"""Coordinates on which the posterior of multivariate components is nearly spherical.

The information of the observations and the priors about means and covariances, at an estimate by EM, is about
the inverse of the posterior covariance. Stan samples on coordinates that are scaled by a square root of that
covariance. The posterior does not depend on the estimate, which only decides what draws cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_triangular
from scipy.sparse import csr_array

from stanmix.families import Data, Observations, Values
from stanmix.model import Model
from stanmix.model.joint import Joint, with_bound, without_bounds
from stanmix.priors import Bounds
from stanmix.priors.density import interval
from stanmix.starts.clusters import estimated

Array = npt.NDArray[np.float64]

STEP = 1e-3
"""Step of finite differences, on the scale on which Stan samples."""
MOST_TOGETHER = 400
"""With more free values beside those of frames covariances get no such coordinates, and with still more means
get none either: the matrix would be too large."""
SMALLEST = 1e-12
"""Entries of the matrix that are smaller than this share of the largest in their row are left out."""


def conditioned(model: Model, y: Data, seed: int) -> Model:
    """Return the model with coordinates for the values that its family samples together.

    Parameters
    ----------
    model
        The model.
    y
        Observations, N of them.
    seed
        Seed of the estimate.
    """
    y = Observations.of(y)
    members = _members(model)
    if not members:
        return model
    theta, values = estimated(model, y, seed)
    n = theta * y.total
    bounds = [model.free_bounds[i] for i in members]
    at = without_bounds(_free(model, values)[members], bounds)
    precision = _information(model, values, n, members, at, bounds) + np.diag(
        [_prior_precision(model, i) for i in members]
    )
    proper = model.proper
    # In these units the variances are about 1 / n, as those of the other values.
    average = max(n[:proper].mean(), 1.0)
    scale = np.zeros_like(precision)
    rest = np.ones(len(members), dtype=bool)
    for own, frame in _frames(model, values, members):
        along = np.einsum("ij,ik,kj->j", frame, precision[np.ix_(own, own)], frame)
        scale[np.ix_(own, own)] = math.sqrt(average) * frame / np.sqrt(along)
        rest[own] = False
    precision = precision[np.ix_(rest, rest)]
    # A diagonal of ones first: entries differ by many orders where columns have different units.
    unit = 1 / np.sqrt(np.diag(precision))
    root = np.linalg.cholesky(precision * np.outer(unit, unit)).T
    scale[np.ix_(rest, rest)] = (
        math.sqrt(average) * unit[:, None] * solve_triangular(root, np.eye(len(precision)))
    )
    scale[np.abs(scale) < SMALLEST * np.abs(scale).max(axis=1, keepdims=True)] = 0.0
    return replace(model, joint=Joint(tuple(members), at, csr_array(scale)))


def _places(model: Model) -> dict[str, list[int]]:
    """Return the places of each parameter's free values among all."""
    places, start = {}, 0
    for name, plan in model.parameters.items():
        places[name] = list(range(start, start + len(plan.priors)))
        start += len(plan.priors)
    return places


def _frames(model: Model, values: Values, members: list[int]) -> Iterator[tuple[list[int], Array]]:
    """Give the free values of each frame, by their places among those together, with its columns, (d, d)."""
    places = _places(model)
    proper = model.proper
    bare = {name: value[:proper] for name, value in values.items()}
    for names, frames in model.family.frames(bare):
        done: set[int] = set()
        for k, frame in enumerate(frames):
            index = [model.parameters[name].index[k] for name in names]
            if not all(index):
                continue
            own = [members.index(places[name][i - 1]) for name, i in zip(names, index, strict=True)]
            if done.isdisjoint(own):
                done.update(own)
                yield own, frame


def _members(model: Model) -> list[int]:
    """Return the places of the free values that are sampled together."""
    places = _places(model)
    for names in (
        model.family.joint,
        [name for name in model.family.joint if name.startswith("mu_")],
    ):
        members = [i for name in names for i in places[name]]
        framed = sum(len(places[name]) for name in names if name in model.family.framed)
        if 1 < len(members) - framed <= MOST_TOGETHER:
            return sorted(members)
    return []


def _free(model: Model, values: Values) -> Array:
    return np.concatenate([plan.free_values(values[name]) for name, plan in model.parameters.items()])


def _information(
    model: Model, values: Values, n: Array, members: list[int], at: Array, bounds: list[Bounds]
) -> Array:
    """Return the expected information of n observations a component, given their components, (m, m).

    With L the Cholesky factor of a covariance, the information of changes dL and dm of a normal distribution
    is |L^-1 dm|^2 + |M|^2 + tr(M M) of M = L^-1 dL, a lower triangular matrix.
    """
    changes = [_change(model, values, i, x, b) for i, x, b in zip(members, at, bounds, strict=True)]
    scores = np.stack(changes) * np.sqrt(n[: model.proper])[:, None]
    flat = scores.reshape(len(members), -1)
    return np.asarray(flat @ flat.T)


def _change(model: Model, values: Values, place: int, at: float, bounds: Bounds) -> Array:
    """Return the change of all components' distributions with one free value, (K, D + D^2).

    It is scaled so that the sum of squares is the information.
    """
    family = model.family
    proper = model.proper
    name, number = _name_of(model, place)
    index = np.asarray(model.parameters[name].index[:proper])
    moved = []
    for step in (STEP, -STEP):
        point = {key: np.array(value[:proper]) for key, value in values.items()}
        point[name][index == number] = with_bound(np.asarray(at + step), bounds)
        moved.append((family.means(point), family.factors(point)))  # type: ignore[attr-defined]
    here = family.factors({key: value[:proper] for key, value in values.items()})  # type: ignore[attr-defined]
    (mean_up, factor_up), (mean_down, factor_down) = moved
    mean = np.linalg.solve(here, ((mean_up - mean_down) / (2 * STEP))[..., None])[..., 0]
    factor = np.linalg.solve(here, (factor_up - factor_down) / (2 * STEP))
    diagonal = np.arange(factor.shape[-1])
    factor[:, diagonal, diagonal] *= math.sqrt(2)
    return np.concatenate([mean, factor.reshape(proper, -1)], axis=1)


def _name_of(model: Model, place: int) -> tuple[str, int]:
    """Return the parameter of a free value, and its number (from 1) among those of the parameter."""
    for name, plan in model.parameters.items():
        if place < len(plan.priors):
            return name, place + 1
        place -= len(plan.priors)
    raise IndexError(place)


def _prior_precision(model: Model, place: int) -> float:
    """Return about the reciprocal of the prior's variance on the scale on which Stan samples."""
    bounds = model.free_bounds[place]
    low, high = interval(model.free_priors[place], bounds, 0.68)
    span = without_bounds(np.array([low, high]), [bounds, bounds])
    return float(4 / (span[1] - span[0]) ** 2)
