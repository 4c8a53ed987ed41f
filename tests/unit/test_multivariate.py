"""The multivariate normal family: its covariances, densities, estimates and prior, against SciPy."""

import numpy as np
import pytest
from scipy import stats

from stanmix import data
from stanmix.errors import DataError
from stanmix.families import family_of
from stanmix.families.multivariate import STRUCTURES, MultiNormal
from stanmix.initialise import start
from stanmix.model import Model, resolve

K = 2
SHARED = {"EII", "EEI", "EEE"}


def values_of(family, seed=1):
    """Random values of all parameters, the same in both components where the structure shares them."""
    rng = np.random.default_rng(seed)
    values = {}
    for parameter in family.parameters:
        lower, upper = parameter.support
        draw = rng.uniform(-0.7, 0.7, K) if upper == 1 else rng.uniform(0.5, 2, K)
        values[parameter.name] = np.full(K, draw[0]) if parameter.name in family.shared else draw
        if lower == -np.inf:
            values[parameter.name] = rng.normal(0, 3, K)
    return values


def resolved(structure, y, components=K, **spec):
    full = {"family": "multi_normal", "structure": structure, "components": components, **spec}
    return resolve(full, components, family_of(full, y.shape[1]).scale(y))


@pytest.mark.parametrize("columns", [2, 3, 5])
@pytest.mark.parametrize("structure", STRUCTURES)
class TestStructure:
    def test_its_densities_and_moments_are_scipys(self, structure, columns):
        family = MultiNormal(structure, columns)
        values = values_of(family)
        y = np.random.default_rng(2).normal(0, 3, (20, columns))
        means, covariances = family.means(values), family.covariances(values)
        for k in range(K):
            expected = stats.multivariate_normal(means[k], covariances[k])
            assert family.log_density(y, values)[:, k] == pytest.approx(expected.logpdf(y), rel=1e-10)
            assert family.moments(values)[0][k] == pytest.approx(means[k, 0])
            assert family.moments(values)[1][k] == pytest.approx(covariances[k, 0, 0])
            first = stats.norm(means[k, 0], np.sqrt(covariances[k, 0, 0]))
            assert family.score_density(y, values)[k] == pytest.approx(first.pdf(y[:, 0]))
        assert np.array_equal(covariances[0], covariances[1]) == (structure in SHARED)

    def test_its_simulator_and_estimate_agree(self, structure, columns):
        family = MultiNormal(structure, columns)
        values, component = values_of(family), np.repeat(np.arange(K), 20_000)
        y = family.simulate(np.random.default_rng(3), component, values)
        found = family.estimate(y, np.maximum(np.eye(K)[component], 1e-12))
        assert list(found) == [p.name for p in family.parameters]
        for name, value in values.items():
            assert found[name] == pytest.approx(value, abs=0.08)

    def test_chains_start_inside_the_supports(self, structure, columns):
        rng = np.random.default_rng(4)
        y = rng.normal(0, 1, (60, columns)) * np.logspace(0, 6, columns)
        for components in (1, 3):
            model = resolved(structure, y, components)
            bounds = [each for plan in model.parameters.values() for each in plan.bounds]
            found = start(model, y, 1, metric="diagonal")
            for value, (lower, upper) in zip(found["init"]["free"], bounds, strict=True):
                assert lower < value < upper
            assert (found["inv_metric"] > 0).all()
            data_for_stan = model.stan_data(y)
            assert data_for_stan["D"] == columns
            assert np.shape(data_for_stan["free_index"]) == (len(model.parameters), components)
            assert Model.from_dict(model.to_dict()).to_dict() == model.to_dict()


def test_what_a_structure_shares_has_one_value():
    y = np.random.default_rng(1).normal(size=(50, 3))
    counts = {s: len(resolved(s, y, 2).stan_data(y)["free_prior"]) for s in STRUCTURES}
    means = 2 * 3
    assert counts == {
        "EII": means + 1,
        "VII": means + 2,
        "EEI": means + 3,
        "VVI": means + 6,
        "EEE": means + 6,
        "VVV": means + 12,
    }
    assert resolved("EEE", y).stan_data(y)["G"] == 1
    assert resolved("VVV", y).stan_data(y)["G"] == 2


@pytest.mark.parametrize("columns", [2, 4])
def test_default_partial_correlations_make_the_lkj_prior(columns):
    # The correlation of any two columns under LKJ(eta) is beta(eta - 1 + D / 2) on -1 to 1.
    family = MultiNormal("VVV", columns)
    rng, draws = np.random.default_rng(1), 4000
    values = {p.name: np.ones(draws) for p in family.parameters}
    scale = family.scale(rng.normal(size=(10, columns)))
    for name in family.partials:
        prior = family.parameter(name).default_prior(scale)
        values[name] = stats.beta(prior.args["alpha"], prior.args["beta"], -1, 2).rvs(draws, random_state=rng)
    correlations = family.covariances(values)
    shape = 2 - 1 + columns / 2
    for i in range(columns):
        for j in range(i):
            test = stats.kstest(correlations[:, i, j], stats.beta(shape, shape, -1, 2).cdf)
            assert test.pvalue > 1e-3


def test_rows_are_simulated_read_and_described(tmp_path):
    spec = {
        "family": "multi_normal",
        "structure": "VVI",
        "counts": [3, 4],
        "parameters": {"mu_1": [0, 9], "mu_2": 1, "sigma_1": 1, "sigma_2": [1, 2]},
    }
    frame, truth = data.simulate(spec, 1)
    assert list(frame) == ["y_1", "y_2", "component"]
    assert (truth["structure"], truth["columns"]) == ("VVI", 2)
    facts = data.describe("rows", frame, "simulated")
    assert [column["mean"] for column in facts["columns"]] == pytest.approx(frame[["y_1", "y_2"]].mean())
    data.write(frame, facts, str(tmp_path / "data.parquet"), str(tmp_path / "data.json"))
    assert data.observations(tmp_path / "data.parquet").shape == (7, 2)
    frame.rename(columns={"y_1": "length", "y_2": "width"}).to_csv(tmp_path / "rows.csv", index=False)
    again = data.read(tmp_path / "rows.csv", ["length", "width"])
    assert np.allclose(again, frame[["y_1", "y_2"]])
    with pytest.raises(DataError, match="no column 'depth'"):
        data.read(tmp_path / "rows.csv", ["length", "depth"])


def test_data_and_family_must_have_as_many_columns():
    demand = {"model": "m", "components": 2, "spec": {"family": "multi_normal"}}
    with pytest.raises(DataError, match="Name two columns or more"):
        data.check(np.arange(9.0), "toy", [demand])
    demand["spec"] = {"family": "normal"}
    with pytest.raises(DataError, match="Name one column"):
        data.check(np.random.default_rng(1).normal(size=(9, 2)), "toy", [demand])


def test_one_tied_column_is_enough_to_collapse_on():
    y = np.random.default_rng(1).normal(size=(9, 2))
    y[:4, 1] = 0.5
    prior = {"prior": {"dist": "half_normal", "sigma": 1}}
    spec = {"family": "multi_normal", "parameters": {"sigma_2": prior}}
    with pytest.raises(DataError, match=r"the value 0\.5 4 times.*sigma_2"):
        data.check(y, "toy", [{"model": "m", "components": 2, "spec": spec}])
    spec["parameters"] = {"sigma_1": prior}  # whose column has no ties
    data.check(y, "toy", [{"model": "m", "components": 2, "spec": spec}])


def test_a_constant_column_is_refused():
    y = np.random.default_rng(1).normal(size=(9, 2))
    y[:, 1] = 3
    demand = {"model": "m", "components": 2, "spec": {"family": "multi_normal"}}
    with pytest.raises(DataError, match="column 2 has the value 3 in all 9 rows"):
        data.check(y, "toy", [demand])
