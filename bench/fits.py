"""Fit as the workflow's scripts do, one chain after the other, without a search: each from an EM start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench import builds
from stanmix.io import write_stan_json
from stanmix.model import Model
from stanmix.seeds import derive
from stanmix.stan import sampling
from stanmix.starts import clusters


def run_chains(
    model: Model,
    y: npt.NDArray[np.float64],
    data: Path,
    settings: Mapping[str, Any],
    seed: int,
    chains: int,
    given: Mapping[int, Mapping[str, Any]] | None = None,
) -> list[Path]:
    """Find starts and sample.

    Parameters
    ----------
    data
        Data of the Stan program; files of the chains are written beside it.
    settings
        The configuration's ``sampling`` section.
    given
        Starts of some chains (from 1) that are not to be found.

    Returns
    -------
    list of Path
        The chains' Stan CSV files.
    """
    executable = builds.sampler("ours", model.family.stan_program)
    starts = []
    for chain in range(1, chains + 1):
        metric = {key: settings[key] for key in ("metric", "dense_up_to")}
        found = clusters.start(model, y, derive(seed, chain), **metric)
        init = {} if settings["starts"] == "random" else found["init"]
        init = (given or {}).get(chain, init)
        files = {name: data.with_name(f"{data.stem}_{name}_{chain}.json") for name in ("init", "metric")}
        write_stan_json(files["init"], init)
        write_stan_json(files["metric"], {"inv_metric": found["inv_metric"]})
        starts.append(files)
    output = [data.with_name(f"{data.stem}_{chain}.csv") for chain in range(1, chains + 1)]
    common: dict[str, Any] = {"executable": executable, "data": data, "seed": seed}
    if settings["pilot"]:
        adapted = sampling.pilot_metric(
            **common,
            start=starts[0],
            settings={**settings, "warmup": settings["pilot"]},
            beside=output[0],
        )
        for files in starts:
            write_stan_json(files["metric"], {"inv_metric": adapted})
    for chain, (files, target) in enumerate(zip(starts, output, strict=True), start=1):
        sampling.sample_chain(**common, start=files, output=target, settings=settings, chain=chain)
    return output
