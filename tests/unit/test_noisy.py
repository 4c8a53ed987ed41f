"""Noise: observations of no component, uniform over the region of the data."""

import numpy as np
import pytest
from scipy import stats

from helpers import free_values, two_groups
from stanmix import data
from stanmix.config.rules import rule_problems
from stanmix.families import FAMILIES, family_of
from stanmix.initialise import start
from stanmix.labels import resolve as resolve_labels
from stanmix.model import Model, resolve
from stanmix.observations import log_likelihoods, responsibilities
from stanmix.prediction import replicate

SPEC = {"family": "normal", "components": 2, "noise": True}
VALUES = {
    "theta": np.array([[0.3, 0.6, 0.1]]),
    "mu": np.array([[0.0, 8.0, np.nan]]),
    "sigma": np.array([[1.0, 2.0, np.nan]]),
}


def noisy(spec=SPEC, y=None, components=2):
    y = two_groups() if y is None else y
    family = family_of(spec, data.columns(y))
    return resolve(spec, components, family.scale(y), region=family.region(y))


def test_the_density_is_that_of_the_components_and_of_a_uniform_distribution():
    y, model = two_groups(), noisy()
    low, high = y.min(), y.max()
    expected = (
        0.3 * stats.norm.pdf(y) + 0.6 * stats.norm.pdf(y, 8, 2) + 0.1 * stats.uniform.pdf(y, low, high - low)
    )
    assert log_likelihoods(model, VALUES, y)[0] == pytest.approx(np.log(expected))
    far = responsibilities(model, VALUES, np.array([40.0]))[0, 0]
    assert far == pytest.approx([0, 0, 1])


def test_noise_of_counts_is_uniform_over_the_whole_numbers_of_the_region():
    y = np.repeat([1.0, 9.0, 21.0], 20)
    model = noisy({"family": "poisson", "noise": True}, y)
    values = {"lambda": np.array([1.0, 9.0, np.nan])}
    assert np.exp(model.family.log_density(np.array([4.0]), values))[0, 2] == pytest.approx(1 / 21)
    drawn = model.family.simulate(np.random.default_rng(1), np.full(5000, 2), values)
    assert (drawn.min(), drawn.max()) == (1, 21)
    assert drawn.mean() == pytest.approx(11, abs=4 * np.sqrt((21**2 - 1) / 12 / 5000))


def test_noise_of_rows_is_uniform_over_a_box():
    y = np.column_stack([two_groups(), two_groups(seed=2) * 3])
    model = noisy({"family": "multi_normal", "noise": True}, y)
    assert model.family.noise_log_density == pytest.approx(-np.log(np.ptp(y, axis=0)).sum())
    assert model.stan_data(y)["noise_columns"] == 2
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
    assert again.family.noise_log_density == model.family.noise_log_density
    assert again.parameters["mu"].proper == 2


def test_a_parameter_that_all_components_share_stays_one_value():
    model = noisy(SPEC | {"parameters": {"sigma": {"shared": True}}})
    assert model.parameters["sigma"].is_scalar
    assert not model.parameters["mu"].is_scalar


def test_the_programs_values_get_those_of_noise():
    found = noisy().family.from_stan(
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
    drawn = replicate(noisy(), VALUES, 20_000, seed=1)
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


def test_families_with_trials_have_no_noise():
    config = {
        "datasets": {"d": {"file": "d.csv", "response": "y", "trials": 9}},
        "models": {"m": {"family": "binomial", "components": 2, "noise": True}},
        "analyses": [{"dataset": "d", "models": ["m"]}],
    }
    assert [p for p in rule_problems(config) if "models.m.noise is true" in p]
