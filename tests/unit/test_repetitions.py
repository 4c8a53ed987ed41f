"""Whole weights give in every stage what rows give that stand in the data so often."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stanmix.data import description, ties
from stanmix.families import FAMILIES, Observations, family_of
from stanmix.judgement.modes import _portrait, _weights
from stanmix.loo.stacking import stacking_weights
from stanmix.model import resolve
from stanmix.posterior import densities
from stanmix.posterior.datatree import assemble
from stanmix.posterior.densities import log_likelihoods, probes, representatives
from stanmix.posterior.functionals import functionals
from stanmix.results import assignments, partitions
from stanmix.results.assignments import pointwise
from stanmix.results.comparison import compare
from stanmix.results.new_data import predict
from stanmix.starts.clusters import start
from stanmix.starts.optima import signature
from stanmix.weighting import estimated_total, mean_and_sd, quantiles, total

SPEC = {"family": "normal", "components": 2}
FEW = settings(max_examples=8, deadline=None)
WEIGHTS = st.lists(st.integers(1, 4), min_size=20, max_size=20)


def rows_of(weights, seed=1, labelled=False):
    """Rows with ties, of two overlapping groups, with weights, and the same rows as often as they say.

    Returned are both data with their models.
    """
    rng = np.random.default_rng(seed)
    n, weight = len(weights), np.array(weights, dtype=float)
    y = np.concatenate([rng.normal(0, 1, n // 2), rng.normal(4, 1, n - n // 2)]).round(1)
    label = np.where(np.arange(n) % 5 == 0, np.where(np.arange(n) < n // 2, 1, 2), 0) if labelled else None
    known = [1, 2] if labelled else None
    rows = Observations(y, weight, label)
    repeated = Observations(y, None, label)[np.repeat(np.arange(n), weight.astype(int))]
    scale = FAMILIES["normal"].scale(y)
    models = (resolve(SPEC, 2, scale, known, weighted=True), resolve(SPEC, 2, scale, known))
    return (rows, models[0]), (repeated, models[1]), weight


def draws(seed=1, chains=2, n=100, apart=0.0):
    """Draws about two groups; the last chain is ``apart`` from the others, whose labels are mixed."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.2, (3, chains, n, 2))
    values = {
        "theta": rng.dirichlet([10, 10], (chains, n)),
        "mu": np.array([0, 4]) + noise[0],
        "sigma": np.exp(noise[1]),
    }
    values["mu"][-1, :, 1] += apart
    swapped = rng.random((chains, n)) < 0.3
    values = {name: np.where(swapped[..., None], v[..., ::-1], v) for name, v in values.items()}
    return values, noise[2, ..., 0]


@FEW
@given(WEIGHTS)
def test_facts_of_the_data(weights):
    y, weight = np.random.default_rng(1).normal(size=20).round(1), np.array(weights, dtype=float)
    weighted = description.describe("a", pd.DataFrame({"y": y, "weight": weight}), "a.csv")
    repeated = description.describe("a", pd.DataFrame({"y": np.repeat(y, weights)}), "a.csv")
    for name in ("minimum", "maximum", "mean", "sd", "distinct"):
        assert weighted[name] == pytest.approx(repeated[name]), name
    assert weighted["weight"] == repeated["n"]


@FEW
@given(WEIGHTS)
@pytest.mark.parametrize(
    "family",
    ["normal", "student_t", "gamma", "lognormal", "von_mises", "poisson", "product", "multi_student_t"],
)
def test_scales_from_which_priors_are_made(family, weights):
    rng = np.random.default_rng(1)
    y = {"poisson": rng.poisson(5, 20).astype(float)}.get(family, rng.gamma(2, size=20))
    weight = np.array(weights, dtype=float)
    made = FAMILIES.get(family)
    if family == "product":
        y = np.column_stack([y, rng.gamma(2, size=20)])
        y[3, 1] = np.nan
        made = family_of({"family": "product", "families": ["gamma", "student_t"]}, 2, levels=[0, 0])
    elif family == "multi_student_t":
        y = rng.standard_t(3, (20, 2))
        made = family_of({"family": family}, 2)
    found, expected = made.scale(y, weight), made.scale(np.repeat(y, weights, axis=0))
    assert (found.minimum, found.maximum) == pytest.approx((expected.minimum, expected.maximum))
    for own, other in zip(found.columns, expected.columns, strict=True):
        assert (own.minimum, own.maximum) == pytest.approx((other.minimum, other.maximum))


@FEW
@given(WEIGHTS, st.booleans())
def test_starts_and_the_metric(weights, labelled):
    (rows, weighted), (repeated, plain), _ = rows_of(weights, labelled=labelled)
    for seed in (1, 2):
        found, expected = start(weighted, rows, seed), start(plain, repeated, seed)
        assert found["inv_metric"] == pytest.approx(expected["inv_metric"])
        assert found["init"].keys() == expected["init"].keys()
        for name, value in expected["init"].items():
            assert np.asarray(found["init"][name]) == pytest.approx(np.asarray(value)), name


@FEW
@given(WEIGHTS, st.booleans())
def test_the_data_of_the_program_and_the_likelihood(weights, labelled):
    (rows, weighted), (repeated, plain), _ = rows_of(weights, labelled=labelled)
    found, expected = (
        ties.collapse_weights(rows),
        ties.collapse_weights(repeated),
    )
    values = {name: value.reshape(-1, 2) for name, value in draws()[0].items()}
    sums = [
        log_likelihoods(model, values, distinct) @ model.stan_data(distinct, count)["count"]
        for model, (distinct, count) in ((weighted, found), (plain, expected))
    ]
    assert sums[0] == pytest.approx(sums[1])
    assert set(found[0].y) == set(expected[0].y)
    assert sums[0] == pytest.approx(log_likelihoods(plain, values, repeated).sum(axis=1))


@FEW
@given(WEIGHTS)
def test_functionals_and_labels(weights):
    (rows, weighted), (repeated, plain), _ = rows_of(weights)
    values, lp = draws()
    found, expected = functionals(values, lp, weighted, rows), functionals(values, lp, plain, repeated)
    assert list(found) == list(expected)
    for name, own in expected.items():
        assert found[name] == pytest.approx(own, abs=1e-6), name
    trees = [assemble(values, {"lp": lp}, model, y) for model, y in ((weighted, rows), (plain, repeated))]
    assert (trees[0]["labels"]["permutation"] == trees[1]["labels"]["permutation"]).all()
    assert trees[0]["labels"]["margin"].values == pytest.approx(trees[1]["labels"]["margin"].values, rel=1e-5)
    assert trees[0]["labels"].attrs["observations"] == len(repeated)


@FEW
@given(WEIGHTS)
@pytest.mark.parametrize("evaluated", [10**6, 9])
def test_quantities_and_leave_one_out_of_all_and_of_a_part(evaluated, weights):
    (rows, weighted), (repeated, plain), _ = rows_of(weights)
    values, lp = draws()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignments, "LOO_OBSERVATIONS", evaluated)
        tree = assemble(values, {"lp": lp}, plain, repeated)
        found, expected = (
            pointwise(weighted, tree, rows, 200, 0.9),
            pointwise(plain, tree, repeated, 200, 0.9),
        )
    for name, column in expected[0].items():
        own = found[0][name][found[2]]
        assert np.repeat(own, weights) == pytest.approx(column[expected[2]]), name
    for name in ("elpd", "lpd", "pareto_k"):
        assert np.repeat(found[1][name], weights) == pytest.approx(expected[1][name], nan_ok=True), name
    for name in ("elpd", "se", "p"):
        assert found[3][name] == pytest.approx(expected[3][name]), name
    assert found[3]["n"] == len(rows)
    assert ("drawn" in found[1]) == (evaluated == 9)
    if evaluated == 9:
        assert found[1]["drawn"].sum() == expected[1]["drawn"].sum() == 9
        assert np.isnan(found[1]["pareto_k"]).any()


@FEW
@given(WEIGHTS)
@pytest.mark.parametrize("evaluated", [10**6, 9])
def test_comparisons(evaluated, weights):
    (rows, weighted), (repeated, plain), _ = rows_of(weights)
    tables = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignments, "LOO_OBSERVATIONS", evaluated)
        for model, y in ((weighted, rows), (plain, repeated)):
            results = []
            for seed in (1, 2):
                values, lp = draws(seed, apart=0.3 * seed)
                tree = assemble(values, {"lp": lp}, plain, repeated)
                results.append(pointwise(model, tree, y, 200, 0.9))
            fits = [
                {"model": str(i), "components": 2, "verdict": "converged"} | result[3]
                for i, result in enumerate(results)
            ]
            tables.append(compare(fits, [pd.DataFrame(result[1]) for result in results]))
    assert tables[0]["model"].tolist() == tables[1]["model"].tolist()
    for name in ("elpd", "se", "elpd_diff", "se_diff", "p"):
        assert tables[0][name].to_numpy() == pytest.approx(tables[1][name].to_numpy(), abs=1e-9), name
    assert tables[0]["elpd_diff"][1] == pytest.approx(tables[0]["elpd"][1] - tables[0]["elpd"][0])


@FEW
@given(WEIGHTS)
def test_stacking(weights):
    elpd = np.random.default_rng(1).normal(-2, 1, (3, 20))
    found = stacking_weights(elpd, np.array(weights, dtype=float))
    assert found == pytest.approx(stacking_weights(np.repeat(elpd, weights, axis=1)), abs=1e-5)


@FEW
@given(WEIGHTS)
@pytest.mark.parametrize("most", [10**6, 15])
def test_the_ledger_of_modes(most, weights):
    (rows, weighted), (repeated, plain), _ = rows_of(weights)
    values, lp = draws(apart=1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stanmix.judgement.modes.LEDGER_OBSERVATIONS", most)
        found, expected = (
            _weights(model, [[0], [1]], values, y) for model, y in ((weighted, rows), (plain, repeated))
        )
    assert found == pytest.approx(expected, abs=1e-5)
    grid = np.linspace(-3, 7, 5)
    portraits = [_portrait(model, values, lp, y, grid) for model, y in ((weighted, rows), (plain, repeated))]
    assert portraits[0]["sizes"] == portraits[1]["sizes"]
    assert portraits[0]["density"] == pytest.approx(portraits[1]["density"])
    point = {name: value[0, 0] for name, value in values.items()}
    assert signature(weighted, point, rows) == pytest.approx(signature(plain, point, repeated))


@FEW
@given(WEIGHTS)
@pytest.mark.parametrize("most", [1000, 15])
def test_partitions(most, weights):
    (rows, weighted), (repeated, plain), weight = rows_of(weights)
    values, _ = draws()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "OBSERVATIONS", most)
        found, arrays = partitions.summarise(weighted, values, rows, 1)
        expected, others = partitions.summarise(plain, values, repeated, 1)
    assert found["observations"] == expected["observations"]
    assert arrays["similarity"] == pytest.approx(others["similarity"])
    for kind in ("binder", "vi"):
        assert found[kind]["clusters"] == expected[kind]["clusters"]
        assert found[kind]["loss"] == pytest.approx(expected[kind]["loss"])
        assert sum(found[kind]["sizes"]) == sum(expected[kind]["sizes"]) == weight.sum()
        if most == 1000:
            assert found[kind]["sizes"] == expected[kind]["sizes"]
    assert found["vi"]["ball"] == expected["vi"]["ball"]


@given(WEIGHTS, st.integers(1, 60))
def test_rows_that_are_replicated_and_probes(weights, most):
    (rows, weighted), (repeated, plain), weight = rows_of(weights)
    chosen = rows.y[representatives(weight, most)]
    assert chosen.tolist() == repeated.y[representatives(np.ones(len(repeated)), most)].tolist()
    assert probes(weighted, rows).y.tolist() == probes(plain, repeated).y.tolist()


def test_predictions_are_those_of_the_same_draws():
    (rows, weighted), (repeated, plain), _ = rows_of([1, 2, 3, 4] * 5)
    values, lp = draws()
    new = np.array([-1.0, 2, 9])
    tables = [
        predict(model, assemble(values, {"lp": lp}, model, y), new, 200, 0.9, 1)[0]
        for model, y in ((weighted, rows), (plain, repeated))
    ]
    for name, column in tables[1].items():
        assert tables[0][name] == pytest.approx(column), name


@given(st.lists(st.integers(1, 9), min_size=2, max_size=30), st.integers(0, 10**6))
def test_sums_means_and_quantiles(weights, seed):
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=len(weights)).round(1), np.array(weights, dtype=float)
    repeated = np.repeat(x, weights)
    expected = (repeated.sum(), np.sqrt(len(repeated)) * repeated.std(ddof=1))
    assert total(x, weight) == pytest.approx(expected, abs=1e-9)
    assert mean_and_sd(x, weight) == pytest.approx((repeated.mean(), repeated.std(ddof=1)), abs=1e-9)
    probabilities = [0, 0.025, 0.3, 0.5, 0.975, 1]
    assert quantiles(x, probabilities, weight) == pytest.approx(np.quantile(repeated, probabilities))


def test_two_rows_of_weight_500_have_the_error_of_1000():
    found, error = total(np.array([0.0, 0.5]), np.array([500.0, 500.0]))
    assert found == 250
    assert error == pytest.approx(7.91, abs=0.005)


def test_one_observation_has_a_sum_but_no_error():
    assert total(np.array([2.0]))[0] == 2
    assert np.isnan(total(np.array([2.0]))[1])
    assert np.isnan(total(np.array([2.0, 3]), np.array([0.3, 0.4]))[1])


@pytest.mark.parametrize("whole", [True, False])
def test_a_part_estimates_weighted_sums_with_its_error(whole):
    rng = np.random.default_rng(1)
    n, part = 3000, 300
    weight = rng.integers(1, 30, n).astype(float) ** 2 * (1.0 if whole else 0.013)
    approximation = rng.normal(-2, 1, n)
    x = approximation - np.where(weight > np.median(weight), 1.0, 0.0) + rng.normal(0, 0.5, n)
    right, misses, errors = weight @ x, [], []
    for _ in range(200):
        if whole:
            place = rng.choice(int(weight.sum()), part, replace=False)
        else:
            place = (np.arange(part) + rng.random(part)) * weight.sum() / part
        drawn = np.bincount(densities.rows_at(weight, place), minlength=n)
        mean = np.average(x - approximation, weights=drawn)
        expected = np.where(drawn > 0, x, approximation + mean)
        found, error = estimated_total(expected, approximation, drawn, weight)
        of_part = np.sqrt(max(error**2 - total(expected, weight)[1] ** 2, 0))
        misses.append(found - right)
        errors.append(of_part)
    assert abs(np.mean(misses)) < 4 * np.std(misses) / np.sqrt(200)
    # Draws from equal parts of the sum of the weights vary less than those from all of it.
    assert np.std(misses) == pytest.approx(np.mean(errors), rel=0.15 if whole else 0.3)
