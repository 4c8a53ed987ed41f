import numpy as np
import pytest

from helpers import model_of
from stanmix.families import DataScale
from stanmix.model import resolve
from stanmix.posterior.labels import align_truth, numbering, ordering, permute, resolve_labels

DIFFERENT = {"prior": {"dist": "normal", "mu": [0, 9, 20], "sigma": 5}}
FIXED = {"fixed": [0.5, 0.5]}
CHAINS_DRAWS = (2, 50)


def order(model, values, by="mu"):
    shape = values["theta"].shape[:2]
    return resolve_labels(model, values, np.zeros(shape), np.arange(5.0), f"order({by})").permutation


def draws_in_order(rng):
    """Draws of three components whose means never cross."""
    return {
        "theta": rng.dirichlet([5, 5, 5], size=CHAINS_DRAWS),
        "mu": np.array([0.0, 10.0, 20.0]) + rng.uniform(-1, 1, size=(*CHAINS_DRAWS, 3)),
        "sigma": rng.uniform(1, 2, size=(*CHAINS_DRAWS, 3)),
    }


def shuffled(values, rng, members):
    """The same draws with the given components permuted at random in every draw."""
    permutation = np.broadcast_to(np.arange(3), (*CHAINS_DRAWS, 3)).copy()
    permutation[..., members] = rng.permuted(permutation[..., members], axis=-1)
    return {name: permute(value, permutation) for name, value in values.items()}


def test_random_permutations_are_undone_exactly():
    rng = np.random.default_rng(1)
    original = draws_in_order(rng)
    mixed = shuffled(original, rng, [0, 1, 2])
    assert not np.array_equal(mixed["mu"], original["mu"])
    resolved = order(model_of(3), mixed)
    for name, value in original.items():
        assert np.array_equal(permute(mixed[name], resolved), value)


def test_components_with_priors_of_their_own_keep_their_numbers():
    rng = np.random.default_rng(2)
    mixed = shuffled(draws_in_order(rng), rng, [0, 1, 2])
    untouched = order(model_of(3, parameters={"mu": DIFFERENT}), mixed)
    assert np.array_equal(untouched, np.broadcast_to([0, 1, 2], (*CHAINS_DRAWS, 3)))


def test_only_the_exchangeable_components_are_renumbered():
    rng = np.random.default_rng(3)
    original = draws_in_order(rng)
    mixed = shuffled(original, rng, [0, 2])
    model = model_of(3, weights={"prior": {"dist": "dirichlet", "alpha": [1, 7, 1]}})
    resolved = order(model, mixed)
    assert np.all(resolved[..., 1] == 1)
    assert np.array_equal(permute(mixed["mu"], resolved), original["mu"])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, "location"),
        ({"parameters": {"mu": {"shared": True}}}, "sigma"),
        ({"parameters": {"mu": {"fixed": 1}}}, "sigma"),
        ({"parameters": {"mu": {"shared": True}, "sigma": {"shared": True}}}, "theta"),
        (
            {"parameters": {"mu": {"shared": True}, "sigma": {"fixed": 1}}, "weights": {"fixed": [0.5, 0.5]}},
            None,
        ),
    ],
)
def test_components_are_numbered_by_location_or_the_first_parameter_that_varies(spec, expected):
    assert ordering(model_of(2, **spec), [0, 1]) == expected


def test_components_that_differ_in_weight_alone_are_ordered_by_it():
    model = model_of(2, parameters={"mu": {"shared": True}, "sigma": {"shared": True}})
    values = {name: np.array([[[0.7, 0.3]]]) for name in ("theta", "mu", "sigma")}
    assert order(model, values, "theta").tolist() == [[[1, 0]]]


TRUTH = {
    "theta": np.array([0.2, 0.5, 0.3]),
    "mu": np.array([30.0, 0.0, 12.0]),
    "sigma": np.array([2.0, 1.0, 3.0]),
}


def test_the_truth_is_matched_to_exchangeable_components():
    means = {name: value[[1, 2, 0]] + 0.1 for name, value in TRUTH.items()}
    assert align_truth(model_of(3), means, TRUTH).tolist() == [1, 2, 0]


def test_the_truth_of_identified_components_stays_where_the_prior_puts_it():
    means = {name: value[[1, 2, 0]] + 0.1 for name, value in TRUTH.items()}
    model = model_of(3, parameters={"mu": DIFFERENT})
    assert align_truth(model, means, TRUTH).tolist() == [0, 1, 2]


PAIRS = model_of(4, parameters={"sigma": {"equal": [[1, 2], [3, 4]]}})
TRUE_PAIRS = {
    "theta": np.array([0.1, 0.2, 0.3, 0.4]),
    "mu": np.array([9.0, 2.0, 4.0, 0.0]),
    "sigma": np.array([1.0, 1.0, 3.0, 3.0]),
}


def test_the_truth_of_blocks_is_matched_by_whole_blocks():
    means = {name: value[[2, 3, 1, 0]] for name, value in TRUE_PAIRS.items()}
    means["mu"] = np.array([1.9, 0.1, 4.1, 8.9])
    assert align_truth(PAIRS, means, TRUE_PAIRS).tolist() == [2, 3, 1, 0]
    # One by one, the true means that are nearest are those of components of two blocks.
    assert align_truth(model_of(4), means, TRUE_PAIRS).tolist() == [1, 3, 2, 0]


def test_blocks_are_numbered_by_their_first_locations():
    assert numbering(PAIRS, TRUE_PAIRS).tolist() == [3, 2, 1, 0]
    same_means = model_of(4, parameters={"mu": {"shared": True}, "sigma": {"equal": [[1, 2], [3, 4]]}})
    point = TRUE_PAIRS | {"mu": np.zeros(4), "sigma": np.array([3.0, 3.0, 1.0, 1.0])}
    assert numbering(same_means, point | {"theta": np.array([0.2, 0.1, 0.4, 0.3])}).tolist() == [3, 2, 1, 0]


def test_a_weakly_identified_parameter_does_not_decide_the_match():
    truth = {"theta": np.array([0.5, 0.5]), "mu": np.array([2.0, 20.0]), "phi": np.array([4.0, 10.0])}
    means = {"theta": np.array([0.5, 0.5]), "mu": np.array([2.1, 19.0]), "phi": np.array([60.0, 9.0])}
    model = resolve({"family": "neg_binomial_2", "components": 2}, 2, DataScale(0, 40))
    assert align_truth(model, means, truth).tolist() == [0, 1]


def test_true_directions_are_shifted_into_the_turn_of_the_prior():
    model = resolve({"family": "von_mises", "components": 2}, 2, DataScale(0.5, 0.5 + 2 * np.pi))
    assert model.parameters["mu"].in_turn(np.array([-1.0, 2.0])) == pytest.approx([2 * np.pi - 1, 2.0])
    assert model.parameters["kappa"].in_turn(np.array([3.0, 9.0])).tolist() == [3.0, 9.0]


def test_the_share_of_zeros_is_shared_unless_told_otherwise():
    spec = {"family": "zero_inflated_poisson", "components": 2}
    assert resolve(spec, 2, DataScale(0, 9)).parameters["zi"].index == (1, 1)
    spec["parameters"] = {"zi": {"shared": False}}
    assert resolve(spec, 2, DataScale(0, 9)).parameters["zi"].index == (1, 2)
