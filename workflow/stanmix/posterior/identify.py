"""How a model's labels are to be resolved, as the configuration says.

No heavy imports: the Snakefile imports this.
"""

from __future__ import annotations

IDENTIFY = "relabel"
"""The way of models that name none."""


def ordered_by(identify: str) -> str | None:
    """Return the parameter in ``order(parameter)``; None for other ways."""
    return identify[len("order(") : -1] if identify.startswith("order(") and identify.endswith(")") else None
