"""Starts: EM turns clusters of the observations into parameters, with a guess of the metric.

The search for modes (:mod:`stanmix.starts.search`) climbs from such parameters. The start itself serves where
one is enough: for draws of the prior, and for the timing of a gradient.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.cluster.vq import kmeans2
from scipy.optimize import linear_sum_assignment
from scipy.special import logsumexp

from stanmix.families import Data, Observations, Values
from stanmix.model import Model, ParameterPlan
from stanmix.posterior.densities import rows_at
from stanmix.priors.density import frozen
from stanmix.weighting import are_whole

Array = npt.NDArray[np.float64]

SUBSAMPLE = 0.6
"""Share of the observations in a subsample."""
LARGEST_SUBSAMPLE = 5000
EM_STEPS = 25
TRIES = 5
"""Number of runs of EM for an estimate; the best one is taken."""
JITTER = 2.0
"""Standard deviation of the jitter of starts, in rough standard errors."""
SMALLEST_WEIGHT = 0.1
"""Smallest weight of a component at the start, as a share of 1 / K."""
SMALLEST_SCALE = 0.25
"""Smallest spread of a component at the start, as a share of the data's standard deviation / K."""
KNOWN = 1000.0
"""Weight of known members against the prior when clusters are assigned to components."""
NOISE = 0.05
"""Share of noise at the start, taken from each component's observations."""
TINY = 1e-12
"""Smallest responsibility, so that no component is without data."""


OBSERVATIONS_PER_PARAMETER = 25
"""With fewer observations the posterior is far from normal, and a dense metric costs more than it gives."""


def start(model: Model, y: Data, seed: int, metric: str = "auto", dense_up_to: int = 20) -> dict[str, Any]:
    """Find a start for one chain: the best of several runs of k-means and EM on subsamples, jittered.

    Parameters
    ----------
    model
        The model.
    y
        Observations, N of them.
    seed
        Seed of this chain's start.
    metric, dense_up_to
        Of the configuration's ``sampling`` section.

    Returns
    -------
    dict
        ``init``: values of the Stan program's parameters; ``inv_metric``: rough posterior variances
        of the unconstrained parameters, in Stan's order, or a matrix with them on its diagonal where the
        metric is to be dense.
    """
    y, rng = Observations.of(y), np.random.default_rng(seed)
    theta, values = _best(model, y, rng)
    n = np.maximum(theta * y.total, 1.0)
    errors = model.parts.standard_error(values, n)
    variances, free = [], []
    if model.theta_fixed is None:
        theta = theta * np.exp(JITTER * rng.standard_normal(len(theta)) / np.sqrt(n))
        variances.append(np.full(model.components - 1, 1.0 / np.median(n)))
    for name, plan in model.parameters.items():
        error = plan.free_values(errors[name])
        free += _jittered(plan, plan.free_values(values[name]), error, rng)
        variances.append(_unconstrained_variance(plan, error))
    init = model.stan_point(theta, np.array(free))
    inv_metric = np.concatenate(variances)
    if model.joint:
        members = list(model.joint.members)
        before = len(inv_metric) - len(free)
        at = [plan.free_values(values[name]) for name, plan in model.parameters.items()]
        # Joint values are jittered on their coordinates, where errors are about equal and not correlated.
        own_error = 1 / math.sqrt(np.median(n))
        jitter = JITTER * own_error * rng.standard_normal(len(members))
        init["standard"][members] = model.stan_point(theta, np.concatenate(at))["standard"][members] + jitter
        inv_metric[[before + i for i in members]] = own_error**2
    if is_dense(metric, dense_up_to, len(inv_metric), y.total):
        inv_metric = np.diag(inv_metric)
    return {"init": init, "inv_metric": inv_metric}


def estimated(model: Model, y: Data, seed: int) -> tuple[Array, Values]:
    """Return weights and parameters of the best of several runs of k-means and EM.

    Parameters
    ----------
    model
        The model.
    y
        Observations, N of them.
    seed
        Seed of the runs.
    """
    y = Observations.of(y)
    return _best(model, y, np.random.default_rng(seed))


def _best(model: Model, y: Observations, rng: np.random.Generator) -> tuple[Array, Values]:
    """Return the best of several runs of k-means and EM, by the likelihood of a subsample."""
    common = subsample(y, model, rng)
    best, found = -np.inf, None
    for _ in range(TRIES):
        theta, values = improved(model, common, *k_means(model, subsample(y, model, rng), rng))
        fit = logsumexp(np.log(theta) + model.parts.log_density(common, values), axis=1)
        likelihood = float(fit @ common.weights)
        if found is None or likelihood > best:
            best, found = likelihood, (theta, values)
    assert found is not None
    return found


def is_dense(metric: str, dense_up_to: int, parameters: int, observations: float) -> bool:
    """Tell whether a metric is to be dense, by the configuration's ``sampling`` section."""
    enough = parameters <= dense_up_to and observations >= OBSERVATIONS_PER_PARAMETER * parameters
    return metric == "dense" or (metric == "auto" and enough)


def subsample(y: Data, model: Model, rng: np.random.Generator, share: float = SUBSAMPLE) -> Observations:
    """Draw a share of the data, 5,000 rows at most, without weights; it has at least K distinct values.

    Rows are drawn as often as their weights say, so that each drawn observation counts once. Observations
    with known components are always in it, if they are few: without them a chain may start with groups at the
    wrong components.
    """
    y = Observations.of(y)
    components = model.components
    weight, y = y.weights, y.unweighted()
    whole = are_whole(weight)
    n = round(float(weight.sum())) if whole else len(y)
    size = min(max(math.ceil(share * n), min(n, 10 * components)), LARGEST_SUBSAMPLE)
    if whole:
        place = rng.choice(n, size=size, replace=False)
    else:  # one from each of as many equal parts of the sum of the weights
        place = (np.arange(size) + rng.random(size)) * (weight.sum() / size)
    rows = rows_at(weight, place)
    known = np.flatnonzero(y.labels > 0)
    times = weight[known].astype(np.intp) if whole else np.ones(len(known), dtype=np.intp)
    if 0 < times.sum() <= size:
        rows = np.concatenate([rows, np.repeat(known, times)])
    table = y.table()
    if len(np.unique(table[rows], axis=0)) < components:
        _, distinct = np.unique(table, axis=0, return_index=True)
        rows = np.concatenate([rows, rng.choice(distinct, size=components, replace=False)])
        if len(np.unique(table[rows], axis=0)) < components:
            rows = np.concatenate([rows, distinct])
    return y[rows]


def k_means(model: Model, y: Data, rng: np.random.Generator) -> tuple[Array, Values]:
    """Estimate components from clusters of the data by k-means."""
    y = Observations.of(y)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "One of the clusters is empty", UserWarning)
        _, label = kmeans2(standardised(model, y), model.proper, minit="++", rng=rng)
    return of_clusters(model, y, label)


def standardised(model: Model, y: Data) -> Array:
    """Return the coordinates of the observations with means of 0 and standard deviations of 1, (N, D)."""
    y = Observations.of(y)
    x = model.family.coordinates(y.y)
    result: Array = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), TINY)
    return result


def of_clusters(model: Model, y: Data, label: npt.NDArray[np.integer[Any]]) -> tuple[Array, Values]:
    """Estimate components from clusters, each of which goes to the component whose prior it fits best.

    Parameters
    ----------
    label
        The cluster of each observation, from 0 to one less than the number of components without noise.

    Returns
    -------
    theta, values
        Weights and parameters, K values each.
    """
    y = Observations.of(y)
    responsibility = np.maximum(np.eye(model.proper)[label], TINY)
    if model.noise:
        responsibility = np.column_stack([responsibility, np.full(len(y), NOISE)])
        responsibility /= 1 + NOISE
    theta = _shares(y, responsibility)
    values = model.parts.estimate(y, responsibility)
    order = _assign_to_components(model, values, y.labels, label)
    values = {name: value[order] for name, value in values.items()}
    return _plausible(model, y, theta[order], values)


def _assign_to_components(
    model: Model, values: Values, known: npt.NDArray[np.intp], cluster: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.intp]:
    """Return for each component the cluster that fits its known members, prior and fixed values best.

    Clusters are first sorted by their locations, so that components that the
    prior cannot tell apart start in that order in every chain.
    """
    number = model.proper
    order = np.argsort(model.parts.locations(values), kind="stable")[:number]
    cost = np.zeros((number, number))
    for k in model.known or ():
        own = cluster[known == k]
        if len(own):
            shares = np.bincount(own, minlength=number) / len(own)
            cost[k - 1] -= KNOWN * shares[order]
    for name, plan in model.parameters.items():
        value = values[name][order]
        spread = np.std(value) or 1.0
        for k, i in enumerate(plan.index[:number]):
            if i == 0:
                cost[k] += np.abs(value - plan.fixed[k]) / spread
            else:
                prior = plan.priors[i - 1]
                cost[k] += np.abs(value - frozen(prior).median()) / spread
    _, chosen = linear_sum_assignment(cost + 1e-9 * np.abs(np.subtract.outer(*[np.arange(len(order))] * 2)))
    return np.concatenate([order[chosen], np.arange(number, model.components)])


def _shares(y: Observations, responsibility: Array) -> Array:
    """Return the components' shares of the observations, weighted."""
    shares: Array = y.weights @ responsibility / y.weights.sum()
    return shares


def improved(
    model: Model, y: Data, theta: Array, values: Values, steps: int = EM_STEPS
) -> tuple[Array, Values]:
    """Improve weights and parameters by EM under the model's shared and fixed parameters."""
    y = Observations.of(y)
    for _ in range(steps):
        log_joint = np.log(theta) + model.parts.log_density(y, values)
        responsibility = np.exp(log_joint - logsumexp(log_joint, axis=1, keepdims=True))
        responsibility = np.maximum(responsibility, TINY)
        theta, values = _plausible(
            model, y, _shares(y, responsibility), model.parts.estimate(y, responsibility)
        )
    return theta, values


def _plausible(model: Model, y: Observations, theta: Array, values: Values) -> tuple[Array, Values]:
    """Keep weights and spreads away from 0, where EM collapses, and impose the model's plans."""
    floor = SMALLEST_WEIGHT / model.components
    theta = np.maximum(theta, floor)
    theta = theta / theta.sum() if model.theta_fixed is None else np.asarray(model.theta_fixed)
    values = model.parts.restrain(values, y, SMALLEST_SCALE / model.components)
    return theta, {name: plan.component_values(values[name]) for name, plan in model.parameters.items()}


def _jittered(plan: ParameterPlan, free: Array, error: Array, rng: np.random.Generator) -> list[float]:
    """Scatter free values on the scale on which Stan samples them, within their supports."""
    noise = JITTER * error * rng.standard_normal(len(free))
    result = []
    for value, step, (lower, upper) in zip(free, noise, plan.bounds, strict=True):
        if math.isfinite(lower) and math.isfinite(upper):
            share = min(max((value - lower) / (upper - lower), 0.01), 0.99)
            logit = math.log(share / (1 - share)) + step
            result.append(lower + (upper - lower) / (1 + math.exp(-logit)))
        elif math.isfinite(lower):
            result.append(lower + (value - lower) * math.exp(step))
        elif math.isfinite(upper):
            result.append(upper - (upper - value) * math.exp(step))
        else:
            result.append(value + step)
    return result


def _unconstrained_variance(plan: ParameterPlan, error: Array) -> Array:
    """Return rough posterior variances of the free values on the scale on which Stan samples."""
    variance = (error / plan.standards[:, 1]) ** 2
    for i, (lower, upper) in enumerate(plan.bounds):
        if math.isfinite(lower) and math.isfinite(upper):
            variance[i] = min(variance[i], 1.0)
    return variance
