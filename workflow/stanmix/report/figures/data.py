"""The data, with the densities they were simulated from where those are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from arviz_stats.base import array_stats
from matplotlib.figure import Figure

from stanmix.families import FAMILIES
from stanmix.report.figures.style import (
    KDE,
    WIDTH,
    Array,
    draw_rug,
    grid_over,
    histogram_bins,
    new_figure,
    smoothed,
    tidy,
    without_density_ticks,
)
from stanmix.report.palette import INK, MUTED, component_colour


def data_figure(y: Array, response: str, truth: Mapping[str, Any] | None) -> Figure:
    """Draw the observations: histogram, rug and a kernel density estimate.

    Parameters
    ----------
    y
        The observations, N values.
    response
        What they are, for the axis.
    truth
        Facts of the simulation, whose weighted components are drawn; None for real data.
    """
    figure, axes = new_figure((WIDTH, 2.9))
    draw_histogram(axes, y)
    draw_density(axes, y)
    if truth is not None:
        grid = grid_over(y)
        values = {name: np.asarray(value, dtype=float) for name, value in truth["parameters"].items()}
        parts = np.asarray(truth["theta"])[:, None] * FAMILIES[truth["family"]].density(grid, values)
        for k, part in enumerate(parts):
            axes.fill_between(grid, part, color=component_colour(k), alpha=0.16, lw=0)
            axes.plot(grid, part, color=component_colour(k), label=f"true component {k + 1}")
        axes.plot(grid, parts.sum(0), color=INK, lw=1, ls="--", label="true mixture")
    draw_rug(axes, y, INK)
    tidy(axes, response, "density")
    without_density_ticks(axes)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0)
    return figure


def draw_histogram(axes: Any, y: Array) -> None:
    """Draw a histogram of the observations, behind everything else."""
    axes.hist(
        y,
        bins=histogram_bins(y),
        density=True,
        color="#dfe4e9",
        edgecolor="white",
        lw=0.5,
        label="data",
        zorder=0.2,
    )


def draw_density(axes: Any, y: Array) -> None:
    """Draw ArviZ's kernel density estimate of the observations."""
    grid = grid_over(y)
    grid, density, _ = array_stats.kde(smoothed(y), custom_lims=(grid[0], grid[-1]), **KDE)
    axes.plot(grid, density, color=MUTED, lw=1.2, label="kernel density")
