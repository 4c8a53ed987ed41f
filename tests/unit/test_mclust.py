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
    sd = np.sqrt(np.einsum("kii->ki", covariances))
    values = {f"mu_{d + 1}": np.array(fit["mean"])[:, d] for d in range(columns)}
    values |= {scale: sd[:, d] for d, scale in enumerate(family.scales)}
    if family.partials:
        each = [partials(own) for own in covariances]
        values |= {pair: np.array([own[pair] for own in each]) for pair in family.partials}
    assert family.covariances(values) == pytest.approx(covariances, rel=1e-9, abs=1e-9)
    joint = np.log(fit["pro"]) + family.log_density(y, values)
    log_likelihood, theirs = logsumexp(joint, axis=1).sum(), fit["loglik"]
    assert -ROUNDING * abs(theirs) < log_likelihood - theirs < LAST_STEP * abs(theirs)
    assert np.mean(joint.argmax(axis=1) + 1 == fit["classification"]) >= 0.99
