import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stanmix.seeds import derive


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        ((20171106,), 1766866300),
        ((20171106, "galaxies", "sweep", 3, "sample"), 353587407),
        ((0, "three_gaussians", "simulate"), 1517089636),
    ],
)
def test_seeds_never_change_between_versions(purpose, expected):
    assert derive(*purpose) == expected


def test_a_seed_is_the_documented_hash():
    digest = hashlib.sha256(b"7\x1fa\x1f2").digest()
    assert derive(7, "a", 2) == int.from_bytes(digest[:4], "big") % (2**31 - 1) + 1


@given(st.integers(0, 2**31 - 1), st.lists(st.text(max_size=10)))
def test_seeds_are_what_stan_and_numpy_accept(seed, purpose):
    assert 1 <= derive(seed, *purpose) <= 2**31 - 1


def test_purposes_give_different_seeds():
    purposes = [(d, m, k, s) for d in "ab" for m in "ab" for k in (1, 2, 11) for s in ("prior", "sample")]
    assert len({derive(1, *purpose) for purpose in purposes}) == len(purposes)
    assert derive(1, "ab", "c") != derive(1, "a", "bc")
    assert derive(1, 2) == derive(1, "2")  # wildcards are text, numbers in the config are not
