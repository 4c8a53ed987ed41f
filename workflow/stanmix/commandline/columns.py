"""Columns of a table as `stanmix init` sees them: what they hold, and what their names say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
Kind = Literal["measured", "counts", "categories", ""]

NEAR_ZERO = 10
"""Counts have some values below it; whole numbers without any are taken for rounded measurements."""
FEW_NAMES = 12
"""Largest number of different texts in a column that may hold classes."""
ROWS_PER_NAME = 2
"""Smallest average number of rows for each text; with fewer, a column more likely names the rows."""
ROWS = frozenset(
    {
        "id",
        "ids",
        "identifier",
        "index",
        "idx",
        "row",
        "subject",
        "patient",
        "participant",
        "code",
        "zip",
        "postcode",
        "year",
        "yr",
        "month",
        "week",
        "day",
        "date",
        "obs",
        "observation",
        "unnamed",
    }
)
"""Words in the names of columns that identify rows or times."""
CLASSES = frozenset(
    {
        "class",
        "group",
        "species",
        "label",
        "labels",
        "cluster",
        "type",
        "diagnosis",
        "truth",
        "target",
        "component",
    }
)
"""Words in the names of columns that are more likely labels of components than a response."""
NUMBERS_ROWS = "numbers the rows"
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the table.

    Attributes
    ----------
    name
        Its name.
    words
        Its content in words.
    why_not
        Why it cannot be modelled by itself; empty if it can.
    values
        Its numbers, or the numbers of its categories; NaN where missing. None if it has neither.
    may_be_labels
        Whether it may hold known components of the rows.
    kind
        Its family in a product of several columns; empty if it cannot be one of them.
    levels
        Number of its categories; 0 of other columns.
    missing
        Number of empty cells.
    is_coded
        Whether its values are numbers of categories, and not values of the table.
    """

    name: str
    words: str
    why_not: str = ""
    values: Array | None = None
    may_be_labels: bool = False
    kind: Kind = ""
    levels: int = 0
    missing: int = 0
    is_coded: bool = False

    @property
    def names_rows(self) -> bool:
        """Whether its name is that of an identifier of rows or times."""
        return bool(words_of(self.name) & ROWS)

    @property
    def names_classes(self) -> bool:
        """Whether its name is that of classes."""
        return bool(words_of(self.name) & CLASSES)

    @property
    def numbers(self) -> Array:
        """The numbers that are not missing; the column must have some."""
        assert self.values is not None
        return self.values[~np.isnan(self.values)]

    @property
    def is_whole(self) -> bool:
        """Whether it holds a whole number from 0 in every row."""
        return self.values is not None and not (self.is_coded or self.missing) and is_whole(self.values)


def words_of(name: str) -> frozenset[str]:
    """Return the words of a column's name in lower case: n and trials for nTrials and for n_trials."""
    return frozenset(word.lower() for word in WORD.findall(name))


def is_whole(y: Array) -> bool:
    """Tell whether all numbers are whole and from 0."""
    return bool((y == np.floor(y)).all() and y.min() >= 0)


def are_counts(y: Array) -> bool:
    """Tell whether numbers are taken as counts."""
    return is_whole(y) and bool(y.min() < NEAR_ZERO)


def listed_names(columns: Iterable[Column]) -> list[str]:
    """Return the names of columns."""
    return [column.name for column in columns]


def columns_of(table: pd.DataFrame) -> tuple[Column, ...]:
    """Describe the columns of a table, and tell which can be modelled."""
    return tuple(_column(str(name), table[name]) for name in table)


def _column(name: str, values: pd.Series[Any]) -> Column:
    missing = int(values.isna().sum())
    if missing == len(values):
        return Column(name, "empty", "is empty")
    numbers = pd.to_numeric(values, errors="coerce")
    if pd.api.types.is_bool_dtype(values):
        return _categories(name, values, "true and false", "holds true and false, not numbers")
    if int((numbers.isna() & values.notna()).sum()):
        text = values.astype(str).str.strip().where(values.notna())
        text = text.where(text != "")
        words = f"text, {text.nunique():,} different"
        return _categories(name, text, words, "holds text, not numbers", may_be_labels=True)
    y = numbers.to_numpy(dtype=np.float64)
    if np.isinf(y).any():
        return Column(name, "numbers", "has infinite values")
    seen = y[~np.isnan(y)]
    distinct = len(np.unique(seen))
    whole = bool((seen == np.floor(seen)).all())
    words = f"{'whole numbers' if whole else 'numbers'} from {seen.min():.4g} to {seen.max():.4g}"
    holes = f"has {missing:,} missing values, to remove or to fill first" if missing else ""
    if distinct == 1:
        return Column(name, words, "has one value in all rows", y, missing=missing)
    if distinct == 2:
        why_not = holes or "has two different values only"
        are_labels = whole and seen.min() >= 0 and seen.max() <= 2
        return Column(name, words, why_not, y, are_labels, "categories", 2, missing)
    if whole and distinct == len(y) and y.min() in (0, 1) and y.max() - y.min() == len(y) - 1:
        return Column(name, words, NUMBERS_ROWS, y)
    return Column(name, words, holes, y, kind="counts" if are_counts(seen) else "measured", missing=missing)


def _categories(
    name: str, values: pd.Series[Any], words: str, why_not: str, may_be_labels: bool = False
) -> Column:
    """Describe a column without numbers; it has categories if there are few different texts."""
    found = pd.Categorical(values)
    levels, missing = len(found.categories), int(values.isna().sum())
    are_few = 2 <= levels <= FEW_NAMES
    return Column(
        name,
        words,
        why_not,
        np.where(found.codes < 0, np.nan, found.codes + 1.0),
        may_be_labels and are_few,
        "categories" if are_few and len(values) - missing >= ROWS_PER_NAME * levels else "",
        levels,
        missing,
        is_coded=True,
    )
