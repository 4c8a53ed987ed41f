"""A fit's model and priors, and the data that the prior predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from stanmix.report.catalogue import PREDICTIVE_INTERVAL as INTERVAL
from stanmix.report.registry import Section, Source
from stanmix.report.words import describe, formula


def facts(source: Source) -> dict[str, Any]:
    """Describe the model in words."""
    model = source.model
    return {
        "formula": formula(model),
        "family": model.family.name,
        "priors": describe(model, source.spec),
        "shared": any(plan.is_scalar for plan in model.parameters.values()) and model.components > 1,
        "theta_alpha": None if model.theta_fixed else list(model.theta_alpha),
    }


def expected(source: Source) -> dict[str, Any]:
    """Say where most values of prior predictive data lie."""
    with xr.open_dataset(source.folder / "prior.nc", group="prior_predictive", engine="h5netcdf") as dataset:
        y_rep = dataset["y_rep"].values
    known = y_rep[~np.isnan(y_rep)]  # cells that are missing in the data are so in every replication
    with np.errstate(invalid="ignore"):  # an infinite end becomes None
        tails = [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2]
        low, high = np.quantile(known, tails) if known.size else (np.nan, np.nan)
    return {
        "prior_predictive": {
            "interval": INTERVAL,
            "low": float(low),
            "high": float(high),
            "replicated": len(y_rep),
        }
    }


SECTION = Section("fit", "model", "Model and priors", 110, facts)
PRIOR_PREDICTIVE = Section("fit", "prior_predictive", "Prior predictive", 120, expected)
