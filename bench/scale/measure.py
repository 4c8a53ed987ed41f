"""Measure the whole workflow against the number of observations, and many small fits at once.

``make bench-scale`` writes ``docs/scale.json``, and from it the tables of ``docs/scale.md`` and its figure.
Parts measured alone (``--only``) replace their own rows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import yaml
from bench import builds
from bench.problems import normal
from bench.runs import benchmarks, project, snakemake
from bench.scale.page import write
from bench.workers import ROOT, processor
from tests.slurm.cluster import cluster

from stanmix.config import load
from stanmix.run.planning import Planner
from stanmix.stan import chains

FACTS = ROOT / "docs" / "scale.json"
PARTS = ("size", "rounded", "textbook", "local", "slurm", "sets")
SIZES = (100, 1000, 10_000, 100_000, 1_000_000)
TRUTH: dict[str, Any] = {"family": "normal", "parameters": {"mu": [9, 21, 35], "sigma": 2}}
THETA = [0.42, 0.23, 0.35]
MODEL = {"three": {"family": "normal", "components": 3}}
CORES = 2
FITS = 200
IN_A_BUNDLE = 50
"""Fits in a cluster job."""
EACH = 1000
"""Observations of each of many fits."""
TEXTBOOK_N = 100_000
SETS = ("avx2",)
"""Instruction sets with which whole analyses are timed; other parts are measured with the machine's best."""
ROUNDED = ((10_000, None), (10_000_000, 0.01))

Row = dict[str, Any]


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.scale.measure", description="Measure how the workflow scales."
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure these parts, keep the others' rows")
    parser.add_argument("--page", action="store_true", help="only write the page again from its JSON")
    options = parser.parse_args()
    known = json.loads(FACTS.read_text("utf-8")) if FACTS.is_file() else {"rows": []}
    if not options.page:
        wanted = options.only or PARTS
        measures = {
            "size": sizes,
            "rounded": rounded,
            "textbook": textbook,
            "local": local,
            "slurm": slurm,
            "sets": with_each_set,
        }
        rows = [row for row in known["rows"] if row["work"] not in wanted]
        for part in wanted:
            for row in measures[part]():
                print(json.dumps(row), file=sys.stderr, flush=True)
                rows.append(row)
        known = {
            "date": datetime.now(UTC).date().isoformat(),
            "processor": processor(),
            "cores": CORES,
            "rows": sorted(rows, key=lambda row: PARTS.index(row["work"])),
        }
        FACTS.write_text(json.dumps(known, indent=2) + "\n", "utf-8")
    write(known, ROOT / "docs")


def sizes() -> Iterator[Row]:
    """Simulate, sample and report data sets of growing size: 4 chains of 1,000 draws, three components."""
    for n in SIZES:
        simulated = {"simulate": TRUTH | {"n": n, "theta": THETA}}
        with project({"data": simulated}, MODEL) as folder:
            yield {"work": "size"} | analyse(folder, n)


def rounded() -> Iterator[Row]:
    """Fit data as they come and many more that are rounded, which are collapsed to their distinct values."""
    rng = np.random.default_rng(1)
    for n, step in ROUNDED:
        y = rng.normal(np.asarray(TRUTH["parameters"]["mu"])[rng.choice(3, n, p=THETA)], 2)
        with project({"data": {"file": "y.parquet", "response": "y"}}, MODEL) as folder:
            values = y if step is None else np.round(y / step) * step
            pd.DataFrame({"y": values}).to_parquet(folder / "y.parquet")
            yield {"work": "rounded", "rounded_to": step} | analyse(folder, n)


def with_each_set() -> Iterator[Row]:
    """Run the shipped analysis, and one of a million observations, with each instruction set.

    Programs hold all sets, and are compiled before.
    """
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text("utf-8"))
    million = {
        "datasets": {"data": {"simulate": TRUTH | {"n": SIZES[-1], "theta": THETA}}},
        "models": MODEL,
        "analyses": [{"dataset": "data", "models": list(MODEL)}],
    }
    place = ROOT / "build" / "bench"
    place.mkdir(parents=True, exist_ok=True)
    made = {"date": datetime.now(UTC).date().isoformat(), "processor": processor()}
    for analysis, config in (("the shipped analysis", shipped), ("1,000,000 observations", million)):
        for name in SETS:
            with TemporaryDirectory(prefix="run-", dir=place) as name_of_folder:
                folder = Path(name_of_folder)
                shutil.copytree(ROOT / "resources", folder / "resources")  # data of the shipped analysis
                (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
                snakemake(folder, "--cores", str(CORES), "compile")
                shutil.rmtree(folder / "benchmarks")
                seconds = snakemake(folder, "--cores", str(CORES), environment={"STANMIX_INSTRUCTIONS": name})
                jobs = benchmarks(folder)
            chains = float(jobs.loc[jobs["rule"].isin(["sample", "escalate"]), "s"].sum())
            yield {
                "work": "sets",
                "analysis": analysis,
                "instructions": name,
                "seconds": round(seconds, 1),
                "sampling_seconds": round(chains, 1),
                "job_seconds": round(float(jobs["s"].sum()), 1),
                **made,
            }


def analyse(folder: Path, n: int) -> Row:
    """Run the whole workflow and say what it took."""
    seconds = snakemake(folder, "--cores", str(CORES))
    jobs = benchmarks(folder)
    sampling = jobs[jobs["rule"].str.startswith("sample")]
    largest = jobs.loc[jobs["max_rss"].idxmax()]
    planner = Planner(load(yaml.safe_load((folder / "config.yaml").read_text("utf-8"))), folder / "results")
    (estimate,) = planner.estimates()
    stored = next((folder / "results").glob("*/*/*/chains/chain_1.parquet"))
    draws = chains.read(stored)
    diagnostics = json.loads(next((folder / "results").glob("*/*/*/diagnostics.json")).read_text("utf-8"))
    return {
        "N": n,
        "family": "normal",
        "K": 3,
        "distinct": estimate.size.distinct,
        "seconds": round(seconds, 1),
        "sampling_seconds": round(float(sampling["s"].mean()), 2),
        "leapfrogs": round(float(chains.variable(draws, "n_leapfrog__").mean()), 1),
        "peak_memory_mb": round(float(largest["max_rss"]), 0),
        "peak_job": largest["rule"],
        "chain_memory_mb": round(float(sampling["max_rss"].max()), 0),
        "disk_mb": round(
            sum(f.stat().st_size for f in (folder / "results").rglob("*") if f.is_file()) / 1e6, 1
        ),
        "largest_file": max((folder / "results").rglob("*"), key=lambda f: f.stat().st_size).name,
        "verdict": diagnostics["verdict"],
        "memory": {rule: round(float(part["max_rss"].max())) for rule, part in jobs.groupby("rule")},
        "job_seconds": {rule: round(float(part["s"].sum()), 1) for rule, part in jobs.groupby("rule")},
        "estimated": {
            "memory_mb": {rule: round(value) for rule, value in estimate.memory.items()},
            "disk_mb": round(estimate.disk, 1),
            "chain_seconds": round(estimate.chain, 1),
        },
    }


def textbook() -> Iterator[Row]:
    """Sample one chain of the textbook program, with Stan's defaults and as many iterations as ours."""
    problem = normal(TEXTBOOK_N, 3)
    with problem.written() as folder:
        problem.write_point(problem.points()[0], folder)
        command = [str(builds.sampler("textbook")), "sample", "num_warmup=500", "num_samples=1000"]
        command += ["data", f"file={folder / 'textbook.json'}", f"init={folder / 'point.json'}"]
        command += ["random", "seed=1", "output", f"file={folder / 'draws.csv'}", "refresh=100"]
        before = time.monotonic()
        subprocess.run(command, check=True, stdout=sys.stderr)
        seconds = time.monotonic() - before
        chains.store(folder / "draws.csv", folder / "draws.parquet")
        leapfrogs = chains.variable(chains.read(folder / "draws.parquet"), "n_leapfrog__").mean()
    yield {
        "work": "textbook",
        "N": TEXTBOOK_N,
        "family": "normal",
        "K": 3,
        "sampling_seconds": round(seconds, 1),
        "leapfrogs": round(float(leapfrogs), 1),
    }


def local() -> Iterator[Row]:
    """Sample many small fits on this machine."""
    yield many("local", ["--cores", str(CORES)])


def slurm() -> Iterator[Row]:
    """Sample many small fits on a Slurm that gives each bundle a core of this machine, all in its queue."""
    profile = ["--profile", str(ROOT / "profiles" / "slurm"), "--slurm-status-command", "squeue"]
    profile += ["--default-resources", "slurm_partition=main", "--cores", "1"]
    profile += ["--resources", "mem_mb=3800", "--group-components", f"fit={IN_A_BUNDLE}"]
    # Bound to its core: Snakemake's jobstep plugin runs as many jobs at once as it sees cores.
    machine = {"nodes": 1, "cpus": CORES, "memory": 8000}
    with TemporaryDirectory() as folder, cluster(Path(folder), **machine, bound=True) as nodes:
        yield many("slurm", profile, nodes.environment)


def many(where: str, arguments: list[str], environment: Mapping[str, str] | None = None) -> Row:
    """Sample many small fits, their programs compiled and their data simulated before."""
    datasets = {f"data_{i}": {"simulate": TRUTH | {"n": EACH, "theta": THETA}} for i in range(1, FITS + 1)}
    with project(datasets, MODEL) as folder:
        snakemake(folder, "--cores", str(CORES), "compile", "data")
        shutil.rmtree(folder / "benchmarks")
        seconds = snakemake(folder, "fits", *arguments, environment=environment)
        jobs = benchmarks(folder)
    sampling = float(jobs.loc[jobs["rule"].str.startswith("sample"), "s"].sum())
    return {
        "work": where,
        "N": EACH,
        "family": "normal",
        "K": 3,
        "fits": FITS,
        "jobs": len(jobs),
        "seconds": round(seconds, 1),
        "sampling_seconds": round(sampling, 1),
        "job_seconds": round(float(jobs["s"].sum()), 1),
        "jobs_a_minute": round(60 * len(jobs) / seconds, 1),
        "overhead": round((CORES * seconds - float(jobs["s"].sum())) / sampling, 3),
    }


if __name__ == "__main__":
    main()
