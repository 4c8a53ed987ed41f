"""The chains of a fit: traces and marginal posteriors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from arviz_stats.base import array_stats
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from stanmix.model import Model
from stanmix.posterior.summary import scalars
from stanmix.report.figures.gaps import NoFigure, check_drawable, gap_figure, say
from stanmix.report.figures.style import (
    WIDTH,
    Array,
    around,
    kernel_density,
    new_figure,
    rasterise,
    without_density_ticks,
)
from stanmix.report.palette import INK, MUTED, TRUTH, component_colour, component_colours

LINES = ["-", "--", ":", "-."]
"""Line styles of the chains; they repeat after the fourth."""
MOST_TRACES = 8
"""Largest number of parameters that are traced; of more, those with the largest R-hat."""
MOST_MARGINALS = 30
"""Largest number of marginals that are drawn; of more, the first ones."""
EDGE = 0.1
"""Distance beyond the shown range over which densities are computed, as a share of its width."""


def trace_figure(tree: Any, model: Model, rhat: Mapping[str, float] | None = None) -> Figure:
    """Draw the trace of every parameter and its density in each chain.

    Parameters
    ----------
    tree
        The fit's DataTree, labels resolved.
    model
        The model.
    rhat
        R-hat of the parameters, by which some are chosen if there are many.
    """
    values = dict(scalars(tree, model))
    if not values:
        return _nothing()
    groups: dict[str, list[str]] = {}
    for name in values:
        groups.setdefault(name.partition("[")[0], []).append(name)
    names = _least_settled(list(groups), rhat or {})
    diverging = tree["sample_stats"]["diverging"].values
    chains = len(diverging)
    size = (WIDTH, 0.6 + 1.3 * len(names))
    figure, panels = new_figure(size, nrows=len(names), ncols=2, squeeze=False)
    for (left, right), name in zip(panels, names, strict=True):
        left.set_title(name)
        _draw_trace(left, right, {own: values[own] for own in groups[name]}, diverging)
    panels[-1, 1].set_xlabel("draw")
    _add_key(figure, model, chains, len(names), len(groups))
    return figure


def _draw_trace(left: Any, right: Any, values: Mapping[str, Array], diverging: Array) -> None:
    """Draw the densities of a parameter's chains, and their draws, each component in its colour."""
    reasons = {name: reason for name, draws in values.items() if (reason := _reason(name, draws))}
    values = {name: draws for name, draws in values.items() if name not in reasons}
    if not values:
        say(left, " ".join(reasons.values()))
        right.set_axis_off()
        return
    if reasons:
        left.set_title(f"{left.get_title(loc='left')}, without {', '.join(reasons)}: see marginals")
    everything = np.concatenate([draws.ravel() for draws in values.values()])
    ends = around(np.array(_most_of(everything)), EDGE)
    for name, draws in values.items():
        colour = _colour_of(name, MUTED)
        for i, chain in enumerate(draws):
            left.plot(*kernel_density(chain, *ends), color=colour, lw=1.1, ls=LINES[i % len(LINES)])
            right.plot(chain, color=colour, lw=0.5, alpha=0.6)
    rasterise(right.get_lines())
    places = np.flatnonzero(diverging.any(axis=0))
    right.plot(
        places, np.zeros(len(places)), "|", color=INK, ms=5, transform=right.get_xaxis_transform(), zorder=3
    )
    without_density_ticks(left)
    right.margins(x=0.01)


def marginal_figure(tree: Any, model: Model, interval: float, truth: Mapping[str, float]) -> Figure:
    """Draw the marginal posterior of every parameter with its mean and highest-density interval.

    Parameters
    ----------
    tree, model
        As in :func:`trace_figure`.
    interval
        Probability of the interval.
    truth
        True values by the parameters' names, if they are known.
    """
    everything = list(scalars(tree, model))
    if not everything:
        return _nothing()
    shown = everything[: _first([name for name, _ in everything], MOST_MARGINALS)]
    columns = {1: 3, 2: 2, 4: 4, 5: 5, 7: 4, 8: 4}.get(model.components, 3)
    rows = -(-len(shown) // columns)
    figure, panels = new_figure((WIDTH, 0.35 + 1.15 * rows), nrows=rows, ncols=columns, squeeze=False)
    for axes, (name, draws) in zip(panels.flat, shown, strict=False):
        axes.set_title(name)
        if reason := _reason(name, draws):
            say(axes, reason)
        else:
            _draw_marginal(axes, name, draws, interval, truth.get(name))
    for axes in panels.flat[len(shown) :]:
        axes.set_axis_off()
    handles = [Line2D([], [], color=INK, lw=2.2, marker="o", ms=4, label=f"mean and {interval:.0%} HDI")]
    if truth:
        handles.append(Line2D([], [], color=TRUTH, lw=1.1, ls=(0, (3, 2)), label="true value"))
    if len(shown) < len(everything):
        text = f"the first {len(shown)} of {len(everything)} parameters"
        handles.append(Line2D([], [], ls="", label=text))
    figure.legend(handles=handles, loc="outside lower right", ncols=3)
    return figure


def _draw_marginal(axes: Any, name: str, draws: Array, interval: float, truth: float | None) -> None:
    """Draw the density of a parameter with its mean, its interval and, if known, its true value."""
    ends = _most_of(draws)
    grid, density = kernel_density(draws.ravel(), *around(np.array(ends), EDGE))
    axes.plot(grid, density, color=_colour_of(name, INK), lw=1.5)
    axes.plot(array_stats.hdi(draws.ravel(), prob=interval), [0, 0], color=INK, lw=2.2)
    axes.scatter(draws.mean(), 0.1 * float(density.max()), color=INK, s=16, zorder=3)
    if truth is not None:
        axes.axvline(truth, color=TRUTH, lw=1.1, ls=(0, (3, 2)))
    axes.set_xlim(ends)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=4)


def _reason(name: str, draws: Array) -> str | None:
    """Say why draws have no density; None if they have one."""
    if not np.isfinite(draws).all():
        return f"{1 - np.isfinite(draws).mean():.1%} of the draws of {name} are not finite."
    if np.ptp(draws) == 0:
        return f"All draws of {name} are {draws.flat[0]:.6g}."
    try:
        check_drawable(draws, f"The draws of {name}")
    except NoFigure as reason:
        return str(reason)
    return None


def _colour_of(name: str, alone: str) -> str:
    """Return the colour of a parameter's component, or the colour of parameters without a component."""
    _, _, number = name.rstrip("]").partition("[")
    return component_colour(int(number) - 1) if number else alone


def _least_settled(names: list[str], rhat: Mapping[str, float]) -> list[str]:
    """Return the parameters with the largest R-hat of their components, in their own order."""
    worst = {
        name: max((r for own, r in rhat.items() if own.partition("[")[0] == name and r == r), default=0.0)
        for name in names
    }
    chosen = sorted(names, key=lambda name: -worst[name])[:MOST_TRACES]
    return [name for name in names if name in chosen]


def _first(names: Sequence[str], most: int) -> int:
    """Return how many of the first names to show: at most the limit, and no parameter in part."""
    groups = [name.partition("[")[0] for name in names]
    if len(names) <= most:
        return len(names)
    begins = [i for i, group in enumerate(groups) if i == 0 or group != groups[i - 1]]
    return max([i for i in begins if 0 < i <= most], default=begins[1] if len(begins) > 1 else len(names))


def _most_of(draws: Array) -> tuple[float, float]:
    """Return a range for an axis: all draws, unless few of them lie far outside the others."""
    low, high = np.quantile(draws, [0.005, 0.995])
    margin = 0.25 * (high - low)
    ends = max(float(draws.min()), low - margin), min(float(draws.max()), high + margin)
    # If all but a few draws are equal, those few must be seen.
    return ends if ends[1] > ends[0] else (float(draws.min()), float(draws.max()))


def _add_key(figure: Figure, model: Model, chains: int, shown: int, of: int) -> None:
    """Explain the colours of components and the lines of chains, and give the number of parameters."""
    handles = [
        Line2D([], [], color=colour, lw=2, label=f"component {k}")
        for k, colour in enumerate(component_colours(model.components), start=1)
    ]
    handles += [
        Line2D([], [], color=INK, lw=1.1, ls=LINES[i % len(LINES)], label=f"chain {i + 1}")
        for i in range(chains)
    ]
    if shown < of:
        handles.append(Line2D([], [], ls="", label=f"{shown} of {of}, with the largest R-hat"))
    columns = max(model.components, chains) if len(handles) > 8 else len(handles)
    figure.legend(handles=handles, loc="outside lower left", ncols=min(columns, 7), columnspacing=1.2)


def _nothing() -> Figure:
    return gap_figure("Every parameter is fixed: there are no draws to show.")
