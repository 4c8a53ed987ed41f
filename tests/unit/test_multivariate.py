"""The multivariate normal family: its covariances, densities, estimates and prior, against SciPy."""

import numpy as np
import pytest
from scipy import stats

from helpers import assert_haar, free_values
from stanmix.data import checking, description, reading, simulation, storage, ties
from stanmix.errors import DataError
from stanmix.families import family_of
from stanmix.families.multivariate import STRUCTURES, MultiNormal, MultiStudentT, eigen, most_factors
from stanmix.families.multivariate.covariances import partial_names
from stanmix.families.multivariate.structures import LENGTH
from stanmix.model import Model, resolve
from stanmix.posterior.functionals import functionals, log_prior
from stanmix.priors.density import frozen
from stanmix.starts.clusters import start
from stanmix.starts.optima import Optimum, merge

K = 2
SHARED = {"EII", "EEI", "EEE"}
ALL = [*STRUCTURES, "FA"]


def values_of(family, seed=1):
    """Random values of all parameters, the same in both components where the structure shares them."""
    rng = np.random.default_rng(seed)
    values = {}
    for parameter in family.parameters:
        lower, upper = parameter.support
        draw = rng.uniform(-0.7, 0.7, K) if upper == 1 else rng.uniform(0.5, 2, K)
        if parameter.name == "nu":
            draw = rng.uniform(4, 9, K)
        values[parameter.name] = np.full(K, draw[0]) if parameter.name in family.shared else draw
        if lower == -np.inf:
            draw = rng.normal(0, 3, K) if parameter.name.startswith("mu") else rng.uniform(-1.5, 1.5, K)
            values[parameter.name] = np.full(K, draw[0]) if parameter.name in family.shared else draw
    return values


def resolved(structure, y, components=K, **spec):
    full = {"family": "multi_normal", "structure": structure, "components": components, **spec}
    return resolve(full, components, family_of(full, y.shape[1]).scale(y))


@pytest.mark.parametrize("columns", [2, 3, 5])
@pytest.mark.parametrize("structure", ALL)
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
        for parameter in family.parameters:
            if parameter.identified:
                assert found[parameter.name] == pytest.approx(values[parameter.name], abs=0.08)
        estimated, true = family.covariances(found), family.covariances(values)
        if structure != "FA" or columns > 2:  # of two columns no factor can be told
            assert estimated == pytest.approx(true, abs=0.04 * np.abs(true).max())
        for name in family.shared:
            assert np.ptp(found[name]) == pytest.approx(0, abs=1e-12)

    def test_chains_start_inside_the_supports(self, structure, columns):
        rng = np.random.default_rng(4)
        y = rng.normal(0, 1, (60, columns)) * np.logspace(0, 6, columns)
        for components in (1, 3):
            model = resolved(structure, y, components)
            bounds = [each for plan in model.parameters.values() for each in plan.bounds]
            found = start(model, y, 1, metric="diagonal")
            for value, (lower, upper) in zip(free_values(model, found["init"]), bounds, strict=True):
                assert lower < value < upper
            assert (found["inv_metric"] > 0).all()
            data_for_stan = model.stan_data(y)
            assert data_for_stan["D"] == columns
            assert np.shape(data_for_stan["free_index"]) == (len(model.parameters), components)
            assert Model.from_dict(model.to_dict()).to_dict() == model.to_dict()


def test_what_a_structure_shares_has_one_value():
    y = np.random.default_rng(1).normal(size=(50, 3))
    counts = {s: len(resolved(s, y, 2).stan_data(y)["free_prior"]) for s in ALL}
    means = 2 * 3
    assert counts == {
        "EII": means + 1,
        "VII": means + 2,
        "EEI": means + 3,
        "VEI": means + 4,
        "EVI": means + 5,
        "VVI": means + 6,
        "EEE": means + 6,
        "VEE": means + 7,
        "EVE": means + 11,
        "VVE": means + 12,
        "EEV": means + 15,
        "VEV": means + 16,
        "EVV": means + 11,
        "VVV": means + 12,
        "FA": means + 12,
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
    for name in partial_names(columns):
        prior = family.parameter(name).default_prior(scale)
        values[name] = stats.beta(prior.args["alpha"], prior.args["beta"], -1, 2).rvs(draws, random_state=rng)
    correlations = family.covariances(values)
    shape = 2 - 1 + columns / 2
    for i in range(columns):
        for j in range(i):
            test = stats.kstest(correlations[:, i, j], stats.beta(shape, shape, -1, 2).cdf)
            assert test.pvalue > 1e-3


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_structure_has_what_its_letters_say(structure):
    family = MultiNormal(structure, 3)
    covariances = family.covariances(values_of(family, 5))
    volume, shape, orientation = structure
    assert np.allclose(*map(np.linalg.det, covariances)) == (volume == "E")
    unit = covariances / np.linalg.det(covariances)[:, None, None] ** (1 / 3)
    spectra = np.linalg.eigvalsh(unit)
    assert np.allclose(*spectra) == (shape in "EI")
    assert np.allclose(spectra, 1) == (shape == "I")
    commute = np.allclose(covariances[0] @ covariances[1], covariances[1] @ covariances[0])
    assert commute == (orientation in "EI")
    diagonal = np.allclose(covariances, [np.diag(np.diag(own)) for own in covariances])
    assert diagonal == (orientation == "I")


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_default_vectors_make_the_haar_measure_and_stretches_treat_axes_alike(columns):
    family = MultiNormal("VEV", columns)
    rng, draws = np.random.default_rng(1), 4000
    scale = family.scale(rng.normal(size=(10, columns)))
    values = {p.name: frozen(p.default_prior(scale)).rvs(draws, random_state=rng) for p in family.parameters}
    assert_haar(family.covariance.axes(values))
    spreads = np.log(family.covariance.spreads(values) / values["sigma"][:, None])
    assert spreads.sum(axis=1) == pytest.approx(0, abs=1e-9)
    for j in range(1, columns):
        assert stats.ks_2samp(spreads[:, 0], spreads[:, j]).pvalue > 1e-3


@pytest.mark.parametrize("columns", [2, 3, 4, 6])
def test_axes_are_what_gram_and_schmidt_make_of_vectors(columns):
    vectors = np.random.default_rng(1).normal(size=(9, columns, columns - 1))
    axes, lengths = eigen.axes_of(vectors)
    assert np.einsum("kij,kil->kjl", axes, axes) == pytest.approx(np.tile(np.eye(columns), (9, 1, 1)))
    for j in range(columns - 1):
        before = axes[:, :, :j]
        left = vectors[:, :, j] - np.einsum("kij,klj,kl->ki", before, before, vectors[:, :, j])
        assert np.linalg.norm(left, axis=1) == pytest.approx(lengths[:, j])
        assert left / lengths[:, j, None] == pytest.approx(axes[:, :, j])


def test_axes_that_turn_freely_are_last():
    variance = np.array([[1.0, 9.0, 1.1, 100.0, 0.9], [1.0, 20.0, 1.0, 50.0, 1.0]])
    order = eigen.most_told_apart(variance, np.array([50.0, 50.0]))
    assert sorted(order) == list(range(5))
    assert set(order[:2]) == {1, 3}
    # Where sizes differ but no shapes, none turns more freely than others.
    assert sorted(eigen.most_told_apart(np.ones((2, 3)), np.ones(2))) == [0, 1, 2]


@pytest.mark.parametrize("structure", ["EVE", "VVE", "EEV", "VEV"])
def test_an_ellipsoid_is_equally_probable_by_any_order_and_direction_of_its_axes(structure):
    y = np.random.default_rng(1).normal(size=(30, 4))
    model = resolved(structure, y)
    cov = model.family.covariance
    rng = np.random.default_rng(2)
    axes = np.linalg.qr(rng.normal(size=(K, 4, 4)))[0]
    variance = np.exp(rng.normal(size=(K, 4)))
    if cov.axes_shared:
        axes[1] = axes[0]
    if cov.shape_shared:
        variance[1] = variance[0]
    here = cov._values(variance, axes)
    order, sign = rng.permutation(4), rng.choice([-1.0, 1.0], (K, 1, 4))
    there = cov._values(variance[:, order], axes[:, :, order] * (sign[:1] if cov.axes_shared else sign))
    assert not np.allclose(here["axis_1_1"], there["axis_1_1"])
    assert cov.of(here) == pytest.approx(cov.of(there))
    both = [
        {"theta": np.full(K, 0.5), **{f"mu_{d + 1}": np.zeros(K) for d in range(4)}, **it}
        for it in (here, there)
    ]
    assert log_prior(both[0], model) == pytest.approx(log_prior(both[1], model), rel=1e-12)
    # The search takes them as one, too.
    optima = [Optimum(-100.0, it) for it in both]
    kept, place = merge(model, y, optima)
    assert (len(kept), place) == (1, [0, 0])


@pytest.mark.parametrize("columns", [2, 3, 5])
def test_lengths_make_vectors_as_long_as_those_of_more_coordinates(columns):
    # What is left of each normal vector has a chi distribution, of fewer degrees of freedom each.
    cov = MultiNormal("VEV", columns).covariance
    vectors = np.random.default_rng(1).normal(size=(5, columns, columns - 1))
    values = {name: vectors[:, i, j, None] for j, own in enumerate(cov.vectors) for i, name in enumerate(own)}
    _, lengths = eigen.axes_of(vectors)
    alike = stats.chi(LENGTH * columns).logpdf(lengths)
    normal = stats.chi(columns - np.arange(columns - 1)).logpdf(lengths)
    found = cov.log_prior_beside(values, dict.fromkeys(values, (1,)))
    assert found == pytest.approx((alike - normal).sum(axis=1))


def test_vectors_that_components_share_have_their_prior_once():
    rng = np.random.default_rng(1)
    for structure, times in (("VVE", 1), ("VEV", 2)):
        cov = MultiNormal(structure, 3).covariance
        values = {name: rng.normal(size=1).repeat(2) for own in cov.vectors for name in own}
        index = dict.fromkeys(values, (1, 1) if times == 1 else (1, 2))
        alone = cov.log_prior_beside({n: v[:1] for n, v in values.items()}, dict.fromkeys(values, (1,)))
        assert cov.log_prior_beside(values, index) == pytest.approx(times * alone)
        assert cov.log_prior_beside(values, dict.fromkeys(values, (0, 0))) == 0


def test_factors_are_as_many_as_can_be_told_apart():
    # Ledermann's bound
    assert [most_factors(columns) for columns in range(2, 11)] == [0, 1, 1, 2, 3, 3, 4, 5, 6]


def test_rows_are_simulated_read_and_described(tmp_path):
    spec = {
        "family": "multi_normal",
        "structure": "VVI",
        "counts": [3, 4],
        "parameters": {"mu_1": [0, 9], "mu_2": 1, "sigma_1": 1, "sigma_2": [1, 2]},
    }
    frame, truth = simulation.simulate(spec, 1)
    assert list(frame) == ["y_1", "y_2", "component"]
    assert (truth["structure"], truth["columns"]) == ("VVI", 2)
    facts = description.describe("rows", frame, "simulated")
    assert [column["mean"] for column in facts["columns"]] == pytest.approx(frame[["y_1", "y_2"]].mean())
    storage.write(frame, facts, str(tmp_path / "data.parquet"), str(tmp_path / "data.json"))
    assert storage.responses(tmp_path / "data.parquet").shape == (7, 2)
    frame.rename(columns={"y_1": "length", "y_2": "width"}).to_csv(tmp_path / "rows.csv", index=False)
    again = reading.read(tmp_path / "rows.csv", ["length", "width"])
    assert np.allclose(again, frame[["y_1", "y_2"]])
    with pytest.raises(DataError, match="no column 'depth'"):
        reading.read(tmp_path / "rows.csv", ["length", "depth"])


def test_data_and_family_must_have_as_many_columns():
    demand = {"model": "m", "components": 2, "spec": {"family": "multi_normal"}}
    with pytest.raises(DataError, match="Name two columns or more"):
        checking.check(np.arange(9.0), "toy", [demand])
    demand["spec"] = {"family": "normal"}
    with pytest.raises(DataError, match="Name one column"):
        checking.check(np.random.default_rng(1).normal(size=(9, 2)), "toy", [demand])


def test_one_tied_column_is_enough_to_collapse_on():
    y = np.random.default_rng(1).normal(size=(9, 2))
    y[:4, 1] = 0.5
    prior = {"prior": {"dist": "half_normal", "sigma": 1}}
    spec = {"family": "multi_normal", "parameters": {"sigma_2": prior}}
    with pytest.raises(DataError, match=r"the value 0\.5 4 times.*sigma_2"):
        checking.check(y, "toy", [{"model": "m", "components": 2, "spec": spec}])
    spec["parameters"] = {"sigma_1": prior}  # whose column has no ties
    checking.check(y, "toy", [{"model": "m", "components": 2, "spec": spec}])


def test_a_constant_column_is_refused():
    y = np.random.default_rng(1).normal(size=(9, 2))
    y[:, 1] = 3
    demand = {"model": "m", "components": 2, "spec": {"family": "multi_normal"}}
    with pytest.raises(DataError, match="column 2 has the value 3 in all 9 rows"):
        checking.check(y, "toy", [demand])


class TestMissingCells:
    def holed(self, y, seed=1, share=0.3):
        """Rows of which some cells are missing, but never all."""
        rng = np.random.default_rng(seed)
        holes = rng.random(y.shape) < share
        holes[np.arange(len(y)), rng.integers(0, y.shape[1], len(y))] = False
        return np.where(holes, np.nan, y)

    @pytest.mark.parametrize("family", [MultiNormal, MultiStudentT])
    @pytest.mark.parametrize("structure", ["VVI", "VVV", "EEV", "FA"])
    def test_a_row_has_the_density_of_its_other_cells(self, family, structure):
        family = family(structure, 4, missing=True)
        values = values_of(family)
        y = self.holed(np.random.default_rng(2).normal(0, 3, (30, 4)))
        found = family.log_density(y, values)
        means, covariances = family.means(values), family.covariances(values)
        for row, own in zip(y, found, strict=True):
            some = ~np.isnan(row)
            for k in range(K):
                matrix = covariances[k][np.ix_(some, some)]
                expected = (
                    stats.multivariate_t(means[k][some], matrix, values["nu"][k])
                    if "nu" in values
                    else stats.multivariate_normal(means[k][some], matrix)
                )
                assert own[k] == pytest.approx(expected.logpdf(row[some]), rel=1e-10)
        draws = {name: np.stack([value, value])[:, None] for name, value in values.items()}
        assert family.log_density(y, draws) == pytest.approx(np.stack([found, found]))

    def test_the_estimate_is_that_of_em(self):
        # Where rows are many, as if nothing were missing.
        family = MultiNormal("VVV", 3, missing=True)
        values, component = values_of(family), np.repeat(np.arange(K), 20_000)
        y = self.holed(family.simulate(np.random.default_rng(3), component, values))
        found = family.estimate(y, np.maximum(np.eye(K)[component], 1e-12))
        assert family.means(found) == pytest.approx(family.means(values), abs=0.1)
        assert family.covariances(found) == pytest.approx(family.covariances(values), abs=0.15)

    def test_chains_start_and_stan_is_told_the_patterns(self):
        y = self.holed(np.random.default_rng(4).normal(size=(60, 3)))
        model = resolved("VVV", y, missing=True)
        found = start(model, y, 1, metric="diagonal")
        assert np.isfinite(found["init"]["standard"]).all()
        given = model.stan_data(y)
        assert np.isfinite(given["y"]).all()
        for m in range(given["patterns"]):
            rows = given["by_pattern"][given["first"][m] - 1 : given["last"][m]] - 1
            columns = given["columns"][m][: given["observed"][m]] - 1
            expected = np.zeros(3, dtype=bool)
            expected[columns] = True
            assert (~np.isnan(y[rows]) == expected).all()
            assert (given["pattern"][rows] == m + 1).all()
        assert sorted(given["by_pattern"]) == list(range(1, 61))
        assert Model.from_dict(model.to_dict()).to_dict() == model.to_dict()

    def test_tied_rows_are_collapsed_and_replicated_ones_have_the_same_holes(self):
        y = np.array([[1.0, np.nan], [np.nan, 2.0], [1.0, np.nan], [3.0, 4.0]])
        distinct, count, position = ties.collapse(y)
        assert len(distinct) == 3
        assert np.array_equal(distinct[position], y, equal_nan=True)
        assert sorted(count) == [1, 1, 2]
        family = MultiNormal("VVV", 2, missing=True)
        y_rep = family.replicated(y, np.arange(16.0).reshape(2, 8))
        assert (np.isnan(y_rep) == np.isnan(y)).all()
        for statistic in family.statistics.values():
            assert np.isfinite(statistic(y_rep)).all()

    def test_files_are_read_with_their_holes_or_refused(self, tmp_path):
        file = tmp_path / "rows.csv"
        file.write_text("a,b\n1,2\n,3\n4,\n5,7\n")
        with pytest.raises(DataError, match=r"1 missing values; the first is in row 2.*missing: marginalise"):
            reading.read(file, ["a", "b"])
        frame = reading.read(file, ["a", "b"], missing="marginalise")
        facts = description.describe("rows", frame, "rows.csv")
        assert facts["missing"] == {"cells": 2, "rows": 2}
        assert facts["columns"][0]["mean"] == pytest.approx(10 / 3)
        checking.check(
            storage.of_frame(frame),
            "rows",
            [{"model": "m", "components": 2, "spec": {"family": "multi_normal"}}],
        )
        file.write_text("a,b\n1,2\n,\n4,\n")
        with pytest.raises(DataError, match=r"1 rows in which all of a, b are missing; the first is row 2"):
            reading.read(file, ["a", "b"], missing="marginalise")
        file.write_text("a,b\n1,\n2,\n4,\n")
        with pytest.raises(DataError, match="no value in column b"):
            reading.read(file, ["a", "b"], missing="marginalise")


@pytest.mark.parametrize("structure", ["EEE", "VVV", "VEV"])
class TestMultiStudentT:
    def test_its_densities_are_scipys(self, structure):
        family = MultiStudentT(structure, 3)
        values = values_of(family)
        y = np.random.default_rng(2).normal(0, 3, (20, 3))
        means, scales = family.means(values), family.covariances(values)
        for k in range(K):
            nu = values["nu"][k]
            expected = stats.multivariate_t(means[k], scales[k], nu)
            assert family.log_density(y, values)[:, k] == pytest.approx(expected.logpdf(y), rel=1e-10)
            first = stats.t(nu, means[k, 0], np.sqrt(scales[k, 0, 0]))
            assert family.score_density(y, values)[k] == pytest.approx(first.pdf(y[:, 0]))

    def test_its_simulator_has_its_squared_distances(self, structure):
        family = MultiStudentT(structure, 3)
        values = values_of(family)
        y = family.simulate(np.random.default_rng(3), np.zeros(5000, dtype=np.intp), values)
        square, _ = family.squares(y, values)
        # The squared distance over D is F distributed.
        assert stats.kstest(square[:, 0] / 3, stats.f(3, values["nu"][0]).cdf).pvalue > 1e-3

    def test_its_estimate_resists_outliers(self, structure):
        family = MultiStudentT(structure, 3)
        values = values_of(family) | {"nu": np.full(K, 5.0)}
        component = np.repeat(np.arange(K), 20_000)
        y = family.simulate(np.random.default_rng(4), component, values)
        found = family.estimate(y, np.maximum(np.eye(K)[component], 1e-12))
        assert list(found) == [*(p.name for p in family.parameters)]
        assert family.means(found) == pytest.approx(family.means(values), abs=0.08)
        true = family.covariances(values)
        assert family.covariances(found) == pytest.approx(true, abs=0.05 * np.abs(true).max())


def test_lp_among_the_functionals_is_the_same_for_axes_that_point_the_other_way():
    y = np.random.default_rng(1).normal(size=(30, 2))
    model = resolved("VEV", y)
    values = {name: np.tile(value, (2, 1, 1)) for name, value in values_of(model.family).items()}
    values["theta"] = np.full((2, 1, K), 0.5)
    for name in ("axis_1_1", "axis_2_1"):
        values[name][1] *= -1.1
    # As Stan's, with the prior of the vectors.
    vector = np.stack([values["axis_1_1"], values["axis_2_1"]])
    square = (vector**2).sum(axis=0)
    lp = ((2 * LENGTH - 2) * np.log(square) / 2 - square / 2).sum(axis=-1)
    assert np.ptp(lp) > 0.01
    for name in ("lp", "log likelihood"):
        assert name not in functionals(values, lp, model, y)  # constants are left out


def test_ellipses_of_student_t_components_hold_their_share_of_two_columns():
    rng = np.random.default_rng(1)
    family = family_of({"family": "multi_student_t"}, 3)
    values = {
        "mu_1": [0.0, 5], "mu_2": [1.0, 0], "mu_3": [0.0, 0], "sigma_1": [1.0, 2], "sigma_2": [0.5, 1],
        "sigma_3": [1.0, 1], "pcor_2_1": [0.6, 0], "pcor_3_1": [0.0, 0], "pcor_3_2": [0.3, 0],
        "nu": [2.5, 30],
    }  # fmt: skip
    values = {name: np.array(value) for name, value in values.items()}
    matrices = family.ellipses(values, 0.9)
    for k in range(2):
        y = family.simulate(rng, np.full(40_000, k), values)
        centred = (y - family.means(values)[k])[:, :2]
        square = np.einsum("ni,ij,nj->n", centred, np.linalg.inv(matrices[k][:2, :2]), centred)
        assert (square < stats.chi2(2).ppf(0.9)).mean() == pytest.approx(0.9, abs=0.01)
