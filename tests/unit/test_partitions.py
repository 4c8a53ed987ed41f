"""Partitions against every partition of few observations, against mcclust, and pooling against its
definition."""

import numpy as np
import pytest

from helpers import DATA, model_of
from stanmix.errors import StanmixError
from stanmix.results.partitions import (
    best_partition,
    binder_loss,
    by_size,
    credible_ball,
    draw_assignments,
    impute,
    similarity,
    summarise,
    variation_of_information,
)
from stanmix.results.pooling import pool


def every_partition(n):
    """All set partitions of n observations, as restricted growth strings."""
    found = [[0]]
    for _ in range(n - 1):
        found = [[*p, c] for p in found for c in range(max(p) + 2)]
    return np.array(found)


def entropy_by_definition(*labels):
    counts = np.unique(np.stack(labels), axis=1, return_counts=True)[1] / len(labels[0])
    return -(counts * np.log2(counts)).sum()


@pytest.fixture(scope="module")
def peer():
    with np.load(DATA / "partitions" / "mcclust.npz") as found:
        draws = np.stack([np.unique(row, return_inverse=True)[1] for row in found["draws"]])
        similar = np.mean([row[:, None] == row for row in draws], axis=0)
        return {name: found[name] for name in found.files} | {"draws": draws, "similar": similar}


def test_variation_of_information_is_that_of_its_definition():
    rng = np.random.default_rng(1)
    draws = rng.integers(4, size=(20, 30))
    partition = rng.integers(3, size=30)
    expected = [
        2 * entropy_by_definition(partition, row)
        - entropy_by_definition(partition)
        - entropy_by_definition(row)
        for row in draws
    ]
    assert variation_of_information(partition, draws) == pytest.approx(expected)
    assert variation_of_information(partition, partition[None]) == pytest.approx(0, abs=1e-12)


def test_losses_are_those_of_mcclust(peer):
    assert peer["similar"][0, : len(peer["similarity_row"])] == pytest.approx(peer["similarity_row"])
    assert binder_loss(peer["binder"], peer["similar"]) == pytest.approx(float(peer["binder_loss"]))
    between = variation_of_information(peer["binder"] - 1, peer["maxpear"][None] - 1)[0]
    assert between == pytest.approx(float(peer["vi"]), abs=1e-5)


def test_the_search_is_at_least_as_good_as_mcclusts(peer):
    rng = np.random.default_rng(1)
    _, loss = best_partition("binder", peer["similar"], peer["draws"], rng)
    assert loss <= float(peer["binder_loss"])
    partition, loss = best_partition("vi", peer["similar"], peer["draws"], rng)
    assert loss == pytest.approx(variation_of_information(partition, peer["draws"]).mean())
    for theirs in ("binder", "maxpear"):
        assert loss <= variation_of_information(peer[theirs] - 1, peer["draws"]).mean()


@pytest.mark.parametrize("kind", ["binder", "vi"])
@pytest.mark.parametrize("seed", range(8))
def test_the_search_finds_the_best_of_all_partitions(kind, seed):
    rng = np.random.default_rng(seed)
    draws = np.stack([rng.integers(1 + s % 3, size=7) for s in range(25)])
    draws[:12] = draws[1]
    similar = np.mean([row[:, None] == row for row in draws], axis=0)
    _, loss = best_partition(kind, similar, draws, rng)
    losses = [
        binder_loss(p, similar) if kind == "binder" else variation_of_information(p, draws).mean()
        for p in every_partition(7)
    ]
    assert loss == pytest.approx(min(losses), abs=1e-9)


def test_similarity_is_the_mean_over_draws():
    p = np.random.default_rng(1).dirichlet([1, 2, 3], size=(6, 4)).astype(np.float32)
    expected = sum(q @ q.T for q in p.astype(float)) / 6
    np.fill_diagonal(expected, 1)
    assert similarity(p) == pytest.approx(expected, abs=1e-6)


def test_assignments_are_drawn_with_their_probabilities():
    p = np.broadcast_to(np.array([0.2, 0.0, 0.5, 0.3], dtype=np.float32), (200, 500, 4))
    z = draw_assignments(p, np.random.default_rng(1))
    assert np.bincount(z.reshape(-1), minlength=4) / z.size == pytest.approx([0.2, 0, 0.5, 0.3], abs=0.01)


def test_clusters_are_numbered_by_size():
    assert by_size(np.array([5, 5, 2, 9, 9, 9])).tolist() == [1, 1, 2, 0, 0, 0]


def test_the_ball_holds_the_nearest_draws_and_its_bounds_are_among_them():
    rng = np.random.default_rng(2)
    centre = np.repeat([0, 1], 20)
    draws = np.stack([np.where(rng.random(40) < 0.1, rng.integers(4, size=40), centre) for _ in range(200)])
    distance = variation_of_information(centre, draws)
    ball = credible_ball(centre, draws, 0.9)
    assert (distance <= ball.radius).mean() == pytest.approx(0.9, abs=0.01)
    for bound in (ball.upper, ball.lower, ball.horizontal):
        assert variation_of_information(centre, bound[None])[0] <= ball.radius + 1e-9
    clusters = [len(np.unique(row)) for row in draws[distance <= ball.radius]]
    assert len(np.unique(ball.upper)) == min(clusters)
    assert len(np.unique(ball.lower)) == max(clusters)


def three_groups(n):
    rng = np.random.default_rng(n)
    truth = rng.integers(3, size=n)
    centre = {"theta": [1 / 3] * 3, "mu": [0.0, 10.0, 20.0], "sigma": [1.0] * 3}
    values = {name: np.array(v) + 0.01 * rng.random((2, 100, 3)) for name, v in centre.items()}
    values["theta"] /= values["theta"].sum(-1, keepdims=True)
    return truth, rng.normal(10.0 * truth, 1), values


@pytest.mark.parametrize("n", [90, 5000])
def test_clear_groups_are_found_whether_all_are_searched_or_some_join(n):
    truth, y, values = three_groups(n)
    facts, arrays = summarise(model_of(3, scale=(-3, 23)), values, y, 1)
    for kind in ("binder", "vi"):
        assert facts[kind]["clusters"] == 3
        assert sum(facts[kind]["sizes"]) == len(arrays[kind]) == n
        assert variation_of_information(arrays[kind] - 1, truth[None])[0] < 0.01
    assert facts["observations"] == len(arrays["row"]) == min(n, 1000)
    assert facts["vi"]["ball"]["radius"] < 0.1


def test_imputed_labels_follow_the_resolved_components():
    truth, y, values = three_groups(300)
    labels = impute(model_of(3, scale=(-3, 23)), values, y, 7, 1)
    assert labels.shape == (300, 7)
    assert (labels == truth[:, None] + 1).mean() > 0.999


def test_pooling_follows_rubins_rules():
    pooled = pool([1.0, 2.0, 4.0], [0.5, 0.25, 0.75])
    between = np.var([1, 2, 4], ddof=1) * 4 / 3
    assert pooled.estimate == pytest.approx(7 / 3)
    assert pooled.variance == pytest.approx(0.5 + between)
    assert pooled.df == pytest.approx(2 * (1 + 0.5 / between) ** 2)
    assert pooled.fraction_missing == pytest.approx(between / (0.5 + between))
    low, high = pooled.interval()
    assert low < pooled.estimate < high


def test_labels_that_are_known_cost_no_variance():
    pooled = pool([2.0, 2.0], [0.25, 0.25])
    assert (pooled.variance, pooled.df, pooled.fraction_missing) == (0.25, np.inf, 0)
    assert pooled.interval() == pytest.approx((2 - 1.96 * 0.5, 2 + 1.96 * 0.5), abs=1e-3)


@pytest.mark.parametrize(
    "given", [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [1.0, 0.0]), ([1.0, np.nan], [1, 1])]
)
def test_what_cannot_be_pooled_is_said(given):
    with pytest.raises(StanmixError, match="at least two imputations"):
        pool(*given)
