"""Whether the fitted model reproduces the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from stanmix.report.catalogue import PREDICTIVE_INTERVAL as INTERVAL
from stanmix.report.registry import Section, Source

EXTREME_P = 0.025
"""A posterior predictive p-value is extreme below this, or above one minus this."""


def facts(source: Source) -> dict[str, Any]:
    """Return a row for each test statistic: observed, replicated mean and interval, p-value."""
    path = source.folder / "predictive.nc"
    with xr.open_dataset(path, group="statistics", engine="h5netcdf") as dataset:
        dataset = dataset.load()
    compared = {key: int(dataset.attrs[key]) for key in ("observations", "n")}
    with xr.open_dataset(path, group="posterior_predictive", engine="h5netcdf") as kept:
        shown = int(kept.sizes["sample"])
    replicated = dataset["replicated"].values
    tails = [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2]
    rows = []
    for i, name in enumerate(dataset["statistic"].values):
        with np.errstate(invalid="ignore"):  # infinite replications have neither mean nor interval
            low, high = np.quantile(replicated[:, i], tails)
            mean = float(replicated[:, i].mean())
        p_value = float(dataset["p_value"].values[i])
        rows.append(
            {
                "name": str(name),
                "observed": float(dataset["observed"].values[i]),
                "mean": mean,
                "low": float(low),
                "high": float(high),
                "p_value": p_value,
                "extreme": not EXTREME_P <= p_value <= 1 - EXTREME_P,
            }
        )
    counts = {"replicated": len(replicated), "shown": shown, **compared}
    return {"predictive": {"interval": INTERVAL, **counts, "rows": rows}}


SECTION = Section("fit", "predictive", "Posterior predictive", 160, facts)
