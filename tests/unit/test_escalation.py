"""What follows a round of sampling."""

import pytest

from stanmix.judgement.escalation import DRAWS, MODES, RESTART, STEPS, STOP, WARMUP, Budget, decide
from stanmix.judgement.verdict import CONVERGED, NOT_CONVERGED, NOT_IDENTIFIED, SEVERAL_MODES, UP_TO_LABELS

SETTINGS = {"warmup": 500, "draws": 1000, "adapt_delta": 0.9, "max_treedepth": 12}
PLENTY = Budget(rounds=100, draws=40_000, seconds=1e9)


def group(*chains, mass=0.5):
    return {"chains": list(chains), "mass": mass}


def report(verdict, stray=(), groups=(), **failed):
    checks = [{"name": "R-hat of functionals", "value": 1.0, "pass": True}]
    checks += [
        {"name": name.replace("_", " "), "value": value, "pass": False} for name, value in failed.items()
    ]
    ledger = {"stray": list(stray), "groups": list(groups) or [group(1, 2, 3, 4, mass=1.0)]}
    return {"verdict": verdict, "checks": checks, "chains": 4, "modes": ledger}


def decided(
    verdict, before=(), settings=SETTINGS, budget=PLENTY, spent=0.0, per_iteration=0.0, stray=(), groups=(),
    **failed,
):  # fmt: skip
    before = [{"action": action} for action in before]
    judged = report(verdict, stray, groups, **failed)
    return decide(judged, settings, budget, before, spent, per_iteration)


@pytest.mark.parametrize("verdict", [CONVERGED, UP_TO_LABELS])
def test_a_good_fit_ends_it(verdict):
    found = decided(verdict)
    assert (found["action"], found["done"], found["settings"]) == (STOP, True, SETTINGS)
    assert verdict in found["why"]


@pytest.mark.parametrize("failed", [{"non-permutation_rate": 0.4}, {"R-hat of parameters": 1.4}])
def test_components_that_are_alike_are_not_sampled_again(failed):
    assert decided(NOT_IDENTIFIED, **failed)["action"] == STOP


def test_components_with_few_draws_get_more():
    found = decided(NOT_CONVERGED, bulk_ESS_of_parameters=100)
    assert (found["action"], found["restart"]) == (DRAWS, [])
    assert found["settings"] == SETTINGS | {"draws": 2000}
    assert found["why"] == "bulk ESS of parameters is 100."


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


def test_a_chain_at_a_mode_of_negligible_mass_starts_again_alone():
    lost = {"R-hat of functionals": 3.0}
    found = decided(NOT_CONVERGED, stray=[3], divergences=5, **lost)
    assert (found["action"], found["restart"], found["settings"]) == (RESTART, [3], SETTINGS)
    assert found["why"] == "Chain 3 ended at a mode of negligible mass."
    # Chains that come back there say that its mass was estimated too small.
    again = decided(NOT_CONVERGED, stray=[3], before=[RESTART, RESTART], **lost)
    assert again["action"] == WARMUP


def test_every_mode_that_matters_gets_two_chains():
    apart = {"R-hat of functionals": 2.0}
    one = [group(1, 2, 3), group(4)]
    found = decided(SEVERAL_MODES, groups=one, **apart)
    assert (found["action"], found["restart"]) == (MODES, [1, 2, 3, 4])
    assert decided(SEVERAL_MODES, groups=one, before=[MODES], **apart)["action"] == STOP
    assert decided(SEVERAL_MODES, groups=[group(1, 2), group(3, 4)], **apart)["action"] == STOP
    # One chain is enough at a mode of next to no mass.
    assert decided(SEVERAL_MODES, groups=[group(1, 2, 3), group(4, mass=0.001)], **apart)["action"] == STOP


def test_divergences_at_several_modes_get_smaller_steps():
    found = decided(SEVERAL_MODES, groups=[group(1, 2), group(3, 4)], divergences=1)
    assert (found["action"], found["why"]) == (STEPS, "1 draw diverged.")


def test_the_budget_of_draws_ends_it_and_is_named():
    found = decided(NOT_CONVERGED, budget=Budget(9, 7999, 1e9), bulk_ESS_of_functionals=50)
    assert found["action"] == STOP
    assert found["why"] == (
        "bulk ESS of functionals is 50. Twice the draws would be 8000, above escalate.max_draws: 7999."
    )
    found = decided(NOT_CONVERGED, budget=Budget(9, 8000, 1e9), bulk_ESS_of_functionals=50)
    assert found["action"] == DRAWS


def test_the_budget_of_time_ends_it_and_is_named():
    def with_seconds(seconds):
        return decided(
            NOT_CONVERGED,
            budget=Budget(9, 40_000, seconds),
            spent=60,
            per_iteration=0.2,
            bulk_ESS_of_functionals=50,
        )

    # 1,000 draws more of each chain, at 0.2 s for all chains.
    assert (with_seconds(260)["action"], with_seconds(260)["seconds"]) == (DRAWS, 200)
    found = with_seconds(240)
    assert (found["action"], found["settings"]) == (STOP, SETTINGS)
    assert found["why"] == (
        "bulk ESS of functionals is 50. More draws would take about 200 s more, beyond "
        "escalate.max_minutes: 4."
    )


def test_a_round_that_warms_up_anew_takes_all_its_iterations():
    found = decided(NOT_CONVERGED, per_iteration=0.1, **{"R-hat of functionals": 1.3})
    assert found["seconds"] == pytest.approx(0.1 * (1000 + 1000))


def test_the_number_of_rounds_ends_it_and_is_named():
    found = decided(NOT_CONVERGED, before=[DRAWS], budget=Budget(1, 40_000, 1e9), divergences=2)
    assert found["action"] == STOP
    assert found["why"] == "2 draws diverged. Smaller steps might help, but escalate.max_rounds is 1."
    none = decided(NOT_CONVERGED, budget=Budget(0, 40_000, 1e9), divergences=2)
    assert none["action"] == STOP
