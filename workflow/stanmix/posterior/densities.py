"""Densities and assignments of single observations given draws, in NumPy.

Quantities of the whole data stream through these (:mod:`stanmix.results.assignments`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from stanmix.bounds import PROBABILITIES_AT_MOST
from stanmix.data.ties import collapse
from stanmix.families import Data, Observations
from stanmix.model import Model
from stanmix.weighting import are_whole

Array = npt.NDArray[np.float64]
Probabilities = npt.NDArray[np.float32]

PROBE_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles at which the fitted density is tracked, and whether neighbours among them cluster together."""
VALUES_AT_ONCE = 2_000_000
"""Number of densities that are computed in one step."""


def probes(model: Model, y: Data) -> Observations:
    """Return the distinct observations at some quantiles of the data's scores, sorted; at most 5."""
    y = Observations.of(y)
    score, weight = model.family.score(y.y), y.weights
    order = np.argsort(score, kind="stable")[: np.count_nonzero(~np.isnan(score))]
    upto: Array = np.cumsum(weight[order])
    # Observations are counted from 0, each as often as its weight says.
    last = upto[-1] - 1 if are_whole(weight) else upto[-1]
    wanted = np.array(PROBE_QUANTILES) * last
    wanted = np.round(wanted) if are_whole(weight) else wanted
    places = np.minimum(np.searchsorted(upto, wanted, "right"), len(order) - 1)
    _, first = np.unique(score[order[places]], return_index=True)
    return y[order[places[first]]]


def evenly_spaced(n: int, wanted: int) -> npt.NDArray[np.intp]:
    """Return at most `wanted` of n indices, evenly spaced."""
    return np.unique(np.linspace(0, n - 1, min(n, wanted)).round().astype(np.intp))


def random_part(n: int, most: int) -> npt.NDArray[np.intp]:
    """Return all n indices, or a random `most` of them, sorted; the same for the same n."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(n).choice(n, size=most, replace=False))


def representatives(weight: Array, most: int) -> npt.NDArray[np.intp]:
    """Return rows, ``most`` at most, each as often as its weight says.

    Whole weights are numbers of repetitions. The result has all repetitions or a random part of them, and is
    that of data in which the rows are repeated. For other weights their sum is divided into as many equal
    parts as there are rows wanted, and one row is drawn from each part; the same for the same N.
    """
    if are_whole(weight):
        return rows_at(weight, random_part(round(float(weight.sum())), most))
    size = int(min(most, max(round(float(weight.sum())), len(weight))))
    within = np.random.default_rng(len(weight)).random(size)
    return rows_at(weight, (np.arange(size) + within) * (weight.sum() / size))


def rows_at(weight: Array, place: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Return the rows at positions along the cumulated weights, from 0."""
    rows = np.searchsorted(np.cumsum(weight), place, "right")
    return np.minimum(rows, len(weight) - 1)


def parts_left_out(y: Data) -> tuple[Observations, Array, npt.NDArray[np.intp]]:
    """Return the parts of the data that are left out, one at a time, for leave-one-out densities.

    A row of weight w counts as w observations, and one of these is left out. If w is below 1, the whole row
    is.

    Returns
    -------
    parts
        The distinct parts, without weights.
    power
        The power of its likelihood that is removed from the posterior with each part.
    place
        The part of each row.
    """
    y = Observations.of(y)
    distinct, _, position = collapse(y.unweighted())
    power = np.minimum(y.weights, 1.0)
    pairs, place = np.unique(np.column_stack([position, power]), axis=0, return_inverse=True)
    return distinct[pairs[:, 0].astype(np.intp)], pairs[:, 1], place.reshape(-1)


def used_observations(weight: Array, draws: int, components: int) -> npt.NDArray[np.intp]:
    """Return which observations represent all: all of them, as often as their weights say, or a part.

    A numbering is decided by sums over observations, for which a few thousand are as good as a million.
    """
    return representatives(weight, max(1, PROBABILITIES_AT_MOST // (draws * components)))


def responsibilities(model: Model, values: Mapping[str, Array], y: Data) -> Probabilities:
    """Compute p(z_n = k | y_n, draw).

    Parameters
    ----------
    model
        The model.
    values
        ``theta`` and the parameters, shape (S, K) each.
    y
        Observations, N of them.

    Returns
    -------
    Probabilities
        Shape (S, N, K), in single precision.
    """
    result = np.empty((len(values["theta"]), len(y), model.components), dtype=np.float32)
    for rows, log_joint in _log_joint(model, values, y):
        log_joint -= log_joint.max(axis=-1, keepdims=True)
        np.exp(log_joint, out=log_joint)
        result[rows] = log_joint / log_joint.sum(axis=-1, keepdims=True)
    return result


def log_likelihoods(model: Model, values: Mapping[str, Array], y: Data) -> Array:
    """Compute log p(y_n | draw), shape (S, N); the arguments are those of :func:`responsibilities`."""
    result = np.empty((len(values["theta"]), len(y)))
    for rows, log_joint in _log_joint(model, values, y):
        result[rows] = logsumexp(log_joint, axis=-1)
    return result


def log_joint(model: Model, values: Mapping[str, Array], y: Data) -> Array:
    """Compute log theta_k f_k(y_n) for every draw, shape (S, N, K); the arguments are those of the others."""
    with np.errstate(divide="ignore"):  # a weight that fell to 0
        log_theta = np.log(values["theta"])[:, None, :]
    each = {name: value[:, None, :] for name, value in values.items() if name != "theta"}
    return log_theta + model.parts.log_density(Observations.of(y), each)


def _log_joint(model: Model, values: Mapping[str, Array], y: Data) -> Iterator[tuple[slice, Array]]:
    """Yield log theta_k f_k(y_n), shape (draws, N, K), for chunks of draws."""
    y, (draws, K) = Observations.of(y), values["theta"].shape
    step = max(1, VALUES_AT_ONCE // (len(y) * K))
    for begin in range(0, draws, step):
        rows = slice(begin, begin + step)
        yield rows, log_joint(model, {name: value[rows] for name, value in values.items()}, y)
