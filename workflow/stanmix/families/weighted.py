"""A family of observations that have weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from stanmix.families.base import Array
from stanmix.families.wrapped import WithColumn


class Weighted(WithColumn):
    """Another family, with the weight of each observation as a last column.

    A weight w counts as w observations of the same value: the log density of the observation is multiplied
    by it.
    """

    untold = 1.0

    def identity(self) -> dict[str, Any]:
        """Return the base's facts, and that observations have weights."""
        return {**self.base.identity(), "weighted": True}

    def weights(self, y: Array) -> Array:
        """Return the weight of each observation."""
        weight: Array = y[:, -1]
        return weight

    def unweighted(self, y: Array) -> Array:
        """Return the observations with weights of 1."""
        return np.column_stack([y[:, :-1], np.ones(len(y))])

    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return the base's estimate from weighted observations."""
        return super().estimate(y, responsibility * self.weights(y)[:, None])
