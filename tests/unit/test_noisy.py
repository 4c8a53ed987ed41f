"""Noise: observations of no component, uniform over the region of the data."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from helpers import free_values, two_groups
from stanmix.commandline import main
from stanmix.data import storage, ties
from stanmix.families import FAMILIES, Observations, family_of
from stanmix.judgement.checks import _truth_column
from stanmix.model import Model, resolve
from stanmix.posterior.densities import log_likelihoods, responsibilities
from stanmix.posterior.functionals import functionals
from stanmix.posterior.labels import resolve_labels
from stanmix.report.words import describe, formula
from stanmix.results.new_data import draw_observations, predict, read
from stanmix.starts.clusters import start

SPEC = {"family": "normal", "components": 2, "noise": True}
VALUES = {
    "theta": np.array([[0.3, 0.6, 0.1]]),
    "mu": np.array([[0.0, 8.0, np.nan]]),
    "sigma": np.array([[1.0, 2.0, np.nan]]),
}


MIXED = {"family": "product", "families": ["normal", "poisson", "categorical"], "noise": True}
SUCCESSES = {"family": "binomial", "noise": True}


def noisy(spec=SPEC, y=None, components=2, **told):
    y = two_groups() if y is None else y
    family = family_of(spec, storage.columns(y))
    return resolve(spec, components, family.scale(y), region=family.region(y), **told)


def mixed_rows():
    """Numbers from -1 to 9, counts from 2 to 12, and three levels; some cells are missing."""
    rng = np.random.default_rng(1)
    columns = rng.uniform(-1, 9, 60), rng.integers(2, 13, 60), rng.integers(1, 4, 60)
    y = np.column_stack(columns).astype(float)
    y[:2] = [[-1, 2, 1], [9, 12, 3]]
    y[3:6] = [[np.nan, 4, 2], [1, np.nan, np.nan], [1, 4, np.nan]]
    return y


def mixed_values(draws=()):
    """Values of two components of mixed rows and of noise."""
    values = {
        "mu_1": [0, 6],
        "sigma_1": [1, 2],
        "lambda_2": [3, 9],
        "share_1_3": [0.2, 0.7],
        "share_2_3": [0.5, 0.9],
    }
    padded = {name: np.array([*own, np.nan], dtype=float) for name, own in values.items()}
    padded["theta"] = np.array([0.3, 0.5, 0.2])
    return {name: np.broadcast_to(own, (*draws, 3)) for name, own in padded.items()}


def successes(n=60):
    """Successes of two groups of rows with different numbers of trials."""
    rng = np.random.default_rng(1)
    trials = rng.integers(0, 30, n)
    return np.column_stack([rng.binomial(trials, np.repeat([0.2, 0.7], n // 2)), trials]).astype(float)


def tree_of(**values):
    """Draws as fits store them."""
    variables = {name: (("chain", "draw", "component"), value) for name, value in values.items()}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(variables)})


def test_the_density_is_that_of_the_components_and_of_a_uniform_distribution():
    y, model = two_groups(), noisy()
    low, high = y.min(), y.max()
    expected = (
        0.3 * stats.norm.pdf(y) + 0.6 * stats.norm.pdf(y, 8, 2) + 0.1 * stats.uniform.pdf(y, low, high - low)
    )
    assert log_likelihoods(model, VALUES, y)[0] == pytest.approx(np.log(expected))
    wide = noisy(y=np.append(two_groups(), 40.0))
    far = responsibilities(wide, VALUES, np.array([40.0]))[0, 0]
    assert far == pytest.approx([0, 0, 1])


def test_noise_has_no_density_outside_its_region():
    model = noisy(y=np.array([-10.0, 0.0, 8.0, 10.0]))
    y = np.array([-10.0, 9.0, 10.0, np.nextafter(10, 11), -11.0, 1e9])
    of_noise = model.parts.log_density(y, {name: v[0] for name, v in VALUES.items()})[:, 2]
    assert of_noise == pytest.approx([-np.log(20)] * 3 + [-np.inf] * 3)
    curve = model.parts.score_density(y, {name: v[0] for name, v in VALUES.items()})[2]
    assert curve == pytest.approx([1 / 20] * 3 + [0] * 3)
    drawn = draw_observations(model, VALUES | {"theta": np.array([[0.0, 0.0, 1.0]])}, 1000, seed=1)
    assert np.isfinite(model.parts.log_density(drawn, {name: v[0] for name, v in VALUES.items()})[:, 2]).all()


def test_new_observations_outside_the_region_of_noise_are_outliers():
    model = noisy(y=np.array([-10.0, 0.0, 8.0, 10.0]))
    draws = {name: np.broadcast_to(v, (2, 30, 3)) for name, v in VALUES.items()}
    y = np.array([9.0, -9.0, 20.0, 1e9])
    found, position = predict(model, tree_of(**draws), y, 1000, 0.9, seed=1)
    columns = {name: column[position] for name, column in found.items()}
    expected = 0.3 * stats.norm.pdf(y) + 0.6 * stats.norm.pdf(y, 8, 2) + 0.1 / 20 * (np.abs(y) <= 10)
    assert columns["log_density"][:3] == pytest.approx(np.log(expected[:3]))
    assert columns["log_density"][3] < -1e16
    # -9 is as dense as noise alone; what is beyond has no density but that of the components' tails.
    among = np.linspace(-15, 25, 400_001)
    density = 0.3 * stats.norm.pdf(among) + 0.6 * stats.norm.pdf(among, 8, 2) + 0.005 * (np.abs(among) <= 10)
    higher = [density[density > own * (1 + 1e-9)].sum() * 1e-4 for own in expected]
    assert columns["outlier"] == pytest.approx(higher, abs=0.02)
    assert columns["outlier"][3] == 1
    assert columns["p_3"][1] > 0.99
    assert columns["p_3"][2:].tolist() == [0, 0]


def test_noise_of_rows_has_no_density_outside_the_box_in_any_observed_cell():
    model = noisy(MIXED, mixed_rows())
    y = np.array([[0, 4, 2], [9.5, 4, 2], [np.nan, 4, 2], [np.nan, 13, 2], [0, 1, np.nan]])
    found = model.parts.log_density(y, mixed_values())[:, 2]
    expected = [-np.log(10 * 11 * 3), -np.inf, -np.log(11 * 3), -np.inf, -np.inf]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("turned", [0.0, np.pi, 2.5, -1.0])
def test_noise_of_angles_is_uniform_on_the_circle_wherever_it_is_cut(turned):
    rng = np.random.default_rng(1)
    y = np.mod(rng.vonmises(3.0, 20, 200) + turned, 2 * np.pi)
    model = noisy({"family": "von_mises", "noise": True}, y)
    values = {"mu": np.array([3.0, 3.0, np.nan]), "kappa": np.array([20.0, 20.0, np.nan])}
    everywhere = np.linspace(-np.pi, 2 * np.pi, 50)
    assert model.parts.log_density(everywhere, values)[:, 2] == pytest.approx(-np.log(2 * np.pi))
    assert model.parts.score_density(everywhere, values)[2] == pytest.approx(1 / (2 * np.pi))
    stan = model.stan_data(y)
    assert stan["noise_log_density"] == pytest.approx(-np.log(2 * np.pi))
    assert stan["noise_upper"] - stan["noise_lower"] == pytest.approx(2 * np.pi)
    assert Model.from_dict(model.to_dict()).stan_data(y)["noise_lower"] == stan["noise_lower"]
    drawn = model.parts.simulate(rng, np.full(20_000, 2), values)
    assert stats.kstest(np.mod(drawn, 2 * np.pi), stats.uniform(0, 2 * np.pi).cdf).pvalue > 1e-3


def test_noise_of_counts_is_uniform_over_the_whole_numbers_of_the_region():
    y = np.repeat([1.0, 9.0, 21.0], 20)
    model = noisy({"family": "poisson", "noise": True}, y)
    values = {"lambda": np.array([1.0, 9.0, np.nan])}
    assert np.exp(model.parts.log_density(np.array([4.0]), values))[0, 2] == pytest.approx(1 / 21)
    drawn = model.parts.simulate(np.random.default_rng(1), np.full(5000, 2), values)
    assert (drawn.min(), drawn.max()) == (1, 21)
    assert drawn.mean() == pytest.approx(11, abs=4 * np.sqrt((21**2 - 1) / 12 / 5000))


def test_noise_of_rows_is_uniform_over_a_box():
    y = np.column_stack([two_groups(), two_groups(seed=2) * 3])
    model = noisy({"family": "multi_normal", "noise": True}, y)
    stan = model.stan_data(y)
    assert stan["noise_log_density"] == pytest.approx(-np.log(np.ptp(y, axis=0)).sum())
    assert (stan["noise_columns"], stan["noise_by_row"], len(stan["noise_of_row"])) == (2, 0, 0)
    values = start(model, y, 1)["init"]
    assert np.isfinite(values["standard"]).all()
    assert len(values["theta_free"][0]) == 3


def test_noise_has_no_parameters_and_is_exchangeable_with_nothing():
    model = noisy()
    assert model.components == 3
    assert model.exchangeable_classes() == [[0, 1], [2]]
    stan = model.stan_data(two_groups())
    assert (stan["K"], stan["noise"], len(stan["theta_alpha"]), stan["n_free"]) == (2, 1, 3, 4)
    assert np.shape(stan["free_index"]) == (2, 2)
    again = Model.from_dict(model.to_dict())
    assert again.stan_data(two_groups())["noise_log_density"] == stan["noise_log_density"]
    assert again.parameters["mu"].proper == 2


def test_a_parameter_that_all_components_share_stays_one_value():
    model = noisy(SPEC | {"parameters": {"sigma": {"shared": True}}})
    assert model.parameters["sigma"].is_scalar
    assert not model.parameters["mu"].is_scalar


def test_noise_is_not_among_what_is_said_of_priors():
    spec = SPEC | {"parameters": {"mu": {"fixed": [1, None]}}}
    rows = describe(noisy(spec), spec)
    assert [row["parameter"] for row in rows] == ["theta", "mu[1]", "mu[2]", "sigma"]
    assert rows[1]["prior"] == "fixed at 1"
    free = describe(noisy(), SPEC)
    assert [row["parameter"] for row in free] == ["theta", "mu", "sigma"]
    assert not any("nan" in text for row in rows + free for text in row.values())


def test_noise_is_named_in_the_formula():
    assert formula(noisy()) == "y[n] ~ Σₖ theta[k] · normal(mu[k], sigma[k]) + theta[3] · noise,  k = 1, …, 2"
    one = noisy(components=1)
    assert formula(one) == "y[n] ~ Σₖ theta[k] · normal(mu[k], sigma[k]) + theta[2] · noise,  k = 1, …, 1"


def test_check_says_which_component_is_noise(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"y": two_groups()}).to_csv("a.csv", index=False)
    (tmp_path / "config.yaml").write_text(
        "datasets: {a: {file: a.csv, response: y}}\n"
        "models: {m: {family: normal, components: 2, noise: true}}\n"
        "analyses: [{dataset: a, models: [m]}]\n",
        "utf-8",
    )
    assert main(["check"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "K = 3, of which 3 is noise, uniform from" in said
    assert "nan" not in said


def test_a_simulation_without_noise_has_no_true_values_of_a_model_with_noise():
    truth = {
        "family": "normal",
        "components": 3,
        "theta": [0.4, 0.2, 0.4],
        "parameters": {"mu": [0, 4, 8], "sigma": [1, 1, 1]},
    }
    values = {name: np.broadcast_to(own, (2, 10, 3)) for name, own in VALUES.items()}
    found = _truth_column(pd.Series(["theta[1]", "mu[1]"]), noisy(), values, truth)
    assert np.isnan(found)


def test_the_programs_values_get_those_of_noise():
    found = noisy().parts.from_stan(
        {"theta": np.ones((4, 3)), "mu": np.ones((4, 2)), "sigma": np.ones((4, 2))}
    )
    assert found["theta"].shape == found["mu"].shape == (4, 3)
    assert np.isnan(found["mu"][:, 2]).all()


def test_chains_start_at_the_groups_with_some_noise():
    model = noisy()
    for seed in range(5):
        found = start(model, two_groups(), seed)["init"]
        assert sorted(free_values(model, found)[:2]) == pytest.approx([0, 8], abs=3)
        assert 0 < found["theta_free"][0][2] < 0.5


def test_labels_are_resolved_among_the_components_without_noise():
    rng = np.random.default_rng(1)
    switch = rng.integers(2, size=(2, 50))
    mu = np.where(switch[..., None] == 1, [8.0, 0.0], [0.0, 8.0]) + rng.normal(0, 0.01, (2, 50, 2))
    values = {
        "theta": np.broadcast_to([0.45, 0.45, 0.1], (2, 50, 3)),
        "mu": np.concatenate([mu, np.full((2, 50, 1), np.nan)], axis=-1),
        "sigma": np.broadcast_to([1.0, 1.0, np.nan], (2, 50, 3)),
    }
    found = resolve_labels(noisy(), values, np.zeros((2, 50)), two_groups())
    assert (found.permutation[..., 2] == 2).all()
    assert np.array_equal(found.permutation[..., 0], switch)


def test_new_observations_are_drawn_of_noise_too():
    drawn = draw_observations(noisy(), VALUES, 20_000, seed=1)
    outside = ((drawn > 2) & (drawn < 3)).mean()
    low, high = two_groups().min(), two_groups().max()
    expected = 0.3 * np.diff(stats.norm.cdf([2, 3]))[0] + 0.6 * np.diff(stats.norm.cdf([2, 3], 8, 2))[0]
    expected += 0.1 / (high - low)
    assert outside == pytest.approx(expected, abs=4 * np.sqrt(expected / 20_000))


@pytest.mark.parametrize("name", [n for n, family in FAMILIES.items() if not family.support.has_trials])
def test_every_family_of_single_numbers_may_have_noise(name):
    base = FAMILIES[name]
    values = {}
    for parameter in base.parameters:
        lower, upper = max(parameter.support[0], 0.5), min(parameter.support[1], 1.0)
        values[parameter.name] = np.linspace(lower, lower + 0.4 if upper <= 1 else lower + 2, 2)
    rng = np.random.default_rng(1)
    y = base.simulate(rng, rng.integers(2, size=200), values)
    model = noisy({"family": name, "noise": True}, y)
    found = start(model, y, 1)
    assert np.isfinite(found["init"]["standard"]).all()
    assert np.isfinite(found["inv_metric"]).all()


def test_noise_of_mixed_columns_is_uniform_over_the_cells_that_are_observed():
    y = mixed_rows()
    model = noisy(MIXED, y)
    number = stats.uniform.logpdf(y[:, 0], -1, 10)
    count = stats.randint.logpmf(y[:, 1], 2, 13)
    level = stats.randint.logpmf(y[:, 2], 1, 4)
    expected = np.nansum(
        [np.where(np.isnan(y[:, d]), 0, own) for d, own in enumerate((number, count, level))], 0
    )
    density = model.parts.log_density(y, mixed_values())
    assert density[:, 2] == pytest.approx(expected)
    assert density[4, 2] == pytest.approx(-np.log(10))
    stan = model.stan_data(y)
    assert (stan["noise"], stan["noise_by_row"], stan["noise_log_density"]) == (1, 1, 0)
    assert stan["noise_of_row"] == pytest.approx(expected)
    assert [*stan["noise_lower"], *stan["noise_upper"]] == [-1, 2, 1, 9, 12, 3]


def test_noise_of_complete_rows_has_one_density():
    y = mixed_rows()
    complete = y[~np.isnan(y).any(axis=1)]
    stan = noisy(MIXED, complete).stan_data(complete)
    assert (stan["noise_by_row"], len(stan["noise_of_row"])) == (0, 0)
    assert stan["noise_log_density"] == pytest.approx(-np.log(10 * 11 * 3))


def test_noise_of_a_column_of_categories_is_uniform_over_levels_that_no_row_has():
    y = mixed_rows()
    y = y[y[:, 2] != 1]
    assert noisy(MIXED, y).stan_data(y)["noise_lower"][2] == 1


def test_noise_of_mixed_columns_is_drawn_of_each_columns_kind():
    drawn = noisy(MIXED, mixed_rows()).parts.simulate(
        np.random.default_rng(1), np.full(6000, 2), mixed_values()
    )
    assert (drawn[:, 0].min() >= -1) & (drawn[:, 0].max() <= 9)
    assert sorted(set(drawn[:, 1])) == list(range(2, 13))
    assert sorted(set(drawn[:, 2])) == [1, 2, 3]
    assert drawn.mean(axis=0) == pytest.approx([4, 7, 2], abs=4 * np.sqrt(10 / 6000))


def test_noise_of_successes_is_uniform_among_the_trials_of_each_row():
    y = successes()
    model = noisy(SUCCESSES, y)
    values = {"p": np.array([0.2, 0.7, np.nan])}
    expected = stats.randint.logpmf(y[:, 0], 0, y[:, 1] + 1)
    assert model.parts.log_density(y, values)[:, 2] == pytest.approx(expected)
    assert model.stan_data(y)["noise_of_row"] == pytest.approx(expected)
    trials = np.repeat([0.0, 3.0, 9.0], 4000)
    component = np.tile([2, 1], 6000)
    drawn = model.parts.simulate(np.random.default_rng(1), component, values, trials)
    assert (drawn[:, 1] == trials).all()
    for n in (0, 3, 9):
        own = drawn[(component == 2) & (trials == n), 0]
        assert (own.min(), own.max()) == (0, n)
        assert own.mean() == pytest.approx(n / 2, abs=4 * np.sqrt(n * (n + 2) / 12 / 2000))


def test_curves_of_noise_among_trials_add_up_to_one():
    model = noisy(SUCCESSES, successes())
    grid = model.family.grid(successes(), 100)
    density = model.parts.score_density(grid, {"p": np.array([0.2, 0.7, np.nan])})
    assert density.sum(axis=1) == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    "spec", [{"family": "multi_normal", "structure": "VEV"}, {"family": "multi_student_t"}]
)
def test_noise_of_rows_with_missing_cells_is_that_of_their_other_cells(spec):
    y = np.column_stack([two_groups(), two_groups(seed=2) * 3, two_groups(seed=3)])
    y[[0, 5, 9], [0, 1, 2]] = np.nan
    y[7, :2] = np.nan
    width = np.nanmax(y, axis=0) - np.nanmin(y, axis=0)
    expected = -(~np.isnan(y) * np.log(width)).sum(axis=1)
    model = noisy(spec | {"noise": True, "missing": True}, y)
    assert model.stan_data(y)["noise_of_row"] == pytest.approx(expected)
    found = start(model, y, 1)["init"]
    assert np.isfinite(found["standard"]).all()


def test_noise_of_rows_goes_with_labels_weights_and_ties():
    y = np.repeat(mixed_rows(), 2, axis=0)
    label = np.zeros(len(y), dtype=np.intp)
    label[:2] = 1, 2
    told = Observations(y, np.linspace(0.5, 2, len(y)), label)
    model = noisy(MIXED, y, known=[1, 2], weighted=True)
    density = noisy(MIXED, y).parts.log_density(y, mixed_values())
    found = model.parts.log_density(told, mixed_values())
    assert found[2:] == pytest.approx(density[2:])
    assert np.isinf(found[0, 1:]).all()
    assert model.stan_data(told)["noise_of_row"] == pytest.approx(density[:, 2])
    distinct, count, _ = ties.collapse(y)
    stan = noisy(MIXED, y).stan_data(distinct, count)
    assert stan["noise_of_row"] == pytest.approx(
        noisy(MIXED, y).parts.log_density(distinct, mixed_values())[:, 2]
    )


def test_new_rows_of_mixed_columns_may_be_noise(tmp_path):
    model = noisy(MIXED, mixed_rows())
    again = Model.from_dict(model.to_dict())
    frame = pd.DataFrame({"a": [0.0, 0.0, 40.0], "b": [3, 3, 3], "c": [1, None, 1]})
    frame.to_csv(tmp_path / "new.csv", index=False)
    y = read(tmp_path / "new.csv", again, "m", ["a", "b", "c"])
    found, position = predict(again, tree_of(**mixed_values((2, 30))), y, 1000, 0.9, seed=1)
    columns = {name: column[position] for name, column in found.items()}
    noise = np.exp(model.parts.log_density(y, mixed_values())[:, 2]) * 0.2
    expected = np.exp(model.parts.log_density(y, mixed_values())[:, :2]) @ [0.3, 0.5] + noise
    assert columns["log_density"] == pytest.approx(np.log(expected))
    assert columns["p_3"] == pytest.approx(noise / expected, abs=1e-6)
    assert columns["outlier"][2] > columns["outlier"][0]


def test_new_successes_may_be_noise():
    model = noisy(SUCCESSES, successes())
    values = {"theta": [0.4, 0.4, 0.2], "p": [0.1, 0.2, np.nan]}
    draws = {name: np.broadcast_to(own, (2, 30, 3)) for name, own in values.items()}
    y = np.array([[3.0, 20], [20, 20], [5, 9]])
    found, position = predict(model, tree_of(**draws), y, 1000, 0.9, seed=1)
    noise = 0.2 / (y[:, 1] + 1)
    expected = 0.4 * stats.binom.pmf(y[:, :1], y[:, 1:], [0.1, 0.2]).sum(axis=1) + noise
    assert found["p_3"][position] == pytest.approx(noise / expected, abs=1e-6)
    # The share of the replicated observations that are more probable: all but those as improbable.
    among = 0.4 * stats.binom.pmf(np.arange(21)[:, None], 20, [0.1, 0.2]).sum(axis=1) + 0.2 / 21
    at_least = among[among > expected[1] + 1e-9].sum()
    assert found["outlier"][position][1] == pytest.approx(at_least, abs=4 * np.sqrt(0.25 / 10_000))


@pytest.mark.parametrize(("spec", "y"), [(MIXED, mixed_rows()), (SUCCESSES, successes())])
def test_functionals_of_draws_with_noise_are_numbers(spec, y):
    model = noisy(spec, y)
    rng = np.random.default_rng(1)
    values = {"theta": rng.dirichlet([9, 9, 3], (2, 20))}
    for name, plan in model.parameters.items():
        low, high = np.clip(plan.bounds[0], 0.2, 0.8)
        drawn = rng.uniform(low, high, (2, 20, 2))
        values[name] = np.concatenate([drawn, np.full((2, 20, 1), np.nan)], axis=-1)
    found = functionals(values, rng.normal(size=(2, 20)), model, y)
    assert len(found) > 8
    for name, draws in found.items():
        assert np.isfinite(draws).all(), name
