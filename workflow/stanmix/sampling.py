"""Run Stan: one chain, or the generated quantities of draws."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cmdstanpy
import numpy as np
import numpy.typing as npt
import pandas as pd

from stanmix.errors import StanmixError
from stanmix.io import read_json, replacing, scratch_folder, write_stan_json

NUM_SAMPLES = r"(num_samples = )\d+( \(Default\))?"
SIG_FIGS = 18
"""Digits of the draws: enough to read every double back, and a simplex that still sums to 1."""


def sample_chain(
    executable: str | Path,
    data: str | Path,
    start: Mapping[str, str | Path],
    output: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    chain: int,
    threads: int = 1,
    step_size: float | None = None,
) -> None:
    """Run one chain of NUTS and write what CmdStan wrote.

    Parameters
    ----------
    executable
        Executable of the Stan program.
    data
        Data of the program, JSON.
    start
        Files ``init`` and ``metric``: where the chain starts and its first metric, which is diagonal or
        dense as the file has a vector or a matrix.
    output
        The Stan CSV file to write.
    settings
        The configuration's ``sampling`` section.
    seed, chain
        Chains of one fit share the seed and differ in their number, which selects Stan's stream.
    threads
        Threads that the kernels may use. They do not change the draws.
    step_size
        Where it is given the chain goes on from its start with this step size and metric, without warmup.

    Raises
    ------
    StanmixError
        If the chain fails; CmdStan's own messages are in the job's log.
    """
    model = cmdstanpy.CmdStanModel(exe_file=str(executable))
    dense = np.ndim(read_json(start["metric"])["inv_metric"]) == 2
    os.environ["STAN_NUM_THREADS"] = str(threads)
    warmup = settings["warmup"] if step_size is None else 0
    with scratch_folder(output) as folder:
        try:
            fit = model.sample(
                data=str(data),
                chains=1,
                chain_ids=[chain],
                seed=seed,
                inits=str(start["init"]),
                metric="dense_e" if dense else "diag_e",
                inv_metric=str(start["metric"]),
                iter_warmup=warmup,
                adapt_engaged=step_size is None,
                step_size=step_size,
                iter_sampling=settings["draws"],
                adapt_delta=settings["adapt_delta"] if step_size is None else None,
                max_treedepth=settings["max_treedepth"],
                output_dir=folder,
                sig_figs=SIG_FIGS,
                show_progress=False,
                show_console=True,
                refresh=max(1, (warmup + settings["draws"]) // 10),
            )
        except RuntimeError as error:
            raise StanmixError(
                f"Chain {chain} did not finish: {str(error).splitlines()[0]} "
                "The job's log has CmdStan's messages; run again to retry this chain alone."
            ) from error
        _publish(fit.runset.csv_files[0], output)


def state_of(chain: str | Path) -> dict[str, Any]:
    """Return what a chain ended with: ``draw`` (Stan's parameters), ``inv_metric``, ``step_size``."""
    fit = cmdstanpy.from_csv(str(chain), method="sample")
    if not isinstance(fit, cmdstanpy.CmdStanMCMC):
        raise StanmixError(f"{chain} holds no chain. Remove it and run again.")
    draw = {name: value[-1] for name, value in fit.stan_variables().items() if name.endswith("_free")}
    return {
        "draw": {name: value.tolist() for name, value in draw.items() if np.size(value)},
        "inv_metric": np.asarray(fit.inv_metric)[0].tolist(),
        "step_size": float(np.asarray(fit.step_size)[0]),
    }


def sample_again(
    executable: str | Path,
    data: str | Path,
    decision: Mapping[str, Any],
    previous: str | Path,
    output: str | Path,
    seed: int,
    chain: int,
    threads: int = 1,
) -> None:
    """Run a chain of a further round; see :mod:`stanmix.escalation`.

    Parameters
    ----------
    decision
        With ``settings``, ``keep`` (whether the chain goes on and its earlier draws stay) and ``starts``:
        for each chain its ``draw``, ``inv_metric`` and ``step_size``. The others are as in
        :func:`sample_chain`.
    previous
        The chain's file of the round before.
    """
    start, settings = decision["starts"][chain - 1], dict(decision["settings"])
    with scratch_folder(output) as folder:
        files = {name: folder / f"{name}.json" for name in ("init", "metric")}
        write_stan_json(files["init"], start["draw"])
        write_stan_json(files["metric"], {"inv_metric": start["inv_metric"]})
        step_size = None
        if decision["keep"]:
            settings["draws"] -= decision["drawn"]
            step_size = start["step_size"]
        new = folder / "new.csv"
        sample_chain(executable, data, files, new, settings, seed, chain, threads, step_size)
        if decision["keep"]:
            _append(previous, new, folder / "all.csv")
            new = folder / "all.csv"
        _publish(new, output)


def _append(first: str | Path, second: str | Path, target: Path) -> None:
    """Write the draws of two Stan CSV files as one, with the head and tail of the first."""
    head, draws, tail = _partition(first)
    more = _partition(second)[1]
    total = rf"\g<1>{len(draws) + len(more)}"
    with target.open("w", encoding="utf-8") as out:
        out.writelines(re.sub(NUM_SAMPLES, total, line) for line in head)
        out.writelines([*draws, *more, *tail])


def pilot_metric(
    executable: str | Path,
    data: str | Path,
    start: Mapping[str, str | Path],
    settings: Mapping[str, Any],
    seed: int,
    beside: str | Path,
    threads: int = 1,
) -> npt.NDArray[np.float64]:
    """Run the warmup of one chain for the inverse metric that it adapts.

    Parameters
    ----------
    beside
        An output of the job, beside which scratch files are kept. The others are as in :func:`sample_chain`.

    Returns
    -------
    ndarray
        Variances of the unconstrained parameters, or their covariances where the metric is dense.
    """
    with scratch_folder(beside) as folder:
        file = folder / "pilot.csv"
        # One draw, since cmdstanpy cannot read a chain without any.
        sample_chain(executable, data, start, file, {**settings, "draws": 1}, seed, 1, threads)
        fit = cmdstanpy.from_csv(str(file), method="sample")
        if not isinstance(fit, cmdstanpy.CmdStanMCMC):
            raise StanmixError("The pilot chain left no metric. Run again, or set sampling.pilot to 0.")
        metric: npt.NDArray[np.float64] = np.asarray(fit.inv_metric)[0]
    return metric


def generate_quantities(
    executable: str | Path, data: str | Path, draws: str | Path, folder: str | Path, seed: int
) -> Path:
    """Run a generated quantities program for the draws in one Stan CSV file.

    Returns
    -------
    Path
        The Stan CSV file that was written, in ``folder``.
    """
    model = cmdstanpy.CmdStanModel(exe_file=str(executable))
    try:
        fit = model.generate_quantities(
            data=str(data),
            previous_fit=[str(draws)],
            seed=seed,
            gq_output_dir=str(folder),
            sig_figs=SIG_FIGS,
        )
    except RuntimeError as error:
        raise StanmixError(
            f"The generated quantities did not finish: {str(error).splitlines()[0]} "
            "The job's log has CmdStan's messages."
        ) from error
    return Path(fit.runset.csv_files[0])


def merge_thinned(chains: Sequence[str | Path], rows: npt.NDArray[np.intp], target: Path) -> None:
    """Write some draws of every chain, one chain after the other, as one Stan CSV file.

    Parameters
    ----------
    chains
        Stan CSV files of the chains.
    rows
        Which draws (from 0) to take of each chain.
    target
        The file to write. What stands around its draws is the first chain's, with the new number of draws.
    """
    keep = set(rows.tolist())
    head, _, tail = _partition(chains[0])
    total = rf"\g<1>{len(keep) * len(chains)}"
    with target.open("w", encoding="utf-8") as out:
        out.writelines(re.sub(NUM_SAMPLES, total, line) for line in head)
        for chain in chains:
            draws = _partition(chain)[1]
            out.writelines(line for i, line in enumerate(draws) if i in keep)
        out.writelines(tail)


def _partition(chain: str | Path) -> tuple[list[str], list[str], list[str]]:
    """Split a Stan CSV file into what stands before its draws, the draws, and what stands after."""
    lines = [line for line in Path(chain).read_text("utf-8").splitlines(keepends=True) if line.strip()]
    is_draw = [not line.startswith(("#", "lp__")) for line in lines]
    if not any(is_draw):
        raise StanmixError(f"{chain} has no draws. Remove it and run again.")
    first = is_draw.index(True)
    end = len(lines) - is_draw[::-1].index(True)
    return lines[:first], lines[first:end], lines[end:]


def read_stan_csv(path: str | Path) -> pd.DataFrame:
    """Read the draws of a Stan CSV file: a row for each, columns as Stan names them."""
    return pd.read_csv(path, comment="#")


def columns_of(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Return the columns of one Stan variable, an array of shape (draws, size)."""
    prefix = f"{name}."
    chosen = [column for column in frame.columns if column == name or column.startswith(prefix)]
    return frame[chosen].to_numpy(dtype=np.float64)


def _publish(source: str | Path, target: str | Path) -> None:
    with replacing(target) as path:
        shutil.move(source, path)
