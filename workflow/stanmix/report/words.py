"""A model in words: what is inferred, what is fixed, and under which priors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from stanmix.model import Model, ParameterPlan
from stanmix.priors import Bounds, Prior
from stanmix.priors.density import interval
from stanmix.report.formats import plain, significant

PRIOR_INTERVAL = 0.95


def formula(model: Model) -> str:
    """Write the distribution of an observation as a Stan user would."""
    arguments = ", ".join(f"{p.name}[k]" for p in model.family.parameters)
    density = f"{model.family.name}({arguments})"
    if model.components == 1:
        return f"y[n] ~ {density.replace('[k]', '[1]')}"
    of_noise = "" if model.noise is None else f" + theta[{model.components}] · noise"
    return f"y[n] ~ Σₖ theta[k] · {density}{of_noise},  k = 1, …, {model.proper}"


def describe(model: Model, spec: Mapping[str, Any]) -> list[dict[str, str]]:
    """Describe every parameter of a model.

    Parameters
    ----------
    model
        The model with its resolved priors.
    spec
        Its section of the configuration, which shows which priors are given.

    Returns
    -------
    list of dict
        Rows of ``parameter``, ``meaning``, ``prior``, ``interval`` (central, of the prior) and ``origin``.
    """
    rows = [_weights(model, spec.get("weights", {}))]
    for parameter in model.family.parameters:
        plan = model.parameters[parameter.name]
        treatment = spec.get("parameters", {}).get(parameter.name, {})
        rows += _parameter(plan, parameter.description, "prior" in treatment)
    return rows


def _weights(model: Model, spec: Mapping[str, Any]) -> dict[str, str]:
    if model.theta_fixed is not None:
        values = ", ".join(significant(value) for value in model.theta_fixed)
        given = "fixed" in spec
        return _row(
            "theta", "weights", f"fixed at {values}", "", "configuration" if given else "one component"
        )
    alpha = ", ".join(f"{a:g}" for a in model.theta_alpha)
    shares = []
    total = sum(model.theta_alpha)
    for a in sorted(set(model.theta_alpha)):
        marginal = Prior("beta", {"alpha": a, "beta": total - a})
        shares.append(_interval(marginal, (0.0, 1.0)))
    # The effective configuration holds the default, too, and does not tell whether it was written out.
    origin = "default" if set(model.theta_alpha) == {1.0} else "configuration"
    return _row("theta", "weights", f"dirichlet({alpha})", "; ".join(shares), origin)


def _parameter(plan: ParameterPlan, meaning: str, given: bool) -> list[dict[str, str]]:
    """Describe one parameter, with components that share a prior in one row."""
    groups: dict[tuple[str, str], list[int]] = {}
    for k, i in enumerate(plan.index[: plan.proper]):  # noise has no parameters
        if i == 0:
            key = (f"fixed at {plain(plan.fixed[k])}", "")
        else:
            prior, bounds = plan.priors[i - 1], plan.bounds[i - 1]
            key = (f"{prior}{_truncation(prior, bounds)}", _interval(prior, bounds))
        groups.setdefault(key, []).append(k + 1)
    rows = []
    for (text, central), members in groups.items():
        everywhere = len(groups) == 1
        name = plan.name if everywhere else f"{plan.name}[{', '.join(map(str, members))}]"
        free = not text.startswith("fixed")
        shared = plan.shared and free and len(members) > 1
        suffix = (
            ", one value for all components" if shared else ", each component" if len(members) > 1 else ""
        )
        rows.append(_row(name, meaning + suffix, text, central, _origin(given) if free else "configuration"))
    return rows


def _truncation(prior: Prior, bounds: Bounds) -> str:
    """Say where a prior is truncated, unless its own support is narrower."""
    if prior.support((-math.inf, math.inf)) == bounds or bounds == (-math.inf, math.inf):
        return ""
    lower, upper = (plain(bound) if math.isfinite(bound) else "" for bound in bounds)
    return f" T[{lower}, {upper}]"


def _interval(prior: Prior, bounds: Bounds) -> str:
    low, high = interval(prior, bounds, PRIOR_INTERVAL)
    return f"{significant(low)} to {significant(high)}"


def _origin(given: bool) -> str:
    return "configuration" if given else "default, scaled to the data"


def _row(parameter: str, meaning: str, prior: str, central: str, origin: str) -> dict[str, str]:
    return {"parameter": parameter, "meaning": meaning, "prior": prior, "interval": central, "origin": origin}
