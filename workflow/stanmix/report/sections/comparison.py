"""The fits of a data set beside each other."""

from __future__ import annotations

from stanmix.report.registry import Facts, Section


def is_sweep(dataset: Facts) -> bool:
    """Tell whether a model was fitted with several numbers of components."""
    return bool(dataset["swept"])


SWEEP = Section("dataset", "sweep", "Number of components", 30, applies=is_sweep)
SECTION = Section("dataset", "comparison", "Comparison", 20)
