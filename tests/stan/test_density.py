"""normal.stan computes the density that it says, against SciPy."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from helpers import mixture_log_terms, model_of, prior_log_density, two_groups
from stanmix.data.ties import collapse

Y = two_groups(30)
PRIORS = {
    "normal": {"dist": "normal", "mu": 1, "sigma": 2},
    "student_t": {"dist": "student_t", "nu": 3, "mu": 1, "sigma": 2},
    "cauchy": {"dist": "cauchy", "mu": 1, "sigma": 2},
    "lognormal": {"dist": "lognormal", "mu": 0.5, "sigma": 0.7},
    "gamma": {"dist": "gamma", "alpha": 2, "beta": 0.5},
    "inv_gamma": {"dist": "inv_gamma", "alpha": 2, "beta": 3},
    "exponential": {"dist": "exponential", "beta": 0.4},
    "uniform": {"dist": "uniform", "lower": -1, "upper": 9},
    "beta": {"dist": "beta", "alpha": 2, "beta": 3},
    "signed_beta": {"dist": "signed_beta", "alpha": 2, "beta": 3},
    "damped_beta": {"dist": "damped_beta", "alpha": 2, "beta": 3, "limit": 1.5},
    "half_normal": {"dist": "half_normal", "sigma": 2},
    "half_student_t": {"dist": "half_student_t", "nu": 3, "sigma": 2},
    "half_cauchy": {"dist": "half_cauchy", "sigma": 2},
}
MU = {"dist": "normal", "mu": 4, "sigma": 10}
SIGMA = {"dist": "lognormal", "mu": 0, "sigma": 1}
SUPPORTS = {"uniform": (-1, 9), "beta": (0, 1), "signed_beta": (-1, 1), "damped_beta": (-1, 1)}


def support(spec, parameter):
    """Where a prior of a mean or a standard deviation is positive."""
    lower, upper = -np.inf, np.inf
    if spec["dist"].startswith("half") or spec["dist"] in ("lognormal", "gamma", "inv_gamma", "exponential"):
        lower = 0
    elif spec["dist"] in SUPPORTS:
        lower, upper = SUPPORTS[spec["dist"]]
    return (max(lower, 0), upper) if parameter == "sigma" else (lower, upper)


def log_prior(spec, parameter, values):
    return sum(prior_log_density(spec, *support(spec, parameter), value) for value in values)


def log_likelihood(theta, mu, sigma, y=Y):
    return logsumexp(mixture_log_terms(y, theta, mu, sigma), axis=1).sum()


@pytest.mark.parametrize("dist", PRIORS)
def test_prior_of_a_standard_deviation_is_cut_at_zero_and_normalised(log_density, dist):
    spec = PRIORS[dist]
    data = model_of(2, parameters={"mu": {"prior": MU}, "sigma": {"prior": spec}}).stan_data(Y)
    theta, mu, sigma = [0.3, 0.7], [1.0, 6.5], [0.4, 0.9]
    value, _ = log_density(data, {"theta": theta, "mu": mu, "sigma": sigma})
    expected = log_likelihood(theta, mu, sigma) + log_prior(MU, "mu", mu) + log_prior(spec, "sigma", sigma)
    assert value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("dist", PRIORS)
def test_prior_of_a_mean_is_normalised_on_its_support(log_density, dist):
    spec = PRIORS[dist]
    data = model_of(2, parameters={"mu": {"prior": spec}, "sigma": {"prior": SIGMA}}).stan_data(Y)
    theta, mu, sigma = [0.3, 0.7], [0.2, 0.6], [0.4, 1.9]
    value, _ = log_density(data, {"theta": theta, "mu": mu, "sigma": sigma})
    expected = log_likelihood(theta, mu, sigma) + log_prior(spec, "mu", mu) + log_prior(SIGMA, "sigma", sigma)
    assert value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("parameter", ["mu", "sigma"])
@pytest.mark.parametrize("dist", PRIORS)
def test_gradients_of_priors_are_central_differences(log_density, dist, parameter):
    free = {"mu": {"prior": MU}, "sigma": {"prior": SIGMA}} | {parameter: {"prior": PRIORS[dist]}}
    weights = {"fixed": [0.3, 0.7]}
    data = model_of(2, parameters=free, weights=weights).stan_data(Y) | {"likelihood": 0}
    values = {"mu": np.array([0.2, 0.6]), "sigma": np.array([0.4, 0.9])}
    lower, upper = support(PRIORS[dist], parameter)
    slope = np.ones(2)  # of the parameter by what Stan samples: logarithm or logit
    if np.isfinite(lower):
        slope = values[parameter] - lower
    if np.isfinite(upper):
        slope = slope * (upper - values[parameter]) / (upper - lower)

    def at(shift):
        moved = values | {parameter: values[parameter] + shift}
        return log_density(data, {"theta": [], "mu": moved["mu"], "sigma": moved["sigma"]})

    gradient = at(0)[1][[0, 1] if parameter == "mu" else [2, 3]]
    for i, direction in enumerate(np.eye(2) * 1e-5):
        difference = (at(direction)[0] - at(-direction)[0]) / 2e-5
        assert gradient[i] == pytest.approx(difference * slope[i], rel=1e-6, abs=1e-8)


def test_no_prior_density_gives_minus_infinity_and_no_gradient(log_density):
    # The inverse gamma density vanishes at the smallest scales.
    spec = {"mu": {"fixed": [0, 8]}, "sigma": {"prior": PRIORS["inv_gamma"]}}
    data = model_of(2, parameters=spec, weights={"fixed": [0.5, 0.5]}).stan_data(Y) | {"likelihood": 0}
    value, gradient = log_density(data, {"theta": [], "mu": [], "sigma": [1e-310, 1.0]})
    assert value == -np.inf
    assert not np.isnan(gradient).any()


ALPHA = [1.5, 2.5, 0.7]
DIRICHLET = {"prior": {"dist": "dirichlet", "alpha": ALPHA}}
FREE = {"mu": {"prior": MU}, "sigma": {"prior": SIGMA}}


@pytest.mark.parametrize(
    ("spec", "point", "full"),
    [
        ({}, ([0.2, 0.3, 0.5], [0, 4, 8], [1, 2, 3]), ([0.2, 0.3, 0.5], [0, 4, 8], [1, 2, 3])),
        (
            {"sigma": {"shared": True}},
            ([0.2, 0.3, 0.5], [0, 4, 8], [1.5]),
            ([0.2, 0.3, 0.5], [0, 4, 8], [1.5] * 3),
        ),
        (
            {"mu": {"fixed": [1, 2, 3]}},
            ([0.2, 0.3, 0.5], [], [1, 2, 3]),
            ([0.2, 0.3, 0.5], [1, 2, 3], [1, 2, 3]),
        ),
        (
            {"mu": {"fixed": [1, None, 3]}},
            ([0.2, 0.3, 0.5], [5], [1, 2, 3]),
            ([0.2, 0.3, 0.5], [1, 5, 3], [1, 2, 3]),
        ),
        (
            {"sigma": {"fixed": [None, 2, None], "shared": True}},
            ([0.2, 0.3, 0.5], [0, 4, 8], [1.5]),
            ([0.2, 0.3, 0.5], [0, 4, 8], [1.5, 2, 1.5]),
        ),
        (
            {"mu": {"fixed": 4}, "sigma": {"fixed": 2}},
            ([0.2, 0.3, 0.5], [], []),
            ([0.2, 0.3, 0.5], [4, 4, 4], [2, 2, 2]),
        ),
    ],
    ids=["free", "shared", "fixed", "partly fixed", "shared and fixed", "only weights"],
)
@pytest.mark.parametrize("likelihood", [1, 0])
def test_free_shared_and_fixed_parameters(log_density, spec, point, full, likelihood):
    parameters = {
        name: treatment | spec.get(name, {})
        if None in np.ravel(spec.get(name, {}).get("fixed", [None]))
        else spec[name]
        for name, treatment in FREE.items()
    }
    data = model_of(3, parameters=parameters, weights=DIRICHLET).stan_data(Y) | {"likelihood": likelihood}
    value, _ = log_density(data, {"theta": point[0], "mu": point[1], "sigma": point[2]})
    prior = stats.dirichlet(ALPHA).logpdf(point[0]) + log_prior(MU, "mu", point[1])
    expected = prior + log_prior(SIGMA, "sigma", point[2]) + likelihood * log_likelihood(*full)
    assert value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("theta", [[0.25, 0.75], [0.5, 0.5]])
def test_fixed_weights_have_no_prior(log_density, theta):
    data = model_of(2, parameters=FREE, weights={"fixed": theta}).stan_data(Y)
    value, gradient = log_density(data, {"theta": [], "mu": [0, 8], "sigma": [1, 2]})
    expected = log_likelihood(theta, [0, 8], [1, 2]) + log_prior(MU, "mu", [0, 8])
    assert value == pytest.approx(expected + log_prior(SIGMA, "sigma", [1, 2]), rel=1e-10)
    assert len(gradient) == 4


def test_one_component_is_a_normal_sample(log_density):
    data = model_of(1, parameters=FREE).stan_data(Y)
    value, _ = log_density(data, {"theta": [], "mu": [3], "sigma": [4]})
    expected = stats.norm(3, 4).logpdf(Y).sum() + log_prior(MU, "mu", [3]) + log_prior(SIGMA, "sigma", [4])
    assert value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("theta", "mu", "sigma"),
    [
        ([1e-12, 1 - 1e-12], [0, 8], [1, 1]),
        ([0.5, 0.5], [1e6, -1e6], [1, 1]),
        ([0.5, 0.5], [0, 8], [1e-6, 1e-6]),
        ([0.5, 0.5], [0, 8], [1e8, 1e-3]),
    ],
    ids=["tiny weight", "far from the data", "small scales", "unlike scales"],
)
def test_the_density_does_not_underflow_at_extreme_points(log_density, theta, mu, sigma):
    data = model_of(2, parameters=FREE).stan_data(Y)
    value, _ = log_density(data, {"theta": theta, "mu": mu, "sigma": sigma})
    expected = log_likelihood(theta, mu, sigma) + log_prior(MU, "mu", mu) + log_prior(SIGMA, "sigma", sigma)
    assert np.isfinite(value)
    assert value == pytest.approx(expected, rel=1e-10)


def test_collapsed_ties_count_as_often_as_they_were_observed(log_density):
    point = {"theta": [0.3, 0.7], "mu": [0, 8], "sigma": [1, 2]}
    tied = model_of(2, parameters=FREE).stan_data(np.repeat([1.0, 7.0], [3, 2]))
    distinct, count, _ = collapse(np.repeat([7.0, 1.0], [2, 3]))
    collapsed = model_of(2, parameters=FREE).stan_data(distinct, count)
    assert collapsed["N"] == 2
    assert log_density(collapsed, point)[0] == pytest.approx(log_density(tied, point)[0], rel=1e-12)


def test_marginalising_all_observations_together_would_be_noticed(log_density):
    # One log_mix over the whole data says that all observations come from the same component.
    theta, mu, sigma = [0.3, 0.7], [0, 8], [1, 2]
    data = model_of(2, parameters=FREE).stan_data(Y)
    value, _ = log_density(data, {"theta": theta, "mu": mu, "sigma": sigma})
    prior = log_prior(MU, "mu", mu) + log_prior(SIGMA, "sigma", sigma)
    wrong = logsumexp(np.log(theta) + stats.norm.logpdf(Y[:, None], mu, sigma).sum(axis=0))
    assert value == pytest.approx(prior + log_likelihood(theta, mu, sigma), rel=1e-10)
    assert value != pytest.approx(prior + wrong, rel=1e-3)


def test_gradient_equals_central_differences(log_density):
    data = model_of(2, parameters=FREE, weights={"fixed": [0.4, 0.6]}).stan_data(Y)

    def at(unconstrained):
        mu, sigma = unconstrained[:2], np.exp(unconstrained[2:])
        return log_density(data, {"theta": [], "mu": mu, "sigma": sigma})

    centre, step = np.array([0.5, 7.0, 0.3, 0.9]), 1e-5
    _, gradient = at(centre)
    for i, direction in enumerate(np.eye(4) * step):
        difference = (at(centre + direction)[0] - at(centre - direction)[0]) / (2 * step)
        assert gradient[i] == pytest.approx(difference, rel=1e-6, abs=1e-6)


def test_gradient_of_the_weights_points_where_the_density_rises(log_density):
    # Stan's scale for a simplex differs between versions, but not the ratio of two derivatives there.
    theta, mu, sigma, alpha = np.array([0.4, 0.6]), [0, 8], [1, 2], np.array([3.0, 2.0])
    model = model_of(2, parameters=FREE, weights={"prior": {"dist": "dirichlet", "alpha": alpha.tolist()}})
    point = {"theta": theta, "mu": mu, "sigma": sigma}
    with_data, alone = (
        log_density(model.stan_data(Y) | {"likelihood": flag}, point)[1][0] for flag in (1, 0)
    )
    terms = mixture_log_terms(Y, theta, mu, sigma)
    responsibility = np.exp(terms - logsumexp(terms, axis=1, keepdims=True)).sum(axis=0)
    prior = np.dot((alpha - 1) / theta, [1, -1])
    likelihood = np.dot(responsibility / theta, [1, -1])
    assert with_data / alone == pytest.approx((prior + likelihood) / prior, rel=1e-8)


@pytest.mark.parametrize("free_scales", [1, 2])
def test_the_jacobian_is_that_of_the_logarithm(log_density, free_scales):
    sigma = {"prior": SIGMA, "shared": free_scales == 1}
    data = model_of(2, parameters={"mu": {"fixed": [0, 8]}, "sigma": sigma}, weights={"fixed": [0.5, 0.5]})
    values = [0.3, 1.7][:free_scales]
    point = {"theta": [], "mu": [], "sigma": values}
    with_jacobian, without = (log_density(data.stan_data(Y), point, flag)[0] for flag in (True, False))
    assert with_jacobian - without == pytest.approx(np.log(values).sum(), rel=1e-10)


@pytest.mark.parametrize("jacobian", [True, False])
def test_units_change_the_density_by_a_constant(log_density, jacobian):
    # Centres and units in which means are sampled; those of the standard deviations stay (0, 1).
    data = model_of(2, parameters=FREE).stan_data(Y)
    points = [
        {"theta": [0.4, 0.6], "mu": [0.5, 8], "sigma": [1, 2]},
        {"theta": [0.9, 0.1], "mu": [-3, 4], "sigma": [0.2, 7]},
        {"theta": [0.5, 0.5], "mu": [8, 0], "sigma": [1, 1]},
    ]
    plain, other = (
        [log_density(data | {"free_centre": centre, "free_unit": unit}, point, jacobian) for point in points]
        for centre, unit in (
            (np.zeros(4), np.ones(4)),
            (np.array([2.5, -1, 0, 0]), np.array([8, 0.125, 1, 1])),
        )
    )
    differences = [b[0] - a[0] for a, b in zip(plain, other, strict=True)]
    assert differences == pytest.approx([differences[0]] * 3, abs=1e-10)
    for (_, gradient), (_, again) in zip(plain, other, strict=True):
        assert again == pytest.approx(gradient, rel=1e-9)
