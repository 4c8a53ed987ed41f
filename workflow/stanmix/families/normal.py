"""The normal family."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from stanmix.families.base import Array, DataScale, Family, Parameter, Values
from stanmix.priors import POSITIVE, REAL, Prior

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


def default_mu(scale: DataScale) -> Prior:
    """Give locations the prior N(midrange, range), centred as by Richardson and Green (1997)."""
    return Prior("normal", {"mu": scale.midrange, "sigma": scale.range})


def default_sigma(scale: DataScale) -> Prior:
    """Give standard deviations a log-normal prior with median range / 10, 95% within a factor of 7.1.

    Log-normal, because a prior with density at 0 has an improper posterior on tied data.
    """
    return Prior("lognormal", {"mu": math.log(scale.range / 10), "sigma": 1.0})


class Normal(Family):
    """Normal distribution with mean mu and standard deviation sigma."""

    name: ClassVar[str] = "normal"
    program: ClassVar[str] = "normal"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("mu", "mean", REAL, default_mu),
        Parameter("sigma", "standard deviation", POSITIVE, default_sigma, is_scale=True),
    )
    order_by: ClassVar[str] = "mu"

    def simulate(self, rng: np.random.Generator, component: npt.NDArray[np.intp], values: Values) -> Array:
        """Draw one observation for each entry of ``component``."""
        return rng.normal(values["mu"][component], values["sigma"][component])

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n), an array of shape (N, K)."""
        standardised = (y[:, None] - values["mu"]) / values["sigma"]
        return -0.5 * standardised**2 - np.log(values["sigma"]) - LOG_SQRT_2PI

    def maximise(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return weighted means and standard deviations."""
        n = responsibility.sum(axis=0)
        mu = responsibility.T @ y / n
        variance = (responsibility * (y[:, None] - mu) ** 2).sum(axis=0) / n
        return {"mu": mu, "sigma": np.sqrt(variance)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return sigma / sqrt(n) for the mean and 1 / sqrt(2 n) for log sigma."""
        return {"mu": values["sigma"] / np.sqrt(n), "sigma": 1 / np.sqrt(2 * n)}

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mu and sigma squared."""
        return values["mu"], values["sigma"] ** 2

    def density(self, grid: Array, values: Values) -> Array:
        """Return f_k at the grid points."""
        mu, sigma = values["mu"][..., None], values["sigma"][..., None]
        return np.exp(-0.5 * ((grid - mu) / sigma) ** 2 - LOG_SQRT_2PI) / sigma
