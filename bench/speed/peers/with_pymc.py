"""PyMC, nutpie, and the article's sampler, all from one PyMC model."""

from __future__ import annotations

import ctypes
import sys
import time
from typing import Any

import numpy as np
import nutpie
import pymc as pm
from bench.speed.peers.worker import Problem, Sampled, repeat, serve


def marginal(problem: Problem) -> pm.Model:
    """Return the model with assignments summed out."""
    with pm.Model() as model:
        theta = pm.Dirichlet("theta", np.ones(len(problem.center)))
        mu = pm.Normal("mu", problem.center, 2.0, shape=len(problem.center))
        sigma = pm.HalfCauchy("sigma", 5.0)
        pm.NormalMixture("y", theta, mu, sigma=sigma, observed=pm.Data("observed", problem.y))
    return model


def with_assignments(problem: Problem) -> pm.Model:
    """Return the article's model, in which the assignments are sampled."""
    with pm.Model() as model:
        theta = pm.Dirichlet("theta", np.ones(len(problem.center)))
        assignment = pm.Categorical("assignment", theta, shape=len(problem.y))
        mu = pm.Normal("mu", problem.center, 2.0, shape=len(problem.center))
        sigma = pm.HalfCauchy("sigma", 5.0)
        pm.Normal("y", mu[assignment], sigma, observed=problem.y)
    return model


def unconstrained(model: pm.Model, point: dict[str, np.ndarray]) -> np.ndarray:
    """Return a point on the scale on which PyMC samples, in its order."""
    parts = []
    for variable in model.free_RVs:
        transform = model.rvs_to_transforms[variable]
        value = point[variable.name]
        if transform is not None:
            value = transform.forward(value, *variable.owner.inputs).eval()
        parts.append(np.ravel(value))
    return np.concatenate(parts)


def _values(posterior: Any) -> dict[str, np.ndarray]:
    return {name: posterior[name].values for name in ("theta", "mu", "sigma")}


class PyMC:
    """PyMC's compiled log density, and its NUTS."""

    def load(self, problem: Problem) -> None:
        """Take data."""
        self._model = marginal(problem)
        self._function = None

    def evaluate(self, point: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
        """Return log density and gradient at a point; compile where that is not done."""
        if self._function is None:
            self._function = self._model.logp_dlogp_function(ravel_inputs=True)
            self._function.set_extra_values({})
        self._x = unconstrained(self._model, point)
        value, gradient = self._function(self._x)
        return float(value), np.array(gradient)

    def seconds_each(self, least: float) -> float:
        """Return the time of one gradient, called as NUTS calls it."""
        return repeat(lambda: self._function(self._x), least)

    def sample(self, warmup: int, draws: int, chains: int, seed: int, start: dict[str, Any]) -> Sampled:
        """Run NUTS. PyMC itself tells the time without compilation."""
        return self._sampled(self._model, None, warmup, draws, chains, seed, start)

    @staticmethod
    def _sampled(
        model: pm.Model,
        step: Any,
        warmup: int,
        draws: int,
        chains: int,
        seed: int,
        start: dict[str, Any],
    ) -> Sampled:
        with model:
            found = pm.sample(
                draws,
                tune=warmup,
                chains=chains,
                cores=1,
                random_seed=seed,
                initvals={name: np.asarray(value, dtype=float) for name, value in start.items()},
                step=step,
                progressbar=False,
                compute_convergence_checks=False,
            )
        return Sampled(_values(found.posterior), float(found.posterior.attrs["sampling_time"]))


class Article(PyMC):
    """The article's sampler: Gibbs on the assignments, Metropolis on the rest."""

    def load(self, problem: Problem) -> None:
        """Take data."""
        self._model = with_assignments(problem)

    def sample(self, warmup: int, draws: int, chains: int, seed: int, start: dict[str, Any]) -> Sampled:
        """Run the sampler."""
        with self._model as model:
            # Its ElemwiseCategorical is gone from PyMC; this is its successor.
            steps = [
                pm.CategoricalGibbsMetropolis([model["assignment"]]),
                pm.Metropolis([model["mu"], model["sigma"], model["theta"]]),
            ]
        return self._sampled(model, steps, warmup, draws, chains, seed, start)


class Nutpie:
    """nutpie with PyMC's model compiled by Numba."""

    def load(self, problem: Problem) -> None:
        """Take data and compile."""
        self._model = marginal(problem)
        start = {
            "mu": problem.center,
            "sigma": 5.0,
            "theta": np.full(len(problem.center), 1 / len(problem.center)),
        }
        self._compiled = nutpie.compile_pymc_model(self._model, backend="numba", initial_points=start)

    def evaluate(self, point: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
        """Return log density and gradient at a point."""
        self._x = unconstrained(self._model, point)
        self._gradient, self._value = np.empty_like(self._x), np.empty(1)
        double = ctypes.POINTER(ctypes.c_double)
        arguments = (
            len(self._x),
            self._x.ctypes.data_as(double),
            self._gradient.ctypes.data_as(double),
            self._value.ctypes.data_as(double),
            ctypes.c_void_p(self._compiled.user_data.ctypes.data),
        )
        function = self._compiled.compiled_logp_func.ctypes
        self._call = lambda: function(*arguments)
        if self._call():
            raise ValueError("nutpie's log density failed.")
        return float(self._value[0]), self._gradient.copy()

    def seconds_each(self, least: float) -> float:
        """Return the time of one gradient, through the compiled function that nutpie calls."""
        return repeat(self._call, least)

    def sample(self, warmup: int, draws: int, chains: int, seed: int, start: dict[str, Any]) -> Sampled:
        """Run its NUTS."""
        before = time.perf_counter()
        found = nutpie.sample(
            self._compiled,
            draws=draws,
            tune=warmup,
            chains=chains,
            cores=1,
            seed=seed,
            progress_bar=False,
            save_warmup=False,
        )
        return Sampled(_values(found.posterior), time.perf_counter() - before)


PEERS = {"pymc": PyMC, "article": Article, "nutpie": Nutpie}

if __name__ == "__main__":
    serve(PEERS[sys.argv[1]]())
