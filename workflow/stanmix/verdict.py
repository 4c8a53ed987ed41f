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
        "The chains explore different modes and none passes from one to another, so that pooled results "
        "mean nothing. The ledger shows each mode with its chains. Stacking weights say how well the modes "
        "predict together; they are not posterior probabilities."
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
        Whether the ledger found chains that each explore a mode of their own.
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
    """Say in a sentence at which modes the chains are; nothing where they agree."""
    visited = [mode for mode in modes["modes"] if mode["chains"]]
    if len(visited) < 2:
        return []
    places = []
    for mode in visited:
        density = "unknown" if mode["log_density"] is None else f"{mode['log_density']:.2f}"
        chains = f"chain{'s' * (len(mode['chains']) > 1)} {', '.join(map(str, mode['chains']))}"
        known = mode["weight"] is not None
        stacked = f"stacking weight {mode['weight']:.2f}" if known else "stacking weight not available"
        places.append(f"{chains} at log density {density} ({stacked})")
    return [
        f"The chains are at {len(visited)} modes: {'; '.join(places)}. "
        "Give the priors what is known beforehand, or report the modes apart: longer chains seldom help."
    ]


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
