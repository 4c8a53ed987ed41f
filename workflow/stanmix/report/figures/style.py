"""What all figures share: type, lines, and how they are written."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke
from PIL import Image

from stanmix.io import replacing
from stanmix.observations import evenly_spaced, random_part
from stanmix.report.palette import GRID, INK, MUTED, PAPER

Array = npt.NDArray[np.float64]

PATH_DATA = re.compile(r' d="[^"]*"')
LAYER = re.compile(r"data:image/png;base64,([^\"]+)")
LAYER_COLOURS = 48
"""Colours of a layer that is an image: enough for seven components that lie over each other."""
WIDTH = 7.4
"""Inches: at 96 pixels an inch, the text column of the report at its natural size."""
DPI = {".svg": 112, ".png": 160}
"""Resolution of pictures, and of those layers of an SVG that have too many points for vectors."""
MOST_TICKS = 2000
MOST_BARS = 80
MOST_SMOOTHED = 100_000
"""Of more observations a random part stands for all in kernel densities."""
HALO: list[AbstractPathEffect] = [withStroke(linewidth=3.2, foreground=PAPER)]
"""Paper around a line, so that it contrasts where it lies over bars, points or other lines."""
KDE = {"bw": "isj", "bound_correction": False}
"""Kernel densities: the bandwidth of Botev, Grotowski and Kroese (2010) does not smooth modes away."""

RC = {
    "figure.dpi": 96,
    "figure.facecolor": "white",
    "axes.facecolor": "none",  # so that no white lies within layers that are images
    "savefig.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with Matplotlib: the same everywhere
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
    """Write a figure to files whose suffixes say the format, without dates, and release it."""
    for target in map(Path, targets):
        metadata = {"Date": None, "Creator": None} if target.suffix == ".svg" else {"Software": None}
        with replacing(target) as path:
            figure.savefig(path, metadata=metadata, dpi=DPI[target.suffix])
            if target.suffix == ".svg":
                text = LAYER.sub(_reduce, PATH_DATA.sub(_shorten, path.read_text("utf-8")))
                path.write_text(text, "utf-8")
    plt.close(figure)


def _shorten(path_data: re.Match[str]) -> str:
    """Cut the coordinates of an SVG path after a hundredth of a point: invisible, and far smaller."""
    return re.sub(r"(\.\d\d)\d+", r"\1", path_data[0])


def _reduce(layer: re.Match[str]) -> str:
    """Write an image of few colours with a palette, a third as large."""
    picture = Image.open(io.BytesIO(base64.b64decode(layer[1]))).convert("RGBA")
    out = io.BytesIO()
    picture.quantize(LAYER_COLOURS, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode('ascii')}"


def tidy(axes: Any, xlabel: str = "", ylabel: str = "", title: str = "") -> None:
    """Label axes and draw a faint grid along y."""
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.set_title(title)
    axes.grid(axis="y", color=GRID, linewidth=0.6)


def without_density_ticks(axes: Any) -> None:
    """Leave the heights of a density unlabelled: its shape and place are what is read."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    axes.set_ylim(bottom=0)


def grid_over(y: Array, margin: float = 0.15, points: int = 400) -> Array:
    """Return evenly spaced points over the range of data and a margin on both sides."""
    low, high = float(y.min()), float(y.max())
    pad = margin * (high - low)
    return np.linspace(low - pad, high + pad, points)


def draw_rug(axes: Any, y: Array, colour: str, height: float = 0.045) -> None:
    """Mark observations by ticks at the bottom of the axes; of many, evenly spaced ones in their order."""
    y = np.sort(y)[evenly_spaced(len(y), MOST_TICKS)]
    # One broken line, because a line for each observation makes a file many times as large.
    x = np.repeat(y, 3)
    ticks = np.tile([0, height, np.nan], len(y))
    axes.plot(x, ticks, transform=axes.get_xaxis_transform(), color=colour, lw=0.5, zorder=2.5)


def smoothed(y: Array) -> Array:
    """Return the observations that kernel densities are computed from."""
    return y[random_part(len(y), MOST_SMOOTHED)]


def are_counts(y: Array) -> bool:
    """Tell whether observations are best drawn as bars of single whole numbers."""
    return bool(np.ptp(y) <= MOST_BARS and (y == np.floor(y)).all())


def histogram_bins(y: Array) -> Array:
    """Return bin edges: twice as many bins as by the rule of Freedman and Diaconis, 20 to 80.

    The rule takes the spread of all the data, which in a mixture is wider than a component's. Counts have a
    bin for each whole number.
    """
    if are_counts(y):
        return np.arange(y.min() - 0.5, y.max() + 1)
    edges = np.histogram_bin_edges(y, bins="fd")
    return np.histogram_bin_edges(y, bins=int(np.clip(2 * (len(edges) - 1), 20, 80)))


def rasterise(artists: Iterable[Any]) -> None:
    """Draw artists as one image, over histograms and behind all else, to keep the file small.

    Axis and labels stay vectors, because a page recolours those.
    """
    for artist in artists:
        artist.set_zorder(0.45)
        artist.set_rasterized(True)


def new_figure(size: tuple[float, float], **subplots: Any) -> tuple[Figure, Any]:
    """Make a figure of the given size in inches with axes laid out to fit their labels."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(**subplots)
