"""Quantities of the size of the data, streamed over chunks of observations.

Stan computes them for evenly thinned draws, one chunk of observations at a time; each chunk is
reduced to one value an observation before the next is computed, so that neither memory nor disk
grows with draws times observations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.stats import entropy, kurtosis, skew

from stanmix.data import collapse
from stanmix.io import read_json, scratch_folder, write_stan_json
from stanmix.labels import permute
from stanmix.leave_one_out import leave_one_out
from stanmix.model import Model
from stanmix.posterior import permutation_of
from stanmix.sampling import columns_of, generate_quantities, merge_thinned, read_stan_csv

Array = npt.NDArray[np.float64]

VALUES_AT_ONCE = 2_000_000
"""Numbers that one chunk may have: draws x observations x columns."""

STATISTICS = ("minimum", "quantile 0.1", "median", "quantile 0.9", "maximum", "skewness", "excess kurtosis")


@dataclass(frozen=True)
class Draws:
    """Evenly thinned posterior draws of a fit, as Stan's generated quantities read them.

    Attributes
    ----------
    file
        One Stan CSV file with the draws of all chains, one chain after the other.
    tree
        The fit's DataTree with the same draws.
    """

    file: Path
    tree: Any

    @property
    def shape(self) -> tuple[int, int]:
        """Number of chains and of draws of each."""
        posterior = self.tree["posterior"]
        return posterior.sizes["chain"], posterior.sizes["draw"]

    @property
    def count(self) -> int:
        """Number of draws of all chains."""
        return self.shape[0] * self.shape[1]


def thinned_rows(draws: int, chains: int, wanted: int) -> npt.NDArray[np.intp]:
    """Return which draws of each chain to take: evenly spaced, ``wanted`` over all chains at most."""
    per_chain = max(1, min(draws, wanted // chains))
    return np.unique(np.linspace(0, draws - 1, per_chain).round().astype(np.intp))


def thin(chains: Sequence[str | Path], tree: Any, wanted: int, folder: Path) -> Draws:
    """Take evenly spaced draws of every chain.

    Parameters
    ----------
    chains
        Stan CSV files of the chains.
    tree
        The fit's DataTree.
    wanted
        Number of draws to take, over all chains.
    folder
        Where to write the file of the draws.
    """
    sizes = tree["posterior"].sizes
    rows = thinned_rows(sizes["draw"], sizes["chain"], wanted)
    file = folder / f"draws_{len(rows)}.csv"
    merge_thinned(chains, rows, file)
    return Draws(file, tree.isel(draw=rows))


def pointwise(
    executable: str,
    stan_data: Mapping[str, Any],
    y: Array,
    draws: Draws,
    model: Model,
    seed: int,
    folder: Path,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Compute assignments and leave-one-out densities of all observations.

    Parameters
    ----------
    stan_data
        Data of the Stan program, without its observations.
    y
        The observations. Tied ones have the same quantities, which are computed once.

    Returns
    -------
    assignments
        ``row``, ``component``, ``probability``, ``entropy`` (nats), ``second`` (the second choice, where K >
        1), ``second_probability``, and ``p_1`` to ``p_K``: posterior means of the responsibilities, with
        labels resolved.
    loo_pointwise
        ``row``, ``elpd`` and ``pareto_k``.
    loo_facts
        See :func:`loo_summary`.
    """
    chunks: list[Array] = []
    elpd, pareto_k, density = [], [], []
    distinct, _, position = collapse(y)
    permutation = permutation_of(draws.tree).reshape(draws.count, 1, model.components)
    columns = model.components + 1
    for frame, n in _chunks(
        executable, stan_data, distinct, draws, columns, {"pointwise": 1, "predictive": 0}, seed, folder
    ):
        log_lik = columns_of(frame, "log_lik")
        # Stan writes arrays of vectors with the first index fastest.
        responsibility = columns_of(frame, "responsibility").reshape(draws.count, model.components, n)
        responsibility = responsibility.transpose(0, 2, 1)
        resolved = permute(responsibility, np.broadcast_to(permutation, responsibility.shape))
        chunks.append(resolved.mean(axis=0))
        left_out = leave_one_out(log_lik.reshape(*draws.shape, -1), draws.tree["posterior"])
        elpd.append(left_out[0])
        pareto_k.append(left_out[1])
        density.append(np.logaddexp.reduce(log_lik, axis=0) - np.log(draws.count))
    loo_pointwise = pd.DataFrame(
        {
            "row": np.arange(1, len(y) + 1),
            "elpd": np.concatenate(elpd)[position],
            "pareto_k": np.concatenate(pareto_k)[position],
        }
    )
    lppd = float(np.concatenate(density)[position].sum())
    assignments = _assignments(np.concatenate(chunks)[position])
    return assignments, loo_pointwise, loo_summary(loo_pointwise, lppd, draws.count)


def loo_summary(loo_pointwise: pd.DataFrame, lppd: float, draws: int) -> dict[str, Any]:
    """Summarise leave-one-out densities.

    Returns
    -------
    dict
        ``elpd``, ``se``, ``p`` (effective number of parameters), ``n``, ``draws`` and ``pareto_k``:
        counts of ``good`` (up to ``threshold`` = min(1 - 1/log10(draws), 0.7), Vehtari et al. 2024,
        JMLR 25), ``bad`` (up to 1) and ``very_bad``.
    """
    elpd, k = loo_pointwise["elpd"].to_numpy(), loo_pointwise["pareto_k"].to_numpy()
    threshold = min(1 - 1 / np.log10(draws), 0.7)
    return {
        "elpd": elpd.sum(),
        "se": np.sqrt(len(elpd)) * elpd.std(ddof=1),
        "p": lppd - elpd.sum(),
        "n": len(elpd),
        "draws": draws,
        "pareto_k": {
            "threshold": threshold,
            "good": int((k <= threshold).sum()),
            "bad": int(((k > threshold) & (k <= 1)).sum()),
            "very_bad": int((~(k <= 1)).sum()),
            "largest": k.max(),
        },
    }


def _assignments(p: Array) -> pd.DataFrame:
    """Make the table of assignments from mean responsibilities of shape (N, K)."""
    rows = np.arange(len(p))
    best = p.argmax(axis=1)
    table = pd.DataFrame(
        {
            "row": rows + 1,
            "component": best + 1,
            "probability": p[rows, best],
            "entropy": entropy(p, axis=1),
        }
    )
    if p.shape[1] > 1:
        second = np.where(np.arange(p.shape[1]) == best[:, None], -1.0, p).argmax(axis=1)
        table["second"] = second + 1
        table["second_probability"] = p[rows, second]
    for k in range(p.shape[1]):
        table[f"p_{k + 1}"] = p[:, k]
    return table


def predictive(
    executable: str,
    stan_data: Mapping[str, Any],
    y: Array,
    draws: Draws,
    kept: int,
    seed: int,
    folder: Path,
) -> Any:
    """Draw replicated data sets and compute test statistics of each.

    Parameters
    ----------
    stan_data
        Data of the Stan program, without its observations.
    y
        The observations.
    kept
        How many replicated data sets to keep whole.

    Returns
    -------
    DataTree
        Group ``posterior_predictive`` with ``y_rep`` (sample, row) of the kept draws, and group
        ``statistics`` with ``replicated`` (sample, statistic), ``observed`` and ``p_value``
        (statistic): the share of replications with a value at least the observed one, ties half.
    """
    y_rep = np.concatenate(
        [
            columns_of(frame, "y_rep")
            for frame, _ in _chunks(
                executable, stan_data, y, draws, 2, {"pointwise": 0, "predictive": 1}, seed, folder
            )
        ],
        axis=1,
    )
    replicated = statistics(y_rep)
    observed = statistics(y[None, :])[0]
    p_value = (replicated > observed).mean(0) + 0.5 * (replicated == observed).mean(0)
    keep = np.linspace(0, len(y_rep) - 1, min(kept, len(y_rep))).round().astype(int)
    names = list(STATISTICS)
    return xr.DataTree.from_dict(
        {
            "posterior_predictive": xr.Dataset({"y_rep": (("sample", "row"), y_rep[keep])}),
            "statistics": xr.Dataset(
                {
                    "replicated": (("sample", "statistic"), replicated),
                    "observed": ("statistic", observed),
                    "p_value": ("statistic", p_value),
                },
                coords={"statistic": names},
            ),
        }
    )


def statistics(y: Array) -> Array:
    """Compute the test statistics of data sets of shape (S, N): an array of shape (S, statistics).

    Mean and sd are not among them, because a mixture fits those too well to show misfit.
    """
    low, median, high = np.quantile(y, [0.1, 0.5, 0.9], axis=1)
    return np.stack(
        [y.min(1), low, median, high, y.max(1), skew(y, axis=1), kurtosis(y, axis=1)],
        axis=1,
    )


def predictive_draws(n: int, kept: int, wanted: int) -> int:
    """Return for how many draws to replicate the data: as many as fit at once, ``kept`` at least."""
    return max(kept, min(wanted, VALUES_AT_ONCE // (2 * n)))


def _chunks(
    executable: str,
    stan_data: Mapping[str, Any],
    y: Array,
    draws: Draws,
    columns: int,
    flags: Mapping[str, int],
    seed: int,
    folder: Path,
) -> Iterator[tuple[pd.DataFrame, int]]:
    """Run the generated quantities over chunks of observations.

    Yields
    ------
    frame, n
        Stan's output for a chunk, a row for each draw, and the chunk's number of observations.
    """
    size = max(1, VALUES_AT_ONCE // (draws.count * columns))
    for i, begin in enumerate(range(0, len(y), size)):
        part = y[begin : begin + size]
        chunk = {**stan_data, **flags, "N": len(part), "y": part, "count": np.ones(len(part), dtype=int)}
        data = folder / "chunk.json"
        write_stan_json(data, chunk)
        output = generate_quantities(executable, data, draws.file, folder, seed + i)
        frame = read_stan_csv(output)
        output.unlink()
        yield frame, len(part)


def run(
    executable: str,
    stan_json: str,
    y: Array,
    chains: Sequence[str],
    tree: Any,
    model: Model,
    settings: Mapping[str, int],
    seed: int,
    beside: str,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any], Any]:
    """Compute everything of the size of the data for one fit.

    Parameters
    ----------
    stan_json
        Data of the fit, in which tied observations may be collapsed.
    y
        All observations, in their order.
    settings
        ``draws`` for assignments and leave-one-out densities; ``ppc_draws`` to keep of the
        replicated data.
    beside
        An output of the job, beside which scratch files are kept.

    Returns
    -------
    assignments, loo_pointwise, loo_facts, predictive
        See :func:`pointwise` and :func:`predictive`.
    """
    stan_data = read_json(stan_json)
    with scratch_folder(beside) as folder:
        draws = thin(chains, tree, settings["draws"], folder)
        tables = pointwise(executable, stan_data, y, draws, model, seed, folder)
        kept = settings["ppc_draws"]
        replicas = thin(chains, tree, predictive_draws(len(y), kept, settings["draws"]), folder)
        return (*tables, predictive(executable, stan_data, y, replicas, kept, seed, folder))
