"""Observations of which some are known to belong to a component."""

import numpy as np
import pandas as pd
import pytest

from helpers import free_values, two_groups
from stanmix.data import checking, description, reading, storage
from stanmix.errors import DataError
from stanmix.families import FAMILIES, Observations, family_of
from stanmix.model import Model, resolve
from stanmix.model.parts import Parts
from stanmix.posterior.densities import log_likelihoods, responsibilities
from stanmix.starts.clusters import start

SPEC = {"family": "normal", "components": 2}
VALUES = {"theta": np.array([[0.3, 0.7]]), "mu": np.array([[0.0, 8.0]]), "sigma": np.array([[1.0, 2.0]])}


def labelled(y, labels):
    return Observations(y, label=np.asarray(labels, dtype=np.intp))


def model_with(known, components=2, y=None):
    return resolve(SPEC, components, FAMILIES["normal"].scale(two_groups() if y is None else y), known)


def test_a_known_observation_has_no_density_under_other_components():
    y = np.array([0.0, 0.0, 0.0, 9.0])
    rows = labelled(y, [0, 1, 2, 1])
    model = model_with([1, 2])
    base = FAMILIES["normal"].log_density(y, {n: v[0] for n, v in VALUES.items() if n != "theta"})
    found = model.parts.log_density(rows, {n: v[0] for n, v in VALUES.items() if n != "theta"})
    assert found[0] == pytest.approx(base[0])
    assert found[1].tolist() == [base[1, 0], -np.inf]
    assert found[2].tolist() == [-np.inf, base[2, 1]]
    assert responsibilities(model, VALUES, rows)[0, 1:].tolist() == [[1, 0], [0, 1], [1, 0]]
    expected = np.log(VALUES["theta"][0])[[0, 1, 0]] + base[[1, 2, 3], [0, 1, 0]]
    assert log_likelihoods(model, VALUES, rows)[0, 1:] == pytest.approx(expected)


def test_components_with_known_members_are_not_exchangeable():
    assert model_with(None, 3).exchangeable_classes() == [[0, 1, 2]]
    assert model_with([2], 3).exchangeable_classes() == [[0, 2], [1]]
    assert model_with([1, 2, 3], 3).exchangeable_classes() == [[0], [1], [2]]


def test_the_program_gets_the_labels_and_the_observations_apart():
    rows = labelled(two_groups(), np.arange(60) % 3)
    model = model_with([1, 2])
    stan = model.stan_data(rows)
    assert stan["has_labels"] == 1
    assert stan["label"].tolist() == (np.arange(60) % 3).tolist()
    assert stan["y"].tolist() == two_groups().tolist()
    assert model_with(None).stan_data(two_groups())["has_labels"] == 0
    assert Model.from_dict(model.to_dict()).known == (1, 2)


def test_chains_start_where_the_known_members_are():
    # The members of component 1 are the upper group, against the order of their locations.
    y = two_groups()
    labels = np.zeros(60)
    labels[:3], labels[-3:] = 2, 1
    model = model_with([1, 2])
    for seed in range(5):
        first, second = free_values(model, start(model, labelled(y, labels), seed)["init"])[:2]
        assert first > 4 > second


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_takes_labels(name):
    base, rng = FAMILIES[name], np.random.default_rng(1)
    assert family_of({"family": name}) is base
    values = {}
    for parameter in base.parameters:
        lower, upper = max(parameter.support[0], 0.5), min(parameter.support[1], 1.0)
        values[parameter.name] = np.linspace(lower, lower + 0.4 if upper <= 1 else lower + 2, 2)
    trials = np.full(30, 9.0) if base.support.has_trials else None
    y = base.simulate(rng, rng.integers(2, size=30), values, trials)
    rows = labelled(y, np.arange(30) % 2)
    density = Parts(base).log_density(rows, values)
    assert np.isfinite(density[:, 0]).all()
    assert (density[1::2, 1] == -np.inf).all()
    assert np.array_equal(density[::2], base.log_density(y, values)[::2])


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([1, None, 2, 0], [1, 0, 2, 0]),
        (["b", "", "a", None], [2, 0, 1, 0]),
        (["x", "x", "x", "y"], [1, 1, 1, 2]),
    ],
)
def test_labels_are_numbers_or_names(tmp_path, column, expected):
    pd.DataFrame({"y": [1.0, 2, 3, 4], "known": column}).to_csv(tmp_path / "a.csv", index=False)
    frame = reading.read(tmp_path / "a.csv", "y", labels="known")
    assert frame["label"].tolist() == expected
    facts = description.describe("a", frame, "a.csv")
    assert facts["known"] == [expected.count(1), expected.count(2)]
    assert facts["distinct"] == 4
    storage.write(frame, facts, str(tmp_path / "data.parquet"), str(tmp_path / "data.json"))
    found = storage.observations(tmp_path / "data.parquet")
    assert (found.y.tolist(), found.labels.tolist()) == ([1.0, 2, 3, 4], expected)
    assert found.weight is None
    assert storage.responses(tmp_path / "data.parquet").tolist() == [1, 2, 3, 4]
    assert storage.told(tmp_path / "data.parquet")["known"] == [1, 2]


def test_labels_that_cannot_be_are_refused(tmp_path):
    pd.DataFrame({"y": [1.0, 2, 3], "known": [1, 1.5, None]}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match=r"the label 1\.5 in row 2"):
        reading.read(tmp_path / "a.csv", "y", labels="known")
    demand = {"model": "m", "components": 2, "spec": SPEC, "known": [1, 3]}
    with pytest.raises(DataError, match="belong to component 3, but model m has 2 components"):
        checking.check(two_groups(), "toy", [demand])


def test_chains_start_right_with_one_known_member_of_each():
    y = two_groups()
    labels = np.zeros(60)
    labels[0], labels[-1] = 2, 1
    model = model_with([1, 2])
    for seed in range(20):
        first, second = free_values(model, start(model, labelled(y, labels), seed)["init"])[:2]
        assert first > 4 > second
