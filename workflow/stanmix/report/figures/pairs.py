"""Pairs of columns of multivariate data, with the classes of rows and ellipses of components."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse

from stanmix.posterior.densities import random_part
from stanmix.report.figures.gaps import check_drawable
from stanmix.report.figures.style import HALO, WIDTH, Array, histogram_bins, legible
from stanmix.report.palette import BAR, MUTED, component_colour

MOST_COLUMNS = 6
"""Largest number of columns that are drawn; of more, the first ones."""
MOST_POINTS = 3000
"""Largest number of rows that are drawn; of more, a random part."""
AREA = 0.9
"""Probability within an ellipse."""
LETTERS = 80
"""Number of letters of all column names together; each name is shortened to its part."""


def pair_figure(
    y: Array,
    names: list[str],
    classes: npt.NDArray[np.intp] | None = None,
    label: str = "component",
    means: Array | None = None,
    covariances: Array | None = None,
) -> Figure:
    """Draw every column against every other, histograms on the diagonal.

    Parameters
    ----------
    y
        The rows, N x D.
    names
        Names of the columns.
    classes
        The component of each row, from 0; None where it is not known.
    label
        Name of the classes, for the key.
    means, covariances
        Means and covariances of components whose ellipses of 90% probability are drawn, K x D and K x D x D.
    """
    D = min(y.shape[1], MOST_COLUMNS)
    for name, column in zip(names[:D], y.T, strict=False):
        check_drawable(column, f"The values of {legible(name)}")
    names = [legible(name, LETTERS // max(D, 3)) for name in names[:D]]
    size = WIDTH / max(D, 3)
    figure = Figure(figsize=(WIDTH, size * D + 0.3), layout="constrained")
    panels = figure.subplots(D, D, sharex="col", squeeze=False)
    shown = random_part(len(y), MOST_POINTS)
    colours: Any = MUTED if classes is None else [component_colour(int(k)) for k in classes[shown]]
    for i in range(D):
        for j in range(D):
            axes = panels[i, j]
            if i == j:
                cells = y[~np.isnan(y[:, i]), i]
                axes.hist(cells, bins=histogram_bins(cells), color=BAR, edgecolor="white", lw=0.3)
                axes.set_yticks([])
            elif j > i:
                axes.set_visible(False)
            else:
                axes.scatter(y[shown, j], y[shown, i], s=7, c=colours, lw=0, rasterized=True)
                if means is not None and covariances is not None:
                    for k in range(len(means)):
                        pair = np.ix_([j, i], [j, i])
                        draw_ellipse(axes, means[k, [j, i]], covariances[k][pair], component_colour(k))
            if j == 0 and i > 0:
                axes.set_ylabel(names[i])
            if i == D - 1:
                axes.set_xlabel(names[j])
            axes.tick_params(labelsize=7)
    if classes is not None:
        known = range(int(classes.max()) + 1) if means is None else range(len(means))
        handles = [
            Line2D([], [], marker="o", ls="", color=component_colour(k), label=f"{label} {k + 1}")
            for k in known
        ]
        figure.legend(handles=handles, loc="upper right")
    return figure


def draw_ellipse(axes: Any, mean: Array, covariance: Array, colour: str) -> None:
    """Draw the ellipse with a given probability of a bivariate normal distribution, if its size is finite."""
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        return
    values, vectors = np.linalg.eigh(covariance)
    width, height = 2 * np.sqrt(np.maximum(values[::-1], 0) * -2 * np.log(1 - AREA))
    angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
    ellipse = Ellipse((mean[0], mean[1]), width, height, angle=angle, fill=False, ec=colour, lw=1.3)
    ellipse.set_path_effects(HALO)
    axes.add_patch(ellipse)
