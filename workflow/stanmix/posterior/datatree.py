"""The posterior draws of a fit as an ArviZ DataTree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from arviz_base import from_dict

from stanmix.families import Data
from stanmix.io import replacing
from stanmix.model import Model
from stanmix.model.symmetry import Permutation
from stanmix.posterior.identify import IDENTIFY
from stanmix.posterior.labels import permute, resolve_labels
from stanmix.stan import chains

Array = npt.NDArray[np.float64]

SAMPLE_STATS = {
    "lp__": "lp",
    "accept_stat__": "acceptance_rate",
    "stepsize__": "step_size",
    "treedepth__": "tree_depth",
    "n_leapfrog__": "n_steps",
    "divergent__": "diverging",
    "energy__": "energy",
}
"""CmdStan's names of the sampler's variables and ArviZ's."""


def read_chains(files: Sequence[str | Path], model: Model) -> tuple[dict[str, Array], dict[str, Array]]:
    """Read the stored chains of a fit.

    Returns
    -------
    values
        ``theta`` and each parameter of the family, shape (chains, draws, K), as sampled.
    stats
        The sampler's variables under ArviZ's names, shape (chains, draws).
    """
    names = {name: name for name in model.family.stan_variables}
    found = chains.gather(files, names | {arviz: stan for stan, arviz in SAMPLE_STATS.items()})
    values = model.parts.from_stan(found)
    stats = {arviz: found[arviz].astype(_stat_type(stan)) for stan, arviz in SAMPLE_STATS.items()}
    return values, stats


def _stat_type(name: str) -> str:
    match name:
        case "divergent__":
            return "bool"
        case "treedepth__" | "n_leapfrog__":
            return "int64"
        case _:
            return "float64"


def assemble(
    values: Mapping[str, Array],
    stats: Mapping[str, Array],
    model: Model,
    y: Data,
    identify: str = IDENTIFY,
) -> Any:
    """Make the DataTree of a fit, with labels resolved.

    Returns
    -------
    DataTree
        Group ``posterior`` with ``theta`` and the parameters (scalar where shared; those that are
        fixed in every component stand in ``constant_data``), ``sample_stats``, and ``labels``
        with the permutation of each draw: ``permutation[j]`` is the sampled component, from 1,
        that became component j; with its ``margin`` after relabelling, and as attributes
        the facts of :class:`stanmix.posterior.labels.Labels`.
    """
    labels = resolve_labels(model, values, stats["lp"], y, identify)
    permutation = labels.permutation
    posterior, constant = {}, {}
    for name, value in values.items():
        if _is_fixed(model, name):
            constant[name] = value[0, 0]
        elif _is_scalar(model, name):
            posterior[name] = value[..., 0]
        else:
            posterior[name] = permute(value, permutation)
    component = np.arange(1, model.components + 1)
    dims = {name: ["component"] for name in values if not _is_scalar(model, name)}
    groups: dict[str, Any] = {"posterior": posterior, "sample_stats": dict(stats)}
    if constant:
        groups["constant_data"] = constant
    tree = from_dict(groups, coords={"component": component}, dims=dims)
    found: dict[str, Any] = {"permutation": (("chain", "draw", "component"), permutation + 1)}
    if labels.margin is not None:
        found["margin"] = (("chain", "draw"), labels.margin)
    tree["labels"] = xr.DataTree(
        xr.Dataset(
            found,
            attrs=labels.facts,
            coords={
                "chain": tree["posterior"]["chain"].values,
                "draw": tree["posterior"]["draw"].values,
                "component": component,
            },
        )
    )
    return tree


def _is_fixed(model: Model, name: str) -> bool:
    return model.theta_fixed is not None if name == "theta" else model.parameters[name].is_fixed


def _is_scalar(model: Model, name: str) -> bool:
    return name != "theta" and model.parameters[name].is_scalar


def write_tree(tree: Any, target: str | Path) -> None:
    """Write a DataTree as netCDF."""
    with replacing(target) as path:
        tree.to_netcdf(path, engine="h5netcdf")


def read_tree(source: str | Path) -> Any:
    """Read a DataTree from netCDF into memory."""
    with xr.open_datatree(source, engine="h5netcdf") as tree:
        return tree.load()


def permutation_of(tree: Any) -> Permutation:
    """Return the permutation of every draw, from 0, shape (chains, draws, K)."""
    result: Permutation = tree["labels"]["permutation"].values - 1
    return result


def label_facts(tree: Any) -> dict[str, Any]:
    """Return the facts of the labels' resolution; see :class:`stanmix.posterior.labels.Labels`."""
    return {
        name: np.atleast_1d(value).tolist() if name == "confused" else np.asarray(value).item()
        for name, value in tree["labels"].attrs.items()
    }


def component_values(tree: Any, model: Model, group: str = "posterior") -> dict[str, Array]:
    """Return theta and the parameters for all components, shape (chains, draws, K) each.

    Shared values are repeated and fixed ones filled in.
    """
    draws = tree[group]
    shape = (draws.sizes["chain"], draws.sizes["draw"], model.components)
    values = {}
    for name in ("theta", *model.parameters):
        if name not in draws:
            values[name] = np.broadcast_to(tree["constant_data"][name].values, shape)
        else:
            value = draws[name].values
            values[name] = np.broadcast_to(value[..., None] if value.ndim == 2 else value, shape)
    return values
