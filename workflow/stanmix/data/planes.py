"""How many rows lie in one plane of all their columns. With two columns the plane is a line."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

MOST_PENCILS = 60_000
"""Largest number of pencils that are counted. A pencil is the planes that share D - 1 rows."""
MOST_ROWS = 10_000
"""Largest number of distinct rows whose planes are counted."""
SAME = 1e-11
"""Directions that differ by less than this angle are equal, in columns divided by their ranges."""
TRIES = 20
"""Number of random subsets of rows that are tried, to show that some planes do not hold all rows."""


def fullest(rows: Array, weight: Array) -> float | None:
    """Return the largest weight of rows in one plane that is oblique; None where it is too much to count.

    A plane is oblique if the last column is a function of the others on it, and not constant. Every plane
    through at least D distinct rows is looked at, in the order of the rows.

    Parameters
    ----------
    rows
        Shape (N, D) with D of at least 2, without missing cells. Identical rows are one.
    weight
        Their N weights.
    """
    values, mass = distinct(rows, weight)
    n, D = values.shape
    if n <= D:
        return float(mass.sum())
    if n > MOST_ROWS or math.comb(n, D - 1) > MOST_PENCILS:
        return None
    x = _in_ranges(values)
    # Any D rows are in a plane.
    most = float(np.sort(mass)[-D:].sum())
    for first in range(n - 1):
        edges = x[first + 1 :] - x[first]
        for found, normals in _pencils(edges, mass[first + 1 :], np.eye(D)):
            size = np.abs(normals)
            oblique = (size[:, -1] > SAME) & (size[:, :-1] > SAME).any(axis=1)
            most = max(most, float(mass[first] + found[oblique].max(initial=0.0)))
    return most


def may_hold_all(rows: Array, weight: Array, planes: int) -> bool:
    """Tell whether this many planes may hold all rows; False only if they cannot.

    Planes that hold all rows are the zeros of a polynomial whose degree is their number. They cannot hold all
    rows if no such polynomial vanishes on all rows. They also cannot if they are too few for a subset of the
    rows, even if each holds as many as the fullest plane.
    """
    x = _in_ranges(distinct(rows, weight)[0])
    n, D = x.shape
    if n >= math.comb(D + planes, planes) and _no_polynomial_vanishes(x, planes):
        return False
    rng = np.random.default_rng(n)
    for _ in range(TRIES):
        some = rng.choice(n, size=min(n, planes * D + 1), replace=False)
        most = fullest(x[some], np.ones(len(some)))
        if most is None:
            return True
        if planes * most < len(some):
            return False
    return True


def _no_polynomial_vanishes(x: Array, degree: int) -> bool:
    """Tell whether every nonzero polynomial of a degree has a nonzero value at some row."""
    powers = np.polynomial.chebyshev.chebvander(2 * x - 1, degree)
    D = x.shape[1]
    # A term has D degrees for the columns; the last number is the rest.
    chosen = itertools.combinations_with_replacement(range(D + 1), degree)
    terms = [np.bincount(columns, minlength=D + 1)[:D] for columns in chosen]
    values = np.stack([np.prod(powers[:, range(D), term], axis=1) for term in terms], axis=1)
    size = np.linalg.svd(values.T @ values, compute_uv=False)
    return bool(size[-1] > SAME * size[0])


def distinct(rows: Array, weight: Array) -> tuple[Array, Array]:
    """Return the distinct numbers or rows, sorted, and the weight of each."""
    values, position = np.unique(rows, axis=None if rows.ndim == 1 else 0, return_inverse=True)
    return values, np.bincount(position.reshape(-1), weight).astype(np.float64)


def _in_ranges(rows: Array) -> Array:
    """Return rows with each column divided by its range."""
    spread = np.ptp(rows, axis=0)
    return np.asarray((rows - rows.min(axis=0)) / np.where(spread > 0, spread, 1.0))


def _pencils(edges: Array, mass: Array, basis: Array) -> Iterator[tuple[Array, Array]]:
    """Yield the weights and normals of the planes of each pencil through the origin and some of the rows.

    ``basis`` has the directions, one a column, in whose coordinates ``edges`` are.
    """
    if edges.shape[1] == 2:
        yield _turn(edges, mass, basis)
        return
    for first in range(len(edges) - 1):
        length = np.linalg.norm(edges[first])
        across = _complement(edges[first] / length)
        rest = edges[first + 1 :] @ across
        away = np.linalg.norm(rest, axis=1) > SAME
        on_it = mass[first] + mass[first + 1 :][~away].sum()
        if away.any():
            for found, normals in _pencils(rest[away], mass[first + 1 :][away], basis @ across):
                yield found + on_it, normals


def _turn(edges: Array, mass: Array, basis: Array) -> tuple[Array, Array]:
    """Return the weight in each direction (or its opposite) of two dimensions, and the normals."""
    angle = np.arctan2(edges[:, 1], edges[:, 0]) % np.pi
    angle[angle > np.pi - SAME] -= np.pi
    order = np.argsort(angle)
    angle = angle[order]
    starts = np.flatnonzero(np.diff(angle, prepend=-np.inf) > SAME)
    normals = np.stack([-np.sin(angle[starts]), np.cos(angle[starts])], axis=1) @ basis.T
    return np.add.reduceat(mass[order], starts), normals


def _complement(direction: Array) -> Array:
    """Return an orthonormal basis of the complement of a unit vector, (D, D - 1), by a reflection."""
    pivot = int(np.abs(direction).argmax())
    mirror = direction.copy()
    mirror[pivot] += np.copysign(1.0, direction[pivot])
    reflection = np.eye(len(direction)) - 2 * np.outer(mirror, mirror) / (mirror @ mirror)
    return np.delete(reflection, pivot, axis=1)
