"""Prior distributions: as the configuration names them, as Stan data, and their densities by SciPy."""

from stanmix.priors.distributions import (
    CORRELATION,
    DISTRIBUTIONS,
    POSITIVE,
    REAL,
    UNIT,
    Bounds,
    Prior,
    per_component,
    prior_problem,
)

__all__ = [
    "CORRELATION",
    "DISTRIBUTIONS",
    "POSITIVE",
    "REAL",
    "UNIT",
    "Bounds",
    "Prior",
    "per_component",
    "prior_problem",
]
