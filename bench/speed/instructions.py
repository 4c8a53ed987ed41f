"""Time one gradient with each instruction set of the machine, which ours and its peers are made to use."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bench import builds
from bench.problems import Problem, multi_normal, normal
from bench.speed.gradients import LEAST, PYTHON_PEERS, ROUNDS, check
from bench.speed.ratios import compare
from bench.validation import recovery
from bench.workers import ONE_THREAD, FailedError, Worker, peer_worker

from stanmix.data import simulation, storage
from stanmix.families import FAMILIES, family_of
from stanmix.io import write_stan_json
from stanmix.model import resolve
from stanmix.starts.clusters import start
from stanmix.starts.conditioning import conditioned

SETS = ("plain", "avx2", "avx512")
"""Our names of instruction sets, for STANMIX_INSTRUCTIONS."""
XLA = {"plain": "SSE4_2", "avx2": "AVX2", "avx512": "AVX512"}
"""XLA's names; it has none for SSE2 alone."""
LLVM = {
    "plain": ("nehalem", "+sse2,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt"),
    "avx2": ("haswell", "+sse2,+sse3,+ssse3,+sse4.1,+sse4.2,+popcnt,+avx,+avx2,+fma,+bmi,+bmi2"),
}
"""Processors and their features for Numba; with AVX-512 it takes what the machine has."""
BY_SET = ("jax", "nutpie", "limit")
"""Peers that are made to use a set. Stan's own programs are compiled for any processor."""
FAMILY_N, FAMILY_K = 10_000, 3


@dataclass(frozen=True)
class Cell:
    """One problem.

    Attributes
    ----------
    family
        ``normal`` and ``multi_normal``, which are those of the peers; another family of single numbers, or a
        structure of covariances with rotations, of the workflow's own program.
    peers
        Who is timed beside ours.
    """

    family: str
    N: int
    K: int
    D: int = 1
    peers: tuple[str, ...] = ()


ELEMENTWISE = tuple(name for name in FAMILIES if name in recovery.CASES and name != "normal")
CELLS = (
    *(
        Cell("normal", n, k, 1, ("textbook", "jax", "nutpie", "limit"))
        for k in (2, 3, 10)
        for n in (215, 10_000)
    ),
    *(Cell("normal", 100_000, k, 1, ("textbook", "jax", "limit")) for k in (2, 3, 10)),
    *(Cell("multi_normal", 10_000, 3, d, ("textbook", "jax")) for d in (2, 8, 32)),
    *(Cell(name, FAMILY_N, FAMILY_K, 1, ("textbook",)) for name in ELEMENTWISE),
    *(Cell(structure, 2000, 3, 5) for structure in ("EEV", "VEV", "VVE")),
)


def environment(instructions: str) -> dict[str, str]:
    """Return the variables by which ours and its peers use an instruction set."""
    name, features = LLVM.get(instructions, ("", ""))
    return {
        "STANMIX_INSTRUCTIONS": instructions,
        "XLA_FLAGS": f"{ONE_THREAD['XLA_FLAGS']} --xla_cpu_max_isa={XLA[instructions]}",
        **({"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features} if name else {}),
    }


def compile_all(cells: Sequence[Cell] = CELLS) -> None:
    """Compile what the cells need, on all cores."""
    for cell in cells:
        for peer in ("ours", *(peer for peer in cell.peers if peer not in PYTHON_PEERS)):
            for name in SETS if peer == "limit" else SETS[:1]:
                _worker(cell, peer, name)


def available() -> list[str]:
    """Return the instruction sets that this machine has, by asking a program for each."""
    found = []
    problem = normal(10, 2)
    with problem.written() as folder, ExitStack() as stack:
        problem.write_point(problem.points()[0], folder)
        for name in SETS:
            worker = stack.enter_context(_worker(Cell("normal", 10, 2), "ours", name))
            worker.ask("load", folder / "ours.json")
            try:
                worker.ask("evaluate", folder / "point_ours.json")
            except FailedError:
                print(f"This machine has no {name}.", file=sys.stderr)
            else:
                found.append(name)
    return found


def measure(
    cells: Sequence[Cell] = CELLS, rounds: int = ROUNDS, least: float = LEAST
) -> list[dict[str, Any]]:
    """Time the gradients with all instruction sets in turn, round by round.

    Returns
    -------
    list
        For each cell and set ``ours`` (microseconds, the median), ``nanoseconds`` (of one observation and
        component) and ``peers``: for each ``ratio`` (median, above 1 where ours is faster) and ``spread``.

    Raises
    ------
    MismatchError
        If a peer does not evaluate the same function as ours.
    """
    sets = available()
    rows: list[dict[str, Any]] = []
    for cell in cells:
        seconds = _time(cell, sets, rounds, least)
        for name in sets:
            ours = [1e6 * value for value in seconds["ours", name]]
            micros = statistics.median(ours)
            row: dict[str, Any] = {
                "instructions": name,
                "family": cell.family,
                "N": cell.N,
                "K": cell.K,
                "D": cell.D,
                "ours": micros,
                "nanoseconds": 1e3 * micros / (cell.N * cell.K),
                "peers": {},
            }
            for peer in cell.peers:
                theirs = seconds[peer, name if peer in BY_SET else sets[0]]
                found = compare(ours, [1e6 * value for value in theirs])
                row["peers"][peer] = {"ratio": found["ratio"], "spread": found["spread"]}
            print(row, file=sys.stderr, flush=True)
            rows.append(row)
    return rows


def _time(
    cell: Cell, sets: Sequence[str], rounds: int, least: float
) -> Mapping[tuple[str, str], Sequence[float]]:
    """Return the seconds of a gradient in each round, by who and with which set."""
    who = [("ours", name) for name in sets]
    who += [(peer, name) for peer in cell.peers for name in (sets if peer in BY_SET else sets[:1])]
    with ExitStack() as stack, _written(cell) as folder:
        workers = {(peer, name): stack.enter_context(_worker(cell, peer, name)) for peer, name in who}
        points = sorted(folder.glob("point_ours_*.json"))
        for (peer, _), worker in workers.items():
            match peer:
                case "limit":
                    worker.ask("load", cell.N * cell.K)
                case "ours" | "textbook":
                    worker.ask("load", folder / f"{peer}.json")
                case _:
                    worker.ask("load", folder)
        answers: dict[tuple[str, str], list[dict[str, Any]]] = {at: [] for at in workers if at[0] != "limit"}
        for point in points:
            plain = point.with_name(point.name.replace("_ours", ""))
            for at, found in answers.items():
                found.append(workers[at].ask("evaluate", plain if at[0] != "ours" else point))
        ours = answers["ours", sets[-1]]
        for (peer, name), found in answers.items():
            check({"ours": ours, peer if peer != "ours" else f"ours-{name}": found}, cell.K)
        seconds: dict[tuple[str, str], list[float]] = {at: [] for at in workers}
        for _ in range(rounds):
            for at, worker in workers.items():
                seconds[at].append(float(worker.ask("time", least)["seconds"]))
    return seconds


def _worker(cell: Cell, peer: str, instructions: str) -> Worker:
    """Return who is timed, compiled and made to use a set."""
    if peer == "limit":
        return Worker(f"limit-{instructions}", [builds.limit_worker(instructions)])
    own = environment(instructions)
    if peer in PYTHON_PEERS:
        worker = peer_worker(peer, PYTHON_PEERS[peer])
        worker.environment = own
        return worker
    family = cell.family
    if family in ("normal", "multi_normal"):
        program = builds.gradient_worker(family, peer)
    else:
        name = FAMILIES[family].stan_program if family in FAMILIES else "multi_normal_structured"
        program = builds.gradient_of(name, "kernel" if peer == "ours" else "stan")
    return Worker(f"{peer}-{family}-{instructions}", [program], own)


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
        elif cell.family in FAMILIES:
            _write_family(cell, folder)
        else:
            _write_structured(cell, problem, folder)
        yield folder


def _write_structured(cell: Cell, problem: Problem, folder: Path) -> None:
    """Write the data of a structure of covariances as the workflow does, and one of its starts."""
    _write(folder, {"family": "multi_normal", "structure": cell.family}, problem.y, cell)


def _write_family(cell: Cell, folder: Path) -> None:
    """Write data of a family as the workflow does, but that equal observations stay apart, and a start.

    The first components are those of :mod:`bench.validation.recovery`, the last one is between them.
    """
    case = recovery.CASES[cell.family]
    truth = {name: [*value, (value[0] + value[1]) / 2] for name, value in case.truth.items()}
    spec = {"family": cell.family, "n": cell.N, "theta": [0.3, 0.4, 0.3], "trials": recovery.TRIALS}
    frame, _ = simulation.simulate(spec | {"parameters": truth}, 1)
    y = frame.drop(columns=storage.TRUE_COMPONENT).to_numpy(dtype=float)
    _write(folder, {"family": cell.family}, y[:, 0] if y.shape[1] == 1 else y, cell)


def _write(folder: Path, spec: Mapping[str, Any], y: recovery.Array, cell: Cell) -> None:
    family = family_of(dict(spec), cell.D if cell.family not in FAMILIES else storage.columns(y))
    model = conditioned(resolve(dict(spec), cell.K, family.scale(y)), y, 1)
    point = start(model, np.asarray(y), 1)["init"]
    for name in ("ours", "textbook"):
        write_stan_json(folder / f"{name}.json", model.stan_data(y, np.ones(len(y))))
    for name in ("point_ours_0", "point_0"):
        write_stan_json(folder / f"{name}.json", point)
