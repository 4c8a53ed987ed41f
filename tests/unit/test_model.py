import json
import math

import numpy as np
import pytest

from helpers import free_values, model_of, two_groups
from stanmix.families import DataScale
from stanmix.io import read_json, write_json
from stanmix.model import Model, resolve

NORMAL = {"prior": {"dist": "normal", "mu": 0, "sigma": 5}}
DIFFERENT = {"prior": {"dist": "normal", "mu": [0, 9, 20], "sigma": 5}}
HALF_NORMAL = {"prior": {"dist": "half_normal", "sigma": 5}}


@pytest.mark.parametrize(
    ("treatment", "index", "priors"),
    [
        ({}, (1, 2, 3), 3),
        ({"shared": True}, (1, 1, 1), 1),
        ({"fixed": 4}, (0, 0, 0), 0),
        ({"fixed": [1, 2, 3]}, (0, 0, 0), 0),
        ({"fixed": [1, None, None]}, (0, 1, 2), 2),
        ({"fixed": [None, 7, None], "shared": True}, (1, 0, 1), 1),
        (DIFFERENT, (1, 2, 3), 3),
        (DIFFERENT | {"fixed": [None, 7, None]}, (1, 0, 2), 2),
    ],
    ids=[
        "free",
        "shared",
        "fixed",
        "fixed each",
        "one fixed",
        "shared but one",
        "priors",
        "priors of the free",
    ],
)
def test_free_shared_and_fixed_values_are_mapped(treatment, index, priors):
    plan = model_of(3, parameters={"mu": treatment}).parameters["mu"]
    assert plan.index == index
    assert len(plan.priors) == len(plan.bounds) == priors
    assert [math.isnan(value) for value in plan.fixed] == [i > 0 for i in index]
    assert plan.is_fixed is (priors == 0)
    assert plan.is_scalar is (index == (1, 1, 1))


def test_each_free_value_has_the_prior_of_its_own_component():
    plan = model_of(3, parameters={"mu": DIFFERENT | {"fixed": [None, 7, None]}}).parameters["mu"]
    assert [prior.args["mu"] for prior in plan.priors] == [0, 20]


def test_values_of_components_follow_the_plan():
    values = np.array([2.0, 4.0, 9.0])
    shared = model_of(3, parameters={"sigma": {"fixed": [None, 7, None], "shared": True}}).parameters["sigma"]
    assert shared.free_values(values).tolist() == [5.5]
    assert shared.component_values(values).tolist() == [5.5, 7, 5.5]
    free = model_of(3, parameters={"sigma": HALF_NORMAL}).parameters["sigma"]
    assert free.component_values(np.array([-1.0, 0.0, 2.0])).min() > 0


def as_json(facts):
    """Text of facts; in it the NaN that marks free values equals itself."""
    return json.dumps(facts, default=np.ndarray.tolist)


MODELS = {
    "default": model_of(3),
    "one component": model_of(1),
    "shared": model_of(2, parameters={"sigma": {"shared": True, **HALF_NORMAL}}),
    "fixed": model_of(2, parameters={"mu": {"fixed": [0, 6]}, "sigma": {"fixed": 1}}),
    "partly fixed": model_of(2, parameters={"mu": {"fixed": [0, None]}}, weights={"fixed": [0.25, 0.75]}),
    "uniform": model_of(2, parameters={"mu": {"prior": {"dist": "uniform", "lower": -1, "upper": [4, 9]}}}),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_model_survives_its_file(tmp_path, model):
    write_json(tmp_path / "model.json", model.to_dict())
    again = Model.from_dict(read_json(tmp_path / "model.json"))
    y = two_groups()
    assert as_json(again.stan_data(y)) == as_json(model.stan_data(y))
    assert as_json(again.to_dict()) == as_json(model.to_dict())
    assert again.exchangeable_classes() == model.exchangeable_classes()


@pytest.mark.parametrize(
    ("spec", "classes"),
    [
        ({}, [[0, 1, 2]]),
        ({"parameters": {"mu": NORMAL}}, [[0, 1, 2]]),
        ({"parameters": {"mu": DIFFERENT}}, [[0], [1], [2]]),
        ({"parameters": {"sigma": {"shared": True}}}, [[0, 1, 2]]),
        ({"parameters": {"mu": {"fixed": [1, None, None]}}}, [[0], [1, 2]]),
        ({"parameters": {"mu": {"fixed": [1, 1, 2]}}}, [[0, 1], [2]]),
        ({"parameters": {"sigma": {"fixed": [None, 7, None], "shared": True}}}, [[0, 2], [1]]),
        ({"weights": {"prior": {"dist": "dirichlet", "alpha": [1, 1, 5]}}}, [[0, 1], [2]]),
        ({"weights": {"fixed": [0.25, 0.5, 0.25]}}, [[0, 2], [1]]),
        ({"parameters": {"mu": DIFFERENT}, "weights": {"fixed": [0.25, 0.5, 0.25]}}, [[0], [1], [2]]),
    ],
)
def test_components_are_exchangeable_when_nothing_tells_them_apart(spec, classes):
    assert model_of(3, **spec).exchangeable_classes() == classes


def test_a_single_component_has_weight_one():
    data = model_of(1).stan_data(two_groups())
    assert (data["theta_is_free"], data["theta_fixed"]) == (0, (1.0,))


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_data_for_stan_have_the_declared_sizes(model):
    y = two_groups()
    data = model.stan_data(y)
    assert (data["N"], data["K"], data["likelihood"]) == (len(y), model.components, 1)
    assert data["count"].tolist() == [1] * len(y)
    assert len(data["theta_alpha"]) == len(data["theta_fixed"]) == model.components
    assert np.shape(data["free_index"]) == np.shape(data["fixed"]) == (2, model.components)
    used = np.unique(data["free_index"])
    assert used[used > 0].tolist() == list(range(1, data["n_free"] + 1))
    for part in ("lower", "upper", "centre", "unit", "prior", "prior_args", "prior_log_mass"):
        assert len(data[f"free_{part}"]) == data["n_free"]


def test_components_may_have_a_value_together():
    model = model_of(4, parameters={"sigma": {"equal": [[2, 4]]}})
    assert model.parameters["sigma"].index == (1, 2, 3, 2)
    assert model.parameters["mu"].index == (1, 2, 3, 4)
    assert model.stan_data(two_groups())["free_index"] == [[1, 2, 3, 4], [5, 6, 7, 6]]
    assert model.exchangeable_classes() == [[0, 2], [1, 3]]
    values = {name: np.arange(1.0, 5.0) for name in ("theta", "mu", "sigma")}
    assert free_values(model, model.stan_values(values)).tolist() == [1, 2, 3, 4, 1, 3, 3]


@pytest.mark.parametrize(("factor", "shift"), [(2.5, 0.0), (1e-3, 1e3), (1e6, -7.0)])
def test_default_priors_follow_the_scale_of_the_data(factor, shift):
    spec = {"family": "normal", "components": 2}
    plain = resolve(spec, 2, DataScale(-1.0, 5.0))
    scaled = resolve(spec, 2, DataScale(-1.0 * factor + shift, 5.0 * factor + shift))
    for before, after in zip(plain.parameters["mu"].priors, scaled.parameters["mu"].priors, strict=True):
        assert after.args["mu"] == pytest.approx(before.args["mu"] * factor + shift)
        assert after.args["sigma"] == pytest.approx(before.args["sigma"] * factor)
    for before, after in zip(
        plain.parameters["sigma"].priors, scaled.parameters["sigma"].priors, strict=True
    ):
        assert after.args["mu"] == pytest.approx(before.args["mu"] + math.log(factor))
        assert after.args["sigma"] == before.args["sigma"]


def test_a_configured_prior_does_not_follow_the_data():
    near, far = (model_of(2, scale=(0, end), parameters={"mu": NORMAL}) for end in (1, 1000))
    assert near.parameters["mu"].priors == far.parameters["mu"].priors
    assert near.parameters["sigma"].priors != far.parameters["sigma"].priors


def test_only_values_without_bounds_have_units_of_their_own():
    # Whatever the prior; but where one is cut, Stan takes a logarithm, which needs no unit.
    wide, cut = {"dist": "normal", "mu": 100, "sigma": 1e6}, {"dist": "half_normal", "sigma": 3}
    for given in ({}, {"prior": wide}):
        model = model_of(2, scale=(9.0, 35.0), parameters={"mu": given})
        assert model.parameters["mu"].standards.tolist() == [[22, 2], [22, 2]]
        assert model.parameters["sigma"].standards.tolist() == [[0, 1], [0, 1]]
    half = model_of(1, scale=(9.0, 35.0), parameters={"mu": {"prior": cut}})
    assert half.parameters["mu"].standards.tolist() == [[0, 1]]
    assert Model.from_dict(model.to_dict()).parameters["mu"].standard == (22, 2)
