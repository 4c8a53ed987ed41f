"""The facts of a run: everything that the report shows, as one JSON-able mapping.

The HTML page takes every number from here, so that ``report.json`` holds the same ones.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy.optimize import linear_sum_assignment

from stanmix import __version__
from stanmix.data import true_components
from stanmix.io import read_json
from stanmix.model import Model
from stanmix.paths import STAN
from stanmix.report.catalogue import column_names, response_name
from stanmix.report.words import describe, formula
from stanmix.stan_sources import sources
from stanmix.verdict import GOOD

PACKAGES = (
    "arviz-base", "arviz-plots", "arviz-stats", "cmdstanpy", "matplotlib", "numpy", "pandas", "scipy",
    "snakemake", "xarray",
)  # fmt: skip
PREDICTIVE_INTERVAL = 0.95
"""Probability of the interval of replicated test statistics."""
CERTAIN = 0.9
"""An observation is assigned with certainty when its component has at least this probability."""
EXTREME_P = 0.025
"""A posterior predictive p-value is extreme below this, or above one minus this."""
STAGES = {
    "initialise": "initialise", "sample": "sample_*", "escalate": "escalate_*", "prior": "prior",
    "label": "label", "search modes": "search", "diagnose": "diagnose", "quantify": "quantify",
    "partition": "partition", "draw figures": "draw_fit",
}  # fmt: skip
"""Stages of a fit and the names of their benchmark files."""


def collect(
    results: str | Path, benchmarks: str | Path, config: Mapping[str, Any], fits: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Collect the facts of a finished run.

    Parameters
    ----------
    results, benchmarks
        Folders of the run.
    config
        The effective configuration.
    fits
        ``dataset``, ``model``, ``components``, ``program`` and ``seed`` of every fit, in order.

    Returns
    -------
    dict
        ``title``, ``created`` (UTC), ``versions``, ``config``, ``datasets``, ``fits``,
        ``comparisons`` and ``programs``; fits that did not converge come first.
    """
    results, benchmarks = Path(results), Path(benchmarks)
    names = list(dict.fromkeys(fit["dataset"] for fit in fits))
    programs = sorted({fit["program"] + suffix for fit in fits for suffix in ("", "_quantities")})
    manifests = {name: read_json(results / "programs" / f"{name}.json") for name in programs}
    return {
        "title": config["title"],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(manifests),
        "config": dict(config),
        "datasets": [_dataset(results, benchmarks, config, name) for name in names],
        "fits": [_fit(results, benchmarks, config, fit) for fit in fits],
        "comparisons": [
            {"dataset": name, "rows": _records(results / name / "comparison.csv")} for name in names
        ],
        "programs": [
            manifest | {"files": _sources(name, manifest["likelihood"])}
            for name, manifest in manifests.items()
        ],
    }


def _versions(manifests: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    first = next(iter(manifests.values()))
    return {
        "stan-mixtures": __version__,
        "cmdstan": f"{first['cmdstan']} ({first['cmdstan_origin']})",
        "compiler": f"{first['compiler']} {first['flags']} ({first['processor']})",
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES},
    }


def _sources(program: str, likelihood: str) -> list[dict[str, str]]:
    """Return the program's text and that of everything it includes."""
    return [
        {"path": f"stan/{path.relative_to(STAN).as_posix()}", "text": path.read_text("utf-8")}
        for path in sources(program, likelihood)
    ]


def _dataset(results: Path, benchmarks: Path, config: Mapping[str, Any], name: str) -> dict[str, Any]:
    folder = results / name
    truth = folder / "truth.json"
    facts = read_json(folder / "data.json")
    names = column_names(config["datasets"][name])
    return {
        **facts,
        "columns": [{"name": own, **column} for own, column in zip(names, facts["columns"], strict=True)],
        "response": response_name(config["datasets"][name]),
        "truth": read_json(truth) if truth.is_file() else None,
        "seconds": _seconds(benchmarks / name, {"read": "ingest", "simulate": "simulate"}),
    }


def _fit(
    results: Path, benchmarks: Path, config: Mapping[str, Any], fit: Mapping[str, Any]
) -> dict[str, Any]:
    place = f"{fit['dataset']}/{fit['model']}/k{fit['components']}"
    folder = results / place
    model = Model.from_dict(read_json(folder / "model.json"))
    diagnostics = read_json(folder / "diagnostics.json")
    assignments = pd.read_parquet(folder / "assignments.parquet", columns=["component", "probability"])
    confusion = _confusion(results / fit["dataset"] / "data.parquet", assignments, model.components)
    return {
        "dataset": fit["dataset"],
        "model": fit["model"],
        "components": fit["components"],
        "verdict": diagnostics["verdict"],
        "converged": diagnostics["verdict"] in GOOD,
        "meaning": diagnostics["meaning"],
        "labels": diagnostics["labels"],
        "reportable": diagnostics["reportable"],
        "modes": diagnostics["modes"],
        "escalation": _escalation(folder, config["escalate"]["max_rounds"]),
        "reasons": diagnostics["reasons"],
        "worst": _worst(diagnostics["checks"]),
        "formula": formula(model),
        "priors": describe(model, config["models"][fit["model"]]),
        "shared": any(plan.is_scalar for plan in model.parameters.values()) and model.components > 1,
        "theta_alpha": None if model.theta_fixed else list(model.theta_alpha),
        "summary": _summary(folder / "summary.csv"),
        "functionals": diagnostics["functionals"],
        "checks": diagnostics["checks"],
        "elpd": {key: value for key, value in read_json(folder / "loo.json").items() if key != "pointwise"},
        "prior_predictive": _prior_predictive(folder / "prior.nc"),
        "predictive": _predictive(folder / "predictive.nc"),
        "partition": read_json(folder / "partition.json"),
        "assigned": _assigned(assignments, model.components),
        "confusion": confusion,
        "chains": diagnostics["chains"],
        "draws": diagnostics["draws"],
        "seed": fit["seed"],
        "seconds": _seconds(benchmarks / place, STAGES),
    }


def _escalation(folder: Path, rounds: int) -> list[dict[str, Any]]:
    """List the decisions of a fit's escalation, in their order."""
    decisions = []
    for number in range(1, rounds + 1):
        decision = read_json(folder / "chains" / f"round_{number}" / "decision.json")
        decisions.append({key: decision[key] for key in ("verdict", "action", "why", "settings")})
        if decision["done"]:
            break
    return decisions


def _records(path: Path) -> list[dict[str, Any]]:
    """Read a table as rows, with None where a cell is empty."""
    table = pd.read_csv(path)
    rows = table.astype(object).where(table.notna(), None).to_dict(orient="records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _summary(path: Path) -> list[dict[str, Any]]:
    """Read the summary, and tell for each true value whether the interval covers it."""
    rows = _records(path)
    for row in rows:
        truth = row["truth"]
        row["covered"] = None if truth is None else row["hdi_low"] <= truth <= row["hdi_high"]
    return rows


def _worst(checks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pick the numbers that a reader looks at first: over parameters and functionals."""

    def values(prefix: str) -> list[float]:
        return [c["value"] for c in checks if c["name"].startswith(prefix) and c["value"] is not None]

    return {
        "rhat": max(values("R-hat"), default=None),
        "ess": min(values("bulk ESS") + values("tail ESS"), default=None),
        "divergences": sum(values("divergences")),
    }


def _prior_predictive(path: Path) -> dict[str, Any]:
    with xr.open_dataset(path, group="prior_predictive", engine="h5netcdf") as dataset:
        y_rep = dataset["y_rep"].values
    low, high = np.quantile(y_rep, [(1 - PREDICTIVE_INTERVAL) / 2, (1 + PREDICTIVE_INTERVAL) / 2])
    return {"interval": PREDICTIVE_INTERVAL, "low": float(low), "high": float(high), "replicated": len(y_rep)}


def _predictive(path: Path) -> dict[str, Any]:
    """Return a row for each test statistic: observed, replicated mean and interval, p-value."""
    with xr.open_dataset(path, group="statistics", engine="h5netcdf") as dataset:
        dataset = dataset.load()
    compared = {key: int(dataset.attrs[key]) for key in ("observations", "n")}
    with xr.open_dataset(path, group="posterior_predictive", engine="h5netcdf") as kept:
        shown = int(kept.sizes["sample"])
    replicated = dataset["replicated"].values
    tails = [(1 - PREDICTIVE_INTERVAL) / 2, (1 + PREDICTIVE_INTERVAL) / 2]
    rows = []
    for i, name in enumerate(dataset["statistic"].values):
        low, high = np.quantile(replicated[:, i], tails)
        p_value = float(dataset["p_value"].values[i])
        rows.append(
            {
                "name": str(name),
                "observed": float(dataset["observed"].values[i]),
                "mean": float(replicated[:, i].mean()),
                "low": float(low),
                "high": float(high),
                "p_value": p_value,
                "extreme": not EXTREME_P <= p_value <= 1 - EXTREME_P,
            }
        )
    counts = {"replicated": len(replicated), "shown": shown, **compared}
    return {"interval": PREDICTIVE_INTERVAL, **counts, "rows": rows}


def _assigned(assignments: pd.DataFrame, components: int) -> dict[str, Any]:
    """Count the observations of each component, and those whose component is hardly in doubt."""
    counts = assignments["component"].value_counts()
    return {
        "counts": [int(counts.get(k, 0)) for k in range(1, components + 1)],
        "threshold": CERTAIN,
        "certain": float((assignments["probability"] >= CERTAIN).mean()),
        "n": len(assignments),
    }


def _confusion(data: Path, assignments: pd.DataFrame, components: int) -> dict[str, Any] | None:
    """Cross the true components with the assigned ones.

    The share of correct assignments is that under the best one-to-one matching of the components,
    because their numbers need not agree with the simulation's.
    """
    true = true_components(data)
    if true is None:
        return None
    size = int(true.max())
    table = np.zeros((size, components), dtype=int)
    np.add.at(table, (true - 1, assignments["component"].to_numpy() - 1), 1)
    rows, columns = linear_sum_assignment(-table)
    return {
        "table": table.tolist(),
        "correct": int(table[rows, columns].sum()),
        "share": float(table[rows, columns].sum() / table.sum()),
    }


def _seconds(folder: Path, stages: Mapping[str, str]) -> dict[str, float]:
    """Sum the run times of each stage from the benchmark files that are there, and of all."""
    found = {}
    for stage, pattern in stages.items():
        times = [pd.read_csv(path, sep="\t")["s"].mean() for path in sorted(folder.glob(f"{pattern}.tsv"))]
        if times:
            found[stage] = float(sum(times))
    return {**found, "total": sum(found.values())}
