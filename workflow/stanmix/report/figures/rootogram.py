"""How often each count occurs, observed and replicated, drawn by ArviZ."""

from __future__ import annotations

import warnings
from typing import Any

import arviz_plots as azp
import numpy as np
from arviz_base import from_dict
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from stanmix.report.figures.gaps import NoFigure, check_drawable
from stanmix.report.figures.style import WIDTH, Array, legible, tidy
from stanmix.report.palette import INK, MUTED

MOST_COUNTS = 120
"""Counts that exceed the smallest by more than this are not shown, unless most data are there."""


def rootogram_figure(y: Array, y_rep: Array, response: str, interval: float) -> Figure:
    """Draw the frequencies of counts on a square-root scale, with intervals of replicated ones.

    Parameters
    ----------
    y
        The observed counts.
    y_rep
        Replicated counts, shape (S, N).
    response
        What they are, for the axis.
    interval
        Probability of the intervals.
    """
    check_drawable(y, f"The values of {legible(response)}")
    if not np.isfinite(y_rep).any():
        raise NoFigure("No replicated value is finite, so there is nothing to draw beside the data.")
    width = int(max(1, -(-(y.max() - y.min() + 1) // MOST_COUNTS)))
    first = int(y.min())
    observed = np.floor((y - first) / width).astype(int)
    last = int(observed.max()) + 1
    # Values beyond the data are counted at their edges, including those that no integer can hold.
    beyond = np.nan_to_num(y_rep, nan=np.inf, posinf=np.inf, neginf=-np.inf)
    inside = np.clip(np.floor((beyond - first) / width), -1, last).astype(int)
    tree = from_dict(
        {
            "posterior_predictive": {"y": inside[None] + 1},
            "observed_data": {"y": observed + 1},
        }
    )
    with warnings.catch_warnings():
        # With fewer than four distinct counts ArviZ mistakes its own table for draws in the wrong order.
        warnings.filterwarnings("ignore", message="Found chain dimension to be longer")
        # Counts of two values are shown as any others.
        warnings.filterwarnings("ignore", message="The .* data looks binary")
        collection = azp.plot_ppc_rootogram(
            tree,
            ci_prob=interval,
            backend="matplotlib",
            visuals={
                "predictive_markers": {"color": MUTED},
                "credible_interval": {"color": MUTED},
                "observed_markers": {"color": INK},
                "title": False,
                "grid": False,
            },
            figure_kwargs={"figsize": (WIDTH, 3.0), "layout": "constrained"},
        )
    figure: Figure = collection.viz["figure"].item()
    axes = figure.axes[0]
    _finish(axes, first, width, last, response, interval)
    return figure


def _finish(axes: Any, first: int, width: int, last: int, response: str, interval: float) -> None:
    """Label the bins by the counts that they hold."""
    step = max(1, -(-last // 14))
    places = np.arange(0, last, step)
    axes.set_xticks(places + 1, [str(first + int(place) * width) for place in places])
    tidy(axes, response + (f" (bins of {width})" if width > 1 else ""), "frequency (square-root scale)")
    handles = [
        Line2D([], [], marker="o", ls="", color=INK, ms=4, label="observed"),
        Line2D([], [], marker="o", color=MUTED, ms=4, label=f"replicated, {interval:.0%}"),
    ]
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0)
