"""The families of component distributions, by name.

To add one of single numbers: its class in a module here and its line in the list, and its folder in
``stan/families``. See ``docs/howto/new-family.md``; tests fail if something is missing.
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
from stanmix.families.multivariate import MultiNormal, MultiStudentT
from stanmix.families.observations import Data, Observations
from stanmix.families.positive import Exponential, Gamma, LogNormal, Weibull
from stanmix.families.product import OF_COLUMNS, Product
from stanmix.families.real import Normal, SkewNormal, StudentT
from stanmix.families.statistics import Statistics
from stanmix.families.trials import BetaBinomial, Binomial
from stanmix.families.uniform import Uniform

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

STRUCTURED: Mapping[str, type[MultiNormal]] = {
    "multi_normal": MultiNormal,
    "multi_student_t": MultiStudentT,
}
"""Families of rows of numbers with a covariance structure."""
MULTIVARIATE: Mapping[str, type[MultiNormal | Product]] = {**STRUCTURED, "product": Product}
"""Families of rows of numbers, which are created for a number of columns."""
COLUMNS = 2
"""Number of columns of a multivariate family if none is given."""


def class_of(name: str) -> type[Family]:
    """Return the class of the family of this name, for what does not depend on the number of columns."""
    return MULTIVARIATE[name] if name in MULTIVARIATE else type(FAMILIES[name])


def is_of_counts(name: str) -> bool:
    """Tell whether the family of this name describes counts."""
    family = FAMILIES.get(name)
    return family is not None and family.support.whole and not family.support.has_trials


def compile_mb(program: str) -> int:
    """Return the megabytes that compiling a Stan program takes."""
    kinds = (*MULTIVARIATE.values(), *(type(family) for family in FAMILIES.values()))
    return next((kind.compile_mb for kind in kinds if kind.name == program), Family.compile_mb)


def simulated_columns(spec: Mapping[str, Any]) -> int | None:
    """Return the number of columns of a configured simulation, from its means; None for one column."""
    if spec["family"] not in MULTIVARIATE:
        return None
    if spec["family"] == "product":
        return len(families) if isinstance(families := spec["families"], list) else COLUMNS
    means: int = sum(name.startswith("mu_") for name in spec["parameters"])
    return max(COLUMNS, means)


def family_of(
    spec: Mapping[str, Any],
    columns: int | None = None,
    levels: Sequence[int] | None = None,
    names: Sequence[Sequence[str] | None] | None = None,
) -> Family:
    """Return the family that a model's section of the configuration, or its facts, describes.

    Parameters
    ----------
    spec
        With ``family`` and, for multivariate ones, ``structure``, ``factors``, and ``missing`` if cells may
        be missing; facts have ``columns`` too.
    columns
        Number of columns of the data.
    levels
        Number of levels of each column, for products with categorical ones.
    names
        Names of the levels of each column, None for columns that are not categorical. Facts contain these
        last two parameters, too.
    """
    name = spec["family"]
    if name in FAMILIES:
        return FAMILIES[name]
    D = columns or spec.get("columns") or COLUMNS
    return _product(spec, D, levels, names) if name == "product" else _structured(spec, D)


def _structured(spec: Mapping[str, Any], columns: int) -> Family:
    """Make a family of rows with a covariance structure."""
    kind = STRUCTURED[spec["family"]]
    return kind(
        spec.get("structure", "VVV"), columns, spec.get("factors", 1), bool(spec.get("missing", False))
    )


def _product(
    spec: Mapping[str, Any],
    columns: int,
    levels: Sequence[int] | None,
    level_names: Sequence[Sequence[str] | None] | None,
) -> Family:
    """Make a product of the families of a list, or of one family for all columns."""
    families = spec["families"]
    names = families if isinstance(families, list) else [families] * columns
    numbers = spec.get("levels", levels) or _levels(spec, len(names))
    return Product(names, numbers, spec.get("names", level_names))


def _levels(spec: Mapping[str, Any], columns: int) -> list[int]:
    """Count the levels of categorical columns from the parameters in a section."""
    shares = [name.split("_") for name in spec.get("parameters", {}) if name.startswith("share_")]
    return [
        1 + max((int(own[1]) for own in shares if own[2:] == [str(d + 1)]), default=1) for d in range(columns)
    ]


__all__ = [
    "FAMILIES",
    "MULTIVARIATE",
    "OF_COLUMNS",
    "Data",
    "DataScale",
    "Family",
    "Observations",
    "Parameter",
    "Product",
    "Statistics",
    "Uniform",
    "Values",
    "class_of",
    "compile_mb",
    "family_of",
    "is_of_counts",
    "simulated_columns",
]
