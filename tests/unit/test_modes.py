"""Which chains are at which mode, and stacking."""

import itertools

import numpy as np
import pytest

from helpers import model_of, two_groups
from stanmix.modes import Optimum, agreeing_chains, distinct, stationary
from stanmix.stacking import stacking_weights

Y = two_groups()


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


def optimum(log_density, *order, mu=(0.0, 8.0, 4.0)):
    values = {"theta": [0.5, 0.3, 0.2], "mu": mu, "sigma": [1.0, 1.1, 3.0]}
    return Optimum(log_density, {name: np.array(value)[list(order)] for name, value in values.items()})


def test_symmetric_copies_are_one_mode_and_others_are_not():
    model = model_of(3)
    copies = [optimum(-90 - 0.001 * i, *order) for i, order in enumerate(itertools.permutations(range(3)))]
    other = optimum(-91.0, 0, 1, 2, mu=(0.0, 8.0, 8.5))
    near = optimum(-90.05, 0, 1, 2, mu=(0.0, 8.0, 7.0))
    found = distinct(model, [other, *copies, near], Y)
    assert [(it.log_density, hits) for it, hits in found] == [(-90, 6), (-90.05, 1), (-91, 1)]


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
