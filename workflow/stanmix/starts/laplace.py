"""Curvature of the log posterior at its optima: the masses of modes, and draws near them.

On Stan's unconstrained scale a mode's mass is about that of the normal distribution with its height and
curvature (Laplace's method; Tierney and Kadane 1986). Importance sampling from a Student-t distribution with
that centre and shape corrects for departures from the normal distribution, and gives the error of the mass.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, logsumexp

from stanmix.model import Model
from stanmix.stan.unconstrained import LogDensity, Scale
from stanmix.starts.optima import Optimum

Array = npt.NDArray[np.float64]

STEP = 1e-4
"""Step of the differences of gradients, on Stan's unconstrained scale."""
LARGEST_SD = 10.0
"""Standard deviation for directions in which the density hardly falls."""
DRAWS = 400
"""Number of importance draws at a mode."""
DRAWS_OF_LARGE_DATA = 100
LARGE = 20_000
"""Distinct observations above which fewer draws are made."""
DEGREES = 10.0
"""Degrees of freedom of the proposal less the number of parameters. With them its radius varies about as much
as a normal distribution's."""
FEWEST = 30.0
"""With fewer effective draws than this, the error is at least the distance to Laplace's own value."""
MOST_PARAMETERS = 2000
"""Largest number of parameters of a model whose modes are weighed: the curvature of larger ones takes too
many gradients."""


@dataclass(frozen=True, eq=False)
class Mode:
    """A mode with its mass.

    Attributes
    ----------
    optimum
        The optimum.
    log_mass
        Logarithm of its posterior mass, up to the constant of ``lp__``, of one of its symmetric copies: all
        modes have as many. None where it cannot be estimated.
    error
        Standard error of ``log_mass``.
    covariance
        Covariance from the curvature, on Stan's unconstrained scale, (P, P); None for models with too many
        parameters.
    draws, weights
        Draws near the mode, (S, P), and their normalised importance weights, S values.
    """

    optimum: Optimum
    log_mass: float | None
    error: float | None
    covariance: Array | None
    draws: Array
    weights: Array


def weigh(
    model: Model,
    optima: Sequence[Optimum],
    executable: str | Path,
    data: str | Path,
    folder: Path,
    distinct: int,
    seed: int,
) -> list[Mode]:
    """Estimate the masses of modes.

    Parameters
    ----------
    optima
        The optima.
    executable, data
        The sampling program and its data, JSON.
    folder
        Scratch folder.
    distinct
        Number of distinct observations.
    seed
        Seed of the importance draws of a mode, which do not depend on the other modes.
    """
    if not optima:
        return []
    scale = Scale(model)
    density = LogDensity(executable, data, folder)
    points = [model.stan_values(optimum.values) for optimum in optima]
    density.check(scale, points[0])
    at = np.stack([scale.unconstrained(point) for point in points])
    if scale.size > MOST_PARAMETERS:
        return [
            Mode(optimum, None, None, None, place[None], np.ones(1))
            for optimum, place in zip(optima, at, strict=True)
        ]
    if scale.size == 0:
        return [
            Mode(optimum, optimum.log_density, 0.0, np.empty((0, 0)), np.empty((1, 0)), np.ones(1))
            for optimum in optima
        ]
    draws = DRAWS if distinct <= LARGE else DRAWS_OF_LARGE_DATA
    return [
        _weighed(optimum, place, density, draws, np.random.default_rng(seed))
        for optimum, place in zip(optima, at, strict=True)
    ]


def _weighed(optimum: Optimum, at: Array, density: LogDensity, draws: int, rng: np.random.Generator) -> Mode:
    size = len(at)
    steps = STEP * np.eye(size)
    height, gradient = density(np.concatenate([at[None], at + steps, at - steps]))
    curvature = (gradient[1 + size :] - gradient[1 : 1 + size]) / (2 * STEP)
    if not (np.isfinite(height[0]) and np.isfinite(curvature).all()):
        return Mode(optimum, None, None, None, at[None], np.ones(1))
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    variances = np.minimum(1 / np.maximum(values, LARGEST_SD**-2), LARGEST_SD**2)
    root = vectors * np.sqrt(variances)
    # A climb ends a little before the optimum, and one Newton step leads there.
    step = root @ (root.T @ gradient[0])
    centre = at + step if gradient[0] @ step < 1 else at
    log_det = 0.5 * np.log(variances).sum()
    laplace = height[0] + 0.5 * size * math.log(2 * math.pi) + log_det
    degrees = size + DEGREES
    normal = rng.standard_normal((draws, size))
    stretch = np.sqrt(degrees / rng.chisquare(degrees, draws))
    standard = normal * stretch[:, None]
    proposal = (
        gammaln((degrees + size) / 2)
        - gammaln(degrees / 2)
        - 0.5 * size * math.log(degrees * math.pi)
        - log_det
        - 0.5 * (degrees + size) * np.log1p((standard**2).sum(axis=1) / degrees)
    )
    points = centre + standard @ root.T
    ratio = density(points)[0] - proposal
    if not np.isfinite(ratio).any():
        return Mode(optimum, None, None, root @ root.T, at[None], np.ones(1))
    # Truncated at the mean times the root of their number (Ionides 2008).
    ratio = np.minimum(ratio, logsumexp(ratio) - 0.5 * math.log(draws))
    log_mass = float(logsumexp(ratio) - math.log(draws))
    weights = np.exp(ratio - logsumexp(ratio))
    effective = 1 / (weights**2).sum()
    error = math.sqrt(max((draws / effective - 1) / draws, 0.0))
    if effective < FEWEST:
        error = max(error, abs(log_mass - laplace))
    return Mode(optimum, log_mass, error, root @ root.T, points, weights)


def shares(modes: Sequence[tuple[float | None, float | None]]) -> list[tuple[float | None, float | None]]:
    """Return the share of each mode in the total mass, and its standard error.

    Parameters
    ----------
    modes
        ``log_mass`` and ``error`` of each. They are None where unknown, and so is the share.
    """
    known = [i for i, (mass, _) in enumerate(modes) if mass is not None]
    if not known:
        return [(None, None)] * len(modes)
    logs = np.array([modes[i][0] for i in known], dtype=float)
    errors = np.array([modes[i][1] for i in known], dtype=float)
    share = np.exp(logs - logsumexp(logs))
    # By the delta method: d log p_i = d m_i - sum_j p_j d m_j.
    spread = np.sqrt(((np.eye(len(known)) - share) ** 2) @ errors**2) * share
    found: list[tuple[float | None, float | None]] = [(None, None)] * len(modes)
    for i, own, error in zip(known, share, spread, strict=True):
        found[i] = (float(own), float(error))
    return found
