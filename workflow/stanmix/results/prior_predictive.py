"""Draws from the prior, by the same Stan program with the likelihood switched off."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from arviz_base import from_dict

from stanmix.families import Data, Observations
from stanmix.io import scratch_folder, write_stan_json
from stanmix.model import Model
from stanmix.posterior.datatree import read_chains
from stanmix.posterior.densities import evenly_spaced
from stanmix.stan.chains import write_stan_csv
from stanmix.stan.sampling import columns_of, generate_quantities, read_stan_csv, sample_chain

DRAWS = 1000
LARGEST_N = 2000
"""Replicated prior data sets have at most this many observations."""


def run(
    programs: Mapping[str, str],
    y: Data,
    start: Mapping[str, str],
    model: Model,
    settings: Mapping[str, Any],
    kept: int,
    seed: int,
    beside: str,
) -> Any:
    """Draw parameters and data from the prior.

    Parameters
    ----------
    programs
        Executables ``sampling`` and ``quantities``.
    y
        The observations, of which only the number matters.
    start
        Files ``init`` and ``metric`` of the first chain.
    settings
        The configuration's ``sampling`` section.
    kept
        Number of replicated data sets.
    beside
        An output of the job, beside which scratch files are kept.

    Returns
    -------
    DataTree
        Group ``prior`` with theta and the parameters (chain, draw, component), and group
        ``prior_predictive`` with ``y_rep`` (sample, row), scores of replicated observations.
    """
    y = Observations.of(y)
    part = y[:LARGEST_N]
    data = {**model.stan_data(part), "likelihood": 0}
    with scratch_folder(beside) as folder:
        file, chain = folder / "prior.json", folder / "chain.parquet"
        write_stan_json(file, data)
        # The prior has heavy tails by design, for which small steps are worth their time.
        prior_settings = {**settings, "draws": DRAWS, "adapt_delta": max(settings["adapt_delta"], 0.95)}
        sample_chain(programs["sampling"], file, start, chain, prior_settings, seed, chain=1)
        values, _ = read_chains([chain], model)
        y_rep = _replicate(programs["quantities"], data, chain, kept, seed, folder)
        y_rep = model.family.replicated(part.y, y_rep)
        y_rep = y_rep if y_rep.ndim == 2 else y_rep[..., 0]
    dims = {name: ["component"] for name in values}
    tree = from_dict({"prior": values}, coords={"component": np.arange(1, model.components + 1)}, dims=dims)
    tree["prior_predictive"] = xr.DataTree(xr.Dataset({"y_rep": (("sample", "row"), y_rep)}))
    return tree


def _replicate(
    executable: str, data: Mapping[str, Any], chain: Path, kept: int, seed: int, folder: Path
) -> Any:
    thinned, file = folder / "thinned.csv", folder / "quantities.json"
    write_stan_csv([chain], thinned, evenly_spaced(DRAWS, kept))
    write_stan_json(file, {**data, "pointwise": 0, "predictive": 1})
    return columns_of(read_stan_csv(generate_quantities(executable, file, thinned, folder, seed)), "y_rep")
