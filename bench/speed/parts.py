"""Where the time of one gradient goes at few observations: transforms and priors, or the likelihood."""

from __future__ import annotations

import statistics
import sys
from typing import Any

from bench import builds
from bench.problems import normal
from bench.speed.gradients import LEAST, ROUNDS
from bench.workers import Worker

from stanmix.io import write_stan_json

N = 215
COMPONENTS = (2, 3, 10)


def measure(rounds: int = ROUNDS, least: float = LEAST) -> list[dict[str, Any]]:
    """Time the gradient, the same without the likelihood, and the bare exp, in turn; medians of rounds."""
    rows = []
    gradient = builds.gradient_worker("normal", "ours")
    names = {"all": gradient, "rest": gradient, "limit": builds.limit_worker()}
    for components in COMPONENTS:
        problem = normal(N, components)
        workers = {name: Worker(f"parts-{name}", [command]) for name, command in names.items()}
        try:
            with problem.written() as folder:
                problem.write_point(problem.points()[0], folder)
                data = problem.model.stan_data(problem.y)
                for name, flag in (("all", 1), ("rest", 0)):
                    write_stan_json(folder / f"{name}.json", data | {"likelihood": flag})
                    workers[name].ask("load", folder / f"{name}.json")
                    workers[name].ask("evaluate", folder / "point_ours.json")
                workers["limit"].ask("load", N * components)
                seconds: dict[str, list[float]] = {name: [] for name in workers}
                for _ in range(rounds):
                    for name, found in seconds.items():
                        found.append(workers[name].ask("time", least)["seconds"])
        finally:
            for worker in workers.values():
                worker.close()
        row: dict[str, Any] = {"work": "parts", "family": "normal", "N": N, "K": components, "D": 1}
        row |= {name: 1e6 * statistics.median(found) for name, found in seconds.items()}
        row |= {"unit": "microseconds"}
        print(f"parts K={components}: {row}", file=sys.stderr, flush=True)
        rows.append(row)
    return rows
