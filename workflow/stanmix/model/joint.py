"""Free values that are sampled together, on coordinates of their own.

If columns are nearly collinear, means and covariances of multivariate components are too correlated in the
posterior for any metric that Stan adapts. Linear coordinates computed from the data make the posterior nearly
spherical; :mod:`stanmix.starts.conditioning` finds them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.linalg import spsolve
from scipy.special import expit

from stanmix.priors import Bounds


@dataclass(frozen=True, eq=False)
class Joint:
    """Free values that Stan samples together, on coordinates on which their posterior is nearly spherical.

    Without their bounds (logarithms, logits) they are ``centre + scale @ standard``.

    Attributes
    ----------
    members
        Positions (from 0) among all free values, m of them.
    centre
        m numbers.
    scale
        Sparse matrix, (m, m).
    """

    members: tuple[int, ...]
    centre: npt.NDArray[np.float64]
    scale: Any

    def stan_data(self, lower: Sequence[float], upper: Sequence[float]) -> dict[str, Any]:
        """Return the data of the Stan program, given the bounds of all free values."""
        return {
            "n_joint": len(self.members),
            "joint": [i + 1 for i in self.members],
            "joint_lower": [lower[i] for i in self.members],
            "joint_upper": [upper[i] for i in self.members],
            "joint_centre": self.centre,
            "joint_nonzero": len(self.scale.data),
            "joint_w": self.scale.data,
            "joint_v": self.scale.indices + 1,
            "joint_u": self.scale.indptr + 1,
        }

    def standard(self, unbounded: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return what Stan samples for values without bounds."""
        solved: npt.NDArray[np.float64] = spsolve(self.scale.tocsc(), unbounded - self.centre)
        return solved

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as JSON."""
        return {
            "members": list(self.members),
            "centre": self.centre.tolist(),
            "data": self.scale.data.tolist(),
            "indices": self.scale.indices.tolist(),
            "indptr": self.scale.indptr.tolist(),
        }

    @staticmethod
    def from_dict(facts: Mapping[str, Any]) -> Joint:
        """Read the facts back."""
        size = len(facts["members"])
        arrays = tuple(np.asarray(facts[name]) for name in ("data", "indices", "indptr"))
        return Joint(
            tuple(facts["members"]), np.asarray(facts["centre"]), csr_array(arrays, shape=(size, size))
        )


NO_JOINT = {
    "n_joint": 0,
    "joint": [],
    "joint_lower": [],
    "joint_upper": [],
    "joint_centre": [],
    "joint_nonzero": 0,
    "joint_w": [],
    "joint_v": [],
    "joint_u": [1],
}
"""Data of the Stan programs where no values are sampled together."""


TINY = 1e-300
"""Smallest distance from a bound, so that the transform of a value that was rounded to it is finite."""


def without_bound(x: npt.NDArray[np.float64], bounds: Bounds) -> npt.NDArray[np.float64]:
    """Apply the transform with which Stan samples: the logarithm or the logit of bounded values."""
    lower, upper = bounds
    above, below = np.maximum(x - lower, TINY), np.maximum(upper - x, TINY)
    if math.isfinite(lower) and math.isfinite(upper):
        return np.asarray(np.log(above) - np.log(below))
    if math.isfinite(lower):
        return np.asarray(np.log(above))
    return np.asarray(np.log(below) if math.isfinite(upper) else x)


def with_bound(u: npt.NDArray[np.float64], bounds: Bounds) -> npt.NDArray[np.float64]:
    """Invert :func:`without_bound`."""
    lower, upper = bounds
    if math.isfinite(lower) and math.isfinite(upper):
        return np.asarray(lower + (upper - lower) * expit(u))
    if math.isfinite(lower):
        return np.asarray(lower + np.exp(u))
    return np.asarray(upper - np.exp(u) if math.isfinite(upper) else u)


def without_bounds(x: npt.NDArray[np.float64], bounds: Sequence[Bounds]) -> npt.NDArray[np.float64]:
    """Return free values, each with bounds of its own, on the scale on which Stan samples."""
    return np.array([without_bound(value, own) for value, own in zip(x, bounds, strict=True)])
