"""Where chains start."""

from collections import Counter

import numpy as np
import pytest

from stanmix.starts.allocation import MOST, allocated


def counts(masses, chains, seed=1):
    return Counter(allocated(masses, chains, np.random.default_rng(seed)))


@pytest.mark.parametrize("chains", [2, 4, 9])
def test_all_chains_are_at_the_only_place(chains):
    assert counts([1.0], chains) == {0: chains}


def test_every_place_gets_two_chains_and_the_others_go_by_mass():
    assert counts([0.98, 0.02], 4) == {0: 2, 1: 2}
    # Systematic draws: 16 of 20 are shared by 0.75 and 0.25, exactly.
    assert counts([0.75, 0.25], 20) == {0: 2 + 12, 1: 2 + 4}


def test_more_chains_than_configured_where_more_places_matter():
    assert counts([0.5, 0.3, 0.2], 4) == {0: 2, 1: 2, 2: 2}


def test_there_is_a_bound_and_the_largest_masses_come_first():
    found = counts(np.linspace(1, 0.1, 20), 4)
    assert sum(found.values()) == MOST * 4
    assert found == dict.fromkeys(range(MOST * 2), 2)


def test_the_chains_that_are_configured_see_as_many_places_as_they_can():
    assert allocated([0.5, 0.3, 0.2], 4, np.random.default_rng(1))[:3] == [0, 1, 2]


@pytest.mark.parametrize("seed", range(5))
def test_no_place_gets_more_than_its_share_rounded_up(seed):
    masses = np.random.default_rng(seed).dirichlet(np.ones(3))
    masses = np.sort(masses)[::-1]
    found = counts(masses, 50, seed)
    for place, mass in enumerate(masses):
        assert abs(found[place] - 2 - 44 * mass) < 1
