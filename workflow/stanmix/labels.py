"""Resolve the labels of exchangeable components.

Components that the prior cannot tell apart may change their numbers from draw to draw. Within each
class of such components, every draw is numbered by the family's ordering parameter. A component
that its prior or a fixed value identifies keeps its number.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from stanmix.families import Values
from stanmix.model import Model

Array = npt.NDArray[np.float64]
Permutation = npt.NDArray[np.intp]


def ordering_parameter(model: Model, members: list[int]) -> str | None:
    """Return the parameter by which a class of components is numbered.

    It is the family's own, or the first that varies within the class when that one is shared or
    fixed; ``theta`` if only the weights do; None if nothing varies.
    """
    names = [model.family.order_by, *(name for name in model.parameters if name != model.family.order_by)]
    for name in names:
        index = [model.parameters[name].index[k] for k in members]
        if 0 not in index and len(set(index)) == len(index):
            return name
    return "theta" if model.theta_fixed is None else None


def order(model: Model, values: Mapping[str, Array]) -> Permutation:
    """Find the permutation that resolves the labels of every draw.

    Parameters
    ----------
    model
        The model.
    values
        ``theta`` and the parameters, each of shape (..., K).

    Returns
    -------
    Permutation
        Array of shape (..., K): position j holds the sampled component (from 0) that becomes
        component j.
    """
    shape = values["theta"].shape
    permutation = np.broadcast_to(np.arange(model.components), shape).copy()
    for members in model.exchangeable_classes():
        name = ordering_parameter(model, members) if len(members) > 1 else None
        if name is not None:
            ranks = np.argsort(values[name][..., members], axis=-1, kind="stable")
            permutation[..., members] = np.asarray(members)[ranks]
    return permutation


def permute(values: Array, permutation: Permutation) -> Array:
    """Apply a permutation of shape (..., K) to values of the same shape."""
    return np.take_along_axis(values, permutation, axis=-1)


def align_truth(model: Model, means: Values, truth: Values) -> Permutation:
    """Match the true components of simulated data to the components of a fit.

    Only exchangeable components are matched, by their distance in posterior means; the others
    have their meaning from the prior.

    Parameters
    ----------
    model
        The model; its number of components equals the truth's.
    means
        Posterior means of ``theta`` and the parameters, K values each.
    truth
        True values under the same names.

    Returns
    -------
    Permutation
        For each component of the fit the true component (from 0) that it is compared with.
    """
    match = np.arange(model.components)
    for members in model.exchangeable_classes():
        if len(members) < 2:
            continue
        cost = np.zeros((len(members), len(members)))
        for name, value in means.items():
            spread = float(np.std(truth[name])) or 1.0
            cost += ((value[members][:, None] - truth[name][members]) / spread) ** 2
        _, chosen = linear_sum_assignment(cost)
        match[members] = np.asarray(members)[chosen]
    return match
