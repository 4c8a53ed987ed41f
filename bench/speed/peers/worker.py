"""The loop of a Python peer: a command a line comes in, and an answer in JSON a line goes out."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np


class Problem(NamedTuple):
    """Data and priors, as ``bench.problems`` writes them."""

    family: str
    y: np.ndarray
    center: np.ndarray


class Peer(Protocol):
    """What a tool can do; ``sample`` only where it is a sampler, the two others only for gradients."""

    def load(self, problem: Problem) -> None:
        """Take data and compile."""

    def evaluate(self, point: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
        """Return log density, with the Jacobian of the tool's transformations, and gradient at a point."""

    def seconds_each(self, least: float) -> float:
        """Return the time of one gradient at the last point, the mean over at least that many seconds."""

    def sample(self, warmup: int, draws: int, chains: int, seed: int, start: dict[str, Any]) -> Sampled:
        """Run the chains one after the other."""


class Sampled(NamedTuple):
    """Draws, each of shape (chains, draws, ...), and the seconds that they took."""

    values: dict[str, np.ndarray]
    seconds: float


def repeat(work: Callable[[], object], least: float) -> float:
    """Return the mean time of some work, repeated for at least that many seconds."""
    batch = 1
    while True:
        start = time.perf_counter()
        for _ in range(batch):
            work()
        elapsed = time.perf_counter() - start
        if elapsed >= least:
            return elapsed / batch
        batch = int(batch * min(10.0, 1.2 * least / max(elapsed, 1e-9))) + 1


def serve(peer: Peer) -> None:
    """Answer until the input ends. What the tool prints goes to standard error, not between the answers."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        command, argument = line.split(maxsplit=1)
        answers.write(json.dumps(_answer(peer, command, argument.strip())) + "\n")
        answers.flush()


def _answer(peer: Peer, command: str, argument: str) -> dict[str, Any]:
    match command:
        case "load":
            folder = Path(argument)
            facts = json.loads((folder / "problem.json").read_text("utf-8"))
            peer.load(Problem(facts["family"], np.load(folder / "y.npy"), np.asarray(facts["center"])))
            return {}
        case "evaluate":
            point = json.loads(Path(argument).read_text("utf-8"))
            value, gradient = peer.evaluate({name: np.asarray(part) for name, part in point.items()})
            return {"value": float(value), "gradient": np.asarray(gradient).tolist()}
        case "time":
            return {"seconds": peer.seconds_each(float(argument))}
        case "sample":
            task = json.loads(Path(argument).read_text("utf-8"))
            output = task.pop("output")
            sampled = peer.sample(**task)
            np.savez(output, **sampled.values)
            return {"seconds": sampled.seconds}
        case _:
            raise ValueError(f"There is no command {command}.")
