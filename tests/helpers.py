"""Small models, draws and an independent oracle of their densities, for all tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from scipy.integrate import quad

from stanmix.families import DataScale
from stanmix.model import Model, resolve

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"


def free_values(model: Model, start: Mapping[str, Any]) -> np.ndarray:
    """Free values on the data's scale from a start in Stan's."""
    standards = np.concatenate([plan.standards for plan in model.parameters.values()])
    return standards[:, 0] + standards[:, 1] * np.asarray(start.get("standard", []))


def model_of(components: int, scale: tuple[float, float] = (0.0, 10.0), **spec: Any) -> Model:
    """A normal mixture as the configuration would describe it, for data that span `scale`."""
    return resolve({"family": "normal", "components": components, **spec}, components, DataScale(*scale))


def two_groups(n: int = 60, seed: int = 1) -> np.ndarray:
    """Observations from two well separated normal components."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(0, 1, n // 2), rng.normal(8, 1, n - n // 2)])


def prior_log_density(spec: Mapping[str, Any], lower: float, upper: float, x: float) -> float:
    """Log density at x of a prior cut to (lower, upper), written without the package's tables."""
    a = {key: value for key, value in spec.items() if key != "dist"}
    parent = {
        "normal": lambda: stats.norm(a["mu"], a["sigma"]),
        "student_t": lambda: stats.t(a["nu"], a["mu"], a["sigma"]),
        "cauchy": lambda: stats.cauchy(a["mu"], a["sigma"]),
        "lognormal": lambda: stats.lognorm(a["sigma"], scale=np.exp(a["mu"])),
        "gamma": lambda: stats.gamma(a["alpha"], scale=1 / a["beta"]),
        "inv_gamma": lambda: stats.invgamma(a["alpha"], scale=a["beta"]),
        "exponential": lambda: stats.expon(scale=1 / a["beta"]),
        "uniform": lambda: stats.uniform(a["lower"], a["upper"] - a["lower"]),
        "beta": lambda: stats.beta(a["alpha"], a["beta"]),
        "signed_beta": lambda: stats.beta(a["alpha"], a["beta"], -1, 2),
        "damped_beta": lambda: _Damped(stats.beta(a["alpha"], a["beta"], -1, 2), a["limit"]),
        "half_normal": lambda: stats.halfnorm(scale=a["sigma"]),
        "half_student_t": lambda: _Half(stats.t(a["nu"], 0, a["sigma"])),
        "half_cauchy": lambda: stats.halfcauchy(scale=a["sigma"]),
    }[spec["dist"]]()
    return float(parent.logpdf(x) - np.log(parent.cdf(upper) - parent.cdf(lower)))


class _Damped:
    """A distribution over -1 to 1 times exp(-(atanh(x) / limit)^4), by quadrature."""

    def __init__(self, parent: Any, limit: float):
        self.parent, self.limit = parent, limit
        self.mass = self._integral(-1, 1)

    def _integral(self, low: float, high: float) -> float:
        return float(
            quad(lambda x: np.exp(self._log(x)), low, high, epsabs=1e-13, epsrel=1e-13, limit=500)[0]
        )

    def _log(self, x: float) -> Any:
        return self.parent.logpdf(x) - (np.arctanh(x) / self.limit) ** 4 if abs(x) < 1 else -np.inf

    def logpdf(self, x: float) -> float:
        return float(self._log(x) - np.log(self.mass))

    def cdf(self, x: float) -> float:
        return self._integral(-1, min(max(x, -1), 1)) / self.mass


class _Half:
    """The positive half of a distribution that is symmetric about 0."""

    def __init__(self, parent: Any):
        self.parent = parent

    def logpdf(self, x: float) -> float:
        return self.parent.logpdf(x) + np.log(2)

    def cdf(self, x: float) -> float:
        return 2 * self.parent.cdf(max(x, 0)) - 1


def mixture_log_terms(y: np.ndarray, theta: Any, mu: Any, sigma: Any) -> np.ndarray:
    """Log theta[k] + log normal(y[n] | mu[k], sigma[k]), an array of shape (N, K)."""
    return np.log(theta) + stats.norm.logpdf(np.asarray(y)[:, None], np.asarray(mu), np.asarray(sigma))


def assert_haar(axes: np.ndarray) -> None:
    """Check draws (S, D, D) of orthonormal axes, which may be reversed, against the Haar measure."""
    D = axes.shape[1]
    turned = stats.ortho_group.rvs(D, random_state=1) @ axes  # the same by the Haar measure
    entry = stats.beta(0.5, (D - 1) / 2)
    for drawn in (axes, turned):
        for i in range(D):
            for j in range(D):
                assert stats.kstest(drawn[:, i, j] ** 2, entry.cdf).pvalue > 1e-3
    # Moments of two entries: of one axis, of two, and of a block.
    for found, expected in (
        (axes[:, 0, 0] ** 2 * axes[:, 1, 0] ** 2, 1 / (D * (D + 2))),
        (axes[:, 0, 0] ** 2 * axes[:, 1, 1] ** 2, (D + 1) / ((D - 1) * D * (D + 2))),
        (axes[:, 0, 0] * axes[:, 0, 1] * axes[:, 1, 0] * axes[:, 1, 1], -1 / ((D - 1) * D * (D + 2))),
    ):
        assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(len(found)) + 1e-12
