"""What a family of component distributions is.

A family is one description here, and its folder in ``stan/families``, from which its Stan programs are made
(:mod:`stanmix.stan.templates`). They get the treatment of each parameter as data, in the order of
:attr:`Family.parameters`, which :mod:`stanmix.model.mixture` writes.

Observations are N numbers, or N rows for families with several numbers for each (successes and trials).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from stanmix.families.statistics import REAL_STATISTICS, Statistics
from stanmix.families.support import REALS, Support
from stanmix.families.uniform import Uniform
from stanmix.priors import POSITIVE, REAL, Bounds, Prior
from stanmix.weighting import quantiles

Array = npt.NDArray[np.float64]
Components = npt.NDArray[np.intp]
Values = Mapping[str, Array]
"""Parameters of a mixture: K values under each name."""


@dataclass(frozen=True)
class DataScale:
    """Location and range of the data, on the scale of a family's default priors."""

    minimum: float
    maximum: float
    columns: tuple[DataScale, ...] = ()
    """The scales of all columns of multivariate data."""

    @classmethod
    def of(cls, x: Array) -> DataScale:
        """Return the scale of some numbers."""
        return cls(float(x.min()), float(x.max()))

    @classmethod
    def of_most(cls, x: Array, weight: Array | None = None) -> DataScale:
        """Return the scale of the central 95% of some numbers, which ignores long tails."""
        low, high = quantiles(x, [0.025, 0.975], weight)
        return cls(float(low), float(high)) if high > low else cls.of(x)

    @property
    def midrange(self) -> float:
        """Middle between the smallest and the largest value."""
        return self.minimum / 2 + self.maximum / 2

    @property
    def range(self) -> float:
        """Largest minus smallest value."""
        return self.maximum - self.minimum


@dataclass(frozen=True)
class Parameter:
    """A parameter that every component of a family has.

    Attributes
    ----------
    name
        Its name in the configuration, in Stan and in all results.
    description
        What it is, for the report.
    support
        The values it may take.
    default_prior
        Prior for data of a given scale, when the configuration gives none.
    unbounded_at
        Where the likelihood of some observations, such as tied ones, is unbounded, which restricts the prior
        (:mod:`stanmix.data.propriety`): at ``zero``, at ``infinity``, at the ``ends`` -1 and 1, or at the
        ``extremes`` of a parameter that enters by its exponential. None if the likelihood is bounded.
    margin
        Smallest distance of starts from the ends of an interval, as a share of it.
    rate
        The likelihood of t tied observations grows as 1 over the distance from that point to the power
        ``rate`` times t, or as the parameter to this power if the point is infinity.
    regained
        Power that integrating over the location of the ties gives back; negative if it adds one.
    factors
        Number of factors that explain a plane fully if this parameter goes to zero in several columns.
    period
        Values that differ by the period are the same; None for parameters without one.
    identified
        Whether its value is identified. If it is not, results show quantities from :meth:`Family.derived`
        instead.
    """

    name: str
    description: str
    support: Bounds
    default_prior: Callable[[DataScale], Prior]
    unbounded_at: Literal["zero", "infinity", "ends", "extremes"] | None = None
    period: float | None = None
    identified: bool = True
    rate: float = 1.0
    regained: float = 1.0
    factors: int = 0
    margin: float = 0.01


class Family(ABC):
    """Distribution of the data within a component."""

    name: str
    program: str = ""
    """Name of the Stan program; if empty, the family's name."""
    parameters: tuple[Parameter, ...]
    is_multivariate: bool = False
    """Whether observations are rows of two columns or more."""
    has_structures: bool = False
    """Whether the family has several covariance structures."""
    has_families: bool = False
    """Whether the configuration names a family of each column."""
    of_column: Sequence[Family] = ()
    """The family of each column, if columns have their own."""
    names: Sequence[Sequence[str] | None] | None = None
    """Names of the levels of each column, None for columns that are not categorical; None without any."""
    is_elliptical: bool = False
    """Whether components have means and covariances of several columns, which figures draw as ellipses."""
    compile_mb: int = 3000
    """Memory that compiling the program takes, in megabytes."""
    missing: bool = False
    """Whether cells of observations may be missing; missing cells are NaN."""
    shared: frozenset[str] = frozenset()
    """Parameters that all components share by default."""
    tail: float = math.inf
    """Power of the distance with which the density falls in the tails; infinity if it falls faster."""
    joint: tuple[str, ...] = ()
    """Parameters that are sampled together (:mod:`stanmix.starts.conditioning`)."""
    framed: tuple[str, ...] = ()
    """Those of them that are sampled along the axes of :meth:`frames`."""
    stan_value: str | None = None
    """The program's variable with the values of all parameters, if parameters have no variables of their
    own."""
    support: Support = REALS
    location: tuple[str, ...]
    """The parameters that determine the location of a component, by which exchangeable ones are numbered."""
    statistics: Statistics = REAL_STATISTICS
    """Test statistics of posterior predictive checks, by name."""

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of the given name."""
        return next(p for p in self.parameters if p.name == name)

    @property
    def bears_missing(self) -> bool:
        """Whether cells of new observations may be missing."""
        return self.missing

    @classmethod
    def most_columns(cls, structure: str) -> int | None:
        """Return how many columns a covariance structure may have; None without a bound of the family's."""
        return None

    @property
    def stan_program(self) -> str:
        """Name of the Stan program."""
        return self.program or self.name

    def region(self, y: Array) -> tuple[Array, Array]:
        """Return the ends of the region in which the observations lie, a number for each column."""
        columns = y[:, None] if y.ndim == 1 else y
        return columns.min(axis=0), columns.max(axis=0)

    def uniform_over(self, lower: Sequence[float], upper: Sequence[float]) -> Uniform:
        """Return the uniform distribution of observations over a region."""
        return Uniform(lower, upper, [self.support.whole] * len(lower))

    def identity(self) -> dict[str, Any]:
        """Return the facts that identify the family, for :func:`stanmix.families.family_of`."""
        return {"family": self.name}

    # Observations

    def score(self, y: Array) -> Array:
        """Return one number for each observation, by which they are sorted and shown: N values."""
        return y

    def replicated(self, y: Array, y_rep: Array) -> Array:
        """Return the values for statistics of replicated observations: their scores, shape (S, N).

        Multivariate families have rows, shape (S, N, D). ``y_rep`` is Stan's output for observations ``y``.
        """
        return y_rep

    def observed(self, y: Array) -> Array:
        """Return the values for statistics of the observations: their scores, or rows."""
        return self.score(y)

    def collapsing(self, y: Array, name: str) -> Array:
        """Return the part of the observations on whose ties a component may collapse by a parameter.

        For a parameter that is unbounded at its ends or extremes these are the columns that may lie in a
        plane.
        """
        return y

    def collapsing_with(self, name: str) -> tuple[str, ...]:
        """Return the parameters that go to infinity with this one as a component collapses."""
        return tuple(p.name for p in self.parameters if p.unbounded_at == "infinity")

    def placing(self, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the means and the scales that place a plane onto which a component collapses by a parameter.

        There are as many means as the plane has columns; none without planes.
        """
        return (), ()

    def centre_of(self, name: str) -> str | None:
        """Return the parameter at whose value a component collapses by another one; None if there is none."""
        return None

    def coordinates(self, y: Array) -> Array:
        """Return coordinates of the observations for clustering and for the size of a component, (N, D)."""
        return y[:, None]

    def scale(self, y: Array, weight: Array | None = None) -> DataScale:
        """Return the weighted scale of the observations, on which default priors are based."""
        return DataScale.of(self.score(y))

    def step(self, y: Array) -> float | None:
        """Return the distance between possible scores of observations; None for continuous data."""
        return 1.0 if self.support.whole else None

    def grid(self, y: Array, points: int) -> Array:
        """Return possible observations, evenly spread over the data and a margin, at most ``points``."""
        margin = 0.1 * float(np.ptp(y))
        low = max(float(y.min()) - margin, self.support.lower)
        high = min(float(y.max()) + margin, self.support.upper)
        # Without the ends, where a density may be unbounded.
        return (
            np.linspace(low, high, points + 2)[1:-1]
            if self.support.is_bounded
            else np.linspace(low, high, points)
        )

    def stan_observations(self, y: Array) -> dict[str, Any]:
        """Return the observations as data of the Stan program."""
        return {"y": y.astype(np.int64) if self.support.whole else y}

    @property
    def stan_variables(self) -> tuple[str, ...]:
        """Names of the program's variables that hold weights and parameters."""
        return ("theta", *([self.stan_value] if self.stan_value else [p.name for p in self.parameters]))

    def from_stan(self, variables: Mapping[str, Array]) -> dict[str, Array]:
        """Return theta and the parameters, arrays of K values each, from the program's variables."""
        if self.stan_value is None:
            return {
                name: np.asarray(variables[name]) for name in ("theta", *(p.name for p in self.parameters))
            }
        value = variables[self.stan_value]
        return {"theta": variables["theta"]} | {
            p.name: value[..., i, :] for i, p in enumerate(self.parameters)
        }

    def stan_sizes(self, components: int) -> dict[str, Any]:
        """Return further data of the Stan program."""
        return {}

    # Distribution

    @abstractmethod
    def simulate(
        self, rng: np.random.Generator, component: Components, values: Values, trials: Array | None = None
    ) -> Array:
        """Draw one observation for each entry of ``component`` (0-based), N of them.

        ``trials`` are the N numbers of trials, for families that have them.
        """

    @abstractmethod
    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n), an array of shape (N, K); values of shape (..., 1, K) give (..., N, K)."""

    @abstractmethod
    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of each component's score; broadcasts over leading dimensions.

        Families with other measures of location and spread say so.
        """

    def density(self, y: Array, values: Values) -> Array:
        """Return f_k at some observations: values of shape (..., K) give (..., K, N)."""
        log_density = self.log_density(y, {name: value[..., None, :] for name, value in values.items()})
        return np.moveaxis(np.exp(log_density), -1, -2)

    def score_density(self, y: Array, values: Values) -> Array:
        """Return the density of the scores of some observations, (..., K, N) for values of shape (..., K)."""
        return self.density(y, values)

    def locations(self, values: Values) -> Array:
        """Return the location of each component, by which they are numbered."""
        return self.moments(values)[0]

    def centres(self, values: Values) -> Array:
        """Return the features by which components are matched, shape (..., K, F): their locations."""
        return self.locations(values)[..., None]

    def log_prior_beside(self, values: Values, index: Mapping[str, Sequence[int]]) -> Array:
        """Return what the joint log prior has beside the sum of the parameters' own; shape (...).

        Parameters
        ----------
        values
            The parameters, shape (..., K).
        index
            For each parameter and component the number of its free value; 0 where it is fixed.
        """
        return np.zeros(next(iter(values.values())).shape[:-1])

    def frames(self, values: Values) -> list[tuple[list[str], Array]]:
        """Return for sets of d parameters orthonormal columns, (K, d, d), along which each is for itself."""
        return []

    def derived(self, values: Values) -> dict[str, Array]:
        """Return further quantities for summaries, by name, in the shape of the values."""
        return {}

    # Starts

    @abstractmethod
    def estimate(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return a quick estimate of each component, given (N, K) weights, for starts.

        It is the weighted maximum likelihood estimate if that is cheap, and otherwise an estimate by moments.
        """

    def restrain(self, values: Values, y: Array, share: float) -> dict[str, Array]:
        """Keep estimates away from values with an unbounded likelihood.

        The spread of each component on `coordinates` is at least a share of that of all data.
        """
        return self.keep_above(values, share * float(self.coordinates(y).std(axis=0).mean()))

    def keep_above(self, values: Values, floor: float) -> dict[str, Array]:
        """Keep the spread of every component on `coordinates` above a floor."""
        return {
            p.name: np.maximum(values[p.name], floor) if p.unbounded_at == "zero" else values[p.name]
            for p in self.parameters
        }

    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the rough standard error of each parameter from ``n`` observations a component.

        It is on the scale on which Stan samples: of the logarithm for a positive parameter, of the logit for
        one between 0 and 1.
        """
        spread = np.sqrt(self.moments(values)[1])
        errors = {}
        for parameter in self.parameters:
            if parameter.support == REAL:
                errors[parameter.name] = spread / np.sqrt(n)
            elif parameter.support == POSITIVE:
                errors[parameter.name] = np.sqrt(2 / n)
            else:
                errors[parameter.name] = 2 / np.sqrt(n)
        return errors


def column(y: Array) -> Array:
    """Return observations as a column, for broadcasting with components."""
    return y[:, None]


def averages(x: Array, responsibility: Array) -> Array:
    """Return the weighted mean of each component, K values."""
    mean: Array = responsibility.T @ x / responsibility.sum(axis=0)
    return mean


def mean_and_variance(x: Array, responsibility: Array) -> tuple[Array, Array]:
    """Return the weighted mean and variance of each component, K values each."""
    mean = averages(x, responsibility)
    variance = (responsibility * (x[:, None] - mean) ** 2).sum(axis=0) / responsibility.sum(axis=0)
    return mean, variance
