"""Whether the posterior has a finite integral, whatever the likelihood does at the edge of its parameters.

The likelihood of a component has no bound where the component collapses onto observations that are tied, or
that lie in a plane as rounded rows do. The prior must fall fast enough there. With t tied observations of a
component of its own the likelihood of its scale s goes as s^-t, and integrating over its location gives one
power back, so that a prior which goes as s^(a - 1) needs a > t - 1. Other parameters follow the same rule
with the powers that their family states (`Parameter.rate`, `Parameter.regained`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.errors import DataError
from stanmix.families import Family, Parameter
from stanmix.model import free_groups, per_component_fixed, priors_of, treatment_of
from stanmix.priors import Prior

Array = npt.NDArray[np.float64]

PLANES = 2000
"""Random planes through rows that are tried, to find one with many rows in it."""
EXACT_LINES = 400
"""All lines through two of so many distinct rows are tried, random ones of more."""
IN_PLANE = 1e-9
"""Rows are in a plane that are nearer to it than this, in units of the columns' ranges."""


@dataclass(frozen=True)
class _Fit:
    """What is fitted: the names for messages, and what the configuration says of the model."""

    where: str
    model: str
    spec: Mapping[str, Any]
    family: Family
    components: int

    def treatment(self, name: str) -> dict[str, Any]:
        """Return how the configuration treats a parameter."""
        return treatment_of(self.spec, self.family, name)

    def groups(self, name: str) -> list[tuple[list[int], Prior | None]]:
        """Return the components (from 0) of each free value of a parameter, with its configured prior."""
        treatment = self.treatment(name)
        return list(
            zip(
                free_groups(treatment, self.components),
                priors_of(treatment, self.components),
                strict=True,
            )
        )

    def others_explain(self, group: Sequence[int]) -> bool:
        """Tell whether components outside of a group, or noise, may explain the rest of the data."""
        return len(group) < self.components or bool(self.spec.get("noise", False))


def check(
    y: Array,
    where: str,
    model: str,
    spec: Mapping[str, Any],
    family: Family,
    components: int,
    weight: Array | None = None,
) -> None:
    """Refuse configured priors under which the posterior has no finite integral.

    Parameters
    ----------
    y
        The observations, N numbers or rows.
    where
        Name of the data set, for the message.
    model
        Name of the model, for the message.
    spec
        The model's section of the configuration.
    family
        Its family.
    components
        Number of components K, without noise.
    weight
        Weights of the observations, N of them; each counts once where they are not given.

    Raises
    ------
    DataError
        Which prior must change, and to what.
    """
    fit = _Fit(where, model, spec, family, components)
    weight = np.ones(len(y)) if weight is None else weight
    for parameter in family.parameters:
        if parameter.unbounded_at is None or "prior" not in fit.treatment(parameter.name):
            continue
        part = family.collapsing(y, parameter.name)
        complete = ~np.isnan(part) if part.ndim == 1 else ~np.isnan(part).any(axis=1)
        if parameter.unbounded_at in ("zero", "infinity"):
            _check_ties(fit, parameter, part[complete], weight[complete])
        else:
            _check_planes(fit, parameter, part[complete], weight[complete])


def _check_ties(fit: _Fit, parameter: Parameter, rows: Array, weight: Array) -> None:
    """Check a parameter that goes to zero or to infinity as a component collapses onto tied observations."""
    values, mass = _tied(rows, weight)
    for group, prior in fit.groups(parameter.name):
        power = math.inf if prior is None else _power(fit, parameter, prior, group[0])
        if prior is None or math.isinf(power):
            continue
        chosen = _captured(fit, parameter, group, values, mass)
        if not chosen:
            continue
        if fit.others_explain(group):
            demands = sum(max(0.0, own) for own in chosen.values())
        else:
            rest = mass.sum() - mass[list(chosen)].sum()
            # Far from a collapsed component the density falls as the power `tail` of its scale.
            demands = sum(chosen.values()) - (fit.family.tail * rest if rest > 0 else 0.0)
        if power <= demands:
            raise DataError(_sentence(fit, parameter, prior, values, mass, chosen, demands))


def _tied(rows: Array, weight: Array) -> tuple[Array, Array]:
    """Return the distinct values or rows, and the weight of each."""
    axis = None if rows.ndim == 1 else 0
    values, position = np.unique(rows, axis=axis, return_inverse=True)
    return values, np.bincount(position.reshape(-1), weight).astype(np.float64)


def _captured(
    fit: _Fit, parameter: Parameter, group: Sequence[int], values: Array, mass: Array
) -> dict[int, float]:
    """Return the places of the values onto which the components of a group collapse, and the powers of it.

    Components whose location is free take the values with the most ties. One whose location is fixed at a
    value takes that, and no power is given back; fixed elsewhere it cannot collapse.
    """
    centre = fit.family.centre_of(parameter.name)
    fixed = [math.nan] * fit.components
    if centre is not None:
        fixed = per_component_fixed(fit.treatment(centre), fit.components)
    free = sum(math.isnan(fixed[k]) for k in group)
    heaviest = np.argsort(-mass, kind="stable")[:free]
    found = {int(i): parameter.rate * float(mass[i]) - parameter.regained for i in heaviest}
    for k in group:
        if not math.isnan(fixed[k]) and values.ndim == 1:
            for i in np.flatnonzero(np.isclose(values, fixed[k], rtol=1e-12, atol=0)):
                found[int(i)] = parameter.rate * float(mass[i])
    return found


def _power(fit: _Fit, parameter: Parameter, prior: Prior, k: int) -> float:
    """Return the power of the likelihood that the prior of component k (from 0) does not bear any more."""
    if parameter.unbounded_at == "zero":
        return prior.power_at_zero()
    # All parameters that go to infinity together: each density falls as x^-(b + 1), and dx gives one back.
    total = -1.0
    for name in fit.family.collapsing_with(parameter.name):
        own = next((prior for group, prior in fit.groups(name) if k in group), None)
        if own is None:  # fixed, or a default prior, which falls faster than any power
            return math.inf
        total += own.power_at_infinity() + 1
    return total


def _sentence(
    fit: _Fit,
    parameter: Parameter,
    prior: Prior,
    values: Array,
    mass: Array,
    chosen: Mapping[int, float],
    demands: float,
) -> str:
    place = max(chosen, key=lambda own: chosen[own])
    value = values[place]
    shown = f"{value:g}" if values.ndim == 1 else "(" + ", ".join(f"{v:g}" for v in value) + ")"
    remedy = "a lognormal or inv_gamma prior" + f", or a gamma prior with alpha above {demands:.6g}"
    if parameter.unbounded_at == "infinity":
        remedy = "a lognormal or gamma prior"
    return (
        f"{fit.where} has the value {shown} {mass[place]:g} times, and under the prior {prior} of "
        f"{parameter.name} in model {fit.model} a component can collapse onto it: the posterior has no "
        f"finite integral. Give {parameter.name} {remedy}."
    )


def _check_planes(fit: _Fit, parameter: Parameter, rows: Array, weight: Array) -> None:
    """Check a parameter by which a component collapses onto rows that lie in a plane.

    With t rows in a plane of D columns and u the distance of a correlation from 1, the likelihood goes as
    u^-(t / 2), and integrating over the plane's place and slopes gives D / 2 back. A stretch s makes the
    likelihood exp(t s), which no power of s can bear.
    """
    at_ends = parameter.unbounded_at == "ends"
    needed = [
        (prior, prior.power_at_ends() if at_ends else prior.power_at_infinity())
        for group, prior in fit.groups(parameter.name)
        if prior is not None and fit.others_explain(group)
    ]
    if not any(math.isfinite(power) for _, power in needed):
        return
    columns, most = rows.shape[1], rows_in_plane(rows, weight)
    bound = (most - columns) / 2
    remedy = (
        "{dist: damped_beta, alpha: 2, beta: 2, limit: 2.5}" if at_ends else "{dist: normal, mu: 0, sigma: 1}"
    )
    for prior, power in needed:
        if power <= bound if at_ends else math.isfinite(power) and bound > 0:
            raise DataError(
                f"{fit.where} has rows of the total weight {most:g} in one "
                f"{'line' if columns == 2 else 'plane'} of {columns} columns, and under the prior {prior} of "
                f"{parameter.name} in model {fit.model} a component can collapse onto them: the posterior "
                f"has no finite integral. Leave the prior out, or write, for example: prior: {remedy}"
            )


def rows_in_plane(rows: Array, weight: Array) -> float:
    """Return the largest weight of rows found in one plane of all columns; a line of two columns.

    All lines through two of at most `EXACT_LINES` distinct rows are tried; otherwise random planes, so that
    the result is a lower bound.

    Parameters
    ----------
    rows
        Shape (N, D), without missing cells.
    weight
        N weights.
    """
    distinct, mass = _tied(rows, weight)
    spread = np.ptp(distinct, axis=0)
    x = (distinct - distinct.min(axis=0)) / np.where(spread > 0, spread, 1.0)
    n, D = x.shape
    if n <= D:
        return float(mass.sum())
    rng = np.random.default_rng(n)
    if D == 2 and n <= EXACT_LINES:
        first, second = np.triu_indices(n, 1)
        corners = np.stack([first, second], axis=1)
    else:
        corners = np.stack([_corners(x, mass, rng) for _ in range(PLANES)])
    most = 0.0
    for some in np.array_split(corners, max(1, len(corners) * n // 4_000_000)):
        origin, edges = x[some[:, 0]], x[some[:, 1:]] - x[some[:, 0]][:, None, :]
        normal = np.linalg.svd(edges, full_matrices=True)[2][:, -1, :]
        distance = np.abs(np.einsum("nd,cd->cn", x, normal) - (origin * normal).sum(axis=1)[:, None])
        most = max(most, float(((distance < IN_PLANE) @ mass).max()))
    return most


def _corners(x: Array, mass: Array, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Choose D rows that a plane goes through: one at random, the others among its nearest."""
    n, D = x.shape
    origin = int(rng.choice(n, p=mass / mass.sum()))
    nearest = np.argpartition(((x - x[origin]) ** 2).sum(axis=1), min(n - 1, 4 * D))[: 4 * D + 1]
    others = nearest[nearest != origin]
    return np.concatenate([[origin], rng.choice(others, size=D - 1, replace=False)])
