"""Draw data sets from known mixtures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from stanmix.data.storage import RESPONSE, TRIALS, TRUE_COMPONENT, of_columns
from stanmix.errors import DataError
from stanmix.families import family_of, simulated_columns


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
        names = [RESPONSE, TRIALS] if family.support.has_trials else of_columns(y.shape[1])
    frame = pd.DataFrame(y, columns=names)
    frame[TRUE_COMPONENT] = component + 1
    truth = {
        **family.identity(),
        "components": len(theta),
        "theta": theta.tolist(),
        "parameters": {name: value.tolist() for name, value in values.items()},
    }
    return frame, truth
