"""Multivariate normal families. An observation is a row of D numbers.

Every parameter is a number for each component: ``mu_d`` and ``sigma_d`` of column d, and ``pcor_i_j``, the
partial correlation of columns i > j given the columns before j. Any partial correlations between -1 and 1
make a correlation matrix, and independent beta distributions of them the LKJ prior (Lewandowski, Kurowicka
and Joe 2009, Journal of Multivariate Analysis 100).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from stanmix.families.base import (
    Array,
    Components,
    DataScale,
    Family,
    Parameter,
    Values,
)
from stanmix.families.real import LOG_SQRT_2PI, default_location, default_spread, normal_log_density
from stanmix.families.statistics import excess_kurtosis, maximum, minimum, skewness
from stanmix.families.support import REALS
from stanmix.priors import CORRELATION, POSITIVE, REAL, Prior

STRUCTURES = {
    # name: (one scale for all columns, correlations, scales shared, correlations shared)
    "EII": (True, False, True, False),
    "VII": (True, False, False, False),
    "EEI": (False, False, True, False),
    "VVI": (False, False, False, False),
    "EEE": (False, True, True, True),
    "VVV": (False, True, False, False),
}
"""Covariances by mclust's names of volume, shape and orientation."""
LKJ_ETA = 2.0
"""Of the default prior of the correlations: its density vanishes where a correlation matrix is singular."""
LARGEST_PARTIAL = 0.95
"""Estimated partial correlations lie between this and its negative."""


class MultiNormal(Family):
    """Multivariate normal distribution of D columns, with the covariance structure of a name of mclust's."""

    name: str = "multi_normal"
    location: tuple[str, ...] = ("mu_1",)
    support = REALS
    stan_value: str | None = "value"

    def __init__(self, structure: str = "VVV", columns: int = 2):
        """Make the family of a structure for a number of columns."""
        spherical, correlated, scales_shared, correlations_shared = STRUCTURES[structure]
        self.structure, self.columns = structure, columns
        self.program = "multi_normal" if correlated else "multi_normal_diag"
        self.is_tied = correlated and scales_shared
        scales = ["sigma"] if spherical else [f"sigma_{d + 1}" for d in range(columns)]
        pairs = [(i, j) for i in range(columns) for j in range(i)] if correlated else []
        self.partials = [f"pcor_{i + 1}_{j + 1}" for i, j in pairs]
        self.scales = scales
        self.shared = (frozenset(scales) if scales_shared else frozenset()) | (
            frozenset(self.partials) if correlations_shared else frozenset()
        )
        self.parameters = (
            *(
                Parameter(f"mu_{d + 1}", f"mean of column {d + 1}", REAL, partial(_default_mean, d))
                for d in range(columns)
            ),
            *(
                Parameter(
                    name,
                    "standard deviation of every column"
                    if spherical
                    else f"standard deviation of column {d + 1}",
                    POSITIVE,
                    partial(_default_sigma, None if spherical else d),
                    unbounded_at="zero",
                )
                for d, name in enumerate(scales)
            ),
            *(
                Parameter(
                    name,
                    f"correlation of columns {i + 1} and {j + 1}"
                    + (f", given those before {j + 1}" if j else ""),
                    CORRELATION,
                    partial(_default_partial, columns, j),
                )
                for name, (i, j) in zip(self.partials, pairs, strict=True)
            ),
        )
        self.statistics = dict(_statistics(columns))

    # Observations

    def score(self, y: Array) -> Array:
        """Return the first column."""
        return y[:, 0]

    def replicated(self, y: Array, y_rep: Array) -> Array:
        """Return replicated rows as an array of shape (S, N, D), of which Stan writes the columns in turn."""
        return y_rep.reshape(len(y_rep), self.columns, len(y)).swapaxes(1, 2)

    def observed(self, y: Array) -> Array:
        """Return the rows."""
        return y

    def collapsing(self, y: Array, name: str) -> Array:
        """Return the column of a standard deviation; the rows for one of all columns."""
        return y if len(self.scales) == 1 else y[:, self.scales.index(name)]

    def coordinates(self, y: Array) -> Array:
        """Return the rows."""
        return y

    def scale(self, y: Array) -> DataScale:
        """Return the scale of the first column, with those of all."""
        columns = tuple(DataScale.of(column) for column in y.T)
        return DataScale(columns[0].minimum, columns[0].maximum, columns)

    def stan_observations(self, y: Array) -> dict[str, Any]:
        """Return the rows as data of the Stan program."""
        return {"y": y, "D": self.columns}

    def stan_sizes(self, components: int) -> dict[str, Any]:
        """Return the number of covariances."""
        return {"G": 1 if self.is_tied else components} if self.program == "multi_normal" else {}

    def identity(self) -> dict[str, Any]:
        """Return name, structure and number of columns."""
        return {"family": self.name, "structure": self.structure, "columns": self.columns}

    # Distribution

    def means(self, values: Values) -> Array:
        """Return the means, shape (..., D) for values of shape (...)."""
        return np.stack([values[f"mu_{d + 1}"] for d in range(self.columns)], axis=-1)

    def factors(self, values: Values) -> Array:
        """Return Cholesky factors of the covariances, shape (..., D, D) for values of shape (...)."""
        D = self.columns
        sigma = [values[self.scales[0 if len(self.scales) == 1 else d]] for d in range(D)]
        L = np.zeros((*np.broadcast_shapes(*(s.shape for s in sigma)), D, D))
        for i in range(D):
            left = np.ones_like(sigma[i])
            for j in range(i if self.partials else 0):
                partial_correlation = values[f"pcor_{i + 1}_{j + 1}"]
                L[..., i, j] = sigma[i] * partial_correlation * np.sqrt(left)
                left = left * (1 - partial_correlation**2)
            L[..., i, i] = sigma[i] * np.sqrt(left)
        return L

    def covariances(self, values: Values) -> Array:
        """Return the covariances, shape (..., D, D) for values of shape (...)."""
        L = self.factors(values)
        return L @ np.swapaxes(L, -1, -2)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one row for each entry of ``component``."""
        noise = rng.standard_normal((len(component), self.columns))
        means, factors = self.means(values)[component], self.factors(values)[component]
        drawn: Array = means + np.einsum("nij,nj->ni", factors, noise)
        return drawn

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n), by forward substitution over the columns."""
        L = self.factors(values)
        solved: list[Array] = []
        square: Array = np.zeros(())
        log_scale: Array = np.zeros(())
        for i in range(self.columns):
            rest = y[:, i, None] - values[f"mu_{i + 1}"]
            if self.partials:
                for j in range(i):
                    rest = rest - L[..., i, j] * solved[j]
            solved.append(rest / L[..., i, i])
            square = square + solved[i] ** 2
            log_scale = log_scale + np.log(L[..., i, i])
        return -0.5 * square - log_scale - self.columns * LOG_SQRT_2PI

    def grid(self, y: Array, points: int) -> Array:
        """Return rows whose first column is spread over the data, at the means of the others."""
        first = super().grid(y[:, 0], points)
        rows = np.tile(y.mean(axis=0), (len(first), 1))
        rows[:, 0] = first
        return rows

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of the first column, (..., K, G) for G rows and values of shape (..., K)."""
        mean, variance = self.moments(values)
        sd = np.sqrt(variance)[..., None]
        return np.exp(normal_log_density(y[:, 0], mean[..., None], sd))

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of the first column."""
        return values["mu_1"], values[self.scales[0]] ** 2

    def centres(self, values: Values) -> Array:
        """Return the means of all columns."""
        return self.means(values)

    # Starts

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return weighted means, standard deviations and partial correlations."""
        weight = responsibility / responsibility.sum(axis=0)
        mu = weight.T @ y
        centred = y[:, None, :] - mu
        covariance = np.einsum("nk,nki,nkj->kij", weight, centred, centred)
        variance = np.maximum(np.einsum("kii->ki", covariance), 1e-12 * np.maximum(y.var(axis=0), 1e-300))
        values = {f"mu_{d + 1}": mu[:, d] for d in range(self.columns)}
        if len(self.scales) == 1:
            values[self.scales[0]] = np.sqrt(variance.mean(axis=1))
        else:
            values |= {name: np.sqrt(variance[:, d]) for d, name in enumerate(self.scales)}
        if self.partials:
            values |= self._partials(covariance, variance)
        return values

    def _partials(self, covariance: Array, variance: Array) -> dict[str, Array]:
        """Return the partial correlations of covariances (K, D, D), kept from 1."""
        sd = np.sqrt(variance)
        correlation = covariance / (sd[:, :, None] * sd[:, None, :])
        K, D = variance.shape
        # Drawn towards independence, so that the correlations of few observations are positive definite.
        correlation = 0.99 * correlation + 0.01 * np.eye(D)
        correlation[:, range(D), range(D)] = 1.0
        L = np.linalg.cholesky(correlation)
        found = {}
        for i in range(D):
            left = np.ones(K)
            for j in range(i):
                partial_correlation = L[:, i, j] / np.sqrt(np.maximum(left, 1e-12))
                found[f"pcor_{i + 1}_{j + 1}"] = np.clip(
                    partial_correlation, -LARGEST_PARTIAL, LARGEST_PARTIAL
                )
                left = left - L[:, i, j] ** 2
        return found

    def restrain(self, values: Values, y: Array, share: float) -> dict[str, Array]:
        """Keep standard deviations above a share of the columns' own."""
        sd = y.std(axis=0)
        floors = [float(sd.mean())] if len(self.scales) == 1 else sd
        floor = dict(zip(self.scales, floors, strict=True))
        return {n: np.maximum(v, share * floor[n]) if n in floor else v for n, v in values.items()}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the errors of independent columns."""
        errors = {}
        for d in range(self.columns):
            sigma = values[self.scales[0 if len(self.scales) == 1 else d]]
            errors[f"mu_{d + 1}"] = sigma / np.sqrt(n)
        errors |= {name: 1 / np.sqrt(2 * n) for name in self.scales}
        return errors | {name: 2 / np.sqrt(n) for name in self.partials}


def _default_mean(column: int, scale: DataScale) -> Prior:
    return default_location(scale.columns[column])


def _default_sigma(column: int | None, scale: DataScale) -> Prior:
    """Give a standard deviation the normal family's prior; one of all columns, that of their middle one."""
    if column is not None:
        return default_spread(scale.columns[column])
    mean = float(np.mean([default_spread(own).args["mu"] for own in scale.columns]))
    return Prior("lognormal", {"mu": mean, "sigma": 1.0})


def _default_partial(columns: int, given: int, _: DataScale) -> Prior:
    """Give a partial correlation the prior that makes the correlation matrix LKJ(2)."""
    shape = LKJ_ETA + (columns - 2 - given) / 2
    return Prior("signed_beta", {"alpha": shape, "beta": shape})


def _statistics(columns: int) -> Iterator[tuple[str, Callable[[Array], Array]]]:
    """Give the test statistics of replicated rows (S, N, D)."""
    for d in range(columns):
        for name, statistic in (
            ("minimum", minimum),
            ("maximum", maximum),
            ("skewness", skewness),
            ("excess kurtosis", excess_kurtosis),
        ):
            yield f"column {d + 1}: {name}", partial(_of_column, d, statistic)


def _of_column(column: int, statistic: Callable[[Array], Array], y: Array) -> Array:
    return statistic(y[..., column])
