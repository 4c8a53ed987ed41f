"""Colours: the same one for the same component in every figure and table of a report."""

from __future__ import annotations

from collections.abc import Sequence

COMPONENTS = ("#754DC7", "#B38F0D", "#01745F", "#EB5495", "#209BE0", "#A84B0F", "#8D885E")
"""The colours of components 1 to 7.

Found by a search among colours with a luminance from 0.13 to 0.295, which have a contrast of 3 (WCAG 2.2)
with white paper and with the page's dark one: layers that are images have one colour for both. The search
made the smallest difference between any two colours large, and larger still between the first ones, with and
without colour blindness.
"""
INK = "#1f2933"
"""Text, axes and observed data."""
MUTED = "#6b7785"
"""Background: replicated data, references, grids."""
TRUTH = "#000000"
"""True values of the simulation."""
GRID = "#e3e7eb"
"""Lines for reading values."""
BAR = "#dfe4e9"
"""Histograms of the data."""
PAPER = "#ffffff"
PAGE_COLOURS = {
    "figure-ink": INK,
    "figure-muted": MUTED,
    "figure-truth": TRUTH,
    "figure-grid": GRID,
    "figure-bar": BAR,
    "figure-paper": PAPER,
}
"""Variables of the page for the colours of figures; the page has other colours in the dark."""


def component_colour(k: int) -> str:
    """Return the colour of a component, counted from 0; colours repeat after the seventh."""
    return COMPONENTS[k % len(COMPONENTS)]


def component_colours(components: int) -> Sequence[str]:
    """Return the colours of components 1 to K."""
    return [component_colour(k) for k in range(components)]


def component_variable(k: int) -> str:
    """Return the page's variable of a component's colour, counted from 0."""
    return f"var(--c{k % len(COMPONENTS) + 1})"
