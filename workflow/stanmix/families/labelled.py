"""A family of observations of which some are known to belong to a component."""

from __future__ import annotations

from typing import Any

import numpy as np

from stanmix.families.base import Array, Components, DataScale, Family, Values


class Labelled(Family):
    """Another family, with the known component of each observation (from 1; 0: not known) as a last column.

    The density of an observation under a component that it is known not to belong to is 0, so that all
    that is computed from densities keeps to the labels.
    """

    def __init__(self, base: Family, known: tuple[int, ...]):
        """Add labels to a family; some observations are known to be of each of the ``known`` components."""
        self.base, self.known = base, known
        self.name, self.program, self.parameters = base.name, base.program, base.parameters
        self.shared, self.stan_value, self.support = base.shared, base.stan_value, base.support
        self.location, self.statistics = base.location, base.statistics

    @property
    def plain(self) -> Family:
        """The family without labels, as of new observations."""
        return self.base

    def identity(self) -> dict[str, Any]:
        """Return what the base tells, and the components of which observations are known."""
        return {**self.base.identity(), "known": list(self.known)}

    def stan_sizes(self, components: int) -> dict[str, Any]:
        """Return the base's."""
        return self.base.stan_sizes(components)

    # Observations: the base's, without the labels

    def without(self, y: Array) -> Array:
        """Return the observations of the base family."""
        return y[:, :-1] if y.shape[1] > 2 else y[:, 0]

    def with_labels(self, y: Array, labels: Array) -> Array:
        """Return observations of the base family with labels."""
        return np.column_stack([y, labels])

    def labels(self, y: Array) -> Components:
        """Return the known component of each observation, from 1; 0 where it is not known."""
        return y[:, -1].astype(np.intp)

    def stan_labels(self, y: Array) -> dict[str, Any]:
        """Return the known components as data of the Stan program."""
        return {"has_labels": 1, "label": self.labels(y)}

    def stan_observations(self, y: Array) -> dict[str, Any]:
        """Return the observations as data of the Stan program."""
        return self.base.stan_observations(self.without(y))

    def score(self, y: Array) -> Array:
        """Return the base's score of each observation."""
        return self.base.score(self.without(y))

    def observed(self, y: Array) -> Array:
        """Return what statistics are computed of the observations."""
        return self.base.observed(self.without(y))

    def replicated(self, y: Array, y_rep: Array) -> Array:
        """Return what statistics are computed of replicated observations."""
        return self.base.replicated(self.without(y), y_rep)

    def coordinates(self, y: Array) -> Array:
        """Return where the observations lie for clustering."""
        return self.base.coordinates(self.without(y))

    def scale(self, y: Array) -> DataScale:
        """Return the scale of the observations."""
        return self.base.scale(self.without(y))

    def step(self, y: Array) -> float | None:
        """Return the distance between the scores that observations may have."""
        return self.base.step(self.without(y))

    def grid(self, y: Array, points: int) -> Array:
        """Return observations that could be, without labels known."""
        grid = self.base.grid(self.without(y), points)
        return self.with_labels(grid, np.zeros(len(grid)))

    # Distribution

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``, without labels known."""
        y = self.base.simulate(rng, component, values, trials)
        return self.with_labels(y, np.zeros(len(y)))

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n); -inf where the observation is known to belong to another component."""
        density = self.base.log_density(self.without(y), values)
        label = self.labels(y)[:, None]
        possible = (label == 0) | (label == np.arange(1, density.shape[-1] + 1))
        return np.where(possible, density, -np.inf)

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return the base's moments."""
        return self.base.moments(values)

    def locations(self, values: Values) -> Array:
        """Return the base's locations."""
        return self.base.locations(values)

    def centres(self, values: Values) -> Array:
        """Return what components of the base are matched by."""
        return self.base.centres(values)

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of scores, whatever the labels."""
        return self.base.score_density(self.without(y), values)

    # Starts

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the base's estimate."""
        return self.base.estimate(self.without(y), responsibility)

    def restrain(self, values: Values, y: Array, share: float) -> dict[str, Array]:
        """Keep estimates from where the likelihood has no bound."""
        return self.base.restrain(values, self.without(y), share)

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the spread of every component above a floor."""
        return self.base.keep_above(values, floor)

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the base's rough standard errors."""
        return self.base.standard_error(values, n)
