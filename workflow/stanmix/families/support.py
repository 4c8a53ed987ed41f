"""The data to which a family can be fitted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanmix.bounds import MOST_LEVELS

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Support:
    """The values that an observation may take.

    Attributes
    ----------
    words
        The values in words, for messages: "numbers above 0".
    lower, upper
        The bounds.
    closed
        Whether the bounds belong to them.
    whole
        Whether they are whole numbers.
    has_trials
        Whether every observation has a number of trials.
    remedy
        What to do about data with other values.
    """

    words: str
    lower: float = -math.inf
    upper: float = math.inf
    closed: bool = False
    whole: bool = False
    has_trials: bool = False
    remedy: str = ""

    @property
    def is_bounded(self) -> bool:
        """Whether there is a bound on either side."""
        return math.isfinite(self.lower) or math.isfinite(self.upper)

    def outside(self, y: Array) -> npt.NDArray[np.bool_]:
        """Tell which numbers are impossible values of an observation."""
        inside = (y > self.lower) & (y < self.upper)
        if self.closed:
            inside |= (y == self.lower) | (y == self.upper)
        if self.whole:
            inside &= y == np.floor(y)
        return ~inside


REALS = Support("numbers")
POSITIVE_NUMBERS = Support(
    "numbers above 0",
    lower=0.0,
    remedy="Correct those rows, or choose a family of the whole line, such as normal.",
)
SHARES = Support(
    "numbers between 0 and 1, without these two",
    lower=0.0,
    upper=1.0,
    remedy="Divide by the largest possible value, and decide what exact zeros and ones are.",
)
ANGLES = Support(
    "angles in radians, from -2 pi to 2 pi",
    lower=-2 * math.pi,
    upper=2 * math.pi,
    closed=True,
    remedy="Multiply degrees by pi / 180.",
)
LARGEST_COUNT = 2.0**31 - 1
"""Stan's largest integer."""
MOST_COUNTED = 1e8
"""Stan draws counts of rates below 2^30, which replications of counts above this may exceed."""
COUNTS = Support(
    f"counts, which are whole numbers from 0 to {MOST_COUNTED:,.0f}",
    lower=0.0,
    upper=MOST_COUNTED,
    closed=True,
    whole=True,
    remedy="Name a column of counts, or choose a continuous family, such as normal.",
)
CATEGORIES = Support(
    f"categories, numbered from 1 to at most {MOST_LEVELS:,}",
    lower=1.0,
    upper=MOST_LEVELS,
    closed=True,
    whole=True,
    remedy="List the column under datasets.NAME.categorical.",
)
SUCCESSES = Support(
    "counts of successes, which are whole numbers from 0",
    lower=0.0,
    upper=LARGEST_COUNT,
    closed=True,
    whole=True,
    has_trials=True,
    remedy="Name a column of counts, or choose a continuous family, such as beta for shares.",
)
