"""From checks to one verdict on a fit, with its reasons and what to do next."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stanmix.errors import StanmixError
from stanmix.io import write_json

Check = Mapping[str, Any]
SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z])")
"""Separator of two sentences."""

CONVERGED = "converged"
UP_TO_LABELS = "converged up to labels"
NOT_IDENTIFIED = "components not identified"
SEVERAL_MODES = "several modes"
NOT_CONVERGED = "not converged"
GOOD = (CONVERGED, UP_TO_LABELS)
"""Verdicts with which every quantity may be reported."""

TREE_DEPTH = "draws at the largest tree depth"
"""A check that costs time, not validity: trajectories that were cut short still make a valid sampler."""
PERMUTATIONS = "non-permutation rate"
NO_OPTIMUM = "climbs that reached an optimum"
"""A check of the search for modes, which says nothing if all of its climbs fail."""

BLENDED = 1.05
"""With an R-hat of components above this, chains disagree for other reasons than few draws."""

PASSED, LIMITED, FAILED = "passed", "limited", "failed"
STANDING = {
    CONVERGED: PASSED,
    UP_TO_LABELS: PASSED,
    NOT_IDENTIFIED: LIMITED,
    SEVERAL_MODES: FAILED,
    NOT_CONVERGED: FAILED,
}
"""How much may be reported at each verdict: everything, quantities without labels, or no pooled result.

Components that are not identified are no failure of sampling: with more components than groups in the data it
is the right answer.
"""

NOTHING = "No result should be reported."
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
        "Groups of chains explore different modes and none passes from one to another, so that results "
        "of all draws mean nothing. The ledger shows each mode with its chains, its mass by Laplace's "
        "method, and what is pooled by these masses. Stacking weights say how well the modes predict "
        "together; they are not posterior probabilities."
    ),
    NOT_CONVERGED: NOTHING,
}
"""The meaning of each verdict; :func:`meaning` adapts it to the checks of a fit."""
FOUND = {
    "unknown": "some draws are no numbers, or a chain does not move",
    "R-hat": "the chains disagree",
    "ESS": "the draws are too few for how slowly the chains move",
    "divergences": "some draws diverged, so that parts of the posterior may be unexplored",
    NO_OPTIMUM: "the search for modes reached no optimum, so that modes may have been missed",
    "E-BFMI": "the energy moves too slowly for the tails to be explored",
}
"""The meaning of failed checks of the sampler and of label-invariant quantities."""


def meaning(
    verdict: str, sampler: Sequence[Check], functional: Sequence[Check], component: Sequence[Check]
) -> str:
    """Say in words what a verdict means for a fit with these checks; see :func:`verdict_of`."""
    if verdict != NOT_CONVERGED:
        return MEANING[verdict]
    kinds = {_kind(check) for check in (*functional, *sampler) if not check["pass"]}
    if not kinds - {TREE_DEPTH}:
        return (
            "The chains agree on everything that does not depend on labels, but the draws of some parameters "
            "of single components are too few. More draws settle it: raise escalate.max_draws."
        )
    found = [words for kind, words in FOUND.items() if kind in kinds]
    agree = not kinds & {"unknown", "R-hat", "ESS"}
    text = ("the chains agree, but " if agree else "") + ", and ".join(found)
    return f"{text[0].upper()}{text[1:]}. {NOTHING}"


def _kind(check: Check) -> str:
    """Return the kind of a check, for words."""
    if check["name"] in ("divergences", "E-BFMI", TREE_DEPTH, PERMUTATIONS, NO_OPTIMUM):
        return str(check["name"])
    if math.isnan(check["value"]):
        return "unknown"
    return "R-hat" if check["name"].startswith("R-hat") else "ESS"


def first_sentence(text: str) -> str:
    """Return the first of several sentences, without its full stop."""
    return SENTENCE.split(text, maxsplit=1)[0].rstrip(".")


def at_stage(failure: Mapping[str, Any]) -> str:
    """Say in two words at which rule a fit without a verdict ended; see :func:`stanmix.run.failures.lost`."""
    verb = "was not reached" if failure["kind"] == "unreached" else "failed"
    return f"{verb} at {failure['stage']}"


def tally(standings: Sequence[str], failures: Sequence[Mapping[str, Any]] = ()) -> str:
    """Say in a sentence how many fits passed, have components that are not identified, and failed.

    Parameters
    ----------
    standings
        Standings of the fits with a verdict.
    failures
        Facts of the fits without one: the ``stage`` at which they failed, and the ``sentence`` about it.
    """
    total = len(standings) + len(failures)
    if failures and total == 1:
        return f"The fit {at_stage(failures[0])}: {first_sentence(failures[0]['sentence'])}."
    passed, limited, failed = (standings.count(kind) for kind in (PASSED, LIMITED, FAILED))
    if total == 1:
        return {
            PASSED: "The fit converged and passed every check.",
            LIMITED: "The chains of the fit agree, but its components are not identified.",
            FAILED: "The fit failed.",
        }[standings[0]]
    if passed == total:
        return f"All {passed} fits converged and passed every check."
    parts = []
    for stage in dict.fromkeys(at_stage(failure) for failure in failures):
        said = [failure["sentence"] for failure in failures if at_stage(failure) == stage]
        many = len(said) > 1
        parts.append(f"{len(said)} {stage.replace('was', 'were', 1) if many else stage}")
        parts[-1] += f": {first_sentence(said[0])}" if len(set(said)) == 1 else ""
    parts += [f"{passed} passed every check"] * (passed > 0)
    parts += [f"{limited} ha{'s' if limited == 1 else 've'} components that are not identified"] * (
        limited > 0
    )
    parts += [f"{failed} failed"] * (failed > 0)
    return f"Of {total} fits {'; '.join(parts) if failures else ', '.join(parts)}."


def verdict_of(
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
        return NOT_IDENTIFIED if alike(component) else NOT_CONVERGED
    return UP_TO_LABELS if renumbered > 0 else CONVERGED


def alike(component: Sequence[Check]) -> bool:
    """Tell whether components swap or share their places in the posterior itself.

    Either components cannot be told apart within draws, or chains that agree on everything else disagree on
    components with an R-hat above `BLENDED`. Too few draws of a parameter are no sign of this.
    """
    return any(
        not check["pass"]
        and (
            check["name"] == PERMUTATIONS
            or (check["name"].startswith("R-hat") and not check["value"] <= BLENDED)
        )
        for check in component
    )


def reason(check: Check) -> str:
    """Say in a sentence what failed and what to do next."""
    name, value, threshold, where = (check[key] for key in ("name", "value", "threshold", "where"))
    match name:
        case "divergences":
            return (
                f"{_draws(value)} diverged, so that parts of the posterior may be unexplored. "
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
        case _ if name == NO_OPTIMUM:
            return (
                f"None of the {where} of the search for modes reached an optimum of the posterior, so "
                "that modes may have been missed. Look at the log of the search, and give the priors less "
                "weight at the ends of the range."
            )
        case _ if name == PERMUTATIONS:
            return (
                f"In {value:.0%} of the draws components cannot be told apart by their parameters, above "
                f"{threshold:.0%}. Report label-invariant quantities only, or fit fewer components."
            )
    of_components, agreement = name.endswith("parameters"), name.startswith("R-hat")
    if math.isnan(value):
        return (
            f"{name} is unknown for {where}, some of whose draws are no numbers or the same in a whole "
            "chain. Give the priors less weight at the ends of the range, and look at the traces."
        )
    match of_components, agreement:
        case True, True:
            remedy = (
                "Components swap or blend: report label-invariant quantities only, or fit fewer components."
            )
            if value <= BLENDED:
                remedy = "The draws are too few for single components: raise escalate.max_draws."
        case True, False:
            remedy = "The draws are too few for single components: raise escalate.max_draws."
        case False, True:
            remedy = "The chains disagree: raise sampling.warmup, and look for several modes."
        case _:
            remedy = "The chains move slowly: raise sampling.draws or escalate.max_draws."
    side = "above" if name.startswith(("R-hat", "MCSE")) else "below"
    return f"{name} is {value:.4g} for {where}, {side} {threshold:g}. {remedy}"


def mode_reasons(modes: Mapping[str, Any]) -> list[str]:
    """Say at which modes disagreeing chains are, and where this is unknown; see the ledger."""
    groups = modes["groups"]
    reasons = []
    known = [group for group in groups if group["optima"]]
    if len(known) > 1:
        places = "; ".join(_place(group, modes["modes"]) for group in known)
        if modes["stray"]:
            reasons.append(
                f"{_chains(modes['stray']).capitalize()} ended at a mode of negligible posterior mass: "
                f"{places}. Raise escalate.max_rounds, by which such chains start again from a better one."
            )
            return reasons
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
    stacked = "not available" if group["weight"] is None else f"{group['weight']:.2f}"
    return (
        f"{_chains(group['chains'])} at log density {modes[main['mode'] - 1]['log_density']:.2f} "
        f"({main['share']:.0%} of climbs, {_mass(group)}, stacking weight {stacked})"
    )


def _mass(group: Mapping[str, Any]) -> str:
    if group["mass"] is None:
        return "mass unknown"
    return f"mass {group['mass']:.2g} ± {group['mass_error']:.1g}"


def _chains(numbers: Sequence[int]) -> str:
    return f"chain{'s' * (len(numbers) > 1)} {', '.join(map(str, sorted(numbers)))}"


def enforce(gate: str, report: Mapping[str, Any], diagnostics: str | Path) -> None:
    """Stop the run if the gate is ``fail`` and not everything may be reported.

    The judgement is then written as ``diagnostics.failed.json`` in the same folder.

    Raises
    ------
    StanmixError
        If it stops; the message has the verdict and its reasons.
    """
    if gate == "fail" and report["verdict"] not in GOOD:
        failed = Path(diagnostics).with_suffix(".failed.json")
        write_json(failed, report)
        verdict = report["verdict"]
        whose = "has" if verdict in (NOT_IDENTIFIED, SEVERAL_MODES) else "is"
        raise StanmixError(
            f"The fit {failed.parent} {whose} {verdict}, and diagnostics.gate is fail. "
            f"{' '.join(report['reasons'])} All checks are in {failed}; with gate: report the fit is shown."
        )


def _draws(count: int) -> str:
    return f"{count} draw{'s' * (count != 1)}"
