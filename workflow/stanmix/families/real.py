"""Families of numbers on the whole line."""

from __future__ import annotations

import math

import numpy as np
import scipy  # loads its parts when they are used

from stanmix.families.base import (
    Array,
    Components,
    DataScale,
    Family,
    Parameter,
    Values,
    column,
    mean_and_variance,
)
from stanmix.priors import POSITIVE, REAL, Prior

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
SQRT_2_OVER_PI = math.sqrt(2 / math.pi)


def default_location(scale: DataScale) -> Prior:
    """Return the prior of locations: N(midrange, range), centred as in Richardson and Green (1997)."""
    return Prior("normal", {"mu": scale.midrange, "sigma": scale.range})


def default_spread(scale: DataScale) -> Prior:
    """Return the prior of standard deviations: log-normal, median range / 10, 95% within a factor of 7.1.

    Log-normal, because a prior with density at 0 has an improper posterior on tied data.
    """
    return Prior("lognormal", {"mu": math.log(scale.range / 10), "sigma": 1.0})


def normal_log_density(x: Array, mu: Array, sigma: Array) -> Array:
    """Return the normal log density."""
    log_density: Array = -0.5 * ((x - mu) / sigma) ** 2 - np.log(sigma) - LOG_SQRT_2PI
    return log_density


class Normal(Family):
    """Normal distribution with mean mu and standard deviation sigma."""

    name: str = "normal"
    parameters: tuple[Parameter, ...] = (
        Parameter("mu", "mean", REAL, default_location),
        Parameter("sigma", "standard deviation", POSITIVE, default_spread, unbounded_at="zero"),
    )
    location: tuple[str, ...] = ("mu",)

    def centre_of(self, name: str) -> str | None:
        """Return the location."""
        return "mu"

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        return rng.normal(values["mu"][component], values["sigma"][component])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        return normal_log_density(column(y), values["mu"], values["sigma"])

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mu and sigma squared."""
        return values["mu"], values["sigma"] ** 2

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return weighted means and standard deviations, the maximum likelihood estimate."""
        mu, variance = mean_and_variance(y, responsibility)
        return {"mu": mu, "sigma": np.sqrt(variance)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return sigma / sqrt(n) for the mean and 1 / sqrt(2 n) for log sigma."""
        return {"mu": values["sigma"] / np.sqrt(n), "sigma": 1 / np.sqrt(2 * n)}


class StudentT(Family):
    """Student-t distribution with nu > 1 degrees of freedom, location mu and scale sigma."""

    name: str = "student_t"
    parameters: tuple[Parameter, ...] = (
        Parameter(
            "nu",
            "degrees of freedom",
            (1.0, math.inf),
            # Juarez and Steel (2010), as in Stan's recommendations.
            lambda _: Prior("gamma", {"alpha": 2.0, "beta": 0.1}),
        ),
        Parameter("mu", "location", REAL, default_location),
        Parameter("sigma", "scale", POSITIVE, default_spread, unbounded_at="zero"),
    )
    location: tuple[str, ...] = ("mu",)
    tail: float = 1.0  # smallest degrees of freedom
    START_NU: float = 5.0

    def centre_of(self, name: str) -> str | None:
        """Return the location."""
        return "mu"

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of the data without 2.5% at both ends, which outliers would stretch."""
        return DataScale.of_most(y, weight)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        return values["mu"][component] + values["sigma"][component] * rng.standard_t(values["nu"][component])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        nu, sigma = values["nu"], values["sigma"]
        half = scipy.special.gammaln((nu + 1) / 2) - scipy.special.gammaln(nu / 2)
        z = (column(y) - values["mu"]) / sigma
        return half - 0.5 * np.log(nu * np.pi) - np.log(sigma) - (nu + 1) / 2 * np.log1p(z**2 / nu)

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mu and sigma squared, location and scale, since there may be no variance."""
        return values["mu"], values["sigma"] ** 2

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return location and scale for 5 degrees of freedom, by giving outlying values less weight."""
        mu, variance = mean_and_variance(y, responsibility)
        variance = np.maximum(variance, 1e-12 * max(float(y.var()), 1e-300))
        for _ in range(10):
            z2 = (column(y) - mu) ** 2 / variance
            weight = responsibility * (self.START_NU + 1) / (self.START_NU + z2)
            mu = weight.T @ y / weight.sum(axis=0)
            variance = (weight * (column(y) - mu) ** 2).sum(axis=0) / responsibility.sum(axis=0)
            variance = np.maximum(variance, 1e-12 * max(float(y.var()), 1e-300))
        return {"nu": np.full(len(mu), self.START_NU), "mu": mu, "sigma": np.sqrt(variance)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return about the normal's errors, and a wide one for log(nu - 1)."""
        return {
            "nu": np.full(len(n), 0.5),
            "mu": values["sigma"] / np.sqrt(n),
            "sigma": 1 / np.sqrt(n),
        }


class SkewNormal(Family):
    """Skew-normal distribution with location xi, scale omega and shape alpha (Azzalini 1985)."""

    name: str = "skew_normal"
    parameters: tuple[Parameter, ...] = (
        Parameter("xi", "location", REAL, default_location),
        Parameter("omega", "scale", POSITIVE, default_spread, unbounded_at="zero"),
        Parameter("alpha", "shape", REAL, lambda _: Prior("normal", {"mu": 0.0, "sigma": 4.0})),
    )
    location: tuple[str, ...] = ("xi", "omega", "alpha")
    LARGEST_SKEWNESS: float = 0.9

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        delta = _delta(values["alpha"])[component]
        half, other = np.abs(rng.standard_normal(len(component))), rng.standard_normal(len(component))
        z = delta * half + np.sqrt(1 - delta**2) * other
        return values["xi"][component] + values["omega"][component] * z

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        z = (column(y) - values["xi"]) / values["omega"]
        skewed = math.log(2) + scipy.special.log_ndtr(values["alpha"] * z)
        log_density: Array = -0.5 * z**2 - np.log(values["omega"]) - LOG_SQRT_2PI + skewed
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance."""
        shift = SQRT_2_OVER_PI * _delta(values["alpha"])
        return values["xi"] + values["omega"] * shift, values["omega"] ** 2 * (1 - shift**2)

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the estimate by moments, for a skewness of at most 0.9."""
        mean, variance = mean_and_variance(y, responsibility)
        variance = np.maximum(variance, 1e-12 * max(float(y.var()), 1e-300))
        third = (responsibility * (column(y) - mean) ** 3).sum(axis=0) / responsibility.sum(axis=0)
        skew = np.clip(third / variance**1.5, -self.LARGEST_SKEWNESS, self.LARGEST_SKEWNESS)
        power = np.abs(skew) ** (2 / 3)
        delta = np.sign(skew) * np.sqrt(np.pi / 2 * power / (power + ((4 - np.pi) / 2) ** (2 / 3)))
        omega = np.sqrt(variance / (1 - 2 * delta**2 / np.pi))
        return {
            "xi": mean - omega * delta * SQRT_2_OVER_PI,
            "omega": omega,
            "alpha": delta / np.sqrt(1 - delta**2),
        }

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return errors of a few times the normal's, since location and shape are correlated."""
        return {
            "xi": 3 * values["omega"] / np.sqrt(n),
            "omega": 2 / np.sqrt(n),
            "alpha": np.minimum(10 / np.sqrt(n), 1.0),
        }


def _delta(alpha: Array) -> Array:
    """Return the correlation alpha / sqrt(1 + alpha^2)."""
    delta: Array = alpha / np.sqrt(1 + alpha**2)
    return delta
