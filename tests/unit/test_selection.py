import arviz_base
import arviz_stats
import numpy as np
import pandas as pd
import pytest

from stanmix.quantities import loo_summary
from stanmix.selection import COLUMNS, compare

ELPD = {"a": [-1.0, -2.0, -3.0], "b": [-1.5, -1.0, -2.0], "c": [-4.0, -1.0, -3.0]}


def tables():
    k = [0.1, 0.8, 1.5]
    return [pd.DataFrame({"elpd": elpd, "lpd": elpd, "pareto_k": k}) for elpd in ELPD.values()]


def summary(table, draws):
    """The facts of densities that were all computed."""
    return loo_summary({name: table[name].to_numpy() for name in table}, draws)


def fits():
    facts = [summary(table, 1000) for table in tables()]
    return [
        {"model": name, "components": 2, "verdict": "converged", **fact}
        for name, fact in zip(ELPD, facts, strict=True)
    ]


def test_fits_are_ranked_with_differences_from_the_best():
    table = compare(fits(), tables())
    assert tuple(table.columns) == COLUMNS
    assert table["model"].tolist() == ["b", "a", "c"]
    assert table["elpd"].tolist() == [-4.5, -6, -8]
    assert table["elpd_diff"].tolist() == [0, -1.5, -3.5]
    # Differences of a from b are 0.5, -1 and -1: their sd is sqrt(0.75), times sqrt(3).
    assert table["se_diff"].tolist() == pytest.approx([0, 1.5, np.sqrt(3 * np.var([-2.5, 0, -1], ddof=1))])
    assert (
        table[["pareto_k_good", "pareto_k_bad", "pareto_k_very_bad"]].to_numpy().tolist() == [[1, 1, 1]] * 3
    )


def test_a_single_fit_is_its_own_best():
    table = compare(fits()[:1], tables()[:1])
    assert table[["elpd_diff", "se_diff"]].to_numpy().tolist() == [[0, 0]]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of pandas 3.1, in ArviZ 0.8 itself
def test_the_numbers_are_those_of_arviz():
    rng = np.random.default_rng(1)
    trees = {}
    for name, noise in (("a", 0.1), ("b", 0.2)):
        log_lik = rng.normal(-1, 0.5, 50) + rng.normal(0, noise, (4, 500, 50))
        tree = arviz_base.from_dict({"log_likelihood": {"y": log_lik}, "posterior": {"x": log_lik[..., 0]}})
        trees[name] = arviz_stats.loo(tree, pointwise=True, var_name="y")
    expected = arviz_stats.compare(trees)
    pointwise = [
        pd.DataFrame({"elpd": t.elpd_i.values, "lpd": t.elpd_i.values, "pareto_k": t.pareto_k.values})
        for t in trees.values()
    ]
    facts = [
        {"model": name, "components": 2, "verdict": "converged", **summary(table, 2000)}
        for name, table in zip(trees, pointwise, strict=True)
    ]
    for fact, result in zip(facts, trees.values(), strict=True):
        assert fact["elpd"] == pytest.approx(result.elpd, rel=1e-12)
        assert fact["se"] == pytest.approx(result.se, rel=0.02)  # ArviZ divides by N, not by N - 1
    table = compare(facts, pointwise)
    assert table["model"].tolist() == list(expected.index)
    # ArviZ 1 rounds to what the standard error supports and counts from the best upwards.
    assert -table["elpd_diff"][1] == pytest.approx(abs(expected["elpd_diff"].iloc[1]), abs=0.6)
    assert table["se_diff"][1] == pytest.approx(expected["dse"].iloc[1], abs=0.1)
