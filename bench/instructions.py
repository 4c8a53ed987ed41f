"""Time one gradient with each instruction set that the machine has, which ours and JAX are made to use."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import builds
from bench.gradients import LEAST, ROUNDS, check
from bench.problems import Problem, multi_normal, normal
from bench.workers import ONE_THREAD, FailedError, Worker, peer_worker
from stanmix.conditioning import conditioned
from stanmix.families import family_of
from stanmix.initialise import start
from stanmix.io import write_stan_json
from stanmix.model import resolve

SETS = {"plain": "SSE4_2", "avx2": "AVX2", "avx512": "AVX512"}
"""Our names of instruction sets, for STANMIX_INSTRUCTIONS, and XLA's, which has none for SSE2 alone."""


@dataclass(frozen=True)
class Cell:
    """One problem.

    Attributes
    ----------
    family
        ``normal``; ``multi_normal``, which is the same function as JAX's; or a structure of covariances with
        rotations, of the workflow's own program.
    """

    family: str
    N: int
    K: int
    D: int = 1


CELLS = (
    Cell("normal", 500, 2),
    Cell("normal", 3000, 4),
    Cell("normal", 50_000, 4),
    *(Cell("multi_normal", 10_000, 3, d) for d in (2, 8, 32)),
    *(Cell(structure, 2000, 3, 5) for structure in ("EEV", "VEV", "VVE")),
)


def available() -> list[str]:
    """Return the instruction sets that this machine has, by asking a program for each."""
    found = []
    problem = normal(10, 2)
    with problem.written() as folder, ExitStack() as stack:
        problem.write_point(problem.points()[0], folder)
        for name in SETS:
            worker = stack.enter_context(_ours("normal", name))
            worker.ask("load", folder / "ours.json")
            try:
                worker.ask("evaluate", folder / "point_ours.json")
            except FailedError:
                print(f"This machine has no {name}.", file=sys.stderr)
            else:
                found.append(name)
    return found


def measure(
    cells: Sequence[Cell] = CELLS, rounds: int = ROUNDS, least: float = LEAST, peers: bool = True
) -> list[dict[str, Any]]:
    """Time the gradients with all instruction sets in turn, round by round; medians, and ranges of ratios."""
    sets = available()
    rows: list[dict[str, Any]] = []
    for cell in cells:
        with ExitStack() as stack, _written(cell) as folder:
            ours = {name: stack.enter_context(_ours(cell.family, name)) for name in sets}
            theirs = {}
            if peers and cell.family in ("normal", "multi_normal"):
                theirs = {name: stack.enter_context(_jax(name)) for name in sets}
            for worker in ours.values():
                worker.ask("load", folder / "ours.json")
            for worker in theirs.values():
                worker.ask("load", folder)
            for i in range(len(list(folder.glob("point_ours_*.json")))):
                answers = {
                    name: [worker.ask("evaluate", folder / f"point_ours_{i}.json")]
                    for name, worker in ours.items()
                }
                check({"ours": answers[sets[-1]], **answers}, 1)
                for name, worker in theirs.items():
                    found = [worker.ask("evaluate", folder / f"point_{i}.json")]
                    check({"ours": answers[name], "jax": found}, cell.K)
            seconds: dict[tuple[str, str], list[float]] = {}
            for _ in range(rounds):
                for who, workers in (("ours", ours), ("jax", theirs)):
                    for name, worker in workers.items():
                        took = float(worker.ask("time", least)["seconds"])
                        seconds.setdefault((who, name), []).append(took)
        for name in sets:
            row = _row(cell, name, seconds[("ours", name)], seconds.get(("jax", name), []))
            print(row, file=sys.stderr, flush=True)
            rows.append(row)
    return rows


def _row(cell: Cell, name: str, ours: Sequence[float], theirs: Sequence[float]) -> dict[str, Any]:
    row: dict[str, Any] = {"instructions": name, "family": cell.family, "N": cell.N, "K": cell.K, "D": cell.D}
    row["ours"] = 1e6 * statistics.median(ours)
    row["nanoseconds"] = 1e3 * row["ours"] / (cell.N * cell.K)
    if theirs:
        ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
        row |= {"jax": statistics.median(ratios), "spread": [min(ratios), max(ratios)]}
    return row


def _ours(family: str, name: str) -> Worker:
    program = family if family in ("normal", "multi_normal") else "structured"
    command: list[str | Path] = [builds.gradient_worker(program, "ours")]
    return Worker(f"ours-{program}-{name}", command, {"STANMIX_INSTRUCTIONS": name})


def _jax(name: str) -> Worker:
    flags = f"{ONE_THREAD['XLA_FLAGS']} --xla_cpu_max_isa={SETS[name]}"
    worker = peer_worker("jax", "with_jax")
    worker.environment = {"XLA_FLAGS": flags}
    return worker


@contextmanager
def _written(cell: Cell) -> Iterator[Path]:
    """Give a folder with a problem's data and the points at which it is evaluated."""
    problem = normal(cell.N, cell.K) if cell.family == "normal" else multi_normal(cell.N, cell.K, cell.D)
    with problem.written() as folder:
        if cell.family in ("normal", "multi_normal"):
            for i, point in enumerate(problem.points()):
                problem.write_point(point, folder)
                for name in ("point_ours", "point"):
                    (folder / f"{name}.json").rename(folder / f"{name}_{i}.json")
        else:
            _write_structured(cell, problem, folder)
        yield folder


def _write_structured(cell: Cell, problem: Problem, folder: Path) -> None:
    """Write the data of a structure of covariances as the workflow does, and one of its starts."""
    spec = {"family": "multi_normal", "structure": cell.family}
    family = family_of(spec, cell.D)
    model = conditioned(resolve(spec, cell.K, family.scale(problem.y)), problem.y, 1)
    write_stan_json(folder / "ours.json", model.stan_data(problem.y))
    found = start(model, np.asarray(problem.y), 1)
    write_stan_json(folder / "point_ours_0.json", found["init"])
