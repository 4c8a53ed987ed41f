"""Expected log predictive densities of the models of a data set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stanmix.report.figures.gaps import check_drawable
from stanmix.report.figures.style import WIDTH, legible, new_figure
from stanmix.report.palette import GRID, INK, MUTED

MOST_LETTERS = 30
"""Largest number of characters of a model's name beside the figure."""


def comparison_figure(table: pd.DataFrame) -> Figure:
    """Draw elpd with its standard error, and the difference from the best with its own.

    Parameters
    ----------
    table
        The data set's comparison, best fit first. Fits left out of the ranking follow: they are grey, have no
        difference, and have no dot if they have no elpd.
    """
    names = [f"{legible(str(row.model), MOST_LETTERS)}, K = {row.components}" for row in table.itertuples()]
    check_drawable(table[["elpd", "elpd_diff"]], "The expected log predictive densities")
    place = np.arange(len(table))
    figure, (left, right) = new_figure((WIDTH, 1.0 + 0.28 * len(table)), ncols=2, sharey=True)
    elpd, se = table["elpd"].to_numpy(), table["se"].to_numpy()
    difference, error = table["elpd_diff"].to_numpy(), table["se_diff"].to_numpy()
    ranked = ~np.isnan(difference)
    for own, colour in ((ranked, INK), (~ranked, MUTED)):
        _dots(left, elpd[own], se[own], place[own], colour)
    if ranked.any():
        left.axvline(elpd[0], color=MUTED, lw=0.8, ls=":")
        right.plot(0, 0, "D", ms=5, color=INK)
    left.set_yticks(place, names)
    left.set_ylim(len(table) - 0.5, -0.5)  # a fit without a dot has its line, too
    left.set(title="elpd ± se", xlabel="elpd (log predictive density; more is better)")
    right.axvline(0, color=MUTED, lw=0.8, ls=":")
    others = ranked & (place > 0)
    _dots(right, difference[others], error[others], place[others], INK)
    right.set(title="difference from the best ± its se", xlabel="elpd difference")
    for axes in (left, right):
        axes.grid(axis="y", color=GRID, lw=0.6)
        axes.locator_params(axis="x", nbins=6)
    return figure


def _dots(axes: Any, x: Any, error: Any, place: Any, colour: str) -> None:
    there = ~np.isnan(x)
    x, error, place = x[there], np.nan_to_num(error[there]), place[there]
    axes.errorbar(x, place, xerr=error, fmt="o", ms=5, lw=1.6, color=colour)
