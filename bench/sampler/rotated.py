"""What draws of rotated covariances cost, beside free ones on the same data.

``python -m bench.sampler.rotated`` simulates for each rotated structure and seed rows of six columns from
three components of that structure, fits them with it and with VVV, and prints a table: leapfrog steps a draw,
step size, seconds, and the worst R-hat and the fewest effective draws of what depends neither on labels nor
on the order or the direction of axes, the log density among it.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cmdstanpy
import numpy as np
import numpy.typing as npt
from arviz_stats.base import array_stats
from bench import builds
from bench.fits import run_chains
from bench.workers import processor

from stanmix.config.schema import with_defaults
from stanmix.families import family_of
from stanmix.io import write_stan_json
from stanmix.judgement.settling import ELAPSED
from stanmix.model import Model, resolve
from stanmix.posterior.datatree import read_chains
from stanmix.posterior.functionals import functionals
from stanmix.stan import chains
from stanmix.starts.conditioning import conditioned

Array = npt.NDArray[np.float64]

STRUCTURES = ("EVE", "VVE", "EEV", "VEV")
N, D = 200, 6
THETA = (0.3, 0.3, 0.4)
SPREAD = 0.5
"""Standard deviation of the logarithms of true standard deviations along the axes."""
APART = 2.5
"""Standard deviation of true means, in units of a component's size."""
VOLUMES = 0.3
"""Standard deviation of the logarithms of true sizes, where they differ."""
SEEDS = (1, 2, 3)
CHAINS = 2
SAMPLING = {"warmup": 500, "draws": 500}
PLACE = builds.PLACE / "rotated"


def haar(rng: np.random.Generator, columns: int) -> Array:
    """Draw an orthogonal matrix from the Haar measure."""
    q, r = np.linalg.qr(rng.standard_normal((columns, columns)))
    return np.asarray(q * np.sign(np.diag(r)))


def simulate(structure: str, seed: int, rows: int = N) -> Array:
    """Simulate rows from three components whose covariances have a structure of mclust's names, (N, D)."""
    rng = np.random.default_rng(seed)
    K = len(THETA)

    def parts(letter: str, draw: Any) -> list[Any]:
        return [draw()] * K if letter == "E" else [draw() for _ in range(K)]

    volume, shape, orientation = structure
    sizes = parts(volume, lambda: np.exp(VOLUMES * rng.standard_normal()))
    logs = parts(shape, lambda: SPREAD * rng.standard_normal(D))
    axes = parts(orientation, lambda: haar(rng, D))
    component = rng.choice(K, size=rows, p=THETA)
    means = APART * rng.standard_normal((K, D))
    spread = np.stack([s * np.exp(own - own.mean()) for s, own in zip(sizes, logs, strict=True)])
    noise = rng.standard_normal((rows, D)) * spread[component]
    return np.asarray(means[component] + np.einsum("nij,nj->ni", np.stack(axes)[component], noise))


def of_covariances(model: Model, values: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Give what describes the covariances whatever the labels and the axes are, (chains, draws) each.

    They are moments over the components of standard deviations and correlations of the mixture's columns
    within components.
    """
    covariance = model.family.covariances(values)  # type: ignore[attr-defined]
    within = np.einsum("...k,...kij->...ij", values["theta"], covariance)
    for i, j in itertools.combinations_with_replacement(range(within.shape[-1]), 2):
        yield f"within {i + 1} {j + 1}", within[..., i, j]
    yield "log determinant", np.einsum("...k,...k->...", values["theta"], np.linalg.slogdet(covariance)[1])


def measure(structure: str, y: Array, name: str, seed: int, family: str, number: int) -> dict[str, Any]:
    """Fit and return what draws cost and how good they are."""
    spec = {"family": family, "structure": structure}
    model = resolve(spec, len(THETA), family_of(spec, y.shape[1]).scale(y))
    model = conditioned(model, y, 1)
    folder = PLACE / f"{name}_{structure}_{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "data.json"
    write_stan_json(file, model.stan_data(y))
    settings = with_defaults({}, {"$ref": "#/$defs/sampling"}) | SAMPLING
    with (folder / "log").open("w") as log, contextlib.redirect_stdout(log), cmdstanpy.disable_logging():
        files = run_chains(model, y, file, settings, seed, number)
    values, stats = read_chains(files, model)
    draws = functionals(values, stats["lp"], model, y) | dict(of_covariances(model, values))
    rhat = {key: float(array_stats.rhat(own, chain_axis=0, draw_axis=1)) for key, own in draws.items()}
    ess = {key: float(array_stats.ess(own, chain_axis=0, draw_axis=1)) for key, own in draws.items()}
    worst = max(rhat, key=lambda key: rhat[key])
    return {
        "data": name,
        "seed": seed,
        "structure": structure,
        "steps": float(stats["n_steps"].mean()),
        "of_chains": stats["n_steps"].mean(axis=1).round(1).tolist(),
        "step_size": float(np.mean(stats["step_size"])),
        "divergences": int(stats["diverging"].sum()),
        "seconds": sum(_seconds(own) for own in files),
        "rhat": rhat[worst],
        "worst": worst,
        "rhat_median": float(np.median(list(rhat.values()))),
        "ess": min(ess.values()),
        "ess_median": float(np.median(list(ess.values()))),
        "lp": stats["lp"].mean(axis=1).round(1).tolist(),
        "log_likelihood": draws["log likelihood"].mean(axis=1).round(1).tolist(),
    }


def _seconds(file: Path) -> float:
    """Return the seconds that a chain took, by what CmdStan says."""
    found = re.search(ELAPSED, chains.read(file).schema.metadata[chains.TAIL])
    return float(found[1]) if found else float("nan")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print a line for each fit."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--structures", nargs="+", default=STRUCTURES)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    parser.add_argument("--chains", type=int, default=CHAINS)
    parser.add_argument("--family", default="multi_normal")
    parser.add_argument("--no-reference", action="store_true", help="without VVV")
    parser.add_argument("--output", type=Path, default=PLACE / "rows.jsonl")
    given = parser.parse_args(arguments)
    given.output.parent.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for seed in given.seeds:
        for truth in given.structures:
            y = simulate(truth, seed)
            for structure in (truth,) if given.no_reference else (truth, "VVV"):
                row = measure(structure, y, truth, seed, given.family, given.chains)
                rows.append(row)
                print(row, file=sys.stderr, flush=True)
                with given.output.open("a") as file:
                    file.write(json.dumps(row) + "\n")
    print(f"{processor()}\n\n{table(rows)}")


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of fits: a line for each rotated one, beside the free one of the same data if any."""
    lines = [
        "| structure | seed | steps | of VVV | ratio | step size | R-hat | of VVV | ESS | of VVV | seconds |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    free = {(row["data"], row["seed"]): row for row in rows if row["structure"] == "VVV"}
    for row in rows:
        if row["structure"] == "VVV":
            continue
        other = free.get((row["data"], row["seed"]))
        beside = (
            ("", "", "", "")
            if other is None
            else (
                f"{other['steps']:.0f}",
                f"{row['steps'] / other['steps']:.1f}",
                f"{other['rhat']:.3f}",
                f"{other['ess']:.0f}",
            )
        )
        cells = [row["structure"], row["seed"], f"{row['steps']:.0f}", beside[0], beside[1]]
        cells += [f"{row['step_size']:.3f}", f"{row['rhat']:.3f}", beside[2], f"{row['ess']:.0f}", beside[3]]
        lines.append("| " + " | ".join(map(str, [*cells, f"{row['seconds']:.0f}"])) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
