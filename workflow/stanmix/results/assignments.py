"""Quantities of the size of the data: assignments, densities, leave-one-out densities.

They stream over chunks of observations, each reduced to one row an observation before the next begins, so
that memory does not grow with draws times observations. The densities are NumPy's, equal to those of the
program's generated quantities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv
from scipy.special import logsumexp, xlogy

from stanmix.data.ties import collapse
from stanmix.families import Data, Observations
from stanmix.io import replacing
from stanmix.loo.psis import leave_one_out
from stanmix.model import Model
from stanmix.posterior.datatree import component_values
from stanmix.posterior.densities import (
    evenly_spaced,
    log_joint,
    log_likelihoods,
    parts_left_out,
    representatives,
)
from stanmix.weighting import sum_of, total

Array = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]

VALUES_AT_ONCE = 400_000
"""Number of values in a chunk (draws x observations x components): about the size of a processor's cache."""
DENSITIES_AT_MOST = 200_000_000
"""Largest product of draws and distinct observations: with more observations fewer draws are used, but at
least these."""
FEWEST_DRAWS = 200
LOWEST = -1e300
"""Smallest log density: lower ones are raised to it, so that densities far from all components stay
finite."""
LOO_OBSERVATIONS = 20_000
"""Largest number of distinct observations with leave-one-out densities; of more, a random part has them."""
LOO_AT_ONCE = 2000
ROWS_AT_ONCE = 500_000
ROWS_NAMED = 10
"""Largest number of rows without a leave-one-out density that are named."""
DECIMALS = 6
"""Digits after the point in CSV tables; Parquet has all digits."""
PLAIN = csv.WriteOptions(quoting_style="none", quoting_header="none")


def thinned_rows(draws: int, chains: int, wanted: int) -> npt.NDArray[np.intp]:
    """Return which draws of each chain to take: evenly spaced, ``wanted`` over all chains at most."""
    return evenly_spaced(draws, max(1, wanted // chains))


def draws_for(distinct: int, wanted: int) -> int:
    """Return how many draws to use: all that are wanted, if 1,000, for up to 200,000 distinct observations.

    With more observations the posterior is so narrow that fewer draws do.
    """
    return min(wanted, max(FEWEST_DRAWS, DENSITIES_AT_MOST // distinct))


def thinned(model: Model, tree: Any, wanted: int) -> tuple[Any, dict[str, Array]]:
    """Return a fit's tree with evenly spaced draws, and their ``theta`` and parameters, shape (S, K) each."""
    sizes = tree["posterior"].sizes
    used = tree.isel(draw=thinned_rows(sizes["draw"], sizes["chain"], wanted))
    return used, {name: v.reshape(-1, model.components) for name, v in component_values(used, model).items()}


def pointwise(
    model: Model, tree: Any, y: Data, wanted: int, interval: float
) -> tuple[Columns, Columns, npt.NDArray[np.intp], dict[str, Any]]:
    """Compute assignments and leave-one-out densities of all observations.

    Parameters
    ----------
    tree
        The fit's DataTree, labels resolved.
    y
        The observations. Tied ones have the same quantities, which are computed once.
    wanted
        Draws to use over all chains; see :func:`draws_for`.
    interval
        Probability of the intervals.

    Returns
    -------
    assignments
        For each distinct observation ``component``, ``probability``, its interval over the draws
        ``probability_low`` and ``probability_high``, ``entropy`` (nats), ``second`` (the second choice, where
        K > 1), ``second_probability``, and ``p_1`` to ``p_K``: posterior means of the responsibilities.
    loo
        For every observation ``elpd``, its log leave-one-out density, NaN where it cannot be estimated;
        ``lpd``, its log density under all the data; ``pareto_k``, NaN where elpd is approximated, and
        infinite where it cannot be estimated; ``weight``, where the observations have weights. An observation
        of weight w counts as w observations, and one of these is left out; if w is below 1, the whole
        observation is. If a random part represents all observations, ``drawn`` says how often each row is in
        it, and ``approximation`` has the approximations of elpd that the mean difference in that part
        corrects.
    position
        The row of ``assignments`` for each observation.
    facts
        See :func:`loo_summary`.
    """
    y = Observations.of(y)
    weight = y.weights
    distinct, _, position = collapse(y.unweighted())
    used, values = thinned(model, tree, draws_for(len(distinct), wanted))
    assignments, densities = over_draws(model, values, distinct, interval, _for_comparison)
    lpd, variance = densities.T
    parts, power, place = parts_left_out(y)
    loo: Columns = {"elpd": lpd[position] - power[place] * variance[position], "lpd": lpd[position]}
    drawn = None
    if len(parts) > LOO_OBSERVATIONS:
        rows = representatives(weight, LOO_OBSERVATIONS)
        drawn = np.bincount(rows, minlength=len(y))
        loo |= {"approximation": loo["elpd"], "drawn": drawn}
    evaluated = np.unique(place if drawn is None else place[drawn > 0])
    elpd, pareto_k = (np.full(len(parts), np.nan) for _ in range(2))
    elpd[evaluated], pareto_k[evaluated] = _leave_out(
        model, values, parts[evaluated], power[evaluated], used["posterior"].sizes
    )
    known = ~np.isnan(pareto_k[place])
    if drawn is not None:
        difference = (elpd[place] - loo["approximation"])[drawn > 0]
        usable = np.isfinite(difference)
        mean = np.average(difference[usable], weights=drawn[drawn > 0][usable]) if usable.any() else np.nan
        loo["elpd"] = loo["elpd"] + mean
    loo["elpd"] = np.where(known, elpd[place], loo["elpd"])
    loo["pareto_k"] = pareto_k[place]
    if (weight != 1).any():
        loo["weight"] = weight
    return assignments, loo, position, loo_summary(loo, len(values["theta"]))


def over_draws(
    model: Model,
    values: Mapping[str, Array],
    y: Data,
    interval: float,
    summarise: Callable[[Array], Array],
) -> tuple[Columns, Array]:
    """Reduce assignments and densities of observations over the draws, in chunks.

    Parameters
    ----------
    model
        The model.
    values
        ``theta`` and the parameters, shape (S, K) each.
    y
        The observations, N of them.
    interval
        Probability of the intervals.
    summarise
        Function from the log densities of some observations, shape (S, n), to M numbers for each, shape (n,
        M).

    Returns
    -------
    assignments
        See :func:`pointwise`.
    densities
        The numbers that ``summarise`` makes, shape (N, M).
    """
    draws, K = values["theta"].shape
    p, ends, densities = np.empty((len(y), K)), np.empty((2, len(y))), []
    size = max(1, VALUES_AT_ONCE // (draws * K))
    for begin in range(0, len(y), size):
        part = slice(begin, begin + size)
        joint = np.maximum(log_joint(model, values, y[part]), LOWEST)
        log_lik = logsumexp(joint, axis=-1)
        responsibility = np.exp(joint - log_lik[..., None])
        p[part] = responsibility.mean(axis=0)
        best = p[part].argmax(axis=-1)
        own = np.take_along_axis(responsibility, best[None, :, None], axis=-1)[..., 0]
        ends[:, part] = np.quantile(own, tails(interval), axis=0)
        densities.append(summarise(log_lik))
    return _assignments(p, ends), np.concatenate(densities)


def tails(interval: float) -> list[float]:
    """Return the probabilities below the ends of an interval with equal tails."""
    return [(1 - interval) / 2, (1 + interval) / 2]


def log_mean(log_lik: Array) -> Array:
    """Return the logs of the mean densities of n observations over the draws, from log densities (S, n)."""
    return np.asarray(logsumexp(log_lik, axis=0) - np.log(len(log_lik)))


def log_predictive(model: Model, values: Mapping[str, Array], y: Data) -> Array:
    """Return the logs of the mean densities of N observations over the draws, computed in chunks."""
    size = max(1, VALUES_AT_ONCE // values["theta"].size)
    chunks = (y[begin : begin + size] for begin in range(0, len(y), size))
    return np.concatenate([log_mean(log_likelihoods(model, values, chunk)) for chunk in chunks])


def _for_comparison(log_lik: Array) -> Array:
    """Return the log mean density, and the variance of the log density over the draws, shape (n, 2).

    The first less the second approximates the log density given all other observations, as in the widely
    applicable information criterion (Watanabe 2010, JMLR 11); for a row of a weight below 1, which is left
    out whole, it is the first less the weight times the second.
    """
    return np.column_stack([log_mean(log_lik), log_lik.var(axis=0, ddof=1)])


def _assignments(p: Array, ends: Array) -> Columns:
    """Make the columns of assignments from mean responsibilities (N, K) and interval ends (2, N)."""
    rows = np.arange(len(p))
    best = p.argmax(axis=1)
    columns: Columns = {
        "component": (best + 1).astype(np.int16),
        "probability": p[rows, best],
        "probability_low": ends[0],
        "probability_high": ends[1],
        "entropy": -xlogy(p, p).sum(axis=1),
    }
    if p.shape[1] > 1:
        second = np.where(np.arange(p.shape[1]) == best[:, None], -1.0, p).argmax(axis=1)
        columns |= {"second": (second + 1).astype(np.int16), "second_probability": p[rows, second]}
    return columns | {f"p_{k + 1}": p[:, k] for k in range(p.shape[1])}


def _leave_out(
    model: Model, values: Mapping[str, Array], y: Data, power: Array, sizes: Mapping[Any, int]
) -> tuple[Array, Array]:
    """Return leave-one-out densities and Pareto k of some observations."""
    shape = (sizes["chain"], sizes["draw"], -1)
    parts = [
        leave_one_out(
            log_likelihoods(model, values, y[begin : begin + LOO_AT_ONCE]).reshape(shape),
            power[begin : begin + LOO_AT_ONCE],
        )
        for begin in range(0, len(y), LOO_AT_ONCE)
    ]
    return np.concatenate([elpd for elpd, _ in parts]), np.concatenate([k for _, k in parts])


def loo_summary(loo: Mapping[str, npt.NDArray[Any]], draws: int) -> dict[str, Any]:
    """Summarise leave-one-out densities.

    Parameters
    ----------
    loo
        The columns of :func:`pointwise`. Sums use ``weight`` if there is one, and the difference estimator if
        ``drawn`` says that a random part represents all.
    draws
        Posterior draws used.

    Returns
    -------
    dict
        ``elpd``, ``se``, ``p`` (effective number of parameters), ``n``, ``evaluated`` (rows for which
        it was computed), ``draws`` and ``pareto_k``: counts of rows that are ``good`` (up to ``threshold`` =
        min(1 - 1/log10(draws), 0.7), Vehtari et al. 2024, JMLR 25), ``bad`` (up to 1) and ``very_bad``, and
        the ``largest``. ``unusable`` has the ``count`` of rows whose leave-one-out density cannot be
        estimated, and the ``rows`` (from 1), the first of them if they are many; if there are any, elpd, se
        and p are None, and ``reason`` says why, else it is None.
    """
    elpd, weight = loo["elpd"], loo.get("weight")
    total_elpd, se = sum_of(elpd, loo)
    k = loo["pareto_k"][~np.isnan(loo["pareto_k"])]
    threshold = min(1 - 1 / np.log10(draws), 0.7)
    unusable = np.flatnonzero(np.isinf(loo["pareto_k"]))
    facts = {
        "elpd": total_elpd,
        "se": se,
        "p": total(loo["lpd"], weight)[0] - total_elpd,
        "n": len(elpd),
        "evaluated": len(k),
        "draws": draws,
        "pareto_k": {
            "threshold": threshold,
            "good": int((k <= threshold).sum()),
            "bad": int(((k > threshold) & (k <= 1)).sum()),
            "very_bad": int((k > 1).sum()),
            "largest": k.max(),
        },
        "unusable": {"count": len(unusable), "rows": (unusable[:ROWS_NAMED] + 1).tolist()},
        "reason": None,
    }
    if len(unusable):
        facts |= {"elpd": None, "se": None, "p": None, "reason": _why_not(unusable + 1)}
    return facts


def _why_not(rows: npt.NDArray[np.intp]) -> str:
    """Say why elpd is not available, from the rows (from 1) that have no leave-one-out density."""
    some = ", ".join(str(row) for row in rows[:ROWS_NAMED])
    more = f" and {len(rows) - ROWS_NAMED:,} more" if len(rows) > ROWS_NAMED else ""
    one = len(rows) == 1
    return (
        f"elpd is not available, because the leave-one-out {'density' if one else 'densities'} of "
        f"{len(rows):,} observation{'' if one else 's'} (row{'' if one else 's'} {some}{more}) cannot be "
        f"estimated: {'its density differs' if one else 'their densities differ'} too much between draws."
    )


def write_rows(
    columns: Mapping[str, npt.NDArray[Any]], position: npt.NDArray[np.intp], *targets: str | Path
) -> None:
    """Write a table with a row for each observation, in parts.

    Parameters
    ----------
    columns
        Columns of the distinct observations.
    position
        The index of each observation among them.
    targets
        The files to write, with ``row`` (from 1) first: ``.parquet``, and ``.csv`` with rounded numbers.
    """
    names = ["row", *columns]
    types = [pa.int32(), *(pa.from_numpy_dtype(column.dtype) for column in columns.values())]
    schema = pa.schema(list(zip(names, types, strict=True)))
    with ExitStack() as files:
        writers: list[tuple[Any, bool]] = []
        for target in targets:
            path, rounds = files.enter_context(replacing(target)), Path(target).suffix == ".csv"
            writer = (
                csv.CSVWriter(path, schema, write_options=PLAIN)
                if rounds
                else pq.ParquetWriter(path, schema, compression="zstd")
            )
            writers.append((files.enter_context(writer), rounds))
        for begin in range(0, len(position), ROWS_AT_ONCE):
            part = position[begin : begin + ROWS_AT_ONCE]
            rows = np.arange(begin + 1, begin + len(part) + 1)
            own = [rows, *(column[part] for column in columns.values())]
            for writer, rounds in writers:
                shown = [column.round(DECIMALS) for column in own] if rounds else own
                writer.write(
                    pa.table([pa.array(c, t) for c, t in zip(shown, types, strict=True)], schema=schema)
                )
