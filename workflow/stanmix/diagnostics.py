"""Judge a fit: checks against stated thresholds, and a verdict.

Label-invariant functionals come first, because R-hat of a component's parameter says nothing as
long as components may change their labels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from arviz_stats.base import array_stats

from stanmix.errors import StanmixError
from stanmix.io import write_json
from stanmix.labels import align_truth
from stanmix.model import Model
from stanmix.posterior import component_values
from stanmix.summary import scalars, summarise, true_values

Array = npt.NDArray[np.float64]

PROBE_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The fitted density is followed at these quantiles of the data."""
LARGEST_DEEP_SHARE = 0.01
"""Draws at the largest tree depth, as a share of all: they cost efficiency, not validity."""
LARGEST_MCSE_SHARE = 0.1
"""Monte Carlo standard error of a mean, as a share of the posterior standard deviation."""

CONVERGED = "converged"
NOT_IDENTIFIED = "components not identified"
NOT_CONVERGED = "not converged"


def functionals(values: Mapping[str, Array], lp: Array, model: Model, y: Array) -> dict[str, Array]:
    """Compute quantities that do not depend on the labels of the components.

    Parameters
    ----------
    values
        Theta and the parameters for all components, each of shape (chains, draws, K).
    lp
        Log density of each draw, shape (chains, draws).
    y
        The observations.

    Returns
    -------
    dict
        ``lp``, mean and standard deviation of the mixture, sum of squared weights, sorted weights
        and the density at probe points; shape (chains, draws) each. Constants are left out.
    """
    theta = values["theta"]
    means, variances = model.family.moments(values)
    mean = (theta * means).sum(-1)
    variance = (theta * (variances + means**2)).sum(-1) - mean**2
    found = {
        "lp": lp,
        "mixture mean": mean,
        "mixture sd": np.sqrt(np.maximum(variance, 0)),
        "sum of squared weights": (theta**2).sum(-1),
    }
    ranked = -np.sort(-theta, axis=-1)
    for k in range(model.components):
        found[f"weight ranked {k + 1}"] = ranked[..., k]
    probes = np.quantile(y, PROBE_QUANTILES)
    density = (theta[..., None] * model.family.density(probes, values)).sum(-2)
    for i, probe in enumerate(probes):
        found[f"density at {probe:.4g}"] = density[..., i]
    return {
        name: draws for name, draws in found.items() if np.ptp(draws) > 1e-12 * max(1.0, abs(draws.flat[0]))
    }


def diagnose(
    tree: Any, model: Model, y: Array, settings: Mapping[str, Any], truth: Mapping[str, Any] | None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Summarise a fit and judge it.

    Parameters
    ----------
    tree
        The fit's DataTree.
    model
        The model.
    y
        The observations.
    settings
        The configuration's ``diagnostics`` section with ``max_treedepth`` added.
    truth
        Facts of the simulation; None for real data.

    Returns
    -------
    summary
        A row for each scalar parameter: ``parameter``, the columns of
        :func:`stanmix.summary.summarise` and ``truth``.
    report
        ``verdict``, ``reasons``, ``checks`` (rows of name, value, threshold, pass, where) and the
        summary of the ``functionals``.
    """
    values = component_values(tree, model)
    stats = tree["sample_stats"]
    rows = [
        {"parameter": name, **summarise(draws, settings["interval"])} for name, draws in scalars(tree, model)
    ]
    summary = pd.DataFrame(rows)
    summary["truth"] = _truth_column(summary["parameter"], model, values, truth)
    invariant = pd.DataFrame(
        [
            {"parameter": name, **summarise(draws, settings["interval"])}
            for name, draws in functionals(values, stats["lp"].values, model, y).items()
        ]
    )
    sampler = _sampler_checks(stats, settings)
    functional = _mixing_checks("functionals", invariant, settings)
    component = _mixing_checks("parameters", summary, settings)
    checks = sampler + functional + component
    verdict = _verdict(sampler, functional, component)
    report = {
        "verdict": verdict,
        "reasons": [_reason(check) for check in checks if not check["pass"]],
        "checks": checks,
        "functionals": invariant.to_dict(orient="records"),
        "draws": int(stats["lp"].size),
        "chains": int(stats.sizes["chain"]),
    }
    return summary, report


def _truth_column(
    names: pd.Series[str], model: Model, values: Mapping[str, Array], truth: Mapping[str, Any] | None
) -> Any:
    """Return the true value for each name, NaN where none is comparable."""
    if truth is None or truth["family"] != model.family.name or truth["components"] != model.components:
        return math.nan
    means = {name: value.mean((0, 1)) for name, value in values.items()}
    known = {"theta": np.asarray(truth["theta"])} | {
        name: np.asarray(value) for name, value in truth["parameters"].items()
    }
    return names.map(true_values(model, truth, align_truth(model, means, known)))


def _sampler_checks(stats: Any, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Check what NUTS itself reports."""
    divergent = int(stats["diverging"].values.sum())
    deep = int((stats["tree_depth"].values >= settings["max_treedepth"]).sum())
    deepest = int(LARGEST_DEEP_SHARE * stats["tree_depth"].size)
    energy = stats["energy"].values
    bfmi = float(array_stats.bfmi(energy, chain_axis=0, draw_axis=1).min())
    return [
        _check("divergences", divergent, 0, divergent == 0, "sampler"),
        _check("draws at the largest tree depth", deep, deepest, deep <= deepest, "sampler"),
        _check("E-BFMI", bfmi, settings["bfmi"], bfmi >= settings["bfmi"], "sampler"),
    ]


def _mixing_checks(kind: str, table: pd.DataFrame, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Check the worst R-hat, effective sample sizes and Monte Carlo error of a table."""
    table = table.set_index("parameter")
    share = table["mcse_mean"] / table["sd"]
    rows = [
        ("R-hat", table["rhat"], max, settings["rhat"]),
        ("bulk ESS", table["ess_bulk"], min, settings["ess"]),
        ("tail ESS", table["ess_tail"], min, settings["ess"]),
        ("MCSE / sd", share, max, LARGEST_MCSE_SHARE),
    ]
    checks = []
    for name, column, worst, threshold in rows:
        where = str(column.idxmax() if worst is max else column.idxmin())
        value = float(column[where])
        good = value <= threshold if worst is max else value >= threshold
        # A quantity that no chain moves gives NaN: that is a failure, not a pass.
        checks.append(_check(f"{name} of {kind}", value, threshold, bool(good), where))
    return checks


def _check(name: str, value: float, threshold: float, good: bool, where: str) -> dict[str, Any]:
    return {"name": name, "value": value, "threshold": threshold, "pass": good, "where": where}


def _verdict(*groups: list[dict[str, Any]]) -> str:
    """Combine the checks of sampler, functionals and parameters."""
    sampler, functional, component = (all(check["pass"] for check in group) for group in groups)
    if not (sampler and functional):
        return NOT_CONVERGED
    return CONVERGED if component else NOT_IDENTIFIED


def _reason(check: Mapping[str, Any]) -> str:
    """Say in a sentence what failed and what to do next."""
    name, value, threshold, where = (check[key] for key in ("name", "value", "threshold", "where"))
    match name:
        case "divergences":
            return (
                f"{_draws(value)} diverged, so parts of the posterior were not explored. "
                "Raise sampling.adapt_delta towards 0.99, or give the scales a prior further from 0."
            )
        case "draws at the largest tree depth":
            return (
                f"{_draws(value)} reached the largest tree depth, above {threshold}. "
                "Raise sampling.max_treedepth or sampling.warmup."
            )
        case "E-BFMI":
            return (
                f"E-BFMI is {value:.2f}, below {threshold}. Raise sampling.warmup, or use priors with "
                "lighter tails."
            )
    side = "above" if name.startswith(("R-hat", "MCSE")) else "below"
    remedy = (
        "Components swap or blend: report label-invariant quantities only, or fit fewer components."
        if name.endswith("parameters")
        else "The chains disagree or move slowly: raise sampling.warmup and sampling.draws, "
        "and look for several modes."
    )
    return f"{name} is {value:.4g} for {where}, {side} {threshold:g}. {remedy}"


def _draws(count: int) -> str:
    return f"{count} draw{'s' * (count != 1)}"


def enforce(gate: str, report: Mapping[str, Any], diagnostics: str | Path) -> None:
    """Stop the run at a bad verdict if the gate is ``fail``.

    The judgement is written beside its place under the name ``diagnostics.failed.json``.

    Raises
    ------
    StanmixError
        With the verdict and its reasons.
    """
    if gate == "fail" and report["verdict"] != CONVERGED:
        failed = Path(diagnostics).with_suffix(".failed.json")
        write_json(failed, report)
        raise StanmixError(
            f"The fit {failed.parent} is {report['verdict']}, and diagnostics.gate is fail. "
            f"{' '.join(report['reasons'])} All checks are in {failed}; with gate: report the run goes on."
        )
