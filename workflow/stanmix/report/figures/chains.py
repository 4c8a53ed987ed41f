"""The chains of a fit: traces and marginal posteriors, drawn by ArviZ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import arviz_plots as azp
import numpy as np
from arviz_base import from_dict
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from stanmix.model import Model
from stanmix.report.figures.style import WIDTH, Array, rasterise
from stanmix.report.palette import COMPONENTS, INK, MUTED, TRUTH, component_colours
from stanmix.summary import scalars

LINES = ["-", "--", ":", "-."]
"""Line styles of the chains; they repeat after the fourth."""
MOST_TRACES = 8
"""Of more parameters, those with the largest R-hat are traced."""
MOST_MARGINALS = 30
"""Of more marginals, the first are drawn."""


def trace_figure(tree: Any, model: Model, rhat: Mapping[str, float] | None = None) -> Figure:
    """Draw the trace of every parameter and its density in each chain.

    Parameters
    ----------
    tree
        The fit's DataTree, labels resolved.
    model
        The model.
    rhat
        R-hat of the parameters, by which some are chosen where there are many.
    """
    drawn = _free_part(tree, model)
    if drawn is None:
        return _nothing()
    names = _least_settled(list(drawn["posterior"].data_vars), rhat or {})
    chains = drawn["posterior"].sizes["chain"]
    collection = azp.plot_trace_dist(
        drawn,
        var_names=names,
        compact=True,
        backend="matplotlib",
        aes={"color": ["component"], "linestyle": ["chain"]},
        aes_by_visuals={"trace": ["color"], "dist": ["color", "linestyle"]},
        color=_colours(drawn, model, MUTED),
        linestyle=LINES * -(-chains // len(LINES)),
        visuals={"trace": {"width": 0.5, "alpha": 0.6}, "dist": {"width": 1.1}},
        figure_kwargs={"figsize": (WIDTH, 0.6 + 1.3 * len(names)), "layout": "constrained"},
    )
    figure: Figure = collection.viz["figure"].item()
    for i, name in enumerate(names):
        left, right = figure.axes[2 * i : 2 * i + 2]
        left.set(xlabel="", title=name, yticks=[])
        left.spines["left"].set_visible(False)
        right.set(xlabel="draw" if i == len(names) - 1 else "", ylabel="", title="")
        for line in right.get_lines():
            line.set_linestyle("-")
        rasterise(right.get_lines())
    _add_key(figure, model, chains, len(names), len(drawn["posterior"].data_vars))
    return figure


def marginal_figure(tree: Any, model: Model, interval: float, truth: Mapping[str, float]) -> Figure:
    """Draw the marginal posterior of every parameter with its mean and highest-density interval.

    Parameters
    ----------
    tree, model
        As in :func:`trace_figure`.
    interval
        Probability of the interval.
    truth
        True values by the parameters' names, where they are known.
    """
    drawn = _free_part(tree, model)
    if drawn is None:
        return _nothing()
    names, taken = _first(drawn, MOST_MARGINALS)
    everything = list(scalars(tree, model))
    values = dict(everything[:taken])
    columns = {1: 3, 2: 2, 4: 4, 5: 5, 7: 4, 8: 4}.get(model.components, 3)
    rows = -(-len(values) // columns)
    collection = azp.plot_dist(
        drawn,
        var_names=names,
        kind="kde",
        point_estimate="mean",
        ci_kind="hdi",
        ci_prob=interval,
        backend="matplotlib",
        col_wrap=columns,
        aes={"color": ["component"]},
        aes_by_visuals={"dist": ["color"]},
        color=_colours(drawn, model, INK),
        # ArviZ rounds the mean before it draws it, which moves the point by up to half a digit.
        stats={"point_estimate": {"round_to": "none"}},
        visuals={
            "dist": {"width": 1.5},
            "credible_interval": {"color": INK, "width": 2.2},
            "point_estimate": {"color": INK},
            "point_estimate_text": False,
            "title": False,
        },
        figure_kwargs={"figsize": (WIDTH, 0.35 + 1.15 * rows), "layout": "constrained"},
    )
    figure: Figure = collection.viz["figure"].item()
    for axes, (name, draws) in zip(figure.axes, values.items(), strict=False):
        axes.set_title(name)
        axes.set_xlim(_most_of(draws))
        axes.locator_params(axis="x", nbins=4)
        if name in truth:
            axes.axvline(truth[name], color=TRUTH, lw=1.1, ls=(0, (3, 2)))
    handles = [Line2D([], [], color=INK, lw=2.2, marker="o", ms=4, label=f"mean and {interval:.0%} HDI")]
    if truth:
        handles.append(Line2D([], [], color=TRUTH, lw=1.1, ls=(0, (3, 2)), label="true value"))
    if taken < len(everything):
        handles.append(Line2D([], [], ls="", label=f"the first {taken} of {len(everything)} parameters"))
    figure.legend(handles=handles, loc="outside lower right", ncols=3)
    return figure


def _free_part(tree: Any, model: Model) -> Any:
    """Return a DataTree of what was inferred; None where nothing was.

    A parameter that is fixed in some components is split into its free values, because a
    constant has no density.
    """
    values = dict(scalars(tree, model))
    if not values:
        return None
    posterior: dict[str, Any] = {}
    dims = {}
    for name in ("theta", *model.parameters):
        members = [f"{name}[{k + 1}]" for k in range(model.components)]
        if name in values:
            posterior[name] = values[name]
        elif all(member in values for member in members):
            posterior[name] = np.stack([values[member] for member in members], axis=-1)
            dims[name] = ["component"]
        else:
            posterior |= {member: values[member] for member in members if member in values}
    groups = {"posterior": posterior, "sample_stats": {"diverging": tree["sample_stats"]["diverging"].values}}
    return from_dict(groups, coords={"component": np.arange(1, model.components + 1)}, dims=dims)


def _least_settled(names: list[str], rhat: Mapping[str, float]) -> list[str]:
    """Return the parameters with the largest R-hat of their components, in their own order."""
    worst = {
        name: max((r for own, r in rhat.items() if own.partition("[")[0] == name and r == r), default=0.0)
        for name in names
    }
    chosen = sorted(names, key=lambda name: -worst[name])[:MOST_TRACES]
    return [name for name in names if name in chosen]


def _first(drawn: Any, most: int) -> tuple[list[str], int]:
    """Return the first variables that have no more than so many values together, and how many these are."""
    names: list[str] = []
    taken = 0
    for name, variable in drawn["posterior"].data_vars.items():
        size = variable.sizes.get("component", 1)
        if names and taken + size > most:
            break
        names.append(name)
        taken += size
    return names, taken


def _most_of(draws: Array) -> tuple[float, float]:
    """Return a range for an axis: all draws, unless few of them lie far outside the others."""
    low, high = np.quantile(draws, [0.005, 0.995])
    margin = 0.25 * (high - low)
    return max(float(draws.min()), low - margin), min(float(draws.max()), high + margin)


def _colours(drawn: Any, model: Model, alone: str) -> list[str]:
    """Return ArviZ's cycle of colours: what has no component takes the first, ``alone``, where there is such.

    The cycle is never shorter than the palette, because ArviZ refuses short ones.
    """
    shared = any("component" not in variable.dims for variable in drawn["posterior"].data_vars.values())
    return [alone] * shared + list(component_colours(max(model.components, len(COMPONENTS))))


def _add_key(figure: Figure, model: Model, chains: int, shown: int, of: int) -> None:
    """Say which colour is which component and which line which chain, and how many parameters there are."""
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
    figure = Figure(figsize=(WIDTH, 0.8))
    figure.text(0.02, 0.5, "Every parameter is fixed: there are no draws to show.", va="center")
    return figure
