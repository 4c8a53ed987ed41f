import math

import numpy as np
import pytest
from scipy.integrate import quad

from helpers import prior_log_density
from stanmix.errors import ConfigError
from stanmix.priors import CORRELATION, DISTRIBUTIONS, POSITIVE, REAL, Prior, per_component, prior_problem
from stanmix.priors.density import density, interval, log_mass

EXAMPLES = [
    {"dist": "normal", "mu": 1, "sigma": 2},
    {"dist": "student_t", "nu": 3, "mu": 1, "sigma": 2},
    {"dist": "cauchy", "mu": 1, "sigma": 2},
    {"dist": "lognormal", "mu": 0.5, "sigma": 0.7},
    {"dist": "gamma", "alpha": 2, "beta": 0.5},
    {"dist": "inv_gamma", "alpha": 2, "beta": 3},
    {"dist": "exponential", "beta": 0.4},
    {"dist": "uniform", "lower": -1, "upper": 4},
    {"dist": "beta", "alpha": 2, "beta": 3},
    {"dist": "signed_beta", "alpha": 2, "beta": 3},
    {"dist": "damped_beta", "alpha": 2, "beta": 3, "limit": 1.5},
    {"dist": "half_normal", "sigma": 2},
    {"dist": "half_student_t", "nu": 3, "sigma": 2},
    {"dist": "half_cauchy", "sigma": 2},
]
NAMES = [spec["dist"] for spec in EXAMPLES]


def test_the_examples_are_all_distributions():
    assert sorted(NAMES) == sorted(DISTRIBUTIONS)


@pytest.mark.parametrize("support", [REAL, POSITIVE, (0.3, 0.8)], ids=["real", "positive", "interval"])
@pytest.mark.parametrize("spec", EXAMPLES, ids=NAMES)
def test_density_is_the_normalised_one_on_the_support(spec, support):
    prior = Prior.from_dict(spec)
    lower, upper = prior.support(support)
    mass, _ = quad(
        lambda x: density(prior, (lower, upper), np.array([x]))[0], lower, upper, epsabs=1e-10, limit=200
    )
    assert mass == pytest.approx(1, abs=1e-6)
    x = min(max(0.6, lower), upper)
    expected = math.exp(prior_log_density(spec, lower, upper, x))
    assert density(prior, (lower, upper), np.array([x]))[0] == pytest.approx(expected, rel=1e-10)
    if math.isfinite(lower):
        assert density(prior, (lower, upper), np.array([lower - 0.1]))[0] == 0


@pytest.mark.parametrize(
    ("spec", "vector"),
    [
        ({"dist": "normal", "mu": 1, "sigma": 2}, [0, 1, 2]),
        ({"dist": "student_t", "nu": 3, "mu": 1, "sigma": 2}, [3, 1, 2]),
        ({"dist": "half_cauchy", "sigma": 2}, [0, 0, 2]),
        ({"dist": "half_student_t", "nu": 3, "sigma": 2}, [3, 0, 2]),
        ({"dist": "gamma", "alpha": 4, "beta": 5}, [4, 5, 0]),
        ({"dist": "exponential", "beta": 5}, [5, 0, 0]),
        ({"dist": "uniform", "lower": -1, "upper": 4}, [-1, 4, 0]),
    ],
)
def test_arguments_stand_where_the_stan_programs_read_them(spec, vector):
    assert Prior.from_dict(spec).stan_args() == vector


def test_codes_are_shared_only_by_a_distribution_and_its_half():
    by_code = {}
    for name, distribution in DISTRIBUTIONS.items():
        by_code.setdefault(distribution.code, set()).add(name.removeprefix("half_"))
    assert sorted(by_code) == list(range(1, 12))
    assert all(len(names) == 1 for names in by_code.values())


@pytest.mark.parametrize(
    ("spec", "bounds", "expected"),
    [
        ({"dist": "half_normal", "sigma": 3}, POSITIVE, math.log(0.5)),
        ({"dist": "normal", "mu": 0, "sigma": 3}, REAL, 0.0),
        ({"dist": "normal", "mu": 0, "sigma": 3}, (-math.inf, 0.0), math.log(0.5)),
        ({"dist": "uniform", "lower": -1, "upper": 4}, (0.0, 4.0), math.log(0.8)),
        ({"dist": "lognormal", "mu": 0, "sigma": 1}, POSITIVE, 0.0),
        # The logarithm survives where the mass itself underflows.
        ({"dist": "normal", "mu": -40, "sigma": 1}, POSITIVE, -804.608442),
    ],
)
def test_log_mass_of_a_support(spec, bounds, expected):
    assert log_mass(Prior.from_dict(spec), bounds) == pytest.approx(expected, abs=1e-6)


def test_a_prior_without_mass_on_the_support_is_refused():
    with pytest.raises(ConfigError, match=r"normal\(mu=0, sigma=1\) gives no probability to 50 to 51"):
        log_mass(Prior("normal", {"mu": 0.0, "sigma": 1.0}), (50, 51))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"dist": "lognormal", "mu": 0, "sigma": 1}, math.inf),
        ({"dist": "inv_gamma", "alpha": 1, "beta": 1}, math.inf),
        ({"dist": "gamma", "alpha": 1, "beta": 1}, 1),
        ({"dist": "gamma", "alpha": 0.5, "beta": 1}, 0.5),
        ({"dist": "gamma", "alpha": 4, "beta": 1}, 4),
        ({"dist": "beta", "alpha": 2, "beta": 3}, 2),
        ({"dist": "uniform", "lower": 0, "upper": 3}, 1),
        ({"dist": "uniform", "lower": 0.1, "upper": 3}, math.inf),
        ({"dist": "exponential", "beta": 1}, 1),
        ({"dist": "normal", "mu": 5, "sigma": 1}, 1),
        ({"dist": "half_cauchy", "sigma": 1}, 1),
        ({"dist": "half_normal", "sigma": 1}, 1),
    ],
)
def test_a_prior_tells_its_power_at_zero(spec, expected):
    prior = Prior.from_dict(spec)
    assert prior.power_at_zero() == expected
    with np.errstate(divide="ignore"):
        near, nearer = np.log(density(prior, prior.support(POSITIVE), np.array([1e-20, 1e-40])))
    if math.isinf(expected):
        assert nearer < near - 50 * math.log(1e20) or np.isneginf([near, nearer]).all()
    else:
        assert (near - nearer) / math.log(1e20) + 1 == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"dist": "half_student_t", "nu": 3, "sigma": 1}, 3),
        ({"dist": "half_cauchy", "sigma": 1}, 1),
        ({"dist": "inv_gamma", "alpha": 2.5, "beta": 1}, 2.5),
        ({"dist": "lognormal", "mu": 0, "sigma": 0.1}, math.inf),
        ({"dist": "gamma", "alpha": 2, "beta": 1}, math.inf),
        ({"dist": "half_normal", "sigma": 1}, math.inf),
        ({"dist": "exponential", "beta": 1}, math.inf),
    ],
)
def test_a_prior_tells_its_power_at_infinity(spec, expected):
    prior = Prior.from_dict(spec)
    assert prior.power_at_infinity() == expected
    with np.errstate(divide="ignore"):
        far, farther = np.log(density(prior, (0.0, math.inf), np.array([1e6, 1e12])))
    if math.isinf(expected):
        assert farther < far - 50 * math.log(1e6) or np.isneginf(farther)
    else:
        assert (far - farther) / math.log(1e6) - 1 == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"dist": "signed_beta", "alpha": 2, "beta": 3}, 2),
        ({"dist": "beta", "alpha": 2, "beta": 3}, 3),
        ({"dist": "uniform", "lower": -0.9, "upper": 0.9}, math.inf),
        ({"dist": "uniform", "lower": -0.9, "upper": 1}, 1),
        ({"dist": "normal", "mu": 0, "sigma": 0.1}, 1),
        ({"dist": "damped_beta", "alpha": 2, "beta": 2, "limit": 0.5}, math.inf),
    ],
)
def test_a_prior_tells_its_power_at_the_ends(spec, expected):
    prior = Prior.from_dict(spec)
    assert prior.power_at_ends() == expected
    ends = np.array([1 - 2.0**-30, 1 - 2.0**-40])
    with np.errstate(divide="ignore"):
        bounds = prior.support(CORRELATION)
        both = np.array([np.log(density(prior, bounds, sign * ends)) for sign in (-1, 1)])
    falls = [(at - near) / math.log(2.0**10) + 1 for at, near in both if np.isfinite(near)]
    if math.isinf(expected):
        assert min(falls, default=math.inf) > 50
    else:
        assert min(falls) == pytest.approx(expected, abs=1e-4)


def test_lists_give_one_prior_a_component():
    priors = per_component({"dist": "normal", "mu": [1, 2], "sigma": 3}, 2)
    assert [str(prior) for prior in priors] == ["normal(mu=1, sigma=3)", "normal(mu=2, sigma=3)"]
    assert [Prior.from_dict(prior.to_dict()) for prior in priors] == priors


@pytest.mark.parametrize("spec", EXAMPLES, ids=NAMES)
def test_correct_priors_have_no_problem_and_incomplete_ones_do(spec):
    assert prior_problem(spec, (-1, 1)) is None
    incomplete = dict(list(spec.items())[:-1])
    assert f"a {spec['dist']} prior takes" in prior_problem(incomplete, REAL)


@pytest.mark.parametrize("spec", EXAMPLES, ids=NAMES)
def test_central_interval_holds_its_probability(spec):
    prior = Prior.from_dict(spec)
    bounds = prior.support(POSITIVE)
    low, high = interval(prior, bounds, 0.9)
    mass, _ = quad(lambda x: density(prior, bounds, np.array([x]))[0], low, high)
    below, _ = quad(lambda x: density(prior, bounds, np.array([x]))[0], bounds[0], low)
    assert mass == pytest.approx(0.9, abs=1e-6)
    assert below == pytest.approx(0.05, abs=1e-6)
