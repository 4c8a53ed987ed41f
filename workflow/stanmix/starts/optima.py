"""Optima of the posterior density: how they are climbed to, and which of them are the same mode.

Climbs maximise the density that NUTS samples, on Stan's scale and with the Jacobian of that scale. This
density is bounded where the density on the parameters' own scales is not, as at weights of 0 under a
Dirichlet prior with a concentration below 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from cmdstanpy.utils import disable_logging
from scipy.special import softmax

from stanmix.data.ties import collapse
from stanmix.families import Data, Observations
from stanmix.io import write_stan_json
from stanmix.model import Model
from stanmix.model.joint import TINY, with_bound, without_bound
from stanmix.posterior.densities import log_likelihoods, probes
from stanmix.posterior.functionals import log_prior, of_identified
from stanmix.posterior.labels import permute
from stanmix.stan.chains import SIG_FIGS
from stanmix.stan.sampling import program
from stanmix.weighting import mean_and_sd

Array = npt.NDArray[np.float64]
Values = Mapping[str, Array]

BARRIER = 1.0
"""Optima are one mode if the log density between them falls less than this (nats) below the lower of the two.
Between draws it varies more: its standard deviation is the root of half the number of parameters."""
SAME_LOG_DENSITY = 0.1
"""Copies, which differ in labels only, have log densities that differ by less than this ..."""
SAME_SIGNATURE = 0.01
"""... and no label-invariant value that differs by more than this share."""
FAR = 10.0
"""Largest distance, on the scale on which Stan samples, that counts in matching components."""
STEPS = 16
"""Number of parts into which the line between two optima is divided."""
PARTS = np.linspace(0, 1, STEPS + 1)
LEGS = 3
"""A climb whose line search gives up goes on from there, at most this many times, ..."""
GAIN = 1e-3
"""... while that gains more than this (nats)."""
SETTINGS: Mapping[str, Any] = {"iter": 5000, "tol_param": 1e-12, "tol_rel_grad": 1e3}
"""Tolerances of Stan's optimiser. With its defaults climbs end long before the optimum if the curvature is
nearly singular: they stop at steps that gain less than 1e-8, and at gradients scaled by a poor guess of the
curvature."""
DENSE_UP_TO = 1000
"""Largest number of parameters with BFGS, a full matrix of the curvature; with more L-BFGS is used."""
HISTORY = 50


@dataclass(frozen=True)
class Optimum:
    """A local optimum of the log posterior density.

    Attributes
    ----------
    log_density
        Log density there, with normalised priors and the Jacobian of Stan's scale: as ``lp__`` of draws.
    values
        ``theta`` and the parameters on their own scales, K values each.
    converged
        False if the last line search of the climb gave up: the density may still rise from there.
    """

    log_density: float
    values: Values
    converged: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the optimum as JSON facts."""
        values = {name: value.tolist() for name, value in self.values.items()}
        return {"log_density": self.log_density, "converged": self.converged, **values}

    @staticmethod
    def from_dict(facts: Mapping[str, Any], model: Model) -> Optimum:
        """Read an optimum back from its JSON facts."""
        names = ("theta", *model.parameters)
        values = {name: np.asarray(facts[name], dtype=float) for name in names}
        return Optimum(facts["log_density"], values, facts["converged"])


def climb(
    model: Model, executable: str | Path, data: str | Path, point: Mapping[str, Any], folder: Path
) -> Optimum | None:
    """Climb to the optimum by Stan's BFGS; None where the climb fails.

    A line search may give up, for example where rounding makes the density rough. The climb then goes on from
    there with a new guess of the curvature. If that gains nothing, the point is taken as the optimum.

    Parameters
    ----------
    data
        Data of the Stan program, JSON.
    point
        Where to start: the Stan program's parameters.
    folder
        Scratch folder.
    """
    best: Optimum | None = None
    for _ in range(LEGS):
        reached = _leg(model, executable, data, point, folder)
        if reached is None:
            break
        gain = np.inf if best is None else reached.log_density - best.log_density
        if gain >= 0:
            best = reached
        if reached.converged or gain < GAIN:
            break
        point = model.stan_values(reached.values)
    return best


def _leg(
    model: Model, executable: str | Path, data: str | Path, point: Mapping[str, Any], folder: Path
) -> Optimum | None:
    init = folder / "climb.json"
    write_stan_json(init, point)
    free = sum(np.size(values) for values in point.values())
    algorithm: dict[str, Any] = {"algorithm": "bfgs"}
    if free > DENSE_UP_TO:
        algorithm = {"algorithm": "lbfgs", "history_size": HISTORY}
    with disable_logging():  # `converged` reports a line search that gave up
        try:
            # CmdStan writes the point where a line search gave up; cmdstanpy reads it if told not to require
            # convergence.
            found = _program(executable).optimize(
                data=str(data),
                inits=str(init),
                seed=1,
                sig_figs=SIG_FIGS,
                output_dir=str(folder),
                jacobian=True,
                require_converged=False,
                **algorithm,
                **SETTINGS,
            )
        except RuntimeError as error:
            print(f"A climb failed: {error}")  # into the job's log
            return None
        variables = {name: np.atleast_1d(found.stan_variable(name)) for name in model.family.stan_variables}
        log_density = float(found.optimized_params_dict["lp__"])
    values = model.parts.from_stan(variables)
    # In the place of noise, which has no parameters, is NaN.
    own = (value[: model.proper] for value in values.values())
    finite = np.isfinite(log_density) and all(np.isfinite(value).all() for value in own)
    return Optimum(log_density, values, found.converged) if finite else None


# It asks the executable for its version, once for each program.
_program = cache(program)


class LogPosterior:
    """The log density that NUTS samples, up to a constant, in NumPy."""

    def __init__(self, model: Model, y: Data):
        """Store the distinct observations and their counts."""
        y = Observations.of(y)
        self.model = model
        self.y, count, _ = collapse(y)
        self.weight = self.y.weights * count

    def __call__(self, values: Values) -> Array:
        """Return the log density at some points, at which each parameter has shape (S, K): S values."""
        with np.errstate(all="ignore"):  # far from the data, on the line between two points
            likelihood = log_likelihoods(self.model, values, self.y) @ self.weight
            result: Array = likelihood + log_prior(values, self.model)
        return np.where(np.isnan(result), -np.inf, result)


def merge(model: Model, y: Data, optima: Sequence[Optimum]) -> tuple[list[Optimum], list[int]]:
    """Merge optima that are the same mode.

    Two are one if they differ in labels only, or if there is no barrier between them: the log density on the
    straight line from one to the other, on the scale on which Stan samples and with the components matched,
    does not fall `BARRIER` below the lower of the two. The second covers climbs that end before the optimum.

    Returns
    -------
    kept
        The highest optimum of each mode, best first. It counts as converged if a converged climb came as
        high.
    place
        The kept optimum (from 0) of each given one.
    """
    y = Observations.of(y)
    density = LogPosterior(model, y)
    kept: list[Optimum] = []
    signatures: list[Array] = []
    place = [0] * len(optima)
    for i in sorted(range(len(optima)), key=lambda i: -optima[i].log_density):
        its, own = optima[i], signature(model, optima[i].values, y)
        # Copies first: the line between two points takes many densities.
        same = next((j for j, it in enumerate(kept) if _is_copy(model, its, own, it, signatures[j])), None)
        if same is None:
            same = next((j for j, it in enumerate(kept) if no_barrier(density, its.values, it.values)), None)
        if same is None:
            same = len(kept)
            kept.append(its)
            signatures.append(own)
        elif its.converged and kept[same].log_density - its.log_density < SAME_LOG_DENSITY:
            kept[same] = replace(kept[same], converged=True)
        place[i] = same
    return kept, place


def signature(model: Model, values: Values, y: Data) -> Array:
    """Return label-invariant values at a point: density at quantiles of the data, sorted weights."""
    y = Observations.of(y)
    density = (values["theta"][:, None] * model.parts.density(probes(model, y), values)).sum(0)
    _, sd = mean_and_sd(model.family.score(y.y), y.weights, ddof=0)
    return np.concatenate([density * sd, np.sort(values["theta"])])


def _is_copy(model: Model, first: Optimum, its: Array, second: Optimum, others: Array) -> bool:
    if np.abs(its - others).max() >= SAME_SIGNATURE * max(1.0, np.abs(others).max()):
        return False
    own, theirs = (of_identified(it.values, np.asarray(it.log_density), model) for it in (first, second))
    return bool(abs(own - theirs) < SAME_LOG_DENSITY)


def depth(density: LogPosterior, first: Values, second: Values) -> float:
    """Return how far (nats) the log density falls below the lower of two points on the line between them."""
    on_the_way = density(way(density.model, matched(density.model, first, second), second, PARTS))
    return float(min(on_the_way[0], on_the_way[-1]) - on_the_way.min())


def no_barrier(density: LogPosterior, first: Values, second: Values) -> bool:
    """Tell whether the log density stays near or above the lower of two points on the line between them."""
    here, there = matched(density.model, first, second), second
    # The middle first: it tells most pairs apart.
    begin, middle, end = density(way(density.model, here, there, PARTS[:: STEPS // 2]))
    bound = min(begin, end) - BARRIER
    if not np.isfinite(bound) or middle < bound:
        return False
    return bool((density(way(density.model, here, there, PARTS)) >= bound).all())


def matched(model: Model, values: Values, reference: Values) -> dict[str, Array]:
    """Renumber the components of a point, by a symmetry of the model, to be nearest to another's."""
    cost = np.abs(np.subtract.outer(reference["theta"], values["theta"]))
    for name in model.parameters:
        if model.family.parameter(name).identified:
            ours, theirs = (coordinates(model, name, it[name]) for it in (values, reference))
            # Noise has no parameters, and keeps its number.
            cost = cost + np.nan_to_num(np.minimum(np.abs(np.subtract.outer(theirs, ours)), FAR))
    order = model.symmetry.best(cost)
    return {name: permute(value, order) for name, value in values.items()}


def way(model: Model, here: Values, there: Values, shares: Array) -> dict[str, Array]:
    """Return points on the straight line between two points, on the scale on which Stan samples.

    Parameters
    ----------
    here, there
        ``theta`` and the parameters, K values each.
    shares
        Positions on the line: 0 is here, 1 is there; S values.

    Returns
    -------
    dict
        ``theta`` and the parameters, shape (S, K) each.
    """
    result = {}
    for name in ("theta", *model.parameters):
        ours, theirs = coordinates(model, name, here[name]), coordinates(model, name, there[name])
        result[name] = from_coordinates(model, name, ours + shares[:, None] * (theirs - ours))
    return result


def coordinates(model: Model, name: str, values: Array) -> Array:
    """Take the logarithm of weights, and transform other values as Stan does to sample them.

    Parameters
    ----------
    name
        ``theta`` or a parameter.
    values
        Its values, shape (..., K).
    """
    if name == "theta":
        return values if model.theta_fixed is not None else np.log(np.maximum(values, TINY))
    plan, result = model.parameters[name], np.array(values, dtype=float)
    for k, i in enumerate(plan.index):
        if not i:
            continue
        x = values[..., k]
        if not np.isfinite(plan.bounds[i - 1]).any():
            x = (x - plan.standard[0]) / plan.standard[1]
        result[..., k] = without_bound(x, plan.bounds[i - 1])
    return result


def from_coordinates(model: Model, name: str, values: Array) -> Array:
    """Invert :func:`coordinates`."""
    if name == "theta":
        return values if model.theta_fixed is not None else np.asarray(softmax(values, axis=-1))
    plan, result = model.parameters[name], np.array(values, dtype=float)
    for k, i in enumerate(plan.index):
        if not i:
            continue
        x = with_bound(values[..., k], plan.bounds[i - 1])
        if not np.isfinite(plan.bounds[i - 1]).any():
            x = plan.standard[0] + plan.standard[1] * x
        result[..., k] = x
    return result
