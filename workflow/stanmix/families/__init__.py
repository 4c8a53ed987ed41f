"""The families of component distributions, by name.

To add one: its class in a module here, its programs ``stan/models/{name}.stan`` and
``{name}_quantities.stan``, its likelihood in ``stan/functions`` and as a kernel in ``stan/kernels``, its name
in ``workflow/schemas/config.schema.json`` and a section in ``docs/families.md``. Tests fail if one is
missing.
"""

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
from stanmix.families.positive import Exponential, Gamma, LogNormal, Weibull
from stanmix.families.real import Normal, SkewNormal, StudentT
from stanmix.families.statistics import Statistics
from stanmix.families.trials import BetaBinomial, Binomial

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

__all__ = ["FAMILIES", "DataScale", "Family", "Parameter", "Statistics", "Values"]
