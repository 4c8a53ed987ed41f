"""Leave-one-out densities: what they are where they can be computed, and that they are named where not."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy import stats
from scipy.special import logsumexp

from helpers import model_of
from stanmix.families import Observations
from stanmix.judgement.modes import _weights
from stanmix.judgement.verdict import mode_reasons
from stanmix.loo.psis import leave_one_out, relative_efficiency
from stanmix.posterior.datatree import assemble
from stanmix.results.assignments import loo_summary, pointwise


def at_two_modes(n=5, rows=(1, 3), seed=1):
    """Log likelihoods of 4 chains; to those of the last some rows are all but impossible."""
    rng = np.random.default_rng(seed)
    log_lik = rng.normal(-5, 1, (4, 250, n))
    log_lik[3][:, list(rows)] = -5 - rng.gamma(2, 800, (250, len(rows)))
    return log_lik


def test_observations_that_only_some_chains_can_explain_have_no_density_and_are_no_good():
    elpd, pareto_k = leave_one_out(at_two_modes())
    assert np.isnan(elpd).tolist() == [False, True, False, True, False]
    assert np.isinf(pareto_k).tolist() == [False, True, False, True, False]
    assert elpd[[0, 2, 4]] == pytest.approx(-5.5, abs=0.15)  # log of the mean of exp(-N(-5, 1)), negative


def test_observations_without_any_density_in_a_draw_have_none():
    log_lik = at_two_modes(3, (1,))
    log_lik[2, 7, 0] = -np.inf
    elpd, pareto_k = leave_one_out(log_lik)
    assert np.isnan(elpd[:2]).all()
    assert np.isinf(pareto_k[:2]).all()


def test_a_sum_without_one_of_its_densities_is_not_available_and_says_why():
    elpd, pareto_k = leave_one_out(at_two_modes(200, (90, 127)))
    facts = loo_summary({"elpd": elpd, "lpd": elpd, "pareto_k": pareto_k}, 1000)
    assert facts["elpd"] is facts["se"] is facts["p"] is None
    assert facts["unusable"] == {"count": 2, "rows": [91, 128]}
    assert facts["pareto_k"]["very_bad"] == 2
    assert facts["reason"] == (
        "elpd is not available, because the leave-one-out densities of 2 observations (rows 91, 128) cannot "
        "be estimated: their densities differ too much between draws."
    )
    good = np.isfinite(elpd)
    whole = loo_summary({"elpd": elpd[good], "lpd": elpd[good], "pareto_k": pareto_k[good]}, 1000)
    assert whole["reason"] is None
    assert whole["elpd"] == pytest.approx(elpd[good].sum())


def test_many_rows_without_a_density_are_counted_and_the_first_are_named():
    k = np.full(30, np.inf)
    facts = loo_summary({"elpd": np.full(30, np.nan), "lpd": np.zeros(30), "pareto_k": k}, 1000)
    assert facts["unusable"] == {"count": 30, "rows": list(range(1, 11))}
    assert "30 observations (rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 20 more)" in facts["reason"]


@pytest.mark.parametrize("noise", [0.0, 1e-15, 1e-13, 1e-12])
def test_alike_likelihoods_need_no_smoothing_and_are_exact(noise):
    rng = np.random.default_rng(1)
    log_lik = np.array([-1.5, -700.0, 3.0]) * (1 + noise * rng.normal(size=(4, 250, 3)))
    elpd, pareto_k = leave_one_out(log_lik)
    assert elpd == pytest.approx([-1.5, -700, 3], abs=1e-6)
    assert pareto_k.tolist() == [0, 0, 0]


def test_a_largest_ratio_with_a_probability_of_its_own_needs_no_smoothing():
    rng = np.random.default_rng(1)
    log_lik = np.maximum(rng.normal(-3, 1, (4, 250, 1)), -3)  # as of noise with a fixed share
    elpd, pareto_k = leave_one_out(log_lik)
    assert elpd[0] == pytest.approx(np.log(1000) - logsumexp(-log_lik))
    assert pareto_k[0] == 0


def test_each_observation_has_its_own_efficiency():
    rng = np.random.default_rng(1)
    slow = np.cumsum(rng.normal(0, 0.1, (4, 250)), axis=1)
    log_lik = np.stack([rng.normal(size=(4, 250)), slow, np.zeros((4, 250))], axis=-1)
    found = relative_efficiency(log_lik)
    for i in range(2):
        size = array_stats.ess(np.exp(log_lik[..., i]), method="mean", chain_axis=0, draw_axis=1)
        assert found[i] == pytest.approx(size / 1000)
    assert found[0] > 0.7
    assert found[1] < 0.1
    assert found[2] == 1
    elpd, pareto_k = leave_one_out(log_lik)
    for i in range(2):
        weight, k = array_stats.psislw(log_lik[..., i].reshape(-1), r_eff=found[i])
        assert pareto_k[i] == pytest.approx(k)
        assert elpd[i] == pytest.approx(logsumexp(weight + log_lik[..., i].reshape(-1)))


Y, SD, PRIOR_SD = np.array([0.0, 0.4, -0.8, 3.5]), 1.0, 10.0
"""A normal sample with known scale, whose weighted posterior has a closed form."""


def exact(weight):
    """Return mean and sd of the posterior of the mean under weighted likelihoods."""
    precision = 1 / PRIOR_SD**2 + weight.sum() / SD**2
    return (weight @ Y) / SD**2 / precision, precision**-0.5


@pytest.mark.parametrize("weight", [[1, 1, 1, 1], [2.5, 1, 3, 1], [0.65, 0.7, 0.6, 0.05], [0.3, 1.2, 4, 0.5]])
def test_of_weighted_rows_one_observation_is_left_out_or_all_there_is(weight):
    weight = np.array(weight)
    mean, sd = exact(weight)
    mu = stats.norm.ppf((np.random.default_rng(1).permutation(40_000) + 0.5) / 40_000, mean, sd)
    log_lik = stats.norm.logpdf(Y, mu.reshape(4, -1, 1), SD)
    elpd, _ = leave_one_out(log_lik, np.minimum(weight, 1))
    for n in range(len(Y)):
        rest = weight.copy()
        rest[n] = max(weight[n] - 1, 0)  # never less than nothing
        centre, spread = exact(rest)
        right = stats.norm.logpdf(Y[n], centre, np.hypot(spread, SD))
        assert elpd[n] == pytest.approx(right, abs=0.03), n


def test_weights_below_1_are_left_out_whole_by_the_quantities():
    model = model_of(1, scale=(-1, 4), parameters={"sigma": {"fixed": 1.0}})
    weight = np.array([0.65, 0.7, 0.6, 0.05])
    mean, sd = exact(weight)
    mu = np.random.default_rng(1).normal(mean, sd, (4, 1000, 1))
    values = {"theta": np.ones((4, 1000, 1)), "mu": mu, "sigma": np.ones((4, 1000, 1))}
    weighted = model_of(1, scale=(-1, 4), parameters={"sigma": {"fixed": 1.0}})
    identity = weighted.to_dict() | {"weighted": True}
    weighted = type(model).from_dict(identity)
    rows = Observations(Y, np.broadcast_to(weight, len(Y)).astype(float))
    tree = assemble(values, {"lp": mu[..., 0]}, weighted, rows)
    _, loo, _, facts = pointwise(weighted, tree, rows, 4000, 0.9)
    centre, spread = exact(weight * [1, 1, 1, 0])
    assert loo["elpd"][3] == pytest.approx(stats.norm.logpdf(3.5, centre, np.hypot(spread, 1)), abs=0.1)
    assert facts["elpd"] == pytest.approx(weight @ loo["elpd"])


def test_modes_whose_densities_cannot_be_estimated_have_no_stacking_weights():
    model, rng = model_of(1, scale=(-1, 4)), np.random.default_rng(1)
    values = {
        "theta": np.ones((2, 200, 1)),
        "mu": rng.normal(0, 0.1, (2, 200, 1)),
        "sigma": np.exp(rng.normal(0, 0.1, (2, 200, 1))),
    }
    weights = _weights(model, [[0], [1]], values, Y)
    assert weights.sum() == pytest.approx(1)
    values["sigma"][1] = np.exp(rng.normal(-4, 1, (200, 1)))  # 3.5 has log densities down to -1e5 and below
    assert np.isnan(_weights(model, [[0], [1]], values, Y)).all()


def test_modes_without_stacking_weights_are_told_all_the_same():
    groups = [
        {
            "chains": chains,
            "stationary": True,
            "climbs": 12,
            "optima": [{"mode": mode, "share": 1.0}],
            "mass": None,
            "mass_error": None,
            "weight": None,
        }
        for mode, chains in ((1, [1, 2]), (2, [3]))
    ]
    optima = [{"log_density": -90.0}, {"log_density": -95.0}]
    (told,) = mode_reasons({"groups": groups, "stray": [], "modes": optima})
    assert (
        "chains 1, 2 at log density -90.00 (100% of climbs, mass unknown, stacking weight not available)"
        in told
    )
