import math

import numpy as np
import pytest

from helpers import free_values, model_of, two_groups
from stanmix.starts.clusters import start

Y = two_groups()
UNIFORM = {"prior": {"dist": "uniform", "lower": [-1, 7], "upper": [1, 9]}}
MODELS = {
    "default": (model_of(2, (-3, 11)), Y),
    "one component": (model_of(1, (-3, 11)), Y),
    "many components": (model_of(10, (-3, 11)), Y),
    "shared": (model_of(2, (-3, 11), parameters={"sigma": {"shared": True}}), Y),
    "partly fixed": (model_of(2, (-3, 11), parameters={"mu": {"fixed": [0, None]}}), Y),
    "fixed weights": (model_of(2, (-3, 11), weights={"fixed": [0.5, 0.5]}), Y),
    "only weights": (model_of(2, parameters={"mu": {"fixed": [0, 8]}, "sigma": {"fixed": 1}}), Y),
    "uniform": (model_of(2, (-3, 11), parameters={"mu": UNIFORM}), Y),
    "tied": (model_of(2, (0, 9)), np.array([0.0] * 20 + [9.0] * 5)),
    "as many components as values": (model_of(3, (1, 5)), np.array([1.0, 2.0, 5.0])),
    "as many components as tied values": (model_of(3, (1, 5)), np.array([1.0] * 50 + [2.0, 5.0])),
    "large": (model_of(2, (-3e8, 11e8)), Y * 1e8),
    "far away": (model_of(2, (1e6 - 3, 1e6 + 11)), Y + 1e6),
    "small": (model_of(2, (-3e-8, 11e-8)), Y * 1e-8),
    "lopsided": (model_of(2, (-3, 1000)), np.append(Y, 1000.0)),
}


@pytest.mark.parametrize(("model", "y"), MODELS.values(), ids=MODELS)
def test_a_start_is_one_that_stan_accepts(model, y):
    for seed in range(5):
        found = start(model, y, seed, metric="diagonal")
        init, metric = found["init"], found["inv_metric"]
        theta = np.ravel(init.get("theta_free", []))
        assert len(theta) == (0 if model.theta_fixed else model.components)
        if len(theta):
            assert theta.sum() == pytest.approx(1, abs=1e-12)
            assert theta.min() > 0
        bounds = [each for plan in model.parameters.values() for each in plan.bounds]
        for value, (lower, upper) in zip(free_values(model, init), bounds, strict=True):
            assert lower < value < upper
            assert math.isfinite(value)
        assert metric.shape == (len(bounds) + max(len(theta) - 1, 0),)
        assert np.all(np.isfinite(metric))
        assert np.all(metric > 0)


@pytest.mark.parametrize(
    ("observations", "settings", "dense"),
    [
        (125, {}, True),
        (124, {}, False),
        (125, {"dense_up_to": 4}, False),
        (125, {"metric": "diagonal"}, False),
        (10, {"metric": "dense", "dense_up_to": 4}, True),
    ],
    ids=["few parameters", "few observations", "many parameters", "diagonal", "dense"],
)
def test_the_metric_is_dense_for_few_parameters_and_many_observations(observations, settings, dense):
    y = two_groups(observations)
    model = model_of(2, (-3, 11))  # with five parameters
    found = start(model, y, 1, **settings)["inv_metric"]
    variances = start(model, y, 1, metric="diagonal")["inv_metric"]
    assert np.array_equal(found, np.diag(variances) if dense else variances)


def test_a_start_depends_on_nothing_but_its_seed():
    model = model_of(2, (-3, 11))
    first, again, other = (start(model, Y, seed) for seed in (1, 1, 2))
    for name, value in first["init"].items():
        assert np.array_equal(value, again["init"][name])
        assert not np.array_equal(value, other["init"][name])
    assert np.array_equal(first["inv_metric"], again["inv_metric"])


def test_starts_scatter_beyond_the_posterior_but_stay_near_the_data():
    model = model_of(2, (-3, 11))
    starts = [start(model, Y, seed)["init"] for seed in range(40)]
    mu = np.sort([free_values(model, init)[:2] for init in starts], axis=1)
    posterior_sd = 1 / np.sqrt(30)
    assert np.all(mu.std(axis=0) > posterior_sd)
    assert np.all(np.abs(mu - [0, 8]) < 3)


def test_components_with_different_priors_start_at_their_own_clusters():
    prior = {"prior": {"dist": "normal", "mu": [8, 0], "sigma": 1}}
    model = model_of(2, parameters={"mu": prior})
    for seed in range(10):
        first, second = free_values(model, start(model, Y, seed)["init"])[:2]
        assert first > 4 > second


def test_a_fixed_component_takes_the_cluster_at_its_value():
    model = model_of(2, parameters={"mu": {"fixed": [8, None]}})
    assert all(abs(free_values(model, start(model, Y, seed)["init"])[0]) < 3 for seed in range(10))
