"""The sections of the report. A new one is a module here, a template, and a line in the list below."""

from __future__ import annotations

from stanmix.report.registry import Facts, Level, Section
from stanmix.report.sections import (
    accuracy,
    assignments,
    chains,
    comparison,
    data,
    labels,
    model,
    posterior,
    predictions,
    predictive,
    run,
)

SECTIONS: tuple[Section, ...] = tuple(
    sorted(
        (
            *run.SECTIONS,
            data.SECTION,
            comparison.SWEEP,
            comparison.SECTION,
            model.SECTION,
            model.PRIOR_PREDICTIVE,
            chains.SECTION,
            labels.SECTION,
            posterior.SECTION,
            predictive.SECTION,
            assignments.SECTION,
            predictions.SECTION,
            accuracy.SECTION,
        ),
        key=lambda section: section.order,
    )
)


def sections_of(level: Level, facts: Facts) -> list[Section]:
    """List the sections that a fit, a data set or a run with the given facts has, in order."""
    return [section for section in SECTIONS if section.level == level and section.applies(facts)]
