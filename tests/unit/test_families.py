"""Every family's densities, moments, simulator and estimates, against SciPy."""

import inspect
import re

import numpy as np
import pytest
from scipy import integrate, stats

from family_values import TRIALS, VALUES
from helpers import free_values
from stanmix.config import config_schema
from stanmix.families import FAMILIES, MULTIVARIATE, DataScale
from stanmix.model import resolve
from stanmix.paths import STAN
from stanmix.stan.sources import complete
from stanmix.starts.clusters import start

K = 2


def values_of(name):
    return {key: np.array(value, dtype=float) for key, value in VALUES[name].values.items()}


def reference(name, k):
    return VALUES[name].distribution(*(value[k] for value in VALUES[name].values.values()))


def simulated(name, n=200, seed=1):
    """n observations of each component, with their components."""
    family, rng = FAMILIES[name], np.random.default_rng(seed)
    component = np.repeat(np.arange(K), n)
    trials = np.full(len(component), float(TRIALS)) if family.support.has_trials else None
    return family.simulate(rng, component, values_of(name), trials), component


def test_every_family_is_offered_and_tried():
    assert config_schema()["$defs"]["family"]["enum"] == [*FAMILIES, *MULTIVARIATE]
    assert set(VALUES) == set(FAMILIES)


def test_priors_of_von_mises_cut_the_circle_where_there_are_few_angles():
    rng = np.random.default_rng(1)
    for centre in np.linspace(-3, 3, 7):
        y = np.mod(rng.vonmises(centre, 3, 200) + np.pi, 2 * np.pi) - np.pi
        scale = FAMILIES["von_mises"].scale(y)
        assert scale.range == pytest.approx(2 * np.pi)
        assert np.cos(scale.minimum - centre) < -0.5


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
class TestFamily:
    def test_its_kernel_is_there(self, family):
        for name in ("component.hpp", "kernel.hpp"):
            assert (STAN / "families" / family.name / name).is_file()

    def test_its_programs_take_its_parameters_in_its_order(self, family):
        for name in (family.name, f"{family.name}_quantities"):
            text = complete(name, "kernel")
            found = re.findall(r"vector\[K\] (\w+) = expand\(free, free_index\[(\d)\], fixed\[\2\]\)", text)
            expected = [(p.name, str(i)) for i, p in enumerate(family.parameters, start=1)]
            assert found == expected

    def test_it_is_documented(self, family):
        text = (STAN.parent / "docs" / "families.md").read_text("utf-8")
        section = text.split(f"### `{family.name}`")[1].split("\n### ")[0]
        for parameter in family.parameters:
            assert f"`{parameter.name}`" in section

    def test_it_is_described(self, family):
        assert inspect.getdoc(family)
        assert set(family.location) <= {p.name for p in family.parameters}
        y, _ = simulated(family.name)
        for parameter in family.parameters:
            assert parameter.description
            prior = parameter.default_prior(family.scale(y))
            lower, upper = prior.support(parameter.support)
            assert lower < upper
            falls = {
                "zero": prior.power_at_zero,
                "infinity": prior.power_at_infinity,
                "ends": prior.power_at_ends,
                "extremes": prior.power_at_infinity,
            }
            if parameter.unbounded_at:
                assert falls[parameter.unbounded_at]() == np.inf

    def test_its_densities_are_scipys(self, family):
        values, (y, _) = values_of(family.name), simulated(family.name, n=20)
        log_density, density = family.log_density(y, values), family.density(y, values)
        for k in range(K):
            expected = reference(family.name, k)
            if family.support.whole:
                log_pmf = expected.logpmf(y[:, 0] if family.support.has_trials else y)
            else:
                log_pmf = expected.logpdf(y)
            assert log_density[:, k] == pytest.approx(log_pmf, rel=1e-10, abs=1e-10)
            assert density[k] == pytest.approx(np.exp(log_pmf), rel=1e-10)

    def test_its_densities_sum_to_one_over_its_grid(self, family):
        values, (y, _) = values_of(family.name), simulated(family.name, n=2000)
        if family.name == "von_mises":
            values["kappa"] = np.array([3.0, 8.0])
        grid = family.grid(y, 4000)
        assert not family.support.outside(grid[:, 0] if grid.ndim == 2 else grid).any()
        density, step = family.density(grid, values), family.step(y)
        if step is None:
            total = integrate.trapezoid(density, family.score(grid))
            assert total == pytest.approx(1, abs=0.1)  # at 0 some have no bound
        else:
            assert density.sum(axis=1) == pytest.approx(1, abs=1e-3)
            assert np.diff(family.score(grid)) == pytest.approx(step)

    def test_its_moments_are_scipys(self, family):
        mean, variance = family.moments(values_of(family.name))
        for k in range(K):
            expected = reference(family.name, k)
            if family.name == "student_t":
                sigma = VALUES["student_t"].values["sigma"][k]
                assert (mean[k], variance[k]) == (expected.mean(), sigma**2)
            elif family.name == "von_mises":
                angle = np.linspace(mean[k] - np.pi, mean[k] + np.pi, 200_001)
                length = integrate.trapezoid(np.cos(angle - mean[k]) * expected.pdf(angle), angle)
                assert variance[k] == pytest.approx(1 - length, rel=1e-6)
            elif family.name == "binomial":
                assert (TRIALS * mean[k], TRIALS * variance[k]) == pytest.approx(
                    (expected.mean(), expected.var())
                )
            elif family.name == "beta_binomial":
                share = stats.beta(*(value[k] for value in values_of(family.name).values()))
                assert (mean[k], variance[k]) == pytest.approx((share.mean(), share.var()))
            else:
                assert (mean[k], variance[k]) == pytest.approx((expected.mean(), expected.var()))

    def test_its_simulator_has_scipys_distribution(self, family):
        y, component = simulated(family.name, n=20_000, seed=2)
        score = y[:, 0] if family.support.has_trials else y
        for k in range(K):
            own, expected = score[component == k], reference(family.name, k)
            if family.support.whole:
                seen, count = np.unique(own, return_counts=True)
                often = count > 100
                deviation = count[often] / len(own) - np.exp(expected.logpmf(seen[often]))
                share = count[often] / len(own)
                assert (np.abs(deviation) < 5 * np.sqrt(share * (1 - share) / len(own))).all()
            else:
                assert stats.kstest(own, expected.cdf).pvalue > 1e-4

    def test_densities_broadcast_over_draws(self, family):
        values = {n: np.broadcast_to(v, (3, 4, K)) for n, v in values_of(family.name).items()}
        y, _ = simulated(family.name, n=3)
        assert family.density(y[:5], values).shape == (3, 4, K, 5)
        assert family.locations(values).shape == (3, 4, K)

    def test_its_estimate_is_near_the_truth(self, family):
        y, component = simulated(family.name, n=5000, seed=3)
        found = family.estimate(y, np.maximum(np.eye(K)[component], 1e-12))
        assert list(found) == [p.name for p in family.parameters]
        locations = family.locations(values_of(family.name))
        assert family.locations(found) == pytest.approx(locations, rel=0.35, abs=0.25)

    def test_an_exact_estimate_has_the_largest_weighted_likelihood(self, family):
        if not VALUES[family.name].by_maximum_likelihood:
            return
        y, _ = simulated(family.name, n=50)
        responsibility = np.random.default_rng(1).dirichlet([1, 1], size=len(y))
        best = family.estimate(y, responsibility)

        def weighted(values):
            return (responsibility * family.log_density(y, values)).sum()

        for name, value in best.items():
            for factor in (1 - 1e-3, 1 + 1e-3):
                assert weighted({**best, name: value * factor}) < weighted(best)

    def test_estimates_are_kept_from_where_the_likelihood_has_no_bound(self, family):
        y, _ = simulated(family.name, n=50)
        responsibility = np.full((len(y), K), 1e-12)
        responsibility[0, 0] = responsibility[1, 1] = 1.0  # each component has one observation
        found = family.restrain(family.estimate(y, responsibility), y, 0.1)
        errors = family.standard_error(found, np.full(K, 25.0))
        for parameter in family.parameters:
            assert np.isfinite(found[parameter.name]).all()
            lower, upper = parameter.support
            assert ((found[parameter.name] > lower) & (found[parameter.name] < upper)).all()
            assert (errors[parameter.name] > 0).all()
        assert np.isfinite(family.log_density(y, found)).any(axis=1).all()

    def test_chains_start_inside_the_supports(self, family):
        y, _ = simulated(family.name, n=50)
        for components in (1, 3):
            spec = {"family": family.name, "components": components}
            model = resolve(spec, components, family.scale(y))
            bounds = [each for plan in model.parameters.values() for each in plan.bounds]
            for seed in range(3):
                found = start(model, y, seed, metric="diagonal")
                for value, (lower, upper) in zip(free_values(model, found["init"]), bounds, strict=True):
                    assert lower < value < upper
                assert (found["inv_metric"] > 0).all()

    def test_its_statistics_are_finite(self, family):
        y, _ = simulated(family.name)
        for statistic in family.statistics.values():
            assert np.isfinite(statistic(np.stack([family.score(y), np.zeros(len(y))]))).all()


def test_scales_of_logarithms_ignore_the_long_tail_below():
    y = np.append(np.random.default_rng(1).gamma(5, size=999), 1e-12)
    assert FAMILIES["gamma"].scale(y).minimum > -3
    assert FAMILIES["lognormal"].scale(y) == DataScale.of(np.log(y))
