"""The generated quantities of normal.stan, against SciPy, and their reduction."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from helpers import mixture_log_terms, model_of, two_groups
from stanmix import quantities
from stanmix.io import write_stan_json
from stanmix.posterior import assemble, component_values
from stanmix.sampling import columns_of, generate_quantities, merge_thinned, read_stan_csv

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
    merge_thinned(fit["files"], np.arange(400), folder / "draws.csv")
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


def test_assignment_table_is_the_mean_of_resolved_responsibilities(
    executables, fit, tree, terms, tmp_path, monkeypatch
):
    permutation = tree["labels"]["permutation"].values.reshape(-1, 1, 3) - 1
    p = np.take_along_axis(softmax(terms, axis=2), np.broadcast_to(permutation, terms.shape), axis=2)
    expected = p.mean(axis=0)
    draws = quantities.thin(fit["files"], tree, 800, tmp_path)
    arguments = executables["normal_quantities"], MODEL.stan_data(Y), Y, draws, MODEL, 1, tmp_path
    whole = quantities.pointwise(*arguments)
    # Seven observations at once: 800 draws of four columns each.
    monkeypatch.setattr(quantities, "VALUES_AT_ONCE", 7 * 800 * 4)
    for assignments, pointwise, facts in (whole, quantities.pointwise(*arguments)):
        assert assignments["row"].tolist() == list(range(1, len(Y) + 1))
        for k in range(3):
            assert assignments[f"p_{k + 1}"].to_numpy() == pytest.approx(expected[:, k], abs=1e-10)
        assert assignments["component"].tolist() == (expected.argmax(axis=1) + 1).tolist()
        assert assignments["probability"].to_numpy() == pytest.approx(expected.max(axis=1), abs=1e-10)
        entropy = -(expected * np.log(np.maximum(expected, 1e-300))).sum(axis=1)
        assert assignments["entropy"].to_numpy() == pytest.approx(entropy, abs=1e-9)
        assert facts["elpd"] == pytest.approx(pointwise["elpd"].sum())
        assert pointwise["elpd"].to_numpy() == pytest.approx(whole[1]["elpd"].to_numpy(), rel=1e-12)


def test_leave_one_out_density_is_below_the_density_within_the_sample(
    executables, fit, tree, terms, tmp_path
):
    draws = quantities.thin(fit["files"], tree, 800, tmp_path)
    arguments = executables["normal_quantities"], MODEL.stan_data(Y), Y, draws, MODEL, 1, tmp_path
    _, pointwise, facts = quantities.pointwise(*arguments)
    log_lik = logsumexp(terms, axis=2)
    lppd = logsumexp(log_lik, axis=0) - np.log(len(log_lik))
    assert np.all(pointwise["elpd"].to_numpy() < lppd)
    assert facts["p"] == pytest.approx(lppd.sum() - pointwise["elpd"].sum(), rel=1e-8)
    assert 1 < facts["p"] < 8


def test_tied_observations_have_the_quantities_of_their_value_in_the_order_of_the_data(
    executables, fit, tree, tmp_path
):
    rows = np.array([3, 0, 3, 7, 3, 0])
    draws = quantities.thin(fit["files"], tree, 200, tmp_path)
    arguments = executables["normal_quantities"], MODEL.stan_data(Y)
    tied, single = (quantities.pointwise(*arguments, y, draws, MODEL, 1, tmp_path) for y in (Y[rows], Y))
    for table, whole in zip(tied[:2], single[:2], strict=True):
        assert table["row"].tolist() == [1, 2, 3, 4, 5, 6]
        expected = whole.iloc[rows].drop(columns="row").to_numpy()
        assert table.drop(columns="row").to_numpy() == pytest.approx(expected, rel=1e-10)
    assert tied[2]["n"] == 6
    assert tied[2]["elpd"] == pytest.approx(single[1]["elpd"].to_numpy()[rows].sum(), rel=1e-12)
    replicated = quantities.predictive(*arguments, Y[rows], draws, 10, 1, tmp_path)
    assert replicated["posterior_predictive"]["y_rep"].shape == (10, 6)


def test_replicated_data_sets_are_kept_and_compared(executables, fit, tree, tmp_path):
    draws = quantities.thin(fit["files"], tree, 200, tmp_path)
    arguments = executables["normal_quantities"], MODEL.stan_data(Y), Y, draws, 10, 1, tmp_path
    result = quantities.predictive(*arguments)
    assert result["posterior_predictive"]["y_rep"].shape == (10, len(Y))
    statistics = result["statistics"]
    assert statistics["replicated"].shape == (200, len(quantities.STATISTICS))
    assert statistics["observed"].values == pytest.approx(quantities.statistics(Y[None, :])[0])
    assert np.all((statistics["p_value"] > 0.01) & (statistics["p_value"] < 0.99))


def test_resolved_draws_are_ordered_and_complete(tree, fit):
    values = component_values(tree, MODEL)
    assert np.all(np.diff(values["mu"], axis=-1) > 0)
    assert np.array_equal(np.sort(fit["mu"], axis=-1), values["mu"])
