"""Multivariate normal families. An observation is a row of D numbers.

Every parameter is a number for each component: ``mu_d``, the mean of column d, and those of the covariances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from stanmix.bounds import MOST_COLUMNS, MOST_CORRELATED
from stanmix.families.base import (
    Array,
    Components,
    DataScale,
    Family,
    Parameter,
    Values,
)
from stanmix.families.multivariate.covariances import SMALLEST_VARIANCE, Covariances
from stanmix.families.multivariate.structures import STRUCTURES, Factors
from stanmix.families.real import LOG_SQRT_2PI, default_location, normal_log_density
from stanmix.families.statistics import excess_kurtosis, maximum, minimum, skewness
from stanmix.families.support import REALS
from stanmix.priors import REAL, Prior

DIAGONAL = 2
"""The kind of covariances whose factors are diagonal."""
FACTORS = "FA"
"""The structure of factor analysers."""


UNCORRELATED = ("EII", "VII", "EEI", "VEI", "EVI", "VVI", FACTORS)
"""Structures without a correlation of each pair of columns."""


class MultiNormal(Family):
    """Multivariate normal distribution of D columns, with the covariance structure of a name of mclust's."""

    name: str = "multi_normal"
    is_multivariate = True
    has_structures = True
    is_elliptical = True
    location: tuple[str, ...] = ("mu_1",)
    support = REALS
    stan_value: str | None = "value"

    program_of_kind: Mapping[int, str] = {1: "multi_normal", 2: "multi_normal_diag"}
    """Programs of the kinds of covariances that have one of their own, for complete rows."""
    general_program: str = "multi_normal_structured"
    CONDITIONAL_STEPS: int = 5
    """Of estimates from rows with missing cells, which are starts of chains."""

    def __init__(self, structure: str = "VVV", columns: int = 2, factors: int = 1, missing: bool = False):
        """Make the family of a structure for a number of columns, of which cells may be missing."""
        self.structure, self.columns, self.missing = structure, columns, missing
        self.covariance: Covariances = (
            Factors(columns, factors) if structure == FACTORS else STRUCTURES[structure](columns)
        )
        own = None if missing else self.program_of_kind.get(self.covariance.kind)
        self.program = own or self.general_program
        self.shared = self.covariance.shared
        self.parameters = (
            *(
                Parameter(f"mu_{d + 1}", f"mean of column {d + 1}", REAL, partial(_default_mean, d))
                for d in range(columns)
            ),
            *self.covariance.parameters,
        )
        self.statistics = dict(_statistics(columns))
        # Independent columns have independent parameters.
        if self.covariance.kind != DIAGONAL:
            self.joint = tuple(p.name for p in self.parameters)
        self.framed = self.covariance.framed

    @classmethod
    def most_columns(cls, structure: str) -> int | None:
        """Return how many columns a structure may have: with a correlation of each pair they are few."""
        return MOST_COLUMNS if structure in UNCORRELATED else MOST_CORRELATED

    # Observations

    def score(self, y: Array) -> Array:
        """Return the first column."""
        return y[:, 0]

    def replicated(self, y: Array, y_rep: Array) -> Array:
        """Return replicated rows as an array of shape (S, N, D), of which Stan writes the columns in turn.

        Cells that are missing in the data are missing in the replicated ones.
        """
        rows = y_rep.reshape(len(y_rep), self.columns, len(y)).swapaxes(1, 2)
        return np.where(np.isnan(y), np.nan, rows) if self.missing else rows

    def observed(self, y: Array) -> Array:
        """Return the rows."""
        return y

    def region(self, y: Array) -> tuple[Array, Array]:
        """Return the ends of the region in which the rows lie."""
        return np.nanmin(y, axis=0), np.nanmax(y, axis=0)

    def collapsing(self, y: Array, name: str) -> Array:
        """Return the column of a standard deviation; the rows for one of all columns.

        Of a correlation they are the columns that it relates, those that are given among them.
        """
        columns = self.covariance.tied_columns(name)
        return y[:, columns[0]] if len(columns) == 1 else y[:, columns]

    def placing(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the means of the columns that may lie in a plane, and all scales."""
        means = tuple(f"mu_{d + 1}" for d in self.covariance.tied_columns(name))
        return means, tuple(p.name for p in self.parameters if p.unbounded_at == "zero")

    def centre_of(self, name: str) -> str | None:
        """Return the mean of the column of a standard deviation; None where it is of several columns."""
        columns = self.covariance.tied_columns(name)
        return f"mu_{columns[0] + 1}" if len(columns) == 1 else None

    def coordinates(self, y: Array) -> Array:
        """Return the rows, with the columns' means where cells are missing: for the first clusters alone."""
        return np.where(np.isnan(y), np.nanmean(y, axis=0), y) if self.missing else y

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of the first column, with those of all."""
        return self.scale_of_columns(y, lambda x, _: DataScale.of(x), weight)

    def scale_of_columns(
        self, y: Array, of_one: Callable[[Array, Array | None], DataScale], weight: Array | None
    ) -> DataScale:
        """Return the scale of the first column, with those of all by a rule for one."""
        columns = tuple(
            of_one(own[seen], None if weight is None else weight[seen])
            for own, seen in zip(y.T, ~np.isnan(y.T), strict=True)
        )
        return DataScale(columns[0].minimum, columns[0].maximum, columns)

    def stan_observations(self, y: Array) -> dict[str, Any]:
        """Return the rows as data of the Stan program."""
        found = {"y": y, "D": self.columns}
        return found | patterns(y) if self.program == self.general_program else found

    def stan_sizes(self, components: int) -> dict[str, Any]:
        """Return what the covariances are, or their number."""
        if self.program == self.general_program:
            return {"kind": self.covariance.kind, "Q": self.covariance.factors_count}
        tied = {p.name for p in self.covariance.parameters} == self.shared
        return {"G": 1 if tied else components} if self.program == "multi_normal" else {}

    def identity(self) -> dict[str, Any]:
        """Return name, structure and number of columns."""
        facts = {"family": self.name, "structure": self.structure, "columns": self.columns}
        facts |= {"factors": self.covariance.factors_count} if self.structure == FACTORS else {}
        return facts | ({"missing": True} if self.missing else {})

    # Distribution

    def means(self, values: Values) -> Array:
        """Return the means, shape (..., D) for values of shape (...)."""
        return np.stack([values[f"mu_{d + 1}"] for d in range(self.columns)], axis=-1)

    def factors(self, values: Values) -> Array:
        """Return Cholesky factors of the covariances, shape (..., D, D) for values of shape (...)."""
        return self.covariance.factors(values)

    def covariances(self, values: Values) -> Array:
        """Return the covariances, shape (..., D, D) for values of shape (...)."""
        return self.covariance.of(values)

    def ellipses(self, values: Values, probability: float) -> Array:
        """Return matrices of which a normal ellipse of this probability in two columns holds as much.

        Shape (..., D, D) for values of shape (...).
        """
        return self.covariances(values)

    def log_prior_beside(self, values: Values, index: Mapping[str, Sequence[int]]) -> Array:
        """Return what the joint log prior has beside the sum of the parameters' own."""
        return self.covariance.log_prior_beside(values, index)

    def frames(self, values: Values) -> list[tuple[list[str], Array]]:
        """Return for sets of parameters the columns along which they hardly depend on one another."""
        return self.covariance.frames(values)

    def derived(self, values: Values) -> dict[str, Array]:
        """Return standard deviations and correlations, where the parameters are others."""
        return self.covariance.derive(values)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one row for each entry of ``component``."""
        noise = rng.standard_normal((len(component), self.columns))
        means, factors = self.means(values)[component], self.factors(values)[component]
        drawn: Array = means + np.einsum("nij,nj->ni", factors, noise)
        return drawn

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n), of the cells that are observed."""
        square, log_scale = self.squares(y, values)
        columns = (~np.isnan(y)).sum(axis=1)[:, None] if self.missing else self.columns
        return self.log_density_of(square, log_scale, columns, values)

    def log_density_of(
        self, square: Array, log_scale: Array, columns: int | Components, values: Values
    ) -> Array:
        """Return log densities from squared distances, of as many columns."""
        return -0.5 * square - log_scale - columns * LOG_SQRT_2PI

    def squares(self, y: Array, values: Values) -> tuple[Array, Array]:
        """Return squared Mahalanobis distances, and half of the log determinants of covariances.

        Each is an array of shape (..., N, K), or one that broadcasts to it, for values of shape (..., 1, K).
        """
        L, mu = self.factors(values), self.means(values)
        if not self.missing:
            return _squares(y, mu, L, self.covariance.kind == DIAGONAL)
        shape = np.broadcast_shapes((len(y), 1), L.shape[:-2])
        square, log_scale = np.zeros(shape), np.zeros(shape)
        for rows, some in rows_by_pattern(y):
            part = L[..., some, :]
            marginal: Array = np.asarray(
                np.linalg.cholesky(part @ np.swapaxes(part, -1, -2)), dtype=np.float64
            )
            found = _squares(y[np.ix_(rows, some)], mu[..., some], marginal)
            square[..., rows, :], log_scale[..., rows, :] = found
        return square, log_scale

    def grid(self, y: Array, points: int) -> Array:
        """Return rows whose first column is spread over the data, at the means of the others."""
        first = super().grid(y[~np.isnan(y[:, 0]), 0], points)
        rows = np.tile(np.nanmean(y, axis=0), (len(first), 1))
        rows[:, 0] = first
        return rows

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of the first column, (..., K, G) for G rows and values of shape (..., K)."""
        mean, variance = self.moments(values)
        sd = np.sqrt(variance)[..., None]
        return np.exp(normal_log_density(y[:, 0], mean[..., None], sd))

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of the first column."""
        return values["mu_1"], self.covariance.variance(values, 0)

    def centres(self, values: Values) -> Array:
        """Return the means of all columns."""
        return self.means(values)

    # Starts

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return weighted means, and what suits the weighted covariances best."""
        return self.estimate_weighted(y, responsibility, np.ones(()))

    def estimate_weighted(self, y: Array, responsibility: Array, precision: Array) -> dict[str, Array]:
        """Return the estimate where each row has in each component its covariance over a precision."""
        weight = responsibility * precision
        n = responsibility.sum(axis=0)
        least = np.diag(SMALLEST_VARIANCE * np.maximum(np.nanvar(y, axis=0), 1e-300))
        moments = self._moments_of_missing(y, weight, n) if self.missing else self._moments(y, weight, n)
        mu, covariance = moments
        values = {f"mu_{d + 1}": mu[:, d] for d in range(self.columns)}
        return values | self.covariance.estimate(covariance + least, n)

    @staticmethod
    def _moments(y: Array, weight: Array, n: Array) -> tuple[Array, Array]:
        """Return weighted means and covariances, (K, D) and (K, D, D)."""
        mu = (weight / weight.sum(axis=0)).T @ y
        centred = y[:, None, :] - mu
        return mu, np.einsum("nk,nki,nkj->kij", weight / n, centred, centred)

    def _moments_of_missing(self, y: Array, weight: Array, n: Array) -> tuple[Array, Array]:
        """Return means and covariances by EM over the missing cells, given the components' weights."""
        filled = np.tile(self.coordinates(y)[:, None, :], (1, weight.shape[1], 1))
        spread = np.diag(np.nanvar(y, axis=0))
        covariance = np.tile(spread, (weight.shape[1], 1, 1))
        share = weight / weight.sum(axis=0)
        mu = np.einsum("nk,nkd->kd", share, filled)
        for _ in range(self.CONDITIONAL_STEPS):
            unknown = np.zeros_like(covariance)
            for rows, some in rows_by_pattern(y):
                others = np.setdiff1d(np.arange(self.columns), some)
                if not len(others):
                    continue
                for k, own in enumerate(covariance):
                    own_place = np.array([k])
                    slope = np.linalg.solve(own[np.ix_(some, some)], own[np.ix_(some, others)])
                    known = y[np.ix_(rows, some)] - mu[k, some]
                    filled[np.ix_(rows, own_place, others)] = (mu[k, others] + known @ slope)[:, None, :]
                    left = own[np.ix_(others, others)] - own[np.ix_(others, some)] @ slope
                    unknown[np.ix_(own_place, others, others)] += weight[rows, k].sum() * left
            mu = np.einsum("nk,nkd->kd", share, filled)
            centred = filled - mu
            covariance = np.einsum("nk,nki,nkj->kij", weight / n, centred, centred)
            covariance += unknown / n[:, None, None] + SMALLEST_VARIANCE * spread
        return mu, covariance

    def restrain(self, values: Values, y: Array, share: float) -> dict[str, Array]:
        """Keep standard deviations above a share of the columns' own.

        So is what the columns before do not explain of each: a component does not collapse onto rows in a
        plane unless all rows nearly lie in one.
        """
        covariance = np.cov(self.coordinates(y).T, bias=True)
        covariance += SMALLEST_VARIANCE * np.diag(np.diag(covariance))
        left = np.diag(np.linalg.cholesky(covariance))
        return self.covariance.restrain(values, share * np.nanstd(y, axis=0), share * left)

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the spread of every component above a floor."""
        return self.covariance.keep_above(values, floor)

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the errors of independent columns."""
        sd = np.sqrt(np.stack([self.covariance.variance(values, d) for d in range(self.columns)]))
        errors = {f"mu_{d + 1}": sd[d] / np.sqrt(n) for d in range(self.columns)}
        return errors | self.covariance.standard_error(values, n)


def patterns(y: Array) -> dict[str, Any]:
    """Return which cells of the rows are observed as data of the Stan program."""
    groups = list(rows_by_pattern(y))
    size = np.array([len(rows) for rows, _ in groups])
    pattern = np.zeros(len(y), dtype=np.int64)
    columns = np.zeros((len(groups), y.shape[1]), dtype=np.int64)
    for m, (rows, some) in enumerate(groups):
        pattern[rows] = m + 1
        columns[m, : len(some)] = some + 1
    return {
        "y": np.nan_to_num(y),
        "patterns": len(groups),
        "by_pattern": np.concatenate([rows for rows, _ in groups]) + 1,
        "pattern": pattern,
        "first": np.cumsum(size) - size + 1,
        "last": np.cumsum(size),
        "observed": [len(some) for _, some in groups],
        "columns": columns,
    }


def rows_by_pattern(y: Array) -> Iterator[tuple[Components, Components]]:
    """Give the rows of each pattern of observed columns, with these columns."""
    kinds, pattern = np.unique(~np.isnan(y), axis=0, return_inverse=True)
    for m, kind in enumerate(kinds):
        yield np.flatnonzero(pattern.reshape(-1) == m), np.flatnonzero(kind)


def _squares(y: Array, mu: Array, L: Array, diagonal: bool = False) -> tuple[Array, Array]:
    """Return squared distances and the logarithms of the factors' diagonals, by forward substitution."""
    solved: list[Array] = []
    square: Array = np.zeros(())
    log_scale: Array = np.zeros(())
    for i in range(y.shape[1]):
        rest = y[:, i, None] - mu[..., i]
        for j in range(0 if diagonal else i):
            rest = rest - L[..., i, j] * solved[j]
        solved.append(rest / L[..., i, i])
        square = square + solved[i] ** 2
        log_scale = log_scale + np.log(L[..., i, i])
    return square, log_scale


def _default_mean(column: int, scale: DataScale) -> Prior:
    return default_location(scale.columns[column])


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
    """Compute a statistic of a column's cells, the same of which are missing in all data sets."""
    cells = y[..., column]
    return statistic(cells[:, ~np.isnan(cells[0])])
