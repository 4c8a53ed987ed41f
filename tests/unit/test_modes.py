"""Which chains are at which mode, and stacking."""

import dataclasses
import itertools

import numpy as np
import pytest

from helpers import free_values, mixture_log_terms, model_of, prior_log_density
from stanmix.judgement import modes
from stanmix.judgement.modes import agreeing_chains, at_one_place, ledger, stationary
from stanmix.loo.stacking import stacking_weights
from stanmix.posterior.datatree import assemble, component_values
from stanmix.posterior.functionals import functionals
from stanmix.starts import optima
from stanmix.starts.laplace import Mode
from stanmix.starts.optima import LogPosterior, Optimum, merge, no_barrier, way


def draws(*centres, seed=1, n=400):
    rng = np.random.default_rng(seed)
    return {
        "first": np.stack([rng.normal(centre, 1, n) for centre in centres]),
        "second": rng.normal(0, 1, (len(centres), n)),
    }


def test_chains_that_agree_are_one_group():
    assert agreeing_chains(draws(0, 0, 0, 0)) == [[0, 1, 2, 3]]


def test_chains_are_grouped_by_where_they_are():
    assert agreeing_chains(draws(0, 5, 0, 5, 20)) == [[0, 2], [1, 3], [4]]


def test_a_monotone_transformation_changes_no_group():
    apart = draws(0, 0, 3)
    assert agreeing_chains({name: np.exp(20 * value) for name, value in apart.items()}) == [[0, 1], [2]]


def test_a_chain_that_drifts_is_not_stationary():
    found = draws(0, 5, 0)
    found["first"][2] += np.linspace(0, 8, 400)
    assert stationary(found).tolist() == [True, True, False]


def test_a_chain_that_does_not_move_is_not_stationary():
    found = {name: value.copy() for name, value in draws(0, 0).items()}
    for value in found.values():
        value[1] = 0.3
    assert stationary(found).tolist() == [True, False]


# Three groups and two components: two of the groups must share one, and there are two ways.
RNG = np.random.default_rng(7)
THREE = np.concatenate([RNG.normal(9, 2, 90), RNG.normal(21, 2, 50), RNG.normal(35, 2, 75)])
MU, SIGMA = {"dist": "normal", "mu": 20, "sigma": 20}, {"dist": "lognormal", "mu": 1.0, "sigma": 1.0}
MODEL = model_of(2, scale=(4, 40), parameters={"mu": {"prior": MU}, "sigma": {"prior": SIGMA}})
LEFT = {"theta": [0.65, 0.35], "mu": [13.0, 35.0], "sigma": [6.0, 2.0]}
RIGHT = {"theta": [0.42, 0.58], "mu": [9.0, 29.0], "sigma": [2.0, 7.0]}


def log_posterior(theta, mu, sigma):
    """With the Jacobian of the log scales of sigma, and of any unconstrained scale of theta."""
    priors = sum(prior_log_density(MU, -np.inf, np.inf, x) for x in mu)
    priors += sum(prior_log_density(SIGMA, 0, np.inf, x) + np.log(x) for x in sigma)
    priors += np.log(theta).sum()
    return priors + np.logaddexp.reduce(mixture_log_terms(THREE, theta, mu, sigma), axis=1).sum()


def optimum(point, order=(0, 1), converged=True, **changes):
    values = {name: np.array(value, dtype=float)[list(order)] for name, value in (point | changes).items()}
    return Optimum(log_posterior(**values), values, converged)


def test_the_log_density_is_the_one_that_is_sampled():
    points = [optimum(LEFT), optimum(RIGHT), optimum(LEFT, sigma=[3.0, 0.5])]
    values = {name: np.stack([it.values[name] for it in points]) for name in LEFT}
    ours = LogPosterior(MODEL, THREE)(values)
    direct = np.array([it.log_density for it in points])
    assert ours - ours[0] == pytest.approx(direct - direct[0], abs=1e-9)


def test_symmetric_copies_are_one_mode_and_others_are_not():
    assert optimum(LEFT).log_density > optimum(RIGHT).log_density
    given = [optimum(RIGHT), optimum(LEFT, (1, 0)), optimum(LEFT), optimum(RIGHT, (1, 0)), optimum(LEFT)]
    kept, place = merge(MODEL, THREE, given)
    assert place == [1, 0, 0, 1, 0]
    assert [it.log_density for it in kept] == [optimum(LEFT).log_density, optimum(RIGHT).log_density]


def test_a_climb_that_ended_early_is_the_optimum_that_it_would_have_reached():
    # The labels are the other way round; nothing but a slope is between them.
    early = optimum(LEFT, (1, 0), converged=False, mu=[12.0, 35.5])
    assert optimum(LEFT).log_density - early.log_density > 2
    kept, place = merge(MODEL, THREE, [early, optimum(RIGHT), optimum(LEFT)])
    assert (len(kept), place) == (2, [0, 1, 0])


def test_the_depth_of_the_way_between_two_optima_decides():
    # Between the modes the density falls by far more than the bound: they are two, and they are one to a
    # bound that is deeper than that.
    way_between = way(MODEL, optimum(LEFT).values, optimum(RIGHT).values, np.linspace(0, 1, 200))
    density = LogPosterior(MODEL, THREE)(way_between)
    depth = min(density[0], density[-1]) - density.min()
    assert depth > 10 * optima.BARRIER
    pair = [optimum(LEFT), optimum(RIGHT)]
    assert len(merge(MODEL, THREE, pair)[0]) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optima, "BARRIER", depth + 0.1)
        assert len(merge(MODEL, THREE, pair)[0]) == 1


@pytest.mark.parametrize(
    "legs, end",
    [
        ([(-90, True)], (-90, True)),
        # A line search gave up, and a second one from there went on.
        ([(-95, False), (-90, True)], (-90, True)),
        # Where it gains nothing the place is taken, and marked.
        ([(-90, False), (-90, False)], (-90, False)),
        ([(-99, False), (-95, False), (-92, False)], (-92, False)),
        ([(-90, False), None], (-90, False)),
        ([None], None),
    ],
)
def test_the_place_where_a_line_search_gives_up_is_gone_on_from(legs, end, monkeypatch, tmp_path):
    there = optimum(LEFT).values
    left = [None if leg is None else Optimum(leg[0], there, leg[1]) for leg in legs]
    monkeypatch.setattr(optima, "_leg", lambda *args: left.pop(0))
    found = optima.climb(MODEL, "none", "none", {}, tmp_path)
    assert left == []
    assert (None if found is None else (found.log_density, found.converged)) == end


def test_an_optimum_has_converged_if_a_climb_to_it_has():
    high, low = optimum(LEFT, converged=False), optimum(LEFT)
    low = Optimum(high.log_density - 0.01, low.values, True)
    assert [it.converged for it in merge(MODEL, THREE, [high, low])[0]] == [True]
    assert [it.converged for it in merge(MODEL, THREE, [high, high])[0]] == [False]


def test_a_point_whose_density_is_0_is_no_other():
    nowhere = optimum(LEFT).values | {"sigma": np.array([1e-200, 1e-200])}
    density = LogPosterior(MODEL, THREE)
    assert density({name: value[None] for name, value in nowhere.items()}) == -np.inf
    assert not no_barrier(density, nowhere, optimum(LEFT).values)
    assert not no_barrier(density, nowhere, nowhere)
    assert no_barrier(density, optimum(LEFT).values, optimum(LEFT, (1, 0)).values)


def test_no_optima_are_no_modes():
    assert merge(MODEL, THREE, []) == ([], [])


@pytest.mark.parametrize(
    "lower, upper, values",
    [
        (-np.inf, np.inf, [-3.0, 4.0]),
        (0.0, np.inf, [1e-9, 5.0]),
        (-np.inf, 2.0, [-4.0, 1.9]),
        (-1, 1, [-0.9, 0.2]),
    ],
)
def test_the_scale_on_which_stan_samples_is_taken_back(lower, upper, values):
    plan = MODEL.parameters["mu"]
    bounded = dataclasses.replace(plan, bounds=((lower, upper),) * 2)
    model = dataclasses.replace(MODEL, parameters=MODEL.parameters | {"mu": bounded})
    there = optima.coordinates(model, "mu", np.array(values))
    assert optima.from_coordinates(model, "mu", there) == pytest.approx(values, rel=1e-9)
    theta = np.array([[0.2, 0.8], [1e-200, 1.0]])
    assert optima.from_coordinates(
        model, "theta", optima.coordinates(model, "theta", theta)
    ) == pytest.approx(theta)


@pytest.mark.parametrize(
    "counts, places",
    [
        ([[10, 0], [0, 10]], [[0], [1]]),
        ([[10, 0], [9, 1]], [[0, 1]]),
        # A few climbs of each cross over: still two.
        ([[38, 2], [4, 36]], [[0], [1]]),
        # Many optima in one place, each reached now and then.
        ([[4, 3, 2, 1, 0, 0], [3, 4, 0, 1, 1, 1]], [[0, 1]]),
        # Shares count, not numbers of climbs.
        ([[4, 6], [40, 60], [0, 3]], [[0, 1, 2]]),
        # Where no climb reached an optimum nothing is known.
        ([[0, 0], [0, 0], [5, 5]], [[0], [1], [2]]),
        ([[], []], [[0], [1]]),
    ],
)
def test_groups_whose_climbs_share_the_optima_of_most_draws_are_at_one_place(counts, places):
    assert at_one_place(np.array(counts, dtype=int)) == places


def fit_of(sides, draws=200):
    """Chains that wander a little about one of the two modes each."""
    rng = np.random.default_rng(3)
    values = {
        name: np.stack([np.array(side[name]) * np.exp(rng.normal(0, 0.02, (draws, 2))) for side in sides])
        for name in LEFT
    }
    values["theta"] /= values["theta"].sum(-1, keepdims=True)
    flat = {name: value.reshape(-1, 2) for name, value in values.items()}
    lp = LogPosterior(MODEL, THREE)(flat).reshape(len(sides), draws)
    return assemble(values, {"lp": lp}, MODEL, THREE)


def ledger_of(tree, tmp_path, found=None):
    values = component_values(tree, MODEL)
    invariant = functionals(values, tree["sample_stats"]["lp"].values, MODEL, THREE)
    found = found or {"climbs": 20, "failed": 20, "optima": []}
    return ledger(invariant, MODEL, tree, THREE, found, "none", "none", tmp_path)


@pytest.fixture(autouse=True)
def masses(monkeypatch):
    """Weigh modes that only chains found by their density; the program that would do it is not there."""

    def weigh(model, optima, *args):
        return [Mode(it, it.log_density, 0.1, None, np.empty((0, 0)), np.empty(0)) for it in optima]

    monkeypatch.setattr(modes, "weigh", weigh)


def weighed(point, hits, log_mass):
    return {**optimum(point).to_dict(), "hits": hits, "log_mass": log_mass, "log_mass_error": 0.1}


def nearest_mode(model, executable, data, point, folder):
    values = np.sort(free_values(MODEL, point)[:2])
    return optimum(LEFT if abs(values[0] - 13) < abs(values[0] - 9) else RIGHT)


def test_the_ledger_says_how_many_climbs_reach_each_mode(tmp_path, monkeypatch):
    monkeypatch.setattr(modes, "climb", nearest_mode)
    found = {
        "climbs": 20,
        "failed": 1,
        "optima": [weighed(RIGHT, 7, -10.0), weighed(LEFT, 12, -10.0 + np.log(3))],
    }
    made = ledger_of(fit_of([LEFT, RIGHT, LEFT, RIGHT]), tmp_path, found)
    assert made["genuine"]
    assert [(it["chains"], it["share"], it["hits"]) for it in made["modes"]] == [
        ([1, 3], 1, 12),
        ([2, 4], 1, 7),
    ]
    assert [(it["chains"], it["optima"]) for it in made["groups"]] == [
        ([1, 3], [{"mode": 1, "share": 1.0}]),
        ([2, 4], [{"mode": 2, "share": 1.0}]),
    ]
    assert made["search"] == {"climbs": 20, "failed": 1}
    assert [it["mass"] for it in made["modes"]] == pytest.approx([0.75, 0.25])
    # The delta method: p (1 - p) times the errors of the two logarithms, which are independent.
    assert [it["mass_error"] for it in made["groups"]] == pytest.approx([0.75 * 0.25 * 0.1 * 2**0.5] * 2)
    # All climbs of a group reached one mode, so that a few of each chain were enough.
    assert (made["climbs"], made["climbs_failed"]) == (2 * 12, 0)


def test_chains_that_agree_may_have_several_modes_with_their_shares(tmp_path, monkeypatch):
    climbs = itertools.count()

    def one_in_four(*args):
        return optimum(RIGHT if next(climbs) % 4 == 3 else LEFT)

    monkeypatch.setattr(modes, "climb", one_in_four)
    made = ledger_of(fit_of([LEFT] * 4), tmp_path)
    assert not made["genuine"]
    assert made["climbs"] == 4 * 10
    assert [(it["chains"], it["share"]) for it in made["modes"]] == [
        ([1, 2, 3, 4], 0.75),
        ([1, 2, 3, 4], 0.25),
    ]
    assert made["groups"][0]["optima"] == [{"mode": 1, "share": 0.75}, {"mode": 2, "share": 0.25}]


def test_chains_that_disagree_and_climb_to_the_same_modes_are_at_one_place(tmp_path, monkeypatch):
    monkeypatch.setattr(modes, "climb", lambda *args: optimum(LEFT))
    made = ledger_of(fit_of([LEFT, RIGHT]), tmp_path)
    assert not made["genuine"]
    assert [it["chains"] for it in made["groups"]] == [[1, 2]]


@pytest.mark.parametrize("sides", [[LEFT, LEFT], [LEFT, RIGHT]])
def test_a_ledger_of_climbs_that_all_fail_has_no_modes(sides, tmp_path, monkeypatch):
    monkeypatch.setattr(modes, "climb", lambda *args: None)
    made = ledger_of(fit_of(sides), tmp_path)
    assert not made["genuine"]
    assert made["modes"] == []
    assert made["climbs"] == made["climbs_failed"] == 20
    assert sorted(c for it in made["groups"] for c in it["chains"]) == [1, 2]
    assert all(it["optima"] == [] for it in made["groups"])


def test_chains_at_a_mode_and_chains_of_which_nothing_is_known_are_not_several_modes(tmp_path, monkeypatch):
    def fails_on_the_right(*args):
        end = nearest_mode(*args)
        return end if end.values["mu"][0] == 13 else None

    monkeypatch.setattr(modes, "climb", fails_on_the_right)
    made = ledger_of(fit_of([LEFT, RIGHT]), tmp_path)
    assert not made["genuine"]
    assert [(it["chains"], len(it["optima"])) for it in made["groups"]] == [([1], 1), ([2], 0)]


def test_modes_of_some_mass_are_pooled_by_it(tmp_path, monkeypatch):
    monkeypatch.setattr(modes, "climb", nearest_mode)
    found = {"climbs": 20, "failed": 0, "optima": [weighed(RIGHT, 10, 0.0), weighed(LEFT, 10, np.log(4))]}
    tree = fit_of([LEFT, RIGHT])
    made = ledger_of(tree, tmp_path, found)
    assert made["pooled"]["weights"] == pytest.approx([0.8, 0.2])
    densities = [np.array(group["density"]) for group in made["groups"]]
    assert made["pooled"]["density"] == pytest.approx(0.8 * densities[0] + 0.2 * densities[1])
    squares = (tree["posterior"]["theta"].values ** 2).sum(-1)
    row = next(it for it in made["pooled"]["functionals"] if it["name"] == "sum of squared weights")
    mean = 0.8 * squares[0].mean() + 0.2 * squares[1].mean()
    second = 0.8 * (squares[0] ** 2).mean() + 0.2 * (squares[1] ** 2).mean()
    assert (row["mean"], row["sd"]) == pytest.approx((mean, (second - mean**2) ** 0.5))


@pytest.mark.parametrize(("log_mass", "stray"), [(-30.0, True), (-6.4, True), (-6.0, False)])
def test_a_chain_at_a_mode_without_consequence_is_stray_and_no_second_mode(
    tmp_path, monkeypatch, log_mass, stray
):
    monkeypatch.setattr(modes, "climb", nearest_mode)
    found = {"climbs": 20, "failed": 0, "optima": [weighed(RIGHT, 10, log_mass), weighed(LEFT, 10, 0.0)]}
    made = ledger_of(fit_of([LEFT, LEFT, RIGHT]), tmp_path, found)
    assert made["stray"] == ([3] if stray else [])
    assert made["genuine"] is not stray
    assert (made["pooled"] is None) is stray


def test_where_no_place_has_mass_no_chain_is_stray(tmp_path, monkeypatch):
    # The masses are of a third mode, where no chain is: they say nothing about these.
    monkeypatch.setattr(modes, "climb", nearest_mode)
    third = weighed({"theta": [0.25, 0.75], "mu": [21.0, 22.0], "sigma": [2.0, 12.0]}, 10, 40.0)
    found = {"climbs": 9, "failed": 0, "optima": [weighed(LEFT, 1, 0.0), weighed(RIGHT, 1, 0.0), third]}
    made = ledger_of(fit_of([LEFT, RIGHT]), tmp_path, found)
    assert [len(it["chains"]) for it in made["modes"]] == [1, 1, 0]
    assert made["stray"] == []


def brute_force(elpd, steps=200):
    """The best weights on a grid over the simplex of three."""
    grid = [(a, b, steps - a - b) for a in range(steps + 1) for b in range(steps + 1 - a)]
    weights = np.array(grid) / steps
    with np.errstate(divide="ignore"):
        scores = np.log(weights @ np.exp(elpd)).sum(1)
    return weights[scores.argmax()], scores.max()


@pytest.mark.parametrize("seed", range(6))
def test_stacking_weights_are_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    elpd = rng.normal(-2, 1, (3, 40)) + rng.normal(0, 0.3, (3, 1))
    weights = stacking_weights(elpd)
    best, score = brute_force(elpd)
    assert weights.sum() == pytest.approx(1)
    assert weights == pytest.approx(best, abs=0.01)
    assert np.log(weights @ np.exp(elpd)).sum() >= score - 1e-9


def test_a_mode_that_predicts_everything_worse_has_no_weight():
    elpd = np.stack([np.full(30, -1.0), np.full(30, -3.0)])
    assert stacking_weights(elpd) == pytest.approx([1, 0], abs=1e-6)


def test_one_mode_has_all_weight():
    assert stacking_weights(np.zeros((1, 5))).tolist() == [1]
