"""Planted modes: their masses against exact sums over assignments, and what is read of a run."""

import json

import numpy as np
import pytest
from bench.validation import planted, planted_page
from scipy import special, stats
from typer.testing import CliRunner

from stanmix.commandline import app

CASES = {case.name: case for case in planted.cases()}
SOLVED = {}


def solved(name):
    if name not in SOLVED:
        SOLVED[name] = planted.solve(CASES[name])
    return SOLVED[name]


def test_there_are_cases_of_every_mass_in_several_families():
    assert len(CASES) == 36
    for smaller in planted.SMALLER:
        assert sum(case.smaller == smaller for case in CASES.values()) == 12
    assert {case.family for case in CASES.values()} == set(planted.DENSITIES)
    assert {len(case.axes) for case in CASES.values()} == {2, 3}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if len(case.axes) == 3 and case.smaller > 0.02 else name
        for name, case in CASES.items()
    ],
)
def test_there_are_two_modes_with_a_barrier_and_the_masses_that_were_wanted(name):
    case, found = CASES[name], solved(name)
    assert len(found.modes) == 2
    assert sum(mode.mass for mode in found.modes) == pytest.approx(1)
    assert min(mode.mass for mode in found.modes) == pytest.approx(case.smaller, abs=0.0005)
    assert found.barrier > 8
    for mode in found.modes:
        gradient = [
            np.diff(case.log_posterior(np.array(mode.place) + np.array([[-1e-4], [1e-4]]) * step))[0] / 2e-4
            for step in np.eye(len(case.axes))
        ]
        assert np.abs(gradient).max() < 0.01


@pytest.mark.parametrize("name", ["known_sd_10", "poisson_10", "free_sds_2"])
def test_masses_do_not_change_with_a_finer_grid(name):
    finer = planted.solve(CASES[name], fine=0.35)
    assert [mode.mass for mode in finer.modes] == pytest.approx(
        [mode.mass for mode in solved(name).modes], abs=2e-4
    )


def by_assignments(y, evidence):
    """Mass of the modes, by how many observations the component of the smaller mean has.

    Counts of assignments with each number and sum of observations in the first component come from one
    observation after the other, so that the sum is over all 2^N of them.
    """
    ways = {(0, 0): 1}
    for value in y:
        more = dict(ways)
        for (n, s), count in ways.items():
            more[n + 1, s + value] = more.get((n + 1, s + value), 0) + count
        ways = more
    N, S = len(y), sum(y)
    few, many = [], []
    for (n, s), count in ways.items():
        low_first = s * (N - n) < (S - s) * n
        low = n if low_first else N - n
        log = np.log(float(count)) + evidence(n, s) + evidence(N - n, S - s)
        (few if low < N / 2 else many).append(log)
    total = np.logaddexp(special.logsumexp(few), special.logsumexp(many))
    # Of few observations at the smaller mean the middle is with the larger, whose means are both smaller.
    return np.exp(special.logsumexp(few) - total), np.exp(special.logsumexp(many) - total)


@pytest.mark.parametrize("name", ["poisson_50", "poisson_10", "poisson_2"])
def test_masses_of_counts_are_those_of_a_sum_over_all_assignments(name):
    rate = CASES[name].axes[0].prior["beta"]

    def evidence(n, s):
        # Of exponential means with this rate, but for the factorials of the counts.
        return special.gammaln(s + 1) - (s + 1) * np.log(n + rate) + np.log(rate)

    few, many = by_assignments(CASES[name].data["y"].tolist(), evidence)
    exact = {np.exp(mode.place[0]) < 5: mode.mass for mode in solved(name).modes}
    assert (exact[True], exact[False]) == pytest.approx((few, many), abs=2e-3)


@pytest.mark.parametrize("name", ["binomial_50", "binomial_10", "binomial_2"])
def test_masses_of_successes_are_those_of_a_sum_over_all_assignments(name):
    shape = CASES[name].axes[0].prior["beta"]

    def evidence(n, s):
        return special.betaln(1 + s, shape + 40 * n - s) - special.betaln(1, shape)

    few, many = by_assignments(CASES[name].data["y"].tolist(), evidence)
    exact = {special.expit(mode.place[0]) < 0.1: mode.mass for mode in solved(name).modes}
    assert (exact[True], exact[False]) == pytest.approx((few, many), abs=2e-3)


@pytest.mark.parametrize("name", ["known_sd_10", "known_sd_2", "known_sd_small_10", "two_columns_10"])
def test_masses_of_clear_groups_are_those_of_the_two_assignments_to_them(name):
    data = CASES[name].data
    y = data["a" if "a" in data else "y"].to_numpy()

    def evidence(group):
        covariance = np.eye(len(group)) + 100 * np.ones((len(group), len(group)))
        return stats.multivariate_normal.logpdf(group, np.zeros(len(group)), covariance)

    edges = np.sort(y)[np.argsort(np.diff(np.sort(y)))[-2:]]
    with_left, with_right = (evidence(y[y <= edge]) + evidence(y[y > edge]) for edge in sorted(edges)[::-1])
    left = 1 / (1 + np.exp(with_right - with_left))
    # With the left group the middle makes both means larger.
    exact = sorted(solved(name).modes, key=lambda mode: -mode.place[0])
    assert [mode.mass for mode in exact] == pytest.approx([left, 1 - left], abs=2e-3)


def test_symmetric_cases_have_equal_masses():
    for name in ("known_sd_50", "free_sds_50", "student_t_50", "binomial_50"):
        assert [mode.mass for mode in solved(name).modes] == pytest.approx([0.5, 0.5], abs=1e-6)


@pytest.mark.parametrize("name", ["known_sd_10", "gamma_2", "free_weights_2", "two_columns_sd_2"])
def test_the_density_is_that_of_the_formulas(name):
    case, rng = CASES[name], np.random.default_rng(1)
    z = np.array([[rng.uniform(0.3 * axis.low, 0.3 * axis.high) for axis in case.axes]])
    y = case.data.to_numpy(dtype=float)
    a, b = z[0, :2]
    prior = stats.norm(0, 10).logpdf([a, b]).sum()
    match name:
        case "known_sd_10":
            parts = [stats.norm(m, 1).logpdf(y[:, 0]) + np.log(0.5) for m in (a, b)]
        case "gamma_2":
            parts = [
                30 * r - special.gammaln(30) + 29 * np.log(y[:, 0]) - np.exp(r) * y[:, 0] + np.log(0.5)
                for r in (a, b)
            ]
            # On the scale of the logarithm a lognormal prior is a normal one.
            prior = stats.norm(np.log(30), 2).logpdf([a, b]).sum()
        case "free_weights_2":
            theta = 1 / (1 + np.exp(-z[0, 2]))
            weights = (theta, 1 - theta)
            parts = [
                stats.norm(m, 1).logpdf(y[:, 0]) + np.log(w) for m, w in zip((a, b), weights, strict=True)
            ]
            prior += np.log(theta * (1 - theta))
        case _:
            sd = np.exp(z[0, 2])
            parts = [
                stats.multivariate_normal([m, 0], sd**2 * np.eye(2)).logpdf(y) + np.log(0.5) for m in (a, b)
            ]
            prior += stats.norm(0, 0.05).logpdf(z[0, 2])
    assert case.log_posterior(z)[0] == pytest.approx(prior + np.logaddexp(*parts).sum(), rel=1e-10)


def test_the_configuration_is_one_of_the_workflow(tmp_path):
    planted.write(list(CASES.values()), 5, tmp_path)
    found = CliRunner().invoke(app, ["check", "--directory", str(tmp_path), "--no-priors"])
    assert found.exit_code == 0, found.output
    assert "36 fits" in found.output


@pytest.fixture
def fit(tmp_path):
    def write(optima, groups, starts=20, verdict="several modes"):
        (tmp_path / "modes.json").write_text(json.dumps({"starts": starts, "optima": optima}))
        modes = {"modes": optima, "groups": groups}
        (tmp_path / "diagnostics.json").write_text(json.dumps({"verdict": verdict, "modes": modes}))
        return tmp_path

    return write


def optimum(mode, switched=False, **more):
    """An optimum of the search at a mode of known_sd_10, with its components in either order."""
    mu = [*mode.place][:: -1 if switched else 1]
    return {"theta": [0.5, 0.5], "mu": mu, "sigma": [1.0, 1.0], "log_density": 0.0} | more


def test_modes_are_recognised_whatever_their_labels(fit):
    case, posterior = CASES["known_sd_10"], solved("known_sd_10")
    first, second = posterior.modes
    levels = case.log_posterior(np.array([first.place, second.place])) + 7.0
    elsewhere = {"theta": [0.5, 0.5], "mu": [0.0, 0.0], "sigma": 1.0, "log_density": -99.0, "mass": 0.0}
    optima = [
        optimum(first, mass=0.909, log_density=levels[0]),
        elsewhere,
        optimum(second, switched=True, mass=0.091, log_density=levels[1] + 0.25),
    ]
    groups = [
        {"optima": [{"mode": 3, "share": 1.0}], "mass": 0.2},
        {"optima": [{"mode": 1, "share": 0.8}, {"mode": 3, "share": 0.2}], "mass": 0.8},
        {"optima": []},
    ]
    starts = [{"mode": 1}, {"mode": 1}, {"mode": 1}, {"mode": 3}]
    found = planted.row_of(case, posterior, 1, fit(optima, groups, starts))
    assert found["masses"] == [first.mass, second.mass]
    assert (found["listed"], found["found"], found["chains"]) == (3, [True, True], [3, 1])
    assert found["laplace"] == pytest.approx([1.01, 0.91], abs=2e-3)
    assert found["ledger"] == pytest.approx([0.8 / 0.9, 2.0], abs=5e-3)
    assert found["off"] == pytest.approx(0.25, abs=1e-3)
    assert (found["verdict"], found["free"], found["n"]) == ("several modes", 2, 45)
    assert json.loads(json.dumps(found)) == found


def test_what_the_files_do_not_have_is_none(fit):
    case, posterior = CASES["known_sd_10"], solved("known_sd_10")
    groups = [{"optima": [{"mode": 1, "share": 1.0}]}]
    found = planted.row_of(case, posterior, 1, fit([optimum(posterior.modes[1])], groups))
    assert found["found"] == [False, True]
    assert [found[key] for key in ("chains", "laplace", "ledger", "off")] == [None] * 4


def test_a_fit_that_left_nothing_has_a_row(tmp_path):
    found = planted.row_of(CASES["known_sd_10"], solved("known_sd_10"), 1, tmp_path)
    assert (found["verdict"], found["listed"], found["found"]) == (None, 0, [False, False])
    assert [found[key] for key in ("chains", "laplace", "ledger", "off")] == [None] * 4
    assert "| several modes | no verdict |" in "\n".join(planted_page.render([row(), found]))


def test_weights_and_shared_values_are_read_from_an_optimum_with_its_labels():
    case = CASES["free_weights_2"]
    place = case.place_of({"theta": [0.3, 0.7], "mu": [6.0, -3.0], "sigma": 1.0})
    assert place == pytest.approx([-3, 6, special.logit(0.7)])
    sd = CASES["shared_sd_2"].place_of({"theta": [0.5, 0.5], "mu": [-6, 3], "sigma": [1.3, 1.3]})
    assert sd == pytest.approx([-6, 3, np.log(1.3)])
    fixed = CASES["free_sds_2"].place_of({"theta": [0.5, 0.5], "mu": [-8, 8], "sigma": [4.0, 1.0]})
    assert fixed == pytest.approx([np.log(4), 0])


def row(case="known_sd_10", seed=1, **changes):
    facts = {
        "case": case,
        "family": "normal",
        "free": 2,
        "n": 45,
        "smaller": 0.1,
        "masses": [0.9, 0.1],
        "barrier": 14.3,
        "seed": seed,
        "verdict": "several modes",
        "listed": 2,
        "found": [True, True],
        "off": 0.0,
        "chains": [3, 1],
        "laplace": [1.01, 0.95],
        "ledger": None,
    }
    return facts | changes


def test_the_page_counts_cases_by_mass():
    rows = [
        row(),
        row(
            seed=2, found=[True, False], off=None, chains=[4, 0], laplace=[1.1, 0.0], verdict="not converged"
        ),
        row("poisson_10", family="poisson", chains=[2, 2], off=0.0021, laplace=[1.0, 1.2], ledger=[1.0, 0.9]),
        row("known_sd_50", smaller=0.5, masses=[0.5, 0.5], laplace=[0.8, 1.1]),
        row("known_sd_2", smaller=0.02, masses=[0.02, 0.98], laplace=None, chains=None),
    ]
    text = "\n".join(planted_page.render(rows))
    third = "2 of 3, 67% (9% to 99%)"
    assert f"| 0.1 | 2 | {third} | {third} | 1 of 3, 33% (1% to 91%) | 0.00 to 1.20 |" in text
    assert "| 0.5 | 1 | 1 of 1, 100% (3% to 100%) | 1 of 1, 100% (3% to 100%) | 0 of 1" in text
    assert "| 0.02 | 1 | 1 of 1, 100% (3% to 100%) | 0 of 1, 0% (0% to 98%) | 0 of 1" in text
    assert "to within 0.0021 nats" in text
    head = "| by the search | by the ledger | several modes | not converged |"
    assert head in text
    assert (
        "| known_sd_10 | normal | 2 | 45 | 0.900 and 0.100 | 14.3 | 1 of 2 | 2 | 3+1, 4+0 | 0.00 to 0.95 |  "
        "| 1 | 1 |" in text
    )
    assert (
        "| poisson_10 | poisson | 2 | 45 | 0.900 and 0.100 | 14.3 | 1 of 1 | 2 | 2+2 | 1.20 | 0.90 |" in text
    )
    assert "| known_sd_50 | normal | 2 | 45 | 0.500 and 0.500 | 14.3 | 1 of 1 | 2 | 3+1 | 0.80 |" in text
