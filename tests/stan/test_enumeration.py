"""Co-clustering by sampling against the sum over every allocation, for few points and conjugate
components."""

import itertools

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.special import gammaln

from helpers import model_of
from stanmix.posterior.densities import responsibilities

SD, PRIOR_MEAN, PRIOR_SD, ALPHA = 1.0, 1.0, 3.0, 1.5
CASES = {
    "two components, 12 points": (2, [-1.2, -0.7, 0.1, 0.4, 0.9, 1.3, 1.6, 2.2, 2.4, 3.1, 3.3, 4.5]),
    "three components, 9 points": (3, [-3.0, -2.2, -0.4, 0.3, 0.8, 2.1, 2.9, 4.4, 5.0]),
}


def log_evidence(y):
    """Log density of normal observations with a known sd, their mean integrated out."""
    n = len(y)
    if n == 0:
        return 0.0
    covariance = SD**2 * np.eye(n) + PRIOR_SD**2
    centred = y - PRIOR_MEAN
    return -0.5 * (
        n * np.log(2 * np.pi)
        + np.linalg.slogdet(covariance)[1]
        + centred @ np.linalg.solve(covariance, centred)
    )


def exact_similarity(y, K, alpha=ALPHA):
    """Probability that two points are from one component, summed over all K^N allocations."""
    n = len(y)
    evidence = {
        members: log_evidence(y[list(members)])
        for size in range(n + 1)
        for members in itertools.combinations(range(n), size)
    }
    total, similar = 0.0, np.zeros((n, n))
    base = sum(evidence[(i,)] for i in range(n))  # a scale on which nothing over- or underflows
    for allocation in itertools.product(range(K), repeat=n):
        z = np.array(allocation)
        members = [tuple(np.flatnonzero(z == k).tolist()) for k in range(K)]
        log_weight = sum(evidence[m] + gammaln(len(m) + alpha) - gammaln(alpha) for m in members)
        weight = np.exp(log_weight - base)
        total += weight
        similar += weight * (z[:, None] == z)
    return similar / total


def sampled_pairs(sampled, y, K):
    """Mean and Monte Carlo error of the co-clustering of every pair."""
    model = model_of(
        K,
        parameters={
            "mu": {"prior": {"dist": "normal", "mu": PRIOR_MEAN, "sigma": PRIOR_SD}},
            "sigma": {"fixed": SD},
        },
        weights={"prior": {"dist": "dirichlet", "alpha": ALPHA}},
    )
    fit = sampled(model, y, draws=10_000, chains=4)
    shape = fit["theta"].shape
    values = {name: fit[name].reshape(-1, K) for name in ("theta", "mu", "sigma")}
    p = responsibilities(model, values, y).astype(float)
    for i, j in itertools.combinations(range(len(y)), 2):
        draws = (p[:, i] * p[:, j]).sum(-1).reshape(shape[:2])
        error = array_stats.mcse(draws, method="mean", chain_axis=0, draw_axis=1)
        yield i, j, draws.mean(), float(error)


@pytest.mark.parametrize("case", CASES)
def test_sampling_gives_the_co_clustering_of_every_allocation(sampled, case):
    K, points = CASES[case]
    y = np.array(points)
    exact = exact_similarity(y, K)
    wrong = exact_similarity(y, K, alpha=ALPHA + 1)
    scores, control = [], []
    for i, j, mean, error in sampled_pairs(sampled, y, K):
        scores.append(abs(mean - exact[i, j]) / error)
        control.append(abs(mean - wrong[i, j]) / error)
    assert max(scores) < 4
    # Another prior of the weights would be noticed.
    assert max(control) > 4
