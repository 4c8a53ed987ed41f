"""What follows a round of sampling."""

import pytest

from helpers import free_values, model_of
from stanmix.escalation import DRAWS, MODES, STEPS, STOP, WARMUP, decide, peaks
from stanmix.verdict import CONVERGED, NOT_CONVERGED, NOT_IDENTIFIED, SEVERAL_MODES, UP_TO_LABELS

SETTINGS = {"warmup": 500, "draws": 1000, "adapt_delta": 0.9, "max_treedepth": 12}


def report(verdict, **failed):
    checks = [{"name": "R-hat of functionals", "value": 1.0, "pass": True}]
    checks += [
        {"name": name.replace("_", " "), "value": value, "pass": False} for name, value in failed.items()
    ]
    return {"verdict": verdict, "checks": checks, "chains": 4}


def decided(verdict, before=(), settings=SETTINGS, budget=40_000, **failed):
    return decide(report(verdict, **failed), settings, budget, [{"action": action} for action in before])


@pytest.mark.parametrize("verdict", [CONVERGED, UP_TO_LABELS])
def test_a_good_fit_ends_it(verdict):
    found = decided(verdict)
    assert (found["action"], found["done"], found["settings"]) == (STOP, True, SETTINGS)
    assert verdict in found["why"]


def test_components_that_are_alike_are_not_sampled_again():
    assert decided(NOT_IDENTIFIED, **{"non-permutation_rate": 0.4})["action"] == STOP


def test_components_that_mix_slowly_get_more_draws():
    found = decided(NOT_IDENTIFIED, bulk_ESS_of_parameters=100)
    assert found["action"] == DRAWS
    assert found["settings"] == SETTINGS | {"draws": 2000}


def test_divergences_get_smaller_steps_until_they_cannot_be_smaller():
    delta, steps = 0.9, []
    while True:
        found = decided(NOT_CONVERGED, settings=SETTINGS | {"adapt_delta": delta}, divergences=3)
        if found["action"] != STEPS:
            break
        delta = found["settings"]["adapt_delta"]
        steps.append(delta)
    assert steps == pytest.approx([0.975, 0.99375, 0.9984375, 0.999])
    assert (found["action"], found["why"]) == (STOP, "Nothing here helps against: divergences.")


def test_chains_far_apart_warm_up_longer_once_and_then_draw_more():
    first = decided(NOT_CONVERGED, **{"R-hat of functionals": 1.3})
    assert first["action"] == WARMUP
    assert first["settings"]["warmup"] == 1000
    again = decided(NOT_CONVERGED, before=[WARMUP], **{"R-hat of functionals": 1.3})
    assert again["action"] == DRAWS


def test_a_chain_that_does_not_move_is_as_far_as_can_be():
    found = decided(NOT_CONVERGED, **{"R-hat of functionals": float("nan")})
    assert (found["action"], found["why"]) == (WARMUP, "R-hat is unknown.")


def test_deep_trees_get_more_depth():
    found = decided(NOT_CONVERGED, **{"draws at the largest tree depth": 300})
    assert (found["action"], found["settings"]["max_treedepth"]) == (WARMUP, 14)


def test_modes_are_tried_once():
    assert decided(SEVERAL_MODES, **{"R-hat of functionals": 2.0})["action"] == MODES
    assert decided(SEVERAL_MODES, before=[MODES], **{"R-hat of functionals": 2.0})["action"] == STOP


def test_the_budget_ends_it_and_is_named():
    found = decided(NOT_CONVERGED, budget=7999, bulk_ESS_of_functionals=50)
    assert found["action"] == STOP
    assert found["why"] == "Twice the draws would be 8000, above escalate.max_draws: 7999."
    assert decided(NOT_CONVERGED, budget=8000, bulk_ESS_of_functionals=50)["action"] == DRAWS


MODEL = model_of(2)
ENDS = [{"draw": {"theta_free": [[0.5, 0.5]], "standard": [-float(c), 0.0, 1.0, 1.0]}} for c in range(1, 5)]


def mode(log_density, chains=(), **changes):
    at = {"theta": [0.5, 0.5], "mu": [log_density, 8.0], "sigma": [1.0, 1.0]}
    return {"log_density": log_density, "chains": list(chains)} | at | changes


def group(chains, *modes):
    return {"chains": list(chains), "optima": [{"mode": number, "share": 0.5} for number in modes]}


def places(modes, groups):
    """The first mean of each point at which chains start again, by which modes are told apart here."""
    return [free_values(MODEL, point)[0] for point in peaks({"modes": modes, "groups": groups}, MODEL, ENDS)]


def test_chains_start_again_at_their_modes_and_at_those_near_the_best():
    modes = [
        mode(-94.0, (1, 2)),
        mode(-97.0, (1, 2)),
        mode(-130.0, (3, 4)),
        mode(-90.0),
        mode(-99.9),
        mode(-100.1),
    ]
    # Most climbs of the first group reach the second mode. That of the other is far below, and stays.
    found = places(modes, [group((1, 2), 2, 1), group((3, 4), 3)])
    assert found == pytest.approx([-97.0, -130.0, -90.0, -99.9])


def test_a_group_of_which_no_climb_reached_a_mode_stays_where_it_was():
    found = places([mode(-94.0, (1, 2, 4))], [group((1, 2, 4), 1), group((3,))])
    centre = MODEL.parameters["mu"].standard
    assert found == pytest.approx([-94.0, centre[0] - 3 * centre[1]])


def test_chains_stay_where_they_were_if_no_climb_reached_a_mode():
    assert len(places([], [group((1, 2)), group((3, 4))])) == 2
