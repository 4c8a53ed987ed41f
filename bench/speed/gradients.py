"""Time one gradient of every peer, after all have shown that they evaluate the same function."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
from bench import builds
from bench.problems import Problem, multi_normal, normal
from bench.speed.ratios import compare
from bench.workers import Worker, peer_worker

ROUNDS = 5
LEAST = 0.15
"""Seconds that each peer measures in a round, at least."""
TOLERANCE = 1e-8
"""Largest relative difference between peers; sums of a million terms differ by their order alone."""

STAN_PEERS = ("textbook", "stanc-O1")
PYTHON_PEERS = {"jax": "with_jax", "pymc": "with_pymc", "nutpie": "with_pymc"}


class MismatchError(Exception):
    """Two peers do not evaluate the same function."""


@dataclass(frozen=True)
class Cell:
    """One problem and who is timed at it."""

    family: str
    N: int
    K: int
    D: int
    peers: tuple[str, ...]

    def problem(self) -> Problem:
        """Return its data."""
        if self.family == "normal":
            return normal(self.N, self.K)
        return multi_normal(self.N, self.K, self.D)


UNIVARIATE = ("textbook", "stanc-O1", "jax", "pymc", "nutpie", "limit")
MULTIVARIATE = ("textbook", "jax")

CELLS = (
    *(Cell("normal", n, k, 1, UNIVARIATE) for k in (2, 3, 10) for n in (215, 10_000, 100_000, 1_000_000)),
    *(Cell("multi_normal", 10_000, 3, d, MULTIVARIATE) for d in (2, 8, 32)),
)
QUICK = tuple(Cell("normal", n, 3, 1, ("textbook", "limit")) for n in (215, 10_000))


def measure(cells: Sequence[Cell], rounds: int = ROUNDS, least: float = LEAST) -> list[dict[str, Any]]:
    """Time the gradients of all peers in turn, round by round.

    Raises
    ------
    MismatchError
        If a peer does not evaluate the same function as ours.
    """
    rows: list[dict[str, Any]] = []
    for family in dict.fromkeys(cell.family for cell in cells):
        chosen = [cell for cell in cells if cell.family == family]
        names = dict.fromkeys(name for cell in chosen for name in ("ours", *cell.peers))
        with ExitStack() as stack:
            workers = {name: stack.enter_context(_worker(family, name)) for name in names}
            for cell in chosen:
                rows += _measure_cell(cell, workers, rounds, least)
    return rows


def _worker(family: str, peer: str) -> Worker:
    if peer == "limit":
        return Worker(peer, [builds.limit_worker()])
    if peer in PYTHON_PEERS:
        return peer_worker(peer, PYTHON_PEERS[peer])
    return Worker(f"{peer}-{family}", [builds.gradient_worker(family, peer)])


def _measure_cell(
    cell: Cell, workers: Mapping[str, Worker], rounds: int, least: float
) -> Iterator[dict[str, Any]]:
    problem = cell.problem()
    with problem.written() as folder:
        names = ("ours", *cell.peers)
        for name in names:
            match name:
                case "limit":
                    workers[name].ask("load", cell.N * cell.K)
                case "ours":
                    workers[name].ask("load", folder / "ours.json")
                case "textbook" | "stanc-O1":
                    workers[name].ask("load", folder / "textbook.json")
                case _:
                    workers[name].ask("load", folder)
        answers: dict[str, list[dict[str, Any]]] = {name: [] for name in names if name != "limit"}
        for point in problem.points():
            problem.write_point(point, folder)
            for name, found in answers.items():
                file = "point_ours.json" if name == "ours" else "point.json"
                found.append(workers[name].ask("evaluate", folder / file))
        check(answers, cell.K)
        seconds: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                seconds[name].append(workers[name].ask("time", least)["seconds"])
    for peer in cell.peers:
        micros = [[1e6 * value for value in seconds[name]] for name in ("ours", peer)]
        row = {
            "work": "gradient",
            "family": cell.family,
            "N": cell.N,
            "K": cell.K,
            "D": cell.D,
            "peer": peer,
            "unit": "microseconds",
            **compare(*micros),
        }
        print(
            f"gradient {cell.family} N={cell.N} K={cell.K} D={cell.D} {peer}: "
            f"{row['ours']:.4g} against {row['theirs']:.4g} us, {row['ratio']:.3g}x",
            file=sys.stderr,
            flush=True,
        )
        yield row


def check(answers: Mapping[str, Sequence[Mapping[str, Any]]], components: int) -> None:
    """Check that all peers evaluate the function that ours does.

    Every transformation of weights that the peers use has the same Jacobian up to a constant factor, so
    differences of the log density between points agree, Jacobians included. Derivatives agree in all
    parameters but the weights, of which there are K - 1 first; among Stan programs in those, too.
    """
    ours = answers["ours"]
    for name, theirs in answers.items():
        for i in range(len(ours)):
            a, b = (float(found[i]["value"]) - float(found[0]["value"]) for found in (ours, theirs))
            scale = max(abs(float(ours[i]["value"])), 1.0)
            if not abs(a - b) <= TOLERANCE * scale:
                raise MismatchError(f"{name}: log density differs by {b} between two points, ours by {a}.")
            first = 0 if name in STAN_PEERS else components - 1
            gradients = [np.asarray(found[i]["gradient"])[first:] for found in (ours, theirs)]
            largest = max(float(np.abs(gradients[0]).max()), 1.0)
            if not float(np.abs(gradients[0] - gradients[1]).max()) <= TOLERANCE * largest:
                raise MismatchError(f"{name}: gradient is {gradients[1]}, ours {gradients[0]}.")
