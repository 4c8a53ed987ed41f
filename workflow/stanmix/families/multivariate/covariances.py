"""What parameters make the covariances of multivariate components.

A :class:`Covariances` describes the parameters of D x D covariances, how they make Cholesky factors, and what
the maximum likelihood estimate is, of all components together since structures share parts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from stanmix.families.base import Array, DataScale, Parameter, Values
from stanmix.families.real import default_spread
from stanmix.priors import CORRELATION, POSITIVE, Prior

LKJ_ETA = 2.0
"""Of the default prior of the correlations."""
LIMIT = 2.5
"""Above this atanh of the size of a partial correlation is improbable: about 0.987."""
SMALLEST_MARGIN = 1e-14
"""Estimated partial correlations are not nearer to -1 and 1."""
SMALLEST_VARIANCE = 1e-12
"""Estimated variances are above this share of the column's."""


class Covariances(ABC):
    """Parameters of covariances.

    Attributes
    ----------
    columns
        Number of columns D.
    kind
        What ``stan/functions/structured_factors.stan`` calls it.
    parameters
        The parameters, in the order of the Stan program.
    shared
        Those that all components share unless the configuration says otherwise.
    factors_count
        Number of factors; 0 without.
    framed
        Parameters that are sampled along the axes of :meth:`frames`.
    """

    kind: int
    factors_count = 0
    framed: tuple[str, ...] = ()

    def __init__(self, columns: int):
        """Describe covariances of some columns."""
        self.columns = columns
        self.parameters: tuple[Parameter, ...] = ()
        self.shared: frozenset[str] = frozenset()

    @abstractmethod
    def factors(self, values: Values) -> Array:
        """Return Cholesky factors of the covariances, shape (..., D, D) for values of shape (...)."""

    @abstractmethod
    def estimate(self, covariance: Array, weight: Array) -> dict[str, Array]:
        """Return the parameters that suit K sample covariances (K, D, D) best.

        ``weight`` has the number of observations of each.
        """

    @abstractmethod
    def restrain(self, values: Values, sd: Array, left: Array) -> dict[str, Array]:
        """Keep standard deviations of columns above D numbers, or nearly.

        ``left`` are such numbers for what the columns before do not explain of each.
        """

    @abstractmethod
    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the spread of every component above a floor."""

    @abstractmethod
    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return rough standard errors on the scale on which Stan samples."""

    def tied_columns(self, name: str) -> list[int]:
        """Return the columns on whose ties a component may collapse by a parameter.

        Of a partial correlation they are those that may lie in a plane: the two that it relates, and those
        that are given.
        """
        kind, _, places = name.partition("_")
        if kind == "pcor":
            i, j = (int(place) - 1 for place in places.split("_"))
            return [*range(j + 1), i]
        return list(range(self.columns))

    def derived(self) -> tuple[str, ...]:
        """Return the names of what results show in place of parameters that have no single meaning."""
        return ()

    def log_prior_beside(self, values: Values, index: Mapping[str, Sequence[int]]) -> Array:
        """Return what the joint log prior has beside the sum of the parameters' own; shape (...)."""
        return np.zeros(next(iter(values.values())).shape[:-1])

    def frames(self, values: Values) -> list[tuple[list[str], Array]]:
        """Return for sets of d parameters orthonormal columns, (K, d, d).

        Along them the parameters depend neither on one another in the posterior nor on others, or hardly.
        """
        return []

    def of(self, values: Values) -> Array:
        """Return the covariances, shape (..., D, D) for values of shape (...)."""
        L = self.factors(values)
        return L @ np.swapaxes(L, -1, -2)

    def variance(self, values: Values, column: int) -> Array:
        """Return the variance of a column."""
        return np.asarray(self.of(values)[..., column, column])

    def derive(self, values: Values) -> dict[str, Array]:
        """Return the derived values: standard deviations and correlations of columns."""
        if not self.derived():
            return {}
        covariance = self.of(values)
        sd = [np.sqrt(covariance[..., d, d]) for d in range(self.columns)]
        found = {f"sd_{d + 1}": own for d, own in enumerate(sd)}
        found |= {
            f"cor_{i + 1}_{j + 1}": covariance[..., i, j] / (sd[i] * sd[j]) for i, j in pairs(self.columns)
        }
        return {name: found[name] for name in self.derived()}


class ColumnScales(Covariances):
    """A standard deviation for each column, or one for all, and partial correlations or none.

    Any partial correlations between -1 and 1 make a correlation matrix, and independent beta distributions
    of them the LKJ prior (Lewandowski, Kurowicka and Joe 2009, Journal of Multivariate Analysis 100).
    """

    def __init__(
        self,
        columns: int,
        spherical: bool = False,
        correlated: bool = True,
        scales_shared: bool = False,
        correlations_shared: bool = False,
    ):
        """Describe the covariances, and which parts of them all components share."""
        super().__init__(columns)
        self.kind = 1 if correlated else 2
        self.scales = ["sigma"] if spherical else [f"sigma_{d + 1}" for d in range(columns)]
        self.partials = partial_names(columns) if correlated else []
        self.shared = (frozenset(self.scales) if scales_shared else frozenset()) | (
            frozenset(self.partials) if correlations_shared else frozenset()
        )
        self.parameters = (
            *(
                Parameter(
                    name,
                    "standard deviation of every column"
                    if spherical
                    else f"standard deviation of column {d + 1}",
                    POSITIVE,
                    default_volume if spherical else partial(_default_sigma, d),
                    unbounded_at="zero",
                    rate=columns if spherical else 1,
                    regained=columns if spherical else 1,
                )
                for d, name in enumerate(self.scales)
            ),
            *(partial_parameters(columns) if correlated else ()),
        )

    def sigma(self, values: Values, column: int) -> Array:
        """Return the standard deviation of a column."""
        return values[self.scales[0 if len(self.scales) == 1 else column]]

    def variance(self, values: Values, column: int) -> Array:
        """Return the variance of a column."""
        return self.sigma(values, column) ** 2

    def factors(self, values: Values) -> Array:
        """Return Cholesky factors of the covariances."""
        return correlated_factors([self.sigma(values, d) for d in range(self.columns)], values, self.partials)

    def estimate(self, covariance: Array, weight: Array) -> dict[str, Array]:
        """Return standard deviations and partial correlations of each covariance, or of all."""
        if self.shared:
            pooled = np.einsum("k,kij->ij", weight / weight.sum(), covariance)
            covariance = np.broadcast_to(pooled, covariance.shape)
        variance = np.einsum("kii->ki", covariance)
        if len(self.scales) == 1:
            values = {self.scales[0]: np.sqrt(variance.mean(axis=1))}
        else:
            values = {name: np.sqrt(variance[:, d]) for d, name in enumerate(self.scales)}
        return values | (partials_of(covariance) if self.partials else {})

    def restrain(self, values: Values, sd: Array, left: Array) -> dict[str, Array]:
        """Keep standard deviations above D numbers; one of all columns above their mean."""
        floors = [float(sd.mean())] if len(self.scales) == 1 else sd
        floor = dict(zip(self.scales, floors, strict=True))
        found = {n: np.maximum(v, floor[n]) if n in floor else v for n, v in values.items()}
        if not self.partials:
            return found
        own = np.stack([self.sigma(found, d) for d in range(self.columns)])
        return restrained_partials(found, left[:, None] / own)

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep every standard deviation above a floor."""
        return {n: np.maximum(v, floor) if n in self.scales else v for n, v in values.items()}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the errors of independent columns."""
        return {name: 1 / np.sqrt(2 * n) for name in self.scales} | {
            name: 2 / np.sqrt(n) for name in self.partials
        }

    def tied_columns(self, name: str) -> list[int]:
        """Return the column of a standard deviation, or those of a partial correlation."""
        if name not in self.scales or len(self.scales) == 1:
            return super().tied_columns(name)
        return [self.scales.index(name)]


def pairs(columns: int) -> list[tuple[int, int]]:
    """Return all columns i > j, from 0, in the order of parameters."""
    return [(i, j) for i in range(columns) for j in range(i)]


def partial_names(columns: int) -> list[str]:
    """Return the names of partial correlations."""
    return [f"pcor_{i + 1}_{j + 1}" for i, j in pairs(columns)]


def partial_parameters(columns: int) -> list[Parameter]:
    """Return partial correlations as parameters."""
    return [
        Parameter(
            name,
            f"correlation of columns {i + 1} and {j + 1}" + (f", given those before {j + 1}" if j else ""),
            CORRELATION,
            partial(_default_partial, columns, j),
            unbounded_at="ends",
            margin=SMALLEST_MARGIN,
        )
        for name, (i, j) in zip(partial_names(columns), pairs(columns), strict=True)
    ]


def correlated_factors(sigma: list[Array], values: Values, partials: list[str]) -> Array:
    """Return Cholesky factors of covariances with D standard deviations and partial correlations, or none."""
    D = len(sigma)
    L = np.zeros((*np.broadcast_shapes(*(s.shape for s in sigma)), D, D))
    for i in range(D):
        left = np.ones_like(sigma[i])
        for j in range(i if partials else 0):
            partial_correlation = values[f"pcor_{i + 1}_{j + 1}"]
            L[..., i, j] = sigma[i] * partial_correlation * np.sqrt(left)
            # In factors: near 1 the square rounds what is left away.
            left = left * ((1 - partial_correlation) * (1 + partial_correlation))
        L[..., i, i] = sigma[i] * np.sqrt(left)
    return L


def restrained_partials(values: Values, least: Array) -> dict[str, Array]:
    """Draw partial correlations towards 0 until the columns before leave enough of each column.

    ``least`` are the least shares of its standard deviation, (D, K).
    """
    found = dict(values)
    for i in range(1, len(least)):
        names = [f"pcor_{i + 1}_{j + 1}" for j in range(i)]
        partial_correlation = np.stack([found[name] for name in names])
        log_rest = np.log1p(-partial_correlation) + np.log1p(partial_correlation)
        wanted = 2 * np.log(np.minimum(least[i], 1.0))
        total = log_rest.sum(axis=0)
        power = np.where(total < wanted, wanted / np.minimum(total, -1e-300), 1.0)
        shrunk = np.sign(partial_correlation) * np.sqrt(-np.expm1(power * log_rest))
        for name, own, new in zip(names, partial_correlation, shrunk, strict=True):
            found[name] = np.where(power < 1, new, own)
    return found


def partials_of(covariance: Array) -> dict[str, Array]:
    """Return the partial correlations of covariances (K, D, D)."""
    D = covariance.shape[1]
    sd = np.sqrt(np.einsum("kii->ki", covariance))
    L = np.linalg.cholesky(covariance / (sd[:, :, None] * sd[:, None, :]))
    found = {}
    for i in range(D):
        # What the columns before j leave: summed from the small end, since 1 less the others rounds it away.
        left = np.sqrt(np.cumsum(L[:, i, i::-1] ** 2, axis=1)[:, ::-1])
        for j in range(i):
            found[f"pcor_{i + 1}_{j + 1}"] = L[:, i, j] / left[:, j]
    return found


def _default_sigma(column: int, scale: DataScale) -> Prior:
    """Give a standard deviation the normal family's prior."""
    return default_spread(scale.columns[column])


def default_volume(scale: DataScale) -> Prior:
    """Give one standard deviation of all columns the prior of their geometric middle."""
    mean = float(np.mean([default_spread(own).args["mu"] for own in scale.columns]))
    return Prior("lognormal", {"mu": mean, "sigma": 1.0})


def _default_partial(columns: int, given: int, _: DataScale) -> Prior:
    """Give a partial correlation the prior that makes the correlation matrix LKJ(2), with damped ends.

    LKJ alone vanishes as a power where the matrix is singular. Rows that lie in a plane, as rounded ones do,
    raise the likelihood there as a higher power, and the posterior would have no finite integral.
    """
    shape = LKJ_ETA + (columns - 2 - given) / 2
    return Prior("damped_beta", {"alpha": shape, "beta": shape, "limit": LIMIT})
