"""Replicated data beside the observed ones, from the prior and from the posterior."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from stanmix.families import Family
from stanmix.model import Model
from stanmix.report.figures.components import component_curves, draw_curves
from stanmix.report.figures.data import draw_histogram
from stanmix.report.figures.gaps import NoFigure, check_drawable
from stanmix.report.figures.style import (
    WIDTH,
    Array,
    around,
    draw_rug,
    histogram_bins,
    kernel_density,
    legible,
    new_figure,
    rasterise,
    smoothed,
    tidy,
    without_density_ticks,
)
from stanmix.report.palette import INK, MUTED

EDGE = 0.2
"""Distance beyond the shown range up to which values enter densities, as a share of its width."""


def prior_predictive_figure(family: Family, y: Array, y_rep: Array, response: str) -> Figure:
    """Draw densities of data sets from the prior over that of the data; for counts, their shares.

    Parameters
    ----------
    family
        The family of the components.
    y
        The observations.
    y_rep
        Scores of replicated data sets, shape (S, N).
    response
        Name of the observations.
    """
    _check(family, y, y_rep, response)
    if family.support.whole:
        figure, axes = _bars(family, y, y_rep, 2.6)
        _finish_bars(axes, response, f"{len(y_rep)} data sets from the prior")
        return figure
    score = family.score(y)
    # Priors reach far beyond the data, and may put all values of a data set in one place. The window
    # therefore shows most values, and heights like those of the data.
    margin = 0.1 * float(np.ptp(score)) or 0.5 * max(abs(float(score[0])), 1.0)
    reach = 15 * margin
    drawn = y_rep[np.isfinite(y_rep)]
    low, high = np.quantile(drawn, [0.005, 0.995])
    window = (
        min(score.min() - margin, max(low, score.min() - reach)),
        max(score.max() + margin, min(high, score.max() + reach)),
    )
    figure, axes, highest = _densities(score, y_rep, window, 2.6)
    axes.set_ylim(top=min(axes.get_ylim()[1], 3 * highest))
    _finish(axes, score, response, f"{len(y_rep)} data sets from the prior")
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
    family = model.family
    _check(family, y, y_rep, response)
    x, parts = component_curves(model.parts, y, means)
    if family.support.whole:
        figure, axes = _bars(family, y, y_rep, 3.2)
        draw_curves(axes, family, x, parts, "component")
        _finish_bars(axes, response, f"{len(y_rep)} posterior draws")
        return figure
    score = family.score(y)
    window = (float(x[0]), float(x[-1])) if x[-1] > x[0] else around(score)
    figure, axes, _ = _densities(score, y_rep, window, 3.2)
    draw_histogram(axes, score)
    draw_curves(axes, family, x, parts, "component")
    _finish(axes, score, response, f"{len(y_rep)} posterior draws")
    return figure


def _check(family: Family, y: Array, y_rep: Array, response: str) -> None:
    """Refuse observations that an axis cannot show, and replications without any number."""
    check_drawable(family.score(y), f"The values of {legible(response)}")
    if not np.isfinite(y_rep).any():
        raise NoFigure("No replicated value is finite, so there is nothing to draw beside the data.")


def _bars(family: Family, y: Array, y_rep: Array, height: float) -> tuple[Figure, Any]:
    """Draw shares of discrete observations, with the range of replicated ones over them."""
    figure, axes = new_figure((WIDTH, height))
    score = family.score(y)
    edges = histogram_bins(score)
    draw_histogram(axes, score)
    shares = np.stack([np.histogram(own, edges)[0] / len(own) for own in y_rep]) / np.diff(edges)
    low, middle, high = np.quantile(shares, [0.05, 0.5, 0.95], axis=0)
    centres = (edges[:-1] + edges[1:]) / 2
    axes.errorbar(
        centres, middle, [middle - low, high - middle],
        fmt="o", ms=3.5, color=INK, lw=1, capsize=0, label="replicated", zorder=3,
    )  # fmt: skip
    return figure, axes


def _finish_bars(axes: Any, response: str, replicated: str) -> None:
    handles, labels = axes.get_legend_handles_labels()
    labels = [f"replicated: median and 90%\nof {replicated}" if it == "replicated" else it for it in labels]
    tidy(axes, response, "density")
    without_density_ticks(axes)
    axes.legend(handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0)


def _densities(
    y: Array, y_rep: Array, window: tuple[float, float], height: float
) -> tuple[Figure, Any, float]:
    """Draw the kernel densities of replicated and observed data within a window.

    Returns
    -------
    figure, axes
        The figure.
    highest
        The largest density of the data.
    """
    figure, axes = new_figure((WIDTH, height))
    wider = around(np.array(window), EDGE)  # so that curves do not drop at the ends of the window
    lines = [axes.plot(*kernel_density(own, *wider), color=MUTED, alpha=0.4, lw=0.7)[0] for own in y_rep]
    rasterise(lines)
    grid, density = kernel_density(smoothed(y), *wider)
    axes.plot(grid, density, color=INK, lw=1.8)
    axes.set_xlim(window)
    return figure, axes, float(density.max())


def _finish(axes: Any, y: Array, response: str, replicated: str) -> None:
    lines = axes.get_lines()
    lines[0].set_label(f"replicated: {replicated}")
    next(line for line in lines if line.get_color() == INK).set_label("observed: kernel density")
    draw_rug(axes, y, INK)
    tidy(axes, response, "density")
    without_density_ticks(axes)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0)
