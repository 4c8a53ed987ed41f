"""Multivariate normal mixtures at mclust's estimates: the same log likelihood and classes."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp

from helpers import DATA
from stanmix.families.multivariate import MultiNormal

PEERS = DATA / "peers"
MCLUST = json.loads((PEERS / "mclust.json").read_text("utf-8"))
FITS = [
    pytest.param(name, fit, id=f"{name}-{fit['modelName']}-{fit['G']}")
    for name, peer in MCLUST.items()
    for fit in peer["fits"]
]
ROUNDING = 1e-6
"""Relative difference of log likelihoods that the digits of mclust's estimates may make."""
LAST_STEP = 1e-5
"""mclust reports the log likelihood and the classes before its last step of EM, which it ends at a smaller
relative change."""


def partials(covariance):
    """Partial correlations of columns given the columns before, by regression on these."""
    precision_of = {}
    columns = len(covariance)
    for i in range(columns):
        for j in range(i):
            some = [*range(j), j, i]
            inverse = np.linalg.inv(covariance[np.ix_(some, some)])
            precision_of[f"pcor_{i + 1}_{j + 1}"] = -inverse[-1, -2] / np.sqrt(
                inverse[-1, -1] * inverse[-2, -2]
            )
    return precision_of


@pytest.mark.parametrize(("name", "fit"), FITS)
def test_the_log_likelihood_and_the_classes_at_mclusts_estimates_are_its_own(name, fit):
    peer = MCLUST[name]
    y = pd.read_csv(PEERS / f"{name}.csv")[peer["columns"]].to_numpy(dtype=float)
    columns = y.shape[1]
    family = MultiNormal(fit["modelName"], columns)
    covariances = np.array(fit["Sigma"])
    values = {f"mu_{d + 1}": np.array(fit["mean"])[:, d] for d in range(columns)}
    names = [p.name for p in family.covariance.parameters]
    if "sigma_1" in names:
        sd = np.sqrt(np.einsum("kii->ki", covariances))
        values |= {f"sigma_{d + 1}": sd[:, d] for d in range(columns)}
        each = [partials(own) for own in covariances]
        values |= {pair: np.array([own[pair] for own in each]) for pair in each[0] if pair in names}
    else:  # what suits covariances of the structure best is themselves
        values |= family.covariance.estimate(covariances, np.array(fit["pro"]))
    assert family.covariances(values) == pytest.approx(covariances, rel=ROUNDING)
    joint = np.log(fit["pro"]) + family.log_density(y, values)
    log_likelihood, theirs = logsumexp(joint, axis=1).sum(), fit["loglik"]
    assert -ROUNDING * abs(theirs) < log_likelihood - theirs < LAST_STEP * abs(theirs)
    assert np.mean(joint.argmax(axis=1) + 1 == fit["classification"]) >= 0.99


EM_STEPS = 300
SEPARATED = [
    *(("faithful", structure) for structure in ("VEI", "EVI", "EVE", "EEV", "VEV")),
    *(("iris", structure) for structure in ("VEI", "EVI", "EEV", "VEV")),
    *(("diabetes", structure) for structure in ("VEI", "EVI", "EVE")),
]
"""Where EM has one optimum, and estimates of correlations are not drawn towards independence."""


def log_likelihood_by_em(family, y, classes, steps=EM_STEPS):
    """The log likelihood that EM by a family's own estimates reaches from a classification from 0."""
    responsibility = np.maximum(np.eye(classes.max() + 1)[classes], 1e-12)
    for _ in range(steps):
        joint = np.log(responsibility.mean(axis=0)) + family.log_density(
            y, family.estimate(y, responsibility)
        )
        responsibility = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
    return logsumexp(joint, axis=1).sum()


@pytest.mark.parametrize(("name", "structure"), SEPARATED)
def test_em_by_the_estimates_of_a_structure_ends_at_mclusts_log_likelihood(name, structure):
    peer = MCLUST[name]
    y = pd.read_csv(PEERS / f"{name}.csv")[peer["columns"]].to_numpy(dtype=float)
    family = MultiNormal(structure, y.shape[1])
    theirs = next(fit for fit in peer["fits"] if fit["modelName"] == "VVV" and fit["G"] == 2)
    found = log_likelihood_by_em(family, y, np.array(theirs["classification"]) - 1)
    # Of the coordinates of vectors that give axes half are free: lengths have no meaning.
    degrees = {p.name: 0.5 if p.name.startswith("axis") else 1.0 for p in family.parameters}
    free = 1 + sum(own if name in family.shared else 2 * own for name, own in degrees.items())
    expected = (peer["bic"][structure] + free * np.log(len(y))) / 2
    # mclust ends EM where it changes the log likelihood by a hundred-thousandth of it.
    assert found == pytest.approx(expected, rel=5 * LAST_STEP)


@pytest.mark.parametrize(("structure", "K"), [("VVV", 2), ("EEE", 3)])
def test_mclusts_optimum_is_not_the_highest_where_our_classes_are_others(structure, K):
    """Why a posterior of diabetes by these two models has other classes (adjusted Rand index near 0.6)."""
    peer = MCLUST["diabetes"]
    y = pd.read_csv(PEERS / "diabetes.csv")[peer["columns"]].to_numpy(dtype=float)
    theirs = next(fit for fit in peer["fits"] if (fit["modelName"], fit["G"]) == (structure, K))
    family, rng = MultiNormal(structure, y.shape[1]), np.random.default_rng(1)
    z = y / y.std(axis=0)
    best = -np.inf
    for _ in range(10):
        distance = ((z[:, None] - z[rng.choice(len(z), K, replace=False)]) ** 2).sum(axis=-1)
        best = max(best, log_likelihood_by_em(family, y, distance.argmin(axis=1), steps=100))
    assert best > theirs["loglik"] + 8
