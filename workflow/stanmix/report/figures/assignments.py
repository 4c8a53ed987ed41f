"""The probability that each observation belongs to each component."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from stanmix.report.figures.gaps import check_drawable
from stanmix.report.figures.style import WIDTH, Array, draw_rug, legible, new_figure, tidy
from stanmix.report.palette import component_colour

MOST_POINTS = 1000
"""Largest number of observations that are drawn; of more, evenly spaced ones are."""


def assignment_figure(y: Array, probability: Array, response: str) -> Figure:
    """Draw assignment probabilities against the values of the observations.

    Parameters
    ----------
    y
        The scores of the observations, N values.
    probability
        Posterior probability of each component, shape (N, K).
    response
        Name of the observations.
    """
    check_drawable(y, f"The values of {legible(response)}")
    order = np.argsort(y, kind="stable")
    shown = order[np.unique(np.linspace(0, len(y) - 1, min(len(y), MOST_POINTS)).round().astype(int))]
    figure, axes = new_figure((WIDTH, 2.7))
    best = probability.argmax(axis=1)
    for k in range(probability.shape[1]):
        colour = component_colour(k)
        axes.plot(y[shown], probability[shown, k], color=colour, lw=1.2, label=f"component {k + 1}")
        axes.plot(
            y[shown], probability[shown, k], "o", ms=3, color=colour, mec="white", mew=0.3,
            rasterized=len(shown) > 100,
        )  # fmt: skip
        mine = shown[best[shown] == k]
        if len(mine):
            draw_rug(axes, y[mine], colour, height=0.06)
    tidy(axes, response, "probability")
    axes.set_ylim(-0.1, 1.04)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0)
    return figure
