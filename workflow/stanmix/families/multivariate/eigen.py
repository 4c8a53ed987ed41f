"""Rotations, and maximum likelihood estimates of covariances whose volumes, shapes or axes are common.

The estimates are those of Celeux and Govaert (1995, Pattern Recognition 28, 781-793); common axes are found
as by Browne and McNicholas (2014, Advances in Data Analysis and Classification 8, 217-226).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stanmix.families.base import Array

STEPS = 20
"""Number of alternating steps of an estimate. It only serves as a start of chains, and need not converge."""
LEAST_UNIQUE = 0.02
"""Smallest share of a column's variance that its uniqueness has at the start."""


def contrasts(columns: int) -> Array:
    """Return Helmert's contrasts as D - 1 orthonormal rows, each of which sums to 0."""
    rows = np.zeros((columns - 1, columns))
    for d in range(1, columns):
        rows[d - 1, :d] = 1
        rows[d - 1, d] = -d
        rows[d - 1] /= np.sqrt(d * (d + 1))
    return rows


def axes_of(vectors: Array) -> tuple[Array, Array]:
    """Return the axes that D - 1 vectors give, and what the axes before leave of each vector's length.

    The vectors are columns, (..., D, D - 1), and so are the axes, (..., D, D), of which the last may be
    reversed. See ``stan/functions/rotated_factors.stan``. The lengths have shape (..., D - 1).
    """
    axes, triangle = np.linalg.qr(vectors, mode="complete")
    diagonal = np.einsum("...ii->...i", triangle[..., :-1, :])
    axes[..., :-1] *= np.sign(diagonal)[..., None, :]
    return np.asarray(axes), np.abs(diagonal)


def most_told_apart(variance: Array, weight: Array) -> npt.NDArray[np.intp]:
    """Return an order of axes in which each is told apart from those after it at least as well as these are.

    The information that n observations give about a turn of two axes is n (a / b + b / a - 2) for variances a
    and b along them. Of axes that Gram and Schmidt make, a later one moves with all before it: those that
    turn freely are to be last.

    Parameters
    ----------
    variance
        Variances along axes, (K, D), which are numbered alike.
    weight
        Number of observations of each.
    """
    ratio = variance[:, :, None] / variance[:, None, :]
    information = np.einsum("k,kij->ij", weight, ratio + 1 / ratio - 2)
    order: list[int] = []
    rest = list(range(variance.shape[1]))
    while len(rest) > 1:
        least = [min(information[i, j] for j in rest if j != i) for i in rest]
        order.append(rest.pop(int(np.argmax(least))))
    return np.array(order + rest)


def volumes_and_rest(
    covariance: Array, weight: Array, volume_shared: bool, rest_shared: bool | None = None
) -> tuple[Array, Array]:
    """Split K covariances into volumes (K) and matrices of determinant 1 (K, D, D), of which some are common.

    Parameters
    ----------
    covariance
        Sample covariances.
    weight
        Number of observations of each.
    volume_shared
        Whether all have one volume.
    rest_shared
        Whether all have one matrix; where the volumes are not shared by default.
    """
    D = covariance.shape[1]
    rest_shared = not volume_shared if rest_shared is None else rest_shared
    share = weight / weight.sum()
    own = _volume(covariance)
    if not rest_shared:
        volume = np.full_like(own, share @ own) if volume_shared else own
        return volume, covariance / own[:, None, None]
    if volume_shared:
        pooled = np.einsum("k,kij->ij", share, covariance)
        volume = np.full_like(own, _volume(pooled))
        return volume, np.broadcast_to(pooled / _volume(pooled), covariance.shape).copy()
    volume = own
    for _ in range(STEPS):
        pooled = np.einsum("k,kij->ij", share / volume, covariance)
        unit = pooled / _volume(pooled)
        volume = np.einsum("kij,ji->k", covariance, np.linalg.inv(unit)) / D
    return volume, np.broadcast_to(unit, covariance.shape).copy()


def common_axes(covariance: Array, weight: Array, volume_shared: bool) -> tuple[Array, Array]:
    """Return the variances along axes that K covariances have in common, and the axes K times."""
    K = len(covariance)
    share = weight / weight.sum()
    largest = np.linalg.eigvalsh(covariance)[:, -1]
    _, axes = np.linalg.eigh(np.einsum("k,kij->ij", share / _volume(covariance), covariance))
    for _ in range(STEPS):
        variance = np.einsum("ij,kil,lj->kj", axes, covariance, axes)
        precision = share[:, None] / variance
        if volume_shared:
            precision = precision * np.exp(np.log(variance).mean(axis=1))[:, None]
        slope = np.einsum("kj,ij,kil->jl", precision, axes, covariance)
        slope -= np.einsum("kj,k,lj->jl", precision, largest, axes)
        left, _, right = np.linalg.svd(slope)
        axes = -(right.T @ left.T)
    variance = np.einsum("ij,kil,lj->kj", axes, covariance, axes)
    return variance, np.broadcast_to(axes, (K, *axes.shape)).copy()


def factor_analysis(covariance: Array, factors: int) -> tuple[Array, Array]:
    """Return unique variances (K, D) and lower triangular loadings (K, D, factors) of K covariances."""
    variance = np.einsum("kii->ki", covariance)
    unique = 0.5 * variance
    loadings = np.zeros((*variance.shape, factors))
    for _ in range(STEPS):
        root = np.sqrt(unique)
        value, vector = np.linalg.eigh(covariance / (root[:, :, None] * root[:, None, :]))
        size = np.sqrt(np.maximum(value[:, -factors:] - 1, 1e-4))
        loadings = root[:, :, None] * vector[:, :, -factors:] * size[:, None, :]
        unique = np.maximum(variance - (loadings**2).sum(axis=2), LEAST_UNIQUE * variance)
    triangular = np.swapaxes(np.linalg.qr(np.swapaxes(loadings, 1, 2), mode="r"), 1, 2)
    sign = np.where(np.einsum("kjj->kj", triangular[:, :factors]) < 0, -1.0, 1.0)
    return unique, triangular * sign[:, None, :]


def _volume(covariance: Array) -> Array:
    """Return the root of order D of determinants."""
    _, log_determinant = np.linalg.slogdet(covariance)
    return np.asarray(np.exp(log_determinant / covariance.shape[-1]))
