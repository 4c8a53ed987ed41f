"""The families of component distributions, by name.

To add one: its class in a module here, its programs ``stan/models/{name}.stan`` and
``{name}_quantities.stan``, its likelihood in ``stan/functions`` and as a kernel in ``stan/kernels``, its name
in ``workflow/schemas/config.schema.json`` and a section in ``docs/families.md``. Tests fail if one is
missing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stanmix.families.base import DataScale, Family, Parameter, Values
from stanmix.families.bounded import Beta, VonMises
from stanmix.families.counts import (
    HurdleNegBinomial2,
    HurdlePoisson,
    NegBinomial2,
    Poisson,
    ZeroInflatedNegBinomial2,
    ZeroInflatedPoisson,
)
from stanmix.families.labelled import Labelled
from stanmix.families.multivariate import MultiNormal
from stanmix.families.noisy import Noisy
from stanmix.families.positive import Exponential, Gamma, LogNormal, Weibull
from stanmix.families.real import Normal, SkewNormal, StudentT
from stanmix.families.statistics import Statistics
from stanmix.families.trials import BetaBinomial, Binomial
from stanmix.families.weighted import Weighted

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Normal(),
        StudentT(),
        SkewNormal(),
        LogNormal(),
        Gamma(),
        Weibull(),
        Exponential(),
        Beta(),
        VonMises(),
        Poisson(),
        NegBinomial2(),
        ZeroInflatedPoisson(),
        ZeroInflatedNegBinomial2(),
        HurdlePoisson(),
        HurdleNegBinomial2(),
        Binomial(),
        BetaBinomial(),
    )
}

MULTIVARIATE = {"multi_normal": MultiNormal}
"""Families of rows of numbers, which are made for a structure and a number of columns."""
COLUMNS = 2
"""Columns of a multivariate family where nothing says how many."""


def simulated_columns(spec: Mapping[str, Any]) -> int | None:
    """Return the number of columns of a configured simulation, that of its means; None of one column."""
    if spec["family"] not in MULTIVARIATE:
        return None
    means: int = sum(name.startswith("mu_") for name in spec["parameters"])
    return max(COLUMNS, means)


def family_of(
    spec: Mapping[str, Any],
    columns: int | None = None,
    known: Sequence[int] | None = None,
    weighted: bool = False,
    region: tuple[Sequence[float], Sequence[float]] | None = None,
) -> Family:
    """Return the family that a model's section of the configuration, or its facts, describe.

    Parameters
    ----------
    spec
        With ``family`` and, for multivariate ones, ``structure``; facts have ``columns`` too.
    columns
        Number of columns of the data.
    known
        Components (from 1) of which some observations are known to be; None for data without labels.
    weighted
        Whether the observations have weights.
    region
        The ends of the region of noise, where the model has any. Facts have what these three say, too.
    """
    name, known, noise = spec["family"], spec.get("known", known), spec.get("noise", False)
    family = FAMILIES.get(name)
    if family is None:
        family = MULTIVARIATE[name](spec.get("structure", "VVV"), columns or spec.get("columns") or COLUMNS)
    if isinstance(noise, Mapping):
        region = noise["lower"], noise["upper"]
    if noise and region is not None:
        family = Noisy(family, *region)
    if weighted or spec.get("weighted", False):
        family = Weighted(family)
    return family if known is None else Labelled(family, tuple(known))


__all__ = [
    "FAMILIES",
    "MULTIVARIATE",
    "DataScale",
    "Family",
    "Parameter",
    "Statistics",
    "Values",
    "family_of",
    "simulated_columns",
]
