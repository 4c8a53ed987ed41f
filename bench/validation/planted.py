"""Second modes of known mass: whether the search finds them, starts chains there, and knows their mass.

Each case is a small data set and a mixture of two components, most of whose parameters are fixed, so that
the posterior has up to three dimensions, and exactly two modes but for labels. Their masses come from a grid
over all of the posterior, and their places from climbs of SciPy's: nothing here is the package's own search.
Most data are three clusters, the middle of which may go with either of the others.

``python -m bench.validation.planted`` runs the cases by the workflow, adds a row for each fit to
``docs/validation.json``, and writes ``docs/validation.md``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml
from bench.validation import results as validation
from bench.validation.corpus import stanmix
from bench.workers import ROOT
from scipy import optimize, special, stats

Array = npt.NDArray[np.float64]

PLACE = ROOT / "build" / "bench" / "planted"
KEY = ("case", "seed")
SMALLER = (0.5, 0.1, 0.02)
"""Masses of the smaller mode that the cases are made for."""
FINE = 0.7
"""Spacing of the grid, in standard deviations that the narrower mode has along an axis given the others."""
NEAR = 0.1
"""An optimum is at a planted mode within this part of the distance between the two."""
FAR_BELOW = 60.0
"""Cells so many nats below the best have no mass."""

DENSITIES: dict[str, Callable[..., Array]] = {
    "normal": lambda y, mu, sigma: stats.norm.logpdf(y[0], mu, sigma),
    "student_t": lambda y, nu, mu, sigma: stats.t.logpdf(y[0], nu, mu, sigma),
    "gamma": lambda y, alpha, beta: stats.gamma.logpdf(y[0], alpha, scale=1 / beta),
    "poisson": lambda y, rate: stats.poisson.logpmf(y[0], rate),
    "binomial": lambda y, p: stats.binom.logpmf(y[0], y[1], p),
    "multi_normal": lambda y, mu_1, mu_2, sigma: (
        stats.norm.logpdf(y[0], mu_1, sigma) + stats.norm.logpdf(y[1], mu_2, sigma)
    ),
}
"""Log densities of the families, with arguments in the order of ``PARAMETERS``."""
PARAMETERS = {
    "normal": ("mu", "sigma"),
    "student_t": ("nu", "mu", "sigma"),
    "gamma": ("alpha", "beta"),
    "poisson": ("lambda",),
    "binomial": ("p",),
    "multi_normal": ("mu_1", "mu_2", "sigma"),
}
PRIORS: dict[str, Callable[..., Any]] = {
    "normal": lambda mu, sigma: stats.norm(mu, sigma),
    "lognormal": lambda mu, sigma: stats.lognorm(sigma, scale=np.exp(mu)),
    "gamma": lambda alpha, beta: stats.gamma(alpha, scale=1 / beta),
    "beta": lambda alpha, beta: stats.beta(alpha, beta),
}
SCALES: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array], Callable[[Array], Array]]] = {
    "real": (lambda z: z, np.zeros_like, lambda x: x),
    "log": (np.exp, lambda z: z, np.log),
    "logit": (special.expit, lambda z: -np.logaddexp(0, z) - np.logaddexp(0, -z), special.logit),
}
"""Of the scales without bounds: the value, the log of its derivative, and the way back."""


@dataclass(frozen=True)
class Axis:
    """A free value.

    Attributes
    ----------
    parameter
        Its parameter; ``theta`` for the weight of the first component.
    component
        The component that it belongs to, from 0; none where all share it.
    scale
        The scale on which it has no bounds.
    low, high
        Ends of the grid, on that scale.
    prior
        As in the configuration.
    """

    parameter: str
    component: int | None
    scale: str
    low: float
    high: float
    prior: Mapping[str, Any]

    @cached_property
    def density(self) -> Any:
        """SciPy's distribution of the prior."""
        arguments = {key: value for key, value in self.prior.items() if key != "dist"}
        return PRIORS[self.prior["dist"]](**arguments)


@dataclass(frozen=True)
class Mode:
    """A mode, with what it is in the posterior.

    Attributes
    ----------
    place
        The free values on their scales, of components in ascending order where these may change places.
    mass
        Its part of the posterior.
    """

    place: tuple[float, ...]
    mass: float


@dataclass(frozen=True)
class Case:
    """A data set and a mixture of two components whose posterior has two modes.

    Attributes
    ----------
    family
        Family of the components.
    data
        The table: columns of the response, and ``trials``.
    axes
        The free values; those of the components first, the same parameter of the one before the other.
    fixed
        Values of the other parameters: one, or one a component.
    name
        What tells cases apart.
    smaller
        Mass that the smaller mode was made for.
    """

    family: str
    data: pd.DataFrame
    axes: tuple[Axis, ...]
    fixed: Mapping[str, float | tuple[float, float]]
    name: str = ""
    smaller: float = 0.5

    @property
    def may_switch(self) -> bool:
        """Tell whether the components may change places."""
        return not any(isinstance(value, tuple) for value in self.fixed.values())

    @cached_property
    def config(self) -> dict[str, Any]:
        """The data set's and the model's entries of the configuration, and nothing else."""
        parameters: dict[str, Any] = {
            name: {"fixed": list(value) if isinstance(value, tuple) else value}
            for name, value in self.fixed.items()
        }
        weights: dict[str, Any] = {"fixed": [0.5, 0.5]}
        for axis in self.axes:
            if axis.parameter == "theta":
                weights = {"prior": {"dist": "dirichlet", "alpha": axis.prior["alpha"]}}
            else:
                shared = {"shared": True} if axis.component is None else {}
                parameters[axis.parameter] = {**shared, "prior": dict(axis.prior)}
        response = [name for name in self.data if name != "trials"]
        dataset: dict[str, Any] = {"response": response if len(response) > 1 else response[0]}
        if "trials" in self.data:
            dataset["trials"] = "trials"
        model = {"family": self.family, "components": 2, "parameters": parameters, "weights": weights}
        if self.family == "multi_normal":
            model["structure"] = "EII"
        return {"dataset": dataset, "model": model}

    def log_posterior(self, z: Array) -> Array:
        """Return the log of the unnormalised posterior density, with the Jacobian of the scales.

        Parameters
        ----------
        z
            Points by free value, shape (P, F), on their scales.

        Returns
        -------
        array
            Shape (P,).
        """
        y, counts = self._rows
        values, total = [], np.zeros(len(z))
        for i, axis in enumerate(self.axes):
            back, jacobian, _ = SCALES[axis.scale]
            values.append(back(z[:, i]))
            total += axis.density.logpdf(values[-1]) + jacobian(z[:, i])
        weight = next(
            (x for x, axis in zip(values, self.axes, strict=True) if axis.parameter == "theta"), 0.5
        )
        parts = []
        for component, theta in enumerate((weight, 1 - weight)):
            arguments = [self._argument(name, component, values) for name in PARAMETERS[self.family]]
            log_theta = np.log(np.broadcast_to(theta, len(z)))[:, None]
            parts.append(log_theta + DENSITIES[self.family](y, *arguments))
        total += np.logaddexp(*parts) @ counts
        return total

    @cached_property
    def _rows(self) -> tuple[list[Array], Array]:
        """The distinct rows by column, and how often each is there."""
        rows = self.data.value_counts()
        y = [np.array(column, dtype=float) for column in zip(*rows.index, strict=True)]
        return y, np.array(rows, dtype=float)

    def _argument(self, name: str, component: int, values: Sequence[Array]) -> Any:
        for axis, value in zip(self.axes, values, strict=True):
            if axis.parameter == name and axis.component in (None, component):
                return value[:, None]
        found = self.fixed[name]
        return found[component] if isinstance(found, tuple) else found

    def ordered(self, z: Array) -> Array:
        """Return a point with its components in ascending order where they may change places."""
        first, second = self._pair
        if not self.may_switch or z[first] <= z[second]:
            return z
        other = z.copy()
        other[[first, second]] = z[[second, first]]
        for i, axis in enumerate(self.axes):
            if axis.parameter == "theta":
                other[i] = -z[i]
        return other

    @property
    def _pair(self) -> tuple[int, int]:
        first, second = (i for i, axis in enumerate(self.axes) if axis.component is not None)
        return first, second

    def natural(self, place: Sequence[float]) -> dict[str, list[float]]:
        """Return the free values of a place by parameter, a value a component or one that all share."""
        found: dict[str, list[float]] = {}
        for axis, z in zip(self.axes, place, strict=True):
            x = float(SCALES[axis.scale][0](np.asarray(z)))
            found.setdefault(axis.parameter, []).extend([x, 1 - x] if axis.parameter == "theta" else [x])
        return found

    def place_of(self, optimum: Mapping[str, Any]) -> Array:
        """Return where an optimum of the search is: its free values on their scales, in our order."""
        found = []
        for axis in self.axes:
            values = np.atleast_1d(np.asarray(optimum[axis.parameter], dtype=float))
            found.append(SCALES[axis.scale][2](values[(axis.component or 0) % len(values)]))
        return self.ordered(np.asarray(found))


@dataclass(frozen=True)
class Posterior:
    """What a posterior is, by SciPy alone.

    Attributes
    ----------
    modes
        All of them but for labels, the first component's smaller first.
    barrier
        By how many nats the log density of the lower mode is above the highest pass to the other.
    """

    modes: tuple[Mode, ...]
    barrier: float


def solve(case: Case, fine: float = FINE) -> Posterior:
    """Find all modes of a posterior, and the mass of the basin of each.

    A grid over the whole posterior is divided by the steepest way up from each cell. A sum over cells is here
    more exact than their size suggests: of a smooth density that is near 0 at all ends it has an error of
    about exp(-2 pi^2 / fine^2), below 1e-15 for 0.7 and 1e-5 with correlations of three axes.

    Parameters
    ----------
    fine
        Spacing, in standard deviations of the narrowest mode along an axis given the others.
    """
    rough = [np.linspace(axis.low, axis.high, 61 if len(case.axes) < 3 else 31) for axis in case.axes]
    places = [case.ordered(place) for place in _tops(case, rough)]
    spacing = fine * np.min([1 / np.sqrt(np.diag(_curvature(case, place))) for place in places], axis=0)
    counts = [int(np.ceil((a.high - a.low) / h)) + 1 for a, h in zip(case.axes, spacing, strict=True)]
    grid = [np.linspace(a.low, a.high, n) for a, n in zip(case.axes, counts, strict=True)]
    density, top = _ways_up(case, grid)
    found: list[Array] = []
    label = np.zeros(density.size, dtype=int)
    for cell in np.unique(top):
        place = case.ordered(_climb(case, _point(grid, cell)))
        which = next((i for i, other in enumerate(found) if np.abs(place - other).max() < 0.01), len(found))
        if which == len(found):
            found.append(place)
        label[top == cell] = which
    weight = np.exp(density - density.max()).ravel()
    mass = np.bincount(label, weight, len(found)) / weight.sum()
    order = sorted(range(len(found)), key=lambda i: tuple(found[i]))
    modes = tuple(Mode(tuple(map(float, found[i])), float(mass[i])) for i in order)
    lower = min(float(case.log_posterior(place[None])[0]) for place in found)
    return Posterior(modes, lower - _pass(density, label.reshape(density.shape)))


def _tops(case: Case, grid: Sequence[Array]) -> list[Array]:
    _, top = _ways_up(case, grid)
    return [_climb(case, _point(grid, cell)) for cell in np.unique(top)]


def _point(grid: Sequence[Array], cell: int) -> Array:
    where = np.unravel_index(cell, [len(axis) for axis in grid])
    return np.array([axis[i] for axis, i in zip(grid, where, strict=True)])


def _ways_up(case: Case, grid: Sequence[Array]) -> tuple[Array, npt.NDArray[np.int64]]:
    """Return the log density of all cells, and the cell in which the steepest way up from each ends.

    Cells of no mass are left where they are, as if they were below the best one.
    """
    shape = tuple(len(axis) for axis in grid)
    points = np.stack(np.meshgrid(*grid, indexing="ij"), axis=-1).reshape(-1, len(grid))
    pieces = np.array_split(points, max(1, len(points) // 20_000))
    density = np.concatenate([case.log_posterior(piece) for piece in pieces]).reshape(shape)
    padded = np.pad(density, 1, constant_values=-np.inf)
    own = np.arange(density.size).reshape(shape)
    numbers = np.pad(own, 1)
    best, parent = density.copy(), own.copy()
    for step in itertools.product((0, 1, 2), repeat=len(shape)):
        window = tuple(slice(s, s + n) for s, n in zip(step, shape, strict=True))
        higher = padded[window] > best
        best[higher], parent[higher] = padded[window][higher], numbers[window][higher]
    way = parent.ravel()
    while not np.array_equal(way, way[way]):
        way = way[way]
    # A top of no mass, as a flat prior's far away, is no mode: its cells count for the best one.
    empty = density.ravel()[way] < density.max() - FAR_BELOW
    way = np.where(empty, density.argmax(), way)
    return density, way


def _climb(case: Case, start: Array) -> Array:
    """Climb to a local maximum; a step aside keeps from ending in a saddle between two."""

    def depth(z: Any) -> float:
        return -float(case.log_posterior(np.asarray(z)[None])[0])

    aside = start + 1e-3 * np.arange(1, len(start) + 1)
    near = optimize.minimize(depth, aside, method="BFGS").x
    end: Array = optimize.minimize(depth, near, method="Nelder-Mead", tol=1e-9).x
    return end


def _curvature(case: Case, place: Array, step: float = 1e-3) -> Array:
    """Return minus the second derivatives of the log density, by central differences."""
    size = len(place)
    found = np.zeros((size, size))
    for i, j in itertools.product(range(size), repeat=2):
        e, f = step * np.eye(size)[i], step * np.eye(size)[j]
        corners = np.array([place + e + f, place + e - f, place - e + f, place - e - f])
        found[i, j] = -np.array([1, -1, -1, 1]) @ case.log_posterior(corners) / (4 * step**2)
    return found


def _pass(density: Array, label: npt.NDArray[np.int64]) -> float:
    """Return the highest log density at which cells of different basins meet."""
    highest = -np.inf
    for axis in range(density.ndim):
        near = [np.moveaxis(array, axis, 0) for array in (density, label)]
        meet = near[1][1:] != near[1][:-1]
        if meet.any():
            highest = max(highest, float(np.minimum(near[0][1:], near[0][:-1])[meet].max()))
    return highest


def spaced(distribution: Any, n: int) -> Array:
    """Return n values that are spaced as a distribution: its quantiles at (i - 1/2) / n."""
    values: Array = np.round(distribution.ppf((np.arange(n) + 0.5) / n), 6)
    return values


def free(parameter: str, scale: str, low: float, high: float, **prior: Any) -> tuple[Axis, Axis]:
    """Make the axes of a parameter that is free in both components."""
    return (
        Axis(parameter, 0, scale, low, high, prior),
        Axis(parameter, 1, scale, low, high, prior),
    )


def clusters(shift: float, far: float, sizes: Sequence[int], sd: float) -> Array:
    """Make three clusters of normal quantiles around -far, shift and far."""
    at = (-far, shift, far)
    return np.concatenate([c + sd * spaced(stats.norm, n) for c, n in zip(at, sizes, strict=True)])


def normal(y: Array, extra: Sequence[Axis] = (), **fixed: Any) -> Case:
    """Make a case of normal components with free means."""
    axes = free("mu", "real", -abs(y).max() - 2, abs(y).max() + 2, dist="normal", mu=0, sigma=10)
    return Case("normal", pd.DataFrame({"y": y}), (*axes, *extra), fixed)


def known_sd(shift: float) -> Case:
    """Means are free."""
    return normal(clusters(shift, 5, (15, 15, 15), 0.3), sigma=1.0)


def known_sd_large(shift: float) -> Case:
    """Means are free; more observations, a little nearer to each other."""
    return normal(clusters(shift, 4.5, (60, 30, 60), 0.2), sigma=1.0)


def known_sd_small(shift: float) -> Case:
    """Means are free; few observations, far from each other."""
    return normal(clusters(shift, 7, (5, 4, 5), 0.3), sigma=1.0)


def free_weights(shift: float) -> Case:
    """Means and weights are free."""
    theta = Axis("theta", None, "logit", -8, 8, {"dist": "beta", "alpha": 1, "beta": 1})
    return normal(clusters(shift, 6, (8, 8, 8), 0.3), [theta], sigma=1.0)


def shared_sd(shift: float) -> Case:
    """Means and the standard deviation that they share are free, with a prior that keeps the latter small."""
    sigma = Axis("sigma", None, "log", -0.2, 0.7, {"dist": "lognormal", "mu": 0, "sigma": 0.05})
    return normal(clusters(shift, 6, (15, 15, 15), 0.3), [sigma])


def free_sds(shift: float) -> Case:
    """Scales are free, so that either of two components with known means is wide."""
    y = clusters(shift, 8, (30, 10, 30), 1)
    axes = free("sigma", "log", -2, 4, dist="lognormal", mu=0, sigma=1)
    return Case("normal", pd.DataFrame({"y": y}), axes, {"mu": (-8.0, 8.0)})


def student_t(shift: float) -> Case:
    """Locations are free."""
    y = clusters(shift, 9, (20, 20, 20), 0.3)
    axes = free("mu", "real", -13, 13, dist="normal", mu=0, sigma=10)
    return Case("student_t", pd.DataFrame({"y": y}), axes, {"nu": 30.0, "sigma": 1.0})


def gamma(shift: float) -> Case:
    """Rates are free."""
    shape, means = 30.0, np.exp([-1.5, shift, 1.5])
    y = np.concatenate([spaced(stats.gamma(10 * shape, scale=m / shape / 10), 15) for m in means])
    rate = float(np.log(shape))
    axes = free("beta", "log", rate - 3, rate + 3, dist="lognormal", mu=rate, sigma=2)
    return Case("gamma", pd.DataFrame({"y": y}), axes, {"alpha": shape})


def poisson(rate: float) -> Case:
    """Means are free; the prior's rate makes the masses."""
    y = np.concatenate([spaced(stats.poisson(m), 10) for m in (2, 26, 75)])
    axes = free("lambda", "log", -2, 5, dist="gamma", alpha=1, beta=rate)
    return Case("poisson", pd.DataFrame({"y": y.astype(int)}), axes, {})


def binomial(shape: float) -> Case:
    """Probabilities are free; the prior's second shape makes the masses."""
    y = np.concatenate([spaced(stats.binom(40, p), 12) for p in (0.02, 0.5, 0.98)])
    data = pd.DataFrame({"y": y.astype(int), "trials": 40})
    axes = free("p", "logit", -8, 8, dist="beta", alpha=1, beta=shape)
    return Case("binomial", data, axes, {})


def two_columns(shift: float) -> Case:
    """Means of the first column are free."""
    return _of_columns(shift, (), sigma=1.0)


def two_columns_sd(shift: float) -> Case:
    """Means of the first column and the standard deviation of all are free."""
    sigma = Axis("sigma", None, "log", -0.2, 0.7, {"dist": "lognormal", "mu": 0, "sigma": 0.05})
    return _of_columns(shift, (sigma,))


def _of_columns(shift: float, extra: tuple[Axis, ...], **fixed: Any) -> Case:
    a = clusters(shift, 6, (15, 15, 15), 0.3)
    # Values of the second column are in an order of their own, so that the two are hardly correlated.
    b = np.tile(spaced(stats.norm, 15)[(np.arange(15) * 7) % 15], 3)
    axes = free("mu_1", "real", -9, 9, dist="normal", mu=0, sigma=10)
    return Case("multi_normal", pd.DataFrame({"a": a, "b": b}), (*axes, *extra), {"mu_2": 0.0, **fixed})


BETWEEN: dict[Callable[[float], Case], tuple[float, float]] = {
    known_sd: (-0.1, 0.2),
    known_sd_large: (-0.1, 0.2),
    known_sd_small: (-0.1, 0.5),
    free_weights: (-0.1, 0.5),
    shared_sd: (-0.1, 0.5),
    free_sds: (-0.1, 0.5),
    student_t: (-0.1, 0.2),
    gamma: (0.1, -0.1),
    poisson: (0.01, 0.3),
    binomial: (0.9, 9.0),
    two_columns: (-0.1, 0.2),
    two_columns_sd: (-0.1, 0.2),
}
"""Makers of cases, and values of their argument between which the first mode's mass goes up."""
TUNED: dict[Callable[[float], Case], tuple[float, ...]] = {
    known_sd: (0.0, 0.029398, 0.052073),
    known_sd_large: (0.0, 0.012578, 0.022281),
    known_sd_small: (0.0, 0.070714, 0.125254),
    free_weights: (0.0, 0.045811, 0.081143),
    shared_sd: (0.0, 0.043195, 0.076518),
    free_sds: (0.0, 0.226284, 0.400664),
    student_t: (0.0, 0.01995, 0.035337),
    gamma: (0.000169, -0.003676, -0.006642),
    poisson: (0.157585, 0.225184, 0.278291),
    binomial: (1.0, 1.80662, 2.44291),
    two_columns: (0.0, 0.024425, 0.043263),
    two_columns_sd: (0.0, 0.040769, 0.072219),
}
"""Arguments that :func:`tune` finds, for the masses `SMALLER`."""


def tune(maker: Callable[[float], Case], smaller: float) -> float:
    """Find the argument with which a maker's second mode has a mass."""

    def miss(value: float) -> float:
        first = solve(maker(value)).modes[0].mass
        return float(special.logit(first) - special.logit(1 - smaller))

    return round(float(optimize.brentq(miss, *BETWEEN[maker], xtol=1e-7)), 6)


def cases() -> list[Case]:
    """Make all cases; each is named after its maker and the mass of its smaller mode in percent."""
    return [
        replace(maker(value), name=f"{maker.__name__}_{smaller * 100:.0f}", smaller=smaller)
        for maker, values in TUNED.items()
        for smaller, value in zip(SMALLER, values, strict=True)
    ]


def write(chosen: Sequence[Case], seed: int, folder: Path) -> None:
    """Write data and configuration of cases into a folder."""
    config: dict[str, Any] = {"datasets": {}, "models": {}, "analyses": [], "sampling": {"seed": seed}}
    for case in chosen:
        case.data.to_csv(folder / f"{case.name}.csv", index=False)
        found = case.config
        config["datasets"][case.name] = {"file": f"{case.name}.csv", **found["dataset"]}
        config["models"][case.name] = found["model"]
        config["analyses"].append({"dataset": case.name, "models": [case.name]})
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def row_of(case: Case, posterior: Posterior, seed: int, fit: Path) -> dict[str, Any]:
    """Read what the workflow found of a case.

    Parameters
    ----------
    fit
        Folder of the fit.

    Returns
    -------
    dict
        ``masses`` has the exact ones. For each of the two modes: ``found``, whether the search lists it;
        ``chains``, how many start there; ``laplace``, the mass that the search gives it, and ``ledger``, the
        mass of the chains' groups there, both over the exact one. ``off`` is by how many nats the difference
        of their log densities is another one than ours. What the files do not have is none.
    """
    modes, judged = (
        json.loads((fit / name).read_text("utf-8")) if (fit / name).is_file() else {}
        for name in ("modes.json", "diagnostics.json")
    )
    optima, ledger = modes.get("optima", []), judged.get("modes", {"groups": []})
    where = [at(case, posterior, optimum) for optimum in optima]
    exact = [mode.mass for mode in posterior.modes]
    starts = modes["starts"] if isinstance(modes.get("starts"), list) else None
    groups = [
        (at(case, posterior, ledger["modes"][group["optima"][0]["mode"] - 1]), group.get("mass"))
        for group in ledger["groups"]
        if group["optima"]
    ]
    return {
        "case": case.name,
        "family": case.family,
        "free": len(case.axes),
        "n": len(case.data),
        "smaller": case.smaller,
        "masses": exact,
        "barrier": round(posterior.barrier, 2),
        "seed": seed,
        "verdict": judged.get("verdict"),
        "listed": len(optima),
        "found": [i in where for i in range(2)],
        "off": off(case, posterior, where, optima),
        "chains": None
        if starts is None
        else [sum(where[start["mode"] - 1] == i for start in starts) for i in range(2)],
        "laplace": ratios([(i, o.get("mass")) for i, o in zip(where, optima, strict=True)], exact),
        "ledger": ratios(groups, exact),
    }


def at(case: Case, posterior: Posterior, optimum: Mapping[str, Any]) -> int | None:
    """Return the number of the mode, from 0, that an optimum is at; none where it is at neither."""
    places = [np.array(mode.place) for mode in posterior.modes]
    apart = np.linalg.norm(places[1] - places[0])
    away = [float(np.linalg.norm(case.place_of(optimum) - place) / apart) for place in places]
    nearest = int(np.argmin(away))
    return nearest if away[nearest] < NEAR else None


def off(
    case: Case, posterior: Posterior, where: Sequence[int | None], optima: Sequence[Mapping[str, Any]]
) -> float | None:
    """Return by how much the difference of the modes' log densities is another for the search, in nats."""
    if not {0, 1} <= set(where):
        return None
    theirs = [optima[where.index(i)]["log_density"] for i in range(2)]
    ours = case.log_posterior(np.array([mode.place for mode in posterior.modes]))
    return round(abs(float(theirs[1] - theirs[0] - (ours[1] - ours[0]))), 4)


def ratios(masses: Sequence[tuple[int | None, float | None]], exact: Sequence[float]) -> list[float] | None:
    """Return the masses that were given to each of the modes over their exact ones; none where none was."""
    if not masses or any(mass is None for _, mass in masses):
        return None
    return [
        round(sum(mass for i, mass in masses if i == own and mass is not None) / of, 4)
        for own, of in enumerate(exact)
    ]


def main() -> None:
    """Run what has no rows yet, and write rows and page after each seed."""
    known = cases()
    names = [case.name for case in known]
    parser = argparse.ArgumentParser(prog="python -m bench.validation.planted", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="these cases")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from 1")
    parser.add_argument("--cores", type=int, default=2, help="cores of a run")
    parser.add_argument("--again", action="store_true", help="measure also what has rows")
    parser.add_argument("--tune", action="store_true", help="only print the arguments of the makers")
    options = parser.parse_args()
    if options.tune:
        for maker in BETWEEN:
            print(f"    {maker.__name__}: {tuple(tune(maker, smaller) for smaller in SMALLER)},", flush=True)
        return
    solved = {case.name: solve(case) for case in known if case.name in options.only}
    for seed in range(1, options.seeds + 1):
        there = {(row["case"], row["seed"]) for row in validation.read().get("planted", [])}
        chosen = [
            case
            for case in known
            if case.name in solved and (options.again or (case.name, seed) not in there)
        ]
        if not chosen:
            continue
        folder = PLACE / str(seed)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write(chosen, seed, folder)
        done = stanmix("run", "diagnostics", "--cores", str(options.cores), folder=folder, must=False)
        if done.returncode:
            print(done.stdout[-3000:], file=sys.stderr, flush=True)
        fits = {case.name: folder / "results" / case.name / case.name / "k2" for case in chosen}
        rows = [row_of(case, solved[case.name], seed, fits[case.name]) for case in chosen]
        validation.update("planted", KEY, rows)
        both = sum(all(row["found"]) for row in rows)
        print(f"Seed {seed}: both modes are found in {both} of {len(rows)} cases.", flush=True)


if __name__ == "__main__":
    main()
