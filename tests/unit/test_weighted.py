"""Observations with weights: whole ones count as repetitions."""

import numpy as np
import pandas as pd
import pytest

from helpers import two_groups
from stanmix.data import description, reading, storage, ties
from stanmix.errors import DataError
from stanmix.families import FAMILIES, Observations
from stanmix.model import Model, resolve
from stanmix.posterior.densities import representatives
from stanmix.results.comparison import compare
from stanmix.starts.clusters import start
from stanmix.weighting import total

SPEC = {"family": "normal", "components": 2}


def weighted_model(y, **told):
    return resolve(SPEC, 2, FAMILIES["normal"].scale(y), weighted=True, **told)


def test_the_program_gets_the_weights_times_the_repetitions():
    rows = Observations(np.array([1.0, 1.0, 2.0, 5.0]), np.array([0.5, 0.5, 3.0, 1.0]))
    model = weighted_model(rows.y)
    distinct, count, _ = ties.collapse(rows)
    stan = model.stan_data(distinct, count)
    assert stan["y"].tolist() == [1, 2, 5]
    assert stan["count"].tolist() == [1, 3, 1]
    assert Model.from_dict(model.to_dict()).weighted


def test_estimates_are_those_of_repeated_observations():
    rng = np.random.default_rng(1)
    y, weight = two_groups(), rng.integers(1, 4, 60)
    responsibility = rng.dirichlet([1, 1], 60)
    model = weighted_model(y)
    found = model.parts.estimate(Observations(y, weight.astype(float)), responsibility)
    expected = FAMILIES["normal"].estimate(np.repeat(y, weight), np.repeat(responsibility, weight, axis=0))
    for name, value in expected.items():
        assert found[name] == pytest.approx(value)


def test_chains_start_with_weighted_shares():
    y = two_groups()
    rows = Observations(y, np.where(y < 4, 9.0, 1.0))
    theta = start(weighted_model(y), rows, 1)["init"]["theta_free"][0]
    assert max(theta) > 0.75


def test_weights_and_labels_stand_beside_each_other(tmp_path):
    table = pd.DataFrame({"y": [1.0, 2, 3, 4], "w": [1, 2.5, 1, 1], "group": ["a", "", "", "b"]})
    table.to_csv(tmp_path / "a.csv", index=False)
    frame = reading.read(tmp_path / "a.csv", "y", labels="group", weights="w")
    facts = description.describe("a", frame, "a.csv")
    assert (facts["n"], facts["weight"]) == (4, 5.5)
    storage.write(frame, facts, str(tmp_path / "data.parquet"), str(tmp_path / "data.json"))
    told = storage.told(tmp_path / "data.parquet")
    assert told == {"known": [1, 2], "weighted": True, "names": None}
    rows = storage.observations(tmp_path / "data.parquet")
    assert rows.y.tolist() == [1, 2, 3, 4]
    assert rows.weights.tolist() == [1, 2.5, 1, 1]
    assert rows.labels.tolist() == [1, 0, 0, 2]
    assert rows.table()[1].tolist() == [2, 2.5, 0]


@pytest.mark.parametrize(
    ("weights", "said"),
    [([1, 0, 2], "weight 0 in row 2"), ([1, -1, 2], "above 0"), ([1, None, 2], "missing")],
)
def test_weights_are_above_zero(tmp_path, weights, said):
    pd.DataFrame({"y": [1.0, 2, 3], "w": weights}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DataError, match=said):
        reading.read(tmp_path / "a.csv", "y", weights="w")


def test_sums_are_those_of_repeated_values():
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=500), rng.integers(1, 5, 500)
    repeated = np.repeat(x, weight)
    found, error = total(x, weight)
    assert found == pytest.approx(repeated.sum())
    assert error == pytest.approx(np.sqrt(len(repeated)) * repeated.std(ddof=1), rel=0.01)
    assert total(x) == pytest.approx((x.sum(), np.sqrt(500) * x.std(ddof=1)))


def test_rows_stand_for_their_weights():
    assert representatives(np.ones(5), 10).tolist() == [0, 1, 2, 3, 4]
    assert representatives(np.array([1.0, 3, 2]), 10).tolist() == [0, 1, 1, 1, 2, 2]
    rows = representatives(np.array([0.5, 0.25, 0.25] * 100), 300)
    assert len(rows) == 300
    assert (np.bincount(rows % 3) / 300) == pytest.approx([0.5, 0.25, 0.25], abs=0.05)
    assert len(representatives(np.full(1000, 7.0), 100)) == 100


def test_comparisons_weigh_the_differences():
    weight = np.array([1.0, 4.0])
    tables = [pd.DataFrame({"elpd": e, "weight": weight}) for e in ([-1.0, -1.0], [-2.0, -1.5])]
    of_fit = {"se": 1.0, "p": 2.0, "pareto_k": {"good": 2, "bad": 0, "very_bad": 0}}
    fits = [
        of_fit | {"model": "m", "verdict": "converged", "components": k, "elpd": e}
        for k, e in ((1, -5.0), (2, -8.0))
    ]
    table = compare(fits, tables)
    assert table["elpd_diff"].tolist() == pytest.approx([0, -3])
