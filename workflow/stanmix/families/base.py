"""What a family of component distributions is.

A family is one Stan program, one likelihood function and one description here. The program
``stan/models/{program}.stan`` reads, for each parameter ``p`` of the family, the data ``n_p``,
``p_index``, ``p_fixed``, ``p_lower``, ``p_upper``, ``p_prior``, ``p_prior_args`` and
``p_prior_log_mass``, which :mod:`stanmix.model` writes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from stanmix.priors import Bounds, Prior

Array = npt.NDArray[np.float64]
Values = Mapping[str, Array]
"""Parameters of a mixture: for each name its K values."""


@dataclass(frozen=True)
class DataScale:
    """The scale of univariate data, from which default priors are made."""

    minimum: float
    maximum: float

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
    is_scale
        Whether the likelihood is unbounded as it goes to 0, which restricts its prior.
    """

    name: str
    description: str
    support: Bounds
    default_prior: Callable[[DataScale], Prior]
    is_scale: bool = False


class Family(ABC):
    """Distribution of the data within a component."""

    name: ClassVar[str]
    program: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]]
    order_by: ClassVar[str]
    """The parameter by which exchangeable components are numbered."""

    def parameter(self, name: str) -> Parameter:
        """Return the parameter of the given name."""
        return next(p for p in self.parameters if p.name == name)

    @abstractmethod
    def simulate(self, rng: np.random.Generator, component: npt.NDArray[np.intp], values: Values) -> Array:
        """Draw one observation for each entry of ``component`` (0-based), N values."""

    @abstractmethod
    def log_density(self, y: Array, values: Values) -> Array:
        """Return log f_k(y_n), an array of shape (N, K); values of shape (..., 1, K) give (..., N, K)."""

    @abstractmethod
    def maximise(self, y: Array, responsibility: Array) -> dict[str, Array]:
        """Return each component's weighted maximum likelihood estimate, given (N, K) weights."""

    @abstractmethod
    def standard_error(self, values: Values, n: Array) -> dict[str, Array]:
        """Return the rough standard error of each parameter from ``n`` observations a component.

        It is on the scale on which Stan samples: of the logarithm for a positive parameter.
        """

    @abstractmethod
    def moments(self, values: Values) -> tuple[Array, Array]:
        """Return mean and variance of each component; broadcasts over leading dimensions."""

    @abstractmethod
    def density(self, grid: Array, values: Values) -> Array:
        """Return f_k at the grid points: values of shape (..., K) give (..., K, G)."""
