"""Replicated data of a fit, drawn by its Stan program, and test statistics of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from stanmix.families import Data, Observations, Statistics
from stanmix.io import scratch_folder, write_stan_json
from stanmix.model import Model
from stanmix.posterior.densities import evenly_spaced, random_part, representatives
from stanmix.results.assignments import thinned_rows
from stanmix.stan.chains import write_stan_csv
from stanmix.stan.sampling import columns_of, generate_quantities, read_stan_csv

Array = npt.NDArray[np.float64]

OBSERVATIONS = 100_000
"""Largest number of observations that are replicated and compared; of more, a random part is."""
VALUES_AT_ONCE = 1_000_000
"""Largest number of values (draws x observations) that are drawn for statistics, beside the kept data
sets."""
VALUES_KEPT = 1_000_000
"""Largest number of replicated values that are stored."""
IN_A_CHUNK = 2_000_000
"""Largest number of values that one run of Stan writes."""


def replicate(
    executable: str,
    model: Model,
    y: Data,
    chains: Sequence[str],
    draws: int,
    settings: Mapping[str, int],
    seed: int,
    beside: str,
) -> Any:
    """Draw replicated data sets and compute test statistics of each.

    Parameters
    ----------
    executable
        The program of the generated quantities.
    model
        The model.
    y
        The observations; of more than 100,000 a random part of them is replicated, and of weighted ones each
        as often as its weight says.
    chains
        Stored chains.
    draws
        Draws of each chain.
    settings
        ``draws``, how many to use over all chains, and ``ppc_draws``, how many replicated data sets to keep.
    beside
        An output of the job, beside which scratch files are kept.

    Returns
    -------
    DataTree
        Group ``posterior_predictive`` with ``y_rep`` (sample, row) of the kept draws, the scores of
        replicated observations, of a random part of the rows where they are many, and group ``statistics``
        with ``replicated`` (sample, statistic), ``observed`` and ``p_value`` (statistic): the share of
        replications with a value at least the observed one, ties half. Its attributes ``observations`` and
        ``n`` say how many of how many were replicated.
    """
    y = Observations.of(y)
    kept = settings["ppc_draws"]
    part = y[representatives(y.weights, OBSERVATIONS)]
    wanted = thinned_rows(draws, len(chains), replications(len(part), kept, settings["draws"]))
    with scratch_folder(beside) as folder:
        thinned = folder / "draws.csv"
        write_stan_csv(chains, thinned, wanted)
        y_rep = _draw(executable, model, part, thinned, len(wanted) * len(chains), seed, folder)
    replicated = statistics(model.family.statistics, y_rep)
    observed = statistics(model.family.statistics, model.family.observed(part.y)[None])[0]
    p_value = (replicated > observed).mean(0) + 0.5 * (replicated == observed).mean(0)
    y_rep = y_rep[evenly_spaced(len(y_rep), kept)]
    y_rep = y_rep if y_rep.ndim == 2 else y_rep[..., 0]
    shown = y_rep[:, random_part(len(part), max(1, VALUES_KEPT // len(y_rep)))]
    return xr.DataTree.from_dict(
        {
            "posterior_predictive": xr.Dataset({"y_rep": (("sample", "row"), shown)}),
            "statistics": xr.Dataset(
                {
                    "replicated": (("sample", "statistic"), replicated),
                    "observed": ("statistic", observed),
                    "p_value": ("statistic", p_value),
                },
                coords={"statistic": list(model.family.statistics)},
                attrs={"observations": len(part), "n": len(y)},
            ),
        }
    )


def statistics(functions: Statistics, y: Array) -> Array:
    """Compute test statistics of data sets of shape (S, N): an array of shape (S, statistics)."""
    return np.stack([function(y) for function in functions.values()], axis=1)


def replications(n: int, kept: int, wanted: int) -> int:
    """Return for how many draws to replicate the data: as many as fit at once, ``kept`` at least."""
    return max(kept, min(wanted, VALUES_AT_ONCE // n))


def _draw(
    executable: str, model: Model, y: Observations, draws_file: Path, draws: int, seed: int, folder: Path
) -> Array:
    """Replicate the data for every draw, in chunks of draws."""
    size = max(1, IN_A_CHUNK // draws)
    parts = []
    for i, begin in enumerate(range(0, len(y), size)):
        file = folder / "chunk.json"
        own = y[begin : begin + size]
        data = model.stan_data(own)
        write_stan_json(file, {**data, "pointwise": 0, "predictive": 1})
        output = generate_quantities(executable, file, draws_file, folder, seed + i)
        parts.append(model.family.replicated(own.y, columns_of(read_stan_csv(output), "y_rep")))
        output.unlink()
    return np.concatenate(parts, axis=1)
