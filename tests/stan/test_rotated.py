"""Covariances with rotated axes in the compiled program: their prior, gradients, search and cost."""

import numpy as np
import pytest
from scipy import stats

from helpers import assert_haar
from stanmix.families import family_of
from stanmix.families.multivariate import eigen
from stanmix.families.multivariate.structures import LENGTH
from stanmix.io import write_stan_json
from stanmix.model import resolve
from stanmix.posterior.datatree import read_chains
from stanmix.stan import programs
from stanmix.stan.sampling import sample_chain
from stanmix.stan.unconstrained import LogDensity, Scale
from stanmix.starts.allocation import starts
from stanmix.starts.clusters import start
from stanmix.starts.conditioning import conditioned
from stanmix.starts.optima import SAME_LOG_DENSITY
from stanmix.starts.search import search

SETTINGS = {"warmup": 500, "draws": 500, "adapt_delta": 0.9, "max_treedepth": 10}
STRUCTURES = ["EVE", "VVE", "EEV", "VEV"]
PROGRAM = "multi_normal_structured"


def rows(columns, n=150, seed=1):
    """Two groups of rows, each longer along one axis and alike along all others."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n, columns))
    y[: n // 2, 0] *= 4
    y[n // 2 :, 1] *= 4
    y[n // 2 :] += 9
    return y @ stats.ortho_group.rvs(columns, random_state=seed)


def model_of(structure, y, components=2):
    spec = {"family": "multi_normal", "structure": structure}
    return conditioned(resolve(spec, components, family_of(spec, y.shape[1]).scale(y)), y, 1)


@pytest.fixture(scope="module")
def executable(cmdstan, tmp_path_factory):
    folder = tmp_path_factory.mktemp(PROGRAM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("O", "1")
        programs.build(PROGRAM, "kernel", folder / PROGRAM, folder / f"{PROGRAM}.json", "portable")
    return folder / PROGRAM


def sampled(executable, folder, model, y, likelihood=1):
    """Two chains' files."""
    write_stan_json(folder / "data.json", model.stan_data(y) | {"likelihood": likelihood})
    files = []
    for chain in (1, 2):
        found = start(model, y, chain)
        given = {name: folder / f"{name}.json" for name in ("init", "metric")}
        write_stan_json(given["init"], found["init"])
        write_stan_json(given["metric"], {"inv_metric": found["inv_metric"]})
        files.append(folder / f"chain_{chain}.parquet")
        sample_chain(executable, folder / "data.json", given, files[-1], SETTINGS, seed=1, chain=chain)
    return files


def test_draws_of_the_prior_have_the_haar_measure(executable, tmp_path):
    y = rows(3)
    model = model_of("VEV", y)
    values, stats_of_draws = read_chains(sampled(executable, tmp_path, model, y, likelihood=0), model)
    vectors = model.family.covariance._vectors(values)[:, ::5].reshape(-1, 3, 2)
    axes, lengths = eigen.axes_of(vectors)
    assert_haar(axes)
    for own in lengths.T:
        assert stats.kstest(own, stats.chi(LENGTH * 3).cdf).pvalue > 1e-3
    assert not stats_of_draws["diverging"].any()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_gradients_are_central_differences(executable, tmp_path, structure):
    y = rows(4)
    model = model_of(structure, y)
    write_stan_json(tmp_path / "data.json", model.stan_data(y))
    scale = Scale(model)
    density = LogDensity(executable, tmp_path / "data.json", tmp_path)
    # Away from the estimate, where axes are turned and lengths are not alike.
    point = scale.unconstrained(start(model, y, 1)["init"])
    point = point + 0.3 * np.random.default_rng(1).normal(size=scale.size)
    step = 1e-5
    moves = step * np.eye(scale.size)
    (value, *moved), (gradient, *_) = density(np.concatenate([point[None], point + moves, point - moves]))
    differences = (np.array(moved[: scale.size]) - moved[scale.size :]) / (2 * step)
    assert np.isfinite(value)
    assert gradient == pytest.approx(differences, rel=1e-5, abs=1e-5 * np.abs(gradient).max())


@pytest.mark.parametrize("structure", STRUCTURES)
def test_axes_that_turn_freely_cost_few_steps(executable, tmp_path, structure):
    # All axes but one are alike: by angles and sines these draws took 200 to 1,500 steps.
    y = rows(5)
    model = model_of(structure, y)
    files = sampled(executable, tmp_path, model, y)
    values, found = read_chains(files, model)
    assert found["n_steps"].mean() < 64
    assert found["diverging"].mean() < 0.01
    vectors = model.family.covariance._vectors(values)[:, :, 0]
    axes, _ = eigen.axes_of(vectors)
    # The last vector's axis, one of those, has been nearly at right angles to where it was. The first axis,
    # along which a group is longer, has not.
    turned = np.abs(np.einsum("csij,ctij->jcst", axes, axes)).min(axis=(1, 2, 3))
    assert turned[-2] < 0.3
    assert turned[0] > 0.8


def test_the_search_finds_one_mode_of_each_ellipsoid_and_chains_start_there(executable, tmp_path):
    y = rows(3)
    model = model_of("VEV", y)
    write_stan_json(tmp_path / "data.json", model.stan_data(y))
    found = search(model, executable, tmp_path / "data.json", y, 1, tmp_path, 60)
    assert found.found[0].mode.log_mass is not None
    densities = np.array([it.optimum.log_density for it in found.found])
    covariances = [model.family.covariances(it.optimum.values) for it in found.found]
    for i in range(len(densities)):
        for j in range(i):
            same = all(
                any(np.allclose(own, other, rtol=0.02, atol=0.02) for other in covariances[j])
                for own in covariances[i]
            )
            assert not (same and abs(densities[i] - densities[j]) < SAME_LOG_DENSITY)
    assert sum(found.found[0].hits.values()) >= 3
    for begin in starts(model, y, found, 4, seed=1):
        assert np.isfinite(begin["init"]["standard"]).all()
        assert begin["mode"] == 1
        assert (np.asarray(begin["inv_metric"]) > 0).all()
