"""The priors of a model: of its parameters, and of its weights on the simplex."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from stanmix.model import Model, ParameterPlan
from stanmix.priors import Bounds, Prior
from stanmix.priors.density import density, quantiles
from stanmix.report.figures.gaps import NoFigure, check_drawable, gap_figure, say
from stanmix.report.figures.style import WIDTH, Array, tidy, without_density_ticks
from stanmix.report.palette import INK, MUTED, component_colour

IN_A_LINE = 3
"""Number of parameters whose priors are side by side."""
MOST_PRIORS = 12
"""Largest number of parameters whose priors are drawn; of more, the first ones. The table has all."""
RELATIVES = (0.3, 1.0, 5.0)
"""Concentrations of the symmetric Dirichlet distributions shown beside a model's own."""
SMALLEST_SHARE = 0.01
"""A prior is drawn if its density is at least this share of its largest value."""
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]])
"""Corners of the triangle, where component 1, 2 or 3 has all weight."""


def prior_figure(model: Model, prior: Any) -> Figure:
    """Draw the prior densities, exactly, over draws of the Stan program with the likelihood off.

    Parameters
    ----------
    model
        The model with its definite priors.
    prior
        DataTree with the group ``prior``.
    """
    draws = {name: prior["prior"][name].values.reshape(-1, model.components) for name in prior["prior"]}
    free = [plan for plan in model.parameters.values() if not plan.is_fixed][:MOST_PRIORS]
    weights = model.theta_fixed is None
    rows = [bool(free), weights]
    if not any(rows):
        return gap_figure("Every parameter is fixed: there is no prior to draw.")
    lines = -(-len(free) // IN_A_LINE)
    heights = [h for h, shown in zip((2.3 * lines, 2.2), rows, strict=True) if shown]
    figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
    parts = list(np.atleast_1d(figure.subfigures(len(heights), 1, height_ratios=heights)))
    if free:
        panels = parts.pop(0).subplots(lines, min(len(free), IN_A_LINE), squeeze=False).ravel()
        for axes, plan in zip(panels, free, strict=False):
            _draw_parameter(axes, plan, draws[plan.name])
        for axes in panels[len(free) :]:
            axes.set_visible(False)
    if weights and model.components == 3:
        _draw_simplices(parts.pop(0), model.theta_alpha, draws["theta"])
    elif weights:
        _draw_marginal_weights(parts.pop(0), model.theta_alpha, draws["theta"])
    return figure


def _draw_parameter(axes: Any, plan: ParameterPlan, draws: Array) -> None:
    """Draw the prior of one parameter; components with the same prior share a curve."""
    groups: dict[tuple[str, Bounds], list[int]] = {}
    for k, i in enumerate(plan.index):
        if i:
            groups.setdefault((str(plan.priors[i - 1]), plan.bounds[i - 1]), []).append(k)
    try:
        low, high = _window([(plan.priors[plan.index[ks[0]] - 1], b) for (_, b), ks in groups.items()])
        check_drawable([low, high], f"Priors of {plan.name}")
        if not high > low:
            raise NoFigure(f"The prior of {plan.name} is so steep that no axis shows it.")
    except NoFigure as reason:
        axes.set_title(f"{plan.name}: prior")
        say(axes, str(reason), 50)
        return
    grid = np.linspace(low, high, 400)
    for (text, bounds), members in groups.items():
        alone = len(groups) > 1
        colour = component_colour(members[0]) if alone else INK
        sample = draws[:, members[0] if plan.shared else members].ravel()
        inside = sample[(sample >= low) & (sample <= high)]
        edges = np.linspace(low, high, 46)
        counts, _ = np.histogram(inside, bins=edges)
        # Heights relative to all draws, so that the curve and the bars may be compared.
        axes.stairs(
            counts / (len(sample) * (edges[1] - edges[0])), edges, fill=True, color=colour, alpha=0.18, lw=0
        )
        which = ", ".join(str(k + 1) for k in members) if alone else "shared" if plan.shared else "each"
        curve = density(plan.priors[plan.index[members[0]] - 1], bounds, grid)
        axes.plot(grid, curve, color=colour, label=f"{which}: {text}")
    tidy(axes, plan.name, "", f"{plan.name}: prior")
    without_density_ticks(axes)
    axes.margins(x=0.01)
    # Above the curves, one line each: the texts are too long for the side.
    axes.set_ylim(top=axes.get_ylim()[1] * (1.08 + 0.13 * len(groups)))
    axes.legend(loc="upper right", borderaxespad=0, handlelength=1.2, fontsize=7.5)


def _window(priors: list[tuple[Prior, Bounds]]) -> Bounds:
    """Return the range in which the densities of all priors are worth showing."""
    lows, highs = [], []
    for prior, bounds in priors:
        grid = np.unique(quantiles(prior, bounds, np.linspace(0.001, 0.999, 2000)))
        check_drawable(grid, "Values of the prior")
        height = density(prior, bounds, grid)
        if len(grid) < 3 or not np.isfinite(height).any() or not np.nanmax(height) > 0:
            raise NoFigure(
                f"The prior {prior} has next to no probability where the parameter lies, and its density "
                "there is beyond what numbers can tell. Move its location or widen its scale."
            )
        seen = grid[height >= SMALLEST_SHARE * height[np.isfinite(height)].max()]
        lows.append(float(seen.min()))
        highs.append(float(seen.max()))
        if math.isfinite(bounds[0]) and seen.min() - bounds[0] < 0.1 * (seen.max() - bounds[0]):
            lows[-1] = bounds[0]
    return min(lows), max(highs)


def _draw_simplices(figure: Any, alpha: tuple[float, ...], draws: Array) -> None:
    """Draw the model's Dirichlet prior on its simplex beside symmetric ones."""
    relatives = [(a,) * 3 for a in RELATIVES]
    panels = relatives if alpha in relatives else [alpha, *relatives]
    for axes, a in zip(figure.subplots(1, len(panels)), panels, strict=True):
        own = a == alpha
        _draw_dirichlet(axes, np.asarray(a))
        if own:
            shown = draws[:: max(1, len(draws) // 250)] @ CORNERS
            axes.plot(*shown.T, ".", ms=1.6, color=INK, alpha=0.55, mew=0, rasterized=True)
        name = ", ".join(f"{value:g}" for value in a)
        axes.set_title(f"Dirichlet({name})", loc="center", weight="bold" if own else "normal")
        axes.text(
            0.5, -0.17, "this model, with its draws" if own else "for comparison",
            ha="center", va="top", fontsize=8, color=INK if own else MUTED,
        )  # fmt: skip
        axes.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color=INK if own else MUTED, lw=1.6 if own else 0.7)


def _draw_dirichlet(axes: Any, alpha: Array) -> None:
    """Shade the density of a Dirichlet distribution over the triangle of three weights."""
    steps = 60
    grid = np.array([(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]) / steps
    inner = (grid + 1e-3) / (1 + 3e-3)  # with a concentration below 1 the density is unbounded at the edges
    log_density = stats.dirichlet(alpha).logpdf(inner.T)
    x, y = (grid @ CORNERS).T
    # Logarithms, cut below: densities of the family differ by orders of magnitude.
    shaded = axes.tripcolor(
        x, y, np.clip(log_density, -3, 4), shading="gouraud", cmap="Blues", vmin=-4, vmax=5, rasterized=True
    )
    shaded.set_edgecolor("none")
    for k, (corner, side) in enumerate(zip(CORNERS, (-1, -1, 1), strict=True)):
        axes.text(
            corner[0], corner[1] + 0.03 * side, f"theta[{k + 1}]", ha="center",
            va="top" if side < 0 else "bottom", fontsize=7.5, color=INK, weight="bold",
        )  # fmt: skip
    axes.set_aspect("equal")
    axes.set_xlim(-0.12, 1.12)
    axes.set_ylim(-0.28, 1.0)
    axes.axis("off")


def _draw_marginal_weights(figure: Any, alpha: tuple[float, ...], draws: Array) -> None:
    """Draw the marginal beta distributions of the weights."""
    axes = figure.subplots()
    grid = np.linspace(0.001, 0.999, 500)
    total = sum(alpha)
    for a in sorted(set(alpha)):
        members = [k for k, value in enumerate(alpha) if value == a]
        colour = INK if len(set(alpha)) == 1 else component_colour(members[0])
        axes.hist(draws[:, members].ravel(), bins=50, range=(0, 1), density=True, color=colour, alpha=0.18)
        axes.plot(grid, stats.beta(a, total - a).pdf(grid), color=colour, label=f"beta({a:g}, {total - a:g})")
    concentrations = ", ".join(f"{value:g}" for value in alpha)
    tidy(axes, "theta", "", f"theta: marginal prior of a weight under Dirichlet({concentrations})")
    without_density_ticks(axes)
    axes.set_xlim(0, 1)
    axes.legend(loc="upper right")
