"""Alternative texts: what each figure shows, with its key numbers, for those who cannot see it.

Texts of a fit's figures are made from the facts of the fit and of its data set, those of a data set's figures
from its facts and the rows of its comparison, best fit first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stanmix.report.formats import count, measured, percent, significant

Facts = Mapping[str, Any]
ZEROS = "share of zeros"
"""The test statistic of counts that describes the first point of a rootogram."""


def data(dataset: Facts, rows: Sequence[Facts]) -> str:
    """Describe the figure of the data."""
    if dataset["columns"]:
        rows_of = f"every pair of columns of {count(dataset['n'])} rows"
        text = f"Scatter plots of {rows_of}: {_columns(dataset)}."
        if dataset["truth"]:
            text += f" Colours tell the {dataset['truth']['components']} true components."
        return text
    text = (
        f"Histogram, tick marks and kernel density of {count(dataset['n'])} values of "
        f"{dataset['response']} from {significant(dataset['minimum'], 4)} "
        f"to {significant(dataset['maximum'], 4)}, mean {significant(dataset['mean'], 4)}."
    )
    if dataset["truth"]:
        text += f" Densities of the {dataset['truth']['components']} true components lie over them."
    return text


def comparison(dataset: Facts, rows: Sequence[Facts]) -> str:
    """Describe the figure of the comparison."""
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


def prior_predictive(fit: Facts, dataset: Facts) -> str:
    """Describe the figure of data drawn from the prior."""
    prior = fit["prior_predictive"]
    return (
        f"Densities of {prior['replicated']} data sets drawn from the prior, grey, and of the data, "
        f"black. {percent(prior['interval'])} of the prior's values lie from "
        f"{significant(prior['low'])} to {significant(prior['high'])}; the data from "
        f"{significant(dataset['minimum'])} to {significant(dataset['maximum'])}."
    )


def traces(fit: Facts, dataset: Facts) -> str:
    """Describe the figure of the traces."""
    return (
        f"For each parameter, its density in each of {fit['chains']} chains on the left and the "
        f"trace of all {count(fit['draws'])} draws on the right. Largest R-hat "
        f"{significant(fit['worst']['rhat'], 4)}, {count(fit['worst']['divergences'])} divergent "
        "draws."
    )


def marginals(fit: Facts, dataset: Facts) -> str:
    """Describe the figure of the marginal posteriors."""
    values = [
        f"{row['parameter']} {measured(row['mean'], row['mcse_mean'])} "
        f"({measured(row['hdi_low'], row['mcse_mean'])} to "
        f"{measured(row['hdi_high'], row['mcse_mean'])})"
        for row in fit["summary"]
    ]
    return f"Marginal posterior densities; means and highest-density intervals: {'; '.join(values)}."


def parallel(fit: Facts, dataset: Facts) -> str:
    """Describe the parallel coordinates."""
    return (
        f"Parallel coordinates: lines of the {count(dataset['n'])} rows, or of a random part of "
        f"many, through {len(dataset['columns'])} columns, {_columns(dataset)}, in the colours of "
        f"their most probable components, and bold lines through the means of the "
        f"{fit['components']} components. Most probable: {_counts(fit)}."
    )


def discriminant(fit: Facts, dataset: Facts) -> str:
    """Describe the plane of linear discriminants."""
    return (
        f"Scatter plot of the {count(dataset['n'])} rows, or of a random part of many, in the plane "
        f"of the first two linear discriminants of the {fit['components']} components, coloured by "
        "the most probable component, with the means and ellipses of the components. "
        f"Most probable: {_counts(fit)}."
    )


def assignments(fit: Facts, dataset: Facts) -> str:
    """Describe the figure of the assignments."""
    assigned = fit["assigned"]
    certain = (
        f"{percent(assigned['certain'])} have a component with probability {assigned['threshold']:g} or more."
    )
    if "discriminant" in fit["figures"]:
        return (
            f"Scatter plots of every pair of columns, {count(assigned['n'])} rows coloured by their "
            f"most probable component, with ellipses of the components: {_counts(fit)}. {certain}"
        )
    value = f"value in {dataset['columns'][0]['name']}" if dataset["columns"] else "value"
    return (
        f"Probability of each component against the {value} of each of {count(assigned['n'])} "
        f"observations. Most probable: {_counts(fit)}. {certain}"
    )


def _counts(fit: Facts) -> str:
    """List the number of observations for each most probable component."""
    return ", ".join(f"{count(n)} to component {k}" for k, n in enumerate(fit["assigned"]["counts"], start=1))


def _columns(dataset: Facts) -> str:
    """List the columns of a data set with their ranges."""
    return ", ".join(
        f"{own['name']} from {significant(own['minimum'], 4)} to {significant(own['maximum'], 4)}"
        for own in dataset["columns"]
    )


def rootogram(fit: Facts, dataset: Facts) -> str:
    """Describe the rootogram."""
    facts = fit["predictive"]
    zeros = [row for row in facts["rows"] if row["name"] == ZEROS]
    text = (
        f"Rootogram: how often each count from {significant(dataset['minimum'])} to "
        f"{significant(dataset['maximum'])} occurs among {count(facts['observations'])} observations, "
        f"as points on a square-root scale, with {percent(facts['interval'])} intervals of "
        f"{count(facts['replicated'])} replicated data sets."
    )
    for row in zeros:
        text += (
            f" {ZEROS[0].upper()}{ZEROS[1:]}: {significant(row['observed'])} observed, "
            f"{significant(row['low'])} to {significant(row['high'])} replicated."
        )
    return text


def prior(fit: Facts, dataset: Facts) -> str:
    """Describe the figure of the prior."""
    parts = [f"{row['parameter']} {row['prior']}" for row in fit["priors"]]
    text = f"Prior densities as curves, over a histogram of draws of the Stan program: {'; '.join(parts)}."
    if fit["theta_alpha"] and fit["components"] == 3:
        text += (
            " Below, the Dirichlet prior of the weights is shaded on a triangle whose corners are the "
            "components, between flatter and more peaked Dirichlet distributions: small "
            "concentrations press towards the edges, large ones towards the middle."
        )
    return text


def predictive(fit: Facts, dataset: Facts) -> str:
    """Describe the figure of replicated data."""
    facts = fit["predictive"]
    extreme = [row["name"] for row in facts["rows"] if row["extreme"]]
    verdict = f"Extreme are {', '.join(extreme)}." if extreme else "No test statistic is extreme."
    return (
        f"Densities of {facts['shown']} replicated data sets, grey, over the histogram and density of "
        f"the data, black, with the {fit['components']} weighted components at the posterior mean in "
        f"colour. {verdict}"
    )
