"""Count how often verdicts are right, on simulated data whose answer is known."""

from __future__ import annotations

import contextlib
import json
import resource
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import cmdstanpy
import numpy as np
import numpy.typing as npt
import pandas as pd
from bench import builds
from bench.fits import run_chains
from bench.runs import project, snakemake

from stanmix.config.schema import with_defaults
from stanmix.families import DataScale
from stanmix.io import write_stan_json
from stanmix.judgement.judge import judge
from stanmix.judgement.verdict import GOOD
from stanmix.model import Model, resolve
from stanmix.posterior import labels
from stanmix.posterior.datatree import assemble, read_chains
from stanmix.starts.search import search

Array = npt.NDArray[np.float64]

CHAINS = 4
CLIMBS = 240
FITS = 100
OVERFITTED = 12
PLACE = builds.PLACE / "verdicts"
ROUNDS = 5
"""Rounds of escalation of fits with one component too many, at most."""
RELABELLING = Path(__file__).resolve().parents[2] / "tests" / "data" / "relabelling" / "galaxies_K4.json"


def groups(seed: int) -> tuple[Array, int]:
    """Simulate two or three groups, five standard deviations apart or more, with 15% or more each."""
    rng = np.random.default_rng(seed)
    K = int(rng.integers(2, 4))
    sd = rng.uniform(0.5, 2, K)
    gaps = [5 * max(sd[k], sd[k + 1]) + rng.uniform(0, 10) for k in range(K - 1)]
    mu = np.cumsum([0.0, *gaps])
    theta = 0.15 + (1 - 0.15 * K) * rng.dirichlet(np.ones(K))
    z = rng.choice(K, size=int(rng.integers(150, 400)), p=theta)
    return rng.normal(mu[z], sd[z]), K


def three_groups(seed: int) -> Array:
    """Simulate three groups alike, of which the middle may go with either of the others."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(150, 400))
    z = rng.choice(3, size=n, p=rng.dirichlet([40, 40, 40]))
    return rng.normal(rng.uniform(8, 12) * z, 1)


def fit(
    seed: int,
    y: Array,
    components: int,
    given: Callable[[Model, dict[str, Any]], dict[int, dict[str, Any]]] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """Fit and judge as the workflow does, with the configuration's defaults and some changes.

    Parameters
    ----------
    given
        Makes starts of some chains from the modes that were found.
    """
    folder = PLACE / f"{seed}_{components}"
    folder.mkdir(parents=True, exist_ok=True)
    settings = with_defaults({}, {"$ref": "#/$defs/sampling"}) | changes
    judged_by = with_defaults({}, {"$ref": "#/$defs/diagnostics"})
    spec = {"family": "normal", "components": components}
    model = resolve(spec, components, DataScale(float(y.min()), float(y.max())))
    data = folder / "data.json"
    write_stan_json(data, model.stan_data(y))
    executable = builds.sampler("ours")
    with (folder / "log").open("w") as log, contextlib.redirect_stdout(log), cmdstanpy.disable_logging():
        found = search(model, executable, data, y, seed, folder, CLIMBS).to_dict()
        starts = given(model, found) if given else None
        values, stats = read_chains(run_chains(model, y, data, settings, seed, CHAINS, starts), model)
        files = {"executable": executable, "stan": data, "modes": found}
        _, report = judge(
            assemble(values, stats, model, y),
            model,
            y,
            judged_by | {"max_treedepth": settings["max_treedepth"]},
            None,
            files,
            folder / "report.json",
        )
    return report


def good(seed: int) -> str:
    """Fit the true number of clear groups with the defaults."""
    y, K = groups(seed)
    return str(fit(seed, y, K)["verdict"])


def stuck(seed: int) -> str:
    """Fit three groups by two components, and start a chain at a mode where the others are not."""
    y = three_groups(seed)

    def starts(model: Model, found: dict[str, Any]) -> dict[int, dict[str, Any]]:
        def point(place: int) -> dict[str, Any]:
            optimum = found["optima"][min(place, len(found["optima"]) - 1)]
            return model.stan_values({n: np.asarray(optimum[n]) for n in ("theta", *model.parameters)})

        return {chain: point(1 if chain == CHAINS else 0) for chain in range(1, CHAINS + 1)}

    report = fit(seed, y, 2, starts)
    return str(report["verdict"])


def short(seed: int) -> str:
    """Fit too many components with Stan's random starts and very short chains."""
    y, K = groups(seed)
    return str(fit(seed, y, K + 3, warmup=100, draws=100, starts="random")["verdict"])


def overfitted() -> list[dict[str, Any]]:
    """Fit one component too many by the workflow with few rounds; give verdict, draws, failed checks."""
    seeds = range(3001, 3001 + OVERFITTED)
    data = {f"groups_{seed}": groups(seed) for seed in seeds}
    datasets = {name: {"file": f"{name}.csv", "response": "y"} for name in data}
    models = {f"k{K}": {"family": "normal", "components": K} for K in (3, 4)}
    pairs = {name: f"k{K + 1}" for name, (_, K) in data.items()}
    with project(datasets, models, pairs, escalate={"max_rounds": ROUNDS}) as folder:
        for name, (y, _) in data.items():
            pd.DataFrame({"y": y}).to_csv(folder / f"{name}.csv", index=False)
        snakemake(folder, "--cores", "all", "diagnostics")
        found = [next((folder / "results" / name).glob("*/*/diagnostics.json")) for name in data]
        reports = [json.loads(file.read_text("utf-8")) for file in found]
    return [
        {
            "verdict": report["verdict"],
            "draws": report["draws"],
            "failed": [check["name"] for check in report["checks"] if not check["pass"]],
        }
        for report in reports
    ]


def switches(seed: int) -> bool:
    """Switch the labels of a peer's draws at random and tell whether all are undone."""
    peer = json.loads(RELABELLING.read_text("utf-8"))
    values = {
        name: np.array(peer[key])[None] for name, key in (("theta", "w"), ("mu", "mu"), ("sigma", "sigma"))
    }
    y, lp = np.array(peer["y"]), np.array(peer["loglik"])[None]
    model = resolve({"family": "normal", "components": 4}, 4, DataScale(float(y.min()), float(y.max())))
    original = labels.permute(values["mu"], labels.resolve_labels(model, values, lp, y).permutation)
    rng = np.random.default_rng(seed)
    switch = rng.permuted(np.broadcast_to(np.arange(4), (*lp.shape, 4)), axis=-1)
    switched = {name: labels.permute(value, switch) for name, value in values.items()}
    again = labels.permute(switched["mu"], labels.resolve_labels(model, switched, lp, y).permutation)
    return bool(np.array_equal(again, original))


def relabelling_cost() -> dict[str, Any]:
    """Relabel 4 x 1,000 draws with N = 10,000 and K = 5, in a process of its own."""
    rng = np.random.default_rng(1)
    K, shape = 5, (4, 1000, 5)
    mu = 4.0 * np.arange(K)
    y = rng.normal(mu[rng.integers(K, size=10_000)], 1)
    values = {
        "theta": rng.dirichlet(np.full(K, 200.0), shape[:2]),
        "mu": mu + 0.03 * rng.standard_normal(shape),
        "sigma": np.exp(0.02 * rng.standard_normal(shape)),
    }
    switch = rng.permuted(np.broadcast_to(np.arange(K), shape), axis=-1)
    switched = {name: labels.permute(value, switch) for name, value in values.items()}
    model = resolve({"family": "normal", "components": K}, K, DataScale(float(y.min()), float(y.max())))
    before = time.perf_counter()
    found = labels.resolve_labels(model, switched, rng.standard_normal(shape[:2]), y)
    seconds = time.perf_counter() - before
    undone = np.array_equal(labels.permute(switched["mu"], found.permutation), values["mu"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return {"draws": 4000, "N": len(y), "K": K, "seconds": seconds, "peak_memory_mb": peak, "undone": undone}


def measure(workers: int | None = None) -> dict[str, Any]:
    """Count verdicts; the seeds of the data sets are those of the counts, from 1."""
    builds.sampler("ours")
    with ProcessPoolExecutor(1) as pool:
        cost = pool.submit(relabelling_cost).result()
    with ProcessPoolExecutor(workers) as pool:
        undone = list(pool.map(switches, range(1, 21)))
        verdicts = {
            "good": list(pool.map(good, range(1, FITS + 1))),
            "stuck": list(pool.map(stuck, range(1001, 1001 + FITS // 2))),
            "short": list(pool.map(short, range(2001, 2001 + FITS // 2))),
        }
    bad = verdicts["stuck"] + verdicts["short"]
    return {
        "relabelling_cost": cost,
        "switches": {"cases": len(undone), "draws": 400 * len(undone), "undone": sum(undone)},
        "good": {"cases": FITS, "flagged": sum(it not in GOOD for it in verdicts["good"])},
        "bad": {"cases": len(bad), "flagged": sum(it not in GOOD for it in bad)},
        "verdicts": {name: dict(Counter(found)) for name, found in verdicts.items()},
    }
