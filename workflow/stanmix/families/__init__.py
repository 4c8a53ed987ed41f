"""The families of component distributions, by name.

To add one: its class in a module here, its program ``stan/models/{name}.stan`` with
``{name}_quantities.stan``, its likelihood ``stan/functions/{name}_mixture_lpdf.stan``, and its
name in ``workflow/schemas/config.schema.json``. A test fails if one of these is missing.
"""

from stanmix.families.base import DataScale, Family, Parameter, Values
from stanmix.families.normal import Normal

FAMILIES: dict[str, Family] = {family.name: family for family in (Normal(),)}

__all__ = ["FAMILIES", "DataScale", "Family", "Parameter", "Values"]
