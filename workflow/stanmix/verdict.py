"""From checks to one verdict on a fit, with its reasons and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stanmix.errors import StanmixError
from stanmix.io import write_json

Check = Mapping[str, Any]

CONVERGED = "converged"
UP_TO_LABELS = "converged up to labels"
NOT_IDENTIFIED = "components not identified"
SEVERAL_MODES = "several modes"
NOT_CONVERGED = "not converged"
GOOD = (CONVERGED, UP_TO_LABELS)
"""Verdicts with which every quantity may be reported."""

TREE_DEPTH = "draws at the largest tree depth"
"""A check that costs time, not validity: trajectories that were cut short still make a valid sampler."""

MEANING = {
    CONVERGED: "The chains agree, and every component kept its label.",
    UP_TO_LABELS: (
        "The chains agree, and components that had switched labels are told apart again: all results may "
        "be reported."
    ),
    NOT_IDENTIFIED: (
        "The chains agree on everything that does not depend on labels, but some components cannot be told "
        "apart from one another. Report density, moments, sorted weights, co-clustering and partitions, "
        "and of single components only those listed as reportable."
    ),
    SEVERAL_MODES: (
        "Groups of chains explore different modes and none passes from one to another, so that pooled "
        "results mean nothing. The ledger shows each mode with its chains. Stacking weights say how well "
        "the modes predict together; they are not posterior probabilities."
    ),
    NOT_CONVERGED: "The chains disagree or did not explore the posterior: no result should be reported.",
}


def decide(
    sampler: Sequence[Check],
    functional: Sequence[Check],
    component: Sequence[Check],
    renumbered: float,
    genuine_modes: bool,
) -> str:
    """Combine the checks into a verdict.

    Parameters
    ----------
    sampler, functional, component
        Checks of what NUTS reports, of label-invariant quantities, and of components.
    renumbered
        Share of draws whose labels were changed.
    genuine_modes
        Whether the ledger found groups of chains that are each stationary, and at different modes.
    """
    valid = [check for check in sampler if check["name"] != TREE_DEPTH]
    good = [all(check["pass"] for check in group) for group in (valid, functional, component)]
    if not good[1] and genuine_modes:
        return SEVERAL_MODES
    if not (good[0] and good[1]):
        return NOT_CONVERGED
    if not good[2]:
        return NOT_IDENTIFIED
    return UP_TO_LABELS if renumbered > 0 else CONVERGED


def reason(check: Check) -> str:
    """Say in a sentence what failed and what to do next."""
    name, value, threshold, where = (check[key] for key in ("name", "value", "threshold", "where"))
    match name:
        case "divergences":
            return (
                f"{_draws(value)} diverged, so parts of the posterior were not explored. "
                "Raise sampling.adapt_delta towards 0.99, or give the scales a prior further from 0."
            )
        case _ if name == TREE_DEPTH:
            return (
                f"{_draws(value)} reached the largest tree depth, above {threshold}, which costs time but "
                "not validity. Raise sampling.max_treedepth or sampling.warmup."
            )
        case "E-BFMI":
            return (
                f"E-BFMI is {value:.2f}, below {threshold}. Raise sampling.warmup, or use priors with "
                "lighter tails."
            )
        case "non-permutation rate":
            return (
                f"In {value:.0%} of the draws components cannot be told apart by their parameters, above "
                f"{threshold:.0%}. Report label-invariant quantities only, or fit fewer components."
            )
    side = "above" if name.startswith(("R-hat", "MCSE")) else "below"
    remedy = (
        "Components swap or blend: report label-invariant quantities only, or fit fewer components."
        if name.endswith("parameters")
        else "The chains disagree or move slowly: raise sampling.warmup and sampling.draws, "
        "and look for several modes."
    )
    return f"{name} is {value:.4g} for {where}, {side} {threshold:g}. {remedy}"


def mode_reasons(modes: Mapping[str, Any]) -> list[str]:
    """Say at which modes the chains are where they disagree, and where that is not known; see the ledger."""
    groups = modes["groups"]
    reasons = []
    known = [group for group in groups if group["optima"]]
    if len(known) > 1:
        places = "; ".join(_place(group, modes["modes"]) for group in known)
        moving = [chain for group in known if not group["stationary"] for chain in group["chains"]]
        if moving:
            reasons.append(
                f"Climbs from the chains' draws lead to {len(known)} modes, but {_chains(moving)} "
                f"{'are' if len(moving) > 1 else 'is'} not stationary: {places}. "
                "Raise sampling.warmup: chains that still move may meet."
            )
        else:
            reasons.append(
                f"The chains are at {len(known)} modes: {places}. "
                "Give the priors what is known beforehand, or report the modes apart: "
                "longer chains seldom help."
            )
    lost = [group for group in groups if not group["optima"]]
    if lost:
        climbs = sum(group["climbs"] for group in lost)
        chains = _chains([chain for group in lost for chain in group["chains"]])
        reasons.append(
            f"None of {climbs} climbs from draws of {chains} reached an optimum, so that their mode is not "
            "known. The job's log has CmdStan's messages; a narrower prior may keep the chains from there."
        )
    return reasons


def _place(group: Mapping[str, Any], modes: Sequence[Mapping[str, Any]]) -> str:
    """Say where a group of chains is: at the mode that most of its climbs reach."""
    main = group["optima"][0]
    return (
        f"{_chains(group['chains'])} at log density {modes[main['mode'] - 1]['log_density']:.2f} "
        f"({main['share']:.0%} of climbs, stacking weight {group['weight']:.2f})"
    )


def _chains(numbers: Sequence[int]) -> str:
    return f"chain{'s' * (len(numbers) > 1)} {', '.join(map(str, sorted(numbers)))}"


def enforce(gate: str, report: Mapping[str, Any], diagnostics: str | Path) -> None:
    """Stop the run at a bad verdict if the gate is ``fail``.

    The judgement is written beside its place under the name ``diagnostics.failed.json``.

    Raises
    ------
    StanmixError
        With the verdict and its reasons.
    """
    if gate == "fail" and report["verdict"] not in GOOD:
        failed = Path(diagnostics).with_suffix(".failed.json")
        write_json(failed, report)
        raise StanmixError(
            f"The fit {failed.parent} is {report['verdict']}, and diagnostics.gate is fail. "
            f"{' '.join(report['reasons'])} All checks are in {failed}; with gate: report the run goes on."
        )


def _draws(count: int) -> str:
    return f"{count} draw{'s' * (count != 1)}"
