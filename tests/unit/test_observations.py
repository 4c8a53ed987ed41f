"""Observations, with what is known of each."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanmix.data import ties
from stanmix.families import Observations

Y = np.array([3.0, 1.0, 3.0, 2.0])
ROWS = np.array([[1.0, np.nan], [0.0, 2.0], [1.0, np.nan], [0.0, 2.0]])
WEIGHT = np.array([1.0, 2.0, 1.0, 0.5])
LABEL = np.array([1, 0, 1, 0])


def test_values_alone_count_once_and_belong_to_no_known_component():
    y = Observations.of([3, 1])
    assert (len(y), y.weights.tolist(), y.labels.tolist(), y.total) == (2, [1, 1], [0, 0], 2)
    assert Observations.of(y) is y
    assert y.table() is y.y


@pytest.mark.parametrize("values", [Y, ROWS])
@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("label", [None, LABEL])
def test_a_table_has_everything_and_is_read_back(values, weight, label):
    y = Observations(values, weight, label)
    again = y.from_table(y.table())
    assert np.array_equal(again.y, y.y, equal_nan=True)
    assert again.y.shape == y.y.shape
    assert (again.weight is None, again.label is None) == (weight is None, label is None)
    assert np.array_equal(again.weights, y.weights)
    assert np.array_equal(again.labels, y.labels)
    assert again.labels.dtype == np.intp


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_some_of_them_keep_what_is_known_of_each(rows):
    some = Observations(ROWS, WEIGHT, LABEL)[rows]
    assert np.array_equal(some.y, ROWS[rows], equal_nan=True)
    assert some.weights.tolist() == WEIGHT[rows].tolist()
    assert some.labels.tolist() == LABEL[rows].tolist()


@pytest.mark.parametrize("values", [Y, ROWS])
def test_observations_are_tied_if_everything_is_equal(values):
    y = Observations(values, WEIGHT, LABEL)
    distinct, count, position = ties.collapse(y)
    assert count.sum() == len(y)
    assert np.array_equal(distinct[position].table(), y.table(), equal_nan=True)
    assert len(distinct) == 3  # the last two differ in weights or values
    summed, total = ties.collapse_weights(y)
    assert summed.weight is None
    assert total.sum() == pytest.approx(y.total)
    assert len(summed) == (2 if values is ROWS else 3)


def test_those_with_other_known_components_are_not_tied():
    y = Observations(np.ones(4), None, np.array([0, 1, 0, 2]))
    distinct, count, _ = ties.collapse(y)
    assert distinct.labels.tolist() == [0, 1, 2]
    assert count.tolist() == [2, 1, 1]
