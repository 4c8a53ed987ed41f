"""Rows in planes, against every plane looked at one by one."""

import itertools

import numpy as np
import pytest

from stanmix.data import planes


def one_by_one(rows, mass):
    """Return the largest weight in an oblique plane through D rows, of all of these."""
    x = (rows - rows.min(axis=0)) / np.ptp(rows, axis=0)
    most = np.sort(mass)[-x.shape[1] :].sum()
    for corners in itertools.combinations(range(len(x)), x.shape[1]):
        origin = x[corners[0]]
        _, size, directions = np.linalg.svd(x[list(corners[1:])] - origin)
        normal = np.abs(directions[-1])
        if size[-1] > 1e-9 and normal[-1] > 1e-9 and (normal[:-1] > 1e-9).any():
            most = max(most, mass[np.abs((x - origin) @ directions[-1]) < 1e-9].sum())
    return most


@pytest.mark.parametrize(("n", "columns"), [(40, 2), (24, 3), (13, 4)])
@pytest.mark.parametrize("seed", range(4))
def test_the_fullest_plane_is_that_of_all_planes_one_by_one(n, columns, seed):
    rng = np.random.default_rng(seed)
    rows = np.unique(0.1 * rng.integers(0, 5, (n, columns)), axis=0)
    mass = rng.integers(1, 4, len(rows)).astype(float)
    assert planes.fullest(rows, mass) == one_by_one(rows, mass)


def test_rows_that_are_tied_in_a_column_are_in_no_oblique_plane():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(30, 2))
    for column in (0, 1):
        tied = rows.copy()
        tied[:20, column] = 0.5
        assert planes.fullest(tied, np.ones(30)) == 2


def test_identical_rows_are_one_and_count_together():
    rows = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 1.0]])
    assert planes.fullest(rows, np.array([1.0, 2.5, 1.0, 1.0, 1.0])) == 5.5


@pytest.mark.parametrize(("n", "columns"), [(2000, 2), (150, 3), (40, 4)])
def test_continuous_rows_are_in_general_position(n, columns):
    rows = np.random.default_rng(n).normal(size=(n, columns))
    assert planes.fullest(rows, np.ones(n)) == columns


def test_more_planes_than_can_be_counted_are_not():
    assert planes.fullest(np.random.default_rng(1).normal(size=(200, 5)), np.ones(200)) is None


@pytest.mark.parametrize("columns", [2, 3, 5])
@pytest.mark.parametrize("few", [True, False])
def test_planes_hold_all_rows_only_if_there_are_enough(columns, few):
    rng = np.random.default_rng(columns)
    normal = rng.normal(size=(3, columns))
    each = 4 * columns if few else 200
    rows = rng.normal(size=(3 * each, columns))
    own = np.repeat(np.arange(3), each)
    rows[:, -1] = own - (rows[:, :-1] * normal[own, :-1]).sum(axis=1)
    held = [planes.may_hold_all(rows, np.ones(len(rows)), count) for count in (1, 2, 3, 4)]
    assert held == [False, False, True, True]
