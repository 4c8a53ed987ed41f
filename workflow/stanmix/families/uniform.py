"""The distribution of noise: uniform over the possible observations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Uniform:
    """Uniform distribution over a region, for the observed columns.

    Attributes
    ----------
    lower, upper
        The ends of the region, a number for each column.
    whole
        Whether each column holds whole numbers; both ends are included.
    """

    def __init__(self, lower: Sequence[float], upper: Sequence[float], whole: Sequence[bool]):
        """Make the distribution over a region."""
        self.lower, self.upper = np.array(lower, dtype=float), np.array(upper, dtype=float)
        self.whole = np.array(whole, dtype=bool)
        self.width = self.upper - self.lower + self.whole

    def log_density(self, y: Array) -> Array:
        """Return the log density of the observed cells of each observation, N values; -inf outside."""
        cells = y.reshape(len(y), -1)
        inside = -np.where(np.isnan(cells), 0.0, np.log(self.width)).sum(axis=1)
        # A missing cell is on neither side.
        outside = ((cells < self.lower) | (cells > self.upper)).any(axis=1)
        return np.where(outside, -np.inf, inside)

    def log_density_of_score(self, y: Array) -> Array:
        """Return the log density of the score of each observation, N values; -inf outside."""
        score = y.reshape(len(y), -1)[:, 0]
        outside = (score < self.lower[0]) | (score > self.upper[0])
        return np.where(outside, -np.inf, -np.log(self.width[0]))

    def moments(self) -> tuple[float, float]:
        """Return mean and variance of the score."""
        variance = (self.width[0] ** 2 - self.whole[0]) / 12
        return float(self.lower[0] + self.upper[0]) / 2, float(variance)

    def simulate(self, rng: np.random.Generator, n: int, trials: Array | None = None) -> Array:
        """Draw n rows of all columns."""
        drawn = rng.uniform(self.lower, self.lower + self.width, (n, len(self.lower)))
        # Rounding may carry a sum beyond the end.
        inside: Array = np.minimum(np.where(self.whole, np.floor(drawn), drawn), self.upper)
        return inside


class UniformAngles(Uniform):
    """Uniform distribution on the circle, on which angles are equal after a full turn.

    The region is the turn in which angles are drawn.
    """

    def log_density(self, y: Array) -> Array:
        """Return the log density of each angle, N values."""
        return np.full(len(y), -np.log(2 * np.pi))

    def log_density_of_score(self, y: Array) -> Array:
        """Return the log density of each angle, N values."""
        return self.log_density(y)

    def moments(self) -> tuple[float, float]:
        """Return the middle of the turn and the circular variance, which is 1: no direction is the mean."""
        return super().moments()[0], 1.0


class UniformSuccesses(Uniform):
    """Uniform distribution of the successes of each row, from 0 to its number of trials.

    The region is in shares of successes.
    """

    def log_density(self, y: Array) -> Array:
        """Return the log probability of the successes of each row, N values."""
        return -np.log1p(y[:, 1])

    def log_density_of_score(self, y: Array) -> Array:
        """Return the log probability of the share of successes of each row, N values."""
        return self.log_density(y)

    def simulate(self, rng: np.random.Generator, n: int, trials: Array | None = None) -> Array:
        """Draw the successes of n rows, beside the trials."""
        assert trials is not None
        return np.column_stack([rng.integers(0, trials.astype(np.int64) + 1).astype(float), trials])
