"""The C++ kernels against the same functions in Stan: value and gradient."""

from collections.abc import Callable

import cmdstanpy
import numpy as np
import pytest

from helpers import model_of
from stanmix import programs
from stanmix.io import write_stan_json

RELATIVE = 1e-10


@pytest.fixture(scope="module")
def difference(tmp_path_factory) -> Callable[..., np.ndarray]:
    """Relative difference of kernel and Stan in value and gradient at a point; also the kernel's value."""
    folder = tmp_path_factory.mktemp("both")
    both = []
    for likelihood in ("kernel", "stan"):
        programs.build("normal", likelihood, folder / likelihood, folder / f"{likelihood}.json")
        both.append(cmdstanpy.CmdStanModel(exe_file=str(folder / likelihood)))

    def compare(y, theta, mu, sigma, count=None):
        data = model_of(len(theta)).stan_data(np.asarray(y, dtype=float))
        if count is not None:
            data["count"] = count
        point = {"mu_free": mu, "sigma_free": sigma}
        if len(theta) > 1:
            point["theta_free"] = [theta]
        write_stan_json(folder / "data.json", data)
        write_stan_json(folder / "point.json", point)
        kernel, stan = (
            program.log_prob(
                str(folder / "point.json"), str(folder / "data.json"), jacobian=False, sig_figs=18
            ).to_numpy()[0]
            for program in both
        )
        assert np.isfinite(kernel).all()
        # A gradient's entry may cancel to nearly 0; its error is then that of the terms it is made of.
        scale = np.maximum(np.abs(stan), 1e-4 * np.abs(stan).max())
        return np.abs(kernel - stan) / scale

    return compare


def random_point(rng, components, y):
    spread = y.std() or 1.0
    return (
        rng.dirichlet(np.ones(components)),
        rng.normal(y.mean(), spread, components),
        spread * np.exp(rng.normal(-0.5, 0.7, components)),
    )


@pytest.mark.parametrize("n", [2, 7, 8, 9, 16, 215, 1003])
@pytest.mark.parametrize("components", [1, 2, 3, 10])
def test_kernel_equals_stan_at_random_points(difference, components, n):
    rng = np.random.default_rng([components, n])
    y = rng.normal(5, 3, n)
    assert difference(y, *random_point(rng, components, y)).max() < RELATIVE


@pytest.mark.parametrize("scale", [1e-8, 1e-3, 1e3, 1e8])
def test_kernel_equals_stan_on_any_scale(difference, scale):
    rng = np.random.default_rng(4)
    y = scale * rng.normal(5, 3, 50)
    assert difference(y, *random_point(rng, 3, y)).max() < RELATIVE


@pytest.mark.parametrize(
    ("theta", "mu", "sigma"),
    [
        ([1e-12, 1 - 1e-12], [0.0, 5.0], [1.0, 2.0]),
        ([0.5, 0.5], [0.0, 5.0], [1e-8, 1.0]),
        ([0.5, 0.5], [0.0, 5.0], [1e8, 1.0]),
        ([0.5, 0.5], [1e6, -1e6], [1.0, 1.0]),
        ([0.5, 0.5], [5.0, 5.0], [1e-3, 1e-3]),
        ([0.2, 0.8], [5.0, 5.0], [2.0, 2.0]),
    ],
    ids=["weight near 0", "sd near 0", "large sd", "far from the data", "all outliers", "equal components"],
)
def test_kernel_equals_stan_at_extreme_points(difference, theta, mu, sigma):
    y = np.random.default_rng(5).normal(5, 3, 40)
    assert difference(y, theta, mu, sigma).max() < RELATIVE


def test_counts_of_tied_data_are_weights(difference):
    rng = np.random.default_rng(6)
    y = np.round(rng.normal(5, 3, 300))
    values, counts = np.unique(y, return_counts=True)
    assert difference(values, *random_point(rng, 3, y), count=counts).max() < RELATIVE


def test_a_far_outlier_does_not_overflow(difference):
    y = np.append(np.random.default_rng(7).normal(5, 3, 20), 1e9)
    assert difference(y, [0.3, 0.7], [4.0, 6.0], [1.0, 3.0]).max() < RELATIVE
