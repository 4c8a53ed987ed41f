"""Resolve the labels of exchangeable components.

Components that the prior cannot tell apart may change their numbers from draw to draw. Every draw is
renumbered by one of the model's symmetries (:mod:`stanmix.model.symmetry`), by relabelling
(:mod:`stanmix.posterior.relabel`) or by the order of a parameter, as the model's `identify` says. A component
that its prior or a fixed value identifies keeps its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.families import Data, Values
from stanmix.model import Model
from stanmix.model.symmetry import Permutation
from stanmix.posterior.identify import IDENTIFY, ordered_by
from stanmix.posterior.relabel import confusion, relabel

Array = npt.NDArray[np.float64]

TIE = 0.01
"""Weight of parameters other than locations in matching components to true ones."""
AMBIGUOUS = 1.0
"""Smallest margin, in nats, with which the numbering of a draw is clear."""


LOCATION = "location"
"""Components are numbered by this where each has a location of its own: see `Family.locations`."""


def ordering(model: Model, members: Sequence[int]) -> str | None:
    """Return the quantity by which exchangeable components are numbered.

    It is their location, or the first parameter that varies among them when all that it depends on is
    shared or fixed; ``theta`` if only the weights vary; None if nothing does.
    """
    if any(_varies(model, name, members) for name in model.family.location):
        return LOCATION
    for parameter in model.family.parameters:
        if parameter.identified and _varies(model, parameter.name, members):
            return parameter.name
    return "theta" if model.theta_fixed is None else None


@dataclass(frozen=True)
class Labels:
    """Resolved labels of all draws, and how certain they are.

    Attributes
    ----------
    permutation
        Shape (chains, draws, K): position j holds the sampled component (from 0) that becomes component j.
    margin
        Shape (chains, draws): how many nats the second-best numbering diverges more from the mean
        classification than the best; None where labels were not relabelled.
    facts
        ``method``; ``renumbered``, the share of draws that are numbered otherwise than most;
        ``non_permutation_rate`` and ``confused``, the share of draws in which each component cannot be told
        from another by its parameters; after relabelling also ``ambiguous``, the share of draws with a
        margin below 1, the quantiles ``margin_5`` and ``margin_50``, ``pivot_chain`` and ``pivot_draw``
        (from 1), ``iterations``, ``observations`` used.
    """

    permutation: Permutation
    margin: Array | None
    facts: dict[str, Any]


def resolve_labels(
    model: Model, values: Mapping[str, Array], lp: Array, y: Data, identify: str = IDENTIFY
) -> Labels:
    """Find the permutation that resolves the labels of every draw, over all chains together.

    Parameters
    ----------
    model
        The model.
    values
        ``theta`` and the parameters, each of shape (chains, draws, K), as sampled.
    lp
        Log density of each draw, shape (chains, draws).
    y
        The observations.
    identify
        ``relabel``, ``order(parameter)`` or ``none``.
    """
    shape, symmetry = values["theta"].shape, model.symmetry
    flat = {name: value.reshape(-1, shape[-1]) for name, value in values.items()}
    permutation = np.broadcast_to(np.arange(shape[-1]), flat["theta"].shape).copy()
    margin = None
    facts: dict[str, Any] = {"method": identify}
    by = ordered_by(identify)
    if by is not None:
        permutation = symmetry.ascending(flat[by])
    elif identify == "relabel" and symmetry.factors:
        found = relabel(model, flat, lp.reshape(-1), y, symmetry)
        by_location = flat | {LOCATION: model.parts.locations(flat)}
        means = {name: permute(v, found.permutation).mean(axis=0) for name, v in by_location.items()}
        permutation = found.permutation[:, _in_order(model, means)]
        margin = found.margin.reshape(shape[:2])
        chain, draw = divmod(int(found.facts["pivot"]), shape[1])
        facts |= {
            "ambiguous": float((margin < AMBIGUOUS).mean()),
            "margin_5": float(np.quantile(margin, 0.05)),
            "margin_50": float(np.median(margin)),
            "pivot_chain": chain + 1,
            "pivot_draw": draw + 1,
            "iterations": found.facts["iterations"],
            "observations": found.facts["observations"],
        }
    facts["renumbered"] = _renumbered(permutation)
    rates, confused = [0.0], np.zeros(shape[-1])
    for members in symmetry.orbits:
        if len(members) > 1:
            rate, confused[members] = confusion(_features(model, flat, permutation, members))
            rates.append(rate)
    facts |= {"non_permutation_rate": max(rates), "confused": confused.tolist()}
    return Labels(permutation.reshape(shape), margin, facts)


def numbering(model: Model, values: Values) -> Permutation:
    """Return the order in which components at a point are numbered: by location, as in a fit.

    Parameters
    ----------
    model
        The model.
    values
        ``theta`` and the parameters, K values each.
    """
    return _in_order(model, {**values, LOCATION: model.parts.locations(values)})


def _in_order(model: Model, values: Mapping[str, Array]) -> Permutation:
    return model.symmetry.sorted(values, lambda members: ordering(model, members))


def _renumbered(permutation: Permutation) -> float:
    """Return the share of draws that are numbered otherwise than most."""
    _, counts = np.unique(permutation, axis=0, return_counts=True)
    return float(1 - counts.max() / len(permutation))


def _features(
    model: Model, values: Mapping[str, Array], permutation: Permutation, members: list[int]
) -> Array:
    """Return the features that tell exchangeable components apart, (S, members, features).

    Weights are among them if nothing else tells some components apart.
    """
    features, index = [], []
    for parameter in model.family.parameters:
        if parameter.identified and _varies(model, parameter.name, members):
            value = permute(values[parameter.name], permutation)[:, members]
            features.append(np.log(value) if parameter.support[0] == 0 else value)
            index.append([model.parameters[parameter.name].index[k] for k in members])
    if len(set(zip(*index, strict=True))) < len(members):
        features.append(permute(values["theta"], permutation)[:, members])
    return np.stack(features, axis=-1)


def _varies(model: Model, name: str, members: Sequence[int]) -> bool:
    """Tell whether exchangeable components have different values of a parameter."""
    return len({model.parameters[name].index[k] for k in members}) > 1


def permute(values: Array, permutation: Permutation) -> Array:
    """Apply a permutation of shape (..., K) to values of the same shape."""
    return np.take_along_axis(values, permutation, axis=-1)


def align_truth(model: Model, means: Values, truth: Values) -> Permutation:
    """Match the true components of simulated data to the components of a fit.

    Only exchangeable components are matched: by the distance of their locations, and by that of all posterior
    means where locations are equal. The prior identifies the other components.

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
    symmetry = model.symmetry
    centres, true_centres = (model.parts.centres(values) for values in (means, truth))
    cost = np.zeros((model.components, model.components))
    for members in symmetry.orbits:
        if len(members) < 2:
            continue
        own = np.ix_(members)
        spread = true_centres.std(axis=0)
        distance = centres[own][:, None, :] - true_centres[own]
        of_these = ((distance / np.where(spread > 0, spread, 1.0)) ** 2).sum(axis=-1)
        for name, value in means.items():
            if name != "theta" and not model.family.parameter(name).identified:
                continue
            # The means of weakly identified parameters may be far from every true value.
            spread_of_one = float(np.std(truth[name])) or 1.0
            of_these += TIE * np.minimum(
                ((value[members][:, None] - truth[name][members]) / spread_of_one) ** 2, 4.0
            )
        cost[np.ix_(members, members)] = of_these
    return symmetry.best(cost)
