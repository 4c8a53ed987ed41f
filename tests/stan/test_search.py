"""The search for modes, their masses, and starts at them, by the compiled program."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from helpers import model_of
from stanmix.errors import StanmixError
from stanmix.families import FAMILIES
from stanmix.io import write_stan_json
from stanmix.model import resolve
from stanmix.stan.unconstrained import LogDensity, Scale
from stanmix.starts.allocation import starts
from stanmix.starts.laplace import weigh
from stanmix.starts.optima import Optimum, climb
from stanmix.starts.search import CONSEQUENCE, search

# The search is the same with either likelihood.
pytestmark = pytest.mark.parametrize("executables", ["kernel"], indirect=True)

# Three groups and two components with a fixed sd and equal weights: the group in the middle goes with the one
# on its left or with the one on its right. The numbers of observations decide how much mass each way has.


def groups(left, middle, right, gap=8.0):
    """Groups of normal quantiles, each symmetric about its centre."""
    return np.concatenate(
        [
            centre + stats.norm.ppf((np.arange(n) + 0.5) / n)
            for n, centre in ((left, 0.0), (middle, gap), (right, 2 * gap))
        ]
    )


def fixed_model(y, **prior):
    """Equal weights and a wide fixed sd: the two means are all that is free."""
    mu = {"prior": {"dist": "normal", "mu": 8.0, "sigma": 10.0, **prior}}
    return model_of(
        2,
        scale=(y.min(), y.max()),
        weights={"fixed": [0.5, 0.5]},
        parameters={"mu": mu, "sigma": {"fixed": 2.0}},
    )


def masses_exact(y, sizes):
    """The shares of the two modes by quadrature over boxes around each."""
    left, middle, _ = sizes

    def log_density(a, b):
        terms = stats.norm.logpdf(y[:, None], [a, b], 2.0) + np.log(0.5)
        return logsumexp(terms, axis=1).sum() + stats.norm.logpdf([a, b], 8.0, 10.0).sum()

    logs = []
    for cut in (left + middle, left):
        a, b = y[:cut].mean(), y[cut:].mean()
        top = log_density(a, b)
        grid = np.linspace(-2.5, 2.5, 101)
        values = [[np.exp(log_density(a + u, b + v) - top) for v in grid] for u in grid]
        logs.append(top + np.log(np.sum(values)))
    return np.exp(np.array(logs) - logsumexp(logs))


@pytest.fixture
def place(tmp_path, executables):
    """Write the data of a model and give what the search needs."""

    def make(model, y):
        write_stan_json(tmp_path / "data.json", model.stan_data(y))
        return {
            "model": model,
            "executable": executables["normal"],
            "data": tmp_path / "data.json",
            "y": y,
            "folder": tmp_path,
        }

    return make


@pytest.mark.parametrize("bounded", [False, True])
def test_points_are_transformed_as_stan_does(place, bounded):
    y = groups(20, 20, 20)
    prior = (
        {"dist": "uniform", "lower": -5, "upper": 20} if bounded else {"dist": "normal", "mu": 7, "sigma": 9}
    )
    model = model_of(3, scale=(0, 14), parameters={"mu": {"prior": prior}})
    given = place(model, y)
    density = LogDensity(given["executable"], given["data"], given["folder"])
    scale = Scale(model)
    point = model.stan_point(np.array([0.2, 0.5, 0.3]), np.array([0.5, 7, 13, 1.0, 0.7, 2.0]))
    values = scale.unconstrained(point)
    assert scale.size == len(values) == 8
    log_density, gradient = density(np.stack([values, values + 0.01]))
    assert log_density[0] == pytest.approx(density.of_point(point), rel=1e-12)
    assert gradient.shape == (2, 8)
    back = scale.point(values)
    assert np.ravel(back["theta_free"]) == pytest.approx([0.2, 0.5, 0.3])
    assert back["standard"] == pytest.approx(np.asarray(point["standard"]))
    density.check(scale, point)


def test_a_program_with_another_transform_is_refused(place, monkeypatch):
    y = groups(20, 20, 20)
    model = model_of(3, scale=(0, 14))
    given = place(model, y)
    density = LogDensity(given["executable"], given["data"], given["folder"])
    scale = Scale(model)
    monkeypatch.setattr(scale, "_basis", scale._basis[:, ::-1])
    point = model.stan_point(np.array([0.2, 0.5, 0.3]), np.array([0.5, 7, 13, 1.0, 0.7, 2.0]))
    with pytest.raises(StanmixError, match=r"CmdStan 2\.37 or later"):
        density.check(scale, point)


def test_a_point_without_a_density_spoils_no_other(place):
    y = groups(20, 20, 20)
    model = model_of(2, scale=(0, 14))
    given = place(model, y)
    density = LogDensity(given["executable"], given["data"], given["folder"])
    good = Scale(model).unconstrained(model.stan_point(np.array([0.5, 0.5]), np.array([0, 14, 3.0, 3.0])))
    bad = good + np.array([0, 0, 0, 2000.0, 0])
    log_density, gradient = density(np.stack([good, bad, good, good]))
    assert np.isfinite(log_density).tolist() == [True, False, True, True]
    assert log_density[0] == log_density[2] == log_density[3]
    assert np.isnan(gradient[1]).all()


@pytest.mark.parametrize("sizes", [(20, 20, 20), (20, 20, 21)])
def test_both_ways_to_divide_three_groups_are_found_with_their_masses(place, sizes):
    y = groups(*sizes)
    given = place(fixed_model(y), y)
    exact = masses_exact(y, sizes)
    for seed in range(3):
        found = search(**given, seed=seed, most=240)
        assert found.stopped == "nothing new"
        listed = found.to_dict()["optima"]
        ours = {}
        for it in listed:
            side = 0 if abs(np.sort(it["mu"])[0] - y[: sizes[0]].mean()) > 1 else 1
            ours.setdefault(side, it)
        for side in (0, 1):
            if exact[side] < CONSEQUENCE:
                continue
            ratio = ours[side]["mass"] / exact[side]
            assert 0.8 < ratio < 1.25
            assert abs(ours[side]["mass"] - exact[side]) < 5 * ours[side]["mass_error"] + 0.02


def test_the_masses_of_a_posterior_that_is_known(place):
    # One component with a known sd: the posterior of its mean is normal, and the evidence a closed form.
    y = np.random.default_rng(5).normal(3, 2, 40)
    prior = {"dist": "normal", "mu": 1.0, "sigma": 4.0}
    model = model_of(
        1, scale=(y.min(), y.max()), parameters={"mu": {"prior": prior}, "sigma": {"fixed": 2.0}}
    )
    given = place(model, y)
    point = model.stan_point(np.ones(1), np.array([3.0]))
    top = climb(model, given["executable"], given["data"], point, given["folder"])
    (mode,) = weigh(model, [top], given["executable"], given["data"], given["folder"], len(y), 1)
    covariance = 4.0 * np.eye(len(y)) + 16.0 * np.ones((len(y), len(y)))
    evidence = stats.multivariate_normal.logpdf(y, np.full(len(y), 1.0), covariance)
    # Stan samples the mean in units of the data, whose Jacobian is constant.
    unit = model.parameters["mu"].standard[1]
    assert mode.log_mass == pytest.approx(evidence - np.log(unit), abs=4 * mode.error)
    assert mode.error < 0.05
    precision = len(y) / 4 + 1 / 16
    assert mode.covariance[0, 0] == pytest.approx(1 / precision / unit**2, rel=1e-5)


def test_a_fit_without_free_parameters_has_one_mode(place):
    y = groups(10, 10, 10)
    model = model_of(
        2,
        weights={"fixed": [0.5, 0.5]},
        parameters={"mu": {"fixed": [0, 14]}, "sigma": {"fixed": 2.0}},
    )
    values = {"theta": np.full(2, 0.5), "mu": np.array([0.0, 14.0]), "sigma": np.full(2, 2.0)}
    (mode,) = weigh(model, [Optimum(-5.0, values)], *_files(place(model, y)), len(y), 1)
    assert (mode.log_mass, mode.error) == (-5.0, 0.0)


def _files(given):
    return given["executable"], given["data"], given["folder"]


def test_chains_start_at_both_modes_within_their_spread(place):
    y = groups(20, 20, 20)
    model = fixed_model(y)
    given = place(model, y)
    found = search(**given, seed=1, most=240)
    made = starts(model, y, found, chains=4, seed=1)
    assert sorted(it["mode"] for it in made) == [1, 1, 2, 2]
    scale = Scale(model)
    for it in made:
        optimum = found.found[it["mode"] - 1].optimum
        at = scale.unconstrained(model.stan_values(optimum.values))
        assert np.abs(scale.unconstrained(it["init"]) - at).max() < 5 * np.sqrt(np.max(it["inv_metric"]))
        assert np.ndim(it["inv_metric"]) == 2
    draws = [tuple(np.ravel(it["init"]["standard"])) for it in made]
    assert len(set(draws)) == 4
    again = starts(model, y, found, chains=4, seed=1)
    assert [np.ravel(it["init"]["standard"]).tolist() for it in again] == [list(it) for it in draws]


def test_a_search_of_a_part_of_large_data_ends_at_the_modes_of_all(place, monkeypatch):
    y = np.random.default_rng(2).normal(np.repeat([0.0, 6.0], 400), 1.0)
    model = model_of(2, scale=(y.min(), y.max()))
    given = place(model, y)
    whole = search(**given, seed=1, most=240)
    monkeypatch.setattr("stanmix.starts.search.LARGE", 500)
    monkeypatch.setattr("stanmix.starts.clusters.LARGEST_SUBSAMPLE", 300)
    part = search(**given, seed=1, most=240)
    assert part.found[0].optimum.log_density == pytest.approx(whole.found[0].optimum.log_density, abs=1e-4)
    assert part.found[0].mode.log_mass == pytest.approx(whole.found[0].mode.log_mass, abs=0.2)


def test_the_budget_ends_a_search_and_is_named(place):
    y = groups(20, 20, 20)
    found = search(**place(model_of(3, scale=(0, 14)), y), seed=1, most=5)
    assert found.stopped == "budget"
    assert found.batches == [5]
    facts = found.to_dict()
    assert sum(own["climbs"] for own in facts["kinds"].values()) == facts["climbs"] == 5
    assert sum(it["hits"] for it in facts["optima"]) + facts["failed"] == 5


def test_kinds_of_starts_differ(place):
    y = groups(20, 20, 20)
    found = search(**place(model_of(3, scale=(0, 14)), y), seed=1, most=240)
    assert set(found.kinds) == {
        "hierarchical clustering",
        "k-means",
        "k-means of a subsample",
        "random centres",
        "random partition",
        "prior",
        "split and merge",
    }
    assert sum(itertools.chain(*(it.hits.values() for it in found.found))) == sum(found.batches)


def test_a_search_whose_climbs_all_fail_finds_nothing(place, monkeypatch):
    monkeypatch.setattr("stanmix.starts.search.climb", lambda *args: None)
    y = groups(20, 20, 20)
    model = model_of(2, scale=(0, 14))
    found = search(**place(model, y), seed=1, most=24)
    facts = found.to_dict()
    assert (facts["climbs"], facts["failed"], facts["optima"]) == (24, 24, [])
    made = starts(model, y, found, chains=4, seed=1)
    assert [it["mode"] for it in made] == [None] * 4
    assert len({tuple(it["init"]["standard"]) for it in made}) == 4


def test_a_model_with_noise_is_searched_too(place):
    y = np.append(groups(20, 20, 20)[:40], [60.0, -45.0])
    family = FAMILIES["normal"]
    spec = {"family": "normal", "components": 2, "noise": True}
    model = resolve(spec, 2, family.scale(y), region=family.region(y))
    found = search(**place(model, y), seed=1, most=24)
    facts = found.to_dict()
    assert facts["failed"] == 0
    assert facts["optima"][0]["mass"] > 0.9
    assert np.sort(facts["optima"][0]["mu"])[:2] == pytest.approx([0, 8], abs=0.5)
    made = starts(model, y, found, chains=4, seed=1)
    assert {it["mode"] for it in made} == {1}
    for it in made:
        assert it["init"]["theta_free"][0][2] < 0.2
