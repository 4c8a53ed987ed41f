"""A family with noise: observations that belong to no component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stanmix.families.base import Array, Components, Family, Values
from stanmix.families.wrapped import Wrapped


class Noisy(Wrapped):
    """Another family with one more component at the end: noise, which is uniform over the region of the data.

    Noise has a weight but no parameters; their values are NaN (Banfield and Raftery 1993, Biometrics 49).
    Missing cells are left out of its density, and successes are uniform among the trials of their row.
    """

    def __init__(self, base: Family, lower: Sequence[float], upper: Sequence[float]):
        """Add noise between the ends of a region, a number for each column."""
        super().__init__(base)
        self.noise = 1
        self.uniform = base.uniform_over(lower, upper)

    @property
    def plain(self) -> Family:
        """The family itself: new observations may be noise, too."""
        return self

    def identity(self) -> dict[str, Any]:
        """Return the base's facts, and the region of noise."""
        lower, upper = self.uniform.lower.tolist(), self.uniform.upper.tolist()
        return {**self.base.identity(), "noise": {"lower": lower, "upper": upper}}

    def stan_noise(self, y: Array) -> dict[str, Any]:
        """Return noise as data of the Stan program."""
        density = self.uniform.log_density(y)
        by_row = bool((density != density[0]).any())
        return {
            "noise": 1,
            "noise_columns": len(self.uniform.lower),
            "noise_lower": self.uniform.lower,
            "noise_upper": self.uniform.upper,
            "noise_log_density": 0.0 if by_row else float(density[0]),
            "noise_by_row": int(by_row),
            "noise_of_row": density if by_row else [],
        }

    def from_stan(self, variables: Mapping[str, Array]) -> dict[str, Array]:
        """Return theta, and the parameters with NaN for noise."""
        found = self.base.from_stan(variables)
        return {name: v if name == "theta" else _with(v, np.nan) for name, v in found.items()}

    # Distribution

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component``."""
        of_noise = np.isnan(next(iter(values.values())))[component]
        own, others = (None if trials is None else trials[some] for some in (of_noise, ~of_noise))
        proper = self.base.simulate(rng, component[~of_noise], values, others)
        drawn = self.uniform.simulate(rng, int(of_noise.sum()), own)
        y = np.empty((len(component), *proper.shape[1:]))
        y[~of_noise], y[of_noise] = proper, drawn.reshape(len(drawn), *proper.shape[1:])
        return y

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n), with noise in the last place."""
        return _with(self.base.log_density(y, _proper(values)), self.uniform.log_density(y)[:, None])

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of each component's score."""
        mean, variance = self.base.moments(_proper(values))
        of_noise = self.uniform.moments()
        return _with(mean, of_noise[0]), _with(variance, of_noise[1])

    def locations(self, values: Values) -> Array:
        """Return the location of each component; that of noise is beyond all others."""
        return _with(self.base.locations(_proper(values)), np.inf)

    def centres(self, values: Values) -> Array:
        """Return the features by which components are matched; noise is not matched."""
        centres = self.base.centres(_proper(values))
        return np.concatenate([centres, np.zeros_like(centres[..., :1, :])], axis=-2)

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of scores."""
        density = self.base.score_density(y, _proper(values))
        of_noise = np.exp(self.uniform.log_density_of_score(y))
        return np.concatenate([density, np.broadcast_to(of_noise, density[..., :1, :].shape)], axis=-2)

    # Starts

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the base's estimate without the share of noise."""
        return _padded(self.base.estimate(y, responsibility[:, :-1]))

    def restrain(self, values: Values, y: Array, share: float) -> dict[str, Array]:
        """Keep estimates away from values with an unbounded likelihood."""
        return _padded(self.base.restrain(_proper(values), y, share))

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the spread of every component above a floor."""
        return _padded(self.base.keep_above(_proper(values), floor))

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the base's rough standard errors."""
        return _padded(self.base.standard_error(_proper(values), n[:-1]))


def _proper(values: Values) -> dict[str, Array]:
    """Return the values of the components without noise."""
    return {name: value[..., :-1] for name, value in values.items()}


def _padded(values: Values) -> dict[str, Array]:
    return {name: _with(value, np.nan) for name, value in values.items()}


def _with(value: Array, last: float | Array) -> Array:
    """Add the value of noise."""
    return np.concatenate([value, np.broadcast_to(last, value[..., :1].shape)], axis=-1)
