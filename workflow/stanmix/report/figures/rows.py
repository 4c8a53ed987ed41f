"""Rows of numbers with their classes: parallel coordinates, and the plane that separates the classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from stanmix.posterior.densities import random_part
from stanmix.report.figures.gaps import NoFigure, check_drawable, drawn
from stanmix.report.figures.pairs import AREA, draw_ellipse
from stanmix.report.figures.style import WIDTH, Array, legible, new_figure, tidy
from stanmix.report.palette import GRID, component_colour

Classes = npt.NDArray[np.intp]
MOST_LINES = 600
"""Largest number of rows that are drawn as lines (of more, a random part) ..."""
MOST_POINTS = 3000
"""... and as points."""
LETTERS = 100
"""Number of letters of all column names together; each name is shortened to its part."""


def rows_figures(
    y: Array, names: list[str], classes: Classes, family: Any, means: Mapping[str, Array]
) -> Iterator[tuple[str, Figure]]:
    """Yield every figure of :data:`stanmix.report.catalogue.ROWS_FIGURES` with its name.

    Parameters
    ----------
    y, names, classes
        As in :func:`parallel_figure`.
    family
        The multivariate family.
    means
        Posterior means of theta and the parameters, K values each.
    """
    centres = family.means(means)
    ellipses = family.ellipses(means, AREA)
    yield "parallel", drawn(parallel_figure, y, names, classes, centres)
    yield "discriminant", drawn(discriminant_figure, y, classes, means["theta"], centres, ellipses)


def parallel_figure(y: Array, names: list[str], classes: Classes, means: Array) -> Figure:
    """Draw a line for each row through its columns, and one for each component's means.

    Parameters
    ----------
    y
        The rows, N x D.
    names
        Names of the columns.
    classes
        The most probable component of each row, from 0.
    means
        Means of the components, K x D.
    """
    for name, column in zip(names, y.T, strict=True):
        check_drawable(column, f"The values of {legible(name)}")
    names = [legible(name, min(24, max(8, LETTERS // len(names)))) for name in names]
    low, high = np.nanmin(y, axis=0), np.nanmax(y, axis=0)
    span = np.where(high > low, high - low, 1.0)
    place = np.arange(y.shape[1])
    figure, axes = new_figure((WIDTH, 3.2))
    shown = random_part(len(y), MOST_LINES)
    lines = LineCollection(
        [np.column_stack([place, (row - low) / span]) for row in y[shown]],
        colors=[component_colour(int(k)) for k in classes[shown]],
        linewidths=0.6,
        alpha=0.35,
        rasterized=True,
    )
    axes.add_collection(lines)
    for d in place:
        axes.axvline(d, color=GRID, lw=1, zorder=0.1)
    for k, mean in enumerate(means):
        axes.plot(
            place, (mean - low) / span, color=component_colour(k), lw=2.4, marker="o", ms=4, mec="white"
        )
    tidy(axes)
    axes.grid(visible=False)
    axes.set_xticks(place, [f"{n}\n{a:.3g} to {b:.3g}" for n, a, b in zip(names, low, high, strict=True)])
    axes.set_yticks([0, 1], ["smallest", "largest"])
    axes.set_xlim(-0.15, y.shape[1] - 0.85)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)
    _add_key(figure, len(means))
    return figure


def discriminant_figure(y: Array, classes: Classes, theta: Array, means: Array, covariances: Array) -> Figure:
    """Draw the rows in the plane of the first two linear discriminants of the fitted components.

    Parameters
    ----------
    y, classes, means
        As in :func:`parallel_figure`.
    theta
        Weights of the components, K values.
    covariances
        Matrices of their ellipses, which are their covariances if they are normal, K x D x D.
    """
    if not (np.isfinite(means).all() and np.isfinite(covariances).all()):
        raise NoFigure("A component has a mean or covariances that are not finite, so it has no ellipse.")
    check_drawable(covariances, "The covariances of the components")
    check_drawable(means, "The means of the components")
    axis = discriminants(theta, means, covariances)
    middle = theta @ means
    figure, axes = new_figure((WIDTH, 4.2))
    shown = random_part(len(y), MOST_POINTS)
    with np.errstate(all="ignore"):
        points = (y[shown] - middle) @ axis
    for place in points.T:
        check_drawable(place, "Places of the rows in the plane of discriminants")
    colours = [component_colour(int(k)) for k in classes[shown]]
    axes.scatter(*points.T, s=10, c=colours, lw=0, rasterized=True)
    for k in range(len(means)):
        centre = (means[k] - middle) @ axis
        draw_ellipse(axes, centre, axis.T @ covariances[k] @ axis, component_colour(k))
        axes.plot(*centre, "o", ms=7, color=component_colour(k), mec="white", mew=1.2)
    tidy(axes, "first discriminant", "second discriminant")
    axes.grid(visible=False)
    axes.set_aspect("equal", adjustable="datalim")
    _add_key(figure, len(means), f"ellipses: {AREA:.0%}")
    return figure


def discriminants(theta: Array, means: Array, covariances: Array) -> Array:
    """Return the two directions in which components differ most relative to their spread, D x 2.

    They are Fisher's: eigenvectors of the covariance between components, after the pooled covariance within
    them was made the identity. If components differ in fewer than two directions (K <= 2), the direction of
    largest total variance among the others is added.

    Parameters
    ----------
    theta, means, covariances
        As in :func:`discriminant_figure`.
    """
    within = np.einsum("k,kij->ij", theta, covariances)
    values, vectors = np.linalg.eigh(within)
    whiten = vectors / np.sqrt(np.maximum(values, 1e-12 * values.max()))
    centred = (means - theta @ means) @ whiten
    between = np.einsum("k,ki,kj->ij", theta, centred, centred)
    strength, directions = np.linalg.eigh(between)
    if (strength > 1e-9 * max(float(strength[-1]), 1e-300)).sum() < 2:
        # Among directions in which the components do not differ: the one with the largest variance of the
        # data.
        rest = directions[:, :-1] if strength[-1] > 0 else directions
        spread = rest.T @ np.diag(1.0 / np.sum(whiten**2, axis=0)) @ rest
        _, order = np.linalg.eigh(spread)
        filled = rest @ order[:, ::-1]
        chosen = [directions[:, -1], filled[:, 0]] if strength[-1] > 0 else [filled[:, 0], filled[:, 1]]
        return np.asarray(whiten @ np.column_stack(chosen))
    return np.asarray(whiten @ directions[:, [-1, -2]])


def _add_key(figure: Figure, components: int, more: str = "") -> None:
    handles = [
        Line2D([], [], color=component_colour(k), lw=2.4, marker="o", ms=4, label=f"component {k + 1}")
        for k in range(components)
    ]
    handles += [Line2D([], [], ls="", label=more)] if more else []
    figure.legend(handles=handles, loc="outside upper right", ncols=min(len(handles), 7))
