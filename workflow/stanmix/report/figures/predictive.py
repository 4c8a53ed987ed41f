"""Replicated data beside the observed ones, from the prior and from the posterior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import arviz_plots as azp
import numpy as np
from arviz_base import from_dict
from matplotlib.figure import Figure

from stanmix.model import Model
from stanmix.report.figures.data import draw_histogram
from stanmix.report.figures.style import (
    KDE,
    WIDTH,
    Array,
    draw_rug,
    grid_over,
    rasterise,
    smoothed,
    tidy,
    without_density_ticks,
)
from stanmix.report.palette import INK, MUTED, component_colour


def prior_predictive_figure(y: Array, y_rep: Array, response: str) -> Figure:
    """Draw densities of data sets from the prior over that of the data.

    Parameters
    ----------
    y
        The observations, N values.
    y_rep
        Replicated data sets, shape (S, N).
    response
        What the observations are.
    """
    figure, axes = _densities(y, y_rep, 2.6)
    # Priors reach far beyond the data and may put all of a data set in one place, which says little
    # when it is drawn whole: the window is that of most values, and of heights like the data's.
    margin = 0.1 * float(np.ptp(y))
    reach = 15 * margin
    low, high = np.quantile(y_rep, [0.005, 0.995])
    axes.set_xlim(
        min(y.min() - margin, max(low, y.min() - reach)), max(y.max() + margin, min(high, y.max() + reach))
    )
    observed = next(line for line in axes.get_lines() if line.get_color() == INK)
    axes.set_ylim(top=min(axes.get_ylim()[1], 3 * float(np.max(observed.get_ydata()))))
    _finish(axes, y, response, f"{len(y_rep)} data sets from the prior")
    return figure


def posterior_predictive_figure(
    y: Array, y_rep: Array, response: str, model: Model, means: Mapping[str, Array]
) -> Figure:
    """Draw densities of replicated data sets over the data, with the fitted components.

    Parameters
    ----------
    y, y_rep, response
        As in :func:`prior_predictive_figure`.
    model
        The model.
    means
        Posterior means of theta and the parameters, K values each.
    """
    figure, axes = _densities(y, y_rep, 3.2)
    draw_histogram(axes, y)
    grid = grid_over(y)
    parts = means["theta"][:, None] * model.family.density(grid, means)
    for k, part in enumerate(parts):
        axes.plot(grid, part, color=component_colour(k), lw=1.6, label=f"component {k + 1}")
    axes.set_xlim(grid[0], grid[-1])
    _finish(axes, y, response, f"{len(y_rep)} posterior draws")
    return figure


def _densities(y: Array, y_rep: Array, height: float) -> tuple[Figure, Any]:
    """Let ArviZ draw the kernel densities of replicated and observed data."""
    tree = from_dict({"posterior_predictive": {"y": y_rep[None]}, "observed_data": {"y": smoothed(y)}})
    collection = azp.plot_ppc_dist(
        tree,
        num_samples=len(y_rep),
        kind="kde",
        backend="matplotlib",
        visuals={
            "predictive_dist": {"color": MUTED, "alpha": 0.3, "width": 0.7},
            "observed_dist": {"color": INK, "width": 1.8},
            "title": False,
        },
        stats={"predictive_dist": KDE, "observed_dist": KDE},
        figure_kwargs={"figsize": (WIDTH, height), "layout": "constrained"},
    )
    figure = collection.viz["figure"].item()
    axes = figure.axes[0]
    rasterise(axes, axes.get_lines()[: len(y_rep)])
    return figure, axes


def _finish(axes: Any, y: Array, response: str, replicated: str) -> None:
    lines = axes.get_lines()
    lines[0].set_label(f"replicated: {replicated}")
    next(line for line in lines if line.get_color() == INK).set_label("observed: kernel density")
    draw_rug(axes, y, INK)
    tidy(axes, response, "density")
    without_density_ticks(axes)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0)
