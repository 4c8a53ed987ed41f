"""Figures that cannot be drawn: the report shows a sentence instead, and the run goes on."""

from __future__ import annotations

import sys
import textwrap
import traceback
from collections.abc import Callable
from typing import Any, ParamSpec

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

P = ParamSpec("P")

WIDTH = 7.4
"""Inches: at 96 pixels an inch, the text column of the report at its natural size."""
LARGEST = 1e100
"""Axes cannot show larger values, or values that differ by less than its inverse."""
FINEST = 1e-12
"""Values that differ by less than this share of their size differ by rounding errors."""
LETTERS_IN_A_LINE = 100


class NoFigure(Exception):
    """Legal data that a figure cannot show; its message is a sentence for readers of the report."""


def drawn(draw: Callable[P, Figure], *args: P.args, **kwargs: P.kwargs) -> Figure:
    """Draw a figure, or a sentence that says why it cannot be drawn.

    A run of hours does not fail for a figure at its end. An unexpected error gives a sentence, too, and its
    traceback is in the job's log.
    """
    try:
        return draw(*args, **kwargs)
    except NoFigure as reason:
        return gap_figure(str(reason))
    except Exception as error:
        return unforeseen(error)


def unforeseen(error: Exception) -> Figure:
    """Return the replacement of a figure that failed with an unexpected error, and log the error."""
    traceback.print_exception(error, file=sys.stderr)
    return gap_figure(
        f"This figure could not be drawn ({type(error).__name__}: {error}). This is not expected: please "
        "report it with the log of the job that draws it."
    )


def gap_figure(reason: str) -> Figure:
    """Return a figure with only a sentence, which :func:`stanmix.report.inline.gap_in` reads again."""
    lines = textwrap.wrap(reason, LETTERS_IN_A_LINE)
    figure = Figure(figsize=(WIDTH, 0.6 + 0.17 * len(lines)))
    figure.text(0.02, 0.5, "\n".join(lines), va="center", parse_math=False)
    figure.set_label(reason)
    return figure


def say(axes: Any, sentence: str, letters: int = 34) -> None:
    """Write a sentence into a panel of a figure that cannot be drawn."""
    axes.set_axis_off()
    axes.text(
        0, 0.5, textwrap.fill(sentence, letters), transform=axes.transAxes, va="center", fontsize=7,
        parse_math=False,
    )  # fmt: skip


def check_drawable(values: npt.ArrayLike, what: str) -> None:
    """Refuse numbers that an axis cannot show.

    Parameters
    ----------
    values
        The numbers; those that are not finite are left out.
    what
        Name of the numbers: the beginning of a sentence, in the plural.

    Raises
    ------
    NoFigure
        If none is finite, if they are beyond the arithmetic of axes, or if they differ by rounding errors.
    """
    array = np.asarray(values, dtype=float)
    finite = array[np.isfinite(array)]
    if not finite.size:
        raise NoFigure(f"{what} are not finite, so there is nothing to draw.")
    low, high = float(finite.min()), float(finite.max())
    size = max(abs(low), abs(high))
    if size > LARGEST:
        raise NoFigure(
            f"{what} reach from {low:.3g} to {high:.3g}, which is too far for an axis. Their logarithms "
            "may be drawn and modelled."
        )
    if low < high and (high - low < 1 / LARGEST or high - low < FINEST * size):
        raise NoFigure(
            f"{what} reach from {low:.6g} to {high:.6g} and differ by {high - low:.3g}, which is too little "
            "for an axis. Subtract their middle and choose another unit."
        )
