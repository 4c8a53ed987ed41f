"""The Stan program of every family against its description in NumPy: densities and quantities."""

from dataclasses import replace

import cmdstanpy
import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import chi

from stanmix.families import FAMILIES, MULTIVARIATE, Observations, family_of
from stanmix.families.multivariate import STRUCTURES
from stanmix.families.multivariate.structures import LENGTH
from stanmix.io import write_stan_json
from stanmix.model import resolve
from stanmix.posterior.datatree import read_chains
from stanmix.posterior.densities import log_joint
from stanmix.priors.density import frozen
from stanmix.stan import programs
from stanmix.stan.chains import write_stan_csv
from stanmix.stan.sampling import columns_of, generate_quantities, read_stan_csv, sample_chain
from stanmix.starts.clusters import start
from stanmix.starts.conditioning import conditioned

# Compiling takes a quarter of a minute each. `make test` has one family with all that data may say of a
# mixture, and one of rows; the long tier has one case of each program, and the slow tier the others.
QUICK = ["normal-told", "multi_normal-EEE"]
LONG = [
    "product",
    "von_mises",
    "hurdle_poisson",
    "beta_binomial",
    "multi_normal-VEV-holes",
    "multi_student_t",
    "beta_binomial-told",
    "product-told",
    "multi_normal-VEV-holes-told",
    "multi_student_t-holes-told",
]
CASES = [
    *FAMILIES,
    "product",
    *(f"multi_normal-{structure}" for structure in (*STRUCTURES, "FA")),
    "multi_normal-VVI-holes",
    "multi_normal-VEV-holes",
    "multi_normal-FA-holes-told",
    "multi_student_t",
    "multi_student_t-EEE-holes",
    "normal-told",
    "binomial-told",
    "beta_binomial-told",
    "product-told",
    "multi_normal-VEV-holes-told",
    "multi_student_t-holes-told",
]
BOTH = [
    "product",
    "multi_normal-EEE",
    "multi_normal-FA-holes-told",
    "normal-told",
    "binomial-told",
    "product-told",
]
K, N = 2, 40
PROCESSOR = "portable"  # one instruction set compiles faster; test_kernels.py has all of them, at -O3


def spec_of(case):
    name, *further = case.split("-")
    structure = [each for each in further if each not in ("holes", "told")]
    spec = {"family": name, "components": K} | ({"structure": structure[0]} if structure else {})
    if name == "product":
        spec["families"] = ["normal", "poisson", "categorical"]
    return spec | ({"missing": True} if "holes" in further else {})


def told_of(y):
    """Weights and labels of observations: two of the first component, one of the second."""
    labels = np.zeros(len(y), dtype=np.intp)
    labels[[0, 1, -1]] = 1, 1, 2
    return Observations(y, np.linspace(0.4, 2.5, len(y)), labels)


def observations_of(case, rng):
    family = family_of(spec_of(case), 3)
    if family.name == "product":  # with missing cells
        columns = rng.normal(0, 1, N), rng.poisson(np.repeat([2, 9], N // 2)), rng.integers(1, 4, N)
        y = np.column_stack(columns).astype(float)
        y[[3, 3, 7, 30], [0, 1, 2, 0]] = np.nan
        return y
    if family.name in MULTIVARIATE:
        y = np.concatenate([rng.normal(0, 1, (N // 2, 3)), rng.normal([6, 1, -2], 1, (N // 2, 3))])
        if family.missing:
            holes = rng.random((N, 3)) < 0.3
            holes[:, 1] &= ~(holes[:, 0] & holes[:, 2])
            y[holes] = np.nan
        return y
    if family.support.has_trials:
        trials = rng.integers(5, 30, N)
        return np.column_stack([rng.binomial(trials, np.repeat([0.2, 0.7], N // 2)), trials]).astype(float)
    if family.support.whole:
        return rng.poisson(np.repeat([1.5, 12], N // 2)).astype(float)
    if family.support.upper == 1:
        return rng.beta(np.repeat([3, 20], N // 2), np.repeat([15, 6], N // 2))
    if family.name == "von_mises":
        return rng.vonmises(np.repeat([-1, 2], N // 2), 6)
    return np.exp(rng.normal(np.repeat([0, 2], N // 2), 0.3))


def tier_of(case):
    """The mark of the tests that a case is run with; none for `make test`."""
    return [] if case in QUICK else pytest.mark.long if case in LONG else pytest.mark.slow


@pytest.mark.parametrize("case", [pytest.param(case, marks=tier_of(case)) for case in CASES])
@pytest.mark.parametrize("likelihood", ["kernel", "stan"])
def test_the_program_of_a_family_is_what_its_description_says(
    cmdstan, tmp_path, monkeypatch, case, likelihood
):
    monkeypatch.setenv("O", "1")  # compiles in half the time
    if likelihood == "stan" and case not in BOTH:
        pytest.skip("both likelihoods of single numbers are compared in test_kernels.py")
    rng = np.random.default_rng(1)
    y, spec = observations_of(case, rng), spec_of(case)
    family = family_of(spec, 3)
    model = resolve(spec, K, family.scale(y))
    if case.endswith("told"):  # labels, weights, and noise
        spec |= {"noise": True}
        model = resolve(spec, K, family.scale(y), known=[1, 2], weighted=True, region=family.region(y))
        y = told_of(y)
    y = Observations.of(y)
    model = conditioned(model, y, 1)
    family, total = model.family, model.components
    executables = {}
    for name in (family.stan_program, f"{family.stan_program}_quantities"):
        executables[name] = str(tmp_path / name)
        programs.build(name, likelihood, executables[name], tmp_path / f"{name}.json", PROCESSOR)
    write_stan_json(tmp_path / "data.json", model.stan_data(y))
    found = start(model, y, 1)
    write_stan_json(tmp_path / "init.json", found["init"])
    write_stan_json(tmp_path / "metric.json", {"inv_metric": found["inv_metric"]})
    files = {"init": tmp_path / "init.json", "metric": tmp_path / "metric.json"}
    chain = tmp_path / "chain.parquet"
    settings = {"warmup": 200, "draws": 50, "adapt_delta": 0.9, "max_treedepth": 10}
    sample_chain(
        executables[family.stan_program], tmp_path / "data.json", files, chain, settings, seed=1, chain=1
    )
    values, _ = read_chains([chain], model)
    flat = {name: value.reshape(-1, total) for name, value in values.items()}

    # Without Jacobian, the log density is the likelihood's and the priors'.
    program = cmdstanpy.CmdStanModel(exe_file=executables[family.stan_program])
    point = {name: value[7] for name, value in flat.items()}
    write_stan_json(tmp_path / "point.json", model.stan_values(point))
    value = log_density_of(program, tmp_path / "point.json", tmp_path / "data.json")
    expected = described(model, point, y)
    assert value == pytest.approx(expected, rel=1e-9)
    if model.noise:
        stan = model.stan_data(y)
        wrong = {name: np.asarray(stan[name]) + 0.01 for name in ("noise_log_density", "noise_of_row")}
        write_stan_json(tmp_path / "wrong.json", stan | wrong)
        value = log_density_of(program, tmp_path / "point.json", tmp_path / "wrong.json")
        assert value != pytest.approx(expected, rel=1e-9)
        write_stan_json(tmp_path / "unknown.json", stan | {"has_labels": 0, "label": []})
        value = log_density_of(program, tmp_path / "point.json", tmp_path / "unknown.json")
        unknown = replace(y, label=None)
        assert value == pytest.approx(described(model, point, unknown), rel=1e-9)

    # The generated quantities of every draw.
    write_stan_csv([chain], tmp_path / "draws.csv")
    write_stan_json(tmp_path / "quantities.json", model.stan_data(y) | {"pointwise": 1, "predictive": 1})
    arguments = tmp_path / "quantities.json", tmp_path / "draws.csv", tmp_path, 7
    output = read_stan_csv(generate_quantities(executables[f"{family.stan_program}_quantities"], *arguments))
    log_lik = np.logaddexp.reduce(log_joint(model, flat, y), axis=-1)
    assert columns_of(output, "log_lik") == pytest.approx(log_lik, rel=1e-9, abs=1e-9)
    responsibility = np.stack([columns_of(output, f"responsibility.{n + 1}") for n in range(N)], axis=1)
    known = y.labels
    assert (responsibility[:, known > 0] == np.eye(total)[known[known > 0] - 1]).all()
    y_rep = family.replicated(y.y, columns_of(output, "y_rep"))
    assert y_rep.shape == (50, *family.observed(y.y).shape)
    if not family.support.has_trials:
        assert not family.support.outside(y_rep[~np.isnan(y_rep)]).any()
    if family.name == "product":  # each column has its own kind, of noise too
        for d, own in enumerate(family.of_column):
            cells = y_rep[..., d]
            assert not own.support.outside(cells[~np.isnan(cells)]).any()
            assert np.nanmax(cells) <= getattr(own, "levels", np.inf)
    for statistic in family.statistics.values():
        assert np.isfinite(statistic(y_rep)).all()
    # Replicated data look like the data: their mean within the spread of 50 of them.
    means = np.nanmean(y_rep.reshape(50, -1), axis=1)
    seen = family.observed(y.y)
    assert abs(np.nanmean(seen) - means.mean()) < 5 * means.std() + 0.05 * (np.nanmax(seen) - np.nanmin(seen))


def described(model, point, y):
    """The log density of the likelihood and the priors at a point, by the description in NumPy."""
    joint = log_joint(model, {name: value[None] for name, value in point.items()}, y)[0]
    found = y.weights @ np.logaddexp.reduce(joint, axis=1)
    found += gammaln(model.components)  # log density of a flat Dirichlet distribution
    for name, plan in model.parameters.items():
        free = plan.free_values(point[name])
        found += sum(frozen(p).logpdf(x) for p, x in zip(plan.priors, free, strict=True))
        found -= sum(_log_mass(p, b) for p, b in zip(plan.priors, plan.bounds, strict=True))
    return found + _of_lengths(model, point)


def _of_lengths(model, point):
    """What the lengths of vectors that give axes add: chi's density of more coordinates over its own."""
    D = getattr(model.family, "columns", 0)
    if not D or "axis_1_1" not in point:
        return 0.0
    found = 0.0
    shared = model.parameters["axis_1_1"].shared
    for k in range(1 if shared else K):
        vectors = np.array([[point[f"axis_{i + 1}_{j + 1}"][k] for j in range(D - 1)] for i in range(D)])
        for j in range(D - 1):
            left = vectors[:, j]
            if j:
                before = vectors[:, :j]
                left = left - before @ np.linalg.lstsq(before, left, rcond=None)[0]
            length = np.linalg.norm(left)
            found += chi(LENGTH * D).logpdf(length) - chi(D - j).logpdf(length)
    return found


def log_density_of(program, point, data):
    """The log density of a program at a point, without Jacobians."""
    found = program.log_prob(str(point), str(data), jacobian=False, sig_figs=18)
    return float(found.iloc[0, 0])


def _log_mass(prior, bounds):
    distribution = frozen(prior)
    return np.log(distribution.cdf(bounds[1]) - distribution.cdf(bounds[0]))
