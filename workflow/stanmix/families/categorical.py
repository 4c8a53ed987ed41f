"""A column of categories, as a part of rows of several columns."""

from __future__ import annotations

from functools import partial

import numpy as np

from stanmix.families.base import Array, Components, DataScale, Family, Parameter, Values
from stanmix.families.statistics import Statistics
from stanmix.families.support import CATEGORIES
from stanmix.priors import UNIT, Prior

LEAST = 1e-3
"""Smallest estimated share of a level."""


class Categorical(Family):
    """Categorical distribution of the levels 1 to L.

    Its parameters are shares between 0 and 1: the share of level l among the levels from l on, for all levels
    but the last. With the default priors, which are independent beta distributions, the probabilities have a
    flat Dirichlet distribution (Connor and Mosimann 1969, Journal of the American Statistical Association
    64).
    """

    name: str = "categorical"
    support = CATEGORIES

    def __init__(self, levels: int = 2):
        """Make the family of a number of levels, two or more."""
        self.levels = levels
        self.parameters = tuple(
            Parameter(
                f"share_{level}",
                f"share of level {level}" + (f" among the levels from {level} on" if level > 1 else ""),
                UNIT,
                partial(_default_share, levels - level),
            )
            for level in range(1, levels)
        )
        self.location = ("share_1",)
        self.statistics = dict(_statistics(levels))

    def region(self, y: Array) -> tuple[Array, Array]:
        """Return the first and the last level, even if no observation has them."""
        return np.ones(1), np.maximum(y.max(keepdims=True), 2.0)

    def probabilities(self, values: Values) -> Array:
        """Return the probability of each level, shape (..., L) for values of shape (...)."""
        shares = [values[p.name] for p in self.parameters]
        rest = np.ones_like(shares[0])
        found = []
        for share in shares:
            found.append(rest * share)
            rest = rest * (1 - share)
        return np.stack([*found, rest], axis=-1)

    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one level for each entry of ``component``."""
        edges = self.probabilities(values)[component].cumsum(axis=-1)[:, :-1]
        level: Array = 1.0 + (rng.random((len(component), 1)) >= edges).sum(axis=1)
        return level

    def log_density(self, y: Array, values: Values) -> Array:
        """Return the log probability of each level."""
        with np.errstate(divide="ignore"):
            log_p = np.log(self.probabilities(values))
        level = np.clip(y, 1, self.levels).astype(np.intp) - 1
        # Values of shape (..., 1, K) have log probabilities (..., 1, K, L); of (K), (K, L).
        picked: Array = np.moveaxis(log_p, -1, 0)[level]  # N x (values' shape)
        if picked.ndim == 2:
            return picked
        joined: Array = np.moveaxis(picked[..., 0, :], 0, -2)
        return joined

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of the number of the level."""
        p, level = self.probabilities(values), np.arange(1.0, self.levels + 1)
        mean: Array = p @ level
        return mean, p @ level**2 - mean**2

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return weighted shares, shrunk a little towards equal ones."""
        total = np.stack([responsibility[y == level].sum(axis=0) for level in range(1, self.levels + 1)])
        total += LEAST * responsibility.sum(axis=0) + 1e-9
        rest = total[::-1].cumsum(axis=0)[::-1]
        return {p.name: total[i] / rest[i] for i, p in enumerate(self.parameters)}

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return 2 / sqrt(n), the error of the logit of one half."""
        return {p.name: 2 / np.sqrt(n) for p in self.parameters}


def _default_share(after: int, _: DataScale) -> Prior:
    return Prior("beta", {"alpha": 1.0, "beta": float(after)})


def _statistics(levels: int) -> Statistics:
    """Return the share of each level."""
    return {f"share of level {level}": partial(_share, level) for level in range(1, levels + 1)}


def _share(level: int, y: Array) -> Array:
    share: Array = (y == level).mean(axis=-1)
    return share
