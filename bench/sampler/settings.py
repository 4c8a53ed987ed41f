"""Measure what the sampler's defaults are chosen by: each setting changed alone, on data easy and hard.

``make bench-sampler`` writes ``docs/sampler.json``, and from it the table in ``docs/sampler.md``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from arviz_stats.base import array_stats
from bench import builds
from bench.fits import run_chains
from bench.workers import ROOT, use_one_core

from stanmix import model
from stanmix.config.schema import with_defaults
from stanmix.families import DataScale
from stanmix.io import write_stan_json
from stanmix.posterior.datatree import read_chains
from stanmix.posterior.functionals import functionals
from stanmix.posterior.summary import comparable

Array = npt.NDArray[np.float64]

CHAINS = 4
SEEDS = (1, 2)
PAGE = ROOT / "docs" / "sampler.md"
FACTS = ROOT / "docs" / "sampler.json"
MARKS = ("<!-- table: written by make bench-sampler -->", "<!-- end of table -->")
CHANGES: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "metric: diagonal": {"metric": "diagonal"},
    "metric: dense": {"metric": "dense"},
    "warmup: 300": {"warmup": 300},
    "warmup: 1000": {"warmup": 1000},
    "adapt_delta: 0.8": {"adapt_delta": 0.8},
    "adapt_delta: 0.95": {"adapt_delta": 0.95},
    "pilot: 300, warmup: 150": {"pilot": 300, "warmup": 150},
    "starts: random": {"starts": "random"},
}


def problems() -> dict[str, tuple[Array, int]]:
    """Return data and number of components by name."""
    rng = np.random.default_rng(1)

    def mixture(n: int, theta: list[float], mu: list[float], sigma: list[float]) -> Array:
        z = rng.choice(len(theta), size=n, p=theta)
        y: Array = rng.normal(np.asarray(mu)[z], np.asarray(sigma)[z])
        return y

    data = ROOT / "tests" / "data"
    galaxies = pd.read_csv(data / "galaxies.csv")["velocity"].to_numpy(float)
    acidity = pd.read_csv(data / "acidity.csv")["y"].to_numpy(float)
    far = [5.0 * k for k in range(10)]
    return {
        "three Gaussians of the article, N = 215": (
            mixture(215, [0.42, 0.23, 0.35], [9, 21, 35], [2] * 3),
            3,
        ),
        "galaxies, N = 82": (galaxies, 3),
        "galaxies, N = 82, too many components": (galaxies, 6),
        "acidity, N = 155": (acidity, 2),
        "two that overlap, N = 1,000": (mixture(1000, [0.5, 0.5], [0, 2.5], [1, 1]), 2),
        "two that overlap, N = 10,000": (mixture(10_000, [0.6, 0.4], [0, 2.5], [1, 1.5]), 2),
        "three that overlap, N = 10,000": (mixture(10_000, [0.3, 0.3, 0.4], [0, 3, 7], [1, 1, 1.5]), 3),
        "ten, N = 1,000": (mixture(1000, [0.1] * 10, far, [1] * 10), 10),
    }


def run(y: Array, components: int, settings: dict[str, Any], seed: int, folder: Path) -> dict[str, float]:
    """Sample as the workflow does, one chain after the other, and judge the label-invariant functionals."""
    spec = {"family": "normal", "components": components}
    fit = model.resolve(spec, components, DataScale(float(y.min()), float(y.max())))
    write_stan_json(folder / "data.json", fit.stan_data(y))
    before = time.perf_counter()
    output = run_chains(fit, y, folder / "data.json", settings, seed, CHAINS)
    seconds = time.perf_counter() - before
    values, stats = read_chains(output, fit)
    found = functionals(values, stats["lp"], fit, y)
    draws = {name: comparable(value) for name, value in found.items()}
    axes = {"chain_axis": 0, "draw_axis": 1}
    ess = min(float(array_stats.ess(d, method="bulk", **axes)) for d in draws.values())
    return {
        "seconds": seconds,
        "ess": ess,
        "rhat": max(float(array_stats.rhat(d, method="rank", **axes)) for d in draws.values()),
        "leapfrog": float(stats["n_steps"].mean()),
        "divergences": int(stats["diverging"].sum()),
    }


def measure(names: list[str]) -> list[dict[str, Any]]:
    """Run problems with every change; medians over the seeds, worst of R-hat and divergences."""
    folder = builds.PLACE / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    defaults = with_defaults({}, {"$ref": "#/$defs/sampling"})
    rows = []
    chosen = problems()
    for problem in names:
        y, components = chosen[problem]
        for change, values in CHANGES.items():
            with (folder / "log").open("w") as log, contextlib.redirect_stdout(log):
                found = [run(y, components, {**defaults, **values}, seed, folder) for seed in SEEDS]
            row: dict[str, Any] = {"problem": problem, "components": components, "change": change}
            row["ess_per_second"] = float(np.median([it["ess"] / it["seconds"] for it in found]))
            row |= {
                key: float(np.median([it[key] for it in found])) for key in ("ess", "seconds", "leapfrog")
            }
            row |= {key: max(it[key] for it in found) for key in ("rhat", "divergences")}
            rows.append(row)
            print(row, flush=True)
    return rows


def render(rows: list[dict[str, Any]]) -> str:
    """Write the rows as a table: effective draws a second, with what went wrong beside it."""
    names = list(dict.fromkeys(row["problem"] for row in rows))
    lines = ["| data | K | " + " | ".join(CHANGES) + " |", "|---|---|" + "---|" * len(CHANGES)]
    for name in names:
        cells = {row["change"]: row for row in rows if row["problem"] == name}
        shown = []
        for change in CHANGES:
            row = cells[change]
            bad = f", R-hat {row['rhat']:.2f}" if row["rhat"] > 1.015 else ""
            bad += f", {row['divergences']} divergent" if row["divergences"] else ""
            shown.append(f"{row['ess_per_second']:,.0f}{bad}")
        lines.append(f"| {name} | {cells['the defaults']['components']} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure, and write facts and table."""
    names = list(problems())
    parser = argparse.ArgumentParser(prog="python -m bench.sampler.settings", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="keep the others' rows")
    only = parser.parse_args().only
    logging.getLogger("cmdstanpy").setLevel(logging.WARNING)
    builds.sampler("ours")
    use_one_core()
    found = measure(only)
    if only != names:
        found += [row for row in json.loads(FACTS.read_text("utf-8")) if row["problem"] not in only]
    rows = sorted(found, key=lambda row: names.index(row["problem"]))
    FACTS.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    before, rest = PAGE.read_text("utf-8").split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(f"{before}{MARKS[0]}\n\n{render(rows)}\n\n{MARKS[1]}{after}", "utf-8")


if __name__ == "__main__":
    main()
