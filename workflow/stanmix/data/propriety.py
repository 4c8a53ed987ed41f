"""Whether the posterior is proper: whether its integral is finite at the edges of the parameters' supports.

The likelihood is unbounded if a component collapses onto observations that are tied, or that lie in a plane
as rounded rows do. The prior must fall fast enough there. If a component collapses onto t tied observations,
the likelihood of its scale s goes as s^-t. Integrating over its location gives one power back, so that a
prior which goes as s^(a - 1) needs a > t - 1. Other parameters follow the same rule with the powers that
their family states (`Parameter.rate`, `Parameter.regained`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.data.planes import distinct, fullest, may_hold_all
from stanmix.errors import DataError
from stanmix.families import Family, Parameter
from stanmix.model import free_groups, per_component_fixed, priors_of, treatment_of
from stanmix.priors import Prior

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Fit:
    """A configured model with the names that messages need."""

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

    def regained_at_planes(self, name: str, group: Sequence[int]) -> int:
        """Return twice the power of u that integrating over the planes of a group of components gives back.

        Each component's means give the place of its plane, and its scales the slopes: D numbers, of which
        fixed ones, and those that other components have too, are not counted.
        """
        means, scales = self.family.placing(name)

        def has_own(names: Sequence[str], k: int) -> bool:
            return all([k] in [own for own, _ in self.groups(other)] for other in names)

        return sum(has_own(means, k) + (len(means) - 1) * has_own(scales, k) for k in group)


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
        Weights of the observations, N of them; they are 1 by default.

    Raises
    ------
    DataError
        If a prior must change; the message names it and a better one.
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
            if parameter.factors:
                _check_factors(fit, parameter, y.shape[1], float(weight.sum()))
        else:
            _check_planes(fit, parameter, part[complete], weight[complete])


def _check_ties(fit: _Fit, parameter: Parameter, rows: Array, weight: Array) -> None:
    """Check a parameter that goes to zero or to infinity as a component collapses onto tied observations."""
    values, mass = distinct(rows, weight)
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


def _captured(
    fit: _Fit, parameter: Parameter, group: Sequence[int], values: Array, mass: Array
) -> dict[int, float]:
    """Return the indices of the values onto which the components of a group collapse, and the powers.

    Components with a free location collapse onto the values with the most ties. A component with a location
    fixed at a value collapses onto that value, and no power is given back. If its location is fixed
    elsewhere, it cannot collapse.
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
    """Return the smallest power of the likelihood that the prior of component k (from 0) fails to bear."""
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
    u^-(t / 2). Integrating over the plane's place and slopes gives D / 2 back, if the component has means and
    scales of its own. Components that share the correlation collapse onto planes at the same time. A stretch
    s makes the likelihood exp(t s), which no power of s can bear. If there are too many rows to count their
    planes, all rows are assumed to be in one.
    """
    at_ends = parameter.unbounded_at == "ends"
    total = float(weight.sum())
    doubtful = []
    for group, prior in fit.groups(parameter.name):
        power = math.inf if prior is None else _power_at_planes(prior, at_ends)
        regained = fit.regained_at_planes(parameter.name, group)
        # A prior that bears all rows in planes needs no count.
        if prior is not None and math.isfinite(power) and not (at_ends and power > (total - regained) / 2):
            doubtful.append((group, prior, power, regained))
    if not doubtful:
        return
    most = fullest(rows, weight)
    for group, prior, power, regained in doubtful:
        held = total if most is None else min(total, len(group) * most)
        if not fit.others_explain(group):
            if not may_hold_all(rows, weight, fit.components) and math.isinf(fit.family.tail):
                continue
            # Far from its plane the density falls as this power of the scale, the root of u.
            held -= fit.family.tail * (total - held) if held < total else 0.0
        bound = (held - regained) / 2
        if power <= bound if at_ends else bound > 0:
            raise DataError(_plane_sentence(fit, parameter, prior, rows, most))


def _check_factors(fit: _Fit, parameter: Parameter, columns: int, total: float) -> None:
    """Check a parameter of each column that goes to zero in several columns as factors explain a plane fully.

    Let rows of the total weight t lie in a flat that k normals of c columns describe, and let these columns'
    values go to zero as s. The likelihood goes as s^-(k t). Integrating over what the factors' loadings and
    the means are across the flat gives s^(k (q + 1)) back, and the priors are s^(a c). So a has to be above k
    (t - q - 1) / c, and k / c is at most (D - 1) / D. The rows of a flat are not counted, since any columns
    may form one.
    """
    for _, prior in fit.groups(parameter.name):
        power = math.inf if prior is None else prior.power_at_zero()
        bound = (total - parameter.factors - 1) * (columns - 1) / columns
        if power <= bound:
            raise DataError(
                f"Under the prior {prior} of {parameter.name} in model {fit.model} a component could "
                f"collapse onto rows of {fit.where} that lie in a line or plane of some columns: the "
                "posterior might have no finite integral. "
                f"Give {parameter.name} a lognormal or inv_gamma prior."
            )


def _power_at_planes(prior: Prior, at_ends: bool) -> float:
    return prior.power_at_ends() if at_ends else prior.power_at_infinity()


def _plane_sentence(fit: _Fit, parameter: Parameter, prior: Prior, rows: Array, most: float | None) -> str:
    n, columns = rows.shape
    plane = f"{'line' if columns == 2 else 'plane'} of {columns} columns"
    remedy = (
        "{dist: damped_beta, alpha: 2, beta: 2, limit: 2.5}"
        if parameter.unbounded_at == "ends"
        else "{dist: normal, mu: 0, sigma: 1}"
    )
    end = f"Leave the prior out, or write, for example: prior: {remedy}"
    of_prior = f"under the prior {prior} of {parameter.name} in model {fit.model}"
    if most is None:
        return (
            f"{fit.where} has {n} rows, too many to count how many of them lie in one {plane}, and "
            f"{of_prior} a component could collapse onto these: the posterior might have no finite integral. "
            f"{end}"
        )
    return (
        f"{fit.where} has rows of the total weight {most:g} in one {plane}, and {of_prior} a component can "
        f"collapse onto them: the posterior has no finite integral. {end}"
    )
