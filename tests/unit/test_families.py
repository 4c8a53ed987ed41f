import inspect

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from stanmix.config import config_schema
from stanmix.families import FAMILIES, DataScale
from stanmix.paths import STAN

VALUES = {"normal": {"mu": np.array([0.0, 5.0]), "sigma": np.array([1.0, 2.5])}}
SCIPY = {"normal": lambda v, k: stats.norm(v["mu"][k], v["sigma"][k])}


def test_the_schema_offers_exactly_the_families_that_there_are():
    assert config_schema()["$defs"]["family"]["enum"] == list(FAMILIES)
    assert set(VALUES) == set(SCIPY) == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
class TestFamily:
    def test_its_stan_files_are_there(self, family):
        for name in (family.program, f"{family.program}_quantities"):
            assert (STAN / "models" / f"{name}.stan").is_file()
        assert (STAN / "functions" / f"{family.program}_mixture_lpdf.stan").is_file()
        assert (STAN / "kernels" / f"{family.program}_mixture_lpdf.stan").is_file()
        assert (STAN / "kernels" / f"{family.program}_mixture.hpp").is_file()

    def test_its_parameters_are_the_data_of_its_program(self, family):
        text = (STAN / "models" / f"{family.program}_data.stan").read_text("utf-8")
        for parameter in family.parameters:
            for part in ("index", "fixed", "lower", "upper", "prior", "prior_args", "prior_log_mass"):
                assert f" {parameter.name}_{part};" in text

    def test_it_is_described(self, family):
        assert family.name in FAMILIES
        assert family.order_by in [parameter.name for parameter in family.parameters]
        assert inspect.getdoc(family)
        for parameter in family.parameters:
            assert parameter.description
            prior = parameter.default_prior(DataScale(-1.0, 4.0))
            lower, upper = prior.support(parameter.support)
            assert lower < upper
            assert not (parameter.is_scale and prior.positive_at_zero())

    def test_its_densities_are_scipys(self, family):
        values = VALUES[family.name]
        y = np.linspace(-3, 9, 7)
        for k in range(2):
            expected = SCIPY[family.name](values, k)
            assert family.log_density(y, values)[:, k] == pytest.approx(expected.logpdf(y), rel=1e-12)
            assert family.density(y, values)[k] == pytest.approx(expected.pdf(y), rel=1e-12)
            mean, variance = family.moments(values)
            assert (mean[k], variance[k]) == pytest.approx((expected.mean(), expected.var()))
        assert quad(lambda x: family.density(np.array([x]), values)[0, 0], -50, 50)[0] == pytest.approx(1)

    def test_densities_broadcast_over_draws(self, family):
        values = {name: np.broadcast_to(value, (3, 4, 2)) for name, value in VALUES[family.name].items()}
        assert family.density(np.zeros(5), values).shape == (3, 4, 2, 5)

    def test_maximise_finds_the_largest_weighted_likelihood(self, family):
        rng = np.random.default_rng(1)
        y = np.concatenate([rng.normal(0, 1, 30), rng.normal(5, 2, 30)])
        responsibility = rng.dirichlet([1, 1], size=60)
        best = family.maximise(y, responsibility)

        def weighted(values):
            return (responsibility * family.log_density(y, values)).sum()

        for name, value in best.items():
            for shift in (-1e-3, 1e-3):
                assert weighted({**best, name: value + shift}) < weighted(best)
