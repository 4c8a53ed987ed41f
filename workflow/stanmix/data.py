"""Data sets: simulate or read them, check them, describe them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from stanmix import propriety
from stanmix.bounds import MOST_COMPONENTS, MOST_LEVELS
from stanmix.datafile import DECIMAL_COMMA, FITTED, Form, Remedies, read_columns
from stanmix.errors import DataError
from stanmix.families import FAMILIES, MULTIVARIATE, Family, Product, family_of, simulated_columns
from stanmix.families.support import LARGEST_COUNT
from stanmix.io import replacing, write_json
from stanmix.weighting import mean_and_sd

RESPONSE = "y"
"""Column of the observations in ``data.parquet``."""
TRIALS = "trials"
"""Column of the numbers of trials, where the observations are successes among them."""
WEIGHT = "weight"
"""Column of the weights of the observations, where they have any."""
LABEL = "label"
"""Column of the known components (from 1; 0: not known), where those of some observations are known."""
TRUE_COMPONENT = "component"
"""Column of the true component (from 1) in ``data.parquet``, where the data were simulated."""

TOLD = (TRUE_COMPONENT, LABEL, WEIGHT)
"""Columns of ``data.parquet`` that hold something else than observations."""


def simulate(spec: Mapping[str, Any], seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Draw a data set from a known mixture.

    Parameters
    ----------
    spec
        The configuration's ``simulate`` section.
    seed
        Seed of the random numbers.

    Returns
    -------
    frame
        Columns ``y``, ``trials`` (of families that have them) and ``component``, N rows.
    truth
        ``family``, ``components``, ``theta`` and the true ``parameters``, each with K values.
        With ``counts`` the true weights are the shares of the counts.
    """
    try:
        return _simulated(spec, seed)
    except MemoryError as error:
        n = spec.get("n") or sum(spec["counts"])
        raise DataError(
            f"There is too little memory to simulate {n:,} observations. Write smaller n or counts."
        ) from error


def _simulated(spec: Mapping[str, Any], seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    family = family_of(spec, simulated_columns(spec))
    rng = np.random.default_rng(seed)
    if "counts" in spec:
        counts = np.asarray(spec["counts"])
        theta = counts / counts.sum()
        component = np.repeat(np.arange(len(counts)), counts)
    else:
        theta = np.asarray(spec["theta"], dtype=float)
        component = rng.choice(len(theta), size=spec["n"], p=theta / theta.sum())
    values = {
        p.name: np.broadcast_to(np.asarray(spec["parameters"][p.name], dtype=float), theta.shape)
        for p in family.parameters
    }
    trials = None
    if family.support.has_trials:
        trials = rng.choice(np.atleast_1d(spec["trials"]), size=len(component)).astype(float)
    y = family.simulate(rng, component, values, trials)
    names = [RESPONSE]
    if y.ndim == 2:
        names = [RESPONSE, TRIALS] if family.support.has_trials else _names(y.shape[1])
    frame = pd.DataFrame(y, columns=names)
    frame[TRUE_COMPONENT] = component + 1
    truth = {
        **family.identity(),
        "components": len(theta),
        "theta": theta.tolist(),
        "parameters": {name: value.tolist() for name, value in values.items()},
    }
    return frame, truth


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
        :class:`stanmix.datafile.Form`.
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
    ours = [RESPONSE] if len(columns) == 1 else _names(len(columns))
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


def _names(columns: int) -> list[str]:
    """Return the names of the columns of multivariate data in ``data.parquet``."""
    return [f"{RESPONSE}_{d + 1}" for d in range(columns)]


def columns(y: npt.NDArray[np.float64]) -> int | None:
    """Return the number of columns of multivariate observations; None for single numbers."""
    return y.shape[1] if y.ndim == 2 else None


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


def check(y: npt.NDArray[np.float64], where: str, demands: Sequence[Mapping[str, Any]] = ()) -> None:
    """Check that the requested models can be fitted to the data.

    Parameters
    ----------
    y
        The observations, N numbers or rows.
    where
        Name of the data set, for the messages.
    demands
        For each fit its ``model`` name, number of ``components`` and ``spec`` from the configuration, and
        ``known``, the components that some observations are known to belong to; and ``weight``, the weights
        of the observations, where they have any.

    Raises
    ------
    DataError
        If the data are constant or overflow, are not such as a model's family describes, have fewer
        distinct values than a model has components, or are tied where a model's prior would make the
        posterior improper.
    """
    values = _distinct(y)[0]
    if len(values) < 2:
        raise DataError(
            f"{where}: all {len(y)} observations have the value {values.flat[0]:g}, so there is nothing to "
            "model. Check that the right column is named."
        )
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if not np.isfinite(high - low) or max(-low, high) > 1e150:
        raise DataError(
            f"{where}: the observations reach from {low:g} to {high:g}, and their squares overflow. Divide "
            "the column by a constant."
        )
    for demand in demands:
        check_support(y, where, demand["model"], family_of(demand["spec"], columns(y)))
        if max(demand.get("known") or [0]) > demand["components"]:
            raise DataError(
                f"{where} has observations that are known to belong to component {max(demand['known'])}, but "
                f"model {demand['model']} has {demand['components']} components. Give it at least "
                f"{max(demand['known'])} components."
            )
        if demand["spec"]["family"] in MULTIVARIATE and (constant := _is_constant(y)).any():
            column = int(np.flatnonzero(constant)[0])
            value = np.nanmax(y[:, column])
            raise DataError(
                f"{where}: column {column + 1} has the value {value:g} in all {len(y)} rows, so there "
                "is nothing to model in it. Leave it out of datasets.NAME.response."
            )
        if demand["components"] > len(values):
            raise DataError(
                f"{where} has {len(values)} distinct values, fewer than the {demand['components']} "
                f"components of model {demand['model']}. Give it at most {len(values)} components."
            )
        family = family_of(demand["spec"], columns(y))
        propriety.check(
            y, where, demand["model"], demand["spec"], family, demand["components"], demand.get("weight")
        )


def _is_constant(y: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell which columns have the same value in all rows in which they are observed."""
    return np.asarray(np.nanmax(y, axis=0) == np.nanmin(y, axis=0))


def check_support(y: npt.NDArray[np.float64], where: str, model: str, family: Family) -> None:
    """Refuse observations that have no density under the family of a model.

    Raises
    ------
    DataError
        If the family describes other values or other columns, or needs numbers of trials that are missing.
    """
    support, D = family.support, columns(y)
    if support.has_trials and D is None:
        raise DataError(
            f"{where}: model {model} is {family.name}, which needs the number of trials of every "
            "observation. Add, for example: trials: 20"
        )
    if (family.name in MULTIVARIATE or support.has_trials) != (D is not None):
        raise DataError(
            f"{where} has {D or 1} column{'s' * (D is not None)}, for which model {model} with the "
            f"{family.name} family is not made. Name {'two columns or more' if D is None else 'one column'} "
            "under datasets.NAME.response."
        )
    if isinstance(family, Product):
        for d, (own, values) in enumerate(zip(family.of_column, y.T, strict=True), start=1):
            _check_numbers(values, f"{where}, column {d}", model, own)
        return
    _check_numbers(y[:, 0] if support.has_trials else y, where, model, family)


def _check_numbers(values: npt.NDArray[np.float64], where: str, model: str, family: Family) -> None:
    """Refuse numbers that a family does not describe."""
    support = family.support
    outside = support.outside(values) & ~np.isnan(values)
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise DataError(
            f"{where}: model {model} is {family.name}, which describes {support.words}, but "
            f"{int(outside.sum())} observations are not such numbers; the first is {values[row]:.10g} in row "
            f"{row + 1}. {support.remedy}"
        )


def collapse(
    y: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Collapse tied observations to distinct ones with counts, where that shortens the data.

    The log likelihood is a sum over observations, so that only its cost changes.

    Parameters
    ----------
    y
        The observations: N values, or N rows of several columns.

    Returns
    -------
    distinct
        The distinct observations, sorted; the data as they are where none is tied.
    count
        How often each of them was observed.
    position
        The index in ``distinct`` of each observation's value, N of them.
    """
    distinct, position, count = _distinct(y)
    if len(distinct) == len(y):
        return y, np.ones(len(y), dtype=np.int64), np.arange(len(y))
    return distinct, count, position


def collapse_weights(
    family: Family, y: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Collapse observations that differ only in their weights, and sum these weights.

    Returns
    -------
    distinct
        The distinct observations, with weights of 1 where the family's have any.
    count
        Total weight of each distinct observation.
    """
    distinct, _, position = collapse(family.unweighted(y))
    count: npt.NDArray[np.float64] = np.bincount(position, family.weights(y), len(distinct)).astype(float)
    return distinct, count


def _distinct(
    y: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Return the distinct observations, the index of each observation among them, and their counts.

    Missing cells are equal.
    """
    # NaN is not equal to itself, and no observation is infinite.
    comparable = np.where(np.isnan(y), np.inf, y)
    axis = None if y.ndim == 1 else 0
    distinct, position, count = np.unique(comparable, axis=axis, return_inverse=True, return_counts=True)
    return np.where(np.isinf(distinct), np.nan, distinct), position.reshape(-1), count.astype(np.int64)


def describe(name: str, frame: pd.DataFrame, source: str) -> dict[str, Any]:
    """Collect the facts of a data set that later stages and the report need.

    Returns
    -------
    dict
        ``name``, ``source``, ``n``, ``distinct``, ``known`` (how many of each component are known),
        ``weight`` (the sum of all weights; None without weights), ``missing`` (how many ``cells`` are, in how
        many ``rows``; None where all are there),
        ``minimum``, ``maximum``, ``mean``, ``sd`` (by the weights; with trials: of the shares of successes;
        of several columns, the first), ``columns`` (the same of each of several), ``levels`` (names of
        the levels of categorical columns, in the order of their numbers) and ``hash``, the SHA-256 of the
        observations as little-endian doubles.
    """
    y = of_frame(frame)
    weight = frame[WEIGHT].to_numpy() if WEIGHT in frame else None
    shown = y
    if y.ndim == 2:
        shown = FAMILIES["binomial"].score(y) if TRIALS in frame else y[:, 0]
    return {
        "name": name,
        "source": source,
        "n": len(y),
        "distinct": len(frame.drop(columns=[TRUE_COMPONENT, WEIGHT], errors="ignore").drop_duplicates()),
        "known": np.bincount(frame[LABEL])[1:].tolist() if LABEL in frame else [],
        "weight": None if weight is None else float(weight.sum()),
        "missing": _describe_missing(y),
        **_describe_column(shown, weight),
        "columns": [_describe_column(own, weight) for own in y.T]
        if y.ndim == 2 and TRIALS not in frame
        else [],
        "levels": frame.attrs.get("levels", {}),
        "hash": hashlib.sha256(np.ascontiguousarray(y, dtype="<f8").tobytes()).hexdigest(),
    }


def _describe_missing(y: npt.NDArray[np.float64]) -> dict[str, int] | None:
    missing = np.isnan(y)
    if not missing.any():
        return None
    return {"cells": int(missing.sum()), "rows": int(missing.any(axis=1).sum())}


def _describe_column(y: npt.NDArray[np.float64], weight: npt.NDArray[np.float64] | None) -> dict[str, float]:
    mean, sd = mean_and_sd(y, weight)
    return {"minimum": float(np.nanmin(y)), "maximum": float(np.nanmax(y)), "mean": mean, "sd": sd}


def write(frame: pd.DataFrame, facts: Mapping[str, Any], frame_path: str, facts_path: str) -> None:
    """Write a data set as Parquet with its facts as JSON."""
    with replacing(frame_path) as path:
        frame.to_parquet(path, index=False)
    write_json(facts_path, dict(facts))


def observations(path: str | Path) -> npt.NDArray[np.float64]:
    """Read the observations of a data set's Parquet file, with their weights and known components.

    They are N values, or N rows: of successes and trials, of several columns, or with a weight and then a
    known component in the last columns.
    """
    y = responses(path)
    told = [c for c in (weights(path), labels(path)) if c is not None]
    return np.column_stack([y, *told]) if told else y


def responses(path: str | Path) -> npt.NDArray[np.float64]:
    """Read the observations of a data set's Parquet file without weights and known components."""
    known = [name for name in pq.read_schema(path).names if name not in TOLD]
    return of_frame(pq.read_table(path, columns=known).to_pandas())


def labels(path: str | Path) -> npt.NDArray[np.int64] | None:
    """Read the known components (from 1; 0: not known) of a data set's Parquet file; None without any."""
    if LABEL not in pq.read_schema(path).names:
        return None
    label: npt.NDArray[np.int64] = pq.read_table(path, columns=[LABEL])[LABEL].to_numpy()
    return label


def weights(path: str | Path) -> npt.NDArray[np.float64] | None:
    """Read the weights of the observations of a data set's Parquet file; None without any."""
    if WEIGHT not in pq.read_schema(path).names:
        return None
    weight: npt.NDArray[np.float64] = pq.read_table(path, columns=[WEIGHT])[WEIGHT].to_numpy()
    return weight


def told(path: str | Path) -> dict[str, Any]:
    """Return which extra information a data set has on its observations, for :func:`stanmix.model.resolve`.

    Returns
    -------
    dict
        ``known``, the components (from 1) of which some observations are known to be, None without labels;
        ``weighted``, whether they have weights; ``names``, those of the levels of each column, None for
        columns that are not categorical, and None where none is.
    """
    label = labels(path)
    levels = _names_of_levels(path)
    return {
        "known": None if label is None else [int(k) for k in np.unique(label) if k > 0],
        "weighted": weights(path) is not None,
        "names": [levels.get(name) for name in pq.read_schema(path).names if name not in TOLD]
        if levels
        else None,
    }


def _names_of_levels(path: str | Path) -> dict[str, list[str]]:
    """Read the names of the levels of categorical columns from a data set's Parquet file."""
    attributes = (pq.read_schema(path).metadata or {}).get(b"PANDAS_ATTRS", b"{}")
    found: dict[str, list[str]] = json.loads(attributes).get("levels", {})
    return found


def of_frame(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the observations of a data set's table without weights and labels: N values or N rows."""
    names: Any = [name for name in frame if name not in TOLD]
    y: npt.NDArray[np.float64] = frame[names if len(names) > 1 else RESPONSE].to_numpy(dtype=np.float64)
    return y


def true_classes(path: str | Path) -> npt.NDArray[np.int64] | None:
    """Return the true components from 0; None for real data."""
    component = true_components(path)
    return None if component is None else component - 1


def true_components(path: str | Path) -> npt.NDArray[np.int64] | None:
    """Read the true components (from 1) of a simulated data set; None for real data."""
    if TRUE_COMPONENT not in pq.read_schema(path).names:
        return None
    component: npt.NDArray[np.int64] = pq.read_table(path, columns=[TRUE_COMPONENT])[
        TRUE_COMPONENT
    ].to_numpy()
    return component
