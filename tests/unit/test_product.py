"""Rows of independent columns with families of their own, categories among them."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from helpers import DATA
from stanmix.config.rules import rule_problems
from stanmix.data import checking, description, reading, storage
from stanmix.errors import DataError
from stanmix.families import OF_COLUMNS, family_of
from stanmix.families.categorical import Categorical
from stanmix.model import Model, resolve
from stanmix.posterior.densities import log_likelihoods
from stanmix.posterior.summary import derived_scalars
from stanmix.results.new_data import read
from stanmix.starts.clusters import start

SPEC = {"family": "product", "families": ["normal", "poisson", "categorical"], "components": 2}
VALUES = {
    "mu_1": np.array([0.0, 5.0]),
    "sigma_1": np.array([1.0, 2.0]),
    "lambda_2": np.array([2.0, 20.0]),
    "share_1_3": np.array([0.2, 0.7]),
    "share_2_3": np.array([0.5, 0.9]),
}
PROBABILITIES = np.array([[0.2, 0.4, 0.4], [0.7, 0.27, 0.03]])


def mixed_rows(n=300, seed=1):
    rng = np.random.default_rng(seed)
    family = family_of(SPEC, levels=[0, 0, 3])
    return family.simulate(rng, rng.integers(2, size=n), VALUES)


def model_for(y, spec=SPEC, components=2):
    family = family_of(spec, y.shape[1], levels=[int(np.nanmax(own)) for own in y.T])
    return resolve(spec, components, family.scale(y))


def test_the_density_is_the_product_of_the_columns():
    y, family = mixed_rows(20), family_of(SPEC, levels=[0, 0, 3])
    for k in range(2):
        expected = stats.norm.logpdf(y[:, 0], VALUES["mu_1"][k], VALUES["sigma_1"][k])
        expected += stats.poisson.logpmf(y[:, 1], VALUES["lambda_2"][k])
        expected += np.log(PROBABILITIES[k, y[:, 2].astype(int) - 1])
        assert family.log_density(y, VALUES)[:, k] == pytest.approx(expected)


def test_a_missing_cell_leaves_its_factor_out():
    y, family = mixed_rows(4), family_of(SPEC, levels=[0, 0, 3])
    for row, column in ((0, 0), (1, 1), (2, 2)):
        y[row, column] = np.nan
    found = family.log_density(y, VALUES)
    assert found[0] == pytest.approx(
        stats.poisson.logpmf(y[0, 1], VALUES["lambda_2"]) + np.log(PROBABILITIES[:, int(y[0, 2]) - 1])
    )
    assert found[2] == pytest.approx(
        stats.norm.logpdf(y[2, 0], VALUES["mu_1"], VALUES["sigma_1"])
        + stats.poisson.logpmf(y[2, 1], VALUES["lambda_2"])
    )
    assert np.isfinite(found).all()


def test_densities_of_many_draws_are_those_of_each():
    y, model = mixed_rows(7), model_for(mixed_rows())
    rng = np.random.default_rng(2)
    draws = {name: value * rng.uniform(0.9, 1, (5, 2)) for name, value in VALUES.items()}
    draws["theta"] = rng.dirichlet([1, 1], 5)
    found = log_likelihoods(model, draws, y)
    for s in range(5):
        own = {name: value[s] for name, value in draws.items()}
        joint = np.log(own["theta"]) + model.family.log_density(y, own)
        assert found[s] == pytest.approx(np.logaddexp.reduce(joint, axis=1))


@pytest.mark.parametrize("levels", [2, 3, 6])
def test_shares_make_probabilities_that_are_flat_under_the_default_prior(levels):
    family, rng = Categorical(levels), np.random.default_rng(3)
    shares = {p.name: rng.beta(*p.default_prior(None).args.values(), 20_000) for p in family.parameters}
    p = family.probabilities(shares)
    assert p.sum(axis=1) == pytest.approx(np.ones(20_000))
    # Dirichlet(1, ..., 1): mean 1 / L, variance (L - 1) / (L^2 (L + 1)).
    variance = (levels - 1) / (levels**2 * (levels + 1))
    assert p.mean(axis=0) == pytest.approx(np.full(levels, 1 / levels), abs=5 * np.sqrt(variance / 20_000))
    assert p.var(axis=0) == pytest.approx(np.full(levels, variance), rel=0.05)


def test_simulated_columns_have_the_moments_of_their_families():
    component = np.zeros(40_000, dtype=int)
    y = family_of(SPEC, levels=[0, 0, 3]).simulate(np.random.default_rng(4), component, VALUES)
    error = 5 / np.sqrt(40_000)
    assert y[:, 0].mean() == pytest.approx(0, abs=error)
    assert y[:, 1].var() == pytest.approx(2, abs=10 * error)
    assert np.bincount(y[:, 2].astype(int))[1:] / 40_000 == pytest.approx(PROBABILITIES[0], abs=error)


def test_estimates_of_known_groups_are_their_parameters():
    rng = np.random.default_rng(5)
    family, component = family_of(SPEC, levels=[0, 0, 3]), np.repeat([0, 1], 20_000)
    y = family.simulate(rng, component, VALUES)
    y[rng.random(y.shape) < 0.1] = np.nan
    found = family.estimate(y, np.eye(2)[component])
    for name, value in VALUES.items():
        assert found[name] == pytest.approx(value, rel=0.05, abs=0.05)


@pytest.mark.parametrize("name", OF_COLUMNS)
def test_every_family_of_columns_makes_a_model_with_starts(name):
    rng = np.random.default_rng(6)
    draw = {
        "normal": lambda: rng.normal(size=80),
        "student_t": lambda: rng.standard_t(4, 80),
        "lognormal": lambda: rng.lognormal(size=80),
        "gamma": lambda: rng.gamma(2, size=80),
        "beta": lambda: rng.beta(2, 3, 80),
        "poisson": lambda: rng.poisson(4, 80),
        "neg_binomial_2": lambda: rng.negative_binomial(2, 0.3, 80),
        "categorical": lambda: rng.integers(1, 4, 80),
    }[name]
    y = np.column_stack([draw(), draw()]).astype(float)
    y[5, 0] = np.nan
    model = model_for(y, {"family": "product", "families": name})
    found = start(model, y, 1)
    assert len(found["init"]["standard"]) == 2 * len(model.parameters)
    assert np.isfinite(found["init"]["standard"]).all()
    again = Model.from_dict(model.to_dict())
    assert again.family.identity() == model.family.identity()
    stan = model.stan_data(y)
    assert stan["family"] == [OF_COLUMNS[name][0]] * 2
    assert (stan["P"], stan["D"]) == (len(model.parameters), 2)


def test_statistics_leave_missing_cells_out():
    y = mixed_rows(50)
    y[:5, 2] = np.nan
    model = model_for(y)
    statistics = model.family.statistics
    seen = y[5:, 2]
    assert statistics["column 3: share of level 2"](y[None])[0] == pytest.approx((seen == 2).mean())
    written = np.tile(np.arange(150.0), (2, 1))
    rows = model.family.replicated(y, written)
    assert rows.shape == (2, 50, 3)
    assert np.isnan(rows[:, :5, 2]).all()
    assert rows[0, 7, 1] == 57


def test_categories_are_numbered_by_name_or_number(tmp_path):
    table = pd.DataFrame({"x": [1.0, 2, 3], "colour": ["red", "blue", "red"], "dose": [10, 5, 20]})
    table.to_csv(tmp_path / "a.csv", index=False)
    frame = reading.read(tmp_path / "a.csv", ["x", "colour", "dose"], categorical=["colour", "dose"])
    assert frame["y_2"].tolist() == [2, 1, 2]
    assert frame["y_3"].tolist() == [2, 1, 3]
    assert description.describe("a", frame, "a.csv")["levels"] == {
        "y_2": ["blue", "red"],
        "y_3": ["5", "10", "20"],
    }


def test_new_data_have_the_levels_of_the_fitted_ones(tmp_path):
    table = pd.DataFrame({"x": [1.0, 2, 3, 9], "colour": ["red", "blue", "red", "green"]})
    table.to_csv(tmp_path / "a.csv", index=False)
    frame = reading.read(tmp_path / "a.csv", ["x", "colour"], categorical=["colour"])
    storage.write(frame, {}, str(tmp_path / "data.parquet"), str(tmp_path / "data.json"))
    told = storage.told(tmp_path / "data.parquet")
    assert told["names"] == [None, ["blue", "green", "red"]]
    y, spec = (
        storage.responses(tmp_path / "data.parquet"),
        {"family": "product", "families": ["normal", "categorical"]},
    )
    family = family_of(spec, 2, levels=[0, 3])
    model = Model.from_dict(resolve(spec, 2, family.scale(y), **told).to_dict())
    table.iloc[[0, 2]].to_csv(tmp_path / "new.csv", index=False)
    assert read(tmp_path / "new.csv", model, "m", ["x", "colour"])[:, 1].tolist() == [3, 3]
    table.replace("blue", "grey").to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(DataError, match=r"'grey' in row 2.*blue, green, red"):
        read(tmp_path / "new.csv", model, "m", ["x", "colour"])


def test_missing_cells_of_any_column_are_read_where_they_may_be(tmp_path):
    table = pd.DataFrame({"x": [1.0, None, 3, 4], "colour": ["red", "blue", "", "red"], "n": [1, 2, None, 4]})
    table.to_csv(tmp_path / "a.csv", index=False)
    columns = {"response": ["x", "colour", "n"], "categorical": ["colour"]}
    with pytest.raises(DataError, match=r"column colour has 1 missing values.*row 3.*missing: marginalise"):
        reading.read(tmp_path / "a.csv", **columns)
    frame = reading.read(tmp_path / "a.csv", **columns, missing="marginalise")
    assert np.isnan(frame.to_numpy()).tolist() == [
        [False] * 3,
        [True, False, False],
        [False, True, True],
        [False] * 3,
    ]
    assert frame["y_2"].tolist()[:2] == [2, 1]
    facts = description.describe("a", frame, "a.csv")
    assert facts["missing"] == {"cells": 3, "rows": 2}
    y, spec = frame.to_numpy(), {"family": "product", "families": ["normal", "categorical", "poisson"]}
    model = resolve(
        spec, 2, family_of(spec, 3, levels=[0, 2, 0]).scale(y), names=[None, ["blue", "red"], None]
    )
    assert np.isfinite(start(model, y, 1)["init"]["standard"]).all()
    assert np.isnan(read(tmp_path / "a.csv", model, "m", columns["response"])[2, 1:]).all()


def test_columns_must_suit_their_families(tmp_path):
    y = mixed_rows()
    y[7, 1] = 1.5
    demand = {"model": "m", "components": 2, "spec": SPEC}
    with pytest.raises(DataError, match=r"column 2: model m is poisson.*1\.5 in row 8"):
        checking.check(y, "a.csv", [demand])


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"family": "product"}, "the key 'families' is missing"),
        ({"family": "normal", "families": "normal"}, "models.m.families is given"),
        (
            {"family": "product", "families": ["normal", "poisson", "normal"]},
            "3 families, but data set d has 2",
        ),
        ({"family": "product", "families": "normal", "structure": "EEE"}, "models.m.structure is given"),
    ],
)
def test_wrong_products_get_a_sentence(model, said):
    config = {
        "datasets": {"d": {"file": "d.csv", "response": ["a", "b"]}},
        "models": {"m": {"components": 2, **model}},
        "analyses": [{"dataset": "d", "models": ["m"]}],
    }
    assert any(said in problem for problem in rule_problems(config))


def test_categories_are_response_columns():
    config = {
        "datasets": {"d": {"file": "d.csv", "response": ["a", "b"], "categorical": ["c"]}},
        "models": {"m": {"components": 2, "family": "product", "families": "categorical"}},
        "analyses": [{"dataset": "d", "models": ["m"]}],
    }
    assert any("lists 'c'" in problem for problem in rule_problems(config))


PEERS = DATA / "peers"
POLCA = json.loads((PEERS / "polca.json").read_text("utf-8"))


@pytest.mark.parametrize(("name", "classes"), [(name, k) for name, fits in POLCA.items() for k in fits])
def test_the_log_likelihood_at_polcas_maximum_is_polcas(name, classes):
    fit = POLCA[name][classes]
    y = pd.read_csv(PEERS / f"{name}.csv").to_numpy(dtype=float)
    family = family_of({"family": "product", "families": "categorical"}, y.shape[1], levels=[2] * y.shape[1])
    values = {f"share_1_{d}": np.array(p)[:, 0] for d, p in enumerate(fit["probabilities"].values(), start=1)}
    with np.errstate(divide="ignore"):  # probabilities of exactly 0
        joint = np.log(fit["theta"]) + family.log_density(y, values)
    found = np.logaddexp.reduce(joint, axis=1).sum()
    assert found == pytest.approx(fit["log_likelihood"], rel=1e-6)


def test_summaries_have_the_probabilities_of_levels():
    y = mixed_rows()
    model = model_for(y)
    values = {name: np.broadcast_to(value, (4, 10, 2)) for name, value in VALUES.items()}
    found = dict(derived_scalars(model, values))
    assert list(found) == [f"p_3_{level}[{k}]" for level in (1, 2, 3) for k in (1, 2)]
    for k in range(2):
        for level in range(3):
            assert found[f"p_3_{level + 1}[{k + 1}]"] == pytest.approx(
                np.full((4, 10), PROBABILITIES[k, level])
            )
