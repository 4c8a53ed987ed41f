"""Small charts that the page itself draws from the facts, so that they can be read point by point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from stanmix.judgement.verdict import FAILED, LIMITED, PASSED
from stanmix.report.formats import fixed
from stanmix.report.palette import component_variable

Facts = Mapping[str, Any]
STRIP = (1000, 120)
"""Units of the strip of class probabilities, which is stretched to fit."""
SWEEP = (640, 250)
MARGINS = (56, 18, 24, 40)
"""Margins (left, right, top, bottom) of the chart over numbers of components."""
DASHES = ("none", "7 4", "2 3", "10 3 2 3")
"""Dash patterns of the lines of several models, in turn."""
KEY_ROW = 17
"""Height of a model's line in the key below the chart."""


def strip(observations: Facts) -> Markup:
    """Draw class probabilities of observations, one column for each observation.

    Parameters
    ----------
    observations
        The fact ``observations`` of a fit.
    """
    width, height = STRIP
    n = len(observations["row"])
    step = width / n
    below = [0.0] * n
    paths = []
    for k, probability in enumerate(observations["probability"]):
        above = [b + p for b, p in zip(below, probability, strict=True)]
        path = f"M0 {_y(below[0], height)}"
        path += "".join(f"V{_y(value, height)}H{_number((i + 1) * step)}" for i, value in enumerate(above))
        path += "".join(f"V{_y(below[i], height)}H{_number(i * step)}" for i in range(n - 1, -1, -1))
        paths.append(f'<path d="{path}Z" style="fill: {component_variable(k)}"/>')
        below = above
    return Markup(
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true" class="bars">'
        f'{"".join(paths)}<rect class="cursor" width="{_number(max(step, 2))}" height="{height}"/></svg>'
    )


def sweep(
    rows: Sequence[Facts],
    fits: Mapping[tuple[str, int], Facts],
    models: Sequence[str],
    anchor: Callable[..., str],
) -> Markup:
    """Draw the difference of elpd from the best against the number of components; points are links.

    The lines of several models have different dashes, and a key below names them.

    Parameters
    ----------
    rows
        Comparison of a data set.
    fits
        Facts of its fits by model and components.
    models
        The models that were fitted with several numbers of components.
    anchor
        A function that returns the anchor of a fit in the page.
    """
    shown = [row for row in rows if row["model"] in models]
    ranked = [row for row in shown if row["elpd_diff"] is not None]
    width, height = SWEEP
    left, right, top, bottom = MARGINS
    numbers = sorted({row["components"] for row in shown})
    lowest = min([row["elpd_diff"] - _error(row) for row in ranked] + [0.0])
    highest = max([row["elpd_diff"] + _error(row) for row in ranked] + [0.0])
    span = (highest - lowest) or 1.0

    def x(components: float) -> float:
        share = (components - numbers[0] + 0.5) / (numbers[-1] - numbers[0] + 1)
        return left + (width - left - right) * float(share)

    def y(value: float) -> float:
        return top + (height - top - bottom) * float((highest - value) / span)

    parts = [
        f'<line class="rule" x1="{left}" x2="{width - right}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>',
        f'<text x="{left}" y="{top - 9}">elpd, difference from the best ± its standard error</text>',
        f'<text x="{(left + width - right) / 2:.0f}" y="{height - 4}" class="middle">'
        "number of components K</text>",
    ]
    parts += [
        f'<text x="{left - 8}" y="{y(value) + 4:.1f}" class="end">{fixed(value, 0)}</text>'
        f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        for value in _ticks(lowest, highest)
    ]
    parts += [f'<text x="{x(n):.1f}" y="{height - bottom + 16}" class="middle">{n}</text>' for n in numbers]
    for i, model in enumerate(models):
        shift = 9 * (i - (len(models) - 1) / 2)
        own = sorted((row for row in shown if row["model"] == model), key=lambda row: row["components"])
        # A fit that is left out of the ranking has no height: its mark is below all others.
        places = [
            (
                x(row["components"]) + shift,
                height - bottom - 6 if row["elpd_diff"] is None else y(row["elpd_diff"]),
                row,
            )
            for row in own
        ]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b, row in places if row["elpd_diff"] is not None)
        dashes = f'class="line" style="stroke-dasharray: {DASHES[i % len(DASHES)]}"'
        parts.append(f'<polyline points="{line}" {dashes}/>')
        if len(models) > 1:
            row_y = height + KEY_ROW * (i + 0.5)
            parts.append(
                f'<line x1="{left}" x2="{left + 44}" y1="{row_y:.1f}" y2="{row_y:.1f}" {dashes}/>'
                f'<text x="{left + 52}" y="{row_y + 4:.1f}" class="key">{escape(model)}</text>'
            )
        for a, b, row in places:
            fit = fits[model, row["components"]]
            half = _error(row) / span * (height - top - bottom)
            difference = f"{fixed(row['elpd_diff'], 1)} ± {fixed(row['se_diff'], 1)}"
            if row["elpd_diff"] is None:
                difference = "left out of the ranking"
            name = f"{model}, K = {row['components']}: {difference}, {fit['verdict']}"
            mark = {
                PASSED: f'<circle cx="{a:.1f}" cy="{b:.1f}" r="5.5"/>',
                LIMITED: f'<path d="M{a:.1f} {b - 6:.1f}l6 6l-6 6l-6-6z"/>',
                FAILED: f'<path d="M{a - 5:.1f} {b - 5:.1f}l10 10m0-10l-10 10"/>',
            }[FAILED if row["elpd_diff"] is None else fit["standing"]]
            parts.append(
                f'<a href="#{escape(anchor("fit", fit["dataset"], model, row["components"]))}" '
                f'aria-label="{escape(name)}" class="{fit["standing"]}">'
                f"<title>{escape(name)}</title>"
                f'<rect x="{a - 14:.1f}" y="{top}" width="28" height="{height - top - bottom}" '
                f'class="target"/>'
                f'<line x1="{a:.1f}" x2="{a:.1f}" y1="{b - half:.1f}" y2="{b + half:.1f}"/>{mark}</a>'
            )
    below = height + (KEY_ROW * len(models) if len(models) > 1 else 0)
    return Markup(
        f'<svg class="sweep" viewBox="0 0 {width} {below}" width="{width}" height="{below}" role="group" '
        f'aria-label="elpd by number of components; every point leads to its fit">{"".join(parts)}</svg>'
    )


def interval(row: Facts, rows: Sequence[Facts]) -> Markup:
    """Draw a ranked fit's difference of elpd from the best with its standard error, on a common scale."""
    ranked = [own for own in rows if own["elpd_diff"] is not None]
    lowest = min(own["elpd_diff"] - _error(own) for own in ranked)
    highest = max([own["elpd_diff"] + _error(own) for own in ranked] + [0.0])
    span = (highest - lowest) or 1.0

    def x(value: float) -> float:
        return 5 + 74 * float((value - lowest) / span)

    low, middle, high = (x(row["elpd_diff"] + side * _error(row)) for side in (-1, 0, 1))
    return Markup(
        '<svg class="interval" viewBox="0 0 84 18" width="84" height="18" aria-hidden="true">'
        f'<line class="rule" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="18"/>'
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="9" y2="9"/><circle cx="{middle:.1f}" cy="9" r="4"/></svg>'
    )


def _error(row: Facts) -> float:
    """Return the standard error of a difference; 0 if it has none, which draws no bar."""
    return float(row["se_diff"] or 0.0)


def _ticks(low: float, high: float) -> list[float]:
    """Return a few round values below 0 and above the lowest."""
    size = 1.0
    while (high - low) / size > 5:
        size *= 2.5 if str(size)[0] == "2" else 2
    return [-size * i for i in range(int(-low // size) + 1)]


def _y(share: float, height: int) -> str:
    return _number(height * (1 - min(share, 1.0)))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
