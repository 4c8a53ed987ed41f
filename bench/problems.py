"""The data, priors and points that every peer gets."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.data.ties import collapse
from stanmix.families import DataScale
from stanmix.io import write_json, write_stan_json
from stanmix.model import Model, resolve

Array = npt.NDArray[np.float64]
Point = dict[str, Any]

ARTICLE = {"mu": [9.0, 21.0, 35.0], "center": [10.0, 20.0, 35.0], "shares": [90, 50, 75]}
"""True means, prior means and counts of the mixture chapter's example, in which N is 215."""
PRIOR_SD = 2.0
SIGMA = 2.0
SCRATCH = Path(__file__).resolve().parents[1] / "build" / "bench"


@dataclass(frozen=True)
class Problem:
    """Data and priors.

    Weights have a flat Dirichlet prior. Normal family: mu[k] ~ normal(center[k], 2) and one standard
    deviation with a half-Cauchy(5) prior. Multivariate: mu[k, d] ~ normal(center[k, d], 2), Cholesky
    factors with lognormal(0, 1) diagonals and standard normal entries below them.

    Attributes
    ----------
    family
        ``normal`` or ``multi_normal``.
    y
        Observations, shape (N,) or (N, D).
    center
        Prior means, shape (K,) or (K, D).
    """

    family: str
    y: Array
    center: Array

    @property
    def components(self) -> int:
        """Number of components K."""
        return len(self.center)

    @property
    def model(self) -> Model:
        """The normal mixture as the package knows it."""
        spec = {
            "family": "normal",
            "parameters": {
                "mu": {"prior": {"dist": "normal", "mu": self.center.tolist(), "sigma": PRIOR_SD}},
                "sigma": {"shared": True, "prior": {"dist": "half_cauchy", "sigma": 5}},
            },
            "weights": {"prior": {"dist": "dirichlet", "alpha": 1}},
        }
        return resolve(spec, self.components, DataScale(float(self.y.min()), float(self.y.max())))

    @contextmanager
    def written(self) -> Iterator[Path]:
        """Give a folder with the data in it, which is removed in the end.

        It has ``ours.json`` and ``textbook.json`` for Stan, ``problem.json`` and arrays for others.
        """
        SCRATCH.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="data-", dir=SCRATCH) as place:
            self._write(Path(place))
            yield Path(place)

    def _write(self, folder: Path) -> None:
        plain = {"N": len(self.y), "K": self.components, "y": self.y, "center": self.center}
        if self.family == "normal":
            distinct, count, _ = collapse(self.y)
            ours = self.model.stan_data(distinct, count)
            # In the data's own units, so that the gradient is that of the peers' parameters.
            ours |= {"free_centre": np.zeros(ours["n_free"]), "free_unit": np.ones(ours["n_free"])}
        else:
            plain["D"] = self.y.shape[1]
            ours = plain | {"count": np.ones(len(self.y), dtype=int)}
        write_stan_json(folder / "ours.json", ours)
        write_stan_json(folder / "textbook.json", plain)
        np.save(folder / "y.npy", self.y)
        write_json(folder / "problem.json", {"family": self.family, "center": self.center.tolist()})

    def points(self) -> list[Point]:
        """Return three points in the bulk of the prior, at which peers are compared."""
        rng = np.random.default_rng(20171106)
        found: list[Point] = []
        for shift in (0.5, 1.0, -0.7):
            theta = rng.dirichlet(np.full(self.components, 5.0))
            point: Point = {"theta": theta.tolist(), "mu": (self.center + shift).tolist()}
            if self.family == "normal":
                point["sigma"] = SIGMA + shift / 2
            else:
                D = self.y.shape[1]
                lower = np.tril(0.1 * rng.standard_normal((self.components, D, D)), -1)
                point["L"] = (lower + np.eye(D) * (1.2 + shift / 2)).tolist()
            found.append(point)
        return found

    def write_point(self, point: Point, folder: Path) -> None:
        """Write a point as ``point_ours.json``, with the parameters' names of our program, and plain."""
        ours = point
        if self.family == "normal":
            ours = {"theta_free": [point["theta"]], "standard": [*point["mu"], point["sigma"]]}
        write_stan_json(folder / "point_ours.json", ours)
        write_stan_json(folder / "point.json", point)

    def start(self) -> Point:
        """Return the centre of the prior, where peers without starts of their own begin."""
        K = self.components
        return {"theta": [1 / K] * K, "mu": self.center.tolist(), "sigma": 5.0}


def normal(n: int, components: int) -> Problem:
    """Simulate from a normal mixture; with K = 3 and N = 215 the article's example."""
    rng = np.random.default_rng([n, components])
    if components <= 3:
        mu, center, shares = (np.asarray(ARTICLE[key][:components]) for key in ("mu", "center", "shares"))
    else:
        mu = 8.0 * np.arange(1, components + 1)
        center, shares = mu + 0.5, np.ones(components)
    cuts = np.rint(np.cumsum(shares) / shares.sum() * n).astype(int)
    component = np.repeat(np.arange(components), np.diff(cuts, prepend=0))
    return Problem("normal", rng.normal(mu[component], SIGMA), center)


def multi_normal(n: int, components: int, dimensions: int) -> Problem:
    """Simulate from a mixture of correlated multivariate normals."""
    rng = np.random.default_rng([n, components, dimensions])
    center = 3.0 * rng.standard_normal((components, dimensions))
    factor = np.tril(0.2 * rng.standard_normal((components, dimensions, dimensions)), -1) + np.eye(dimensions)
    component = rng.integers(components, size=n)
    noise = np.einsum("nij,nj->ni", factor[component], rng.standard_normal((n, dimensions)))
    return Problem("multi_normal", center[component] + noise, center)
