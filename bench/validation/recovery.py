"""Recover known parameters: how often central 90% intervals cover the truth.

Data sets are simulated from two well separated components and fitted with the default priors. Over truths
drawn from the prior 90% would be covered on average; a fixed one shows where the default priors push away
from it.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import cmdstanpy
import numpy as np
import numpy.typing as npt
from arviz_stats.base import array_stats
from bench import builds
from bench.fits import run_chains

from stanmix.config.schema import with_defaults
from stanmix.data import simulation, storage
from stanmix.families import family_of
from stanmix.families.multivariate import STRUCTURES
from stanmix.io import write_stan_json
from stanmix.model import Model, resolve
from stanmix.posterior.datatree import assemble, component_values, read_chains
from stanmix.posterior.labels import align_truth
from stanmix.posterior.summary import derived_scalars, scalars, true_values
from stanmix.starts.conditioning import conditioned

Array = npt.NDArray[np.float64]

N = 300
THETA = (0.4, 0.6)
TRIALS = 20
SEEDS = range(1, 21)
CHAINS = 2
SAMPLING = {"warmup": 500, "draws": 500}
INTERVAL = 0.9
REQUIRED = (0.80, 0.98)
"""Share of a family's intervals, of all parameters together, that are to cover the truth."""
PLACE = builds.PLACE / "recovery"
SHARED: Mapping[str, Any] = {"shared": True}


@dataclass(frozen=True)
class Case:
    """What is simulated from a family and fitted.

    Attributes
    ----------
    truth
        True values of each parameter, of two components.
    parameters
        The model's section ``parameters``: how they are treated, where that is not the default.
    spec
        What both sections, ``simulate`` and the model, say beside the name of the family.
    """

    truth: Mapping[str, Sequence[float]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)


TRUE_PARTS: Mapping[str, tuple[float, float]] = {
    "mu": (0, 7),
    "sigma": (1, 1.5),
    "shape": (0.7, 1.3),
    "pcor": (0.5, -0.4),
    "stretch": (0.6, -0.3),
    "axis": (0.5463, -0.6841),  # tangents of 0.5 and -0.6
    "psi": (0.6, 0.9),
    "load": (0.9, 0.6),
    "nu": (5, 10),
}
"""Of both components, by what begins the name of a parameter of rows of numbers."""


def structured(family: str, structure: str, columns: int = 2, **more: Any) -> Case:
    """Return the case of a covariance structure, whose components differ in all that it does not share."""
    truth: dict[str, Sequence[float]] = {}
    spec = {"structure": structure, **more}
    described = family_of({"family": family, **spec}, columns)
    for parameter in described.parameters:
        kind, _, place = parameter.name.partition("_")
        first, second = TRUE_PARTS[kind]
        if kind == "mu":
            second = second if place == "1" else -1.0
        if kind == "axis" and len(set(place.split("_"))) == 1:  # an axis is near the column of its number
            first = second = 1.0
        truth[parameter.name] = (first, first if parameter.name in described.shared else second)
    return Case(truth, spec=spec)


# The probability of zeros is shared, in the truth and in the model: which component a zero comes from cannot
# be told, so that with one for each component these and the weights are not identified.
CASES = {
    "normal": Case({"mu": (0, 5), "sigma": (1, 1.5)}),
    "student_t": Case({"nu": (5, 10), "mu": (0, 12), "sigma": (1, 1.5)}),
    "skew_normal": Case({"xi": (0, 14), "omega": (2, 2), "alpha": (4, -3)}),
    "lognormal": Case({"mu": (0, 3), "sigma": (0.5, 0.6)}),
    "gamma": Case({"alpha": (4, 30), "beta": (4, 3)}),
    "weibull": Case({"alpha": (2, 5), "sigma": (1, 8)}),
    "exponential": Case({"beta": (10, 0.1)}),
    "beta": Case({"alpha": (5, 30), "beta": (30, 6)}),
    "von_mises": Case({"mu": (-1, 2), "kappa": (5, 10)}),
    "poisson": Case({"lambda": (2, 15)}),
    "neg_binomial_2": Case({"mu": (3, 40), "phi": (5, 10)}),
    "zero_inflated_poisson": Case({"zi": (0.25, 0.25), "lambda": (3, 15)}, {"zi": SHARED}),
    "zero_inflated_neg_binomial_2": Case({"zi": (0.25, 0.25), "mu": (3, 40), "phi": (5, 10)}, {"zi": SHARED}),
    "hurdle_poisson": Case({"hu": (0.25, 0.25), "lambda": (3, 15)}, {"hu": SHARED}),
    "hurdle_neg_binomial_2": Case({"hu": (0.25, 0.25), "mu": (3, 40), "phi": (5, 10)}, {"hu": SHARED}),
    "binomial": Case({"p": (0.2, 0.7)}),
    "beta_binomial": Case({"alpha": (2, 12), "beta": (10, 3)}),
    **{f"multi_normal {name}": structured("multi_normal", name) for name in STRUCTURES},
    "multi_normal FA": structured("multi_normal", "FA", columns=4),
    "multi_student_t EEE": structured("multi_student_t", "EEE"),
    "multi_student_t VVV": structured("multi_student_t", "VVV"),
    "product mixed": Case(
        {
            "mu_1": (0, 4),
            "sigma_1": (1, 1.5),
            "lambda_2": (3, 12),
            "share_1_3": (0.2, 0.6),
            "share_2_3": (0.4, 0.8),
        },
        spec={"families": ["normal", "poisson", "categorical"], "levels": [0, 0, 3]},
    ),
    "product classes": Case(
        {f"share_1_{d}": (0.2, 0.8) if d % 2 else (0.7, 0.1) for d in range(1, 7)},
        spec={"families": ["categorical"] * 6, "levels": [2] * 6},
    ),
}
"""By the name of the family, and of its structure, or the kind of its columns, where it has several."""


def section(case: str) -> dict[str, Any]:
    """Return the section of a case: its family, and what tells its structure."""
    return {"family": case.split()[0], **CASES[case].spec}


def simulate(family: str, seed: int) -> tuple[Array, dict[str, Any]]:
    """Simulate a data set, and return its observations and the truth."""
    spec = section(family) | {"n": N, "theta": list(THETA), "trials": TRIALS}
    frame, truth = simulation.simulate(spec | {"parameters": dict(CASES[family].truth)}, seed)
    y = frame.drop(columns=storage.TRUE_COMPONENT).to_numpy(dtype=float)
    return (y[:, 0] if y.shape[1] == 1 else y), truth


def fit(family: str, seed: int) -> dict[str, Any]:
    """Fit one data set and tell which intervals cover the truth.

    Returns
    -------
    dict
        ``covers``, whether the interval of each scalar parameter does (without the last weight, which the
        others determine); ``rhat``, the largest one; ``divergences``; ``seconds``.
    """
    began = time.monotonic()
    y, truth = simulate(family, seed)
    spec = section(family) | {"parameters": dict(CASES[family].parameters)}
    model = resolve(spec, len(THETA), family_of(spec, storage.columns(y)).scale(y))
    model = conditioned(model, y, 1)
    folder = PLACE / family.replace(" ", "_") / str(seed)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "data.json"
    write_stan_json(file, model.stan_data(y))
    settings = with_defaults({}, {"$ref": "#/$defs/sampling"}) | SAMPLING
    with (folder / "log").open("w") as log, contextlib.redirect_stdout(log), cmdstanpy.disable_logging():
        values, stats = read_chains(run_chains(model, y, file, settings, seed, CHAINS), model)
        tree = assemble(values, stats, model, y)
    known = true_scalars(model, tree, truth)
    draws = dict(scalars(tree, model))
    draws |= dict(derived_scalars(model, component_values(tree, model)))
    draws.pop(f"theta[{model.components}]")
    return {
        "covers": {name: covers(found, known[name]) for name, found in draws.items()},
        "rhat": max(float(array_stats.rhat(found, chain_axis=0, draw_axis=1)) for found in draws.values()),
        "divergences": int(stats["diverging"].sum()),
        "seconds": time.monotonic() - began,
    }


def true_scalars(model: Model, tree: Any, truth: Mapping[str, Any]) -> dict[str, float]:
    """Return the true value of every scalar parameter, after components are matched to the true ones."""
    parameters = {
        name: model.parameters[name].in_turn(np.array(value, dtype=float))
        for name, value in truth["parameters"].items()
    }
    means = {name: value.mean(axis=(0, 1)) for name, value in component_values(tree, model).items()}
    match = align_truth(model, means, {"theta": np.array(truth["theta"]), **parameters})
    parameters |= model.family.derived(parameters)
    return true_values(model, {"theta": truth["theta"], "parameters": parameters}, match)


def covers(draws: Array, truth: float) -> bool:
    """Tell whether the central interval of some draws holds a value."""
    low, high = np.quantile(draws, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return bool(low <= truth <= high)


def pooled(family: str, fits: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Pool the intervals of a family's data sets, of all parameters and of each.

    Components are pooled, too: ``parameters`` counts what ``mu[1]`` and ``mu[2]`` cover as ``mu``.
    """
    fits = list(fits)
    found = [(name.split("[")[0], hit) for fit in fits for name, hit in fit["covers"].items()]
    hits = {name: [hit for other, hit in found if other == name] for name, _ in found}
    covered = sum(hit for _, hit in found)
    return {
        "family": family,
        "datasets": len(fits),
        "covered": covered,
        "intervals": len(found),
        "share": covered / len(found),
        "parameters": {name: {"covered": sum(hit), "intervals": len(hit)} for name, hit in hits.items()},
        "rhat_max": max(fit["rhat"] for fit in fits),
        "divergences": sum(fit["divergences"] for fit in fits),
        "seconds": sum(fit["seconds"] for fit in fits),
        "truth": {name: list(value) for name, value in CASES[family].truth.items()},
        "shared": list(CASES[family].parameters),
    }


def measure(
    families: Iterable[str] = tuple(CASES), seeds: Iterable[int] = SEEDS, workers: int | None = None
) -> list[dict[str, Any]]:
    """Recover every family's parameters; a row for each."""
    rows = []
    with ProcessPoolExecutor(workers) as pool:
        for family in families:
            builds.sampler("ours", family_of(section(family)).stan_program)
            seeds = list(seeds)
            row = pooled(family, pool.map(fit, [family] * len(seeds), seeds))
            print(f"recovery {row}", file=sys.stderr, flush=True)
            rows.append(row)
    return rows
