"""The facts of a data set."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from stanmix.data.storage import LABEL, TRIALS, TRUE_COMPONENT, WEIGHT, of_frame
from stanmix.families import FAMILIES
from stanmix.weighting import mean_and_sd


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
