"""A model ready to be fitted: its parameters and priors, and the permutations that leave it as it is."""

from stanmix.model.mixture import (
    Model,
    ParameterPlan,
    free_groups,
    per_component_fixed,
    priors_of,
    resolve,
    treatment_of,
)

__all__ = [
    "Model",
    "ParameterPlan",
    "free_groups",
    "per_component_fixed",
    "priors_of",
    "resolve",
    "treatment_of",
]
