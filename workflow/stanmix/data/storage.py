"""Data sets as they are stored: columns of ``data.parquet``, and the observations that they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from stanmix.families import Observations
from stanmix.io import replacing, write_json

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


def of_columns(columns: int) -> list[str]:
    """Return the names of the columns of multivariate data in ``data.parquet``."""
    return [f"{RESPONSE}_{d + 1}" for d in range(columns)]


def columns(y: npt.NDArray[np.float64]) -> int | None:
    """Return the number of columns of multivariate observations; None for single numbers."""
    return y.shape[1] if y.ndim == 2 else None


def write(frame: pd.DataFrame, facts: Mapping[str, Any], frame_path: str, facts_path: str) -> None:
    """Write a data set as Parquet with its facts as JSON."""
    with replacing(frame_path) as path:
        frame.to_parquet(path, index=False)
    write_json(facts_path, dict(facts))


def observations(path: str | Path) -> Observations:
    """Read the observations of a data set's Parquet file, with their weights and known components."""
    label = labels(path)
    return Observations(responses(path), weights(path), None if label is None else label.astype(np.intp))


def responses(path: str | Path) -> npt.NDArray[np.float64]:
    """Read the values of a data set's Parquet file: N numbers, or N rows."""
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
