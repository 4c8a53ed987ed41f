"""Covariances by mclust's names of volume, shape and orientation: E equal, V varying, I spherical or aligned.

Structures whose volume and shape differ in what components share have parameters for each of them. Their
covariance is sigma^2 times a matrix of determinant 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import scipy  # loads its parts when they are used

from stanmix.families.base import Array, DataScale, Parameter, Values
from stanmix.families.multivariate import eigen
from stanmix.families.multivariate.covariances import (
    ColumnScales,
    Covariances,
    correlated_factors,
    default_volume,
    pairs,
    partial_names,
    partial_parameters,
    partials_of,
    restrained_partials,
)
from stanmix.priors import POSITIVE, REAL, Prior

LENGTH = 6
"""What vectors give to axes is as long as normal vectors of this many times D coordinates."""


class Shaped(Covariances):
    """Volume, shape along the columns, and partial correlations or none: VEI, EVI, VEE and EVV.

    What orients the ellipsoids is shared with their shape, so that both are one matrix of determinant 1.
    """

    kind = 3

    def __init__(self, columns: int, volume_shared: bool, correlated: bool):
        """Describe covariances of which either the volumes or the rest is shared."""
        super().__init__(columns)
        self.correlated = correlated
        self.shapes = [f"shape_{d + 1}" for d in range(columns - 1)]
        self.partials = partial_names(columns) if correlated else []
        self.shared = frozenset(["sigma"] if volume_shared else [*self.shapes, *self.partials])
        self.parameters = (
            volume_parameter(columns),
            *(
                Parameter(
                    name,
                    f"standard deviation of column {d + 1}, as a multiple of the columns' geometric mean",
                    POSITIVE,
                    partial(_default_shape, d),
                    unbounded_at="zero",
                )
                for d, name in enumerate(self.shapes)
            ),
            *(partial_parameters(columns) if correlated else ()),
        )

    def factors(self, values: Values) -> Array:
        """Return Cholesky factors of the covariances."""
        scales = [values[name] for name in self.shapes]
        last = 1 / math.prod(scales, start=np.ones_like(values["sigma"]))
        L = correlated_factors([*scales, last], values, self.partials)
        diagonal = np.einsum("...ii->...i", L)
        unit = values["sigma"] / np.exp(np.log(diagonal).mean(axis=-1))
        return np.asarray(L * unit[..., None, None])

    def estimate(self, covariance: Array, weight: Array) -> dict[str, Array]:
        """Return volumes and shapes, by turns where the volumes differ."""
        if not self.correlated:
            covariance = np.einsum("kii->ki", covariance)[:, :, None] * np.eye(self.columns)
        volume, unit = eigen.volumes_and_rest(covariance, weight, "sigma" in self.shared)
        sd = np.sqrt(np.einsum("kii->ki", unit))
        sd = sd / np.exp(np.log(sd).mean(axis=1, keepdims=True))
        values = {"sigma": np.sqrt(volume)} | {name: sd[:, d] for d, name in enumerate(self.shapes)}
        return values | (partials_of(unit) if self.partials else {})

    def restrain(self, values: Values, sd: Array, left: Array) -> dict[str, Array]:
        """Raise the volume of components of which a column's spread is too small."""
        own = np.sqrt(np.einsum("kii->ki", self.of(values)))
        found = dict(values) | {"sigma": values["sigma"] * np.maximum(1, (sd / own).max(axis=1))}
        return restrained_partials(found, (left / np.maximum(own, sd)).T) if self.correlated else found

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the mean spread of every component above a floor."""
        return dict(values) | {"sigma": np.maximum(values["sigma"], floor)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the errors of independent columns."""
        return {name: 1 / np.sqrt(2 * n) for name in ("sigma", *self.shapes)} | {
            name: 2 / np.sqrt(n) for name in self.partials
        }

    def tied_columns(self, name: str) -> list[int]:
        """Return the column of a shape."""
        return [self.shapes.index(name)] if name in self.shapes else super().tied_columns(name)

    def derived(self) -> tuple[str, ...]:
        """Return the names of standard deviations and correlations."""
        return derived_names(self.columns, self.correlated)


class Rotated(Covariances):
    """Volume, stretches along rotated axes, and rotations: EVE, VVE, EEV and VEV.

    Permuted axes and axes that point the other way are the same ellipsoid, and equally probable by the
    priors, which treat all axes alike: the orientation's is the Haar measure, the stretches' are normal
    contrasts. Results show what does not depend on the choice: standard deviations and correlations.
    """

    kind = 4

    def __init__(self, columns: int, volume_shared: bool, shape_shared: bool, axes_shared: bool):
        """Describe covariances of which some parts are shared."""
        super().__init__(columns)
        self._left = columns - np.arange(columns - 1.0)
        self._powers = LENGTH * columns - self._left
        self.shape_shared, self.axes_shared = shape_shared, axes_shared
        self.stretches = [f"stretch_{d + 1}" for d in range(columns - 1)]
        self.vectors = [[f"axis_{i + 1}_{j + 1}" for i in range(columns)] for j in range(columns - 1)]
        self.framed = coordinates = tuple(name for names in self.vectors for name in names)
        parts = ((volume_shared, ["sigma"]), (shape_shared, self.stretches), (axes_shared, coordinates))
        self.shared = frozenset(name for shared, names in parts if shared for name in names)
        self.parameters = (
            volume_parameter(columns),
            *(
                Parameter(
                    name,
                    f"contrast {d + 1} of the logarithms of the standard deviations along the axes",
                    REAL,
                    _default_stretch,
                    unbounded_at="extremes",
                    identified=False,
                )
                for d, name in enumerate(self.stretches)
            ),
            *(
                Parameter(
                    name,
                    "coordinate {} of the vector that gives axis {}".format(*name.split("_")[1:]),
                    REAL,
                    _default_coordinate,
                    identified=False,
                )
                for name in coordinates
            ),
        )

    def axes(self, values: Values) -> Array:
        """Return the axes as columns, shape (..., D, D)."""
        return eigen.axes_of(self._vectors(values))[0]

    def _vectors(self, values: Values) -> Array:
        """Return the vectors that give axes as columns, shape (..., D, D - 1)."""
        return np.stack(
            [np.stack([values[name] for name in names], axis=-1) for names in self.vectors], axis=-1
        )

    def spreads(self, values: Values) -> Array:
        """Return the standard deviations along the axes, shape (..., D)."""
        contrast = np.stack([values[name] for name in self.stretches], axis=-1)
        return np.asarray(values["sigma"][..., None] * np.exp(contrast @ eigen.contrasts(self.columns)))

    def of(self, values: Values) -> Array:
        """Return the covariances."""
        scaled = self.axes(values) * self.spreads(values)[..., None, :]
        return np.asarray(scaled @ np.swapaxes(scaled, -1, -2))

    def factors(self, values: Values) -> Array:
        """Return Cholesky factors of the covariances."""
        return np.asarray(np.linalg.cholesky(self.of(values)), dtype=np.float64)

    def log_prior_beside(self, values: Values, index: Mapping[str, Sequence[int]]) -> Array:
        """Return the powers of the lengths that vectors give to axes, of each distinct set of axes once.

        See ``stan/functions/axis_lengths.stan``.
        """
        result = super().log_prior_beside(values, index)
        constant = self._powers / 2 * math.log(2) - scipy.special.gammaln(self._left / 2)
        constant += scipy.special.gammaln((self._left + self._powers) / 2)
        places = list(zip(*(index[name] for names in self.vectors for name in names), strict=True))
        for k, own in enumerate(places):
            if any(own) and own not in places[:k]:
                _, lengths = eigen.axes_of(self._vectors({name: v[..., k] for name, v in values.items()}))
                result = result + (self._powers * np.log(lengths) - constant).sum(axis=-1)
        return np.asarray(result)

    def frames(self, values: Values) -> list[tuple[list[str], Array]]:
        """Return the axes for each vector that gives one: along them coordinates do not depend on others."""
        axes = self.axes(values)
        return [(names, axes) for names in self.vectors]

    def _values(self, variance: Array, axes: Array) -> dict[str, Array]:
        """Return parameters from variances along axes, (K, D) and (K, D, D)."""
        log_sd = np.log(variance) / 2
        contrast = log_sd @ eigen.contrasts(self.columns).T
        vectors = axes[:, :, :-1] * np.sqrt(self._powers)
        return (
            {"sigma": np.exp(log_sd.mean(axis=1))}
            | {name: contrast[:, d] for d, name in enumerate(self.stretches)}
            | {name: vectors[:, i, j] for j, names in enumerate(self.vectors) for i, name in enumerate(names)}
        )

    def estimate(self, covariance: Array, weight: Array) -> dict[str, Array]:
        """Return the variances along axes that are common or of each component."""
        volume_shared = "sigma" in self.shared
        if self.axes_shared:
            variance, axes = eigen.common_axes(covariance, weight, volume_shared)
        else:
            variance, axes = np.linalg.eigh(covariance)
        diagonal = variance[:, :, None] * np.eye(self.columns)
        volume, unit = eigen.volumes_and_rest(diagonal, weight, volume_shared, self.shape_shared)
        variance = volume[:, None] * np.einsum("kii->ki", unit)
        order = eigen.most_told_apart(variance, weight)
        return self._values(variance[:, order], axes[:, :, order])

    def restrain(self, values: Values, sd: Array, left: Array) -> dict[str, Array]:
        """Keep the spread along every axis above the smallest of D numbers."""
        return self.keep_above(values, float(left.min()))

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the spread along every axis above a floor."""
        log_sd = np.log(np.maximum(self.spreads(values), floor))
        contrast = log_sd @ eigen.contrasts(self.columns).T
        found = {name: contrast[:, d] for d, name in enumerate(self.stretches)}
        return dict(values) | {"sigma": np.exp(log_sd.mean(axis=1))} | found

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the errors of independent axes; those of turns are of axes that are well told apart."""
        errors = {name: 1 / np.sqrt(2 * n) for name in ("sigma", *self.stretches)}
        return errors | {
            name: np.sqrt(power / n)
            for power, names in zip(self._powers, self.vectors, strict=True)
            for name in names
        }

    def derived(self) -> tuple[str, ...]:
        """Return the names of standard deviations and correlations."""
        return derived_names(self.columns)


class Factors(Covariances):
    """Factor analysers: loadings of columns on a few factors, and what is of one column alone.

    Loadings above the diagonal are 0 and those on it positive, since rotated factors are the same model.
    """

    kind = 5

    def __init__(self, columns: int, factors: int):
        """Describe covariances of some factors, all parts free."""
        super().__init__(columns)
        self.factors_count = factors
        self.loaded = [(i, j) for i in range(columns) for j in range(min(i + 1, factors))]
        self.uniquenesses = [f"psi_{d + 1}" for d in range(columns)]
        self.loadings = [f"load_{i + 1}_{j + 1}" for i, j in self.loaded]
        self.parameters = (
            *(
                Parameter(
                    name,
                    f"standard deviation of what is of column {d + 1} alone",
                    POSITIVE,
                    partial(_default_uniqueness, d),
                    unbounded_at="zero",
                    identified=False,
                    factors=factors,
                )
                for d, name in enumerate(self.uniquenesses)
            ),
            *(
                Parameter(
                    name,
                    f"loading of column {i + 1} on factor {j + 1}",
                    POSITIVE if i == j else REAL,
                    partial(_default_loading, i, i == j),
                    identified=False,
                )
                for name, (i, j) in zip(self.loadings, self.loaded, strict=True)
            ),
        )

    def of(self, values: Values) -> Array:
        """Return the covariances."""
        shape = np.broadcast_shapes(*(values[p.name].shape for p in self.parameters))
        loadings = np.zeros((*shape, self.columns, self.factors_count))
        for name, (i, j) in zip(self.loadings, self.loaded, strict=True):
            loadings[..., i, j] = values[name]
        unique = np.stack([np.broadcast_to(values[name], shape) for name in self.uniquenesses], axis=-1)
        own = unique[..., None] ** 2 * np.eye(self.columns)
        return np.asarray(loadings @ np.swapaxes(loadings, -1, -2) + own)

    def factors(self, values: Values) -> Array:
        """Return Cholesky factors of the covariances."""
        return np.asarray(np.linalg.cholesky(self.of(values)), dtype=np.float64)

    def estimate(self, covariance: Array, weight: Array) -> dict[str, Array]:
        """Return loadings and uniquenesses of each component, by turns."""
        unique, loadings = eigen.factor_analysis(covariance, self.factors_count)
        values = {name: np.sqrt(unique[:, d]) for d, name in enumerate(self.uniquenesses)}
        return values | {
            name: loadings[:, i, j] for name, (i, j) in zip(self.loadings, self.loaded, strict=True)
        }

    def restrain(self, values: Values, sd: Array, left: Array) -> dict[str, Array]:
        """Keep what is of one column alone above half of D numbers."""
        return dict(values) | {
            name: np.maximum(values[name], left[d] / 2) for d, name in enumerate(self.uniquenesses)
        }

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep what is of one column alone above a floor."""
        return dict(values) | {name: np.maximum(values[name], floor) for name in self.uniquenesses}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the errors of independent columns."""
        errors = {name: 1 / np.sqrt(2 * n) for name in self.uniquenesses}
        for name, (i, j) in zip(self.loadings, self.loaded, strict=True):
            scale = 1.0 if i == j else values[self.uniquenesses[i]]
            errors[name] = scale / np.sqrt(n)
        return errors

    def tied_columns(self, name: str) -> list[int]:
        """Return the column of a uniqueness."""
        return [self.uniquenesses.index(name)] if name in self.uniquenesses else super().tied_columns(name)

    def derived(self) -> tuple[str, ...]:
        """Return the names of standard deviations and correlations."""
        return derived_names(self.columns)


def most_factors(columns: int) -> int:
    """Return how many factors may be told apart in some columns (Ledermann 1937)."""
    return max(q for q in range(columns) if (columns - q) ** 2 >= columns + q)


def volume_parameter(columns: int) -> Parameter:
    """Return the volume as a parameter, on the scale of the data."""
    return Parameter(
        "sigma",
        "size: the root of order 2 D of the covariance's determinant",
        POSITIVE,
        default_volume,
        unbounded_at="zero",
        rate=columns,
        regained=columns,
    )


def derived_names(columns: int, correlated: bool = True) -> tuple[str, ...]:
    """Return the names of derived standard deviations and correlations."""
    names = [f"sd_{d + 1}" for d in range(columns)]
    return (*names, *(f"cor_{i + 1}_{j + 1}" for i, j in pairs(columns) if correlated))


def _log_ranges(scale: DataScale) -> Array:
    """Return the logarithms of the columns' ranges, as multiples of their geometric mean."""
    logs = np.log([own.range for own in scale.columns])
    return np.asarray(logs - logs.mean())


def _default_shape(column: int, scale: DataScale) -> Prior:
    return Prior("lognormal", {"mu": float(_log_ranges(scale)[column]), "sigma": 1.0})


def _default_stretch(scale: DataScale) -> Prior:
    """Give all contrasts one scale, as large as the columns' ranges ask for."""
    logs = _log_ranges(scale)
    sigma = math.sqrt(1 + float((logs**2).sum()) / (len(logs) - 1))
    return Prior("normal", {"mu": 0.0, "sigma": sigma})


def _default_coordinate(_: DataScale) -> Prior:
    """Give the axes the Haar measure: all directions of the vectors are as probable."""
    return Prior("normal", {"mu": 0.0, "sigma": 1.0})


def _default_uniqueness(column: int, scale: DataScale) -> Prior:
    return Prior("lognormal", {"mu": math.log(scale.columns[column].range / 10), "sigma": 1.0})


def _default_loading(column: int, positive: bool, scale: DataScale) -> Prior:
    sigma = scale.columns[column].range / 5
    return (
        Prior("half_normal", {"sigma": sigma}) if positive else Prior("normal", {"mu": 0.0, "sigma": sigma})
    )


STRUCTURES: Mapping[str, Callable[[int], Covariances]] = {
    "EII": partial(ColumnScales, spherical=True, correlated=False, scales_shared=True),
    "VII": partial(ColumnScales, spherical=True, correlated=False),
    "EEI": partial(ColumnScales, correlated=False, scales_shared=True),
    "VEI": partial(Shaped, volume_shared=False, correlated=False),
    "EVI": partial(Shaped, volume_shared=True, correlated=False),
    "VVI": partial(ColumnScales, correlated=False),
    "EEE": partial(ColumnScales, scales_shared=True, correlations_shared=True),
    "VEE": partial(Shaped, volume_shared=False, correlated=True),
    "EVE": partial(Rotated, volume_shared=True, shape_shared=False, axes_shared=True),
    "VVE": partial(Rotated, volume_shared=False, shape_shared=False, axes_shared=True),
    "EEV": partial(Rotated, volume_shared=True, shape_shared=True, axes_shared=False),
    "VEV": partial(Rotated, volume_shared=False, shape_shared=True, axes_shared=False),
    "EVV": partial(Shaped, volume_shared=True, correlated=True),
    "VVV": ColumnScales,
}
"""Covariances of a number of columns by mclust's names."""
