"""The common style of all figures: type, lines, and how files are written."""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from arviz_stats.base import array_stats
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.patheffects import AbstractPathEffect, withStroke
from PIL import Image

from stanmix.io import replacing
from stanmix.posterior.densities import evenly_spaced, random_part
from stanmix.report.figures.gaps import WIDTH as WIDTH
from stanmix.report.figures.gaps import unforeseen
from stanmix.report.palette import GRID, INK, MUTED, PAPER

Array = npt.NDArray[np.float64]

PATH_DATA = re.compile(r' d="[^"]*"')
LAYER = re.compile(r"data:image/png;base64,([^\"]+)")
LAYER_COLOURS = 48
"""Number of colours of a layer that is an image: enough for seven overlapping components."""
DPI = {".svg": 112, ".png": 160}
"""Resolution of pictures, and of those layers of an SVG that have too many points for vectors."""
MOST_TICKS = 2000
LEAST_BARS, MOST_BARS = 20, 80
"""Largest number of bins of a histogram, for any data."""
GRID_POINTS = 512
"""Number of points of a kernel density; its bandwidth is at least the distance between two points."""
MOST_LETTERS = 60
"""Largest number of characters of a name in figures; the page has names in full."""
MOST_SMOOTHED = 100_000
"""Largest number of observations in kernel densities; of more, a random part represents all."""
HALO: list[AbstractPathEffect] = [withStroke(linewidth=3.2, foreground=PAPER)]
"""Paper around a line, so that it contrasts with bars, points or other lines below it."""

FONT = "DejaVu Sans"
"""Ships with Matplotlib: the same everywhere."""
RC = {
    "figure.dpi": 96,
    "figure.facecolor": "white",
    "axes.facecolor": "none",  # so that layers that are images contain no white
    "savefig.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": [FONT],
    "text.parse_math": False,  # names that people give are literal, also with dollars and backslashes
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.4,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",
    "svg.hashsalt": "stan-mixtures",  # identical input gives an identical file
}


@contextmanager
def report_style() -> Iterator[None]:
    """Apply the style of the report's figures; nothing outside the block changes."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.use("agg")
        mpl.rcParams.update(RC)
        yield


def save(figure: Figure, targets: Sequence[str | Path]) -> None:
    """Write a figure to files in the formats of their suffixes, without dates, and release it.

    A figure that cannot be written is replaced by the sentence why; see :mod:`stanmix.report.figures.gaps`.
    """
    try:
        figure.draw_without_rendering()
        # The layout is done: repeating it for each format would take most of the time.
        figure.set_layout_engine("none")
    except Exception as error:
        plt.close(figure)
        figure = unforeseen(error)
    for target in map(Path, targets):
        is_svg = target.suffix == ".svg"
        metadata: dict[str, Any] = {"Date": None, "Creator": None} if is_svg else {"Software": None}
        if figure.get_label():
            metadata["Description"] = str(figure.get_label())
        with replacing(target) as path:
            figure.savefig(path, metadata=metadata, dpi=DPI[target.suffix])
            if is_svg:
                text = LAYER.sub(_reduce, PATH_DATA.sub(_shorten, path.read_text("utf-8")))
                path.write_text(text, "utf-8")
    plt.close(figure)


def _shorten(path_data: re.Match[str]) -> str:
    """Cut the coordinates of an SVG path after a hundredth of a point: invisible, and far smaller."""
    return re.sub(r"(\.\d\d)\d+", r"\1", path_data[0])


def _reduce(layer: re.Match[str]) -> str:
    """Write an image of few colours with a palette, which takes a third of the size."""
    picture = Image.open(io.BytesIO(base64.b64decode(layer[1]))).convert("RGBA")
    out = io.BytesIO()
    picture.quantize(LAYER_COLOURS, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def legible(text: str, most: int = MOST_LETTERS) -> str:
    """Return a name as figures show it: in their font, in one line, and not too long.

    Characters that the font lacks are written by their numbers: unlike empty boxes, these tell names apart.
    Long names lose their middle.
    """
    known = _glyphs()
    text = "".join(own if ord(own) in known else own.encode("unicode_escape").decode() for own in text)
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return f"{text[: most - 1 - end]}\N{HORIZONTAL ELLIPSIS}{text[len(text) - end :]}"


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(findfont(FONT)).get_charmap())


def tidy(axes: Any, xlabel: str = "", ylabel: str = "", title: str = "") -> None:
    """Label axes, also by names that people gave, and draw a faint grid along y."""
    axes.set_xlabel(legible(xlabel))
    axes.set_ylabel(legible(ylabel))
    axes.set_title(legible(title))
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def without_density_ticks(axes: Any) -> None:
    """Leave the heights of a density unlabelled, since only its shape and place matter."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    axes.set_ylim(bottom=0)


def around(y: Array, margin: float = 0.15) -> tuple[float, float]:
    """Return the range of data with a margin on both sides; of a single value, one around it."""
    low, high = float(y.min()), float(y.max())
    pad = margin * (high - low) if high > low else 0.5 * max(abs(low), 1.0)
    return low - pad, high + pad


def kernel_density(y: Array, low: float, high: float) -> tuple[Array, Array]:
    """Estimate the density of data within a range, by ArviZ.

    The bandwidth of Botev, Grotowski and Kroese (2010) does not smooth modes away. Values outside the range
    are left out and counted, so that a heavy tail does not reduce the resolution.

    Parameters
    ----------
    y
        The data; values that are not finite lie outside every range.
    low, high
        The range, finite and not empty.

    Returns
    -------
    grid
        Points in the range, G of them.
    density
        Their density, whose integral is the share of the data within the range.
    """
    inside = y[(y >= low) & (y <= high)]
    unit = (inside - low) / (high - low)
    grid = (np.arange(GRID_POINTS) + 0.5) / GRID_POINTS
    density = np.zeros(GRID_POINTS)
    if len(unit) and np.allclose(unit, unit[0]):
        density = np.exp(-0.5 * ((grid - unit[0]) * GRID_POINTS) ** 2)
        density *= GRID_POINTS / density.sum()
    elif len(unit):
        # ArviZ finds no bandwidth if all but a few values are equal.
        varied = np.unique(unit).size > 2 and np.ptp(np.quantile(unit, [0.25, 0.75])) > 0
        found = float(array_stats.get_bw(unit, "isj")) if varied else 0.0
        bandwidth = max(found, 1 / GRID_POINTS)
        grid, density, _ = array_stats.kde(
            unit, bw=bandwidth, custom_lims=(0.0, 1.0), bound_correction=False, grid_len=GRID_POINTS
        )
    return low + grid * (high - low), density / (high - low) * (len(unit) / len(y))


def draw_rug(axes: Any, y: Array, colour: str, height: float = 0.045) -> None:
    """Mark observations by ticks at the bottom of the axes; of many observations, evenly spaced ones."""
    y = np.sort(y)[evenly_spaced(len(y), MOST_TICKS)]
    # One broken line, because a line for each observation makes a file many times as large.
    x = np.repeat(y, 3)
    ticks = np.tile([0, height, np.nan], len(y))
    axes.plot(x, ticks, transform=axes.get_xaxis_transform(), color=colour, lw=0.5, zorder=2.5)


def smoothed(y: Array) -> Array:
    """Return the observations from which kernel densities are computed."""
    return y[random_part(len(y), MOST_SMOOTHED)]


def are_counts(y: Array) -> bool:
    """Tell whether observations are best drawn as bars of single whole numbers."""
    exact = np.abs(y).max() < 2**52
    return bool(exact and np.ptp(y) <= MOST_BARS and (y == np.floor(y)).all())


def histogram_bins(y: Array) -> Array:
    """Return bin edges: twice as many bins as by the rule of Freedman and Diaconis, 20 to 80.

    The rule uses the spread of all data, which in a mixture is wider than a component's. Counts have a bin
    for each whole number, and constant data have one bin in the middle.
    """
    if are_counts(y):
        return np.arange(y.min() - 0.5, y.max() + 1)
    span = float(np.ptp(y))
    if span == 0:
        low, high = around(y)
        return np.linspace(low, high, LEAST_BARS + 2)
    # The number of bins is bounded before edges are made: one outlier would need terabytes of them.
    quartiles = np.quantile(y, [0.25, 0.75])
    width = float(quartiles[1] - quartiles[0]) / len(y) ** (1 / 3)
    number = min(
        MOST_BARS, max(LEAST_BARS, 2 * math.ceil(min(span / (2 * width), MOST_BARS)) if width else 0)
    )
    return np.linspace(float(y.min()), float(y.max()), number + 1)


def rasterise(artists: Iterable[Any]) -> None:
    """Draw artists as one image, above histograms and behind the rest, to keep the file small.

    Axis and labels stay vectors, because a page recolours those.
    """
    for artist in artists:
        artist.set_zorder(0.45)
        artist.set_rasterized(True)


def new_figure(size: tuple[float, float], **subplots: Any) -> tuple[Figure, Any]:
    """Create a figure of the given size in inches, with axes laid out to fit their labels."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(**subplots)
