"""Relabelling against the R package label.switching, against every permutation, and against switches made by
hand."""

import itertools
import json

import numpy as np
import pytest

from helpers import DATA, model_of
from stanmix.model.symmetry import free_classes
from stanmix.posterior.densities import (
    PROBABILITIES_AT_MOST,
    log_likelihoods,
    responsibilities,
    used_observations,
)
from stanmix.posterior.labels import permute, resolve_labels
from stanmix.posterior.relabel import confusion, ecr, mean_classification, relabel, stephens

PEER = json.loads((DATA / "relabelling" / "galaxies_K4.json").read_text("utf-8"))
ALL = free_classes(4, [[0, 1, 2, 3]])


@pytest.fixture(scope="module")
def galaxies():
    """400 draws of four components of the galaxies, their labels switched at random in every draw."""
    values = {name: np.array(PEER[key]) for name, key in (("theta", "w"), ("mu", "mu"), ("sigma", "sigma"))}
    return model_of(4, scale=(9, 35)), values, np.array(PEER["loglik"]), np.array(PEER["y"])


def same_up_to_names(ours, theirs):
    """Share of draws whose numbering agrees, under the best naming of the components for all draws at
    once."""
    return max((ours[:, names] == theirs).all(axis=1).mean() for names in itertools.permutations(range(4)))


def test_ecr_equals_label_switching():
    z, pivot = np.array(PEER["z"]) - 1, PEER["about"]["pivot_index_1based"] - 1
    found = ecr(np.eye(4, dtype=np.float32)[z], z[pivot], ALL)
    assert same_up_to_names(found, np.array(PEER["permutations"]["ECR"]) - 1) == 1


def test_stephens_equals_label_switching(galaxies):
    model, values, lp, y = galaxies
    found = relabel(model, values, lp, y, ALL)
    assert found.facts["pivot"] == PEER["about"]["pivot_index_1based"] - 1
    assert same_up_to_names(found.permutation, np.array(PEER["permutations"]["STEPHENS"]) - 1) == 1


@pytest.mark.parametrize("seed", range(5))
def test_switches_made_by_hand_are_all_undone(galaxies, seed):
    model, values, lp, y = galaxies
    resolved = relabel(model, values, lp, y, ALL).permutation
    rng = np.random.default_rng(seed)
    switch = rng.permuted(np.broadcast_to(np.arange(4), resolved.shape), axis=1)
    switched = {name: permute(value, switch) for name, value in values.items()}
    again = relabel(model, switched, lp, y, ALL).permutation
    assert same_up_to_names(permute(switch, again), resolved) == 1


def test_components_are_numbered_by_their_means_whatever_the_pivot(galaxies):
    model, values, lp, y = galaxies
    shaped = {name: value.reshape(4, 100, 4) for name, value in values.items()}
    labels = resolve_labels(model, shaped, lp.reshape(4, 100), y)
    means = permute(shaped["mu"], labels.permutation).mean((0, 1))
    assert np.all(np.diff(means) > 0)
    assert labels.facts["method"] == "relabel"
    assert (labels.facts["pivot_chain"], labels.facts["pivot_draw"]) == (3, 74)
    assert labels.margin is not None
    assert labels.margin.shape == (4, 100)


def test_labels_by_order_and_as_sampled(galaxies):
    model, values, lp, y = galaxies
    shaped = {name: value.reshape(4, 100, 4) for name, value in values.items()}
    by_weight = resolve_labels(model, shaped, lp.reshape(4, 100), y, "order(theta)")
    assert np.all(np.diff(permute(shaped["theta"], by_weight.permutation)) >= 0)
    assert by_weight.margin is None
    none = resolve_labels(model, shaped, lp.reshape(4, 100), y, "none")
    assert np.all(none.permutation == np.arange(4))
    assert none.facts["renumbered"] == 0
    assert none.facts["non_permutation_rate"] > 0.5


def test_only_members_of_a_class_change_places(galaxies):
    model, values, lp, y = galaxies
    found = relabel(model, values, lp, y, free_classes(4, [[1, 3]]))
    assert np.all(found.permutation[:, [0, 2]] == [0, 2])
    assert set(map(tuple, found.permutation[:, [1, 3]])) == {(1, 3), (3, 1)}


def test_stephens_never_diverges_more_than_where_it_started(galaxies):
    model, values, lp, y = galaxies
    p = responsibilities(model, values, y)
    start = ecr(p, p[int(lp.argmax())].argmax(-1), ALL)

    def divergence(permutation):
        mean = mean_classification(p, permutation)
        own = np.stack([q[:, order] for q, order in zip(p.astype(float), permutation, strict=True)])
        return (own * np.log(np.maximum(own, 1e-300) / np.maximum(mean, 1e-300))).sum()

    assert divergence(stephens(p, start, ALL)[0]) <= divergence(start)


def test_responsibilities_and_likelihoods_are_those_of_the_mixture(galaxies):
    model, values, _, y = galaxies
    some = {name: value[:3] for name, value in values.items()}
    for s in range(3):
        point = {name: value[s] for name, value in some.items()}
        joint = point["theta"] * np.exp(model.family.log_density(y, point))
        assert responsibilities(model, some, y)[s] == pytest.approx(
            joint / joint.sum(1, keepdims=True), abs=1e-6
        )
        assert log_likelihoods(model, some, y)[s] == pytest.approx(np.log(joint.sum(1)))


def test_a_part_of_many_observations_stands_for_all():
    weight = np.ones(1_000_000)
    used = used_observations(weight, 4000, 5)
    assert len(used) == PROBABILITIES_AT_MOST // 20_000
    assert len(np.unique(used)) == len(used)
    assert np.array_equal(used, used_observations(weight, 4000, 5))
    assert np.array_equal(used_observations(np.ones(100), 4000, 5), np.arange(100))


def test_confusion_tells_which_components_are_alike():
    rng = np.random.default_rng(1)
    apart = np.array([0.0, 10.0, 20.0]) + rng.normal(size=(500, 3))
    rate, components = confusion(apart[..., None])
    assert rate == 0
    assert components == pytest.approx([0, 0, 0])
    alike = np.array([0.0, 0.5, 20.0]) + rng.normal(size=(500, 3))
    rate, components = confusion(alike[..., None])
    assert rate > 0.3
    assert components[:2] == pytest.approx([rate, rate], abs=0.3)
    assert components[2] == 0
