"""The ledger of modes on real posteriors, against optima that SciPy finds by itself."""

import numpy as np
import pytest
from scipy.optimize import minimize

from helpers import ROOT, mixture_log_terms, model_of, prior_log_density
from stanmix.io import write_stan_json
from stanmix.judgement import modes
from stanmix.posterior.datatree import assemble, component_values, read_chains
from stanmix.posterior.functionals import functionals, log_likelihood
from stanmix.stan.sampling import program, sample_chain
from stanmix.starts.clusters import start
from stanmix.starts.optima import climb, merge
from stanmix.starts.search import search

# Three groups and two components: two of the groups must share one, and there are two ways.
RNG = np.random.default_rng(7)
Y = np.concatenate([RNG.normal(9, 2, 90), RNG.normal(21, 2, 50), RNG.normal(35, 2, 75)])
MU = {"dist": "normal", "mu": 20, "sigma": 20}
SIGMA = {"dist": "lognormal", "mu": 1.0, "sigma": 1.0}
MODEL = model_of(2, scale=(4, 40), parameters={"mu": {"prior": MU}, "sigma": {"prior": SIGMA}})
STARTS = {"left": ([0.65, 0.35], [13.0, 35.0], [6.0, 2.0]), "right": ([0.42, 0.58], [9.0, 29.0], [2.0, 7.0])}


def log_posterior(theta, mu, sigma):
    """With the Jacobian of the scale on which Stan samples: the logarithm of sigma, log ratios of theta."""
    priors = sum(prior_log_density(MU, -np.inf, np.inf, x) for x in mu)
    priors += sum(prior_log_density(SIGMA, 0, np.inf, x) + np.log(x) for x in sigma)
    priors += np.log(theta).sum()  # Dirichlet(1, 1) is 1
    terms = mixture_log_terms(Y, theta, mu, sigma)
    return priors + np.logaddexp.reduce(terms, axis=1).sum()


@pytest.fixture(scope="session")
def constant(executables, place):
    """What Stan's log density has beside these terms: the units of mu, and the scale of the simplex."""
    theta, mu, sigma = STARTS["left"]
    write_stan_json(place / "point.json", MODEL.stan_point(np.array(theta), np.array([*mu, *sigma])))
    stan = program(executables["normal"]).log_prob(
        str(place / "point.json"), str(place / "data.json"), jacobian=True, sig_figs=18
    )
    return float(stan["lp__"].iloc[0]) - log_posterior(theta, mu, sigma)


def optimum_by_scipy(theta, mu, sigma):
    def negative(x):
        first = 1 / (1 + np.exp(-x[0]))
        return -log_posterior([first, 1 - first], x[1:3], np.exp(x[3:]))

    start = [np.log(theta[0] / theta[1]), *mu, *np.log(sigma)]
    found = minimize(
        negative, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-10, "maxiter": 20000}
    )
    return -found.fun, found.x[1:3]


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("modes")
    write_stan_json(folder / "data.json", MODEL.stan_data(Y))
    return folder


@pytest.fixture(scope="session")
def found(executables, place):
    return search(MODEL, executables["normal"], place / "data.json", Y, 3, place, 240).to_dict()


@pytest.fixture(scope="session")
def fit(executables, place):
    """Chains 1 and 3 at the one mode, 2 at the other, from starts by hand."""
    files = []
    for chain, side in enumerate(("left", "right", "left"), start=1):
        theta, mu, sigma = STARTS[side]
        write_stan_json(place / "init.json", MODEL.stan_point(np.array(theta), np.array([*mu, *sigma])))
        write_stan_json(place / "metric.json", {"inv_metric": np.full(5, 0.01)})
        files.append(place / f"chain_{chain}.parquet")
        sample_chain(
            executables["normal"],
            place / "data.json",
            {"init": place / "init.json", "metric": place / "metric.json"},
            files[-1],
            {"warmup": 300, "draws": 500, "adapt_delta": 0.9, "max_treedepth": 10},
            5,
            chain,
        )
    values, stats = read_chains(files, MODEL)
    return values, stats


@pytest.mark.parametrize("side", STARTS)
def test_search_finds_both_modes_with_their_log_density(found, constant, side):
    log_density, mu = optimum_by_scipy(*STARTS[side])
    log_density += constant
    place = int(np.argmin([abs(it["log_density"] - log_density) for it in found["optima"]]))
    assert found["optima"][place]["log_density"] == pytest.approx(log_density, abs=1e-3)
    assert np.sort(found["optima"][place]["mu"]) == pytest.approx(np.sort(mu), rel=1e-3)


def test_search_counts_every_climb(found):
    assert sum(it["hits"] for it in found["optima"]) + found["failed"] == found["climbs"] > 30
    densities = [it["log_density"] for it in found["optima"]]
    assert densities == sorted(densities, reverse=True)


def test_the_ledger_lists_both_modes_with_their_chains(executables, place, found, fit, constant):
    values, stats = fit
    tree = assemble(values, stats, MODEL, Y)
    invariant = functionals(component_values(tree, MODEL), stats["lp"], MODEL, Y)
    ledger = modes.ledger(invariant, MODEL, tree, Y, found, executables["normal"], place / "data.json", place)
    assert ledger["genuine"]
    visited = {tuple(mode["chains"]): mode for mode in ledger["modes"] if mode["chains"]}
    groups = {tuple(group["chains"]): group for group in ledger["groups"]}
    assert set(visited) == set(groups) == {(1, 3), (2,)}
    for chains, side in (((1, 3), "left"), ((2,), "right")):
        mode, group = visited[chains], groups[chains]
        log_density = optimum_by_scipy(*STARTS[side])[0] + constant
        assert mode["log_density"] == pytest.approx(log_density, abs=1e-3)
        assert mode["share"] == 1
        assert ledger["modes"][group["optima"][0]["mode"] - 1] == mode
        theta, mu, sigma = (
            values[name][[c - 1 for c in chains]].reshape(-1, 2) for name in ("theta", "mu", "sigma")
        )
        grid = np.array(ledger["grid"])
        density = np.mean(
            [np.exp(mixture_log_terms(grid, *point)).sum(1) for point in zip(theta, mu, sigma, strict=True)],
            axis=0,
        )
        assert group["density"] == pytest.approx(density, abs=0.02 * density.max())
        assert sum(group["sizes"]) == len(Y)
        cut = 28 if side == "left" else 15  # between the two components
        assert np.mean((np.array(group["classification"]) == 2) == (cut < Y)) > 0.97
    # At the left mode the two groups on the left share a component: 140 and 75.
    assert sorted(groups[1, 3]["sizes"]) == pytest.approx([75, 140], abs=6)
    assert sum(group["weight"] for group in groups.values()) == pytest.approx(1)


def test_the_weights_are_the_best_for_exact_leave_one_out_scores(executables, place, found, fit):
    values, stats = fit
    tree = assemble(values, stats, MODEL, Y)
    invariant = functionals(component_values(tree, MODEL), stats["lp"], MODEL, Y)
    ledger = modes.ledger(invariant, MODEL, tree, Y, found, executables["normal"], place / "data.json", place)
    elpd = []
    for group in ledger["groups"]:
        own = [
            values[name][[c - 1 for c in group["chains"]]].reshape(-1, 2) for name in ("theta", "mu", "sigma")
        ]
        log_lik = np.array(
            [np.logaddexp.reduce(mixture_log_terms(Y, *point), axis=1) for point in zip(*own, strict=True)]
        )
        elpd.append(np.log(len(log_lik)) - np.logaddexp.reduce(-log_lik, axis=0))  # plain importance sampling
    grid = np.linspace(0, 1, 2001)
    scores = [np.log(w * np.exp(elpd[0]) + (1 - w) * np.exp(elpd[1])).sum() for w in grid]
    assert ledger["groups"][0]["weight"] == pytest.approx(grid[int(np.argmax(scores))], abs=0.03)


def test_the_log_likelihood_is_what_the_log_density_has_beside_priors_and_jacobians(fit):
    values, stats = fit
    ours = log_likelihood(values, stats["lp"], MODEL)[:, ::50].reshape(-1)
    points = zip(*(values[name][:, ::50].reshape(-1, 2) for name in ("theta", "mu", "sigma")), strict=True)
    direct = np.array([np.logaddexp.reduce(mixture_log_terms(Y, *point), axis=1).sum() for point in points])
    assert ours - ours[0] == pytest.approx(direct - direct[0], abs=1e-6)


GALAXIES = np.loadtxt(ROOT / "resources" / "galaxies.csv", skiprows=1)


def galaxies_model(components, alpha=1.0):
    scale = (GALAXIES.min(), GALAXIES.max())
    return model_of(components, scale=scale, weights={"prior": {"dist": "dirichlet", "alpha": alpha}})


@pytest.mark.parametrize("alpha", [1.0, 0.2, 0.05])
def test_no_climb_fails_for_want_of_a_bound(executables, tmp_path, alpha):
    # Without the Jacobian the density rises without end as a weight goes to 0.
    model = galaxies_model(5, alpha)
    write_stan_json(tmp_path / "data.json", model.stan_data(GALAXIES))
    found = search(model, executables["normal"], tmp_path / "data.json", GALAXIES, 1, tmp_path, 20).to_dict()
    assert found["failed"] == 0
    assert sum(it["hits"] for it in found["optima"]) == 20
    for it in found["optima"]:
        assert min(it["theta"]) > 0.001
        assert it["converged"]


def test_an_optimum_with_nearly_singular_curvature_is_one_mode(executables, tmp_path):
    # One group and three components: all that divide it alike are nearly as probable. Stan's own tolerances
    # end such climbs up to 0.2 nats below one another.
    y = np.random.default_rng(1).normal(0, 0.005, 20_000)
    model = model_of(3, scale=(y.min(), y.max()))
    write_stan_json(tmp_path / "data.json", model.stan_data(y))
    ends = [
        climb(model, executables["normal"], tmp_path / "data.json", start(model, y, seed)["init"], tmp_path)
        for seed in range(6)
    ]
    assert np.ptp([end.log_density for end in ends]) < 0.01
    assert len(merge(model, y, ends)[0]) == 1


def test_a_climb_from_where_the_density_is_0_fails(executables, tmp_path):
    model = galaxies_model(2)
    write_stan_json(tmp_path / "data.json", model.stan_data(GALAXIES))
    point = model.stan_point(np.array([0.5, 0.5]), np.array([1e200, -1e200, 1e-200, 1e-200]))
    assert climb(model, executables["normal"], tmp_path / "data.json", point, tmp_path) is None


def galaxies_ledger(executables, folder, components, chains, warmup, draws):
    """The model of the shipped fit to the galaxies, its draws and their ledger."""
    model = galaxies_model(components)
    data = folder / "data.json"
    write_stan_json(data, model.stan_data(GALAXIES))
    files = []
    for chain in range(1, chains + 1):
        first = start(model, GALAXIES, seed=chain)
        write_stan_json(folder / "init.json", first["init"])
        write_stan_json(folder / "metric.json", {"inv_metric": first["inv_metric"]})
        files.append(folder / f"chain_{chain}.parquet")
        sample_chain(
            executables["normal"],
            data,
            {"init": folder / "init.json", "metric": folder / "metric.json"},
            files[-1],
            {"warmup": warmup, "draws": draws, "adapt_delta": 0.95, "max_treedepth": 12},
            20171106,
            chain,
        )
    values, stats = read_chains(files, model)
    tree = assemble(values, stats, model, GALAXIES)
    invariant = functionals(component_values(tree, model), stats["lp"], model, GALAXIES)
    found = search(model, executables["normal"], data, GALAXIES, 1, folder, 240).to_dict()
    made = modes.ledger(invariant, model, tree, GALAXIES, found, executables["normal"], data, folder)
    return model, values, made


def climbs_by_scipy(model, values, number):
    """Log densities at the ends of climbs from random draws, with the Jacobian but for a constant."""
    mu_prior, sigma_prior = (model.parameters[name].priors[0].to_dict() for name in ("mu", "sigma"))
    k = model.components

    def negative(x):
        # Written out, for speed. The weights have one coordinate too many, which is kept at 0.
        log_theta = x[:k] - np.logaddexp.reduce(x[:k])
        mu, log_sigma = x[k : 2 * k], x[2 * k :]
        result = log_theta.sum() - x[:k].mean() ** 2
        result -= 0.5 * (((mu - mu_prior["mu"]) / mu_prior["sigma"]) ** 2).sum()
        result -= 0.5 * (((log_sigma - sigma_prior["mu"]) / sigma_prior["sigma"]) ** 2).sum()
        terms = log_theta - log_sigma - 0.5 * ((GALAXIES[:, None] - mu) / np.exp(log_sigma)) ** 2
        return -result - np.logaddexp.reduce(terms, axis=1).sum()

    rng = np.random.default_rng(5)
    ends = []
    for _ in range(number):
        c, d = rng.integers(values["theta"].shape[0]), rng.integers(values["theta"].shape[1])
        theta, mu, sigma = (values[name][c, d] for name in ("theta", "mu", "sigma"))
        x = np.concatenate([np.log(theta) - np.log(theta).mean(), mu, np.log(sigma)])
        ends.append(-minimize(negative, x, method="BFGS", options={"gtol": 1e-4}).fun)
    return np.array(ends)


@pytest.mark.parametrize(
    "components, chains, warmup, draws",
    [
        (5, 2, 500, 1000),
        pytest.param(5, 4, 1000, 4000, marks=pytest.mark.slow),
        pytest.param(6, 4, 1000, 4000, marks=pytest.mark.slow),
    ],
)
def test_chains_are_at_the_modes_that_most_of_their_draws_climb_to(
    executables, tmp_path, components, chains, warmup, draws
):
    model, values, made = galaxies_ledger(executables, tmp_path, components, chains, warmup, draws)
    assert [group["chains"] for group in made["groups"]] == [list(range(1, chains + 1))]
    assert not made["genuine"]
    assert made["climbs"] == 10 * chains
    visited = [mode for mode in made["modes"] if mode["chains"]]
    main = max(visited, key=lambda mode: mode["share"])
    others = [mode["log_density"] for mode in made["modes"] if not mode["chains"]]
    assert max(others, default=-np.inf) < main["log_density"]
    assert sum(mode["share"] for mode in visited) == pytest.approx(1)
    # SciPy's own climbs, from other draws, which say where these chains are: the constant between the two log
    # densities is that of the highest mode.
    ends = climbs_by_scipy(model, values, 30)
    constant = max(mode["log_density"] for mode in visited) - ends.max()
    near = {
        mode["log_density"]: np.mean(np.abs(ends + constant - mode["log_density"]) < 0.2) for mode in visited
    }
    assert max(near, key=near.__getitem__) == main["log_density"]
    error = np.sqrt(main["share"] * (1 - main["share"]) * (1 / 30 + 1 / made["climbs"]))
    assert abs(near[main["log_density"]] - main["share"]) < 4 * error + 0.05
