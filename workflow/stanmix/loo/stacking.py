"""Weights of chains or models by stacking of their leave-one-out predictive densities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

Array = npt.NDArray[np.float64]


def stacking_weights(elpd: Array, weight: Array | None = None) -> Array:
    """Find the weights of the mixture of predictive densities with the best leave-one-out score.

    They maximise sum over n of c[n] log sum over g of w[g] exp(elpd[g, n]) over the simplex, a concave
    problem (Yao, Vehtari, Simpson and Gelman 2018, Bayesian Analysis 13, 917-1007; for chains Yao, Vehtari
    and Gelman 2022, Journal of Machine Learning Research 23). They are not posterior probabilities.

    Parameters
    ----------
    elpd
        Leave-one-out log densities, shape (G, N).
    weight
        Weight c of each observation, N values; 1 where it is None.
    """
    G = len(elpd)
    if G == 1:
        return np.ones(1)
    density = np.exp(elpd - elpd.max(axis=0))
    share = np.full(elpd.shape[1], 1 / elpd.shape[1]) if weight is None else weight / weight.sum()

    def score(w: Array) -> tuple[float, Array]:
        total = np.maximum(w @ density, 1e-300)
        return -float(share @ np.log(total)), -(density / total) @ share

    found: Any = minimize(  # type: ignore[call-overload]
        score,
        np.full(G, 1 / G),
        jac=True,
        bounds=[(0, 1)] * G,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(G)},
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-12},
    )
    weights: Array = np.clip(found.x, 0, None)
    weights /= weights.sum()
    return weights
