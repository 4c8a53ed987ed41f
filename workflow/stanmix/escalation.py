"""What to do about a fit that is not good yet.

More draws, longer warmup, smaller steps, or starts at the modes that were found.

One decision is made after every round of sampling, by rules that are stated here, until the verdict is good,
nothing would help, or the budget is spent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stanmix.chains import state
from stanmix.model import Model
from stanmix.verdict import GOOD, NOT_CONVERGED, NOT_IDENTIFIED, SEVERAL_MODES, TREE_DEPTH

STOP = "stop"
DRAWS = "more draws"
WARMUP = "longer warmup"
STEPS = "smaller steps"
MODES = "starts at the modes"

LARGEST_ADAPT_DELTA = 0.999
FAR_APART = 1.1
"""With an R-hat above this the chains have not found each other: they warm up anew instead of going on."""
DEEPEST = 15
NEAR = 10.0
"""Modes that no chain visited are tried if their log density is less than this below the best."""

CAN_MIX = ("R-hat", "bulk ESS", "tail ESS", "MCSE")


def decide(
    report: Mapping[str, Any],
    settings: Mapping[str, Any],
    budget: int,
    before: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Decide what follows a round.

    Parameters
    ----------
    report
        The judgement of the draws so far; see :func:`stanmix.diagnostics.diagnose`.
    settings
        ``warmup``, ``draws`` (of a chain, those kept from before included), ``adapt_delta`` and
        ``max_treedepth`` of the round.
    budget
        Largest number of draws over all chains (`escalate.max_draws`).
    before
        Earlier decisions.

    Returns
    -------
    dict
        ``verdict``, ``action``, ``done``, ``why``, and the ``settings`` of the next round.
    """
    failed = {check["name"]: check["value"] for check in report["checks"] if not check["pass"]}

    def decision(action: str, why: str, **changes: Any) -> dict[str, Any]:
        return {
            "verdict": report["verdict"],
            "action": action,
            "done": action == STOP,
            "why": why,
            "settings": {**settings, **changes},
        }

    verdict = report["verdict"]
    mixing = [name for name in failed if name.startswith(CAN_MIX)]
    if verdict in GOOD:
        return decision(STOP, f"The fit is {verdict}.")
    if verdict == NOT_IDENTIFIED and not mixing:
        return decision(
            STOP, "The components are alike in the posterior itself: no sampling tells them apart."
        )
    if verdict == SEVERAL_MODES:
        if any(it["action"] == MODES for it in before):
            return decision(STOP, "Chains that started at the modes stayed there.")
        return decision(
            MODES,
            "The chains are at several modes: they start again at these and at the best of the others.",
            warmup=2 * settings["warmup"],
        )
    if "divergences" in failed and settings["adapt_delta"] < LARGEST_ADAPT_DELTA:
        smaller = min(1 - (1 - settings["adapt_delta"]) / 4, LARGEST_ADAPT_DELTA)
        return decision(STEPS, f"{failed['divergences']} draws diverged.", adapt_delta=smaller)
    if TREE_DEPTH in failed and settings["max_treedepth"] < DEEPEST:
        return decision(
            WARMUP,
            "Trajectories reached the largest tree depth.",
            warmup=2 * settings["warmup"],
            max_treedepth=min(settings["max_treedepth"] + 2, DEEPEST),
        )
    of_rhat = [v for name, v in failed.items() if name.startswith("R-hat") and v is not None]
    # A chain that does not move leaves R-hat unknown: it is as far from the others as can be.
    apart = max((math.inf if math.isnan(v) else v for v in of_rhat), default=0.0)
    far = apart > FAR_APART and verdict == NOT_CONVERGED
    if (far or "E-BFMI" in failed) and not any(it["action"] == WARMUP for it in before):
        rhat = f"{apart:.3g}" if apart < math.inf else "unknown"
        why = f"R-hat is {rhat}." if far else "The energy moves slowly."
        return decision(WARMUP, why, warmup=2 * settings["warmup"])
    doubled = 2 * settings["draws"]
    if mixing and doubled * report["chains"] <= budget:
        return decision(DRAWS, f"Failed: {', '.join(mixing)}.", draws=doubled)
    if mixing:
        return decision(
            STOP,
            f"Twice the draws would be {doubled * report['chains']}, above escalate.max_draws: {budget}.",
        )
    return decision(STOP, f"Nothing here helps against: {', '.join(failed)}.")


def starts(
    decision: Mapping[str, Any],
    report: Mapping[str, Any],
    model: Model,
    chains: Sequence[str | Path],
    drawn: int,
) -> dict[str, Any]:
    """Say where the chains of the next round start.

    Parameters
    ----------
    decision, report
        The decision and the judgement that led to it.
    chains
        Stored chains of the round that was judged.
    drawn
        Draws of each of its chains.

    Returns
    -------
    dict
        Nothing after `stop`; else ``keep``, whether chains go on and keep their draws, ``drawn``, and
        ``starts``: for each chain its ``draw``, ``inv_metric`` and ``step_size``.
    """
    if decision["action"] == STOP:
        return {}
    ends = [state(chain) for chain in chains]
    if decision["action"] == MODES:
        points = peaks(report["modes"], model, ends)
        for i, end in enumerate(ends):
            end["draw"] = points[i % len(points)]
    return {"keep": decision["action"] == DRAWS, "drawn": drawn, "starts": ends}


def peaks(ledger: Mapping[str, Any], model: Model, ends: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return where chains start again, the most important first, as values of Stan's parameters.

    First the mode that most climbs from each group of chains reach, or the last draw of a group of which no
    climb reached any, so that no place is forgotten; then the modes that no chain visits and whose log
    density is less than `NEAR` below the best.

    Parameters
    ----------
    ledger
        See :func:`stanmix.modes.ledger`.
    ends
        The last state of each chain.
    """
    modes = ledger["modes"]
    points = []
    for group in ledger["groups"]:
        if group["optima"]:
            points.append(_point(model, modes[group["optima"][0]["mode"] - 1]))
        else:
            points.append(dict(ends[group["chains"][0] - 1]["draw"]))
    best = max((mode["log_density"] for mode in modes), default=0.0)
    near = [mode for mode in modes if not mode["chains"] and mode["log_density"] > best - NEAR]
    return points + [_point(model, mode) for mode in near]


def _point(model: Model, mode: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: np.asarray(mode[name], dtype=float) for name in ("theta", *model.parameters)}
    return {name: np.asarray(v).tolist() for name, v in model.stan_values(values).items()}
