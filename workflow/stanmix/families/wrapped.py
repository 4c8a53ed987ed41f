"""Families that add something to another family: known components, weights, noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stanmix.families.base import Array, Components, DataScale, Family, Values


class Wrapped(Family):
    """A family around another one, the base.

    Observations may have further columns after the base family's: :meth:`without` and :meth:`like` remove
    and restore them.
    """

    def __init__(self, base: Family):
        """Wrap a family."""
        self.base, self.known, self.noise = base, base.known, base.noise
        self.missing = base.missing
        self.name, self.program, self.parameters = base.name, base.program, base.parameters
        self.shared, self.stan_value, self.support = base.shared, base.stan_value, base.support
        self.location, self.statistics, self.tail = base.location, base.statistics, base.tail

    def without(self, y: Array) -> Array:
        """Return the observations of the base family."""
        return y

    def like(self, y: Array) -> Array:
        """Add further columns with their defaults to observations of the base family."""
        return y

    @property
    def plain(self) -> Family:
        """The family of new observations, of which nothing is known."""
        return self.base.plain

    @property
    def bare(self) -> Family:
        """The innermost base, without labels, weights and noise."""
        return self.base.bare

    def identity(self) -> dict[str, Any]:
        """Return the base's facts."""
        return self.base.identity()

    # Observations

    def labels(self, y: Array) -> Components:
        """Return the base's known components."""
        return self.base.labels(self.without(y))

    def weights(self, y: Array) -> Array:
        """Return the base's weights."""
        return self.base.weights(self.without(y))

    def unweighted(self, y: Array) -> Array:
        """Return the base's observations with weights of 1."""
        return self.base.unweighted(y)

    def score(self, y: Array) -> Array:
        """Return the base's score of each observation."""
        return self.base.score(self.without(y))

    def observed(self, y: Array) -> Array:
        """Return the values for statistics of the observations."""
        return self.base.observed(self.without(y))

    def replicated(self, y: Array, y_rep: Array) -> Array:
        """Return the values for statistics of replicated observations."""
        return self.base.replicated(self.without(y), y_rep)

    def collapsing(self, y: Array, name: str) -> Array:
        """Return the part of the observations on whose ties a component may collapse."""
        return self.base.collapsing(self.without(y), name)

    def collapsing_with(self, name: str) -> tuple[str, ...]:
        """Return the parameters that go to infinity together as a component collapses."""
        return self.base.collapsing_with(name)

    def placing(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the base's parameters that place a plane onto which a component collapses."""
        return self.base.placing(name)

    def centre_of(self, name: str) -> str | None:
        """Return the parameter at whose value a component collapses by another one."""
        return self.base.centre_of(name)

    def coordinates(self, y: Array) -> Array:
        """Return coordinates of the observations for clustering."""
        return self.base.coordinates(self.without(y))

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of the observations."""
        return self.base.scale(self.without(y), weight)

    def step(self, y: Array) -> float | None:
        """Return the distance between possible scores of observations."""
        return self.base.step(self.without(y))

    def grid(self, y: Array, points: int) -> Array:
        """Return possible observations, with the default in further columns."""
        return self.like(self.base.grid(self.without(y), points))

    def region(self, y: Array) -> tuple[Array, Array]:
        """Return the ends of the region in which the observations lie, a number for each column."""
        return self.base.region(self.without(y))

    # The Stan program

    def stan_observations(self, y: Array) -> dict[str, Any]:
        """Return the observations as data of the Stan program."""
        return self.base.stan_observations(self.without(y))

    def stan_labels(self, y: Array) -> dict[str, Any]:
        """Return the known components as data of the Stan program."""
        return self.base.stan_labels(self.without(y))

    def stan_sizes(self, components: int) -> dict[str, Any]:
        """Return the base's further data."""
        return self.base.stan_sizes(components)

    def stan_noise(self, y: Array) -> dict[str, Any]:
        """Return the base's noise."""
        return self.base.stan_noise(self.without(y))

    def from_stan(self, variables: Mapping[str, Array]) -> dict[str, Array]:
        """Return theta and the parameters from the program's variables."""
        return self.base.from_stan(variables)

    # Distribution

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``, with the default in further columns."""
        return self.like(self.base.simulate(rng, component, values, trials))

    def log_density(self, y: Array, values: Values) -> Array:
        """Return the base's log f_k(y_n)."""
        return self.base.log_density(self.without(y), values)

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return the base's moments."""
        return self.base.moments(values)

    def locations(self, values: Values) -> Array:
        """Return the base's locations."""
        return self.base.locations(values)

    def centres(self, values: Values) -> Array:
        """Return the features by which components of the base are matched."""
        return self.base.centres(values)

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of scores, without regard to further columns."""
        return self.base.score_density(self.without(y), values)

    def derived(self, values: Values) -> dict[str, Array]:
        """Return the base's further quantities for summaries."""
        return self.base.derived(values)

    # Starts

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the base's estimate."""
        return self.base.estimate(self.without(y), responsibility)

    def restrain(self, values: Values, y: Array, share: float) -> dict[str, Array]:
        """Keep estimates away from values with an unbounded likelihood."""
        return self.base.restrain(values, self.without(y), share)

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the spread of every component above a floor."""
        return self.base.keep_above(values, floor)

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the base's rough standard errors."""
        return self.base.standard_error(values, n)


class WithColumn(Wrapped):
    """Another family, with extra information on each observation in a last column."""

    untold = 0.0
    """Value of the last column if there is no such information."""

    def without(self, y: Array) -> Array:
        """Return the observations of the base family."""
        return y[:, :-1] if y.shape[1] > 2 else y[:, 0]

    def unweighted(self, y: Array) -> Array:
        """Return the observations with weights of 1; the last column stays."""
        return np.column_stack([self.base.unweighted(self.without(y)), y[:, -1]])

    def like(self, y: Array) -> Array:
        """Return observations of the base family with the default in the last column."""
        return np.column_stack([y, np.full(len(y), self.untold)])
