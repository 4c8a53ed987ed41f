"""All figures of one fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from stanmix.families.multivariate import MultiNormal
from stanmix.model import Model
from stanmix.report.figures.assignments import assignment_figure
from stanmix.report.figures.chains import marginal_figure, trace_figure
from stanmix.report.figures.gaps import drawn
from stanmix.report.figures.means import component_means
from stanmix.report.figures.pairs import AREA, pair_figure
from stanmix.report.figures.predictive import posterior_predictive_figure, prior_predictive_figure
from stanmix.report.figures.prior import prior_figure
from stanmix.report.figures.style import Array


@dataclass(frozen=True)
class FitResults:
    """The inputs of the figures of a fit.

    Attributes
    ----------
    y
        The observations.
    response
        Name of the observations, for the axes.
    columns
        Names of the columns of multivariate observations.
    model
        The model.
    posterior, prior, predictive
        DataTrees of the fit.
    summary, assignments
        Tables of the fit.
    interval
        Probability of intervals.
    """

    y: Array
    response: str
    columns: list[str]
    model: Model
    posterior: Any
    prior: Any
    predictive: Any
    summary: pd.DataFrame
    assignments: pd.DataFrame
    interval: float


def fit_figures(fit: FitResults) -> Iterator[tuple[str, Figure]]:
    """Yield every figure of :data:`stanmix.report.catalogue.FIT_FIGURES` with its name."""
    known = fit.summary.dropna(subset="truth")
    truth = dict(zip(known["parameter"], known["truth"], strict=True))
    means = component_means(fit.posterior, fit.model)
    prior_rep = fit.prior["prior_predictive"]["y_rep"].values
    posterior_rep = fit.predictive["posterior_predictive"]["y_rep"].values
    probability = fit.assignments.filter(regex=r"^p_\d+$").to_numpy()
    yield "prior", drawn(prior_figure, fit.model, fit.prior)
    axis = fit.columns[0] if fit.columns else fit.response  # figures of a single column show the first
    family = fit.model.family
    y = fit.y[~np.isnan(family.score(fit.y))]
    # Cells that are missing in the data are missing in every replication.
    prior_rep, posterior_rep = (rep[:, ~np.isnan(rep).all(axis=0)] for rep in (prior_rep, posterior_rep))
    yield "prior_predictive", drawn(prior_predictive_figure, family, y, prior_rep, axis)
    rhat = dict(zip(fit.summary["parameter"], fit.summary["rhat"], strict=True))
    yield "traces", drawn(trace_figure, fit.posterior, fit.model, rhat)
    yield "marginals", drawn(marginal_figure, fit.posterior, fit.model, fit.interval, truth)
    yield "predictive", drawn(posterior_predictive_figure, y, posterior_rep, axis, fit.model, means)
    if isinstance(family, MultiNormal) and fit.model.noise is None:
        ellipses, centres = family.ellipses(means, AREA), family.means(means)
        classes = probability.argmax(axis=1)
        yield (
            "assignments",
            drawn(pair_figure, fit.y, fit.columns, classes, "component", centres, ellipses),
        )
    else:
        score = family.score(fit.y)
        seen = ~np.isnan(score)
        yield "assignments", drawn(assignment_figure, score[seen], probability[seen], axis)
