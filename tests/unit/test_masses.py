"""Shares of modes in the posterior mass, and Stan's transform of a simplex."""

import numpy as np
import pytest

from stanmix.stan.unconstrained import log_ratio_basis
from stanmix.starts.laplace import shares


def test_the_basis_is_orthonormal_and_that_of_stan():
    for size in (2, 3, 7):
        basis = log_ratio_basis(size)
        assert basis.T @ basis == pytest.approx(np.eye(size - 1), abs=1e-12)
        assert basis.sum(axis=0) == pytest.approx(np.zeros(size - 1), abs=1e-12)


def test_shares_and_their_errors():
    found = shares([(0.0, 0.1), (np.log(3), 0.2), (None, None)])
    assert [it[0] for it in found[:2]] == pytest.approx([0.25, 0.75])
    error = 0.25 * 0.75 * (0.1**2 + 0.2**2) ** 0.5
    assert [it[1] for it in found[:2]] == pytest.approx([error, error])
    assert found[2] == (None, None)
    assert shares([(None, None)]) == [(None, None)]
