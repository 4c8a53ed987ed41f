"""Values by which the tests try every family of single numbers: all that a new one needs here is an entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

TRIALS = 12


class Truncated:
    """A distribution of counts without its zeros, written from the untruncated one."""

    def __init__(self, parent):
        self.parent = parent
        self.above = parent.sf(0)

    def pmf(self, y):
        return np.where(y > 0, self.parent.pmf(y) / self.above, 0)


class WithZeros:
    """Zeros with a probability, and else another distribution."""

    def __init__(self, probability, other):
        self.probability, self.other = probability, other

    def pmf(self, y):
        return self.probability * (y == 0) + (1 - self.probability) * self.other.pmf(y)

    def logpmf(self, y):
        return np.log(self.pmf(y))

    def mean(self):
        y = np.arange(2000.0)
        return (y * self.pmf(y)).sum()

    def var(self):
        y = np.arange(2000.0)
        return ((y - self.mean()) ** 2 * self.pmf(y)).sum()


def nbinom(mu, phi):
    return stats.nbinom(phi, phi / (mu + phi))


@dataclass(frozen=True)
class FamilyValues:
    """Values of a family.

    Attributes
    ----------
    values
        Two components' values of each parameter.
    distribution
        SciPy's distribution of a component, by the values of its parameters in their order, and by the
        number of trials where the family has them.
    truth
        A mixture of two components that are far apart, which the workflow fits to data drawn from it.
    arguments
        For each parameter the variable that stands for it in the programs of kernels
        (``kernel_program.py``): ``a`` is between 0.1 and 0.9, ``b`` and ``c`` are positive.
    y
        The variable with observations there: ``y`` is positive, ``unit`` between 0 and 1, ``angle`` between
        -4 and 4, ``whole`` are counts.
    group
        Which of those programs has its likelihood: a name of about five families that are compiled together.
    by_maximum_likelihood
        Whether its estimate is the weighted maximum likelihood estimate.
    """

    values: dict[str, list[float]]
    distribution: Callable[..., Any]
    truth: dict[str, Any]
    arguments: tuple[str, ...]
    y: str
    group: str
    by_maximum_likelihood: bool = False


VALUES = {
    "normal": FamilyValues(
        {"mu": [0, 5], "sigma": [1, 2.5]},
        stats.norm,
        truth={"mu": [0, 6], "sigma": 1},
        arguments=("a", "b"),
        y="y",
        group="lines",
        by_maximum_likelihood=True,
    ),
    "student_t": FamilyValues(
        {"nu": [3, 9], "mu": [0, 5], "sigma": [1, 2.5]},
        stats.t,
        truth={"nu": 5, "mu": [0, 8], "sigma": 1},
        arguments=("a", "b", "c"),
        y="y",
        group="lines",
    ),
    "lognormal": FamilyValues(
        {"mu": [0, 2], "sigma": [0.3, 0.5]},
        lambda m, s: stats.lognorm(s, scale=np.exp(m)),
        truth={"mu": [0, 2], "sigma": 0.3},
        arguments=("a", "b"),
        y="y",
        group="lines",
        by_maximum_likelihood=True,
    ),
    "gamma": FamilyValues(
        {"alpha": [2, 9], "beta": [1, 0.7]},
        lambda a, b: stats.gamma(a, scale=1 / b),
        truth={"alpha": [4, 30], "beta": 2},
        arguments=("a", "b"),
        y="y",
        group="lines",
        by_maximum_likelihood=True,
    ),
    "poisson": FamilyValues(
        {"lambda": [2, 9]},
        stats.poisson,
        truth={"lambda": [2, 12]},
        arguments=("a",),
        y="whole",
        group="counts",
        by_maximum_likelihood=True,
    ),
    "neg_binomial_2": FamilyValues(
        {"mu": [2, 9], "phi": [1, 5]},
        nbinom,
        truth={"mu": [2, 20], "phi": 10},
        arguments=("a", "b"),
        y="whole",
        group="counts",
    ),
    "binomial": FamilyValues(
        {"p": [0.2, 0.7]},
        lambda p, trials=TRIALS: stats.binom(trials, p),
        truth={"p": [0.2, 0.7]},
        arguments=("a",),
        y="whole",
        group="counts",
        by_maximum_likelihood=True,
    ),
    "exponential": FamilyValues(
        {"beta": [0.5, 5]},
        lambda b: stats.expon(scale=1 / b),
        truth={"beta": [0.1, 5]},
        arguments=("b",),
        y="y",
        group="lines",
        by_maximum_likelihood=True,
    ),
    "weibull": FamilyValues(
        {"alpha": [0.8, 3], "sigma": [1, 5]},
        lambda a, s: stats.weibull_min(a, scale=s),
        truth={"alpha": [2, 8], "sigma": [1, 5]},
        arguments=("b", "c"),
        y="y",
        group="shapes",
        by_maximum_likelihood=True,
    ),
    "beta": FamilyValues(
        {"alpha": [2, 8], "beta": [5, 2]},
        stats.beta,
        truth={"alpha": [2, 20], "beta": [10, 5]},
        arguments=("b", "c"),
        y="unit",
        group="shapes",
        by_maximum_likelihood=True,
    ),
    "von_mises": FamilyValues(
        {"mu": [-1, 2], "kappa": [3, 800]},
        lambda mu, kappa: stats.vonmises(kappa, mu),
        truth={"mu": [-1, 2.5], "kappa": [5, 8]},
        arguments=("a", "b"),
        y="angle",
        group="shapes",
        by_maximum_likelihood=True,
    ),
    "skew_normal": FamilyValues(
        {"xi": [0, 5], "omega": [1, 2], "alpha": [3, -2]},
        lambda xi, omega, alpha: stats.skewnorm(alpha, xi, omega),
        truth={"xi": [0, 8], "omega": [1, 2], "alpha": [3, -2]},
        arguments=("a", "b", "c"),
        y="y",
        group="shapes",
    ),
    "beta_binomial": FamilyValues(
        {"alpha": [2, 8], "beta": [5, 2]},
        lambda a, b, trials=TRIALS: stats.betabinom(trials, a, b),
        truth={"alpha": [4, 16], "beta": [16, 5]},
        arguments=("b", "c"),
        y="whole",
        group="counts",
    ),
    "zero_inflated_poisson": FamilyValues(
        {"zi": [0.3, 0.1], "lambda": [2, 9]},
        lambda zi, rate: WithZeros(zi, stats.poisson(rate)),
        truth={"zi": 0.2, "lambda": [2, 12]},
        arguments=("a", "b"),
        y="whole",
        group="zeros",
    ),
    "hurdle_poisson": FamilyValues(
        {"hu": [0.3, 0.1], "lambda": [0.2, 9]},
        lambda hu, rate: WithZeros(hu, Truncated(stats.poisson(rate))),
        truth={"hu": 0.2, "lambda": [2, 12]},
        arguments=("a", "b"),
        y="whole",
        group="zeros",
    ),
    "zero_inflated_neg_binomial_2": FamilyValues(
        {"zi": [0.3, 0.1], "mu": [2, 9], "phi": [1, 5]},
        lambda zi, mu, phi: WithZeros(zi, nbinom(mu, phi)),
        truth={"zi": 0.2, "mu": [3, 30], "phi": 10},
        arguments=("a", "b", "c"),
        y="whole",
        group="zeros",
    ),
    "hurdle_neg_binomial_2": FamilyValues(
        {"hu": [0.3, 0.1], "mu": [2, 9], "phi": [1, 5]},
        lambda hu, mu, phi: WithZeros(hu, Truncated(nbinom(mu, phi))),
        truth={"hu": 0.2, "mu": [3, 30], "phi": 10},
        arguments=("a", "b", "c"),
        y="whole",
        group="zeros",
    ),
}
