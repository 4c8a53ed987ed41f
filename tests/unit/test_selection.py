import arviz_base
import arviz_stats
import numpy as np
import pandas as pd
import pytest

from stanmix.report.tables import records
from stanmix.results.assignments import loo_summary
from stanmix.results.comparison import COLUMNS, compare, is_clear

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


NO_ELPD = {"elpd": None, "se": None, "p": None, "reason": "elpd is not available, because of rows 91, 128."}


def test_a_fit_without_elpd_is_a_row_with_its_reason_and_ends_nothing():
    own, table = fits(), tables()
    own[1] |= NO_ELPD
    table[1].loc[1, "elpd"] = np.nan
    found = compare(own, table)
    assert found["model"].tolist() == ["a", "c", "b"]
    assert found["left_out"].isna().tolist() == [True, True, False]
    assert found["left_out"][2] == NO_ELPD["reason"]
    assert found.loc[2, ["elpd", "se", "elpd_diff", "se_diff", "p"]].isna().all()
    assert found["elpd_diff"].tolist()[:2] == [0, -2]
    assert found["pareto_k_good"].tolist() == [1, 1, 1]


def test_a_fit_of_which_nothing_is_known_but_its_failure_is_a_row_too():
    failed = {"model": "d", "components": 5, "verdict": None, "elpd": None, "reason": "sampling failed"}
    found = compare([failed, *fits()], [None, *tables()])
    assert found["model"].tolist() == ["b", "a", "c", "d"]
    assert found["left_out"][3] == "sampling failed"
    assert found["pareto_k_good"].isna().tolist() == [False, False, False, True]


@pytest.mark.parametrize("verdict", ["several modes", "not converged"])
def test_fits_with_a_bad_verdict_never_win(verdict):
    own = fits()
    own[1]["verdict"] = verdict  # that of the highest elpd
    found = compare(own, tables())
    assert found["model"].tolist() == ["a", "c", "b"]
    assert found["verdict"].tolist() == ["converged", "converged", verdict]
    assert found["elpd"].tolist() == [-6, -8, -4.5]
    assert found["elpd_diff"].tolist()[:2] == [0, -2]
    assert found["elpd_diff"].isna()[2]
    assert "its chains" in found["left_out"][2]


def test_components_that_are_not_identified_predict_all_the_same():
    own = fits()
    own[1]["verdict"] = "components not identified"
    assert compare(own, tables())["model"].tolist() == ["b", "a", "c"]


def test_without_any_fit_to_rank_there_is_a_table():
    own = [fit | NO_ELPD for fit in fits()]
    found = compare(own, tables())
    assert found["model"].tolist() == ["a", "b", "c"]
    assert found["elpd_diff"].isna().all()


def test_a_table_is_written_and_read_with_its_reasons(tmp_path):
    own = fits()
    own[0] |= NO_ELPD
    compare(own, tables()).to_csv(tmp_path / "comparison.csv", index=False)
    *ranked, last = records(tmp_path / "comparison.csv")
    assert [row["left_out"] for row in ranked] == [None, None]
    assert ranked[0]["pareto_k_good"] == 1
    assert (last["elpd"], last["elpd_diff"], last["left_out"]) == (None, None, NO_ELPD["reason"])


@pytest.mark.parametrize(
    ("difference", "error", "clear"),
    [
        (-1.9, 0.5, False),
        (-4, 2, True),
        (-4, 2.01, False),
        (-3.9, 0, False),
        (-9, None, False),
        (0, 0, False),
    ],
)
def test_differences_are_clear_from_4_and_two_standard_errors_on(difference, error, clear):
    assert is_clear(difference, error) == clear
    assert not is_clear(difference, np.nan)


def of_a_part(seed, n=2000, part=200, weight=None):
    """Densities of a part of the rows, and what approximates those of all; with the true densities."""
    rng = np.random.default_rng(seed)
    rows = np.random.default_rng(1).choice(n, part, replace=False)
    drawn = np.bincount(rows, minlength=n)
    approximation = rng.normal(-2, 1, n)
    true = approximation + rng.normal(-0.1, 0.3, n)
    elpd = np.where(drawn > 0, true, approximation + (true - approximation)[drawn > 0].mean())
    columns = {"elpd": elpd, "lpd": elpd, "pareto_k": np.where(drawn > 0, 0.1, np.nan)}
    return pd.DataFrame(columns | {"approximation": approximation, "drawn": drawn}), true


def test_the_error_of_a_difference_contains_that_of_the_part_that_stands_for_all():
    (first, true_first), (second, true_second) = of_a_part(1), of_a_part(2)
    facts = [
        {"model": name, "components": 2, "verdict": "converged", **summary(table, 1000)}
        for name, table in (("a", first), ("b", second))
    ]
    found = compare(facts, [first, second])
    best, other = (first, second) if facts[0]["elpd"] > facts[1]["elpd"] else (second, first)
    difference = other["elpd"] - best["elpd"]
    correction = difference - (other["approximation"] - best["approximation"])
    of_part = 2000**2 * (1 - 0.1) * correction[first["drawn"] > 0].var(ddof=1) / 200
    assert found["elpd_diff"][1] == pytest.approx(-abs(facts[1]["elpd"] - facts[0]["elpd"]))
    assert found["se_diff"][1] == pytest.approx(np.sqrt(2000 * difference.var(ddof=1) + of_part))
    assert of_part > 0.05 * 2000 * difference.var(ddof=1)
    right = (true_second - true_first).sum()
    assert abs(abs(found["elpd_diff"][1]) - abs(right)) < 4 * np.sqrt(of_part)
    assert facts[0]["elpd"] == pytest.approx(first["elpd"].sum())


def test_sums_of_a_part_are_weighted():
    rng = np.random.default_rng(1)
    n, weight = 1000, np.where(np.arange(1000) < 10, 200.0, 1.0)
    approximation = np.full(n, -1.0)
    true = np.where(weight > 1, -1.0, -3.0)  # the approximation is right for the heavy rows
    drawn = np.bincount(
        np.searchsorted(np.cumsum(weight), rng.choice(2990, 600, replace=False), "right"), minlength=n
    )
    mean = np.average(true - approximation, weights=drawn)
    elpd = np.where(drawn > 0, true, approximation + mean)
    table = pd.DataFrame(
        {"elpd": elpd, "lpd": elpd, "pareto_k": 0.1, "weight": weight}
        | {"approximation": approximation, "drawn": drawn}
    )
    facts = summary(table, 1000)
    right = weight @ true
    assert right == -2000 - 2970
    assert facts["elpd"] == pytest.approx(right, abs=4 * 2990 * 0.95 / np.sqrt(600))
    assert facts["se"] > 2990 * 0.9 / np.sqrt(600) * np.sqrt(1 - 600 / 2990)


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
