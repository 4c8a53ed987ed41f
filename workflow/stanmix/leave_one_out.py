"""Leave-one-out predictive densities by Pareto-smoothed importance sampling, from ArviZ."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from arviz_base import from_dict
from arviz_stats import loo

Array = npt.NDArray[np.float64]


def leave_one_out(log_lik: Array, posterior: Any) -> tuple[Array, Array]:
    """Compute log p(y_n | the other observations).

    Parameters
    ----------
    log_lik
        Log likelihood of each observation, shape (chains, draws, N).
    posterior
        Dataset of the same draws, from which ArviZ takes their efficiency.

    Returns
    -------
    elpd, pareto_k
        N values each.
    """
    tree = from_dict({"log_likelihood": {"y": log_lik}})
    tree["posterior"] = posterior
    with warnings.catch_warnings():
        # High Pareto k are counted and reported for the whole data set.
        warnings.filterwarnings("ignore", message="Estimated shape parameter of Pareto", category=UserWarning)
        found = loo(tree, pointwise=True, var_name="y")
    return found.elpd_i.values, found.pareto_k.values
