"""The distribution of noise: uniform over what observations may be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Uniform:
    """Uniform distribution over a region, of those columns that are observed.

    Attributes
    ----------
    lower, upper
        The ends of the region, a number for each column.
    whole
        For each column whether it holds whole numbers; both ends are among them.
    """

    def __init__(self, lower: Sequence[float], upper: Sequence[float], whole: Sequence[bool]):
        """Make the distribution over a region."""
        self.lower, self.upper = np.array(lower, dtype=float), np.array(upper, dtype=float)
        self.whole = np.array(whole, dtype=bool)
        self.width = self.upper - self.lower + self.whole

    def log_density(self, y: Array) -> Array:
        """Return the log density of the observed cells of each observation, N values."""
        cells = y.reshape(len(y), -1)
        log_density: Array = -np.where(np.isnan(cells), 0.0, np.log(self.width)).sum(axis=1)
        return log_density

    def log_density_of_score(self, y: Array) -> Array:
        """Return the log density of the score of each observation, N values."""
        return np.full(len(y), -np.log(self.width[0]))

    def moments(self) -> tuple[float, float]:
        """Return mean and variance of the score."""
        variance = (self.width[0] ** 2 - self.whole[0]) / 12
        return float(self.lower[0] + self.upper[0]) / 2, float(variance)

    def simulate(self, rng: np.random.Generator, n: int, trials: Array | None = None) -> Array:
        """Draw n rows of all columns."""
        drawn = rng.uniform(self.lower, self.lower + self.width, (n, len(self.lower)))
        return np.where(self.whole, np.minimum(np.floor(drawn), self.upper), drawn)


class UniformSuccesses(Uniform):
    """Uniform distribution of the successes of each row, from none to its number of trials.

    The region is that of shares of successes.
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
