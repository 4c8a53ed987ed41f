"""Families of numbers in an interval, and of angles."""

from __future__ import annotations

import math
from collections.abc import Sequence

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
from stanmix.families.statistics import ANGLE_STATISTICS, Statistics
from stanmix.families.support import ANGLES, SHARES, Support
from stanmix.families.uniform import Uniform, UniformAngles
from stanmix.priors import POSITIVE, REAL, Prior

STEPS = 30
TWO_PI = 2 * math.pi
SECTORS = 72
"""Number of sectors of the circle in which angles are counted, to find where there are fewest."""
NEIGHBOURS = 9
"""Number of sectors on either side over which counts are smoothed."""


def default_beta_shape(share: float, scale: DataScale) -> Prior:
    """Return the prior of a shape: a share of the precision with an sd of a tenth of the data's range."""
    middle = scale.midrange
    precision = max(middle * (1 - middle) / (scale.range / 10) ** 2 - 1, 2.0)
    return Prior("lognormal", {"mu": math.log(precision * share), "sigma": 1.5})


class Beta(Family):
    """Beta distribution with shapes alpha and beta; its mean is alpha / (alpha + beta)."""

    name: str = "beta"
    support: Support = SHARES
    parameters: tuple[Parameter, ...] = (
        Parameter(
            "alpha",
            "first shape",
            POSITIVE,
            lambda scale: default_beta_shape(scale.midrange, scale),
            unbounded_at="infinity",
            rate=0.5,
            regained=-0.5,
        ),
        Parameter(
            "beta",
            "second shape",
            POSITIVE,
            lambda scale: default_beta_shape(1 - scale.midrange, scale),
            unbounded_at="infinity",
            rate=0.5,
            regained=-0.5,
        ),
    )
    location: tuple[str, ...] = ("alpha", "beta")

    def coordinates(self, y: Array) -> Array:
        """Return logit y."""
        return (np.log(y) - np.log1p(-y))[:, None]

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        y = rng.beta(values["alpha"][component], values["beta"][component])
        # A double may round to a bound, where the density has no value.
        return np.clip(y, np.finfo(float).tiny, 1 - np.finfo(float).epsneg)

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        alpha, beta = values["alpha"], values["beta"]
        log_y, log_rest = np.log(column(y)), np.log1p(-column(y))
        log_density: Array = (alpha - 1) * log_y + (beta - 1) * log_rest - scipy.special.betaln(alpha, beta)
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance."""
        total = values["alpha"] + values["beta"]
        mean = values["alpha"] / total
        return mean, mean * (1 - mean) / (total + 1)

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the maximum likelihood estimate, by Newton's method from the estimate by moments."""
        mean, variance = mean_and_variance(y, responsibility)
        total = np.clip(mean * (1 - mean) / np.maximum(variance, 1e-12) - 1, 0.1, 1e6)
        alpha, beta = mean * total, (1 - mean) * total
        log_y, log_rest = averages(np.log(y), responsibility), averages(np.log1p(-y), responsibility)
        for _ in range(STEPS):
            shared = scipy.special.polygamma(1, alpha + beta)
            both = scipy.special.digamma(alpha + beta)
            first = log_y - scipy.special.digamma(alpha) + both
            second = log_rest - scipy.special.digamma(beta) + both
            a = shared - scipy.special.polygamma(1, alpha)
            b = shared - scipy.special.polygamma(1, beta)
            determinant = a * b - shared**2
            step_alpha = (b * first - shared * second) / determinant
            step_beta = (a * second - shared * first) / determinant
            alpha = np.clip(np.maximum(alpha - step_alpha, alpha / 2), 1e-3, 1e7)
            beta = np.clip(np.maximum(beta - step_beta, beta / 2), 1e-3, 1e7)
        return {"alpha": alpha, "beta": beta}

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the standard deviation of logit y above the floor.

        It is about 1 / sqrt(mean (1 - mean) (alpha + beta)).
        """
        total = values["alpha"] + values["beta"]
        mean = values["alpha"] / total
        factor = np.minimum(1.0, 1 / (mean * (1 - mean) * floor**2 * total))
        return {name: value * factor for name, value in values.items()}


class VonMises(Family):
    """Von Mises distribution of angles with mean direction mu and concentration kappa.

    The circle is cut where there are fewest observations: mean directions lie within the full turn that
    begins there, unless their prior says otherwise.
    """

    name: str = "von_mises"
    support: Support = ANGLES
    parameters: tuple[Parameter, ...] = (
        Parameter(
            "mu",
            "mean direction",
            REAL,
            lambda scale: Prior("uniform", {"lower": scale.minimum, "upper": scale.maximum}),
            period=TWO_PI,
        ),
        Parameter(
            "kappa",
            "concentration",
            POSITIVE,
            # About the reciprocal of a variance: an sd of half a radian, 95% within a factor of 7.
            lambda _: Prior("lognormal", {"mu": math.log(4.0), "sigma": 2.0}),
            unbounded_at="infinity",
            rate=0.5,
            regained=0.5,
        ),
    )
    location: tuple[str, ...] = ("mu",)
    statistics: Statistics = ANGLE_STATISTICS

    def coordinates(self, y: Array) -> Array:
        """Return the points on the circle."""
        return np.column_stack([np.cos(y), np.sin(y)])

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the turn that begins where there are fewest angles."""
        counts, _ = np.histogram(np.mod(y, TWO_PI), SECTORS, (0, TWO_PI), weights=weight)
        weights = np.concatenate(
            [np.arange(1, NEIGHBOURS + 1), [NEIGHBOURS + 1], np.arange(NEIGHBOURS, 0, -1)]
        )
        around = np.concatenate([counts[-NEIGHBOURS:], counts, counts[:NEIGHBOURS]])
        smoothed = np.convolve(around, weights, mode="valid")
        cut = (float(smoothed.argmin()) + 0.5) * TWO_PI / SECTORS
        cut -= TWO_PI if cut > math.pi else 0.0
        return DataScale(cut, cut + TWO_PI)

    def region(self, y: Array) -> tuple[Array, Array]:
        """Return the ends of the turn of the angles in the data: noise is uniform on the circle."""
        low = np.array([_turn(y)])
        return low, low + TWO_PI

    def uniform_over(self, lower: Sequence[float], upper: Sequence[float]) -> Uniform:
        """Return the uniform distribution on the circle."""
        return UniformAngles(lower, upper, [False])

    def grid(self, y: Array, points: int) -> Array:
        """Return angles around the circle, over the data's own turn."""
        low = _turn(y)
        return np.linspace(low, low + TWO_PI, points)

    def replicated(self, y: Array, y_rep: Array) -> Array:
        """Return replicated angles in the data's own turn; Stan draws them within half a turn of mu."""
        low = _turn(y)
        return low + np.mod(y_rep - low, TWO_PI)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``, from -pi to pi."""
        return rng.vonmises(values["mu"][component], values["kappa"][component])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n)."""
        kappa = values["kappa"]
        # The Bessel function is scaled by exp(-kappa), so that it does not overflow.
        constant = math.log(TWO_PI) + np.log(scipy.special.i0e(kappa))
        log_density: Array = kappa * (np.cos(column(y) - values["mu"]) - 1) - constant
        return log_density

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean direction and circular variance 1 - I1(kappa) / I0(kappa)."""
        return values["mu"], 1 - _resultant(values["kappa"])

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the maximum likelihood estimate, with mu from -pi to pi."""
        cosine, sine = averages(np.cos(y), responsibility), averages(np.sin(y), responsibility)
        length = np.clip(np.hypot(cosine, sine), 1e-6, 1 - 1e-9)
        kappa = length * (2 - length**2) / (1 - length**2)  # Banerjee et al. (2005)
        for _ in range(STEPS):
            resultant = _resultant(kappa)
            slope = 1 - resultant / kappa - resultant**2
            kappa = np.maximum(kappa - (resultant - length) / np.maximum(slope, 1e-12), kappa / 2)
        return {"mu": np.arctan2(sine, cosine), "kappa": kappa}

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep 1 / sqrt(kappa), about the standard deviation, above the floor."""
        return {"mu": values["mu"], "kappa": np.minimum(values["kappa"], floor**-2)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return 1 / sqrt(n kappa A(kappa)) for mu, as a share of the turn, and sqrt(2 / n) for log kappa."""
        information = n * values["kappa"] * _resultant(values["kappa"])
        # mu is sampled on the logit scale of a full turn.
        return {"mu": np.minimum(4 / TWO_PI / np.sqrt(information), 1.0), "kappa": np.sqrt(2 / n)}


def _turn(y: Array) -> float:
    """Return the beginning of the turn of the angles in the data: -pi or 0, or lower if angles are lower."""
    usual = -math.pi if float(y.max()) <= math.pi else 0.0
    return min(float(y.min()), usual)


def _resultant(kappa: Array) -> Array:
    """Return the mean resultant length I1(kappa) / I0(kappa)."""
    length: Array = scipy.special.i1e(kappa) / scipy.special.i0e(kappa)
    return length
