"""JAX: log densities written with jax.numpy, compiled as a whole, in double precision."""

from __future__ import annotations

import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from bench.speed.peers.worker import Problem, serve
from jax.scipy.linalg import solve_triangular
from jax.scipy.special import logsumexp

jax.config.update("jax_enable_x64", True)

HALF_LOG_TWO_PI = 0.5 * np.log(2 * np.pi)


def log_density(x: jax.Array, y: jax.Array, center: jax.Array, family: str) -> jax.Array:
    """Return the log posterior of unconstrained parameters, up to a constant.

    They are K - 1 log ratios of weights, the means, and the logarithm of the standard deviation or the
    lower triangles of the Cholesky factors, row by row, with logarithms on their diagonals.
    """
    K = len(center)
    log_theta = jax.nn.log_softmax(jnp.append(x[: K - 1], 0.0))
    mu = x[K - 1 : K - 1 + center.size].reshape(center.shape)
    rest = x[K - 1 + center.size :]
    # The Jacobian of the weights; their prior is flat.
    lp = log_theta.sum() - 0.5 * (((mu - center) / 2.0) ** 2).sum()
    if family == "normal":
        log_sigma = rest[0]
        sigma = jnp.exp(log_sigma)
        lp += log_sigma - jnp.log1p((sigma / 5) ** 2)
        z = (y[:, None] - mu) / sigma
        return lp + logsumexp(log_theta - 0.5 * z**2 - log_sigma - HALF_LOG_TWO_PI, axis=1).sum()
    D = center.shape[1]
    rows, columns = np.tril_indices(D)
    on_diagonal = rows == columns
    entries = rest.reshape(K, -1)
    log_diagonal = entries[:, on_diagonal]
    # A lognormal(0, 1) prior of the diagonal is a standard normal one of its logarithm, Jacobian included.
    lp -= 0.5 * (entries**2).sum()
    factors = jnp.zeros((K, D, D)).at[:, rows, columns].set(jnp.where(on_diagonal, jnp.exp(entries), entries))
    components = []
    for k in range(K):
        z = solve_triangular(factors[k], (y - mu[k]).T, lower=True)
        components.append(log_theta[k] - 0.5 * (z**2).sum(0) - log_diagonal[k].sum() - D * HALF_LOG_TWO_PI)
    return lp + logsumexp(jnp.stack(components), axis=0).sum()


class Jax:
    """Value and gradient in one compiled function. Timed inside a compiled loop, as samplers call it."""

    def load(self, problem: Problem) -> None:
        """Take data and compile."""
        self._family = problem.family
        self._data = (jnp.asarray(problem.y), jnp.asarray(problem.center))
        self._gradient = jax.jit(jax.value_and_grad(partial(log_density, family=problem.family)))

        @jax.jit
        def steps(count: int, x: jax.Array, *data: jax.Array) -> jax.Array:
            # Each step needs the one before, so that the compiler cannot merge them.
            return jax.lax.fori_loop(0, count, lambda _, at: at + 1e-300 * self._gradient(at, *data)[1], x)

        self._steps = steps

    def evaluate(self, point: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
        """Return log density and gradient at a point."""
        theta = point["theta"]
        parts = [np.log(theta[:-1] / theta[-1]), point["mu"].ravel()]
        if self._family == "normal":
            parts.append(np.log(point["sigma"])[None])
        else:
            D = point["mu"].shape[1]
            L = point["L"].copy()
            L[:, range(D), range(D)] = np.log(L[:, range(D), range(D)])
            parts.append(L[:, *np.tril_indices(D)].ravel())
        self._x = jnp.asarray(np.concatenate(parts))
        value, gradient = self._gradient(self._x, *self._data)
        self._steps(1, self._x, *self._data).block_until_ready()
        return value, np.asarray(gradient)

    def seconds_each(self, least: float) -> float:
        """Return the time of one gradient."""
        count = 1
        while True:
            start = time.perf_counter()
            self._steps(count, self._x, *self._data).block_until_ready()
            elapsed = time.perf_counter() - start
            if elapsed >= least:
                return elapsed / count
            count = int(count * min(10.0, 1.2 * least / elapsed)) + 1


if __name__ == "__main__":
    serve(Jax())
