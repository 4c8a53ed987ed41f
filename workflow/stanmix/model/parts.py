"""The distributions of a mixture's components: those of its family, and noise where there is any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.families import Data, Family, Observations, Uniform, Values

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """The distributions of all components of a mixture.

    Noise is the last component. It is uniform over the region of the data and has a weight, but no
    parameters (Banfield and Raftery 1993, Biometrics 49): in arrays of K values its place holds NaN. Missing
    cells are left out of its density, and successes are uniform among the trials of their row.

    Attributes
    ----------
    family
        The family of the other components.
    noise
        The distribution of noise; None without noise.
    """

    family: Family
    noise: Uniform | None = None

    def proper(self, values: Values) -> dict[str, Array]:
        """Return the values of the components without noise."""
        return {name: value[..., :-1] if self.noise else value for name, value in values.items()}

    def padded(self, values: Values) -> dict[str, Array]:
        """Return values of the family's components with NaN in the place of noise."""
        return {name: _with(value, np.nan) if self.noise else value for name, value in values.items()}

    def from_stan(self, variables: Mapping[str, Array]) -> dict[str, Array]:
        """Return theta and the parameters, arrays of K values each, from the program's variables."""
        found = self.family.from_stan(variables)
        theta = found.pop("theta")
        return {"theta": theta, **self.padded(found)}

    def stan_data(self, y: Array) -> dict[str, Any]:
        """Return noise, or its absence, as data of the Stan program."""
        if self.noise is None:
            return {
                "noise": 0,
                "noise_columns": 0,
                "noise_lower": [],
                "noise_upper": [],
                "noise_log_density": 0.0,
                "noise_by_row": 0,
                "noise_of_row": [],
            }
        density = self.noise.log_density(y)
        by_row = bool((density != density[0]).any())
        return {
            "noise": 1,
            "noise_columns": len(self.noise.lower),
            "noise_lower": self.noise.lower,
            "noise_upper": self.noise.upper,
            "noise_log_density": 0.0 if by_row else float(density[0]),
            "noise_by_row": int(by_row),
            "noise_of_row": density if by_row else [],
        }

    # Distribution

    def simulate(
        self,
        rng: np.random.Generator,
        component: npt.NDArray[np.intp],
        values: Values,
        trials: Array | None = None,
    ) -> Array:
        """Draw the values of one observation for each entry of ``component`` (0-based)."""
        if self.noise is None:
            return self.family.simulate(rng, component, values, trials)
        of_noise = np.isnan(next(iter(values.values())))[component]
        own, others = (None if trials is None else trials[some] for some in (of_noise, ~of_noise))
        proper = self.family.simulate(rng, component[~of_noise], values, others)
        drawn = self.noise.simulate(rng, int(of_noise.sum()), own)
        y = np.empty((len(component), *proper.shape[1:]))
        y[~of_noise], y[of_noise] = proper, drawn.reshape(len(drawn), *proper.shape[1:])
        return y

    def log_density(self, y: Data, values: Values) -> Array:
        """Return log f_k(y_n), (N, K); values of shape (..., 1, K) give (..., N, K).

        It is -inf where the observation is known to belong to another component. All quantities that are
        computed from densities then respect the labels.
        """
        y = Observations.of(y)
        density = self.family.log_density(y.y, self.proper(values))
        if self.noise:
            density = _with(density, self.noise.log_density(y.y)[:, None])
        if y.label is None:
            return density
        label = y.label[:, None]
        possible = (label == 0) | (label == np.arange(1, density.shape[-1] + 1))
        return np.where(possible, density, -np.inf)

    def density(self, y: Data, values: Values) -> Array:
        """Return f_k at some observations: values of shape (..., K) give (..., K, N)."""
        y = Observations.of(y)
        log_density = self.log_density(y, {name: value[..., None, :] for name, value in values.items()})
        return np.moveaxis(np.exp(log_density), -1, -2)

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of the scores of some values, (..., K, N) for parameters of shape (..., K)."""
        density = self.family.score_density(y, self.proper(values))
        if self.noise is None:
            return density
        of_noise = np.exp(self.noise.log_density_of_score(y))
        return np.concatenate([density, np.broadcast_to(of_noise, density[..., :1, :].shape)], axis=-2)

    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of each component's score."""
        mean, variance = self.family.moments(self.proper(values))
        if self.noise is None:
            return mean, variance
        of_noise = self.noise.moments()
        return _with(mean, of_noise[0]), _with(variance, of_noise[1])

    def locations(self, values: Values) -> Array:
        """Return the location of each component, by which they are numbered; noise is beyond all others."""
        found = self.family.locations(self.proper(values))
        return _with(found, np.inf) if self.noise else found

    def centres(self, values: Values) -> Array:
        """Return the features by which components are matched, (..., K, F); noise is not matched."""
        found = self.family.centres(self.proper(values))
        return np.concatenate([found, np.zeros_like(found[..., :1, :])], axis=-2) if self.noise else found

    # Starts

    def estimate(self, y: Data, responsibility: Array) -> dict[str, Array]:
        """Return a quick estimate of each component from weighted observations, given (N, K) weights."""
        y = Observations.of(y)
        if y.weight is not None:
            responsibility = responsibility * y.weight[:, None]
        own = responsibility[:, :-1] if self.noise else responsibility
        return self.padded(self.family.estimate(y.y, own))

    def restrain(self, values: Values, y: Data, share: float) -> dict[str, Array]:
        """Keep estimates away from values with an unbounded likelihood."""
        y = Observations.of(y)
        return self.padded(self.family.restrain(self.proper(values), y.y, share))

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the rough standard error of each parameter from ``n`` observations a component."""
        own = n[:-1] if self.noise else n
        return self.padded(self.family.standard_error(self.proper(values), own))


def _with(value: Array, last: float | Array) -> Array:
    """Add the value of noise."""
    return np.concatenate([value, np.broadcast_to(last, value[..., :1].shape)], axis=-1)
