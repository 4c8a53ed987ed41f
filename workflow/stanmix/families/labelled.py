"""A family of observations of which some are known to belong to a component."""

from __future__ import annotations

from typing import Any

import numpy as np

from stanmix.families.base import Array, Components, Family, Values
from stanmix.families.wrapped import WithColumn


class Labelled(WithColumn):
    """Another family, with the known component of each observation (from 1; 0: not known) as a last column.

    If the component of an observation is known, its density under all other components is 0. All quantities
    computed from densities then respect the labels.
    """

    def __init__(self, base: Family, known: tuple[int, ...]):
        """Add labels to a family; each of the ``known`` components has known observations."""
        super().__init__(base)
        self.known = known

    def identity(self) -> dict[str, Any]:
        """Return the base's facts, and the components with known observations."""
        return {**self.base.identity(), "known": list(self.known)}

    def labels(self, y: Array) -> Components:
        """Return the known component of each observation, from 1; 0 where it is not known."""
        return y[:, -1].astype(np.intp)

    def stan_labels(self, y: Array) -> dict[str, Any]:
        """Return the known components as data of the Stan program."""
        return {"has_labels": 1, "label": self.labels(y)}

    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n); -inf where the observation is known to belong to another component."""
        density = super().log_density(y, values)
        label = self.labels(y)[:, None]
        possible = (label == 0) | (label == np.arange(1, density.shape[-1] + 1))
        return np.where(possible, density, -np.inf)
