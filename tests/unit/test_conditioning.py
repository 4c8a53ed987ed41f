"""Coordinates on which the posterior of multivariate components is nearly spherical."""

import json
from decimal import Decimal, localcontext

import numpy as np
import pytest

from stanmix.families import family_of
from stanmix.families.multivariate import STRUCTURES
from stanmix.families.multivariate.covariances import partial_names, partials_of, restrained_partials
from stanmix.model import Model, resolve
from stanmix.model.joint import without_bounds
from stanmix.priors.density import frozen
from stanmix.starts.clusters import start
from stanmix.starts.conditioning import MOST_TOGETHER, conditioned

# Three columns on a line but for a millionth: the eigenvalues are 74.5, 1.4e-7 and 7e-8.
NEARLY_SINGULAR = np.array(
    [
        [32.00000007, 35.99999993, 8.00000001],
        [35.99999993, 40.50000006, 8.99999998],
        [8.00000001, 8.99999998, 2.00000008],
    ]
)


def nearly_singular_rows(n=200, seed=1):
    root = np.linalg.cholesky(NEARLY_SINGULAR)
    return np.random.default_rng(seed).normal(size=(n, 3)) @ root.T


def groups(columns, n=150, seed=2):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(columns, columns)) / 2 + np.eye(columns)
    y = rng.normal(size=(n, columns)) @ root.T
    y[: n // 3] += 8
    return y


def model_of(y, components=1, known=None, **spec):
    spec = {"family": "multi_normal", "components": components, **spec}
    family = family_of(spec, y.shape[1])
    return resolve(spec, components, family.scale(y), known=known)


DISTRIBUTIONS = {}


def distribution(prior):
    if str(prior) not in DISTRIBUTIONS:
        DISTRIBUTIONS[str(prior)] = frozen(prior)
    return DISTRIBUTIONS[str(prior)]


def log_posterior(model, y, theta, free):
    """The log density on the scale on which Stan samples, up to a constant."""
    values = {"theta": theta}
    result = at = 0
    for name, plan in model.parameters.items():
        own = free[at : at + len(plan.priors)]
        at += len(plan.priors)
        values[name] = np.array([own[i - 1] if i else f for i, f in zip(plan.index, plan.fixed, strict=True)])
        for prior, (lower, upper), x in zip(plan.priors, plan.bounds, own, strict=True):
            result += float(distribution(prior).logpdf(x))
            result += np.log(x - lower) if np.isfinite(lower) else 0
            result += np.log(upper - x) if np.isfinite(upper) else 0
    joint = np.log(theta) + model.family.log_density(y, {n: v for n, v in values.items() if n != "theta"})
    return result + float(np.logaddexp.reduce(joint, axis=1).sum())


def free_of(model, standard):
    """The free values at coordinates, as the Stan program makes them."""
    unbounded = model.joint.centre + model.joint.scale @ standard
    result = []
    for u, (lower, upper) in zip(unbounded, model.free_bounds, strict=True):
        if np.isfinite(lower) and np.isfinite(upper):
            result.append(lower + (upper - lower) / (1 + np.exp(-u)))
        else:
            result.append(lower + np.exp(u) if np.isfinite(lower) else u)
    return np.array(result)


@pytest.mark.parametrize("structure", ["VVV", "EEE", "VEE", "EVV", "VVE", "VEV", "FA"])
def test_the_coordinates_lead_back_to_the_values(structure):
    y = groups(4)
    model = conditioned(model_of(y, 2, structure=structure), y, 1)
    rng = np.random.default_rng(1)
    standard = rng.normal(0, 0.1, len(model.joint.members))
    free = free_of(model, standard)
    point = model.stan_point(np.array([0.4, 0.6]), free)
    assert point["standard"] == pytest.approx(standard, rel=1e-6, abs=1e-8)
    again = Model.from_dict(json.loads(json.dumps(model.to_dict())))
    assert again.stan_point(np.array([0.4, 0.6]), free)["standard"] == pytest.approx(
        point["standard"], abs=1e-12
    )
    stan = model.stan_data(y)
    assert stan["n_joint"] == len(standard) == stan["n_free"]
    assert np.isneginf(stan["free_lower"]).all() and np.isposinf(stan["free_upper"]).all()


@pytest.mark.parametrize("structure", [*STRUCTURES, "FA"])
def test_only_structures_with_related_columns_have_any(structure):
    y = groups(3)
    model = conditioned(model_of(y, 2, structure=structure), y, 1)
    alone = structure in ("EII", "VII", "EEI", "VVI")
    assert (model.joint is None) == alone
    assert (
        conditioned(
            resolve({"family": "normal"}, 2, family_of({"family": "normal"}).scale(y[:, 0])), y[:, 0], 1
        ).joint
        is None
    )


@pytest.mark.parametrize("structure", ["EVE", "VVE", "EEV", "VEV"])
def test_each_vector_that_gives_an_axis_is_mapped_for_itself_along_the_axes(structure):
    y = groups(4)
    model = conditioned(model_of(y, 2, structure=structure), y, 1)
    scale = model.joint.scale.toarray()
    names = [name for name, plan in model.parameters.items() for _ in plan.priors]
    copies = 2 if structure.endswith("V") else 1
    seen = 0
    for j in range(3):
        places = [
            i for i, name in enumerate(names) if name.startswith("axis_") and name.endswith(f"_{j + 1}")
        ]
        for copy in range(copies):
            own = places[copy::copies]
            assert len(own) == 4
            others = np.setdiff1d(np.arange(len(names)), own)
            assert not scale[np.ix_(own, others)].any() and not scale[np.ix_(others, own)].any()
            product = scale[np.ix_(own, own)].T @ scale[np.ix_(own, own)]
            assert product == pytest.approx(np.diag(np.diag(product)), abs=1e-10 * product.max())
            # The vector's own direction is among the columns: its length is not of the data.
            vector = model.joint.centre[own]
            columns = scale[np.ix_(own, own)] / np.sqrt(np.diag(product))
            assert np.abs(columns.T @ vector).max() == pytest.approx(np.linalg.norm(vector))
            seen += 1
    assert seen == 3 * copies


def test_vectors_that_give_axes_do_not_make_the_matrix_too_large():
    y = groups(9, n=400)
    model = model_of(y, 6, structure="VEV")
    assert sum(len(plan.priors) for plan in model.parameters.values()) > MOST_TOGETHER
    assert len(conditioned(model, y, 1).joint.members) > MOST_TOGETHER


@pytest.mark.parametrize(
    "rows", [nearly_singular_rows(), groups(3)[50:]], ids=["nearly singular", "ordinary"]
)
def test_the_posterior_of_one_component_is_nearly_spherical_on_them(rows):
    model = conditioned(model_of(rows), rows, 1)
    theta, n, m = np.ones(1), len(rows), len(model.joint.members)

    def at(standard):
        return log_posterior(model, rows, theta, free_of(model, standard))

    # From the best point on these coordinates, the log density falls by n / 2 times the squared distance.
    best = np.zeros(m)
    step = 0.3 / np.sqrt(n)
    for _ in range(8):
        for e in np.eye(m) * step:
            up, here, down = at(best + e), at(best), at(best - e)
            best = best + np.clip((up - down) / (2 * max(2 * here - up - down, 1e-3)), -2, 2) * e
    h = 0.5 / np.sqrt(n)
    hessian = np.array(
        [
            [
                (at(best + a + b) - at(best + a - b) - at(best - a + b) + at(best - a - b)) / (4 * h * h)
                for a in np.eye(m) * h
            ]
            for b in np.eye(m) * h
        ]
    )
    spread = np.linalg.eigvalsh(-hessian) / n
    assert spread.max() / spread.min() < 20  # without them it is 1e9 for the first rows


def test_fixed_and_shared_values_are_not_sampled_together_twice():
    y = groups(3)
    model = model_of(
        y,
        3,
        parameters={
            "mu_1": {"fixed": [0, None, None]},
            "sigma_2": {"shared": True},
            "pcor_3_1": {"equal": [[1, 2]]},
        },
    )
    model = conditioned(model, y, 1)
    # Two means of the first column, one sd of the second, two correlations of columns 3 and 1.
    assert len(model.joint.members) == 3 * 9 - 1 - 2 - 1
    assert np.isfinite(start(model, y, 1)["init"]["standard"]).all()


def test_many_columns_have_their_means_alone_and_then_nothing():
    y = np.random.default_rng(1).normal(size=(100, 25))
    model = conditioned(model_of(y, 2), y, 1)
    names = [name for name, plan in model.parameters.items() for _ in plan.priors]
    assert {names[i][:3] for i in model.joint.members} == {"mu_"}
    assert model.stan_data(y)["free_lower"][names.index("sigma_1")] == 0


# What near singular correlations are


def test_the_log_density_of_nearly_singular_rows_is_exact():
    # At the mean, from the covariance as it is written, with 60 digits.
    with localcontext() as context:
        context.prec = 60
        two_pi = 2 * Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
        (a, b, c), (_, d, e), (_, _, f) = ([Decimal(repr(float(x))) for x in row] for row in NEARLY_SINGULAR)
        determinant = a * (d * f - e * e) - b * (b * f - e * c) + c * (b * e - d * c)
        expected = float(-(3 * two_pi.ln() + determinant.ln()) / 2)
        # ... of the double values of the parameters, which round the covariance in its 9th digit.
        family = family_of({"family": "multi_normal"}, 3)
        values = {f"sigma_{d + 1}": np.array([np.sqrt(NEARLY_SINGULAR[d, d])]) for d in range(3)}
        values |= partials_of(NEARLY_SINGULAR[None]) | {f"mu_{d + 1}": np.zeros(1) for d in range(3)}
        exact = -3 * two_pi.ln() / 2
        for name, value in values.items():
            x = Decimal(float(value[0]))
            if name.startswith("sigma"):
                exact -= x.ln()
            elif name.startswith("pcor"):
                exact -= ((1 - x) * (1 + x)).ln() / 2
        exact = float(exact)
    assert expected == pytest.approx(11.1852708732, abs=1e-9)
    found = family.log_density(np.zeros((1, 3)), values)[0, 0]
    assert found == pytest.approx(exact, rel=1e-12)
    assert found == pytest.approx(expected, rel=2e-8)


@pytest.mark.parametrize("columns", [2, 4])
def test_partial_correlations_make_the_covariance_again(columns):
    rng = np.random.default_rng(columns)
    root = rng.normal(size=(columns, columns))
    covariance = root @ root.T
    values = partials_of(covariance[None])
    values |= {f"sigma_{d + 1}": np.array([np.sqrt(covariance[d, d])]) for d in range(columns)}
    family = family_of({"family": "multi_normal"}, columns)
    assert family.covariances(values)[0] == pytest.approx(covariance, rel=1e-9)


def test_restrained_partial_correlations_leave_what_is_asked_for():
    values = {name: np.array([0.999, 0.2]) for name in partial_names(3)}
    least = np.array([[0.0, 0.0], [0.5, 0.5], [0.1, 0.1]])
    found = restrained_partials(values, least)
    left = [
        np.sqrt(1 - found["pcor_2_1"] ** 2),
        np.sqrt((1 - found["pcor_3_1"] ** 2) * (1 - found["pcor_3_2"] ** 2)),
    ]
    assert left[0] == pytest.approx([0.5, np.sqrt(1 - 0.04)])
    assert left[1] == pytest.approx([0.1, 1 - 0.04])
    for name in values:
        assert found[name][1] == 0.2


def test_unbounded_values_are_those_on_which_stan_samples():
    bounds = [(-np.inf, np.inf), (0.0, np.inf), (-1.0, 1.0), (-np.inf, 2.0)]
    found = without_bounds(np.array([1.5, 2.0, 0.5, -1.0]), bounds)
    assert found == pytest.approx([1.5, np.log(2), 2 * np.arctanh(0.5), np.log(3)])
