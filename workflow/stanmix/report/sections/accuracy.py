"""How well a fit predicts, and its run times."""

from __future__ import annotations

from typing import Any

from stanmix.io import read_json
from stanmix.report.registry import Section, Source
from stanmix.report.tables import seconds

STAGES = {
    "initialise": "initialise", "search modes": "search", "sample": "sample_*", "escalate": "escalate",
    "prior": "prior", "label": "label", "diagnose": "diagnose", "quantify": "quantify",
    "partition": "partition", "draw figures": "draw_*",
}  # fmt: skip
"""Stages of a fit and the names of their benchmark files."""


def facts(source: Source) -> dict[str, Any]:
    """Return the leave-one-out estimates, the seed and the run times."""
    loo = read_json(source.folder / "loo.json")
    return {
        "elpd": {key: value for key, value in loo.items() if key != "pointwise"},
        "seed": source.seed,
        "seconds": seconds(source.benchmarks / source.place, STAGES),
    }


SECTION = Section("fit", "accuracy", "Predictive accuracy", 190, facts)
