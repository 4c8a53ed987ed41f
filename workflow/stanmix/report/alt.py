"""Alternative texts: what each figure shows, with its key numbers, for those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stanmix.report.formats import count, measured, percent, significant

Facts = Mapping[str, Any]


def dataset_alt(name: str, dataset: Facts, rows: Sequence[Facts]) -> str:
    """Describe a figure of a data set.

    Parameters
    ----------
    name
        ``data`` or ``comparison``.
    dataset
        Facts of the data set.
    rows
        Its comparison, best fit first.
    """
    if name == "data" and dataset["columns"]:
        ranges = [
            f"{own['name']} from {significant(own['minimum'], 4)} to {significant(own['maximum'], 4)}"
            for own in dataset["columns"]
        ]
        text = f"Scatter plots of every pair of columns of {count(dataset['n'])} rows: {', '.join(ranges)}."
        if dataset["truth"]:
            text += f" Colours tell the {dataset['truth']['components']} true components."
        return text
    if name == "data":
        text = (
            f"Histogram, tick marks and kernel density of {count(dataset['n'])} values of "
            f"{dataset['response']} from {significant(dataset['minimum'], 4)} "
            f"to {significant(dataset['maximum'], 4)}, mean {significant(dataset['mean'], 4)}."
        )
        if dataset["truth"]:
            text += f" Densities of the {dataset['truth']['components']} true components lie over them."
        return text
    left_out = [f"{row['model']} with K = {row['components']}" for row in rows if row["elpd_diff"] is None]
    without = f" Left out of the ranking: {', '.join(left_out)}." if left_out else ""
    rows = [row for row in rows if row["elpd_diff"] is not None]
    if not rows:
        return f"Dots with error bars.{without}"
    best = f"{rows[0]['model']} with K = {rows[0]['components']}"
    others = [
        f"{row['model']} with K = {row['components']} differs by {significant(row['elpd_diff'])} "
        f"(standard error {significant(row['se_diff'])})"
        for row in rows[1:]
    ]
    text = f"Dots with error bars. The highest elpd, {significant(rows[0]['elpd'], 4)}, is that of {best}."
    return text + (f" Beside it, {'; '.join(others)}." if others else "") + without


def fit_alt(name: str, fit: Facts, dataset: Facts) -> str:
    """Describe a figure of a fit.

    Parameters
    ----------
    name
        One of :data:`stanmix.report.catalogue.FIT_FIGURES`.
    fit, dataset
        Facts of the fit and of its data set.
    """
    match name:
        case "prior":
            return _prior(fit)
        case "prior_predictive":
            prior = fit["prior_predictive"]
            return (
                f"Densities of {prior['replicated']} data sets drawn from the prior, grey, and of the data, "
                f"black. {percent(prior['interval'])} of the prior's values lie from "
                f"{significant(prior['low'])} to {significant(prior['high'])}; the data from "
                f"{significant(dataset['minimum'])} to {significant(dataset['maximum'])}."
            )
        case "traces":
            return (
                f"For each parameter, its density in each of {fit['chains']} chains on the left and the "
                f"trace of all {count(fit['draws'])} draws on the right. Largest R-hat "
                f"{significant(fit['worst']['rhat'], 4)}, {count(fit['worst']['divergences'])} divergent "
                "draws."
            )
        case "marginals":
            values = [
                f"{row['parameter']} {measured(row['mean'], row['mcse_mean'])} "
                f"({measured(row['hdi_low'], row['mcse_mean'])} to "
                f"{measured(row['hdi_high'], row['mcse_mean'])})"
                for row in fit["summary"]
            ]
            return f"Marginal posterior densities; means and highest-density intervals: {'; '.join(values)}."
        case "predictive":
            return _predictive(fit)
        case _:
            assigned = fit["assigned"]
            parts = [f"{count(n)} to component {k}" for k, n in enumerate(assigned["counts"], start=1)]
            if dataset["columns"]:
                return (
                    f"Scatter plots of every pair of columns, {count(assigned['n'])} rows coloured by their "
                    f"most probable component, with ellipses of the components: {', '.join(parts)}. "
                    f"{percent(assigned['certain'])} have a component with probability "
                    f"{assigned['threshold']:g} or more."
                )
            return (
                f"Probability of each component against the value of each of {count(assigned['n'])} "
                f"observations. Most probable: {', '.join(parts)}. {percent(assigned['certain'])} have a "
                f"component with probability {assigned['threshold']:g} or more."
            )


def _prior(fit: Facts) -> str:
    parts = [f"{row['parameter']} {row['prior']}" for row in fit["priors"]]
    text = f"Prior densities as curves, over a histogram of draws of the Stan program: {'; '.join(parts)}."
    if fit["theta_alpha"] and fit["components"] == 3:
        text += (
            " Below, the Dirichlet prior of the weights is shaded on a triangle whose corners are the "
            "components, between flatter and more peaked Dirichlet distributions: small "
            "concentrations press towards the edges, large ones towards the middle."
        )
    return text


def _predictive(fit: Facts) -> str:
    predictive = fit["predictive"]
    extreme = [row["name"] for row in predictive["rows"] if row["extreme"]]
    verdict = f"Extreme are {', '.join(extreme)}." if extreme else "No test statistic is extreme."
    return (
        f"Densities of {predictive['shown']} replicated data sets, grey, over the histogram and density of "
        f"the data, black, with the {fit['components']} weighted components at the posterior mean in "
        f"colour. {verdict}"
    )
