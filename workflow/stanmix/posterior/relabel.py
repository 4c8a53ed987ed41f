"""Algorithms that undo the switching of labels between posterior draws.

All work on responsibilities, so they are the same for every family: p[s, n, l] is the probability of sampled
component l for observation n given draw s. A permutation ``permutation[s, j]`` holds the sampled component
(from 0) that becomes component j of draw s. Only symmetries of the model are permutations here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanmix.families import Data, Observations
from stanmix.model import Model
from stanmix.model.symmetry import Permutation, Symmetry
from stanmix.posterior.densities import Probabilities, responsibilities, used_observations

Array = npt.NDArray[np.float64]

MOST_ITERATIONS = 100
SMALLEST = 1e-30
"""Smallest probability of which a logarithm is taken."""


def ecr(p: Probabilities, pivot: npt.NDArray[np.intp], symmetry: Symmetry) -> Permutation:
    """Renumber every draw so that its classification agrees best with a pivot.

    This is the method of equivalence classes representatives (Papastamoulis and Iliopoulos 2010, Journal of
    Computational and Graphical Statistics 19, 313-331). It maximises the expected number of agreeing
    observations instead of the number for one allocation; with probabilities of 0 and 1 both are the same.

    Parameters
    ----------
    p
        Responsibilities, shape (S, N, K).
    pivot
        Component of each observation, N values from 0.
    symmetry
        The permutations that may be chosen.
    """
    in_pivot = np.eye(p.shape[-1], dtype=np.float32)[pivot]
    return symmetry.best_of_each(-np.matmul(in_pivot.T, p).astype(float))


def stephens(p: Probabilities, start: Permutation, symmetry: Symmetry) -> tuple[Permutation, Array, int]:
    """Renumber the draws to minimise the Kullback-Leibler divergence from their mean classification.

    Algorithm 2 of Stephens (2000), Journal of the Royal Statistical Society B 62, 795-809. It ends in a local
    optimum, so it must start from a sensible numbering, never from the raw labels.

    Parameters
    ----------
    p
        Responsibilities, shape (S, N, K).
    start
        First permutation of each draw, shape (S, K).
    symmetry
        The permutations that may be chosen.

    Returns
    -------
    permutation, cost, iterations
        ``cost[s, j, l]`` is the divergence, in nats over all N, that sampled component l adds as component
        j, up to a constant of each s and l.
    """
    permutation = start
    iterations = 0
    while iterations < MOST_ITERATIONS:
        iterations += 1
        log_mean = np.log(np.maximum(mean_classification(p, permutation), SMALLEST)).astype(np.float32)
        cost = -np.matmul(log_mean.T, p).astype(float)
        found = symmetry.best_of_each(cost)
        if np.array_equal(found, permutation):
            break
        permutation = found
    return permutation, cost, iterations


def mean_classification(p: Probabilities, permutation: Permutation) -> Array:
    """Average responsibilities with labels resolved, shape (N, K)."""
    mean = np.zeros(p.shape[1:])
    for own, order in zip(p, permutation, strict=True):
        mean += own[:, order]
    return mean / len(p)


def confusion(features: Array) -> tuple[float, Array]:
    """Tell in how many draws components cannot be told apart by their parameters.

    Each component of each draw is assigned to the resolved component under which it is most probable, with
    normal densities fitted to the resolved draws. If two components of a draw go to the same one, that draw
    is no permutation of the components. This is the check of Fruehwirth-Schnatter (2006, Finite Mixture and
    Markov Switching Models, section 3.7.7) with normal clusters for k-means, which splits wide ones.

    Parameters
    ----------
    features
        Features of the components, with labels resolved, shape (S, K, P).

    Returns
    -------
    rate, components
        The non-permutation rate, and for each component the share of draws in which it goes to another or
        another goes to it, K values.
    """
    draws, K, P = features.shape
    scale = features.reshape(-1, P).std(axis=0)
    moving = scale > 0
    if K < 2 or draws < 2 or not moving.any():
        return 0.0, np.zeros(K)
    features = features[..., moving] / scale[moving]
    score = np.empty((draws, K, K))
    for k in range(K):
        own = features[:, k]
        covariance = np.atleast_2d(np.cov(own.T)) + 1e-9 * np.eye(moving.sum())
        factor = np.linalg.cholesky(covariance)
        z = np.linalg.solve(factor, (features - own.mean(axis=0)).reshape(draws * K, -1).T)
        score[..., k] = -0.5 * (z**2).sum(axis=0).reshape(draws, K) - np.log(np.diag(factor)).sum()
    label = score.argmax(axis=-1)
    given = (label[..., None] == np.arange(K)).sum(axis=1)
    rate = float((given != 1).any(axis=-1).mean())
    return rate, ((given != 1) | (label != np.arange(K))).mean(axis=0)


@dataclass(frozen=True)
class Relabelling:
    """Labels of all draws, and how certain they are.

    Attributes
    ----------
    permutation
        Shape (S, K).
    margin
        How many nats the second-best numbering of each draw diverges more than the best, S values; infinite
        if there is only one.
    facts
        ``method``, ``pivot`` (draw, from 0), ``iterations``, ``observations`` used.
    """

    permutation: Permutation
    margin: Array
    facts: dict[str, float | str]


def relabel(model: Model, values: Mapping[str, Array], lp: Array, y: Data, symmetry: Symmetry) -> Relabelling:
    """Resolve labels over all draws of all chains: ECR, then Stephens' algorithm from there.

    The pivot is the classification at the draw of the highest log density.

    Parameters
    ----------
    model
        The model.
    values
        ``theta`` and the parameters, shape (S, K) each.
    lp
        Log density of each draw, S values.
    y
        The observations.
    symmetry
        The permutations that may be chosen.
    """
    y = Observations.of(y)
    used = used_observations(y.weights, *values["theta"].shape)
    p = responsibilities(model, values, y[used])
    pivot = int(np.argmax(lp))
    permutation = ecr(p, p[pivot].argmax(axis=-1), symmetry)
    permutation, cost, iterations = stephens(p, permutation, symmetry)
    facts: dict[str, float | str] = {"pivot": pivot, "iterations": iterations, "observations": len(used)}
    return Relabelling(permutation, symmetry.margins(cost, permutation), facts)
