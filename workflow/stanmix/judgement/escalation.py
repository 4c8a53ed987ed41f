"""What to do about a fit that is not good yet.

It may be sampled with more draws, a longer warmup or smaller steps; chains may start again at a better mode,
or at every mode.

One decision follows every round of sampling, by the rules below, until the verdict is good, nothing would
help, or the budget is spent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stanmix.judgement.verdict import GOOD, NOT_CONVERGED, NOT_IDENTIFIED, SEVERAL_MODES, TREE_DEPTH
from stanmix.starts.allocation import CHAINS_OF_A_MODE
from stanmix.starts.search import CONSEQUENCE

STOP = "stop"
DRAWS = "more draws"
WARMUP = "longer warmup"
STEPS = "smaller steps"
RESTART = "chains start again"
MODES = "chains at every mode"

LARGEST_ADAPT_DELTA = 0.999
FAR_APART = 1.1
"""With an R-hat above this the chains are far apart: they warm up anew instead of going on."""
DEEPEST = 15
RESTARTS = 2
"""Largest number of times that chains at modes of negligible mass start again. If chains from good modes come
back to such a place, the estimate of its mass was too small."""

CAN_MIX = ("R-hat", "bulk ESS", "tail ESS", "MCSE")


@dataclass(frozen=True)
class Budget:
    """Limits of the sampling of a fit.

    Attributes
    ----------
    rounds
        Rounds of sampling after the first.
    draws
        Largest number of draws of all chains together.
    seconds
        Largest time of all rounds.
    """

    rounds: int
    draws: int
    seconds: float


def decide(
    report: Mapping[str, Any],
    settings: Mapping[str, Any],
    budget: Budget,
    before: Sequence[Mapping[str, Any]],
    spent: float = 0.0,
    per_iteration: float = 0.0,
) -> dict[str, Any]:
    """Decide what follows a round.

    Parameters
    ----------
    report
        Summary of checks and verdict of the draws so far; see :func:`stanmix.judgement.checks.diagnose`.
    settings
        ``warmup``, ``draws`` (of a chain, with those kept from earlier rounds), ``adapt_delta`` and
        ``max_treedepth`` of the round.
    budget
        What the fit may take.
    before
        Earlier decisions.
    spent
        Seconds that all rounds so far took.
    per_iteration
        Seconds that one iteration of all chains takes.

    Returns
    -------
    dict
        ``verdict``, ``action``, ``done``, ``why``, the ``settings`` of the next round, the chains (from 1)
        that ``restart``, and about how many ``seconds`` it takes.
    """
    found = _wanted(report, settings, budget, before)
    if found["done"]:
        return found
    new = found["settings"]
    iterations = new["warmup"] + new["draws"]
    if found["action"] == DRAWS:
        iterations = new["draws"] - settings["draws"]
    found["seconds"] = iterations * per_iteration
    if len(before) >= budget.rounds:
        why = f"{found['why']} {_capital(found['action'])} might help, but "
        return found | _stop(f"{why}escalate.max_rounds is {budget.rounds}.", settings)
    if spent + found["seconds"] > budget.seconds:
        why = f"{found['why']} {_capital(found['action'])} would take about {found['seconds']:.0f} s more, "
        return found | _stop(
            f"{why}beyond escalate.max_minutes: {budget.seconds / 60:g}.",
            settings,
        )
    return found


def _stop(why: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "action": STOP,
        "done": True,
        "why": why,
        "settings": dict(settings),
        "restart": [],
        "seconds": 0.0,
    }


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _wanted(
    report: Mapping[str, Any],
    settings: Mapping[str, Any],
    budget: Budget,
    before: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Decide what would help, without regard to the budget."""
    failed = {check["name"]: check["value"] for check in report["checks"] if not check["pass"]}
    verdict = report["verdict"]

    def decision(action: str, why: str, restart: Sequence[int] = (), **changes: Any) -> dict[str, Any]:
        return {
            "verdict": verdict,
            "action": action,
            "done": action == STOP,
            "why": why,
            "settings": {**settings, **changes},
            "restart": list(restart),
            "seconds": 0.0,
        }

    mixing = [name for name in failed if name.startswith(CAN_MIX)]
    all_chains = range(1, report["chains"] + 1)
    if verdict in GOOD:
        return decision(STOP, f"The fit is {verdict}.")
    if verdict == NOT_IDENTIFIED:
        return decision(
            STOP, "The components are alike in the posterior itself: no sampling tells them apart."
        )
    ledger = report["modes"]
    restarts = sum(it["action"] == RESTART for it in before)
    if ledger["stray"] and restarts < RESTARTS:
        which = ", ".join(map(str, ledger["stray"]))
        one = len(ledger["stray"]) == 1
        return decision(
            RESTART,
            f"Chain{'' if one else 's'} {which} ended at a mode of negligible mass.",
            ledger["stray"],
        )
    if "divergences" in failed and settings["adapt_delta"] < LARGEST_ADAPT_DELTA:
        smaller = min(1 - (1 - settings["adapt_delta"]) / 4, LARGEST_ADAPT_DELTA)
        number = failed["divergences"]
        return decision(
            STEPS, f"{number} draw{'s' * (number != 1)} diverged.", all_chains, adapt_delta=smaller
        )
    if verdict == SEVERAL_MODES:
        few = [
            group
            for group in ledger["groups"]
            if len(group["chains"]) < CHAINS_OF_A_MODE
            and (group["mass"] is None or group["mass"] >= CONSEQUENCE)
        ]
        if few and not any(it["action"] == MODES for it in before):
            return decision(MODES, "Too few chains are at some of the modes.", all_chains)
        return decision(STOP, "The chains are at several modes that matter, and stay there.")
    if TREE_DEPTH in failed and settings["max_treedepth"] < DEEPEST:
        return decision(
            WARMUP,
            "Trajectories reached the largest tree depth.",
            all_chains,
            warmup=2 * settings["warmup"],
            max_treedepth=min(settings["max_treedepth"] + 2, DEEPEST),
        )
    of_rhat = [v for name, v in failed.items() if name.startswith("R-hat") and v is not None]
    # A chain that does not move leaves R-hat unknown, and counts as far from the others.
    apart = max((math.inf if math.isnan(v) else v for v in of_rhat), default=0.0)
    far = apart > FAR_APART and verdict == NOT_CONVERGED
    if (far or "E-BFMI" in failed) and not any(it["action"] == WARMUP for it in before):
        rhat = f"{apart:.3g}" if apart < math.inf else "unknown"
        why = f"R-hat is {rhat}." if far else "The energy moves slowly."
        return decision(WARMUP, why, all_chains, warmup=2 * settings["warmup"])
    doubled = 2 * settings["draws"]
    if mixing and doubled * report["chains"] <= budget.draws:
        return decision(DRAWS, f"{_worst(failed, mixing)}.", draws=doubled)
    if mixing:
        return decision(
            STOP,
            f"{_worst(failed, mixing)}. Twice the draws would be {doubled * report['chains']}, above "
            f"escalate.max_draws: {budget.draws}.",
        )
    return decision(STOP, f"Nothing here helps against: {', '.join(failed)}.")


def _worst(failed: Mapping[str, Any], mixing: Sequence[str]) -> str:
    """Name the first of the failed checks that more draws may mend, with its value."""
    name, value = mixing[0], failed[mixing[0]]
    more = f" and {len(mixing) - 1} more" if len(mixing) > 1 else ""
    known = "unknown" if value is None or math.isnan(value) else f"{value:.4g}"
    return f"{name} is {known}{more}"
