"""Quantities that do not depend on the labels of the components. Convergence is judged by them first."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from stanmix.families import Data, Observations
from stanmix.model import Model
from stanmix.posterior.densities import probes, responsibilities, used_observations
from stanmix.posterior.summary import varies
from stanmix.priors.density import frozen

Array = npt.NDArray[np.float64]

SMALLEST_VARIATION = 1e-4
"""Probabilities and counts with a smaller standard deviation over the draws are taken as constant."""


def functionals(values: Mapping[str, Array], lp: Array, model: Model, y: Data) -> dict[str, Array]:
    """Compute quantities that do not depend on the labels of the components.

    Parameters
    ----------
    values
        Theta and the parameters for all components, each of shape (chains, draws, K).
    lp
        Log density of each draw, shape (chains, draws).
    y
        The observations.

    Returns
    -------
    dict
        ``lp`` without the terms of parameters that are not identified, log likelihood up to a constant, mean
        and standard deviation of the mixture, sum of squared weights, sorted weights, the density at probe
        points, the probability that neighbouring probes belong together, the mean entropy of the assignments
        (nats) and the expected number of components with observations; shape (chains, draws) each. Constant
        quantities are left out. Some draws are infinite: moments of distributions with long tails, and the
        log likelihood if a weight or a parameter was rounded to the end of its range. Undefined draws are
        NaN, which no check passes.
    """
    y = Observations.of(y)
    theta = values["theta"]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = {
            "lp": of_identified(values, lp, model),
            "log likelihood": log_likelihood(values, lp, model),
            **_moments(values, model),
            "sum of squared weights": (theta**2).sum(-1),
        }
    ranked = -np.sort(-theta, axis=-1)
    for k in range(model.components):
        found[f"weight ranked {k + 1}"] = ranked[..., k]
    followed = probes(model, y)
    density = (theta[..., None] * model.parts.density(followed, values)).sum(-2)
    for i, score in enumerate(model.family.score(followed.y)):
        found[f"density at {score:.4g}"] = density[..., i]
    found = {name: draws for name, draws in found.items() if varies(draws)}
    found |= {
        name: draws
        for name, draws in _of_assignments(values, model, y, followed).items()
        if not draws.std() <= SMALLEST_VARIATION  # quantities with NaN are kept
    }
    return found


def _moments(values: Mapping[str, Array], model: Model) -> dict[str, Array]:
    """Return mean and standard deviation of the mixture."""
    theta = values["theta"]
    means, variances = model.parts.moments(values)

    def average(moments: Array) -> Array:
        # A component without weight adds nothing, whatever its moments are.
        total: Array = np.where(theta > 0, theta * moments, 0.0).sum(-1)
        return total

    mean, second = average(means), average(variances + means**2)
    variance = np.where(np.isinf(second), np.inf, second - mean**2)
    return {"mixture mean": mean, "mixture sd": np.sqrt(np.maximum(variance, 0))}


def log_likelihood(values: Mapping[str, Array], lp: Array, model: Model) -> Array:
    """Return the log likelihood of each draw, up to a constant, without a pass over the data.

    It is the log density less the priors and the Jacobians of the scales on which Stan samples: the logarithm
    or the logit of a bounded parameter, and for weights any transform of a simplex, whose Jacobian is the
    product of the weights up to a constant.

    Parameters
    ----------
    values
        Theta and the parameters for all components, shape (chains, draws, K).
    lp
        Log density of each draw with Jacobians, as Stan's ``lp__``.
    """
    with np.errstate(invalid="ignore"):
        return np.array(lp) - log_prior(values, model)


def log_prior(values: Mapping[str, Array], model: Model) -> Array:
    """Return the log prior density on the scale on which Stan samples, up to a constant.

    Parameters
    ----------
    values
        Theta and the parameters for all components, shape (..., K).
    """
    result = np.zeros(values["theta"].shape[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        if model.theta_fixed is None:
            result += (np.asarray(model.theta_alpha) * np.log(values["theta"])).sum(-1)
        for name in model.parameters:
            result += _prior_of(name, values, model)
        result += _beside(values, model)
    return result


def _beside(values: Mapping[str, Array], model: Model) -> Array:
    """Return what the joint log prior has beside the sum of the parameters' own."""
    proper = model.proper
    own = {name: values[name][..., :proper] for name in model.parameters}
    index = {name: plan.index[:proper] for name, plan in model.parameters.items()}
    return model.family.log_prior_beside(own, index)


def of_identified(values: Mapping[str, Array], lp: Array, model: Model) -> Array:
    """Return log densities, shape (...) for values of (..., K), without terms that are not identified.

    Copies that differ in parameters that are not identified are equally probable, but not where Stan samples:
    the Jacobians of their scales differ.
    """
    result = np.array(lp)
    for parameter in model.family.parameters:
        if not parameter.identified:
            result -= _prior_of(parameter.name, values, model)
    return result - _beside(values, model)


def _prior_of(name: str, values: Mapping[str, Array], model: Model) -> Array:
    """Return the log prior density of a parameter's free values on the scale on which Stan samples."""
    plan, result = model.parameters[name], np.zeros(values[name].shape[:-1])
    for i, (prior, (lower, upper)) in enumerate(zip(plan.priors, plan.bounds, strict=True), start=1):
        x = values[name][..., plan.index.index(i)]
        result += frozen(prior).logpdf(x)
        result += np.log(x - lower) if np.isfinite(lower) else 0.0
        result += np.log(upper - x) if np.isfinite(upper) else 0.0
    return result


def _of_assignments(
    values: Mapping[str, Array], model: Model, y: Observations, followed: Observations
) -> dict[str, Array]:
    shape = values["theta"].shape
    flat = {name: value.reshape(-1, shape[-1]) for name, value in values.items()}
    there = responsibilities(model, flat, followed)
    score = model.family.score(followed.y)
    pairs = [*zip(range(len(score) - 1), range(1, len(score)), strict=True), (0, len(score) - 1)]
    found = {
        f"{score[i]:.4g} and {score[j]:.4g} together": (there[:, i] * there[:, j]).sum(-1) for i, j in pairs
    }
    used = used_observations(y.weights, *flat["theta"].shape)
    p = responsibilities(model, flat, y[used])
    found["assignment entropy"] = np.array(
        [-(own * np.log(np.maximum(own, 1e-30))).sum() / len(own) for own in p]
    )
    with np.errstate(divide="ignore"):
        found["components with data"] = np.array(
            [(1 - np.exp(np.log1p(-own).sum(axis=0))).sum() for own in p]
        )
    return {name: draws.astype(float).reshape(shape[:-1]) for name, draws in found.items()}
