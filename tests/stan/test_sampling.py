"""What NUTS draws from normal.stan, against answers that need no Monte Carlo."""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from kernel_program import instruction_sets
from scipy import integrate, stats

from helpers import model_of, two_groups
from stanmix.errors import StanmixError
from stanmix.io import write_stan_json
from stanmix.stan import chains
from stanmix.stan.sampling import pilot_metric, sample_chain
from stanmix.starts.clusters import start

CHAINS_DRAWS = {"chain_axis": 0, "draw_axis": 1}


def share_error(draws, below):
    """Share of the draws below a value, and its Monte Carlo standard error."""
    indicator = (draws <= below).astype(float)
    return indicator.mean(), array_stats.mcse(indicator, method="mean", **CHAINS_DRAWS)


def assert_distributed_as(draws, distribution, errors=5):
    for probability in (0.05, 0.25, 0.5, 0.75, 0.95):
        share, error = share_error(draws, distribution.ppf(probability))
        assert abs(share - probability) < errors * error


@pytest.fixture(scope="session")
def prior_draws(sampled):
    model = model_of(
        3,
        parameters={
            "mu": {"prior": {"dist": "normal", "mu": [-2, 3, 8], "sigma": 5}},
            "sigma": {"prior": {"dist": "lognormal", "mu": 0.5, "sigma": 1}},
        },
        weights={"prior": {"dist": "dirichlet", "alpha": [2, 1, 4]}},
    )
    return sampled(model, two_groups(), likelihood=0, draws=2000)


def test_without_the_likelihood_the_draws_are_those_of_the_prior(prior_draws):
    for k, (mean, alpha) in enumerate(zip([-2, 3, 8], [2, 1, 4], strict=True)):
        assert_distributed_as(prior_draws["mu"][..., k], stats.norm(mean, 5))
        assert_distributed_as(prior_draws["sigma"][..., k], stats.lognorm(1, scale=np.exp(0.5)))
        assert_distributed_as(prior_draws["theta"][..., k], stats.beta(alpha, 7 - alpha))


def test_a_slightly_wrong_prior_would_be_noticed(prior_draws):
    with pytest.raises(AssertionError):
        assert_distributed_as(prior_draws["mu"][..., 0], stats.norm(-1, 5))
    with pytest.raises(AssertionError):
        assert_distributed_as(prior_draws["theta"][..., 0], stats.beta(2, 4))


@pytest.mark.skipif("avx512" not in instruction_sets(), reason="this processor has no AVX-512")
def test_draws_with_avx2_and_avx512_are_the_same_bit_for_bit(sampled, monkeypatch, request):
    # An odd number of observations leaves part of a register empty.
    y, found = two_groups()[:-1], {}
    for instructions in ("plain", "avx2", "avx512"):
        monkeypatch.setenv("STANMIX_INSTRUCTIONS", instructions)
        found[instructions] = sampled(model_of(3), y, draws=200)
    for name in ("lp", "theta", "mu", "sigma"):
        assert np.array_equal(found["avx2"][name], found["avx512"][name])
    # Without fused multiplication the kernel rounds otherwise; Stan's own functions know no sets.
    own = "kernel" in request.node.name
    assert np.array_equal(found["plain"]["mu"], found["avx2"]["mu"]) is not own


def test_half_distributions_are_sampled_as_such(sampled):
    prior = {"dist": "half_normal", "sigma": 2}
    model = model_of(1, parameters={"mu": {"fixed": 0}, "sigma": {"prior": prior}})
    draws = sampled(model, two_groups(), likelihood=0, draws=2000)
    assert_distributed_as(draws["sigma"][..., 0], stats.halfnorm(scale=2))


def test_posterior_of_the_weights_equals_quadrature(sampled):
    y = two_groups(20)
    alpha = [2.0, 1.0]
    fixed = {"mu": {"fixed": [2, 5]}, "sigma": {"fixed": [3, 3]}}
    model = model_of(2, parameters=fixed, weights={"prior": {"dist": "dirichlet", "alpha": alpha}})
    first, second = stats.norm.pdf(y, 2, 3), stats.norm.pdf(y, 5, 3)

    def density(t):
        return stats.beta.pdf(t, *alpha) * np.prod(t * first + (1 - t) * second) * 1e20

    grid = np.linspace(0, 1, 20_001)
    cumulative = integrate.cumulative_simpson([density(t) for t in grid], x=grid, initial=0)
    cumulative /= cumulative[-1]
    draws = sampled(model, y, draws=2000)["theta"][..., 0]
    for probability in (0.05, 0.25, 0.5, 0.75, 0.95):
        share, error = share_error(draws, np.interp(probability, cumulative, grid))
        assert abs(share - probability) < 4 * error


def test_posterior_of_a_mean_equals_the_conjugate_answer(sampled):
    y = two_groups(12)
    prior = {"dist": "normal", "mu": 1, "sigma": 2}
    model = model_of(1, parameters={"mu": {"prior": prior}, "sigma": {"fixed": 3}})
    precision = 1 / 2**2 + len(y) / 3**2
    mean = (1 / 2**2 + y.sum() / 3**2) / precision
    draws = sampled(model, y, draws=2000)["mu"][..., 0]
    assert_distributed_as(draws, stats.norm(mean, precision**-0.5), errors=4)


def test_rescaling_the_data_rescales_the_posterior_under_default_priors(sampled):
    y = two_groups(40)
    factor, shift = 1000.0, -500.0
    results = []
    for data in (y, y * factor + shift):
        model = model_of(2, scale=(data.min(), data.max()))
        results.append(sampled(model, data))
    plain, scaled = results
    back = {
        "theta": scaled["theta"],
        "mu": (scaled["mu"] - shift) / factor,
        "sigma": scaled["sigma"] / factor,
    }
    for name, draws in back.items():
        for k in range(2):
            pair = np.sort(plain[name], axis=-1)[..., k], np.sort(draws, axis=-1)[..., k]
            errors = [array_stats.mcse(x, method="mean", **CHAINS_DRAWS) for x in pair]
            assert abs(pair[0].mean() - pair[1].mean()) < 4 * np.hypot(*errors)
            assert pair[0].std() == pytest.approx(pair[1].std(), rel=0.2)


@pytest.mark.parametrize(("factor", "shift"), [(1e-6, 0.0), (1e6, 0.0), (1e-3, 1e5)])
def test_units_of_the_data_do_not_change_the_work(sampled, factor, shift):
    # Stan adds a constant to every variance it adapts, which drowns those of small units: with means in the
    # data's units, millionths would need trajectories of thousands of steps.
    y = two_groups(200)
    leapfrogs = []
    for values in (y, factor * y + shift):
        found = sampled(model_of(2, scale=(values.min(), values.max())), values, draws=200, chains=1)
        leapfrogs.append(chains.variable(chains.read(found["files"][0]), "n_leapfrog__").mean())
    assert leapfrogs[1] < 2 * leapfrogs[0]


@pytest.mark.parametrize("metric", ["diagonal", "dense"])
def test_either_metric_gives_the_same_posterior(sampled, metric):
    y = two_groups(40)
    found = sampled(model_of(2, scale=(y.min(), y.max())), y, metric=metric)
    mu = np.sort(found["mu"], axis=-1)
    for k, group in enumerate((y[:20], y[20:])):
        error = array_stats.mcse(mu[..., k], method="mean", **CHAINS_DRAWS)
        assert abs(mu[..., k].mean() - group.mean()) < 4 * error + 0.05
    assert (
        f"metric = {'dense_e' if metric == 'dense' else 'diag_e'}"
        in chains.read(found["files"][0]).schema.metadata[chains.HEAD].decode()
    )


@pytest.fixture
def large(executables, tmp_path):
    """A fit large enough that threads share its observations: the arguments of a chain."""
    y = np.concatenate([two_groups(15_000, seed) for seed in (1, 2)])
    model = model_of(2, scale=(y.min(), y.max()))
    found = start(model, y, 1)
    write_stan_json(tmp_path / "data.json", model.stan_data(y))
    write_stan_json(tmp_path / "init.json", found["init"])
    write_stan_json(tmp_path / "metric.json", {"inv_metric": found["inv_metric"]})
    return {
        "executable": executables["normal"],
        "data": tmp_path / "data.json",
        "start": {"init": tmp_path / "init.json", "metric": tmp_path / "metric.json"},
        "seed": 1,
        "settings": {"warmup": 20, "draws": 20, "adapt_delta": 0.8, "max_treedepth": 5},
    }


def test_threads_change_no_draw(large, tmp_path):
    files = []
    for threads in (1, 2, 5):
        files.append(tmp_path / f"{threads}.parquet")
        sample_chain(**large, output=files[-1], chain=1, threads=threads)
    first, *others = (chains.read(file) for file in files)
    assert first.num_rows == 20
    for other in others:
        assert first.equals(other)


def test_a_pilot_adapts_the_metric(large, tmp_path):
    large["settings"] = {"warmup": 150, "adapt_delta": 0.8, "max_treedepth": 8}
    covariance = pilot_metric(**large, beside=tmp_path / "pilot.json")
    assert covariance.shape == (5, 5)
    assert np.allclose(covariance, covariance.T)
    # Of unconstrained parameters in Stan's order: the means are the second and the third. Stan adds a
    # regularisation of up to 2e-4 in short windows.
    expected = 1 / 15_000
    assert np.all(np.diag(covariance)[1:3] > expected / 2)
    assert np.all(np.diag(covariance)[1:3] < 3 * expected + 2e-4)


def a_chain(executables, folder, y=None, **changes):
    """The arguments of a short chain on two groups of numbers, with changes in its data, start or metric."""
    numbers, model = two_groups(), model_of(2)
    found = start(model, numbers, 1)
    data = model.stan_data(numbers)
    write_stan_json(folder / "data.json", data | ({} if y is None else {"y": y}) | changes.get("data", {}))
    write_stan_json(folder / "init.json", {**found["init"], **changes.get("init", {})})
    write_stan_json(folder / "metric.json", {"inv_metric": changes.get("metric", found["inv_metric"])})
    return {
        "executable": executables["normal"],
        "data": folder / "data.json",
        "start": {"init": folder / "init.json", "metric": folder / "metric.json"},
        "output": folder / "chain.parquet",
        "settings": {"warmup": 20, "draws": 20, "adapt_delta": 0.8, "max_treedepth": 5},
        "seed": 1,
        "chain": 1,
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"y": np.append(two_groups()[:-1], 1e200)}, r"log\(0\).*some observation has none.*1e\+200"),
        ({"init": {"standard": np.array([1e200, 0.0, 1.0, 1.0])}}, r"log\(0\).*The prior gives no density"),
        ({"init": {"standard": np.array([0.0, 0.0, -1e4, 0.0])}}, r"lb_free: .*\.stan, line \d+\).*start"),
        ({"data": {"N": 5}}, r"dims declared=\(5\).*do not fit the program"),
        ({"metric": [-1.0] * 5}, r"metric not positive definite.*metric: diag"),
    ],
)
def test_a_chain_that_fails_says_why(executables, tmp_path, changes, said):
    with pytest.raises(StanmixError, match=rf"^Chain 1 did not finish\. Stan says: .*{said}"):
        sample_chain(**a_chain(executables, tmp_path, **changes))
