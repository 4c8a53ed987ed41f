"""Look at a table, and suggest what to model in it and how.

The rules are simple and say why; what they suggest is a start, which the user corrects in config.yaml.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

NEAR_ZERO = 10
"""Counts come below it; whole numbers that never do are taken for rounded measurements."""
OVERDISPERSED = 2.0
"""Variance above this many means is more than a few components of Poisson counts explain."""
EXCESS, TIMES = 3.0, 1.5
"""Zeros are too many where they are so many standard errors and so many times more than expected."""
SKEWED = 1.0
"""Skewness above which positive numbers take a family of skewed ones."""
SAMPLE = 100_000
"""Values that a likelihood is computed of, at most."""
MOST_COLUMNS = 8
"""Columns that are suggested to be modelled together."""
MOST_COMPONENTS, MOST_COMPONENTS_OF_ROWS = 6, 4
ROWS_PER_COMPONENT = 15
"""Fewer rows say little about a component."""
ROWS_PER_COVARIANCE = 5
"""Rows a component for each of its covariances, below which these are left out."""
FEW_NAMES = 12
"""Different texts in a column that may be classes."""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    name
        Its name.
    words
        What it holds.
    why_not
        Why it cannot be modelled; empty where it can.
    values
        Its numbers; None where it cannot be modelled.
    may_be_labels
        Whether it may tell known components of the rows.
    """

    name: str
    words: str
    why_not: str = ""
    values: Array | None = None
    may_be_labels: bool = False


@dataclass(frozen=True)
class Suggestion:
    """What to model, and how.

    Attributes
    ----------
    columns
        All columns of the table.
    response
        Names of the columns to model.
    why_response
        Why these.
    family, why_family
        Family of the components, and why.
    structure, why_structure
        Structure of covariances; empty for single columns.
    components, why_components
        Numbers of components to compare, and why.
    instead
        Other families to try.
    """

    columns: tuple[Column, ...]
    response: tuple[str, ...]
    why_response: str
    family: str
    why_family: str
    components: tuple[int, ...]
    why_components: str
    structure: str = ""
    why_structure: str = ""
    instead: tuple[str, ...] = ()


def columns_of(table: pd.DataFrame) -> tuple[Column, ...]:
    """Describe the columns of a table, and tell which can be modelled."""
    return tuple(_column(str(name), table[name]) for name in table)


def _column(name: str, values: pd.Series[Any]) -> Column:
    missing = int(values.isna().sum())
    if missing == len(values):
        return Column(name, "empty", "is empty")
    if pd.api.types.is_bool_dtype(values):
        return Column(name, "true and false", "holds true and false, not numbers")
    numbers = pd.to_numeric(values, errors="coerce")
    if int((numbers.isna() & values.notna()).sum()):
        different = values.nunique()
        words = f"text, {different:,} different"
        return Column(name, words, "holds text, not numbers", may_be_labels=2 <= different <= FEW_NAMES)
    if missing:
        return Column(name, "numbers", f"has {missing:,} missing values, to remove or to fill first")
    y = numbers.to_numpy(dtype=np.float64)
    if not np.isfinite(y).all():
        return Column(name, "numbers", "has infinite values")
    distinct = len(np.unique(y))
    whole = bool((y == np.floor(y)).all())
    words = f"{'whole numbers' if whole else 'numbers'} from {y.min():.4g} to {y.max():.4g}"
    if distinct == 1:
        return Column(name, words, "has one value in all rows")
    if distinct == 2:
        return Column(name, words, "has two different values only", may_be_labels=True)
    if whole and distinct == len(y) and y.min() in (0, 1) and y.max() - y.min() == len(y) - 1:
        return Column(name, words, "numbers the rows")
    return Column(name, words, values=y)


def suggest(columns: Sequence[Column], response: Sequence[str] = ()) -> Suggestion | None:
    """Suggest a response, a family and numbers of components.

    Parameters
    ----------
    columns
        The columns of the table.
    response
        The columns to model, all of them such as can be; where none is named they are chosen.

    Returns
    -------
    Suggestion or None
        None where the table has no column that can be modelled.
    """
    usable = [column for column in columns if column.values is not None]
    if response:
        chosen = [column for name in response for column in usable if column.name == name]
        why = "you named it" if len(chosen) == 1 else "you named them"
    elif not usable:
        return None
    else:
        chosen, why = _choose(usable)
    names = tuple(column.name for column in chosen)
    if len(chosen) > 1:
        return _of_rows(columns, names, why, np.column_stack([_values(column) for column in chosen]))
    y = _values(chosen[0])
    family, why_family, instead = family_for(y)
    numbers, why_numbers = _components(len(y), len(np.unique(y)), MOST_COMPONENTS)
    return Suggestion(tuple(columns), names, why, family, why_family, numbers, why_numbers, instead=instead)


def _values(column: Column) -> Array:
    assert column.values is not None
    return column.values


def _choose(usable: Sequence[Column]) -> tuple[list[Column], str]:
    """Choose columns to model: all measurements together, else the first column."""
    measured = [column for column in usable if not _is_counts(_values(column))]
    if len(usable) == 1:
        return list(usable), "it is the only column of numbers to model"
    if len(measured) > MOST_COLUMNS:
        return measured[
            :MOST_COLUMNS
        ], f"they are the first {MOST_COLUMNS} of {len(measured)} columns of measurements"
    if len(measured) > 1:
        return measured, "they are the columns of measurements"
    if measured:
        return measured, "it is the only column of measurements"
    return list(usable[:1]), f"it is the first of {len(usable)} columns of counts"


def _of_rows(columns: Sequence[Column], names: tuple[str, ...], why: str, y: Array) -> Suggestion:
    n, D = y.shape
    numbers, why_numbers = _components(n, len(np.unique(y, axis=0)), MOST_COMPONENTS_OF_ROWS)
    needed = ROWS_PER_COVARIANCE * D * (D + 1) // 2 * numbers[-1]
    structure = "VVV" if n >= needed else "VVI"
    return Suggestion(
        tuple(columns),
        names,
        why,
        "multi_normal",
        f"{D} columns are modelled together",
        numbers,
        why_numbers,
        structure,
        "every component has its own covariances"
        if structure == "VVV"
        else f"variances only, since {n:,} rows are few for covariances of {D} columns",
    )


def family_for(y: Array) -> tuple[str, str, tuple[str, ...]]:
    """Suggest a family for some numbers, with the reason and families to try instead."""
    whole = bool((y == np.floor(y)).all())
    if _is_counts(y):
        return _counts(y)
    rounded = "whole numbers far from 0 are taken for rounded measurements; " if whole else ""
    if y.min() > 0 and y.max() < 1:
        return "beta", "all values are between 0 and 1", ("normal",)
    if y.min() <= 0:
        return "normal", f"{rounded}values are on both sides of 0, or 0", ("student_t", "skew_normal")
    skewness = _skewness(y)
    if skewness <= SKEWED:
        why = f"{rounded}the values are hardly skewed ({skewness:.1f})"
        return "normal", why, ("lognormal", "gamma", "student_t")
    family = _skewed(y)
    other = "gamma" if family == "lognormal" else "lognormal"
    why = f"{rounded}the values are positive and skewed ({skewness:.1f})"
    return family, f"{why}, and {family} fits them better than {other}", (other, "weibull", "normal")


def _is_counts(y: Array) -> bool:
    return bool((y == np.floor(y)).all() and y.min() >= 0 and y.min() < NEAR_ZERO)


def _counts(y: Array) -> tuple[str, str, tuple[str, ...]]:
    """Choose among the families of counts by their dispersion and their zeros."""
    n, mean, variance = len(y), float(y.mean()), float(y.var(ddof=1))
    ratio = variance / mean
    if ratio > OVERDISPERSED:
        size = mean**2 / (variance - mean)
        zeros = (size / (size + mean)) ** size
        family, why = "neg_binomial_2", f"these are counts whose variance is {ratio:.1f} times their mean"
    else:
        zeros = math.exp(-mean)
        family, why = "poisson", f"these are counts whose variance is near their mean ({ratio:.1f} times it)"
    found = float((y == 0).mean())
    if found > max(TIMES * zeros, zeros + EXCESS * math.sqrt(zeros * (1 - zeros) / n)):
        # What is not 0 tells the dispersion of the rest.
        positive = y[y > 0]
        ratio = float(positive.var(ddof=1) / positive.mean())
        family = "neg_binomial_2" if ratio > OVERDISPERSED else "poisson"
        why = f"these are counts of which {found:.0%} are 0, where {zeros:.0%} would be expected"
        return f"zero_inflated_{family}", why, (family, f"hurdle_{family}", f"zero_inflated_{_other(family)}")
    return family, why, (_other(family),)


def _other(family: str) -> str:
    return "poisson" if family == "neg_binomial_2" else "neg_binomial_2"


def _skewness(y: Array) -> float:
    z = (y - y.mean()) / y.std()
    return float((z**3).mean())


def _skewed(y: Array) -> str:
    """Choose between lognormal and gamma by their largest likelihoods."""
    from scipy import stats

    y = y if len(y) <= SAMPLE else np.random.default_rng(1).choice(y, SAMPLE, replace=False)
    y = y / y.mean()
    log_y = np.log(y)
    lognormal = stats.norm.logpdf(log_y, log_y.mean(), log_y.std()).sum() - log_y.sum()
    shape, _, scale = stats.gamma.fit(y, floc=0)
    return "lognormal" if lognormal >= stats.gamma.logpdf(y, shape, scale=scale).sum() else "gamma"


def _components(n: int, distinct: int, most: int) -> tuple[tuple[int, ...], str]:
    """Return numbers of components to compare, and why so many."""
    largest = max(1, min(most, max(2, n // ROWS_PER_COMPONENT), distinct))
    why = (
        f"of {n:,} rows up to {largest} can be compared"
        if largest < most
        else "to be compared with each other"
    )
    return tuple(range(1, largest + 1)), why
