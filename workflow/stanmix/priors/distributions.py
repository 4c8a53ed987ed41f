"""Prior distributions as the configuration names them, and as Stan data.

Only the table below and ``stan/functions/prior_lpdf.stan`` know the codes. Densities and quantiles are in
:mod:`stanmix.priors.density`, which needs SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Bounds = tuple[float, float]
REAL: Bounds = (-math.inf, math.inf)
POSITIVE: Bounds = (0.0, math.inf)
UNIT: Bounds = (0.0, 1.0)
CORRELATION: Bounds = (-1.0, 1.0)


@dataclass(frozen=True)
class Distribution:
    """A distribution that a prior may take.

    Attributes
    ----------
    code
        Its code in the Stan programs.
    slots
        Position (0 to 2) of each argument in the Stan programs' argument vector.
    support
        Where its density is positive. A half distribution is its parent cut at zero.
    """

    code: int
    slots: Mapping[str, int]
    support: Bounds = REAL


DISTRIBUTIONS: dict[str, Distribution] = {
    "normal": Distribution(1, {"mu": 1, "sigma": 2}),
    "student_t": Distribution(2, {"nu": 0, "mu": 1, "sigma": 2}),
    "cauchy": Distribution(3, {"mu": 1, "sigma": 2}),
    "lognormal": Distribution(4, {"mu": 1, "sigma": 2}, POSITIVE),
    "gamma": Distribution(5, {"alpha": 0, "beta": 1}, POSITIVE),
    "inv_gamma": Distribution(6, {"alpha": 0, "beta": 1}, POSITIVE),
    "exponential": Distribution(7, {"beta": 0}, POSITIVE),
    "uniform": Distribution(8, {"lower": 0, "upper": 1}),
    "beta": Distribution(9, {"alpha": 0, "beta": 1}, (0.0, 1.0)),
    "signed_beta": Distribution(10, {"alpha": 0, "beta": 1}, (-1.0, 1.0)),
    "damped_beta": Distribution(11, {"alpha": 0, "beta": 1, "limit": 2}, (-1.0, 1.0)),
    "half_normal": Distribution(1, {"sigma": 2}, POSITIVE),
    "half_student_t": Distribution(2, {"nu": 0, "sigma": 2}, POSITIVE),
    "half_cauchy": Distribution(3, {"sigma": 2}, POSITIVE),
}


@dataclass(frozen=True)
class Prior:
    """The prior of one parameter of one component: a distribution with its arguments."""

    dist: str
    args: Mapping[str, float]

    @property
    def code(self) -> int:
        """Code of the distribution in the Stan programs."""
        return DISTRIBUTIONS[self.dist].code

    def stan_args(self) -> list[float]:
        """Return the arguments as the Stan programs' vector of three."""
        vector = [0.0, 0.0, 0.0]
        for name, slot in DISTRIBUTIONS[self.dist].slots.items():
            vector[slot] = float(self.args[name])
        return vector

    def support(self, parameter: Bounds) -> Bounds:
        """Return where the prior of a parameter with the given support is positive."""
        lower, upper = DISTRIBUTIONS[self.dist].support
        if self.dist == "uniform":
            lower, upper = self.args["lower"], self.args["upper"]
        return max(lower, parameter[0]), min(upper, parameter[1])

    def power_at_zero(self) -> float:
        """Return a where the density goes as x^(a - 1) near 0; infinity where it falls faster."""
        match self.dist:
            case "lognormal" | "inv_gamma":
                return math.inf
            case "gamma" | "beta":
                return self.args["alpha"]
            case "uniform":
                return 1.0 if self.args["lower"] <= 0 else math.inf
            case _:
                return 1.0

    def power_at_infinity(self) -> float:
        """Return b where the density goes as x^-(b + 1) far out; infinity where it falls faster."""
        match self.dist:
            case "student_t" | "half_student_t":
                return self.args["nu"]
            case "cauchy" | "half_cauchy":
                return 1.0
            case "inv_gamma":
                return self.args["alpha"]
            case _:
                return math.inf

    def power_at_ends(self) -> float:
        """Return the least a where the density goes as (1 - |x|)^(a - 1) near -1 or 1.

        It is infinity where the density falls faster, or is 0 there.
        """
        match self.dist:
            case "damped_beta":
                return math.inf
            case "signed_beta":
                return min(self.args["alpha"], self.args["beta"])
            case "beta":
                return self.args["beta"]
            case "uniform":
                return 1.0 if self.args["lower"] <= -1 or self.args["upper"] >= 1 else math.inf
            case _:
                return 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return the prior as the configuration writes it."""
        return {"dist": self.dist, **self.args}

    @staticmethod
    def from_dict(spec: Mapping[str, Any]) -> Prior:
        """Read a prior whose arguments are all single numbers."""
        return Prior(spec["dist"], {k: float(v) for k, v in spec.items() if k != "dist"})

    def __str__(self) -> str:
        """Write the prior as in Stan, ``normal(mu=0, sigma=10)``."""
        args = ", ".join(f"{name}={value:.6g}" for name, value in self.args.items())
        return f"{self.dist}({args})"


def per_component(spec: Mapping[str, Any], components: int) -> list[Prior]:
    """Spread a configured prior, whose arguments may be lists, over the components."""
    return [
        Prior.from_dict(
            {key: value[k] if isinstance(value, (list, tuple)) else value for key, value in spec.items()}
        )
        for k in range(components)
    ]


def prior_problem(spec: Mapping[str, Any], parameter: Bounds) -> str | None:
    """Say what is wrong with a configured prior of a parameter with the given support, if anything."""
    dist = spec["dist"]
    wanted = list(DISTRIBUTIONS[dist].slots)
    given = [key for key in spec if key != "dist"]
    missing = {"lower": 0.0, "upper": 1.0}
    if "upper" in spec:
        missing["lower"] = min(_as_list(spec["upper"])) - 1
    if "lower" in spec:
        missing["upper"] = max(_as_list(spec["lower"])) + 1
    arguments = (f"{key}: {spec.get(key, missing.get(key, 1))}" for key in wanted)
    example = ", ".join([f"dist: {dist}", *arguments])
    if sorted(given) != sorted(wanted):
        return (
            f"a {dist} prior takes {', '.join(wanted)}, but here it has "
            f"{', '.join(given) or 'none of them'}. Write: prior: {{{example}}}"
        )
    if dist == "uniform":
        lower, upper = _as_list(spec["lower"]), _as_list(spec["upper"])
        low = parameter[0] if math.isfinite(parameter[0]) else 0
        high = parameter[1] if math.isfinite(parameter[1]) else low + 1
        remedy = f"Write, for example: prior: {{dist: uniform, lower: {low:g}, upper: {high:g}}}"
        size = max(len(lower), len(upper))
        # Lists of different lengths above 1 are an error that is reported elsewhere.
        pairs = zip(lower * (size // len(lower)), upper * (size // len(upper)), strict=False)
        if any(low >= high for low, high in pairs):
            return f"lower must be below upper. {remedy}"
        if max(lower) >= parameter[1] or min(upper) <= parameter[0]:
            return (
                f"the uniform prior lies outside the parameter's support {parameter[0]:g} to "
                f"{parameter[1]:g}. {remedy}"
            )
    return None


def _as_list(value: Any) -> list[float]:
    return [float(v) for v in value] if isinstance(value, (list, tuple)) else [float(value)]
