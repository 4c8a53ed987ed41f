"""A model ready to be fitted: every prior is scaled to the data, every parameter is free, shared or fixed."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.families import Data, DataScale, Family, Observations, Parameter, Uniform, family_of
from stanmix.model.joint import NO_JOINT, Joint, without_bounds
from stanmix.model.parts import Parts
from stanmix.model.symmetry import Symmetry, symmetry_of
from stanmix.priors import Bounds, Prior, per_component
from stanmix.priors.density import frozen, log_constant, log_mass


@dataclass(frozen=True)
class ParameterPlan:
    """How one parameter of the family is treated in each of K components.

    Attributes
    ----------
    name
        Name of the parameter.
    index
        The number (from 1) of each component's free value, 0 where it is fixed.
    fixed
        The fixed value of each component, NaN where it is free.
    priors, bounds
        Prior and support of each free value.
    shared
        Whether the configuration asks for one value for all components.
    period
        Values that differ by the period are the same; None for parameters without one.
    proper
        The number of components that have the parameter if the last component is noise, which has none; else
        None.
    standard
        Centre and unit, on the scale of the data, in which Stan samples the free values that have no bounds.
        Bounded values need none: Stan takes their logarithms or logits, and a unit only shifts these.
    margin
        Smallest distance of starts from the ends of an interval, as a share of it.
    """

    name: str
    index: tuple[int, ...]
    fixed: tuple[float, ...]
    priors: tuple[Prior, ...]
    bounds: tuple[Bounds, ...]
    shared: bool
    period: float | None = None
    proper: int | None = None
    standard: tuple[float, float] = (0.0, 1.0)
    margin: float = 0.01

    @property
    def standards(self) -> npt.NDArray[np.float64]:
        """Centre and unit of each free value, shape (free values, 2)."""
        unbounded = [not np.isfinite(bounds).any() for bounds in self.bounds]
        return np.where(np.c_[unbounded], self.standard, (0.0, 1.0)).reshape(-1, 2)

    @property
    def is_scalar(self) -> bool:
        """Whether results give one value for all components."""
        return self.shared and set(self.index[: self.proper]) == {1}

    @property
    def is_fixed(self) -> bool:
        """Whether no component has a free value."""
        return not self.priors

    def treatment(self, component: int) -> Hashable:
        """Describe the value of a component: its fixed value, or its prior and bounds."""
        i = self.index[component]
        if i == 0:
            return self.fixed[component]
        prior = self.priors[i - 1]
        return prior.code, tuple(prior.stan_args()), self.bounds[i - 1]

    def free_values(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the free values from those of all components; shared ones are averaged."""
        index = np.asarray(self.index)
        return np.array([values[index == i + 1].mean() for i in range(len(self.priors))])

    def component_values(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Impose the plan on one value for each component: share, fix, and keep inside the support."""
        free = self.free_values(values)
        result = np.array(self.fixed)
        for k, i in enumerate(self.index):
            if i:
                result[k] = _inside(
                    _wrapped(free[i - 1], self.bounds[i - 1], self.period), self.bounds[i - 1], self.margin
                )
        return result

    def in_turn(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Shift values of components, such as true ones, into the turn that a periodic parameter spans."""
        bounds = [self.bounds[i - 1] if i else (-math.inf, math.inf) for i in self.index]
        return np.array([_wrapped(v, b, self.period) for v, b in zip(values, bounds, strict=True)])

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON facts."""
        return {
            "index": list(self.index),
            "fixed": list(self.fixed),
            "priors": [prior.to_dict() for prior in self.priors],
            "bounds": [[_json_bound(b) for b in bounds] for bounds in self.bounds],
            "shared": self.shared,
            "standard": list(self.standard),
        }


@dataclass(frozen=True)
class Model:
    """A mixture model for one data set.

    Attributes
    ----------
    family
        Family of the components.
    components
        Number of components K, noise among them.
    theta_alpha
        Concentrations of the Dirichlet prior of the weights, K values.
    theta_fixed
        Fixed weights, K values, or None where they are free.
    parameters
        The plan of each parameter, in the family's order.
    joint
        The free values that are sampled together; None if each is sampled by itself.
    noise
        The distribution of noise, the last component; None without noise.
    known
        Components (from 1) of which some observations are known to be; None for data without labels.
    weighted
        Whether the observations have weights.
    """

    family: Family
    components: int
    theta_alpha: tuple[float, ...]
    theta_fixed: tuple[float, ...] | None
    parameters: Mapping[str, ParameterPlan]
    joint: Joint | None = None
    noise: Uniform | None = None
    known: tuple[int, ...] | None = None
    weighted: bool = False

    @cached_property
    def parts(self) -> Parts:
        """The distributions of all components."""
        return Parts(self.family, self.noise)

    @property
    def proper(self) -> int:
        """Number of components without noise, which is the last."""
        return self.components - (self.noise is not None)

    @property
    def free_bounds(self) -> list[Bounds]:
        """Bounds of all free values, in the program's order."""
        return [bounds for plan in self.parameters.values() for bounds in plan.bounds]

    @property
    def free_priors(self) -> list[Prior]:
        """Priors of all free values, in the program's order."""
        return [prior for plan in self.parameters.values() for prior in plan.priors]

    @cached_property
    def symmetry(self) -> Symmetry:
        """The permutations of components that leave prior and structure as they are.

        They leave the posterior unchanged, so that labels have no meaning until one permutation is chosen.
        """
        plans = self.parameters.values()
        weights = self.theta_fixed or self.theta_alpha
        colours: list[Hashable] = []
        for k in range(self.components):
            if k == self.proper:
                colours.append(("noise",))
                continue
            known = k + 1 if k + 1 in (self.known or ()) else None
            colours.append((weights[k], known, *(plan.treatment(k) for plan in plans)))
        own = [
            self.theta_fixed is None
            or any(i > 0 and plan.index.count(i) == 1 for plan in plans for i in [plan.index[k]])
            for k in range(self.components)
        ]
        return symmetry_of(colours, [plan.index for plan in plans], own)

    def exchangeable_classes(self) -> list[list[int]]:
        """Group the components (from 0) that are exchangeable under :attr:`symmetry`.

        A component alone in its class is identified by its prior or by a fixed value.
        """
        return self.symmetry.orbits

    def stan_data(self, y: Data, count: npt.NDArray[Any] | None = None) -> dict[str, Any]:
        """Return the data of the model's Stan program.

        Parameters
        ----------
        y
            The observations, or the distinct ones.
        count
            How often each was observed; once by default.
        """
        y, plans, proper = Observations.of(y), self.parameters.values(), self.proper
        # The free values of all parameters are concatenated.
        offsets = np.cumsum([0, *(len(plan.priors) for plan in plans)]).tolist()
        index = [
            [i + offset if i else 0 for i in plan.index[:proper]]
            for plan, offset in zip(plans, offsets, strict=False)
        ]
        lower, upper = ([b[side] for b in self.free_bounds] for side in (0, 1))
        joint = self.joint.members if self.joint else ()
        return {
            "N": len(y),
            **self.family.stan_observations(y.y),
            "count": y.weights * (1 if count is None else count),
            "K": proper,
            **self.parts.stan_data(y.y),
            "has_labels": int(self.known is not None),
            "label": [] if self.known is None else y.labels,
            "theta_is_free": int(self.theta_fixed is None),
            "theta_alpha": self.theta_alpha,
            "theta_fixed": self.theta_fixed or (0.0,) * self.components,
            "P": len(index),
            "n_free": len(lower),
            **self.family.stan_sizes(proper),
            "free_index": index,
            "fixed": [[0.0 if math.isnan(v) else v for v in plan.fixed[:proper]] for plan in plans],
            "free_lower": [-math.inf if i in joint else bound for i, bound in enumerate(lower)],
            "free_upper": [math.inf if i in joint else bound for i, bound in enumerate(upper)],
            "free_centre": self._standards()[:, 0],
            "free_unit": self._standards()[:, 1],
            "free_prior": [prior.code for prior in self.free_priors],
            "free_prior_args": [prior.stan_args() for prior in self.free_priors],
            "free_prior_log_mass": [
                log_mass(prior, bounds) + log_constant(prior)
                for prior, bounds in zip(self.free_priors, self.free_bounds, strict=True)
            ],
            **(self.joint.stan_data(lower, upper) if self.joint else NO_JOINT),
            "likelihood": 1,
        }

    def stan_values(self, values: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, Any]:
        """Return the values of the Stan program's parameters at a point.

        Parameters
        ----------
        values
            ``theta`` and the parameters, K values each.
        """
        free = [plan.free_values(values[name]) for name, plan in self.parameters.items()]
        return self.stan_point(values["theta"], np.concatenate(free))

    def stan_point(self, theta: npt.NDArray[np.float64], free: npt.NDArray[np.float64]) -> dict[str, Any]:
        """Return the values of the Stan program's parameters from weights and all free values.

        Parameters without values are left out, since Stan refuses empty arrays of vectors in a start.
        """
        point: dict[str, Any] = {}
        if self.theta_fixed is None:
            point["theta_free"] = [theta / np.sum(theta)]
        if len(free):
            point["standard"] = (free - self._standards()[:, 0]) / self._standards()[:, 1]
            if self.joint:
                places = list(self.joint.members)
                bounds = [self.free_bounds[i] for i in places]
                point["standard"][places] = self.joint.standard(without_bounds(free[places], bounds))
        return point

    @property
    def standard_bounds(self) -> list[Bounds]:
        """Bounds of the values that Stan samples: in units of the data; none for joint values."""
        joint = self.joint.members if self.joint else ()
        return [
            (-math.inf, math.inf) if i in joint else ((lower - centre) / unit, (upper - centre) / unit)
            for i, ((lower, upper), (centre, unit)) in enumerate(
                zip(self.free_bounds, self._standards().tolist(), strict=True)
            )
        ]

    def _standards(self) -> npt.NDArray[np.float64]:
        """Return centre and unit of all free values, in the program's order."""
        found = np.concatenate([plan.standards for plan in self.parameters.values()])
        if self.joint:
            found[list(self.joint.members)] = (0.0, 1.0)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the model as JSON facts, for ``model.json`` and the report."""
        return {
            **self.family.identity(),
            **({} if self.noise is None else {"noise": self._region()}),
            **({"weighted": True} if self.weighted else {}),
            **({} if self.known is None else {"known": list(self.known)}),
            "components": self.components,
            "theta": {"alpha": list(self.theta_alpha), "fixed": self.theta_fixed},
            "parameters": {name: plan.to_dict() for name, plan in self.parameters.items()},
            "joint": self.joint.to_dict() if self.joint else None,
        }

    def _region(self) -> dict[str, list[float]]:
        """Return the ends of the region of noise."""
        assert self.noise is not None
        return {"lower": self.noise.lower.tolist(), "upper": self.noise.upper.tolist()}

    @staticmethod
    def from_dict(facts: Mapping[str, Any]) -> Model:
        """Read a model back from its JSON facts."""
        fixed, region, known = facts["theta"]["fixed"], facts.get("noise"), facts.get("known")
        family = family_of(facts)
        return Model(
            family=family,
            components=facts["components"],
            theta_alpha=tuple(facts["theta"]["alpha"]),
            theta_fixed=None if fixed is None else tuple(fixed),
            parameters={
                name: ParameterPlan(
                    name=name,
                    index=tuple(plan["index"]),
                    fixed=tuple(math.nan if v is None else v for v in plan["fixed"]),
                    priors=tuple(Prior.from_dict(p) for p in plan["priors"]),
                    bounds=tuple((_bound(lo, -1), _bound(up, 1)) for lo, up in plan["bounds"]),
                    shared=plan["shared"],
                    period=family.parameter(name).period,
                    proper=facts["components"] - 1 if region else None,
                    standard=tuple(plan["standard"]),
                    margin=family.parameter(name).margin,
                )
                for name, plan in facts["parameters"].items()
            },
            joint=Joint.from_dict(facts["joint"]) if facts["joint"] else None,
            noise=family.uniform_over(region["lower"], region["upper"]) if region else None,
            known=None if known is None else tuple(known),
            weighted=facts.get("weighted", False),
        )


def resolve(
    spec: Mapping[str, Any],
    components: int,
    scale: DataScale,
    known: Sequence[int] | None = None,
    names: Sequence[Sequence[str] | None] | None = None,
    weighted: bool = False,
    region: tuple[Sequence[float], Sequence[float]] | None = None,
) -> Model:
    """Resolve a configured model for a number of components and the scale of the data.

    Parameters
    ----------
    spec
        The model's section of the configuration, checked.
    components
        Number of components K, without noise.
    scale
        Scale of the data, on which the family's default priors are based.
    known
        Components (from 1) of which some observations are known to be; None for data without labels.
    names
        Names of the levels of categorical columns, one entry for each column.
    weighted
        Whether the observations have weights.
    region
        Ends of the region of the data over which noise is uniform, if the model has noise.
    """
    levels = [int(own.maximum) for own in scale.columns]
    family = family_of(spec, len(scale.columns), levels, names)
    noise = family.uniform_over(*region) if spec.get("noise", False) and region is not None else None
    weights = spec.get("weights", {})
    alpha = weights.get("prior", {}).get("alpha", 1.0)
    fixed = weights.get("fixed")
    total = components + (noise is not None)
    if total == 1:
        fixed = (1.0,)
    return Model(
        family=family,
        components=total,
        theta_alpha=tuple(np.broadcast_to(np.asarray(alpha, dtype=float), (total,)).tolist()),
        theta_fixed=None if fixed is None else tuple((np.asarray(fixed) / np.sum(fixed)).tolist()),
        parameters={
            p.name: _plan(treatment_of(spec, family, p.name), p, components, total, scale)
            for p in family.parameters
        },
        noise=noise,
        known=None if known is None else tuple(known),
        weighted=weighted,
    )


def treatment_of(spec: Mapping[str, Any], family: Family, name: str) -> dict[str, Any]:
    """Return how a model's configuration treats a parameter, with the family's own sharing."""
    given = spec.get("parameters", {}).get(name, {})
    by_structure = name in family.shared and not given.keys() & {"equal", "fixed"}
    return {"shared": by_structure, **given}


def free_groups(treatment: Mapping[str, Any], components: int) -> list[list[int]]:
    """Return the components (from 0) of each free value of a parameter, ordered by their first component."""
    fixed = per_component_fixed(treatment, components)
    free = [k for k in range(components) if math.isnan(fixed[k])]
    if treatment.get("shared", False):
        return [free] if free else []
    together = [[k - 1 for k in group] for group in treatment.get("equal", [])]
    groups = [group for group in together if group[0] in free]
    groups += [[k] for k in free if not any(k in group for group in together)]
    return sorted((sorted(group) for group in groups), key=min)


def priors_of(treatment: Mapping[str, Any], components: int) -> list[Prior | None]:
    """Return the configured prior of each free value; None where the family's default applies."""
    groups = free_groups(treatment, components)
    if "prior" not in treatment:
        return [None] * len(groups)
    priors = per_component(treatment["prior"], components)
    return [priors[group[0]] for group in groups]


def _plan(
    treatment: Mapping[str, Any], parameter: Parameter, components: int, total: int, scale: DataScale
) -> ParameterPlan:
    """Plan a parameter of as many components; those that follow up to the total are noise."""
    noise = total - components
    default = parameter.default_prior(scale)
    priors = [default if prior is None else prior for prior in priors_of(treatment, components)]
    index = np.zeros(components, dtype=int)
    for number, group in enumerate(free_groups(treatment, components), start=1):
        index[group] = number
    bounds = tuple(prior.support(parameter.support) for prior in priors)
    return ParameterPlan(
        name=parameter.name,
        index=(*index.tolist(), *[0] * noise),
        fixed=(*per_component_fixed(treatment, components), *[math.nan] * noise),
        priors=tuple(priors),
        bounds=bounds,
        shared=treatment.get("shared", False),
        period=parameter.period,
        proper=components if noise else None,
        standard=_standard(default),
        margin=parameter.margin,
    )


def _standard(default: Prior) -> tuple[float, float]:
    """Return centre and unit of the data, taken from the default prior of a parameter.

    A tenth of the prior's spread is about a component's spread. In such units the variance of a mean given n
    observations is 1/n, near that of a log standard deviation. The constant that Stan's adaptation adds to
    all variances (1e-3 times 5 / (draws + 5)) then dominates none of them. The unit is a power of 2, so that
    the change of units rounds nothing.
    """
    low, median, high = frozen(default).ppf([0.16, 0.5, 0.84])
    return float(median), float(2.0 ** np.round(np.log2((high - low) / 20)))


def per_component_fixed(treatment: Mapping[str, Any], components: int) -> list[float]:
    """Return the fixed value of a parameter in each component; NaN where it is free."""
    value = treatment.get("fixed")
    values = value if isinstance(value, list) else [value] * components
    return [math.nan if v is None else float(v) for v in values]


def _wrapped(value: float, bounds: Bounds, period: float | None) -> float:
    """Shift a periodic value into the turn that begins at its lower bound."""
    if period is None or not math.isfinite(bounds[0]):
        return value
    return bounds[0] + (value - bounds[0]) % period


def _inside(value: float, bounds: Bounds, margin: float) -> float:
    """Move a value into the interior of its support, where Stan can start.

    ``margin`` is the distance that it keeps from the ends of an interval, as a share of the interval.
    """
    lower, upper = bounds
    if math.isfinite(lower) and math.isfinite(upper):
        least = margin * (upper - lower)
        return float(min(max(value, lower + least), upper - least))
    if math.isfinite(lower) and value <= lower:
        return lower + max(abs(lower), 1.0) * 1e-3
    if math.isfinite(upper) and value >= upper:
        return upper - max(abs(upper), 1.0) * 1e-3
    return value


def _json_bound(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _bound(value: float | None, sign: int) -> float:
    return sign * math.inf if value is None else value
