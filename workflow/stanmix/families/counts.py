"""Families of counts."""

from __future__ import annotations

import math
from abc import abstractmethod

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
from stanmix.families.statistics import COUNT_STATISTICS, Statistics
from stanmix.families.support import COUNTS, Support
from stanmix.priors import POSITIVE, UNIT, Prior

SMALLEST_MEAN = 1e-6
PRECISIONS = (1e-2, 1e4)
"""Bounds of estimated precisions."""
STEPS = 50


def default_rate(scale: DataScale) -> Prior:
    """Return the prior of rates: exponential, with its mean at the middle of the data."""
    return Prior("exponential", {"beta": 1 / scale.midrange})


def default_precision(_: DataScale) -> Prior:
    """Return the prior of precisions: log-normal about 10, 95% between 0.5 and 190."""
    return Prior("lognormal", {"mu": math.log(10.0), "sigma": 1.5})


def default_probability(_: DataScale) -> Prior:
    """Return the prior of probabilities, which is uniform."""
    return Prior("beta", {"alpha": 1.0, "beta": 1.0})


RATE = Parameter("lambda", "rate", POSITIVE, default_rate)
MEAN = Parameter("mu", "mean", POSITIVE, default_rate)
PRECISION = Parameter("phi", "precision", POSITIVE, default_precision)
ADDED_ZEROS = Parameter("zi", "probability of an additional zero", UNIT, default_probability)
HURDLE = Parameter("hu", "probability of a zero", UNIT, default_probability)


class Counts(Family):
    """A family of counts. They are clustered by square roots, which make their variances about equal."""

    support: Support = COUNTS
    statistics: Statistics = COUNT_STATISTICS

    def coordinates(self, y: Array) -> Array:
        """Return Anscombe's transform 2 sqrt(y + 3 / 8)."""
        return (2 * np.sqrt(y + 0.375))[:, None]

    def grid(self, y: Array, points: int) -> Array:
        """Return counts from 0 or a margin below the data to one above it, at most so many."""
        margin = max(1.0, np.ceil(0.1 * float(np.ptp(y))))
        low, high = max(0.0, float(y.min()) - margin), float(y.max()) + margin
        return np.unique(np.linspace(low, high, min(points, int(high - low) + 1)).round())


class Poisson(Counts):
    """Poisson distribution with rate lambda."""

    name: str = "poisson"
    parameters: tuple[Parameter, ...] = (RATE,)
    location: tuple[str, ...] = ("lambda",)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        return rng.poisson(values["lambda"][component]).astype(float)

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n); a rate of 0 is a component of zeros."""
        count = column(y)
        log_density: Array = (
            scipy.special.xlogy(count, values["lambda"]) - values["lambda"] - scipy.special.gammaln(count + 1)
        )
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance, which are the rate."""
        return values["lambda"], values["lambda"]

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return weighted means, the maximum likelihood estimate."""
        return {"lambda": np.maximum(averages(y, responsibility), SMALLEST_MEAN)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return 1 / sqrt(n lambda) for log lambda."""
        return {"lambda": 1 / np.sqrt(np.maximum(n * values["lambda"], 0.25))}


class NegBinomial2(Counts):
    """Negative binomial distribution with mean mu and precision phi; its variance is mu + mu^2 / phi."""

    name: str = "neg_binomial_2"
    parameters: tuple[Parameter, ...] = (MEAN, PRECISION)
    location: tuple[str, ...] = ("mu",)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        mu, phi = values["mu"][component], values["phi"][component]
        return rng.negative_binomial(phi, phi / (mu + phi)).astype(float)

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        mu, phi, count = values["mu"], values["phi"], column(y)
        # log Gamma(y + phi) - log Gamma(phi) - log y! by the beta function: these terms cancel for large phi.
        choose = -np.log(count + phi) - scipy.special.betaln(count + 1, phi)
        log_density: Array = (
            choose + phi * -np.log1p(mu / phi) + scipy.special.xlogy(count, mu) - count * np.log(mu + phi)
        )
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance."""
        return values["mu"], values["mu"] + values["mu"] ** 2 / values["phi"]

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the estimate by moments."""
        mean, variance = mean_and_variance(y, responsibility)
        return {"mu": np.maximum(mean, SMALLEST_MEAN), "phi": _precision(mean, variance)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return 1 / sqrt(n mu phi / (mu + phi)) for log mu, and a wide one for log phi."""
        mu, phi = values["mu"], values["phi"]
        return {
            "mu": 1 / np.sqrt(np.maximum(n * mu * phi / (mu + phi), 0.25)),
            "phi": np.minimum(1.0, 5 / np.sqrt(n)),
        }


def _precision(mean: Array, variance: Array) -> Array:
    """Return mean^2 / (variance - mean), within bounds."""
    excess = np.maximum(variance - mean, 1e-12)
    return np.clip(mean**2 / excess, *PRECISIONS)


class WithZeros(Counts):
    """A family of counts with separate zeros: the common part of zero inflation and hurdles.

    The probability of these zeros comes first, then the base's parameters.
    """

    base: Counts

    def base_estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Estimate the base from its observations above 0 alone, as if it were truncated there."""
        above = y > 0
        if not above.any():
            return self.base.estimate(y, responsibility)
        values = self.base.estimate(y[above], np.maximum(responsibility[above], 1e-12))
        name = self.base.location[0]
        mean = np.maximum(values[name], 1 + 1e-6)
        values[name] = mean
        for _ in range(STEPS):
            values[name] = np.maximum(mean * -np.expm1(self.log_zero(values)), SMALLEST_MEAN)
        return values

    def log_zero(self, values: Values) -> Array:
        """Return the log probability of 0 under the base."""
        own = {p.name: values[p.name][..., None, :] for p in self.base.parameters}
        return self.base.log_density(np.zeros(1), own)[..., 0, :]

    def locations(self, values: Values) -> Array:
        """Return the location of the base."""
        return self.base.locations(values)

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the base's errors, and 2 / sqrt(n) for the logit of the zeros' probability."""
        return {self.parameters[0].name: 2 / np.sqrt(n), **self.base.standard_error(values, n)}


class ZeroInflated(WithZeros):
    """A count that is 0 with probability zi, and else one of the base distribution, which may be 0 too.

    zi is shared by default: if each component had its own, the zeros would determine only their total share.
    """

    shared: frozenset[str] = frozenset({"zi"})

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        counted = rng.random(len(component)) >= values["zi"][component]
        return np.where(counted, self.base.simulate(rng, component, values), 0.0)

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        with np.errstate(divide="ignore"):
            added, counted = np.log(values["zi"]), np.log1p(-values["zi"]) + self.base.log_density(y, values)
        return np.where(column(y) == 0, np.logaddexp(added, counted), counted)

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance."""
        mean, variance = self.base.moments(values)
        share = 1 - values["zi"]
        return share * mean, share * (variance + values["zi"] * mean**2)

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the base from the counts above 0, and the zeros beyond those that it has."""
        values = self.base_estimate(y, responsibility)
        zeros = averages((y == 0).astype(float), responsibility)
        expected = np.exp(self.log_zero(values))
        return {"zi": np.clip((zeros - expected) / (1 - expected), 0.02, 0.95), **values}


class Hurdle(WithZeros):
    """A count that is 0 with probability hu, and else one of the base distribution without its zeros.

    hu is shared by default: zeros do not show to which component they belong.
    """

    shared: frozenset[str] = frozenset({"hu"})

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        passed = rng.random(len(component)) >= values["hu"][component]
        chance = rng.random(len(component))
        y = np.zeros(len(component))
        y[passed] = self.truncated_quantile(chance[passed], component[passed], values)
        return y

    @abstractmethod
    def truncated_quantile(self, chance: Array, component: Components, values: Values) -> Array:
        """Return the quantile of each component's base distribution without its zeros."""

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        own = {p.name: values[p.name] for p in self.base.parameters}
        log_zero = self.base.log_density(np.zeros(1), own)
        with np.errstate(divide="ignore"):
            zero, passed = np.log(values["hu"]), np.log1p(-values["hu"])
            above = self.base.log_density(y, values) - np.log(-np.expm1(log_zero))
        return np.where(column(y) == 0, zero, passed + above)

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance."""
        mean, variance = self.base.moments(values)
        above = -np.expm1(self.log_zero(values))
        share = (1 - values["hu"]) / above
        with np.errstate(over="ignore", invalid="ignore"):
            first, second = share * mean, share * (variance + mean**2)
            return first, np.where(np.isinf(second), np.inf, second - first**2)

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the share of zeros and the base from the counts above 0."""
        zeros = averages((y == 0).astype(float), responsibility)
        return {"hu": np.clip(zeros, 0.02, 0.98), **self.base_estimate(y, responsibility)}


class ZeroInflatedPoisson(ZeroInflated):
    """Poisson distribution with rate lambda, and additional zeros with probability zi."""

    name: str = "zero_inflated_poisson"
    parameters: tuple[Parameter, ...] = (ADDED_ZEROS, RATE)
    location: tuple[str, ...] = ("lambda",)
    base: Counts = Poisson()


class ZeroInflatedNegBinomial2(ZeroInflated):
    """Negative binomial distribution with mean mu and precision phi, and additional zeros."""

    name: str = "zero_inflated_neg_binomial_2"
    parameters: tuple[Parameter, ...] = (ADDED_ZEROS, MEAN, PRECISION)
    location: tuple[str, ...] = ("mu",)
    base: Counts = NegBinomial2()


class HurdlePoisson(Hurdle):
    """Zeros with probability hu, and else a Poisson distribution of rate lambda without its zeros."""

    name: str = "hurdle_poisson"
    parameters: tuple[Parameter, ...] = (HURDLE, RATE)
    location: tuple[str, ...] = ("lambda",)
    base: Counts = Poisson()

    def truncated_quantile(self, chance: Array, component: Components, values: Values) -> Array:
        """Return quantiles of the Poisson distribution without its zeros."""
        rate = values["lambda"][component]
        above = -np.expm1(-rate)
        return np.maximum(scipy.stats.poisson(rate).isf(chance * above), 1.0)


class HurdleNegBinomial2(Hurdle):
    """Zeros with probability hu, and else a negative binomial distribution without its zeros."""

    name: str = "hurdle_neg_binomial_2"
    parameters: tuple[Parameter, ...] = (HURDLE, MEAN, PRECISION)
    location: tuple[str, ...] = ("mu",)
    base: Counts = NegBinomial2()

    def truncated_quantile(self, chance: Array, component: Components, values: Values) -> Array:
        """Return quantiles of the negative binomial distribution without its zeros."""
        mu, phi = values["mu"][component], values["phi"][component]
        above = -np.expm1(phi * -np.log1p(mu / phi))
        return np.maximum(scipy.stats.nbinom(phi, phi / (mu + phi)).isf(chance * above), 1.0)
