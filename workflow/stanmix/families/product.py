"""Rows of several columns, each with its own family, which are independent within a component.

Mixed continuous, count and categorical columns; with categories alone it is latent class analysis, and with
normal columns alone latent profile analysis. The factor of a missing cell is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from stanmix.families.base import Array, Components, DataScale, Family, Parameter, Values
from stanmix.families.bounded import Beta
from stanmix.families.categorical import Categorical
from stanmix.families.counts import NegBinomial2, Poisson
from stanmix.families.positive import Gamma, LogNormal
from stanmix.families.real import Normal, StudentT
from stanmix.families.support import REALS
from stanmix.families.uniform import Uniform

OF_COLUMNS: dict[str, tuple[int, type[Family]]] = {
    "normal": (1, Normal),
    "student_t": (2, StudentT),
    "lognormal": (3, LogNormal),
    "gamma": (4, Gamma),
    "beta": (5, Beta),
    "poisson": (6, Poisson),
    "neg_binomial_2": (7, NegBinomial2),
    "categorical": (8, Categorical),
}
"""The families that a column may have, with their numbers in the Stan program."""


class Product(Family):
    """One family for each of D columns, independent within a component."""

    name: str = "product"
    program: str = "product"
    is_multivariate = True
    has_families = True
    support = REALS
    stan_value: str | None = "value"

    def __init__(
        self,
        families: Sequence[str],
        levels: Sequence[int],
        names: Sequence[Sequence[str] | None] | None = None,
    ):
        """Make the family of columns.

        Parameters
        ----------
        families
            Name of the family of each column.
        levels
            Number of levels of each categorical column; ignored for other columns.
        names
            Names of the levels of each categorical column, if there are names.
        """
        self.families, self.levels, self.names = tuple(families), tuple(levels), names
        self.of_column: Sequence[Family] = [
            Categorical(max(2, level)) if name == "categorical" else OF_COLUMNS[name][1]()
            for name, level in zip(families, levels, strict=True)
        ]
        self.columns = len(self.of_column)
        parameters, statistics = [], {}
        for d, family in enumerate(self.of_column):
            for p in family.parameters:
                parameters.append(
                    Parameter(
                        f"{p.name}_{d + 1}",
                        f"{p.description}, column {d + 1}",
                        p.support,
                        partial(_of_own_scale, d, p.default_prior),
                        p.unbounded_at,
                        p.period,
                        rate=p.rate,
                        regained=p.regained,
                    )
                )
            for name, statistic in family.statistics.items():
                statistics[f"column {d + 1}: {name}"] = partial(_of_column, d, statistic)
        self.parameters, self.statistics = tuple(parameters), statistics
        self.location = tuple(f"{name}_1" for name in self.of_column[0].location)

    def own(self, values: Values, column: int) -> dict[str, Array]:
        """Return the values of a column's parameters under the names of its family."""
        return {p.name: values[f"{p.name}_{column + 1}"] for p in self.of_column[column].parameters}

    def joined(self, values: Sequence[Values]) -> dict[str, Array]:
        """Return values of all columns under the names of this family."""
        return {f"{name}_{d + 1}": value for d, own in enumerate(values) for name, value in own.items()}

    def identity(self) -> dict[str, Any]:
        """Return name, families and numbers of levels."""
        return {
            "family": self.name,
            "families": list(self.families),
            "levels": list(self.levels),
            "columns": self.columns,
        } | ({"names": [n and list(n) for n in self.names]} if self.names else {})

    @property
    def bears_missing(self) -> bool:
        """Whether cells of new observations may be missing: columns are independent."""
        return True

    # Observations

    def score(self, y: Array) -> Array:
        """Return the first column."""
        return y[:, 0]

    def replicated(self, y: Array, y_rep: Array) -> Array:
        """Return replicated rows (S, N, D) from Stan's output, which is ordered by columns.

        Cells that are missing in the data are missing in their replications.
        """
        rows = y_rep.reshape(len(y_rep), self.columns, len(y)).swapaxes(1, 2)
        return np.where(np.isnan(y), np.nan, rows)

    def observed(self, y: Array) -> Array:
        """Return the rows."""
        return y

    def collapsing(self, y: Array, name: str) -> Array:
        """Return the column of a parameter, in the form that its family takes."""
        d = self._column(name)
        return self.of_column[d].collapsing(y[:, d], self._own_name(name))

    def collapsing_with(self, name: str) -> tuple[str, ...]:
        """Return the parameters of the column that go to infinity together."""
        d = self._column(name)
        return tuple(f"{own}_{d + 1}" for own in self.of_column[d].collapsing_with(self._own_name(name)))

    def centre_of(self, name: str) -> str | None:
        """Return the location of the column."""
        d = self._column(name)
        own = self.of_column[d].centre_of(self._own_name(name))
        return None if own is None else f"{own}_{d + 1}"

    @staticmethod
    def _own_name(name: str) -> str:
        return name.rpartition("_")[0]

    def _column(self, name: str) -> int:
        return int(name.rpartition("_")[2]) - 1

    def coordinates(self, y: Array) -> Array:
        """Return the rows, missing cells at their column's mean, categories as indicators of the levels."""
        columns = []
        for family, own in zip(self.of_column, y.T, strict=True):
            filled = np.where(np.isnan(own), np.nanmean(own), own)
            if isinstance(family, Categorical) and family.levels > 2:
                columns += [(filled == level).astype(float) for level in range(1, family.levels + 1)]
            else:
                columns.append(filled)
        return np.column_stack(columns)

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of the first column, with those of all by their families."""
        there = ~np.isnan(y.T)
        columns = tuple(
            family.scale(own[seen], None if weight is None else weight[seen])
            for family, own, seen in zip(self.of_column, y.T, there, strict=True)
        )
        return DataScale(columns[0].minimum, columns[0].maximum, columns)

    def step(self, y: Array) -> float | None:
        """Return the first column's distance between scores."""
        return self.of_column[0].step(y[:, 0])

    def grid(self, y: Array, points: int) -> Array:
        """Return rows whose first column is spread over the data; all other cells are missing."""
        first = self.of_column[0].grid(y[~np.isnan(y[:, 0]), 0], points)
        rows = np.full((len(first), self.columns), np.nan)
        rows[:, 0] = first
        return rows

    def region(self, y: Array) -> tuple[Array, Array]:
        """Return the ends of the region in which the observations lie, from the first to the last level."""
        ends = [family.region(own[~np.isnan(own)]) for family, own in zip(self.of_column, y.T, strict=True)]
        lower, upper = np.concatenate(ends, axis=1)
        return lower, upper

    def uniform_over(self, lower: Sequence[float], upper: Sequence[float]) -> Uniform:
        """Return the uniform distribution of rows over a region."""
        return Uniform(lower, upper, [family.support.whole for family in self.of_column])

    def stan_observations(self, y: Array) -> dict[str, Any]:
        """Return the rows as data of the Stan program."""
        return {
            "y": y,
            "D": self.columns,
            "family": [OF_COLUMNS[name][0] for name in self.families],
            "levels": [max(2, level) for level in self.levels],
        }

    # Distribution

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one row for each entry of ``component``."""
        return np.column_stack(
            [f.simulate(rng, component, self.own(values, d)) for d, f in enumerate(self.of_column)]
        )

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n), the sum over the columns that are observed."""
        total: Array = np.zeros(())
        for d, family in enumerate(self.of_column):
            missing = np.isnan(y[:, d])
            filled = np.where(missing, _possible(y[:, d]), y[:, d])
            density = family.log_density(filled, self.own(values, d))
            total = total + (np.where(missing[:, None], 0.0, density) if missing.any() else density)
        return total

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of the first column."""
        return self.of_column[0].moments(self.own(values, 0))

    def locations(self, values: Values) -> Array:
        """Return the location of the first column."""
        return self.of_column[0].locations(self.own(values, 0))

    def centres(self, values: Values) -> Array:
        """Return the locations of all columns."""
        return np.stack([f.locations(self.own(values, d)) for d, f in enumerate(self.of_column)], axis=-1)

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of the first column."""
        return self.of_column[0].score_density(y[:, 0], self.own(values, 0))

    def derived(self, values: Values) -> dict[str, Array]:
        """Return the probability of each level of categorical columns: p_2_1 of the first of column 2."""
        found: dict[str, Array] = {}
        for d, family in enumerate(self.of_column):
            if isinstance(family, Categorical):
                p = family.probabilities(self.own(values, d))
                found |= {f"p_{d + 1}_{level + 1}": p[..., level] for level in range(family.levels)}
        return found

    # Starts

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the estimates of all columns from their observed cells."""
        found = []
        for d, family in enumerate(self.of_column):
            seen = ~np.isnan(y[:, d])
            found.append(family.estimate(y[seen, d], np.maximum(responsibility[seen], 1e-12)))
        return self.joined(found)

    def restrain(self, values: Values, y: Array, share: float) -> dict[str, Array]:
        """Keep the estimates of every column away from values with an unbounded likelihood."""
        return self.joined(
            [
                family.restrain(self.own(values, d), y[~np.isnan(y[:, d]), d], share)
                for d, family in enumerate(self.of_column)
            ]
        )

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the errors of all columns."""
        return self.joined([f.standard_error(self.own(values, d), n) for d, f in enumerate(self.of_column)])


def _possible(y: Array) -> float:
    """Return a valid value of a column, to replace missing cells."""
    seen = y[~np.isnan(y)]
    return float(seen[0]) if len(seen) else 1.0


def _of_own_scale(column: int, prior: Callable[[DataScale], Any], scale: DataScale) -> Any:
    return prior(scale.columns[column])


def _of_column(column: int, statistic: Callable[[Array], Array], y: Array) -> Array:
    """Compute a statistic of a column of rows (S, N, D) with the same missing cells in all S."""
    own = y[..., column]
    return statistic(own[..., ~np.isnan(own[0])])
