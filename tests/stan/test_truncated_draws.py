"""Draws of counts without 0, against SciPy."""

from __future__ import annotations

import cmdstanpy
import numpy as np
import pytest
from scipy import stats

from stanmix.stan import programs

DRAWS = 20_000
PROGRAM = """
functions {
#include zero_truncated_poisson_rng.stan
#include zero_truncated_neg_binomial_2_rng.stan
}
data {
  int N;
  int P;
  vector[P] lambda;
  int B;
  vector[B] mu;
  vector[B] phi;
}
generated quantities {
  array[P, N] int poisson;
  array[B, N] int neg_binomial_2;
  for (p in 1 : P) {
    for (n in 1 : N) {
      poisson[p, n] = zero_truncated_poisson_rng(lambda[p]);
    }
  }
  for (b in 1 : B) {
    for (n in 1 : N) {
      neg_binomial_2[b, n] = zero_truncated_neg_binomial_2_rng(mu[b], phi[b]);
    }
  }
}
"""
RATES = [1e-300, 1e-9, 0.05, 0.7, 4.0, 1000.0]
NEG_BINOMIALS = [(1e-9, 1.0), (0.05, 2.0), (0.7, 1e-2), (9.0, 0.01), (11.0, 0.01), (0.7, 1e9), (4.0, 0.5)]
"""Means and precisions: with zeros that are frequent and others, and drawn either way."""


@pytest.fixture(scope="module")
def draws(tmp_path_factory) -> dict[str, np.ndarray]:
    """Draws of every distribution, shape (distributions, draws)."""
    source = tmp_path_factory.mktemp("truncated") / "truncated_draws.stan"
    source.write_text(PROGRAM, "utf-8")
    executable = programs.compiled(str(source.with_suffix("")), "stan")
    mu, phi = map(list, zip(*NEG_BINOMIALS, strict=True))
    data = {"N": DRAWS, "P": len(RATES), "lambda": RATES, "B": len(mu), "mu": mu, "phi": phi}
    fit = cmdstanpy.CmdStanModel(exe_file=str(executable)).sample(
        data=data, seed=1, chains=1, iter_sampling=1, fixed_param=True, show_progress=False
    )
    return {name: values[0].astype(int) for name, values in fit.stan_variables().items()}


def check_frequencies(found: np.ndarray, base: stats.rv_discrete) -> None:
    """Compare draws with a distribution without its 0 by chi^2, infrequent counts being taken together."""
    assert found.min() >= 1
    above = -np.expm1(base.logpmf(0))
    counts = np.arange(1, found.max() + 1)
    expected = len(found) * base.pmf(counts) / above
    frequent = expected >= 10
    observed = np.bincount(found, minlength=len(counts) + 1)[1:]
    observed = np.append(observed[frequent], observed[~frequent].sum())
    expected = np.append(expected[frequent], max(len(found) - expected[frequent].sum(), 1e-3))
    statistic = ((observed - expected) ** 2 / expected).sum()
    assert stats.chi2.sf(statistic, max(len(observed) - 1, 1)) > 1e-4


@pytest.mark.parametrize("p", range(len(RATES)), ids=lambda p: f"{RATES[p]:g}")
def test_poisson_counts_without_0_have_their_frequencies(draws, p):
    if RATES[p] < 1e-6:
        assert (draws["poisson"][p] == 1).all()
    else:
        check_frequencies(draws["poisson"][p], stats.poisson(RATES[p]))


@pytest.mark.parametrize("b", range(len(NEG_BINOMIALS)), ids=lambda b: str(NEG_BINOMIALS[b]))
def test_negative_binomial_counts_without_0_have_their_frequencies(draws, b):
    mu, phi = NEG_BINOMIALS[b]
    if mu < 1e-6:
        assert (draws["neg_binomial_2"][b] == 1).all()
    else:
        check_frequencies(draws["neg_binomial_2"][b], stats.nbinom(phi, phi / (mu + phi)))
