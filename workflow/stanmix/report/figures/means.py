"""Posterior means of a fit, with which its components are drawn."""

from __future__ import annotations

from typing import Any

from stanmix.model import Model
from stanmix.posterior.datatree import component_values
from stanmix.report.figures.style import Array


def component_means(tree: Any, model: Model) -> dict[str, Array]:
    """Return posterior means of theta and the parameters, K values each."""
    return {name: value.mean((0, 1)) for name, value in component_values(tree, model).items()}
