"""Multivariate Student-t distributions: rows of numbers among which some lie far out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import scipy  # loads its parts when they are used

from stanmix.bounds import MOST_CORRELATED
from stanmix.families.base import Array, Components, DataScale, Parameter, Values
from stanmix.families.multivariate.normal import MultiNormal
from stanmix.families.real import StudentT
from stanmix.priors import Prior


class MultiStudentT(MultiNormal):
    """Student-t distribution of D columns; what are covariances of the normal are its scale matrices."""

    name: str = "multi_student_t"
    program_of_kind: Mapping[int, str] = MappingProxyType({})
    general_program = "multi_student_t"
    tail: float = StudentT.tail
    compile_mb = 4000  # the kernel takes 3,100
    START_NU: float = StudentT.START_NU
    STEPS: int = 10

    def __init__(self, structure: str = "VVV", columns: int = 2, factors: int = 1, missing: bool = False):
        """Make the family of a structure for a number of columns."""
        super().__init__(structure, columns, factors, missing)
        nu = Parameter(
            "nu",
            "degrees of freedom",
            (1.0, math.inf),
            # Juarez and Steel (2010), as in Stan's recommendations.
            lambda _: Prior("gamma", {"alpha": 2.0, "beta": 0.1}),
        )
        self.parameters = (*self.parameters, nu)

    @classmethod
    def most_columns(cls, structure: str) -> int | None:
        """Return how many columns a structure may have: there is no program for scales alone."""
        return MOST_CORRELATED

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of the columns without 2.5% at both ends, which outliers would stretch."""
        return self.scale_of_columns(y, DataScale.of_most, weight)

    def ellipses(self, values: Values, probability: float) -> Array:
        """Return matrices of which a normal ellipse of this probability in two columns holds as much.

        The squared distance of two columns is twice an F variable with 2 and nu degrees of freedom.
        """
        farther = np.asarray(scipy.stats.f.ppf(probability, 2, values["nu"])) / -math.log1p(-probability)
        found: Array = self.covariances(values) * farther[..., None, None]
        return found

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one row for each entry of ``component``."""
        centred = super().simulate(rng, component, values) - self.means(values)[component]
        nu = values["nu"][component]
        drawn: Array = self.means(values)[component] + centred * np.sqrt(nu / rng.chisquare(nu))[:, None]
        return drawn

    def log_density_of(
        self, square: Array, log_scale: Array, columns: int | Components, values: Values
    ) -> Array:
        """Return log densities from squared distances."""
        return _log_density(square, log_scale, columns, values["nu"])

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of the first column, (..., K, G) for G rows and values of shape (..., K)."""
        location, scale2 = (value[..., None] for value in self.moments(values))
        square = (y[:, 0] - location) ** 2 / scale2
        return np.exp(_log_density(square, np.log(scale2) / 2, 1, values["nu"][..., None]))

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return estimates for 5 degrees of freedom, by reweighting what lies far out."""
        nu = {"nu": np.full(responsibility.shape[1], self.START_NU)}
        values = super().estimate(y, responsibility) | nu
        observed = (~np.isnan(y)).sum(axis=1)[:, None]
        for _ in range(self.STEPS):
            square, _ = self.squares(y, values)
            weight = (self.START_NU + observed) / (self.START_NU + square)
            values = self.estimate_weighted(y, responsibility, weight) | nu
        return values

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return about the normal's errors, and a wide one for log(nu - 1)."""
        return super().standard_error(values, n) | {"nu": np.full(len(n), 0.5)}


def _log_density(square: Array, log_scale: Array, columns: int | Components, nu: Array) -> Array:
    """Return the log density of some columns at a squared distance from the location."""
    half = scipy.special.gammaln((nu + columns) / 2) - scipy.special.gammaln(nu / 2)
    constant = half - columns / 2 * np.log(nu * np.pi) - log_scale
    return np.asarray(constant - (nu + columns) / 2 * np.log1p(square / nu))
