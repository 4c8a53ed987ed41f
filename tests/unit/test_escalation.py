"""What follows a round of sampling."""

import pytest

from stanmix.escalation import DRAWS, MODES, STEPS, STOP, WARMUP, decide
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
