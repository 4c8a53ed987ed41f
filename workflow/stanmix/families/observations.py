"""Observations, with what is known of each beside its values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Components = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Observations:
    """Observations, with what is known of each beside its values.

    A family reads values alone. The mixture (:mod:`stanmix.model`) uses weights and known components, which
    are the same for all families.

    Attributes
    ----------
    y
        The values: N numbers, or N rows of several columns, of successes and trials for families that have
        them. Missing cells are NaN.
    weight
        The weight of each observation, N numbers above 0; None where all count once. A weight w counts as w
        observations of the same value.
    label
        The component (from 1) that each observation is known to belong to, 0 where it is not known; None
        where none is.
    """

    y: Array
    weight: Array | None = None
    label: Components | None = None

    @classmethod
    def of(cls, y: Observations | npt.ArrayLike) -> Observations:
        """Return observations; values alone have no weights and no known components."""
        return y if isinstance(y, cls) else cls(np.asarray(y, dtype=np.float64))

    def __len__(self) -> int:
        """Return the number of observations."""
        return len(self.y)

    def __getitem__(self, rows: Any) -> Observations:
        """Return some of the observations: a slice, indices, or a choice for each."""
        return Observations(
            self.y[rows],
            None if self.weight is None else self.weight[rows],
            None if self.label is None else self.label[rows],
        )

    @cached_property
    def weights(self) -> Array:
        """The weight of each observation, N numbers."""
        return np.ones(len(self)) if self.weight is None else self.weight

    @cached_property
    def labels(self) -> Components:
        """The known component of each observation, from 1; 0 where it is not known."""
        return np.zeros(len(self), dtype=np.intp) if self.label is None else self.label

    @property
    def total(self) -> float:
        """The sum of all weights: how many observations these count as."""
        return float(self.weights.sum())

    def unweighted(self) -> Observations:
        """Return the observations without weights, which makes those equal that differ only in weights."""
        return replace(self, weight=None)

    def table(self) -> Array:
        """Return all that tells observations apart: N values, or N rows with weight and label at the end."""
        beside = [own for own in (self.weight, self.label) if own is not None]
        return np.column_stack([self.y, *beside]) if beside else self.y

    def from_table(self, table: Array) -> Observations:
        """Read observations of the same kind back from rows of :meth:`table`."""
        weight = label = None
        if self.label is not None:
            table, label = table[:, :-1], table[:, -1].astype(np.intp)
        if self.weight is not None:
            table, weight = table[:, :-1], table[:, -1]
        return Observations(table[:, 0] if table.ndim > self.y.ndim else table, weight, label)


Data = Observations | Array
"""Observations, or their values alone."""
