import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from helpers import model_of, two_groups
from stanmix.families.statistics import REAL_STATISTICS
from stanmix.posterior.datatree import assemble
from stanmix.results import assignments
from stanmix.results.assignments import draws_for, loo_summary, pointwise, thinned_rows, write_rows
from stanmix.results.posterior_predictive import replications, statistics


@given(st.integers(1, 5000), st.integers(1, 16), st.integers(1, 10_000))
def test_thinned_rows_are_distinct_spread_out_and_as_many_as_wanted(draws, chains, wanted):
    rows = thinned_rows(draws, chains, wanted)
    assert len(rows) == max(1, min(draws, wanted // chains))
    assert rows[0] == 0
    assert len(rows) == 1 or rows[-1] == draws - 1
    assert len(rows) < 3 or np.ptp(np.diff(rows)) <= 1


def test_statistics_are_those_of_scipy_in_the_named_order():
    y = np.random.default_rng(1).gamma(2, size=(5, 300))
    expected = {
        "minimum": y.min(axis=1),
        "quantile 0.1": np.quantile(y, 0.1, axis=1),
        "median": np.median(y, axis=1),
        "quantile 0.9": np.quantile(y, 0.9, axis=1),
        "maximum": y.max(axis=1),
        "skewness": stats.skew(y, axis=1),
        "excess kurtosis": stats.kurtosis(y, axis=1),
    }
    assert list(expected) == list(REAL_STATISTICS)
    assert statistics(REAL_STATISTICS, y) == pytest.approx(np.stack(list(expected.values()), axis=1))


@pytest.mark.parametrize(
    ("n", "kept", "wanted", "expected"),
    [(100, 50, 1000, 1000), (10_000, 50, 1000, 100), (10**6, 50, 1000, 50)],
)
def test_large_data_are_replicated_for_fewer_draws(n, kept, wanted, expected):
    assert replications(n, kept, wanted) == expected


@pytest.mark.parametrize(
    ("distinct", "wanted", "expected"),
    [(100, 1000, 1000), (200_000, 1000, 1000), (400_000, 1000, 500), (10**7, 1000, 200), (10**7, 100, 100)],
)
def test_large_data_use_fewer_draws(distinct, wanted, expected):
    assert draws_for(distinct, wanted) == expected


def test_pareto_k_are_counted_by_the_threshold_for_the_number_of_draws():
    elpd = np.array([-1.0, -2.0, -3.0, -4.0, -5.0])
    loo = {"elpd": elpd, "lpd": elpd + 0.4, "pareto_k": np.array([0.1, 0.6, 0.9, 1.2, 1.5])}
    facts = loo_summary(loo, draws=1000)
    assert facts["pareto_k"]["threshold"] == pytest.approx(2 / 3)
    assert [facts["pareto_k"][key] for key in ("good", "bad", "very_bad")] == [2, 1, 2]
    assert (facts["elpd"], facts["p"], facts["n"], facts["evaluated"]) == (-15, pytest.approx(2), 5, 5)
    assert facts["se"] == pytest.approx(np.sqrt(5 * 2.5))
    assert loo_summary(loo, draws=100)["pareto_k"]["good"] == 1
    assert loo_summary(loo, draws=10**6)["pareto_k"]["threshold"] == 0.7


def some_fit(n, draws=100):
    """A model, draws near its posterior and data of two groups."""
    y = two_groups(n)
    model, rng = model_of(2, scale=(-3, 11)), np.random.default_rng(1)
    noise = rng.normal(0, 1, (3, 2, draws, 2))
    values = {
        "theta": rng.dirichlet([n, n], (2, draws)),
        "mu": np.array([0, 8]) + noise[0] / np.sqrt(n / 2),
        "sigma": np.exp(noise[1] / np.sqrt(n)),
    }
    return model, assemble(values, {"lp": noise[2, ..., 0]}, model, y), y


def test_chunks_do_not_change_what_is_computed(monkeypatch):
    model, tree, y = some_fit(60)
    whole = pointwise(model, tree, y, 200, 0.9)
    monkeypatch.setattr(assignments, "VALUES_AT_ONCE", 7 * 200 * 2)
    monkeypatch.setattr(assignments, "LOO_AT_ONCE", 11)
    parts = pointwise(model, tree, y, 200, 0.9)
    for first, second in zip(whole[:2], parts[:2], strict=True):
        for name, column in first.items():
            assert second[name] == pytest.approx(column, rel=1e-12), name
    assert parts[3]["elpd"] == pytest.approx(whole[3]["elpd"], rel=1e-12)


def test_leave_one_out_densities_of_a_part_estimate_those_of_all(monkeypatch):
    model, tree, y = some_fit(4000)
    whole, of_all = pointwise(model, tree, y, 200, 0.9)[1::2]
    monkeypatch.setattr(assignments, "LOO_OBSERVATIONS", 400)
    part, of_part = pointwise(model, tree, y, 200, 0.9)[1::2]
    evaluated = ~np.isnan(part["pareto_k"])
    assert (
        evaluated.sum()
        == of_part["evaluated"]
        == sum(of_part["pareto_k"][key] for key in ("good", "bad", "very_bad"))
        == 400
    )
    assert part["elpd"][evaluated] == pytest.approx(whole["elpd"][evaluated], rel=1e-10)
    exact = whole["elpd"] - part["elpd"]
    error = np.sqrt(4000**2 * (1 - 0.1) * exact[~evaluated].var() / 400)
    assert abs(of_part["elpd"] - of_all["elpd"]) < 4 * error < 0.01 * of_all["se"]
    assert part["elpd"].sum() == pytest.approx(of_part["elpd"], rel=1e-12)
    assert of_part["se"] >= np.sqrt(4000) * part["elpd"].std(ddof=1)


def test_tied_observations_have_the_quantities_of_their_value_in_the_order_of_the_data():
    model, tree, y = some_fit(20)
    rows = np.array([3, 0, 3, 7, 3, 0])
    tied, single = (pointwise(model, tree, values, 200, 0.9) for values in (y[rows], y))
    assert len(tied[0]["p_1"]) == 3
    for name, column in single[0].items():
        assert tied[0][name][tied[2]] == pytest.approx(column[single[2]][rows], rel=1e-10), name
    for name, column in single[1].items():
        assert tied[1][name] == pytest.approx(column[rows], rel=1e-10), name
    assert tied[3]["n"] == 6
    assert tied[3]["elpd"] == pytest.approx(single[1]["elpd"][rows].sum(), rel=1e-12)


def test_rows_are_written_part_by_part_in_the_order_of_the_data(tmp_path, monkeypatch):
    monkeypatch.setattr(assignments, "ROWS_AT_ONCE", 4)
    columns = {"component": np.array([2, 1], dtype=np.int16), "probability": np.array([2 / 3, 1.0])}
    position = np.array([0, 1, 1, 0, 0, 1])
    write_rows(columns, position, tmp_path / "a.parquet", tmp_path / "a.csv")
    table = pd.read_parquet(tmp_path / "a.parquet")
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 2
    assert table["row"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table["component"].tolist() == [2, 1, 1, 2, 2, 1]
    assert table["probability"].tolist() == [2 / 3, 1, 1, 2 / 3, 2 / 3, 1]
    text = (tmp_path / "a.csv").read_text("utf-8").splitlines()
    assert text[:3] == ["row,component,probability", "1,2,0.666667", "2,1,1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.parquet"]
