"""Which posteriors have a finite integral: the powers of families against quadrature, and what is refused."""

import math

import numpy as np
import pytest
from scipy import integrate

from stanmix.data import checking, planes
from stanmix.errors import DataError
from stanmix.families import FAMILIES, DataScale, family_of
from stanmix.priors.density import frozen


def demand(components, spec, weight=None):
    return [{"model": "m", "components": components, "spec": spec, "weight": weight}]


def normal(prior, **more):
    return {"family": "normal", "parameters": {"sigma": {"prior": prior, **more}}}


def tied(ties, others=9):
    """One value so many times, and others that differ."""
    return np.concatenate([np.full(ties, 2.0), 5 + np.arange(others) ** 1.1])


# Powers of families


def growth(family, values, y, along, ratio=4.0):
    """Log-log slope of the likelihood of y, integrated over one parameter, where it has no bound.

    ``along`` gives values at a step, the parameter that is integrated, and the range around its ridge.
    """
    logs = []
    for step in (values, values * ratio):
        point, name, low, high = along(step)
        x = np.linspace(low, high, 20_001)
        grid = {key: np.broadcast_to(value, x.shape) for key, value in point.items()} | {name: x}
        log_likelihood = family.log_density(y, grid).sum(axis=0)
        top = log_likelihood.max()
        logs.append(top + np.log(integrate.simpson(np.exp(log_likelihood - top), x=x)))
    return (logs[1] - logs[0]) / math.log(ratio)


ALONG = {
    "normal": ("sigma", lambda s: ({"sigma": 1 / s}, "mu", 0.4 - 20 / s, 0.4 + 20 / s)),
    "student_t": ("sigma", lambda s: ({"sigma": 1 / s, "nu": 4.0}, "mu", 0.4 - 1e3 / s, 0.4 + 1e3 / s)),
    "skew_normal": ("omega", lambda s: ({"omega": 1 / s, "alpha": 1.0}, "xi", 0.4 - 20 / s, 0.4 + 20 / s)),
    "lognormal": (
        "sigma",
        lambda s: ({"sigma": 1 / s}, "mu", math.log(0.4) - 20 / s, math.log(0.4) + 20 / s),
    ),
    "gamma": ("alpha", lambda s: ({"alpha": s}, "beta", *ridge(s / 0.4, s))),
    "weibull": ("alpha", lambda s: ({"alpha": s}, "sigma", 0.4 * (1 - 20 / s), 0.4 * (1 + 20 / s))),
    "beta": ("alpha", lambda s: ({"alpha": s}, "beta", *ridge(1.5 * s, s))),
    "von_mises": ("kappa", lambda s: ({"kappa": s}, "mu", 0.4 - 20 / s**0.5, 0.4 + 20 / s**0.5)),
}


def ridge(middle, s):
    return middle * (1 - 15 / s**0.5), middle * (1 + 15 / s**0.5)


@pytest.mark.parametrize("name", ALONG)
@pytest.mark.parametrize("ties", [2, 5])
def test_the_power_of_tied_observations_is_what_quadrature_gives(name, ties):
    family = FAMILIES[name]
    parameter, along = ALONG[name]
    own = family.parameter(parameter)
    found = growth(family, 1e5, np.full(ties, 0.4), along)
    assert found == pytest.approx(own.rate * ties - own.regained, abs=2e-3)


def test_every_unbounded_parameter_of_single_numbers_is_held_against_quadrature():
    unbounded = {
        f.name for f in FAMILIES.values() if any(p.unbounded_at in ("zero", "infinity") for p in f.parameters)
    }
    assert unbounded == set(ALONG)


@pytest.mark.parametrize("rows", [4, 9])
def test_the_power_of_collinear_rows_is_what_quadrature_gives(rows):
    # Rows on a line; the integral is over the second mean and the second standard deviation.
    y = np.arange(rows, dtype=float)[:, None] * [1.0, 2.0]
    family = family_of({"family": "multi_normal"}, 2)
    at, logs = y.mean(axis=0), []
    sd = y.std(axis=0)
    steps = np.array([1e-6, 1e-7])
    for u in steps:
        # The line of likely rows has the slope rho sigma_2 / sigma_1.
        mean = at[1] + np.linspace(-12, 12, 161) * sd[1] * math.sqrt(2 * u)
        sigma = sd[1] / (1 - u) * (1 + np.linspace(-12, 12, 161) * math.sqrt(2 * u))
        mean, sigma = (part.ravel() for part in np.meshgrid(mean, sigma))
        ones = np.ones_like(mean)
        values = {
            "mu_1": at[0] * ones,
            "mu_2": mean,
            "sigma_1": sd[0] * ones,
            "sigma_2": sigma,
            "pcor_2_1": (1 - u) * ones,
        }
        log_likelihood = family.log_density(y, values).sum(axis=0)
        area = (mean.max() - mean.min()) * (sigma.max() - sigma.min())
        top = log_likelihood.max()
        logs.append(top + math.log(np.exp(log_likelihood - top).mean() * area))
    assert (logs[1] - logs[0]) / math.log(10) == pytest.approx((rows - 2) / 2, abs=0.02)


# The default priors bear any data


@pytest.mark.parametrize("structure", ["VVV", "VVI", "EEE", "VEE", "EVV", "VVE", "VEV", "FA"])
@pytest.mark.parametrize("family", ["multi_normal", "multi_student_t"])
def test_default_priors_of_covariances_fall_faster_than_any_power(family, structure):
    made = family_of({"family": family, "structure": structure}, 4)
    scale = made.scale(np.random.default_rng(1).normal(size=(50, 4)))
    powers = {
        "zero": "power_at_zero",
        "infinity": "power_at_infinity",
        "ends": "power_at_ends",
        "extremes": "power_at_infinity",
    }
    seen = 0
    for parameter in made.parameters:
        if parameter.unbounded_at:
            assert math.isinf(getattr(parameter.default_prior(scale), powers[parameter.unbounded_at])())
            seen += 1
    assert seen


@pytest.mark.parametrize(("columns", "rows"), [(2, 8), (2, 40), (3, 12), (5, 30)])
def test_a_component_that_is_driven_into_the_singularity_comes_back(columns, rows):
    # All rows in one plane: the correlations of the last column go to the end, the others stay. The log of
    # likelihood times prior on the unconstrained scale, from closed forms, since doubles end at 1 - 1e-16.
    z = np.linspace(1, 60, 2000)
    log_left = math.log(4) - 2 * z - 2 * np.log1p(np.exp(-2 * z))  # log(1 - tanh(z)^2)
    likelihood = -(rows - columns) / 2 * log_left
    family = family_of({"family": "multi_normal"}, columns)
    last = family.parameter(f"pcor_{columns}_{columns - 1}")
    prior = frozen(last.default_prior(DataScale(0, 1)))
    density = likelihood + prior._log_height(z) - prior.log_constant
    top = density.argmax()
    assert z[top] < 15
    assert (np.diff(density[top:]) <= 0).all()
    # It falls faster than linearly in z, hence faster than any power of what is left.
    assert density[-1] < density[top] - 1000
    lkj = likelihood + (prior._log_height(z) + (z / prior.limit) ** 4)
    assert (np.diff(lkj[500:]) > 0).all() == (rows >= columns + 4)


# Priors that are refused


GAMMA = {"dist": "gamma", "alpha": 2, "beta": 1}
HALF_NORMAL = {"dist": "half_normal", "sigma": 5}


@pytest.mark.parametrize(
    ("y", "components", "spec"),
    [
        (tied(5), 2, normal(GAMMA)),
        (tied(5), 2, normal({**GAMMA, "alpha": 4})),
        (tied(2), 1, normal(HALF_NORMAL) | {"noise": True}),
        (tied(2), 3, normal(HALF_NORMAL, shared=True) | {"noise": True}),
        (np.array([1.0, 1.0, 2.0, 3.0, 3.0]), 3, normal(HALF_NORMAL, shared=True)),
        (tied(2), 3, normal(HALF_NORMAL, equal=[[1, 2]])),
        (
            tied(1),
            2,
            {"family": "normal", "parameters": {"mu": {"fixed": [2, None]}, "sigma": {"prior": HALF_NORMAL}}},
        ),
        # More than half of the rows are tied, and the tails of a Student-t distribution bear the others.
        (tied(9, 5), 1, {"family": "student_t", "parameters": {"sigma": {"prior": HALF_NORMAL}}}),
        (
            np.array([0.3] * 6 + [0.5, 0.6, 0.7]),
            2,
            {
                "family": "gamma",
                "parameters": {
                    name: {"prior": {"dist": "half_student_t", "nu": 1, "sigma": 1}}
                    for name in ("alpha", "beta")
                },
            },
        ),
        (
            np.array([0.3] * 6 + [0.5, 0.6, 0.7]),
            2,
            {"family": "weibull", "parameters": {"alpha": {"prior": {"dist": "half_cauchy", "sigma": 1}}}},
        ),
    ],
)
def test_a_prior_that_does_not_bear_the_ties_is_refused(y, components, spec):
    with pytest.raises(DataError, match=r"toy has the value .* no finite integral. Give"):
        checking.check(y, "toy", demand(components, spec))


@pytest.mark.parametrize(
    ("y", "components", "spec"),
    [
        (tied(5), 2, normal({**GAMMA, "alpha": 4.1})),
        (tied(2), 2, normal(GAMMA)),
        (tied(2), 1, normal(HALF_NORMAL)),
        (tied(2), 3, normal(HALF_NORMAL, shared=True)),
        (
            tied(5),
            2,
            {"family": "normal", "parameters": {"mu": {"fixed": [1, 3]}, "sigma": {"prior": HALF_NORMAL}}},
        ),
        (tied(5, 9), 1, {"family": "student_t", "parameters": {"sigma": {"prior": HALF_NORMAL}}}),
        (tied(5), 2, normal({"dist": "uniform", "lower": 0.01, "upper": 9})),
        (
            np.array([0.3] * 6 + [0.5, 0.6, 0.7]),
            2,
            {"family": "gamma", "parameters": {"alpha": {"prior": {"dist": "half_cauchy", "sigma": 1}}}},
        ),
    ],
)
def test_a_prior_that_bears_the_ties_passes(y, components, spec):
    checking.check(y, "toy", demand(components, spec))


def test_weights_count_as_ties():
    y, spec = np.array([1.0, 2.0, 5.0, 6.0]), normal(HALF_NORMAL)
    checking.check(y, "toy", demand(2, spec, np.ones(4)))
    with pytest.raises(DataError, match="the value 2 2 times"):
        checking.check(y, "toy", demand(2, spec, np.array([1.0, 2.0, 1.0, 1.0])))
    checking.check(y, "toy", demand(2, normal({**GAMMA, "alpha": 1.6}), np.array([1.0, 2.5, 1.0, 1.0])))
    with pytest.raises(DataError, match=r"alpha above 1\.5"):
        checking.check(y, "toy", demand(2, normal({**GAMMA, "alpha": 1.5}), np.array([1.0, 2.5, 1.0, 1.0])))


def test_identical_rows_count_once_a_column_where_all_columns_have_one_scale():
    rng = np.random.default_rng(1)
    y = np.concatenate([np.full((3, 2), 1.0), rng.normal(5, 1, (9, 2))])
    spec = {
        "family": "multi_normal",
        "structure": "VII",
        "parameters": {"sigma": {"prior": {**GAMMA, "alpha": 4}}},
    }
    with pytest.raises(DataError, match=r"the value \(1, 1\) 3 times.*alpha above 4"):
        checking.check(y, "toy", demand(2, spec))
    spec["parameters"] = {"sigma": {"prior": {**GAMMA, "alpha": 4.5}}}
    checking.check(y, "toy", demand(2, spec))


LKJ = {"dist": "signed_beta", "alpha": 2, "beta": 2}


class TestRowsInALine:
    def scores(self, seed=1, n=100):
        """Pairs of whole numbers from two groups, as tests give them."""
        rng = np.random.default_rng(seed)
        return np.round(np.concatenate([rng.normal(8, 2, (n // 2, 2)), rng.normal(14, 2, (n // 2, 2))]))

    def spec(self, prior, **more):
        return {"family": "multi_normal", "parameters": {"pcor_2_1": {"prior": prior, **more}}}

    @pytest.mark.parametrize("seed", range(20))
    def test_rounded_pairs_always_have_eight_rows_or_more_in_a_line(self, seed):
        y = self.scores(seed)
        assert planes.fullest(y, np.ones(len(y))) >= 8

    def test_the_rows_of_the_fullest_line_are_found(self):
        rng = np.random.default_rng(3)
        y = np.concatenate([rng.normal(size=(50, 2)), np.arange(7)[:, None] * [1.0, -0.3] + 0.1])
        assert planes.fullest(y, np.ones(57)) == 7
        y = np.concatenate([rng.normal(size=(60, 3)), rng.normal(size=(20, 2)) @ rng.normal(size=(2, 3))])
        assert planes.fullest(y, np.ones(80)) == 20

    def test_lkj_is_refused_for_them_and_damped_ends_pass(self):
        y = self.scores()
        with pytest.raises(DataError, match=r"in one line of 2 columns.*damped_beta"):
            checking.check(y, "toy", demand(2, self.spec({"dist": "signed_beta", "alpha": 2, "beta": 2})))
        checking.check(
            y, "toy", demand(2, self.spec({"dist": "damped_beta", "alpha": 2, "beta": 2, "limit": 2.5}))
        )
        checking.check(y, "toy", demand(2, self.spec({"dist": "uniform", "lower": -0.9, "upper": 0.9})))
        checking.check(y, "toy", demand(2, {"family": "multi_normal"}))

    def test_one_correlation_for_all_components_cannot_collapse(self):
        spec = self.spec({"dist": "uniform", "lower": -1, "upper": 1}, shared=True)
        checking.check(self.scores(), "toy", demand(2, spec))
        with pytest.raises(DataError, match="in one line"):
            checking.check(self.scores(), "toy", demand(2, spec | {"noise": True}))

    def test_rows_in_general_position_bear_lkj(self):
        y = np.random.default_rng(1).normal(size=(100, 2))
        checking.check(y, "toy", demand(2, self.spec({"dist": "signed_beta", "alpha": 2, "beta": 2})))

    def test_lines_and_planes_of_more_columns_are_counted_too(self):
        rng = np.random.default_rng(4)
        y = np.concatenate([rng.normal(size=(90, 3)), rng.normal(size=(12, 3))])
        # Only the first and the third column of a few rows are in a line.
        y[90:, 2] = 1 - 2 * y[90:, 0]

        def of(name, prior):
            return demand(2, {"family": "multi_normal", "parameters": {name: {"prior": prior}}})

        checking.check(y, "toy", of("pcor_2_1", LKJ))
        with pytest.raises(DataError, match=r"total weight 12 in one line of 2 columns.*pcor_3_1"):
            checking.check(y, "toy", of("pcor_3_1", LKJ))
        y[90:, 2] += y[90:, 1]
        checking.check(y, "toy", of("pcor_3_1", LKJ))
        with pytest.raises(DataError, match=r"total weight 12 in one plane of 3 columns.*pcor_3_2"):
            checking.check(y, "toy", of("pcor_3_2", LKJ))
        checking.check(y, "toy", of("pcor_3_2", {"dist": "signed_beta", "alpha": 4.6, "beta": 4.6}))
        checking.check(y, "toy", of("pcor_3_2", {"dist": "uniform", "lower": -0.9, "upper": 0.9}))

    @pytest.mark.parametrize("columns", [3, 4, 6])
    def test_rounded_rows_of_any_columns_do_not_bear_lkj(self, columns):
        y = np.round(np.random.default_rng(columns).normal(10, 2, (150, columns)))
        for i in range(2, columns + 1):
            spec = {"family": "multi_normal", "parameters": {f"pcor_{i}_{i - 1}": {"prior": LKJ}}}
            with pytest.raises(DataError, match="Leave the prior out"):
                checking.check(y, "toy", demand(3, spec))

    def test_rows_whose_planes_are_too_many_to_count_bear_what_all_rows_in_one_would(self):
        y = np.random.default_rng(5).normal(size=(100, 6))
        spec = {"family": "multi_normal", "parameters": {"pcor_6_5": {"prior": LKJ}}}
        with pytest.raises(DataError, match=r"has 100 rows, too many to count.*might have.*damped_beta"):
            checking.check(y, "toy", demand(2, spec))
        spec["parameters"]["pcor_6_5"]["prior"] = {"dist": "signed_beta", "alpha": 47.1, "beta": 47.1}
        checking.check(y, "toy", demand(2, spec))

    def test_shared_correlations_collapse_where_the_components_planes_hold_all_rows(self):
        rng = np.random.default_rng(6)
        y = rng.normal(size=(60, 2))
        y[:, 1] = y[:, 0] + np.repeat([0.0, 5.0, 9.0], 20)
        spec = {"family": "multi_normal", "structure": "EEE", "parameters": {"pcor_2_1": {"prior": LKJ}}}
        checking.check(y, "toy", demand(2, spec))
        with pytest.raises(DataError, match="total weight 20 in one line"):
            checking.check(y, "toy", demand(3, spec))
        y[-1] += [0.0, 0.5]
        checking.check(y, "toy", demand(3, spec))
        with pytest.raises(DataError, match="in one line"):
            checking.check(y, "toy", demand(3, spec | {"family": "multi_student_t"}))

    def lines(self, each=5):
        """Two lines of few rows among rows in general position."""
        y = np.random.default_rng(9).normal(size=(60, 2))
        y[:each, 1] = y[:each, 0]
        y[each : 2 * each, 1] = 4 - 2 * y[each : 2 * each, 0]
        return y

    def test_components_that_share_a_correlation_collapse_at_the_same_time(self):
        checking.check(self.lines(), "toy", demand(3, self.spec(LKJ)))
        with pytest.raises(DataError, match="total weight 5 in one line"):
            checking.check(self.lines(), "toy", demand(3, self.spec(LKJ, equal=[[1, 2]])))
        checking.check(self.lines(3), "toy", demand(3, self.spec(LKJ, equal=[[1, 2]])))

    @pytest.mark.parametrize("treatment", [{"fixed": 0.0}, {"shared": True}])
    @pytest.mark.parametrize("name", ["mu_1", "sigma_2"])
    def test_means_and_scales_that_are_not_a_components_own_give_nothing_back(self, name, treatment):
        if (name, treatment) == ("sigma_2", {"fixed": 0.0}):
            treatment = {"fixed": 1.0}
        spec = self.spec(LKJ)
        spec["parameters"][name] = treatment
        with pytest.raises(DataError, match="total weight 5 in one line"):
            checking.check(self.lines(), "toy", demand(3, spec))
        checking.check(self.lines(3), "toy", demand(3, spec))

    def test_many_rows_of_many_columns_bear_lkj_where_the_correlations_are_shared(self):
        y = np.random.default_rng(7).normal(size=(400, 6))
        spec = {"family": "multi_normal", "structure": "EEE", "parameters": {"pcor_6_5": {"prior": LKJ}}}
        checking.check(y, "toy", demand(4, spec))
        checking.check(y[:60], "toy", demand(2, spec))

    def test_uniquenesses_bear_no_power(self):
        y = np.random.default_rng(8).normal(size=(80, 5))
        spec = {
            "family": "multi_normal",
            "structure": "FA",
            "factors": 2,
            "parameters": {"psi_3": {"prior": HALF_NORMAL}},
        }
        with pytest.raises(DataError, match="psi_3 a lognormal or inv_gamma prior"):
            checking.check(y, "toy", demand(2, spec))
        spec["parameters"]["psi_3"]["prior"] = {"dist": "inv_gamma", "alpha": 2, "beta": 1}
        checking.check(y, "toy", demand(2, spec))

    def test_stretches_bear_no_power(self):
        rng = np.random.default_rng(1)
        y = np.concatenate([rng.normal(size=(40, 3)), rng.normal(size=(9, 2)) @ rng.normal(size=(2, 3))])
        spec = {
            "family": "multi_normal",
            "structure": "VEV",
            "parameters": {"stretch_1": {"shared": False, "prior": {"dist": "cauchy", "mu": 0, "sigma": 1}}},
        }
        with pytest.raises(DataError, match=r"stretch_1.*normal"):
            checking.check(y, "toy", demand(2, spec))
