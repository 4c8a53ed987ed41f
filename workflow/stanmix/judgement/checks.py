"""Judge a fit: checks against stated thresholds, and a verdict.

Label-invariant functionals come first, because R-hat of a component's parameter says nothing as
long as components may change their labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from arviz_stats.base import array_stats

from stanmix.families import Data
from stanmix.judgement.verdict import (
    GOOD,
    NO_OPTIMUM,
    NOT_IDENTIFIED,
    TREE_DEPTH,
    meaning,
    mode_reasons,
    reason,
    verdict_of,
)
from stanmix.model import Model
from stanmix.posterior.datatree import component_values, label_facts
from stanmix.posterior.functionals import functionals
from stanmix.posterior.labels import align_truth
from stanmix.posterior.summary import (
    comparable,
    derived_scalars,
    mcse_share,
    scalars,
    summarise,
    true_values,
    varies,
)

Array = npt.NDArray[np.float64]

LARGEST_DEEP_SHARE = 0.01
"""Largest share of draws at the largest tree depth: they cost efficiency, not validity."""
LARGEST_MCSE_SHARE = 0.1
"""Largest Monte Carlo standard error of a mean, as a share of the posterior standard deviation."""

LARGEST_NON_PERMUTATION_RATE = 0.05
"""Largest share of draws in which components cannot be told apart."""


Ledger = Callable[[Mapping[str, Array]], dict[str, Any]]
"""Makes the ledger of modes from the draws of the functionals."""


def diagnose(
    tree: Any,
    model: Model,
    y: Data,
    settings: Mapping[str, Any],
    truth: Mapping[str, Any] | None,
    ledger: Ledger,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Summarise a fit and judge it.

    Parameters
    ----------
    tree
        The fit's DataTree.
    model
        The model.
    y
        The observations.
    settings
        The configuration's ``diagnostics`` section with ``max_treedepth`` added.
    truth
        Facts of the simulation; None for real data.
    ledger
        See :func:`stanmix.judgement.modes.ledger`.

    Returns
    -------
    summary
        A row for each scalar parameter: ``parameter``, the columns of
        :func:`stanmix.posterior.summary.summarise` and ``truth``.
    report
        ``verdict``, its ``meaning``, ``reasons``, ``checks`` (rows of name, value, threshold, pass, where),
        the summary of the ``functionals``, ``labels`` (see :class:`stanmix.posterior.labels.Labels`), the
        parameters that are ``reportable``, and the ledger of ``modes``.
    """
    values = component_values(tree, model)
    stats = tree["sample_stats"]
    parameter_draws = {
        name: draws
        for name, draws in chain(scalars(tree, model), derived_scalars(model, values))
        if varies(draws)  # quantities derived from fixed values are fixed
    }
    summary = _table(parameter_draws, settings)
    summary["truth"] = _truth_column(summary["parameter"], model, values, truth)
    invariant_draws = functionals(values, stats["lp"].values, model, y)
    invariant = _table(invariant_draws, settings)
    labels = label_facts(tree)
    # The ledger compares ranks: infinite draws have ranks, and NaN has none.
    modes = ledger(
        {n: comparable(draws) for n, draws in invariant_draws.items() if not np.isnan(draws).any()}
    )
    sampler = [*_sampler_checks(stats, settings), *_search_checks(modes.get("search", {}))]
    functional = _mixing_checks("functionals", invariant, _shares(invariant_draws), settings)
    shares = _shares(parameter_draws)
    component = [*_mixing_checks("parameters", summary, shares, settings), _label_check(labels)]
    checks = sampler + functional + component
    verdict = verdict_of(sampler, functional, component, labels["renumbered"], modes["genuine"])
    # Where the chains are at different modes that is why the checks fail, so it comes first.
    at_modes = [] if verdict in GOOD else mode_reasons(modes)
    report = {
        "verdict": verdict,
        "meaning": meaning(verdict, sampler, functional, component),
        "reasons": at_modes + [reason(check) for check in checks if not check["pass"]],
        "checks": checks,
        "functionals": invariant.to_dict(orient="records"),
        "labels": labels,
        "reportable": _reportable(verdict, summary, shares, labels, settings),
        "modes": modes,
        "draws": int(stats["lp"].size),
        "chains": int(stats.sizes["chain"]),
    }
    return summary, report


def _table(quantities: Mapping[str, Array], settings: Mapping[str, Any]) -> pd.DataFrame:
    """Summarise quantities, a row each."""
    return pd.DataFrame(
        [{"parameter": name, **summarise(draws, settings["interval"])} for name, draws in quantities.items()]
    )


def _shares(quantities: Mapping[str, Array]) -> pd.Series[float]:
    """Return the Monte Carlo errors of quantities as shares of their standard deviations."""
    return pd.Series({name: mcse_share(draws) for name, draws in quantities.items()})


def _reportable(
    verdict: str,
    summary: pd.DataFrame,
    shares: pd.Series[float],
    labels: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> list[str]:
    """List the parameters that may be reported: they mix, and their component is confused with no other."""
    if verdict in GOOD:
        return summary["parameter"].tolist()
    if verdict != NOT_IDENTIFIED:
        return []
    mixes = (
        (summary["rhat"] <= settings["rhat"])
        & (summary["ess_bulk"] >= settings["ess"])
        & (summary["ess_tail"] >= settings["ess"])
        & (shares.to_numpy() <= LARGEST_MCSE_SHARE)
    )
    found = []
    for name in summary.loc[mixes, "parameter"]:
        _, _, number = name.rstrip("]").partition("[")
        if not number or labels["confused"][int(number) - 1] <= LARGEST_NON_PERMUTATION_RATE:
            found.append(name)
    return found


def _label_check(labels: Mapping[str, Any]) -> dict[str, Any]:
    rate, largest = labels["non_permutation_rate"], LARGEST_NON_PERMUTATION_RATE
    return _check("non-permutation rate", rate, largest, rate <= largest, "components")


def _truth_column(
    names: pd.Series[str], model: Model, values: Mapping[str, Array], truth: Mapping[str, Any] | None
) -> Any:
    """Return the true value for each name, NaN where none is comparable."""
    if (
        truth is None
        or truth["family"] != model.family.name
        or truth["components"] != model.components
        or model.noise is not None  # of which simulated data have none
        or set(truth["parameters"]) != set(model.parameters)
    ):
        return math.nan
    means = {name: value.mean((0, 1)) for name, value in values.items()}
    parameters = {
        name: model.parameters[name].in_turn(np.asarray(value, dtype=float))
        for name, value in truth["parameters"].items()
    }
    match = align_truth(model, means, {"theta": np.asarray(truth["theta"]), **parameters})
    parameters |= model.family.derived(parameters)
    return names.map(true_values(model, {"theta": truth["theta"], "parameters": parameters}, match))


def _sampler_checks(stats: Any, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Check what NUTS itself reports."""
    divergent = int(stats["diverging"].values.sum())
    deep = int((stats["tree_depth"].values >= settings["max_treedepth"]).sum())
    deepest = int(LARGEST_DEEP_SHARE * stats["tree_depth"].size)
    energy = stats["energy"].values
    bfmi = float(array_stats.bfmi(energy, chain_axis=0, draw_axis=1).min())
    return [
        _check("divergences", divergent, 0, divergent == 0, "sampler"),
        _check(TREE_DEPTH, deep, deepest, deep <= deepest, "sampler"),
        _check("E-BFMI", bfmi, settings["bfmi"], bfmi >= settings["bfmi"], "sampler"),
    ]


def _search_checks(search: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a failed check where no climb of the search for modes reached an optimum."""
    climbs = search.get("climbs", 0)
    if climbs and search.get("failed") == climbs:
        yield _check(NO_OPTIMUM, 0, 1, False, f"{climbs} climbs")


def _mixing_checks(
    kind: str, table: pd.DataFrame, shares: pd.Series[float], settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Check the worst R-hat, effective sample sizes and Monte Carlo error of a table."""
    table = table.set_index("parameter")
    rows = [
        ("R-hat", table["rhat"], max, settings["rhat"]),
        ("bulk ESS", table["ess_bulk"], min, settings["ess"]),
        ("tail ESS", table["ess_tail"], min, settings["ess"]),
        ("MCSE / sd", shares, max, LARGEST_MCSE_SHARE),
    ]
    checks = []
    for name, column, worst, threshold in rows:
        # A quantity that is constant in every chain, or that has a draw of NaN, gives NaN: the worst of all.
        unknown = column.index[column.isna()]
        where = str(unknown[0] if len(unknown) else column.idxmax() if worst is max else column.idxmin())
        value = float(column[where])
        good = value <= threshold if worst is max else value >= threshold
        checks.append(_check(f"{name} of {kind}", value, threshold, bool(good), where))
    return checks


def _check(name: str, value: float, threshold: float, good: bool, where: str) -> dict[str, Any]:
    return {"name": name, "value": value, "threshold": threshold, "pass": good, "where": where}
