"""Measure how fast every sampler makes effective draws: warmup included, to a few and to many of them."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from arviz_stats.base import array_stats
from bench.problems import normal
from bench.speed.ratios import compare
from bench.speed.samplers import CHAINS, Draws, Sampler, all_samplers
from bench.workers import StalledError

SIZES = (215, 10_000, 100_000)
TARGETS = (400, 10_000)
COMPONENTS = 3
CAP = 30.0
"""Seconds of sampling that a run may be planned to take."""
ROUNDS = 5
BUDGET = 25.0
"""Seconds after which a sampler does not take part in further rounds of a cell."""
MARGIN = 1.15
"""How many more draws are made than the last run says are needed."""
FEWEST_DRAWS = 100
PILOT = {"article": 4}
"""Iterations of warmup, and draws, of the first run, where a sampler's iterations are slow."""
USUAL_PILOT = 150
DISAGREEMENT = 6.0
"""Largest difference of posterior means between ours and a peer's, in standard errors."""


class DisagreementError(Exception):
    """Two samplers have different posteriors."""


@dataclass(frozen=True)
class Speed:
    """What runs have shown of a sampler at one size.

    Attributes
    ----------
    seconds
        Time of an iteration of all chains.
    efficiency
        Least bulk ESS of all chains for each draw of one; 0 where unknown.
    """

    seconds: float
    efficiency: float


@dataclass(frozen=True)
class Plan:
    """A run, and whether it stops short of its target."""

    warmup: int
    draws: int
    capped: bool


def plan(speed: Speed, warmup: int, target: int, cap: float) -> Plan:
    """Choose a run that reaches a target, or else ends at the cap.

    A sampler whose warmup would fill more than half of the cap gets a shorter one, so that some draws are
    left to judge it by.
    """
    efficiency = max(speed.efficiency, 1e-9)
    draws = max(FEWEST_DRAWS, math.ceil(MARGIN * target / efficiency))
    if (warmup + draws) * speed.seconds <= cap:
        return Plan(warmup, draws, capped=False)
    warmup = min(warmup, int(cap / 2 / speed.seconds))
    return Plan(warmup, max(4, int(cap / speed.seconds) - warmup), capped=True)


def least_ess(draws: Draws) -> float:
    """Return the least bulk ESS of all parameters, with components ordered by their means."""
    found = [array_stats.ess(part, chain_axis=0, draw_axis=1, method="bulk") for part in ordered(draws)]
    return float(np.nan_to_num(found, nan=0.0).min())


def ordered(draws: Draws) -> list[npt.NDArray[np.float64]]:
    """Return every parameter's draws, shape (chains, draws), with components ordered by their means."""
    order = np.argsort(draws.values["mu"], axis=-1)
    parts = [np.take_along_axis(draws.values[name], order, axis=-1) for name in ("theta", "mu")]
    parts.append(draws.values["sigma"].reshape(*order.shape[:2], 1))
    return [part[..., i] for part in parts for i in range(part.shape[-1])]


def measure(
    sizes: Sequence[int] = SIZES, peers: Sequence[str] | None = None, cap: float = CAP, rounds: int = ROUNDS
) -> list[dict[str, Any]]:
    """Run every sampler to every target.

    Raises
    ------
    DisagreementError
        If a peer that reached its target has another posterior than ours.
    """
    samplers = {name: s for name, s in all_samplers().items() if peers is None or name in ("ours", *peers)}
    rows: list[dict[str, Any]] = []
    try:
        for n in sizes:
            rows += _measure_size(n, samplers, cap, rounds)
    finally:
        for sampler in samplers.values():
            sampler.close()
    return rows


def _measure_size(n: int, samplers: Mapping[str, Sampler], cap: float, rounds: int) -> list[dict[str, Any]]:
    with normal(n, COMPONENTS).written() as folder:
        return _measure_in(folder, n, samplers, cap, rounds)


def _measure_in(
    folder: Path, n: int, samplers: Mapping[str, Sampler], cap: float, rounds: int
) -> list[dict[str, Any]]:
    problem = normal(n, COMPONENTS)
    speeds = {}
    hopeless: dict[str, float] = {}
    for name, sampler in samplers.items():
        sampler.load(problem, folder)
        iterations = PILOT.get(name, USUAL_PILOT)
        try:
            found = sampler.sample(iterations, iterations, 1, cap)
            speeds[name] = _seen(found, iterations)
        except StalledError:
            # No sampler here has more effective draws than iterations.
            hopeless[name] = 2 * iterations * CHAINS / cap
        print(f"ess N={n} {name}: pilot {speeds.get(name)}", file=sys.stderr, flush=True)
    rows = []
    capped: dict[str, list[dict[str, Any]]] = {}
    for target in TARGETS:
        cell = {"work": "ess", "family": "normal", "N": n, "K": COMPONENTS, "D": 1, "target": target}
        runs = _rounds(cell, samplers, speeds, capped, cap, rounds)
        for name in samplers:
            if name == "ours":
                continue
            row = cell | {"peer": name, "unit": "ESS per second"}
            if name in hopeless:
                ours = [run["rate"] for run in runs["ours"]]
                row |= compare(ours, [hopeless[name]] * len(ours), larger_is_better=True)
                row |= {"capped": True, "warmup": 0, "bound": True}
            else:
                theirs = runs[name]
                ours = [run["rate"] for run in runs["ours"][: len(theirs)]]
                row |= compare(ours, [run["rate"] for run in theirs], larger_is_better=True)
                row |= {key: theirs[-1][key] for key in ("capped", "warmup", "draws", "ess", "seconds")}
            rows.append(row)
            print(
                f"ess N={n} target={target} {name}: {row['ours']:.4g} against {row['theirs']:.4g}, "
                f"{row['ratio']:.3g}x{' (capped)' if row['capped'] else ''}",
                file=sys.stderr,
                flush=True,
            )
    return rows


def _seen(found: Draws, warmup: int) -> Speed:
    draws = found.values["mu"].shape[1]
    return Speed(found.seconds / (warmup + draws), least_ess(found) / draws)


def _rounds(
    cell: Mapping[str, Any],
    samplers: Mapping[str, Sampler],
    speeds: dict[str, Speed],
    capped: dict[str, list[dict[str, Any]]],
    cap: float,
    rounds: int,
) -> dict[str, list[dict[str, Any]]]:
    """Run all samplers in turn, round by round; slow ones leave when they have used their time.

    A run that was capped on the way to fewer effective draws stands for more of them, too.
    """
    runs: dict[str, list[dict[str, Any]]] = {name: list(capped.get(name, [])) for name in samplers}
    spent = dict.fromkeys(speeds, 0.0)
    settled: dict[str, Plan] = {}
    means: dict[str, list[tuple[float, float]]] = {}
    for repetition in range(rounds):
        for name in speeds:
            if name in capped or (name != "ours" and spent[name] > BUDGET):
                continue
            chosen = settled.get(name) or plan(speeds[name], samplers[name].warmup, cell["target"], cap)
            try:
                found = samplers[name].sample(chosen.warmup, chosen.draws, 100 + repetition, 3 * cap)
            except StalledError:
                rate = CHAINS * (chosen.warmup + chosen.draws) / (3 * cap)
                found_facts = {"rate": rate, "ess": 0.0, "seconds": 3 * cap, "bound": True}
                chosen = replace(chosen, capped=True)
            else:
                ess = least_ess(found)
                found_facts = {"rate": ess / found.seconds, "ess": ess, "seconds": found.seconds}
                speeds[name] = _seen(found, chosen.warmup)
                if cell["target"] <= ess <= 2 * cell["target"]:
                    settled[name] = chosen
                if ess >= TARGETS[0]:
                    means[name] = [(float(x.mean()), float(x.std())) for x in ordered(found)]
            spent[name] += found_facts["seconds"]
            runs[name].append(
                found_facts | {"capped": chosen.capped, "warmup": chosen.warmup, "draws": chosen.draws}
            )
            if chosen.capped and name != "ours":
                capped[name] = runs[name]
                spent[name] = math.inf
    _agree(means)
    return runs


def _agree(means: Mapping[str, list[tuple[float, float]]]) -> None:
    ours = means.get("ours")
    for name, theirs in means.items():
        for (a, sd), (b, _) in zip(ours or [], theirs, strict=False):
            # Both have at least 400 effective draws.
            if abs(a - b) > DISAGREEMENT * sd * math.sqrt(2 / TARGETS[0]):
                raise DisagreementError(f"{name}: a posterior mean is {b}, ours {a} with sd {sd}.")
