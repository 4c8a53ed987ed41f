"""Read the observations of a data set from a table, or say what prevents it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from stanmix.bounds import MOST_COMPONENTS, MOST_LEVELS
from stanmix.data.storage import LABEL, RESPONSE, TRIALS, WEIGHT, of_columns
from stanmix.data.tables import DECIMAL_COMMA, FITTED, Form, Remedies, read_columns
from stanmix.errors import DataError
from stanmix.families.support import LARGEST_COUNT


def read(
    path: str | Path,
    response: str | Sequence[str],
    trials: str | int | None = None,
    labels: str | None = None,
    weights: str | None = None,
    categorical: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
    missing: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    remedies: Remedies = FITTED,
) -> pd.DataFrame:
    """Read the observations from a CSV, TSV, Parquet or Excel file.

    Parameters
    ----------
    path
        The file.
    response
        The numeric column to model, or columns of multivariate data.
    trials
        The column of the numbers of trials, or one number for all rows, where the observations are successes.
    labels
        The column of known components: their numbers from 1, or names; empty where it is not known.
    weights
        The column of the weights of the observations, numbers above 0.
    categorical
        The response columns that hold categories, with the names of their levels where these are known.
        Categories become the numbers of their levels.
    missing
        ``marginalise``: empty cells of rows that have other values become NaN. By default empty cells are
        refused.
    separator, decimal
        Separator and decimal mark of a text file, if they are not the usual ones; see
        :class:`stanmix.data.tables.Form`.
    remedies
        Remedies that messages name.

    Returns
    -------
    DataFrame
        The column ``y`` and, with trials, ``trials``, or columns ``y_1`` to ``y_D``; as many rows as the file
        has; then ``weight`` and ``label``, if they are asked for.

    Raises
    ------
    DataError
        If the file cannot be read, lacks a column, is empty, has values that are missing, infinite or not
        numbers, or has more successes than trials.
    """
    path = Path(path)
    columns = [response] if isinstance(response, str) else list(response)
    if trials in columns:
        raise DataError(
            f"{path}: the column {trials} is named both as response and as trials. Name the column of the "
            "numbers of trials."
        )
    ours = [RESPONSE] if len(columns) == 1 else of_columns(len(columns))
    names = {name: (column, "response") for name, column in zip(ours, columns, strict=True)}
    if isinstance(trials, str):
        names[TRIALS] = (trials, "trials")
    further = [(name, key) for name, key in ((weights, "weights"), (labels, "labels")) if name]
    wanted = [*names.values(), *further]
    table = read_columns(path, wanted, remedies, Form(separator, decimal))
    if table.empty:
        raise DataError(f"{path} has a header but no rows. Give a file with {remedies.rows}.")
    if decimal == ",":
        for own in [own for own, key in wanted if key != "labels" and own not in (categorical or ())]:
            _refuse_points(table[own], f"{path}, column {own}")
    given = categorical if isinstance(categorical, Mapping) else dict.fromkeys(categorical or [])
    may_be_missing = missing == "marginalise"
    levels = {
        own: _levels(table[own], f"{path}, column {own}", may_be_missing, len(columns) > 1, known)
        for own, known in given.items()
    }
    frame = pd.DataFrame(
        {
            name: levels[own][0]
            if own in levels
            else _numbers(table[own], f"{path}, column {own}", may_be_missing, len(columns) > 1)
            for name, (own, _) in names.items()
        }
    )
    frame.attrs["levels"] = {
        name: levels[own][1] for name, (own, key) in names.items() if own in levels and key == "response"
    }
    if may_be_missing:
        _check_missing(frame, str(path), columns)
    if trials is not None:
        if isinstance(trials, int):
            frame[TRIALS] = float(trials)
        _check_trials(frame, str(path), remedies)
    if weights:
        frame[WEIGHT] = _weights(table[weights], f"{path}, column {weights}")
    if labels:
        frame[LABEL] = _labels(table[labels], f"{path}, column {labels}")
    return frame


def _refuse_points(values: pd.Series[Any], where: str) -> None:
    """Refuse points in numbers with decimal commas, since 1.234 may mean more than a thousand."""
    if pd.api.types.is_numeric_dtype(values):
        return
    wrong = values.astype(str).str.contains(".", regex=False) & values.notna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{where} has '{str(values.iloc[row])[:40]}' in row {row + 1}, with a point, but the data set's "
            "decimal mark is a comma. Remove points that divide thousands, or write: decimal: '.'"
        )


def _refuse_missing(missing: pd.Series[bool], where: str, is_one_of_several: bool) -> None:
    """Refuse missing values, and name what can be done about them."""
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        other = ", or write under the data set: missing: marginalise" if is_one_of_several else ""
        raise DataError(
            f"{where} has {int(missing.sum())} missing values; the first is in row {row + 1}. "
            f"Remove those rows, or decide how to fill them{other}."
        )


def _levels(
    values: pd.Series[Any],
    where: str,
    may_be_missing: bool,
    is_one_of_several: bool,
    known: Sequence[str] | None = None,
) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Return the number of each category's level, from 1, and the names of the levels in their order.

    Values that may be missing are NaN.
    """
    text = values.astype(str).str.strip() if not pd.api.types.is_numeric_dtype(values) else values
    missing = values.isna() | (text == "")
    if not may_be_missing:
        _refuse_missing(missing, where, is_one_of_several)
    found = pd.Categorical(text.where(~missing))
    names = [f"{name:g}" if isinstance(name, float) else str(name) for name in found.categories]
    if len(names) > MOST_LEVELS:
        raise DataError(
            f"{where} has {len(names):,} different values, but a column of categories has at most "
            f"{MOST_LEVELS:,}. Remove it from datasets.NAME.categorical, or join categories."
        )
    codes: npt.NDArray[np.float64] = np.where(missing, np.nan, found.codes + 1.0)
    if known is None:
        return codes, names
    if unseen := [name for name in names if name not in known]:
        row = int(np.flatnonzero(codes == names.index(unseen[0]) + 1)[0])
        raise DataError(
            f"{where} has the category '{unseen[0]}' in row {row + 1}, which the data that were fitted do "
            f"not have. Theirs are: {', '.join(known)}."
        )
    of_known = np.array([*(known.index(name) + 1 for name in names), np.nan])  # the last for code -1
    return of_known[found.codes], list(known)


def _weights(values: pd.Series[Any], where: str) -> npt.NDArray[np.float64]:
    """Return weights, numbers above 0."""
    weights = _numbers(values, where)
    wrong = weights <= 0
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{where} has the weight {weights[row]:g} in row {row + 1}, but weights are above 0. Remove "
            "rows that do not count."
        )
    return weights


def _labels(values: pd.Series[Any], where: str) -> npt.NDArray[np.int64]:
    """Return known components from 1, and 0 where none is known; names are numbered in alphabetical order."""
    known = values.notna()
    if not pd.api.types.is_numeric_dtype(values):
        names = values.astype(str).str.strip()
        known &= names != ""
        return np.where(known, pd.Categorical(names.where(known)).codes + 1, 0).astype(np.int64)
    numbers = values.fillna(0).to_numpy(dtype=np.float64)
    wrong = (numbers < 0) | (numbers != np.floor(numbers)) | (numbers > MOST_COMPONENTS)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{where} has the label {numbers[row]:g} in row {row + 1}, but labels are the numbers of "
            f"components from 1 to at most {MOST_COMPONENTS}, or names. Leave the cell empty where the "
            "component is not known."
        )
    return numbers.astype(np.int64)


def _check_trials(frame: pd.DataFrame, where: str, remedies: Remedies) -> None:
    """Refuse numbers of trials that are not counts, or that are smaller than the successes."""
    y, trials = frame[RESPONSE].to_numpy(), frame[TRIALS].to_numpy()
    for wrong, what in (
        ((trials < 0) | (trials != np.floor(trials)), "a number of trials that is not a whole number from 0"),
        (y > trials, "more successes than trials"),
        (
            trials > LARGEST_COUNT,
            f"a number of trials above {LARGEST_COUNT:,.0f}, Stan's largest whole number",
        ),
    ):
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataError(
                f"{where} has {what} in {int(wrong.sum())} rows; the first is row {row + 1}, with {y[row]:g} "
                f"successes and {trials[row]:g} trials. {remedies.trials}"
            )


def _check_missing(frame: pd.DataFrame, where: str, columns: Sequence[str]) -> None:
    """Refuse rows and columns without any observed cell."""
    observed = frame.notna().to_numpy()
    empty = ~observed.any(axis=1)
    if empty.any():
        row = int(np.flatnonzero(empty)[0])
        raise DataError(
            f"{where} has {int(empty.sum())} rows in which all of {', '.join(columns)} are missing; the "
            f"first is row {row + 1}. Remove those rows: they say nothing."
        )
    if not observed.any(axis=0).all():
        column = columns[int(np.flatnonzero(~observed.any(axis=0))[0])]
        raise DataError(f"{where} has no value in column {column}. Leave it out of datasets.NAME.response.")


def _numbers(
    values: pd.Series[Any], where: str, may_be_missing: bool = False, is_one_of_several: bool = False
) -> npt.NDArray[np.float64]:
    """Turn a column into finite doubles, or say which row prevents it. Rows count from 1.

    Values that may be missing are NaN.
    """
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
        raise DataError(
            f"{where} holds times, which are no numbers until a unit is chosen. Write numbers into the file, "
            "such as days since the first row."
        )
    numbers = pd.to_numeric(values, errors="coerce")
    # With empty cells, the column's own type is not that of its values.
    if pd.api.types.infer_dtype(values, skipna=True) == "boolean":
        raise DataError(
            f"{where} holds true/false values, not numbers. Recode them as numbers, or name another column."
        )
    missing = values.isna()
    text = numbers.isna() & ~missing
    if text.any():
        row = int(np.flatnonzero(text)[0])
        is_comma = DECIMAL_COMMA.fullmatch(str(values.iloc[row]).strip())
        remedy = (
            "Write under the data set, if the comma stands before decimals: decimal: ','"
            if is_comma
            else "Correct or remove those rows, or name a numeric column."
        )
        raise DataError(
            f"{where} has {int(text.sum())} values that are not numbers; the first is "
            f"'{str(values.iloc[row])[:40]}' in row {row + 1}. {remedy}"
        )
    if not may_be_missing:
        _refuse_missing(missing, where, is_one_of_several)
    y = numbers.to_numpy(dtype=np.float64)
    infinite = np.isinf(y)
    if infinite.any():
        row = int(np.flatnonzero(infinite)[0])
        raise DataError(
            f"{where} has {int(infinite.sum())} infinite values; the first is in row {row + 1}. Remove "
            "those rows."
        )
    return y
