import numpy as np
import pytest

from helpers import model_of, two_groups
from stanmix.errors import StanmixError
from stanmix.families import DataScale
from stanmix.judgement.checks import diagnose
from stanmix.judgement.verdict import (
    CONVERGED,
    NOT_CONVERGED,
    NOT_IDENTIFIED,
    SEVERAL_MODES,
    UP_TO_LABELS,
    enforce,
    meaning,
    reason,
    tally,
    verdict_of,
)
from stanmix.model import resolve
from stanmix.posterior.datatree import assemble, component_values

Y = two_groups()
SHAPE = (4, 500)
SETTINGS = {"rhat": 1.01, "ess": 400, "bfmi": 0.3, "interval": 0.95, "gate": "report", "max_treedepth": 10}
TRUTH = {
    "family": "normal",
    "components": 2,
    "theta": [0.4, 0.6],
    "parameters": {"mu": [8, 0], "sigma": [1, 1]},
}


def good_draws(seed=1, distance=8.0):
    """Independent draws of two components at 0 and `distance`, with what NUTS reports of itself."""
    rng = np.random.default_rng(seed)
    first = rng.beta(60, 40, size=SHAPE)
    values = {
        "theta": np.stack([first, 1 - first], axis=-1),
        "mu": np.stack([rng.normal(0, 0.2, SHAPE), rng.normal(distance, 0.2, SHAPE)], axis=-1),
        "sigma": np.exp(rng.normal(0, 0.1, (*SHAPE, 2))),
    }
    stats = {
        "lp": rng.normal(-100, 1, SHAPE),
        "diverging": np.zeros(SHAPE, dtype=bool),
        "tree_depth": np.full(SHAPE, 3),
        "energy": rng.normal(100, 1, SHAPE),
    }
    return values, stats


def one_mode(functionals):
    """A ledger in which all chains are at one mode."""
    return ledger_of([(1, 2, 3, 4)])


def ledger_of(groups, stationary=True, **changes):
    """A ledger of groups of chains, each at a mode of its own."""
    return {
        "genuine": len(groups) > 1 and stationary,
        "stray": [],
        "modes": [{"log_density": -90.0 - i} for i in range(len(groups))],
        "groups": [
            {
                "chains": list(chains),
                "stationary": stationary,
                "climbs": 10 * len(chains),
                "optima": [{"mode": i + 1, "share": 0.8}],
                "mass": len(chains) / 4,
                "mass_error": 0.05,
                "weight": len(chains) / 4,
            }
            | changes
            for i, chains in enumerate(groups)
        ],
    }


def judged(values, stats, model=None, truth=None, ledger=one_mode, identify="relabel", **settings):
    model = model or model_of(2)
    tree = assemble(values, stats, model, Y, identify)
    return diagnose(tree, model, Y, SETTINGS | settings, truth, ledger)


def failed(report):
    return {check["name"] for check in report["checks"] if not check["pass"]}


def test_independent_draws_are_converged():
    summary, report = judged(*good_draws())
    assert report["verdict"] == CONVERGED
    assert report["reasons"] == []
    assert (report["chains"], report["draws"]) == (4, 2000)
    assert summary["parameter"].tolist() == [f"{n}[{k}]" for n in ("theta", "mu", "sigma") for k in (1, 2)]
    assert len(report["checks"]) == 3 + 4 + 4 + 1


def test_draws_with_switched_labels_are_converged_once_resolved():
    values, stats = good_draws()
    swap = np.random.default_rng(2).random(SHAPE) < 0.5
    switched = {name: np.where(swap[..., None], value[..., ::-1], value) for name, value in values.items()}
    summary, report = judged(switched, stats)
    assert report["verdict"] == UP_TO_LABELS
    assert report["labels"]["renumbered"] == pytest.approx(swap.mean(), abs=1e-12)
    assert report["reportable"] == summary["parameter"].tolist()
    assert summary["mean"].tolist() == pytest.approx(judged(values, stats)[0]["mean"].tolist())


PAIRS = {"sigma": {"equal": [[1, 2], [3, 4]]}}


def draws_of_pairs(seed=7):
    """Independent draws of four components, of which 1 and 2 have one sigma and 3 and 4 another."""
    rng = np.random.default_rng(seed)
    values = {
        "theta": rng.dirichlet([60, 50, 40, 30], SHAPE),
        "mu": np.array([0.0, 8.0, 3.0, 5.5]) + rng.normal(0, 0.1, (*SHAPE, 4)),
        "sigma": np.exp(
            np.log([1.0, 1.0, 0.5, 0.5]) + np.repeat(rng.normal(0, 0.05, (*SHAPE, 2)), 2, axis=-1)
        ),
    }
    return values, good_draws()[1]


@pytest.mark.parametrize("identify", ["relabel", "order(mu)"])
@pytest.mark.parametrize("within", [False, True])
def test_blocks_that_change_places_are_told_apart_again(identify, within):
    values, stats = draws_of_pairs()
    switched = {name: value.copy() for name, value in values.items()}
    for value in switched.values():
        value[:2] = value[:2][..., [2, 3, 0, 1]]
        if within:
            value[:, ::2] = value[:, ::2][..., [1, 0, 2, 3]]
    model = model_of(4, parameters=PAIRS)
    summary, report = judged(switched, stats, model, identify=identify)
    assert report["verdict"] == UP_TO_LABELS
    assert report["labels"]["renumbered"] == pytest.approx(0.75 if within else 0.5)
    assert report["reportable"] == summary["parameter"].tolist()
    means = summary.set_index("parameter")["mean"]
    expected = {"theta": values["theta"].mean((0, 1)), "mu": [0, 8, 3, 5.5], "sigma": [1, 1, 0.5, 0.5]}
    for name, own in expected.items():
        assert [means[f"{name}[{k}]"] for k in range(1, 5)] == pytest.approx(own, abs=0.02)


def test_components_of_one_block_that_are_alike_are_not_reportable():
    values, stats = draws_of_pairs()
    rng = np.random.default_rng(8)
    values["mu"][..., :2] = rng.normal(1, 1, (*SHAPE, 2))
    values["theta"] = rng.dirichlet([30, 30, 60, 40], SHAPE)
    _, report = judged(values, stats, model_of(4, parameters=PAIRS))
    assert report["verdict"] == NOT_IDENTIFIED
    assert not {"mu[1]", "mu[2]", "theta[1]", "theta[2]"} & set(report["reportable"])
    assert {"mu[3]", "mu[4]", "theta[3]", "theta[4]"} <= set(report["reportable"])


def test_switched_labels_that_are_not_resolved_are_seen():
    # With priors of their own, here of next to no weight, components keep their numbers, and a swapped chain
    # is a fault.
    values, stats = good_draws()
    for value in values.values():
        value[0] = value[0][..., ::-1].copy()
    prior = {"prior": {"dist": "normal", "mu": [0, 8], "sigma": 1e6}}
    _, report = judged(values, stats, model_of(2, parameters={"mu": prior}))
    assert report["verdict"] == NOT_IDENTIFIED
    assert "R-hat of parameters" in failed(report)
    assert "R-hat of functionals" not in failed(report)
    assert any("Components swap or blend" in reason for reason in report["reasons"])


def test_a_chain_in_another_place_is_not_converged():
    values, stats = good_draws()
    values["mu"][0] += 3
    _, report = judged(values, stats)
    assert report["verdict"] == NOT_CONVERGED
    assert {"R-hat of functionals", "R-hat of parameters"} <= failed(report)


def test_labels_that_are_left_as_sampled_may_not_be_identified():
    values, stats = good_draws()
    swap = np.random.default_rng(2).random(SHAPE) < 0.5
    switched = {name: np.where(swap[..., None], value[..., ::-1], value) for name, value in values.items()}
    _, report = judged(switched, stats, identify="none")
    assert report["verdict"] == NOT_IDENTIFIED
    assert failed(report) == {"non-permutation rate"}
    assert report["reportable"] == []


def test_components_that_are_alike_are_not_identified_and_the_third_may_be_reported():
    # Two components at one place, as where K is too large, and one far away.
    rng = np.random.default_rng(5)
    near = rng.normal(0, 1, (*SHAPE, 2))
    theta = rng.dirichlet([20, 20, 40], SHAPE)
    values = {
        "theta": theta,
        "mu": np.concatenate([near, rng.normal(8, 0.2, (*SHAPE, 1))], axis=-1),
        "sigma": np.exp(rng.normal(0, 0.1, (*SHAPE, 3))),
    }
    _, report = judged(values, good_draws()[1], model_of(3))
    assert report["verdict"] == NOT_IDENTIFIED
    assert "non-permutation rate" in failed(report)
    assert {"theta[3]", "mu[3]", "sigma[3]"} <= set(report["reportable"])
    assert not {"mu[1]", "mu[2]"} & set(report["reportable"])


def chains_apart():
    values, stats = good_draws()
    values["mu"][0] += 3
    return values, stats


def test_chains_at_genuine_modes_are_said_to_be_there():
    _, report = judged(*chains_apart(), ledger=lambda functionals: ledger_of([(2, 3, 4), (1,)]))
    assert report["verdict"] == SEVERAL_MODES
    assert report["reasons"][0].startswith(
        "The chains are at 2 modes: "
        "chains 2, 3, 4 at log density -90.00 (80% of climbs, mass 0.75 ± 0.05, stacking weight 0.75); "
        "chain 1 at log density -91.00 (80% of climbs, mass 0.25 ± 0.05, stacking weight 0.25)."
    )
    assert report["reportable"] == []


def test_a_chain_at_a_mode_of_negligible_mass_is_no_second_mode():
    ledger = ledger_of([(2, 3, 4), (1,)]) | {"genuine": False, "stray": [1]}
    _, report = judged(*chains_apart(), ledger=lambda functionals: ledger)
    assert report["verdict"] == NOT_CONVERGED
    assert report["reasons"][0].startswith(
        "Chain 1 ended at a mode of negligible posterior mass: chains 2, 3, 4"
    )
    assert "escalate.max_rounds" in report["reasons"][0]


def test_chains_that_still_move_are_not_said_to_be_at_modes():
    ledger = ledger_of([(2, 3, 4), (1,)], stationary=False)
    _, report = judged(*chains_apart(), ledger=lambda functionals: ledger)
    assert report["verdict"] == NOT_CONVERGED
    assert report["reasons"][0].startswith(
        "Climbs from the chains' draws lead to 2 modes, but chains 1, 2, 3, 4 are not stationary: "
    )


@pytest.mark.parametrize("groups, chains", [([(2, 3, 4), (1,)], "chains 1, 2, 3, 4"), ([(1,)], "chain 1")])
def test_climbs_that_all_fail_are_said_and_are_no_modes(groups, chains):
    ledger = ledger_of(groups, optima=[]) | {"genuine": False, "modes": []}
    _, report = judged(*chains_apart(), ledger=lambda functionals: ledger)
    assert report["verdict"] == NOT_CONVERGED
    climbs = 10 * sum(map(len, groups))
    assert report["reasons"][0].startswith(
        f"None of {climbs} climbs from draws of {chains} reached an optimum, so that their mode is not known."
    )


def test_a_chain_that_does_not_move_is_not_converged():
    values, stats = good_draws()
    for value in (*values.values(), stats["lp"]):
        value[1] = value[1, 0]
    _, report = judged(values, stats)
    assert report["verdict"] == NOT_CONVERGED


@pytest.mark.parametrize(
    ("name", "value", "count", "check", "verdict"),
    [
        ("diverging", True, 1, "divergences", NOT_CONVERGED),
        # Trajectories that were cut short cost time, but the draws are valid.
        ("tree_depth", 10, 100, "draws at the largest tree depth", CONVERGED),
    ],
)
def test_what_the_sampler_reports_is_told_and_part_of_the_verdict_where_it_counts(
    name, value, count, check, verdict
):
    values, stats = good_draws()
    stats[name][2, :count] = value
    _, report = judged(values, stats)
    assert report["verdict"] == verdict
    assert failed(report) == {check}
    assert report["reasons"][0].startswith(f"{count} draw")


def test_few_draws_at_the_largest_tree_depth_are_no_fault():
    values, stats = good_draws()
    stats["tree_depth"][2, 3] = 10
    _, report = judged(values, stats)
    assert report["verdict"] == CONVERGED


def weibull_draws(shape_of_one=None):
    """Independent draws of two Weibull components, of which one draw may have a shape of its own."""
    values, stats = good_draws()
    values = {
        "theta": values["theta"],
        "alpha": np.exp(values["mu"] * 0 + [0.5, 1.5] + np.log(values["sigma"])),
        "sigma": np.exp([0.0, 2.0] + 0.1 * np.log(values["sigma"])),
    }
    if shape_of_one is not None:
        values["alpha"][1, 33, 0] = shape_of_one
    model = resolve({"family": "weibull", "components": 2}, 2, DataScale(-2.0, 3.0))
    return values, stats, model


def judged_weibull(*arguments):
    values, stats, model = weibull_draws(*arguments)
    y = np.abs(Y) + 0.1
    tree = assemble(values, stats, model, y)
    return diagnose(tree, model, y, SETTINGS, None, one_mode)[1]


def test_one_draw_with_infinite_moments_takes_none_of_them_out_of_the_checks():
    plain, found = judged_weibull(), judged_weibull(1e-3)
    names = {row["parameter"] for row in found["functionals"]}
    assert {row["parameter"] for row in plain["functionals"]} | {"mixture mean", "mixture sd"} <= names
    by_name = {row["parameter"]: row for row in found["functionals"]}
    for row in plain["functionals"][2:4]:
        # One draw of 2,000 changes its rank.
        assert by_name[row["parameter"]]["rhat"] == pytest.approx(row["rhat"], abs=0.005)
        assert by_name[row["parameter"]]["ess_bulk"] == pytest.approx(row["ess_bulk"], rel=0.05)
    assert found["verdict"] == plain["verdict"] == CONVERGED


def test_many_draws_with_infinite_moments_in_one_chain_are_seen():
    values, stats, model = weibull_draws()
    values["alpha"][1, ::3, 0] = 1e-3
    y = np.abs(Y) + 0.1
    _, report = diagnose(assemble(values, stats, model, y), model, y, SETTINGS, None, one_mode)
    by_name = {row["parameter"]: row for row in report["functionals"]}
    assert by_name["mixture mean"]["rhat"] > 1.01
    assert report["verdict"] == NOT_CONVERGED


def test_one_weight_of_0_takes_no_functional_out_of_the_checks():
    values, stats = good_draws()
    values["theta"][2, 5] = [0, 1]
    _, report = judged(values, stats)
    names = {row["parameter"] for row in report["functionals"]}
    assert {row["parameter"] for row in judged(*good_draws())[1]["functionals"]} | {"log likelihood"} <= names
    assert report["verdict"] in (CONVERGED, UP_TO_LABELS)


def test_a_draw_that_is_no_number_passes_no_check():
    values, stats = good_draws()
    stats["lp"][2, 5] = np.nan
    _, report = judged(values, stats)
    assert report["verdict"] == NOT_CONVERGED
    assert {f"{name} of functionals" for name in ("R-hat", "bulk ESS", "tail ESS", "MCSE / sd")} <= failed(
        report
    )
    checks = [check for check in report["checks"] if check["name"] == "R-hat of functionals"]
    assert [check["where"] for check in checks] == ["lp"]
    assert np.isnan(checks[0]["value"])
    assert any(
        reason.startswith("R-hat of functionals is unknown for lp, some of whose draws are no numbers or")
        for reason in report["reasons"]
    )


def test_energy_that_wanders_is_seen():
    values, stats = good_draws()
    stats["energy"] = np.cumsum(np.random.default_rng(3).normal(0, 0.1, SHAPE), axis=1)
    _, report = judged(values, stats)
    assert failed(report) == {"E-BFMI"}


def test_thresholds_are_those_of_the_settings():
    values, stats = good_draws()
    _, report = judged(values, stats, ess=1_000_000)
    assert {"bulk ESS of functionals", "tail ESS of functionals"} <= failed(report)
    assert {check["threshold"] for check in report["checks"] if "ESS" in check["name"]} == {1_000_000}


def test_every_failed_check_names_its_worst_quantity_and_a_remedy():
    values, stats = good_draws()
    values["mu"][0, :, 1] += 3
    _, report = judged(values, stats)
    reason = next(reason for reason in report["reasons"] if reason.startswith("R-hat of parameters"))
    assert "for mu[2], above 1.01" in reason
    assert reason.endswith("fit fewer components.")


def test_the_truth_is_matched_to_the_resolved_components():
    summary, _ = judged(*good_draws(), truth=TRUTH)
    assert summary.set_index("parameter")["truth"].to_dict() == {
        "theta[1]": 0.6,
        "theta[2]": 0.4,
        "mu[1]": 0,
        "mu[2]": 8,
        "sigma[1]": 1,
        "sigma[2]": 1,
    }


def test_a_truth_with_other_components_is_not_compared():
    truth = {"family": "normal", "components": 3, "theta": [], "parameters": {}}
    summary, _ = judged(*good_draws(), truth=truth)
    assert summary["truth"].isna().all()


def test_shared_and_fixed_parameters_have_one_row_and_none():
    values, stats = good_draws()
    values["sigma"][:] = values["sigma"][..., :1]
    shared = model_of(2, parameters={"sigma": {"shared": True}})
    summary, report = judged(values, stats, shared)
    assert summary["parameter"].tolist() == ["theta[1]", "theta[2]", "mu[1]", "mu[2]", "sigma"]
    assert report["verdict"] == CONVERGED
    values["mu"][:] = [0, 8]
    fixed = model_of(2, parameters={"mu": {"fixed": [0, 8]}})
    tree = assemble(values, stats, fixed, Y)
    assert "mu" not in judged(values, stats, fixed)[0]["parameter"].str.split("[").str[0].tolist()
    assert np.array_equal(component_values(tree, fixed)["mu"], values["mu"])


def words_of(**changes):
    """What is said of good draws after some changes of what NUTS reports."""
    values, stats = good_draws()
    for name, change in changes.items():
        stats[name] = change(stats[name])
    return judged(values, stats)[1]["meaning"]


def test_words_follow_from_the_checks_that_failed():
    def one_diverged(draws):
        return np.arange(draws.size).reshape(draws.shape) == 7

    def wander(draws):
        return np.cumsum(np.random.default_rng(3).normal(0, 0.1, draws.shape), axis=1)

    diverged = "some draws diverged, so that parts of the posterior may be unexplored"
    nothing = "No result should be reported."
    assert words_of(diverging=one_diverged) == f"The chains agree, but {diverged}. {nothing}"
    slow = "the energy moves too slowly for the tails to be explored"
    assert words_of(energy=wander) == f"The chains agree, but {slow}. {nothing}"
    assert words_of(diverging=one_diverged, energy=wander) == (
        f"The chains agree, but {diverged}, and {slow}. {nothing}"
    )
    values, stats = good_draws()
    values["mu"][0] += 3
    apart = judged(values, stats)[1]["meaning"]
    assert apart.startswith("The chains disagree")
    assert "diverged" not in apart
    stats["diverging"][0, 0] = True
    assert diverged in judged(values, stats)[1]["meaning"]
    few = judged(*good_draws(), ess=1_000_000)[1]
    assert few["meaning"] == f"The draws are too few for how slowly the chains move. {nothing}"
    assert not any("disagree" in reason for reason in few["reasons"])


def test_a_search_that_reached_no_optimum_is_no_evidence_that_no_mode_was_missed():
    def ledger(failed):
        return lambda functionals: one_mode(functionals) | {"search": {"climbs": 60, "failed": failed}}

    report = judged(*good_draws(), ledger=ledger(60))[1]
    assert report["verdict"] == NOT_CONVERGED
    assert report["reasons"][0].startswith("None of the 60 climbs of the search for modes reached an optimum")
    assert "modes may have been missed" in report["meaning"]
    assert judged(*good_draws(), ledger=ledger(59))[1]["verdict"] == judged(*good_draws())[1]["verdict"]


def test_words_on_parameters_with_few_draws_do_not_say_that_components_are_alike():
    component = [
        {"name": "bulk ESS of parameters", "value": 300.0, "threshold": 400, "pass": False, "where": "mu[1]"}
    ]
    assert verdict_of([], [], component, 0.0, False) == NOT_CONVERGED
    assert "the draws of some parameters of single components are too few" in meaning(
        NOT_CONVERGED, [], [], component
    )
    # So does an R-hat that more draws may mend.
    few = [component[0] | {"name": "R-hat of parameters", "value": 1.04}]
    assert verdict_of([], [], few, 0.0, False) == NOT_CONVERGED
    swapped = [component[0] | {"name": "R-hat of parameters", "value": 1.2}]
    assert verdict_of([], [], swapped, 0.0, False) == NOT_IDENTIFIED
    assert "cannot be told apart" in meaning(NOT_IDENTIFIED, [], [], swapped)
    assert reason(component[0]).startswith(
        "bulk ESS of parameters is 300 for mu[1], below 400. The draws are too few for single components: "
        "raise escalate.max_draws."
    )


@pytest.mark.parametrize(
    ("standings", "sentence"),
    [
        (["passed"], "The fit converged and passed every check."),
        (["limited"], "The chains of the fit agree, but its components are not identified."),
        (["failed"], "The fit failed."),
        (["passed"] * 3, "All 3 fits converged and passed every check."),
        (
            ["passed", "limited", "limited", "failed"],
            "Of 4 fits 1 passed every check, 2 have components that are not identified, 1 failed.",
        ),
        (["limited", "limited"], "Of 2 fits 2 have components that are not identified."),
    ],
)
def test_fits_are_counted_by_what_their_verdicts_come_to(standings, sentence):
    assert tally(standings) == sentence


def of_failure(sentence, kind="refused"):
    return {"stage": "label", "kind": kind, "sentence": sentence}


@pytest.mark.parametrize(
    ("standings", "failures", "sentence"),
    [
        ([], ["It is odd. Mend it."], "The fit failed at label: It is odd."),
        (["passed"] * 3, ["It is odd."], "Of 4 fits 1 failed at label: It is odd; 3 passed every check."),
        (["failed"], ["Odd.", "Odd."], "Of 3 fits 2 failed at label: Odd; 1 failed."),
        (["failed"], ["Odd.", "Even."], "Of 3 fits 2 failed at label; 1 failed."),
    ],
)
def test_fits_without_results_are_counted_first(standings, failures, sentence):
    assert tally(standings, [of_failure(own) for own in failures]) == sentence


def test_fits_that_were_not_reached_are_told_from_those_that_failed():
    unreached = [of_failure("It ended.", "unreached")] * 2
    assert tally([], [of_failure("Odd."), *unreached]) == (
        "Of 3 fits 1 failed at label: Odd; 2 were not reached at label: It ended."
    )


def test_the_gate_stops_a_bad_fit_and_keeps_its_judgement(tmp_path):
    values, stats = good_draws()
    stats["diverging"][0, 0] = True
    _, bad = judged(values, stats)
    _, good = judged(*good_draws())
    target = tmp_path / "diagnostics.json"
    enforce("report", bad, target)
    enforce("fail", good, target)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StanmixError, match=r"is not converged, and diagnostics\.gate is fail.*diverged"):
        enforce("fail", bad, target)
    assert [path.name for path in tmp_path.iterdir()] == ["diagnostics.failed.json"]
