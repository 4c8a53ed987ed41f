"""What other software computed, without sampling: log likelihoods at its maxima, and log densities.

The data are in ``tests/data/peers``: all that the reference has on one response without covariates.

- ``flexmix.json``: the Poisson mixtures of fetal_lamb, london_deaths and candy_long;
- ``mclust_galaxies.json``, ``mclust_acidity.json`` and, of ``sklearn_gmm_multistart.json``, the same two data
  sets: normal mixtures with a standard deviation for each component or one for all;
- ``pscl_zeroinflated.json``: the two models of the articles without covariates;
- ``r_logdens.json``: every family of one response.

``mclust_diabetes.json``, ``mclust_faithful.json`` and ``mclust_iris.json`` are in ``test_mclust.py``. Others
wait for what they need. Regression: NPreg, CO2data and fabricfault of ``flexmix.json``, betablocker (a
treatment's effect, and centres whose rows share a component), and the models of ``pscl_zeroinflated.json``
with covariates. Several responses: ``carcinoma_mvbinary`` of ``flexmix.json``, faithful of
``sklearn_gmm_multistart.json``, ``polca.json``, and the families mvnormal and mvt of ``r_logdens.json``.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logsumexp

from helpers import DATA
from stanmix.families import FAMILIES

PEERS = DATA / "peers"
FITS = json.loads((PEERS / "maximum_likelihood.json").read_text("utf-8"))
CASES = json.loads((PEERS / "log_densities.json").read_text("utf-8"))["cases"]

ROUNDING = 1e-6
"""Relative difference of log likelihoods that the digits of a peer's parameters may make."""
MCLUST_STOPS = 1e-5
"""At a smaller relative change of the log likelihood mclust ends its EM algorithm."""
OURS = {
    # what a peer reports: our name, and our value
    "log lambda": ("lambda", np.exp),
    "logit zi": ("zi", expit),
    "logit passed": ("hu", lambda x: expit(-x)),  # pscl models the probability of a count above 0
}
NAMES = {
    # R's family: ours, and our names of its parameters that are called otherwise
    "gamma": ("gamma", {"shape": "alpha", "rate": "beta"}),
    "weibull": ("weibull", {"shape": "alpha", "scale": "sigma"}),
    "beta": ("beta", {"a": "alpha", "b": "beta"}),
    "beta_binomial": ("beta_binomial", {"a": "alpha", "b": "beta"}),
    "zi_poisson": ("zero_inflated_poisson", {"pi0": "zi"}),
    "zi_neg_binomial_2": ("zero_inflated_neg_binomial_2", {"pi0": "zi"}),
    "hurdle_poisson": ("hurdle_poisson", {"p_zero": "hu"}),
}
# The reference has no log densities of these.
WITHOUT_A_PEER = {"exponential", "von_mises", "hurdle_neg_binomial_2"}


def observations(name):
    beside = name in ("galaxies", "acidity")
    return pd.read_csv((DATA if beside else PEERS) / f"{name}.csv").iloc[:, 0].to_numpy(dtype=float)


@pytest.mark.parametrize("fit", FITS, ids=lambda fit: "-".join(fit[k] for k in ("software", "data", "fit")))
def test_the_log_likelihood_at_a_peers_maximum_is_the_peers(fit):
    values = {}
    for theirs, value in fit["parameters"].items():
        name, transform = OURS.get(theirs, (theirs, np.asarray))
        values[name] = transform(np.array(value))
    log_density = FAMILIES[fit["family"]].log_density(observations(fit["data"]), values)
    found = logsumexp(np.log(fit["theta"]) + log_density, axis=1).sum()
    theirs = fit["log_likelihood"]
    # Mclust may give the likelihood before EM's last step and the parameters after it, which raises it.
    ahead = MCLUST_STOPS if fit["software"].startswith("mclust") else ROUNDING
    assert -ROUNDING * abs(theirs) < found - theirs < ahead * abs(theirs)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['family']}-{case['par']}")
def test_log_densities_are_those_of_r(case):
    name, renamed = NAMES.get(case["family"], (case["family"], {}))
    family = FAMILIES[name]
    values = {renamed.get(key, key): np.array([value], dtype=float) for key, value in case["par"].items()}
    y = np.array(case["x"], dtype=float)
    if family.support.has_trials:
        y = np.column_stack([y, np.full(len(y), values.pop("n"))])
    assert set(values) == {p.name for p in family.parameters}
    found = family.log_density(y, values)[:, 0]
    np.testing.assert_allclose(found, case["logdens"], rtol=1e-10, atol=1e-10)


def test_every_family_but_those_without_a_peer_is_compared():
    compared = {NAMES.get(case["family"], (case["family"],))[0] for case in CASES}
    assert compared == set(FAMILIES) - WITHOUT_A_PEER
