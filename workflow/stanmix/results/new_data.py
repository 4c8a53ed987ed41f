"""Predictions for new observations: components, densities, and outlier scores.

They stream over chunks like the quantities of the data that were fitted (:mod:`stanmix.results.assignments`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.data import checking, reading, storage
from stanmix.data.tables import Remedies
from stanmix.data.ties import collapse
from stanmix.model import Model
from stanmix.results.assignments import (
    Columns,
    draws_for,
    log_mean,
    log_predictive,
    over_draws,
    tails,
    thinned,
)
from stanmix.seeds import derive

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

NEW = Remedies(
    file="Correct the path.",
    column="New data need the columns of the data that were fitted; rename this file's.",
    form="New data need the separator and the decimal mark of the data that were fitted, but here: {form}",
    rows="at least one row",
    trials="Correct those rows.",
)
"""Remedies that messages about a file of new data name."""
REPLICATED = 10_000
"""Number of draws from the posterior predictive distribution with which new observations are compared."""
REPLICATED_AT_MOST = 2_000_000
"""Largest number of such draws for all kinds of rows together: with many kinds, each has fewer draws, ..."""
FEWEST_REPLICATED = 1_000
"""... but at least this many."""
ROUNDING = 1e-9
"""Log densities that differ by less are equal, since counts are tied and sums may differ in their last
digits."""


def read(
    path: str | Path,
    model: Model,
    name: str,
    response: str | Sequence[str],
    trials: str | int | None = None,
    separator: str | None = None,
    decimal: str | None = None,
) -> Array:
    """Read new observations that a model can predict.

    Parameters
    ----------
    path
        A CSV, TSV, Parquet or Excel file.
    model
        The model.
    name
        Its name, for messages.
    response, trials, separator, decimal
        See :func:`stanmix.data.reading.read`.

    Returns
    -------
    Array
        N values, or N rows of successes and trials.

    Raises
    ------
    DataError
        If the file cannot be read or is empty, or has values that the model's family does not describe.
    """
    family = model.family
    names = family.names
    columns = [response] if isinstance(response, str) else response
    levels = {c: own for c, own in zip(columns, names or [], strict=False) if own is not None}
    missing = "marginalise" if family.bears_missing else "refuse"
    frame = reading.read(
        path,
        response,
        trials,
        categorical=levels,
        missing=missing,
        separator=separator,
        decimal=decimal,
        remedies=NEW,
    )
    y = storage.of_frame(frame)
    checking.check_support(y, str(path), name, family)
    return y


def predict(
    model: Model, tree: Any, y: Array, draws: int, interval: float, seed: int
) -> tuple[Columns, Places]:
    """Predict new observations.

    Parameters
    ----------
    model
        The model.
    tree
        The fit's DataTree, labels resolved.
    y
        The new observations, N values or rows. Tied ones have the same predictions, which are computed once.
    draws
        Draws to use over all chains; see :func:`stanmix.results.assignments.draws_for`.
    interval
        Probability of the intervals.
    seed
        Seed of the replicated observations.

    Returns
    -------
    columns
        The columns of assignments for each distinct observation
        (:func:`stanmix.results.assignments.pointwise`); ``log_density``, the log of its posterior mean
        density, with the interval of the log density over the draws, ``log_density_low`` and
        ``log_density_high``; and ``outlier``: the share of observations drawn from the posterior predictive
        distribution, with its number of trials and its missing cells, whose log density is higher. 1 -
        ``outlier`` is the probability outside the highest-density region on whose edge it lies.
    position
        The index of each observation among the distinct ones.
    """
    distinct, _, position = collapse(y)
    groups = list(_kinds(model, distinct))
    each = max(FEWEST_REPLICATED, min(REPLICATED, REPLICATED_AT_MOST // len(groups)))
    replicated = sum(each if k.trials is None else min(each, int(k.trials) + 1) for k in groups)
    _, values = thinned(model, tree, draws_for(len(distinct) + replicated, draws))

    def of_density(log_lik: Array) -> Array:
        return np.column_stack([log_mean(log_lik), np.quantile(log_lik, tails(interval), axis=0).T])

    with np.errstate(over="ignore"):  # far from all components
        columns, densities = over_draws(model, values, distinct, interval, of_density)
        outlier = np.empty(len(distinct))
        for kind in groups:
            y_rep = draw_observations(model, values, each, derive(seed, *kind.purpose), kind.trials)
            y_rep[..., kind.missing] = np.nan
            drawn, _, place = collapse(y_rep)
            reference = np.sort(log_predictive(model, values, drawn)[place])
            rows = kind.rows
            outlier[rows] = 1 - np.searchsorted(reference, densities[rows, 0] + ROUNDING, "right") / each
    names = ("log_density", "log_density_low", "log_density_high")
    return columns | dict(zip(names, densities.T, strict=True)) | {"outlier": outlier}, position


@dataclass(frozen=True)
class _Kind:
    """Rows with comparable densities, which are ranked among the same replicated rows.

    Attributes
    ----------
    rows
        Their indices.
    trials
        Their number of trials; None for families without.
    missing
        Their columns (from 0) without a value.
    """

    rows: Places
    trials: float | None = None
    missing: tuple[int, ...] = ()

    @property
    def purpose(self) -> list[int | str]:
        """The part of the seed that belongs to this kind of rows."""
        if self.trials is not None:
            return [int(self.trials)]
        return ["missing", *self.missing] if self.missing else []


def _kinds(model: Model, y: Array) -> Iterator[_Kind]:
    """Yield the kinds of rows: one for each number of trials, or for each pattern of missing cells."""
    if model.family.support.has_trials:
        numbers, kind = np.unique(y[:, 1], return_inverse=True)
        for trials, rows in zip(numbers.tolist(), _places(kind), strict=True):
            yield _Kind(rows, trials=trials)
        return
    if y.ndim == 1:
        yield _Kind(np.arange(len(y)))
        return
    patterns, kind = np.unique(np.isnan(y), axis=0, return_inverse=True)
    for pattern, rows in zip(patterns, _places(kind), strict=True):
        yield _Kind(rows, missing=tuple(np.flatnonzero(pattern).tolist()))


def _places(kind: Places) -> list[Places]:
    """Return the indices of each kind, whose numbers are from 0 without gaps."""
    order = np.argsort(kind.reshape(-1), kind="stable")
    return np.split(order, np.cumsum(np.bincount(kind.reshape(-1)))[:-1])


def draw_observations(
    model: Model, values: Mapping[str, Array], n: int, seed: int, trials: float | None = None
) -> Array:
    """Draw observations from the posterior predictive distribution, each with a random posterior draw.

    Parameters
    ----------
    model
        The model.
    values
        ``theta`` and the parameters, shape (S, K) each.
    n
        How many.
    seed
        Seed of the random numbers.
    trials
        Number of trials of each, for families that have them.

    Returns
    -------
    Array
        n values or rows.
    """
    rng = np.random.default_rng(seed)
    draw = rng.integers(len(values["theta"]), size=n)
    edges = values["theta"][draw].cumsum(axis=1)[:, :-1]
    component = (rng.random((n, 1)) >= edges).sum(axis=1)
    own = {name: value[draw, component] for name, value in values.items() if name != "theta"}
    of_trials = None if trials is None else np.full(n, trials)
    return model.parts.simulate(rng, np.arange(n), own, of_trials)
