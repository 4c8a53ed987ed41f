"""Whether the models of a configuration can be fitted to data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.data import propriety
from stanmix.data.storage import columns
from stanmix.data.ties import distinct_rows
from stanmix.errors import DataError
from stanmix.families import Family, family_of


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
    values = distinct_rows(y)[0]
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
        family = family_of(demand["spec"], columns(y))
        check_support(y, where, demand["model"], family)
        if max(demand.get("known") or [0]) > demand["components"]:
            raise DataError(
                f"{where} has observations that are known to belong to component {max(demand['known'])}, but "
                f"model {demand['model']} has {demand['components']} components. Give it at least "
                f"{max(demand['known'])} components."
            )
        if family.is_multivariate and (constant := _is_constant(y)).any():
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
    if (family.is_multivariate or support.has_trials) != (D is not None):
        raise DataError(
            f"{where} has {D or 1} column{'s' * (D is not None)}, for which model {model} with the "
            f"{family.name} family is not made. Name {'two columns or more' if D is None else 'one column'} "
            "under datasets.NAME.response."
        )
    if family.of_column:
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
