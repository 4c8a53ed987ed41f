import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from stanmix.quantities import STATISTICS, loo_summary, predictive_draws, statistics, thinned_rows
from stanmix.sampling import columns_of, merge_thinned, read_stan_csv


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
    assert list(expected) == list(STATISTICS)
    assert statistics(y) == pytest.approx(np.stack(list(expected.values()), axis=1))


@pytest.mark.parametrize(
    ("n", "kept", "wanted", "expected"),
    [(100, 50, 1000, 1000), (10_000, 50, 1000, 100), (10**6, 50, 1000, 50)],
)
def test_large_data_are_replicated_for_fewer_draws(n, kept, wanted, expected):
    assert predictive_draws(n, kept, wanted) == expected


def test_pareto_k_are_counted_by_the_threshold_for_the_number_of_draws():
    table = pd.DataFrame({"elpd": [-1.0, -2.0, -3.0, -4.0, -5.0], "pareto_k": [0.1, 0.6, 0.9, 1.2, np.nan]})
    facts = loo_summary(table, lppd=-13.0, draws=1000)
    assert facts["pareto_k"]["threshold"] == pytest.approx(2 / 3)
    assert [facts["pareto_k"][key] for key in ("good", "bad", "very_bad")] == [2, 1, 2]
    assert (facts["elpd"], facts["p"], facts["n"]) == (-15, 2, 5)
    assert facts["se"] == pytest.approx(np.sqrt(5 * 2.5))
    assert loo_summary(table, -13.0, draws=100)["pareto_k"]["good"] == 1
    assert loo_summary(table, -13.0, draws=10**6)["pareto_k"]["threshold"] == 0.7


CHAIN = """# model = normal
# num_samples = 4
lp__,theta.1,theta.2,y.1.1
# Adaptation terminated
1,0.1,0.9,{0}1
2,0.2,0.8,{0}2
3,0.3,0.7,{0}3
4,0.4,0.6,{0}4
#
#  Elapsed Time: 1 seconds (Sampling)
"""


def test_chains_are_merged_one_after_the_other_with_one_header(tmp_path):
    files = []
    for chain in (1, 2):
        files.append(tmp_path / f"chain_{chain}.csv")
        files[-1].write_text(CHAIN.format(chain))
    merge_thinned(files, np.array([0, 3]), tmp_path / "merged.csv")
    text = (tmp_path / "merged.csv").read_text()
    assert text.count("lp__") == 1
    assert "# num_samples = 4\n" in text
    frame = read_stan_csv(tmp_path / "merged.csv")
    assert frame["y.1.1"].tolist() == [11, 14, 21, 24]
    assert columns_of(frame, "theta").tolist() == [[0.1, 0.9], [0.4, 0.6]] * 2
    assert columns_of(frame, "y").shape == (4, 1)
    assert columns_of(frame, "thet").shape == (4, 0)
