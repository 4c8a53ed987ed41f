"""The weighted densities of a mixture's components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from stanmix.families import Family
from stanmix.model.parts import Parts
from stanmix.report.figures.style import HALO, Array
from stanmix.report.palette import component_colour

POINTS = 400


def component_curves(parts: Parts, y: Array, values: Mapping[str, Array]) -> tuple[Array, Array]:
    """Compute the weighted density of each component over the range of the data.

    Parameters
    ----------
    parts
        The distributions of the components.
    y
        Values of the observations.
    values
        Theta and the parameters, K values each.

    Returns
    -------
    x
        Scores, G values.
    parts
        Densities of the score, shape (K, G). Probabilities of discrete scores are divided by their distance.
    """
    family = parts.family
    grid = family.grid(y, POINTS)
    own = {name: np.asarray(value) for name, value in values.items() if name != "theta"}
    with np.errstate(all="ignore"):  # densities overflow far from the data, where no line is drawn
        density = np.asarray(values["theta"])[:, None] * parts.score_density(grid, own)
    density[~np.isfinite(density)] = np.nan
    return family.score(grid), density / (family.step(y) or 1.0)


def draw_curves(axes: Any, family: Family, x: Array, parts: Array, label: str, filled: bool = False) -> None:
    """Draw the curve of each component, with a point at every possible value of a discrete score."""
    for k, part in enumerate(parts):
        colour = component_colour(k)
        if filled:
            axes.fill_between(x, part, color=colour, alpha=0.16, lw=0)
        axes.plot(x, part, color=colour, lw=1.5, label=f"{label} {k + 1}", path_effects=HALO)
        if family.support.whole:
            # Points are a separate line, because a line with a halo stores every point in full.
            axes.plot(x, part, "o", ms=3.4, color=colour, mec="white", mew=0.6)
