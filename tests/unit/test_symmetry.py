"""Symmetries of components against all permutations."""

import itertools
import time

import numpy as np
import pytest

from helpers import model_of
from stanmix.errors import StanmixError
from stanmix.model.symmetry import free_classes, symmetry_of


def all_symmetries(colours, ties):
    """Permutations that keep colours and carry groups to groups, found by trying all."""
    K = len(colours)
    found = []
    for permutation in itertools.permutations(range(K)):
        keeps = all(colours[permutation[k]] == colours[k] for k in range(K))
        for tie in ties:
            for a, b in itertools.combinations(range(K), 2):
                together = tie[a] > 0 and tie[a] == tie[b]
                image = tie[permutation[a]], tie[permutation[b]]
                keeps &= together == (image[0] > 0 and image[0] == image[1])
        if keeps:
            found.append(permutation)
    return np.array(found)


CASES = {
    "free": ([0] * 4, [(1, 2, 3, 4)]),
    "no two alike": (list("abc"), [(1, 2, 3)]),
    "two classes": (list("abab"), []),
    "shared": ([0] * 3, [(1, 1, 1), (1, 2, 3)]),
    "shared but one": (list("aba"), [(1, 0, 1)]),
    "one pair": ([0] * 4, [(1, 2, 3, 2)]),
    "pairs": ([0] * 4, [(1, 1, 2, 2)]),
    "pairs and two more": ([0] * 6, [(1, 1, 2, 2, 3, 4)]),
    "pairs with fixed values": (list("abab"), [(1, 1, 2, 2)]),
    "a pair and a triple": ([0] * 5, [(1, 1, 2, 2, 2)]),
    "triples": ([0] * 6, [(1, 2, 1, 2, 1, 2)]),
    "pairs by two parameters": ([0] * 4, [(1, 1, 2, 3), (1, 2, 3, 3)]),
    "pairs in halves": ([0] * 8, [(1, 1, 1, 1, 2, 2, 2, 2), (1, 1, 2, 2, 3, 3, 4, 4)]),
    "a square": ([0] * 4, [(1, 1, 2, 2), (1, 2, 1, 2)]),
    "a table": ([0] * 6, [(1, 1, 1, 2, 2, 2), (1, 2, 3, 1, 2, 3)]),
    "a hexagon": ([0] * 6, [(1, 1, 2, 2, 3, 3), (1, 2, 2, 3, 3, 1)]),
    "two crosses": ([0] * 6, [(1, 1, 2, 3, 3, 4), (1, 2, 2, 3, 4, 4)]),
    "a cross with twins": ([0] * 6, [(1, 1, 1, 1, 2, 3), (1, 2, 3, 4, 1, 5)]),
}


def random_case(seed):
    rng = np.random.default_rng(seed)
    K = int(rng.integers(2, 7))
    colours = rng.integers(0, rng.integers(1, 3), K).tolist()
    ties = [rng.integers(0, rng.integers(1, K + 1), K) + 1 for _ in range(rng.integers(0, 4))]
    return colours, [tuple(tie.tolist()) for tie in ties]


CASES |= {f"random {seed}": random_case(seed) for seed in range(60)}


@pytest.mark.parametrize(("colours", "ties"), CASES.values(), ids=CASES)
def test_the_best_symmetry_and_its_margin_are_those_of_all_permutations(colours, ties):
    everything = all_symmetries(colours, ties)
    allowed = set(map(tuple, everything.tolist()))
    K, rng = len(colours), np.random.default_rng(1)
    symmetry = symmetry_of(colours, ties)
    cost = rng.normal(size=(30, K, K))
    totals = np.sort(cost[:, np.arange(K), everything].sum(-1), axis=1)
    best = symmetry.best_of_each(cost)
    assert set(map(tuple, best.tolist())) <= allowed
    assert np.take_along_axis(cost, best[..., None], axis=2).sum((1, 2)) == pytest.approx(totals[:, 0])
    second = totals[:, 1] - totals[:, 0] if totals.shape[1] > 1 else np.full(30, np.inf)
    assert symmetry.margins(cost, best) == pytest.approx(second)
    reached = np.zeros((K, K), dtype=bool)
    for permutation in everything:
        reached[np.arange(K), permutation] = True
    orbits = sorted({tuple(np.flatnonzero(row).tolist()) for row in reached})
    assert symmetry.orbits == [list(orbit) for orbit in orbits]


@pytest.mark.parametrize(("colours", "ties"), CASES.values(), ids=CASES)
def test_all_copies_of_a_draw_are_put_into_one_order(colours, ties):
    everything = all_symmetries(colours, ties)
    symmetry = symmetry_of(colours, ties)
    values = np.random.default_rng(2).normal(size=len(colours))
    copies = values[everything]
    found = np.take_along_axis(copies, symmetry.ascending(copies), axis=1)
    assert len(np.unique(found, axis=0)) == 1
    alone = np.array([copy[symmetry.sorted({"mu": copy}, lambda _: "mu")] for copy in copies])
    assert np.array_equal(alone, found)


def test_values_ascend_within_parts_and_parts_by_their_first():
    symmetry = symmetry_of([0] * 4, [(1, 1, 2, 2)])
    assert symmetry.ascending(np.array([[9.0, 8.0, 2.0, 30.0]])).tolist() == [[2, 3, 1, 0]]
    interleaved = symmetry_of([0] * 4, [(1, 2, 1, 2)])
    assert interleaved.ascending(np.array([[9.0, 2.0, 8.0, 30.0]])).tolist() == [[1, 2, 3, 0]]


def test_classes_may_be_given():
    symmetry = free_classes(5, [[1, 3, 4]])
    assert symmetry.orbits == [[0], [1, 3, 4], [2]]
    assert symmetry.ascending(np.array([[5.0, 4, 3, 2, 1]])).tolist() == [[0, 4, 2, 3, 1]]


def test_large_groups_need_no_list_of_their_permutations():
    # 2! (10!)^2 permutations.
    symmetry = symmetry_of([0] * 20, [[1] * 10 + [2] * 10])
    rng = np.random.default_rng(3)
    hidden = np.concatenate([10 + rng.permutation(10), rng.permutation(10)])
    cost = np.ones((20, 20))
    cost[np.arange(20), hidden] = 0
    begin = time.perf_counter()
    assert symmetry.best(cost).tolist() == hidden.tolist()
    assert time.perf_counter() - begin < 1


def test_ties_that_cross_in_too_many_ways_are_refused():
    rows, columns = np.divmod(np.arange(64), 8)
    with pytest.raises(StanmixError, match="Use the same groups for all parameters"):
        symmetry_of([0] * 64, [(rows + 1).tolist(), (columns + 1).tolist()])


def test_what_no_order_can_mean_keeps_its_place():
    # With fixed weights, components that share every value are copies of each other.
    assert symmetry_of([0] * 3, [(1, 1, 1)], [False] * 3).orbits == [[0], [1], [2]]


def test_hidden_symmetries_of_a_model_are_seen():
    pairs = {"sigma": {"equal": [[1, 2], [3, 4]]}}
    assert model_of(4, parameters=pairs).exchangeable_classes() == [[0, 1, 2, 3]]
    apart = pairs | {"mu": {"fixed": [0, None, 0, None]}}
    assert model_of(4, parameters=apart).exchangeable_classes() == [[0, 2], [1, 3]]
    known = pairs | {"mu": {"fixed": [0, None, 1, None]}}
    assert model_of(4, parameters=known).exchangeable_classes() == [[0], [1], [2], [3]]
    triple = {"sigma": {"equal": [[1, 2], [3, 4, 5]]}}
    assert model_of(5, parameters=triple).exchangeable_classes() == [[0, 1], [2, 3, 4]]
    weights = {"prior": {"dist": "dirichlet", "alpha": [1, 1, 2, 2]}}
    assert model_of(4, parameters=pairs, weights=weights).exchangeable_classes() == [[0, 1], [2, 3]]


def test_priors_are_compared_as_they_are_not_as_they_are_printed():
    def classes(*mu):
        prior = {"dist": "normal", "mu": list(mu), "sigma": 0.5}
        return model_of(2, parameters={"mu": {"prior": prior}}).exchangeable_classes()

    assert classes(1234561, 1234564) == [[0], [1]]
    assert classes(1.0, np.nextafter(1.0, 2)) == [[0], [1]]
    assert classes(1234561, 1234561) == [[0, 1]]
    fixed = {"mu": {"fixed": [1.0, float(np.nextafter(1.0, 2))]}}
    assert model_of(2, parameters=fixed).exchangeable_classes() == [[0], [1]]
