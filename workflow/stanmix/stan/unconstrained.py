"""The log density that NUTS samples, on Stan's unconstrained scale, by the compiled program itself.

CmdStan's method ``log_prob`` takes many points at a time, so that curvatures and importance weights cost one
process.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from stanmix.errors import StanmixError
from stanmix.io import write_stan_json
from stanmix.model import Model
from stanmix.model.joint import TINY, with_bound, without_bound
from stanmix.stan.chains import SIG_FIGS
from stanmix.stan.sampling import program

Array = npt.NDArray[np.float64]

SAME = 1e-6
"""Log densities of one point on two scales are equal if they differ by less than this share."""


def log_ratio_basis(size: int) -> Array:
    """Return the orthonormal columns by which Stan writes the logarithms of a simplex, (K, K - 1).

    A simplex is the softmax of this matrix times the unconstrained values: the isometric log ratio of
    Egozcue and others (2003), in the order of Stan 2.37 and later.
    """
    basis = np.zeros((size, size - 1))
    for i in range(1, size):
        basis[:i, i - 1] = 1.0
        basis[i, i - 1] = -i
        basis[:, i - 1] /= np.sqrt(i * (i + 1))
    return basis


class Scale:
    """Stan's unconstrained scale of a model's parameters, P of them: first the weights, then the others."""

    def __init__(self, model: Model):
        self._basis = log_ratio_basis(model.components) if model.theta_fixed is None else None
        self._bounds = model.standard_bounds
        self.weights = 0 if self._basis is None else self._basis.shape[1]
        self.size = self.weights + len(self._bounds)

    def unconstrained(self, point: Mapping[str, Any]) -> Array:
        """Return P values for the values of the Stan program's parameters."""
        parts = []
        if self._basis is not None:
            theta = np.asarray(point["theta_free"], dtype=float)[0]
            parts.append(self._basis.T @ np.log(np.maximum(theta, TINY)))
        for value, bounds in zip(point.get("standard", ()), self._bounds, strict=True):
            parts.append(np.atleast_1d(without_bound(np.asarray(value), bounds)))
        return np.concatenate(parts) if parts else np.empty(0)

    def point(self, values: Array) -> dict[str, Any]:
        """Invert :meth:`unconstrained`, for a start of Stan's."""
        point: dict[str, Any] = {}
        if self._basis is not None:
            log_theta = self._basis @ values[: self.weights]
            theta = np.exp(log_theta - log_theta.max())
            point["theta_free"] = [theta / theta.sum()]
        if self._bounds:
            pairs = zip(values[self.weights :], self._bounds, strict=True)
            point["standard"] = np.array([float(with_bound(np.asarray(u), own)) for u, own in pairs])
        return point


class LogDensity:
    """The log density of a program with its data, and its gradient.

    Parameters
    ----------
    executable, data
        The sampling program and its data, JSON.
    folder
        Scratch folder.
    """

    def __init__(self, executable: str | Path, data: str | Path, folder: Path):
        self._program = str(program(executable).exe_file)
        self._data, self._folder = data, folder

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return log densities, S values, and gradients, (S, P), at points of shape (S, P).

        Where the density is 0, or cannot be evaluated, it is -inf with a gradient of NaN.
        """
        if not len(points):
            return np.empty(0), np.empty(points.shape)
        file = self._folder / "points.json"
        file.write_text(json.dumps({"params_r": points.tolist()}), "utf-8")
        found = self._run(f"unconstrained_params={file}")
        if found is None and len(points) == 1:
            return np.array([-np.inf]), np.full(points.shape, np.nan)
        if found is None:  # one point without a density ends the program for all
            half = len(points) // 2
            (a, da), (b, db) = self(points[:half]), self(points[half:])
            return np.concatenate([a, b]), np.concatenate([da, db])
        bad = ~np.isfinite(found).all(axis=1)
        found[bad, 0], found[bad, 1:] = -np.inf, np.nan
        return found[:, 0], found[:, 1:]

    def of_point(self, point: Mapping[str, Any]) -> float:
        """Return the log density at values of the program's parameters, which Stan itself transforms."""
        file = self._folder / "point.json"
        write_stan_json(file, point)
        found = self._run(f"constrained_params={file}")
        return -np.inf if found is None else float(found[0, 0])

    def check(self, scale: Scale, point: Mapping[str, Any]) -> None:
        """Check that a point has one log density on our scale and on the program's.

        Raises
        ------
        StanmixError
            If they differ: the program's transforms are those of another version of Stan.
        """
        direct, ours = self.of_point(point), float(self(scale.unconstrained(point)[None])[0][0])
        if np.isfinite(direct) and not abs(direct - ours) <= SAME * max(1.0, abs(direct)):
            raise StanmixError(
                "This CmdStan transforms simplexes as versions before 2.37 did, with which modes cannot be "
                "weighed. Use CmdStan 2.37 or later, or leave $CMDSTAN empty to have one assembled."
            )

    def _run(self, points: str) -> Array | None:
        output = self._folder / "log_density.csv"
        command = [self._program, "log_prob", points, "jacobian=1", "data", f"file={self._data}"]
        command += ["output", f"file={output}", f"sig_figs={SIG_FIGS}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return None
        lines = [line for line in output.read_text("utf-8").splitlines() if line and line[0] != "#"]
        return np.array([np.fromstring(line, sep=",") for line in lines[1:]])
