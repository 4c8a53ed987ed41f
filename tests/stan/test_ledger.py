"""The ledger of modes on real posteriors, against optima that SciPy finds by itself."""

import numpy as np
import pytest
from scipy.optimize import minimize

from helpers import mixture_log_terms, model_of, prior_log_density
from stanmix import modes
from stanmix.functionals import functionals, log_likelihood
from stanmix.io import write_stan_json
from stanmix.posterior import assemble, component_values, read_chains
from stanmix.sampling import sample_chain

# Three groups and two components: two of the groups must share one, and there are two ways.
RNG = np.random.default_rng(7)
Y = np.concatenate([RNG.normal(9, 2, 90), RNG.normal(21, 2, 50), RNG.normal(35, 2, 75)])
MU = {"dist": "normal", "mu": 20, "sigma": 20}
SIGMA = {"dist": "lognormal", "mu": 1.0, "sigma": 1.0}
MODEL = model_of(2, scale=(4, 40), parameters={"mu": {"prior": MU}, "sigma": {"prior": SIGMA}})
STARTS = {"left": ([0.65, 0.35], [13.0, 35.0], [6.0, 2.0]), "right": ([0.42, 0.58], [9.0, 29.0], [2.0, 7.0])}


def log_posterior(theta, mu, sigma):
    priors = sum(prior_log_density(MU, -np.inf, np.inf, x) for x in mu)
    priors += sum(prior_log_density(SIGMA, 0, np.inf, x) for x in sigma)
    terms = mixture_log_terms(Y, theta, mu, sigma)
    return priors + np.logaddexp.reduce(terms, axis=1).sum()  # Dirichlet(1, 1) is 1


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
    return modes.search(MODEL, executables["normal"], place / "data.json", Y, 3, place, starts=30)


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
def test_search_finds_both_modes_with_their_log_density(found, side):
    log_density, mu = optimum_by_scipy(*STARTS[side])
    place = int(np.argmin([abs(it["log_density"] - log_density) for it in found["optima"]]))
    assert found["optima"][place]["log_density"] == pytest.approx(log_density, abs=1e-3)
    assert np.sort(found["optima"][place]["mu"]) == pytest.approx(np.sort(mu), rel=1e-3)


def test_search_counts_every_start(found):
    assert sum(it["hits"] for it in found["optima"]) + found["failed"] == found["starts"] == 30
    densities = [it["log_density"] for it in found["optima"]]
    assert densities == sorted(densities, reverse=True)


def test_the_ledger_lists_both_modes_with_their_chains(executables, place, found, fit):
    values, stats = fit
    tree = assemble(values, stats, MODEL, Y)
    invariant = functionals(component_values(tree, MODEL), stats["lp"], MODEL, Y)
    ledger = modes.ledger(invariant, MODEL, tree, Y, found, executables["normal"], place / "data.json", place)
    assert ledger["genuine"]
    visited = {tuple(mode["chains"]): mode for mode in ledger["modes"] if mode["chains"]}
    assert set(visited) == {(1, 3), (2,)}
    for chains, side in (((1, 3), "left"), ((2,), "right")):
        mode = visited[chains]
        assert mode["log_density"] == pytest.approx(optimum_by_scipy(*STARTS[side])[0], abs=1e-3)
        theta, mu, sigma = (
            values[name][[c - 1 for c in chains]].reshape(-1, 2) for name in ("theta", "mu", "sigma")
        )
        grid = np.array(ledger["grid"])
        density = np.mean(
            [np.exp(mixture_log_terms(grid, *point)).sum(1) for point in zip(theta, mu, sigma, strict=True)],
            axis=0,
        )
        assert mode["density"] == pytest.approx(density, abs=0.02 * density.max())
        assert sum(mode["sizes"]) == len(Y)
        cut = 28 if side == "left" else 15  # between the two components
        assert np.mean((np.array(mode["classification"]) == 2) == (cut < Y)) > 0.97
    # At the left mode the two groups on the left share a component: 140 and 75.
    assert sorted(visited[1, 3]["sizes"]) == pytest.approx([75, 140], abs=6)
    assert sum(mode["weight"] for mode in visited.values()) == pytest.approx(1)


def test_the_weights_are_the_best_for_exact_leave_one_out_scores(executables, place, found, fit):
    values, stats = fit
    tree = assemble(values, stats, MODEL, Y)
    invariant = functionals(component_values(tree, MODEL), stats["lp"], MODEL, Y)
    ledger = modes.ledger(invariant, MODEL, tree, Y, found, executables["normal"], place / "data.json", place)
    elpd = []
    for mode in ledger["modes"][:2]:
        own = [
            values[name][[c - 1 for c in mode["chains"]]].reshape(-1, 2) for name in ("theta", "mu", "sigma")
        ]
        log_lik = np.array(
            [np.logaddexp.reduce(mixture_log_terms(Y, *point), axis=1) for point in zip(*own, strict=True)]
        )
        elpd.append(np.log(len(log_lik)) - np.logaddexp.reduce(-log_lik, axis=0))  # plain importance sampling
    grid = np.linspace(0, 1, 2001)
    scores = [np.log(w * np.exp(elpd[0]) + (1 - w) * np.exp(elpd[1])).sum() for w in grid]
    assert ledger["modes"][0]["weight"] == pytest.approx(grid[int(np.argmax(scores))], abs=0.03)


def test_the_log_likelihood_is_what_the_log_density_has_beside_priors_and_jacobians(fit):
    values, stats = fit
    ours = log_likelihood(values, stats["lp"], MODEL)[:, ::50].reshape(-1)
    points = zip(*(values[name][:, ::50].reshape(-1, 2) for name in ("theta", "mu", "sigma")), strict=True)
    direct = np.array([np.logaddexp.reduce(mixture_log_terms(Y, *point), axis=1).sum() for point in points])
    assert ours - ours[0] == pytest.approx(direct - direct[0], abs=1e-6)
