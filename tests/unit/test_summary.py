import arviz_base
import arviz_stats
import numpy as np
import pytest
from scipy.stats import rankdata

from stanmix.posterior.summary import mcse_share, summarise, varies


def autoregressive(seed=1, chains=4, draws=2000, correlation=0.7):
    rng = np.random.default_rng(seed)
    x = np.empty((chains, draws))
    x[:, 0] = rng.normal(size=chains)
    for i in range(1, draws):
        step = np.sqrt(1 - correlation**2) * rng.normal(size=chains)
        x[:, i] = correlation * x[:, i - 1] + step
    return x


def test_summary_of_draws_whose_answer_is_known():
    draws = 3 + 2 * autoregressive()
    row = summarise(draws, 0.9)
    assert row["mean"] == draws.mean()
    assert row["sd"] == draws.std(ddof=1)
    # An autoregression has (1 - r) / (1 + r) independent draws for each.
    assert row["ess_bulk"] == pytest.approx(8000 * 0.3 / 1.7, rel=0.15)
    assert row["mcse_mean"] == pytest.approx(row["sd"] / np.sqrt(row["ess_bulk"]), rel=0.05)
    assert row["rhat"] == pytest.approx(1, abs=0.01)
    assert (row["hdi_low"], row["hdi_high"]) == pytest.approx((3 - 2 * 1.645, 3 + 2 * 1.645), abs=0.35)


def test_the_interval_is_the_shortest_one():
    draws = np.random.default_rng(1).exponential(size=(4, 5000))
    row = summarise(draws, 0.8)
    assert row["hdi_low"] == pytest.approx(0, abs=0.01)
    assert row["hdi_high"] == pytest.approx(-np.log(0.2), rel=0.05)


def test_the_numbers_are_those_of_arviz():
    draws = autoregressive(2)
    tree = arviz_base.from_dict({"posterior": {"x": draws}})
    row = summarise(draws, 0.95)
    assert row["rhat"] == pytest.approx(float(arviz_stats.rhat(tree, method="rank")["x"]))
    assert row["ess_bulk"] == pytest.approx(float(arviz_stats.ess(tree, method="bulk")["x"]))


def test_chains_that_differ_in_spread_alone_are_seen():
    draws = np.random.default_rng(1).normal(size=(4, 1000))
    draws[0] *= 4
    assert summarise(draws, 0.95)["rhat"] > 1.05


@pytest.mark.parametrize("far", [np.inf, 1e200])
def test_draws_that_are_infinite_are_compared_by_ranks(far):
    draws = autoregressive(3)
    plain = summarise(draws, 0.95)
    highest = np.unravel_index(draws.argmax(), draws.shape)
    draws[highest] = far
    row = summarise(draws, 0.95)
    # No rank has changed.
    for name in ("ess_bulk", "ess_tail", "hdi_low", "hdi_high"):
        assert row[name] == pytest.approx(plain[name], rel=1e-6), name
    assert row["rhat"] == pytest.approx(plain["rhat"], abs=0.002)
    assert np.isnan([row["mean"], row["sd"], row["mcse_mean"]]).all()
    ranks = rankdata(draws).reshape(draws.shape)
    mcse = summarise(ranks, 0.95)["mcse_mean"]
    assert mcse_share(draws) == pytest.approx(mcse / ranks.std(ddof=1))


def test_chains_that_differ_in_infinite_draws_are_seen():
    draws = np.random.default_rng(1).normal(size=(4, 1000))
    draws[0, ::2] = np.inf
    assert summarise(draws, 0.95)["rhat"] > 1.05
    draws[0, ::2] = -np.inf
    assert summarise(draws, 0.95)["rhat"] > 1.05
    assert summarise(draws, 0.95)["hdi_low"] == -np.inf


def test_one_draw_that_is_no_number_leaves_nothing():
    draws = autoregressive(3)
    draws[2, 7] = np.nan
    assert np.isnan(list(summarise(draws, 0.95).values())).all()
    assert np.isnan(mcse_share(draws))


def test_draws_vary_unless_all_are_the_same():
    draws = np.full((2, 5), 3.0)
    assert not varies(draws)
    assert not varies(draws + 1e-13 * np.arange(5))
    assert varies(draws + 1e-9 * np.arange(5))
    for other, expected in ((np.inf, False), (-np.inf, False), (np.nan, True)):
        assert varies(np.full((2, 5), other)) is expected
        assert varies(np.where(np.arange(5) == 1, other, draws))
