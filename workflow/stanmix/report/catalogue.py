"""The figures that a report has.

Nothing heavy is imported here, because the workflow's rules read it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stanmix.families import class_of, is_of_counts, simulated_columns
from stanmix.report import alt

PREDICTIVE_INTERVAL = 0.95
"""Probability of the intervals of replicated data."""

Facts = Mapping[str, Any]


def has_ellipses(dataset: Facts, model: Facts) -> bool:
    """Tell whether the components of a configured model have means and covariances of several columns."""
    return class_of(model["family"]).is_elliptical and not model.get("noise", False)


def has_counts(dataset: Facts, model: Facts) -> bool:
    """Tell whether a configured model describes the counts of one column by a family of counts."""
    return is_of_counts(model["family"]) and not column_names(dataset)


@dataclass(frozen=True)
class Figure:
    """A figure of the report.

    Its drawing is yielded under its name by what its job calls in :mod:`stanmix.report.figures`; its caption
    in ``workflow/report/captions`` bears the name, too.

    Attributes
    ----------
    name, heading
        Its name, and the heading under which it is shown.
    alt
        Its alternative text from facts; see :mod:`stanmix.report.alt`.
    applies
        Whether a fit of a configured model to a configured data set has it.
    """

    name: str
    heading: str
    alt: Callable[[Facts, Any], str]
    applies: Callable[[Facts, Facts], bool] = lambda dataset, model: True


OF_JOB: Mapping[str, tuple[Figure, ...]] = {
    "fit": (
        Figure("prior", "Prior", alt.prior),
        Figure("prior_predictive", "Prior predictive", alt.prior_predictive),
        Figure("traces", "Traces", alt.traces),
        Figure("marginals", "Marginal posteriors", alt.marginals),
        Figure("predictive", "Posterior predictive", alt.predictive),
        Figure("assignments", "Assignments", alt.assignments),
    ),
    "rows": (
        Figure("parallel", "Parallel coordinates", alt.parallel, has_ellipses),
        Figure("discriminant", "Discriminant projection", alt.discriminant, has_ellipses),
    ),
    "counts": (Figure("rootogram", "Rootogram", alt.rootogram, has_counts),),
    "dataset": (Figure("data", "Data", alt.data), Figure("comparison", "Comparison", alt.comparison)),
}
"""The figures that each job draws, in order: of every fit, of fits to rows of numbers, of fits to counts by a
family of counts, and of every data set."""

FIGURES = {figure.name: figure for figures in OF_JOB.values() for figure in figures}


def headings_of(job: str) -> dict[str, str]:
    """Return the headings of the figures that a job draws, by name."""
    return {figure.name: figure.heading for figure in OF_JOB[job]}


FIT_FIGURES = headings_of("fit")
ROWS_FIGURES = headings_of("rows")
COUNTS_FIGURES = headings_of("counts")
DATASET_FIGURES = headings_of("dataset")


def column_names(dataset: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns of multivariate data; none for other data."""
    if "simulate" in dataset:
        return [f"y_{d + 1}" for d in range(simulated_columns(dataset["simulate"]) or 0)]
    response = dataset["response"]
    return list(response) if not isinstance(response, str) and len(response) > 1 else []


def response_name(dataset: Mapping[str, Any]) -> str:
    """Return the name of the observations of a configured data set; simulated ones are y.

    With trials they are shown as shares of successes.
    """
    response = column_names(dataset) or dataset.get("response", "y")
    name = response if isinstance(response, str) else ", ".join(response)
    simulated = "trials" if "trials" in dataset.get("simulate", {}) else None
    trials = dataset.get("trials", simulated)
    return name if trials is None else f"{name} / {trials}"


def figures_of(dataset: Facts, model: Facts) -> list[str]:
    """Name the figures that a fit of a configured model to a configured data set has."""
    figures = (figure for job in ("fit", "rows", "counts") for figure in OF_JOB[job])
    return [figure.name for figure in figures if figure.applies(dataset, model)]
