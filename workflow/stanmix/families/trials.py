"""Families of successes among a number of trials. An observation is a row: successes, trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy  # loads its parts when they are used

from stanmix.families.base import Array, Components, DataScale, Family, Parameter, Values, averages
from stanmix.families.counts import default_probability
from stanmix.families.statistics import SUCCESS_STATISTICS, Statistics
from stanmix.families.support import SUCCESSES, Support
from stanmix.families.uniform import Uniform, UniformSuccesses
from stanmix.priors import POSITIVE, UNIT, Prior

PROBABILITIES = (1e-4, 1 - 1e-4)
"""Bounds of estimated probabilities."""


class Trials(Family):
    """A family of successes among trials; the score of an observation is its share of successes."""

    support: Support = SUCCESSES
    statistics: Statistics = SUCCESS_STATISTICS

    def score(self, y: Array) -> Array:
        """Return the share of successes of each row; one half for rows without trials."""
        return np.asarray(np.divide(y[:, 0], y[:, 1], out=np.full(len(y), 0.5), where=y[:, 1] > 0))

    def replicated(self, y: Array, y_rep: Array) -> Array:
        """Return the shares of replicated successes (S, N) among the trials of some rows."""
        return np.asarray(np.divide(y_rep, y[:, 1], out=np.full(y_rep.shape, 0.5), where=y[:, 1] > 0))

    def coordinates(self, y: Array) -> Array:
        """Return the angular transform, whose variance depends on the number of trials alone."""
        return np.arcsin(np.sqrt((y[:, 0] + 0.375) / (y[:, 1] + 0.75)))[:, None]

    def region(self, y: Array) -> tuple[Array, Array]:
        """Return the ends of the region of all shares of successes."""
        return np.zeros(1), np.ones(1)

    def uniform_over(self, lower: Sequence[float], upper: Sequence[float]) -> Uniform:
        """Return the uniform distribution of the successes of each row."""
        return UniformSuccesses(lower, upper, [False])

    def step(self, y: Array) -> float | None:
        """Return 1 / trials for the median number of trials."""
        return 1 / max(1.0, float(np.median(y[:, 1]).round()))

    def grid(self, y: Array, points: int) -> Array:
        """Return possible numbers of successes for the median number of trials, at most ``points``."""
        trials = max(1.0, float(np.median(y[:, 1]).round()))
        successes = np.unique(np.linspace(0, trials, min(points, int(trials) + 1)).round())
        return np.column_stack([successes, np.full(len(successes), trials)])

    def stan_observations(self, y: Array) -> dict[str, Any]:
        """Return successes and trials as data of the Stan program."""
        return {"y": y[:, 0].astype(np.int64), "trials": y[:, 1].astype(np.int64)}


class Binomial(Trials):
    """Binomial distribution with probability p of a success."""

    name: str = "binomial"
    parameters: tuple[Parameter, ...] = (
        Parameter("p", "probability of a success", UNIT, default_probability),
    )
    location: tuple[str, ...] = ("p",)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw the successes of each entry of ``component``, beside the trials."""
        assert trials is not None
        y = rng.binomial(trials.astype(np.int64), values["p"][component])
        return np.column_stack([y.astype(float), trials])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        successes, failures = y[:, :1], y[:, 1:] - y[:, :1]
        p = values["p"]
        log_density: Array = (
            log_choose(y) + scipy.special.xlogy(successes, p) + scipy.special.xlog1py(failures, -p)
        )
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of a single trial."""
        return values["p"], values["p"] * (1 - values["p"])

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return shares of successes, the maximum likelihood estimate."""
        return {"p": np.clip(_shares(y, responsibility), *PROBABILITIES)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return 1 / sqrt(n p (1 - p)) for logit p."""
        return {"p": 1 / np.sqrt(np.maximum(n * values["p"] * (1 - values["p"]), 0.25))}


def default_shape(_: DataScale) -> Prior:
    """Return the prior of shapes: log-normal about 2, 95% between 0.1 and 38."""
    return Prior("lognormal", {"mu": math.log(2.0), "sigma": 1.5})


class BetaBinomial(Trials):
    """Beta-binomial distribution: the probability of a success is beta distributed, shapes alpha and beta."""

    name: str = "beta_binomial"
    parameters: tuple[Parameter, ...] = (
        Parameter("alpha", "first shape", POSITIVE, default_shape),
        Parameter("beta", "second shape", POSITIVE, default_shape),
    )
    location: tuple[str, ...] = ("alpha", "beta")

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw the successes of each entry of ``component``, beside the trials."""
        assert trials is not None
        p = rng.beta(values["alpha"][component], values["beta"][component])
        return np.column_stack([rng.binomial(trials.astype(np.int64), p).astype(float), trials])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        alpha, beta = values["alpha"], values["beta"]
        successes, failures = y[:, :1], y[:, 1:] - y[:, :1]
        after = scipy.special.betaln(successes + alpha, failures + beta)
        log_density: Array = log_choose(y) + after - scipy.special.betaln(alpha, beta)
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of the probability of a success."""
        total = values["alpha"] + values["beta"]
        mean = values["alpha"] / total
        return mean, mean * (1 - mean) / (total + 1)

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the estimate by moments of the shares of successes."""
        p = np.clip(_shares(y, responsibility), 0.01, 0.99)
        share = self.score(y)
        variance = (responsibility * (share[:, None] - p) ** 2).sum(axis=0) / responsibility.sum(axis=0)
        trials = np.maximum(averages(y[:, 1], responsibility), 1.0)
        correlation = (variance / (p * (1 - p)) - 1 / trials) / np.maximum(1 - 1 / trials, 1e-6)
        total = 1 / np.clip(correlation, 0.005, 0.8) - 1
        return {"alpha": p * total, "beta": (1 - p) * total}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return wide errors of the logarithms, which are correlated."""
        return {name: np.minimum(1.0, 3 / np.sqrt(n)) for name in ("alpha", "beta")}


def log_choose(y: Array) -> Array:
    """Return the log binomial coefficient of each row, as a column."""
    successes, trials = y[:, :1], y[:, 1:]
    coefficient: Array = -np.log1p(trials) - scipy.special.betaln(successes + 1, trials - successes + 1)
    return coefficient


def _shares(y: Array, responsibility: Array) -> Array:
    """Return the share of successes of each component."""
    shares: Array = responsibility.T @ y[:, 0] / np.maximum(responsibility.T @ y[:, 1], 1e-12)
    return shares
