"""The data, with the densities of the simulation if they are simulated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from stanmix.families import FAMILIES, family_of
from stanmix.model.parts import Parts
from stanmix.report.figures.components import component_curves, draw_curves
from stanmix.report.figures.gaps import check_drawable
from stanmix.report.figures.style import (
    WIDTH,
    Array,
    are_counts,
    around,
    draw_rug,
    histogram_bins,
    kernel_density,
    legible,
    new_figure,
    smoothed,
    tidy,
    without_density_ticks,
)
from stanmix.report.palette import BAR, INK, MUTED


def data_figure(y: Array, response: str, truth: Mapping[str, Any] | None) -> Figure:
    """Draw the observations: histogram, rug and, unless they are counts, a kernel density estimate.

    Parameters
    ----------
    y
        The observations, N numbers or rows of successes and trials, which are drawn as shares.
    response
        Name of the observations, for the axis.
    truth
        Facts of the simulation, whose weighted components are drawn; None for real data.
    """
    family = family_of(truth) if truth else FAMILIES["normal" if y.ndim == 1 else "binomial"]
    score = family.score(y)
    check_drawable(score, f"The values of {legible(response)}")
    figure, axes = new_figure((WIDTH, 2.9))
    draw_histogram(axes, score)
    if not are_counts(score):
        draw_density(axes, score)
    if truth is not None:
        x, parts = component_curves(Parts(family), y, {"theta": truth["theta"], **truth["parameters"]})
        draw_curves(axes, family, x, parts, "true component", filled=True)
        axes.plot(x, parts.sum(0), color=INK, lw=1, ls="--", label="true mixture")
    draw_rug(axes, score, INK)
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
        color=BAR,
        edgecolor="white",
        lw=0.5,
        label="data",
        zorder=0.2,
    )


def draw_density(axes: Any, y: Array) -> None:
    """Draw a kernel density estimate of the observations."""
    axes.plot(*kernel_density(smoothed(y), *around(y)), color=MUTED, lw=1.2, label="kernel density")
