"""NumPyro's NUTS."""

from __future__ import annotations

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from bench.speed.peers.worker import Problem, Sampled, serve
from numpyro.infer import MCMC, NUTS, init_to_value

numpyro.enable_x64()


def mixture(y: jax.Array, center: jax.Array) -> None:
    """Write the model with assignments summed out."""
    theta = numpyro.sample("theta", dist.Dirichlet(jnp.ones(len(center))))
    mu = numpyro.sample("mu", dist.Normal(center, 2.0).to_event(1))
    sigma = numpyro.sample("sigma", dist.HalfCauchy(5.0))
    components = dist.Normal(mu, sigma)
    with numpyro.plate("N", len(y)):
        numpyro.sample("y", dist.MixtureSameFamily(dist.Categorical(probs=theta), components), obs=y)


class NumPyro:
    """Chains one after the other, each a compiled function as a whole."""

    def load(self, problem: Problem) -> None:
        """Take data."""
        self._data = (jnp.asarray(problem.y), jnp.asarray(problem.center))
        self._compiled: dict[tuple[int, int], Any] = {}

    def sample(self, warmup: int, draws: int, chains: int, seed: int, start: dict[str, Any]) -> Sampled:
        """Run NUTS. It is compiled before the time starts, once for each number of draws."""
        keys = jax.random.split(jax.random.PRNGKey(seed), chains)
        values = {name: jnp.asarray(value) for name, value in start.items()}

        def run(key: jax.Array, *data: jax.Array) -> dict[str, jax.Array]:
            kernel = NUTS(mixture, init_strategy=init_to_value(values=values))
            mcmc = MCMC(kernel, num_warmup=warmup, num_samples=draws, progress_bar=False)
            mcmc.run(key, *data)
            return mcmc.get_samples()

        if (warmup, draws) not in self._compiled:
            self._compiled[warmup, draws] = jax.jit(run).lower(keys[0], *self._data).compile()
        before = time.perf_counter()
        found = [
            {
                name: np.asarray(value)
                for name, value in self._compiled[warmup, draws](key, *self._data).items()
            }
            for key in keys
        ]
        seconds = time.perf_counter() - before
        return Sampled({name: np.stack([values[name] for values in found]) for name in found[0]}, seconds)


if __name__ == "__main__":
    serve(NumPyro())
