"""Columns that belong to others: numbers of trials beside successes, and weights of the rows.

A companion is taken if name and numbers both indicate it. If only the name does, it is a possibility, which
the written configuration names in a comment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stanmix.commandline.columns import NUMBERS_ROWS, Array, Column, are_counts, words_of

TRIALS = frozenset(
    {"n", "trial", "trials", "total", "totals", "size", "tested", "attempts", "tries", "exposed"}
)
"""Words in the name of numbers of trials."""
SUCCESSES = frozenset(
    {
        "y",
        "x",
        "r",
        "k",
        "success",
        "successes",
        "positive",
        "positives",
        "hit",
        "hits",
        "case",
        "cases",
        "event",
        "events",
        "death",
        "deaths",
        "dead",
        "died",
        "infected",
        "correct",
        "passed",
        "failed",
        "failures",
        "germinated",
        "wins",
        "yes",
    }
)
"""Words in the name of successes."""
LEAST_TRIALS = 3
"""The largest number of trials must reach this: with at most two, two components cannot be told apart."""
LEAST_SHARE = 0.02
"""Smallest share of successes among the trials, unless the name says that they are successes."""
SURELY_WEIGHTS = frozenset({"weights", "pweight", "pweights", "fweight", "fweights"})
WEIGHTS = frozenset({"weight", "weights", "wt", "wts"})
SURVEYS = frozenset(
    {
        "survey",
        "sampling",
        "sample",
        "design",
        "case",
        "post",
        "person",
        "household",
        "probability",
        "frequency",
    }
)
"""Words beside which "weight" is not a body weight."""
PERHAPS_WEIGHTS = frozenset({"weight", "wt", "w"})
FREQUENCIES = frozenset({"freq", "frequency", "frequencies", "multiplicity"})
NUMBERS = frozenset({"n", "count", "counts", "number"})
FEWEST_CATEGORIES = 3
"""Number of columns of two categories that tell two classes apart."""
MEAN_ONE = 0.02
"""Largest distance from 1 of the mean of survey weights that were divided by their mean."""


@dataclass(frozen=True)
class Companion:
    """A column that belongs to others.

    Attributes
    ----------
    key
        The key of a data set that it belongs to: trials or weights.
    column
        The column.
    beside
        The column to which it belongs; None if it belongs to the rows, independently of the response.
    why
        Why it is taken.
    sure
        Whether it is taken, not only possible.
    """

    key: str
    column: Column
    beside: Column | None
    why: str
    sure: bool


def trials_of(columns: Sequence[Column], response: Sequence[str]) -> list[Companion]:
    """Look for numbers of trials: whole numbers that are never below those of another column.

    Parameters
    ----------
    columns
        The columns of the table.
    response
        The column to model, if one is named.

    Returns
    -------
    list of Companion
        The companion that is taken, or those that are possible.
    """
    known = [c for c in columns if c.is_whole and not c.names_rows]
    pairs = [
        (y, n)
        for n in known
        for y in known
        if (y.name in response or not response)
        and n.name not in response
        and words_of(n.name) & TRIALS
        and _are_pair(y, n)
    ]
    pairs = [(y, n) for y, n in pairs if words_of(y.name) & SUCCESSES] or pairs
    sure = len(pairs) == 1 and _is_sure(*pairs[0], columns, response)
    return [Companion("trials", n, y, f"{n.name} is nowhere below {y.name}", sure) for y, n in pairs]


def _are_pair(y: Column, n: Column) -> bool:
    successes, trials = y.numbers, n.numbers
    return (
        not y.why_not
        and bool((successes <= trials).all() and (successes < trials).any())
        and bool(trials.max() >= LEAST_TRIALS)
        and not _counts_up(successes)
    )


def _is_sure(y: Column, n: Column, columns: Sequence[Column], response: Sequence[str]) -> bool:
    """Tell whether no other meaning of a pair of columns is as likely."""
    if words_of(y.name) & SUCCESSES:
        return True
    others = [c for c in columns if c.kind == "measured" and not c.names_rows and c not in (y, n)]
    return bool(response or not others) and bool(y.numbers.sum() >= LEAST_SHARE * n.numbers.sum())


def weights_of(columns: Sequence[Column], response: Sequence[str]) -> list[Companion]:
    """Look for weights, with which rows count more than once.

    Parameters
    ----------
    columns
        The columns of the table.
    response
        The columns to model, if some are named.

    Returns
    -------
    list of Companion
        The first that is taken, or those that are possible.
    """
    found = []
    for own in columns:
        rest = [c for c in columns if c is not own and c.kind and not c.names_rows]
        numbers = [c for c in rest if c.kind != "categories"]
        counted = [c for c in columns if c.why_not == NUMBERS_ROWS and not c.names_rows]
        others = [c for c in columns if c.name in response] or numbers or rest or counted
        if own.name not in response and _may_weigh(own) and others:
            found += _weights(own, others)
    return [companion for companion in found if companion.sure][:1] or found


def _may_weigh(own: Column) -> bool:
    """Tell whether a column's numbers are complete, above 0 and not all equal."""
    if own.values is None or own.is_coded or own.missing or own.names_rows:
        return False
    return bool(own.values.min() > 0 and np.ptp(own.values) > 0) and own.why_not != NUMBERS_ROWS


def _weights(own: Column, others: Sequence[Column]) -> list[Companion]:
    name, words = own.name.lower(), words_of(own.name)
    if name in SURELY_WEIGHTS or (words & WEIGHTS and words & SURVEYS):
        return [Companion("weights", own, None, "it is named so", True)]
    if name in PERHAPS_WEIGHTS:
        sure = len(others) == 1 and abs(float(own.numbers.mean()) - 1) <= MEAN_ONE
        return [Companion("weights", own, None, "it is named so, and its mean is 1", sure)]
    if name in FREQUENCIES | NUMBERS and own.is_whole:
        if all(c.kind == "categories" for c in others):
            sure = name in FREQUENCIES and len(others) >= FEWEST_CATEGORIES
            return [Companion("weights", own, None, "it is named so, beside categories", sure)]
        sure = len(others) == 1 and _is_table(others[0], own, name in FREQUENCIES)
        why = "it is named so, and every value stands in one row"
        return [Companion("weights", own, others[0] if sure else None, why, sure)]
    return []


def _is_table(values: Column, own: Column, are_frequencies: bool) -> bool:
    """Tell whether whole numbers say how often each value of a response is."""
    if values.missing:
        return False
    y = np.sort(values.numbers)
    steps = np.diff(y)
    if values.why_not and not are_frequencies and y[0] > 0:
        return False  # which more likely numbers the rows, with a count as the response
    is_even = bool(steps.max() - steps.min() <= 1e-6 * steps.max())
    is_plain = is_even or bool((y == np.floor(y)).all()) or (are_frequencies and are_counts(own.numbers))
    return bool(steps.min() > 0) and is_plain


def _counts_up(y: Array) -> bool:
    """Tell whether numbers are the values of a frequency table: each whole number of a range once."""
    return bool((np.diff(np.sort(y)) == 1).all())
