"""The generated quantities of normal.stan, against SciPy, and their reduction."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from helpers import mixture_log_terms, model_of, two_groups
from stanmix.families.statistics import REAL_STATISTICS
from stanmix.io import write_stan_json
from stanmix.loo.psis import leave_one_out
from stanmix.posterior.datatree import assemble, component_values, permutation_of
from stanmix.posterior.densities import random_part
from stanmix.results import posterior_predictive
from stanmix.results.assignments import pointwise
from stanmix.stan.chains import write_stan_csv
from stanmix.stan.sampling import columns_of, generate_quantities, read_stan_csv

Y = two_groups(20)
MODEL = model_of(3, scale=(-3, 11))


@pytest.fixture(scope="session")
def fit(sampled):
    return sampled(MODEL, Y, draws=400)


@pytest.fixture(scope="session")
def tree(fit):
    stats = {"lp": fit["lp"]}
    return assemble({name: fit[name] for name in ("theta", "mu", "sigma")}, stats, MODEL, Y, "order(mu)")


@pytest.fixture(scope="session")
def output(fit, executables, tmp_path_factory):
    """Every quantity for every draw of both chains, one chain after the other."""
    folder = tmp_path_factory.mktemp("quantities")
    write_stan_csv(fit["files"], folder / "draws.csv")
    write_stan_json(folder / "data.json", MODEL.stan_data(Y) | {"pointwise": 1, "predictive": 1})
    arguments = folder / "data.json", folder / "draws.csv", folder, 7
    return read_stan_csv(generate_quantities(executables["normal_quantities"], *arguments))


@pytest.fixture(scope="session")
def terms(fit):
    """Log joint density of every draw, observation and component, shape (S, N, K)."""
    flat = [fit[name].reshape(-1, 3) for name in ("theta", "mu", "sigma")]
    return np.array([mixture_log_terms(Y, *draw) for draw in zip(*flat, strict=True)])


def test_log_likelihood_of_every_observation(output, terms):
    assert columns_of(output, "log_lik") == pytest.approx(logsumexp(terms, axis=2), rel=1e-10)


def test_responsibility_of_every_component(output, terms):
    expected = softmax(terms, axis=2)
    for n in range(len(Y)):
        for k in range(3):
            column = output[f"responsibility.{n + 1}.{k + 1}"].to_numpy()
            assert column == pytest.approx(expected[:, n, k], abs=1e-10)


def test_assignments_are_drawn_with_the_responsibilities(output, terms):
    z = columns_of(output, "z")
    p = softmax(terms, axis=2)
    for k in range(3):
        expected = p[:, :, k].sum(axis=0)
        sd = np.sqrt((p * (1 - p))[:, :, k].sum(axis=0))
        assert np.all(np.abs((z == k + 1).sum(axis=0) - expected) <= 4.5 * sd + 1e-9)
    assert set(np.unique(z)) <= {1, 2, 3}


def test_replicated_data_follow_the_mixture_of_each_draw(output, fit):
    theta, mu, sigma = (fit[name].reshape(-1, 3) for name in ("theta", "mu", "sigma"))
    mean = (theta * mu).sum(axis=1)
    variance = (theta * (sigma**2 + mu**2)).sum(axis=1) - mean**2
    standardised = (columns_of(output, "y_rep") - mean[:, None]) / np.sqrt(variance)[:, None]
    count = standardised.size
    assert standardised.mean() == pytest.approx(0, abs=4 / np.sqrt(count))
    assert standardised.var() == pytest.approx(1, abs=4 * standardised.std() ** 2 * np.sqrt(3 / count))


def test_streamed_quantities_equal_the_reduced_generated_quantities(output, tree):
    assignments, loo, _, facts = pointwise(MODEL, tree, Y, 800, 0.9)
    order = permutation_of(tree).reshape(-1, 3)
    p = np.array([[output[f"responsibility.{n + 1}.{k + 1}"] for k in range(3)] for n in range(len(Y))])
    p = np.take_along_axis(
        p.transpose(2, 0, 1), order[:, None, :], axis=2
    )  # draws x observations x components
    mean = p.mean(axis=0)
    for k in range(3):
        assert assignments[f"p_{k + 1}"] == pytest.approx(mean[:, k], abs=1e-10)
    best = mean.argmax(axis=1)
    assert assignments["component"].tolist() == (best + 1).tolist()
    assert assignments["probability"] == pytest.approx(mean.max(axis=1), abs=1e-10)
    low, high = np.quantile(p[:, np.arange(len(Y)), best], [0.05, 0.95], axis=0)
    assert assignments["probability_low"] == pytest.approx(low, abs=1e-10)
    assert assignments["probability_high"] == pytest.approx(high, abs=1e-10)
    entropy = -(mean * np.log(np.maximum(mean, 1e-300))).sum(axis=1)
    assert assignments["entropy"] == pytest.approx(entropy, abs=1e-10)
    log_lik = columns_of(output, "log_lik")
    assert loo["lpd"] == pytest.approx(logsumexp(log_lik, axis=0) - np.log(800), abs=1e-10)
    elpd, pareto_k = leave_one_out(log_lik.reshape(2, 400, -1))
    assert loo["elpd"] == pytest.approx(elpd, abs=1e-10)
    assert loo["pareto_k"] == pytest.approx(pareto_k, abs=1e-8)
    assert facts["p"] == pytest.approx((loo["lpd"] - elpd).sum())
    assert 1 < facts["p"] < 8
    assert (facts["draws"], facts["evaluated"], facts["n"]) == (800, len(Y), len(Y))


@pytest.fixture
def replicate(executables, fit, tmp_path):
    def run(y=Y, **settings):
        return posterior_predictive.replicate(
            executable=executables["normal_quantities"],
            model=MODEL,
            y=y,
            chains=fit["files"],
            draws=400,
            settings={"draws": 200, "ppc_draws": 10} | settings,
            seed=1,
            beside=tmp_path / "loo.json",
        )

    return run


def test_replicated_data_sets_are_kept_and_compared(replicate):
    result = replicate()
    assert result["posterior_predictive"]["y_rep"].shape == (10, len(Y))
    statistics = result["statistics"]
    assert statistics["replicated"].shape == (200, len(REAL_STATISTICS))
    assert statistics["observed"].values == pytest.approx(
        posterior_predictive.statistics(REAL_STATISTICS, Y[None, :])[0]
    )
    assert np.all((statistics["p_value"] > 0.01) & (statistics["p_value"] < 0.99))
    assert statistics.attrs == {"observations": len(Y), "n": len(Y)}


def test_replicated_data_are_drawn_anew_in_every_chunk(replicate, monkeypatch):
    monkeypatch.setattr(posterior_predictive, "IN_A_CHUNK", 6 * 200)
    y_rep = replicate()["posterior_predictive"]["y_rep"].values
    assert y_rep.shape == (10, len(Y))
    assert len(np.unique(y_rep)) == y_rep.size


def test_of_many_observations_a_random_part_is_replicated(replicate, monkeypatch):
    monkeypatch.setattr(posterior_predictive, "OBSERVATIONS", 12)
    monkeypatch.setattr(posterior_predictive, "VALUES_KEPT", 50)
    result = replicate()
    assert result["posterior_predictive"]["y_rep"].shape == (10, 5)
    assert result["statistics"].attrs == {"observations": 12, "n": len(Y)}
    observed = posterior_predictive.statistics(REAL_STATISTICS, Y[None, random_part(len(Y), 12)])[0]
    assert result["statistics"]["observed"].values == pytest.approx(observed)


def test_resolved_draws_are_ordered_and_complete(tree, fit):
    values = component_values(tree, MODEL)
    assert np.all(np.diff(values["mu"], axis=-1) > 0)
    assert np.array_equal(np.sort(fit["mu"], axis=-1), values["mu"])
