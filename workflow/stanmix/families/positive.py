"""Families of numbers above 0."""

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
    averages,
    column,
    mean_and_variance,
)
from stanmix.families.real import Normal, default_location, default_spread, normal_log_density
from stanmix.families.support import POSITIVE_NUMBERS, Support
from stanmix.priors import POSITIVE, REAL, Prior

NORMAL = Normal()
"""The distribution of log y of a log-normal component."""
SD_OF_LOG_WEIBULL = math.pi / math.sqrt(6)
"""Standard deviation of the logarithm of a Weibull variable, times its shape."""
STEPS = 30
"""Number of Newton steps, enough for an estimate of a shape from its start."""
SHAPES = (1e-3, 1e6)
"""Bounds of estimated shapes."""


class Positive(Family):
    """A family of positive numbers, with priors and starts on the scale of log y.

    The prior of a component's standard deviation of log y is about a tenth of the range of log y, with 95%
    within a factor of 7.1, like the normal family's.
    """

    support: Support = POSITIVE_NUMBERS

    def coordinates(self, y: Array) -> Array:
        """Return log y."""
        return np.log(y)[:, None]

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of log y."""
        return DataScale.of(np.log(y))


class LogNormal(Positive):
    """Log-normal distribution, mu and sigma being mean and standard deviation of log y."""

    name: str = "lognormal"
    parameters: tuple[Parameter, ...] = (
        Parameter("mu", "mean of the logarithm", REAL, default_location),
        Parameter(
            "sigma", "standard deviation of the logarithm", POSITIVE, default_spread, unbounded_at="zero"
        ),
    )
    location: tuple[str, ...] = ("mu",)

    def collapsing(self, y: Array, name: str) -> Array:
        """Return log y."""
        return np.log(y)

    def centre_of(self, name: str) -> str | None:
        """Return the location."""
        return "mu"

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        return rng.lognormal(values["mu"][component], values["sigma"][component])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        log_y = np.log(column(y))
        return normal_log_density(log_y, values["mu"], values["sigma"]) - log_y

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of y."""
        variance = values["sigma"] ** 2
        with np.errstate(over="ignore", divide="ignore"):  # overflow, or NaN
            log_variance = 2 * (values["mu"] + variance) + np.log(-np.expm1(-variance))
            return np.exp(values["mu"] + variance / 2), np.exp(log_variance)

    def locations(self, values: Values) -> Array:
        """Return mu."""
        return values["mu"]

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return mean and standard deviation of log y, the maximum likelihood estimate."""
        return NORMAL.estimate(np.log(y), responsibility)

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the normal's errors."""
        return NORMAL.standard_error(values, n)


def default_gamma_shape(scale: DataScale) -> Prior:
    """Return the prior of the shape: 1 / sqrt(shape) is about a standard deviation of log y."""
    return Prior("lognormal", {"mu": -2 * math.log(scale.range / 10), "sigma": 2.0})


def default_gamma_rate(scale: DataScale) -> Prior:
    """Return the prior of the rate, about the default shape divided by the middle of the data."""
    return Prior(
        "lognormal",
        {
            "mu": -2 * math.log(scale.range / 10) - scale.midrange,
            "sigma": math.hypot(2.0, scale.range),
        },
    )


class LongTailedLogarithm(Positive):
    """A family of positive numbers whose logarithms have a long lower tail."""

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of log y without 2.5% at both ends."""
        return DataScale.of_most(np.log(y), weight)


class Gamma(LongTailedLogarithm):
    """Gamma distribution with shape alpha and rate beta; its mean is alpha / beta."""

    name: str = "gamma"
    parameters: tuple[Parameter, ...] = (
        Parameter(
            "alpha", "shape", POSITIVE, default_gamma_shape, unbounded_at="infinity", rate=0.5, regained=-0.5
        ),
        Parameter(
            "beta", "rate", POSITIVE, default_gamma_rate, unbounded_at="infinity", rate=0.5, regained=-0.5
        ),
    )
    location: tuple[str, ...] = ("alpha", "beta")

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        return rng.gamma(values["alpha"][component], 1 / values["beta"][component])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        alpha, beta = values["alpha"], values["beta"]
        constant = alpha * np.log(beta) - scipy.special.gammaln(alpha)
        log_density: Array = constant + (alpha - 1) * np.log(column(y)) - beta * column(y)
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance."""
        mean = values["alpha"] / values["beta"]
        return mean, mean / values["beta"]

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the maximum likelihood estimate, by Newton's method from Minka's (2002) start."""
        mean = averages(y, responsibility)
        gap = np.maximum(np.log(mean) - averages(np.log(y), responsibility), 1e-12)
        alpha = (3 - gap + np.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
        for _ in range(STEPS):
            slope = 1 / alpha - scipy.special.polygamma(1, alpha)
            step = (np.log(alpha) - scipy.special.digamma(alpha) - gap) / slope
            alpha = np.clip(np.maximum(alpha - step, alpha / 2), *SHAPES)
        return {"alpha": alpha, "beta": alpha / mean}

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep 1 / sqrt(alpha), about the standard deviation of log y, above the floor."""
        alpha = np.minimum(values["alpha"], floor**-2)
        return {"alpha": alpha, "beta": values["beta"] * alpha / values["alpha"]}


def default_weibull_shape(scale: DataScale) -> Prior:
    """Return the prior of the shape: the standard deviation of log y is about a tenth of its range."""
    return Prior("lognormal", {"mu": math.log(SD_OF_LOG_WEIBULL * 10 / scale.range), "sigma": 1.0})


def default_weibull_scale(scale: DataScale) -> Prior:
    """Return the prior of the scale: log-normal, its logarithm is N(midrange, range) of log y."""
    return Prior("lognormal", {"mu": scale.midrange, "sigma": scale.range})


class Weibull(LongTailedLogarithm):
    """Weibull distribution with shape alpha and scale sigma."""

    name: str = "weibull"
    parameters: tuple[Parameter, ...] = (
        Parameter("alpha", "shape", POSITIVE, default_weibull_shape, unbounded_at="infinity"),
        Parameter("sigma", "scale", POSITIVE, default_weibull_scale),
    )
    location: tuple[str, ...] = ("alpha", "sigma")

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        return values["sigma"][component] * rng.weibull(values["alpha"][component])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        alpha, sigma = values["alpha"], values["sigma"]
        log_z = np.log(column(y)) - np.log(sigma)
        with np.errstate(over="ignore"):  # the density is then 0
            log_density: Array = np.log(alpha / sigma) + (alpha - 1) * log_z - np.exp(alpha * log_z)
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance."""
        first, second = (scipy.special.gammaln(1 + i / values["alpha"]) for i in (1, 2))
        with np.errstate(over="ignore"):  # moments of small shapes overflow
            variance: Array = values["sigma"] ** 2 * np.exp(second) * -np.expm1(2 * first - second)
            return values["sigma"] * np.exp(first), variance

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the maximum likelihood estimate, by Newton's method for the shape."""
        log_y = np.log(y)
        top = log_y.max()
        x = log_y - top
        mean, variance = mean_and_variance(x, responsibility)
        alpha = np.clip(SD_OF_LOG_WEIBULL / np.sqrt(np.maximum(variance, 1e-12)), *SHAPES)
        for _ in range(STEPS):
            weight = responsibility * np.exp(alpha * x[:, None])
            total = np.maximum(weight.sum(axis=0), 1e-300)
            first, second = weight.T @ x / total, weight.T @ x**2 / total
            step = (first - mean - 1 / alpha) / (second - first**2 + alpha**-2)
            alpha = np.clip(np.maximum(alpha - step, alpha / 2), *SHAPES)
        raised = (responsibility * np.exp(alpha * x[:, None])).sum(axis=0) / responsibility.sum(axis=0)
        return {"alpha": alpha, "sigma": np.exp(top + np.log(np.maximum(raised, 1e-300)) / alpha)}

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the standard deviation of log y above the floor."""
        return {"alpha": np.minimum(values["alpha"], SD_OF_LOG_WEIBULL / floor), "sigma": values["sigma"]}


class Exponential(Positive):
    """Exponential distribution with rate beta; its mean is 1 / beta."""

    name: str = "exponential"
    parameters: tuple[Parameter, ...] = (
        Parameter(
            "beta",
            "rate",
            POSITIVE,
            lambda scale: Prior("lognormal", {"mu": -math.log(scale.midrange), "sigma": 2.0}),
        ),
    )
    location: tuple[str, ...] = ("beta",)

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of y: the logarithm of an exponential variable has a long lower tail."""
        return DataScale.of(y)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        return rng.exponential(1 / values["beta"][component])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        log_density: Array = np.log(values["beta"]) - values["beta"] * column(y)
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance."""
        return 1 / values["beta"], values["beta"] ** -2

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the reciprocals of weighted means, the maximum likelihood estimate."""
        return {"beta": 1 / averages(y, responsibility)}
