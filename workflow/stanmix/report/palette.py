"""Colours: the same one for the same component in every figure and table of a report."""

from __future__ import annotations

from collections.abc import Sequence

OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8B7500")
"""The colours of Okabe and Ito (2008), which colour-blind people can tell apart.

Blue first and the reds late, so that three components differ in lightness too; their yellow is
darkened, because it cannot be seen on white.
"""
INK = "#1f2933"
"""Text, axes and observed data."""
MUTED = "#6b7785"
"""What stands behind: replicated data, references, grids."""
TRUTH = "#000000"
"""What the simulation used."""
GRID = "#e3e7eb"
"""Lines to read values by."""
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
"""Variables of the page, which has other colours in the dark, for the colours of figures."""


def component_colour(k: int) -> str:
    """Return the colour of a component, counted from 0; colours repeat after the seventh."""
    return OKABE_ITO[k % len(OKABE_ITO)]


def component_colours(components: int) -> Sequence[str]:
    """Return the colours of components 1 to K."""
    return [component_colour(k) for k in range(components)]


def component_variable(k: int) -> str:
    """Return the page's variable of a component's colour, counted from 0."""
    return f"var(--c{k % len(OKABE_ITO) + 1})"
