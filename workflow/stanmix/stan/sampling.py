"""Run Stan: one chain, or the generated quantities of draws."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cmdstanpy
import numpy as np
import numpy.typing as npt
import pandas as pd

from stanmix.errors import StanmixError
from stanmix.io import read_json, scratch_folder, write_stan_json
from stanmix.stan import chains, complaints
from stanmix.stan.chains import SIG_FIGS

LEAST_TIMING = 0.2
"""Smallest number of seconds over which a gradient is timed, and the largest number of iterations."""
MOST_ITERATIONS = 100_000


def program(executable: str | Path) -> cmdstanpy.CmdStanModel:
    """Return a compiled program. If a storage lost its permissions, it is made executable."""
    if not os.access(executable, os.X_OK):
        Path(executable).chmod(0o755)
    return cmdstanpy.CmdStanModel(exe_file=str(executable))


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
    """Run one chain of NUTS and store it.

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
        The chain to store, as :mod:`stanmix.stan.chains` does.
    settings
        The configuration's ``sampling`` section.
    seed, chain
        Chains of one fit share the seed and differ in their number, which selects Stan's stream.
    threads
        Threads that the kernels may use. They do not change the draws.
    step_size
        If given, the chain goes on from its start with this step size and metric, without warmup.

    Raises
    ------
    StanmixError
        If the chain fails; the message has CmdStan's reason and its likely cause.
    """
    model = program(executable)
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
            printed = complaints.console(folder)
            more = (
                _without_density(executable, data, start, folder)
                if complaints.is_zero_at_start(printed)
                else ""
            )
            raise complaints.failure(f"Chain {chain}", printed, error, more) from error
        chains.store(fit.runset.csv_files[0], output)


def _without_density(
    executable: str | Path, data: str | Path, start: Mapping[str, str | Path], folder: Path
) -> str:
    """Say why the density is 0 where a chain starts: the prior, or an observation.

    One step of the same program without its likelihood decides.
    """
    facts, alone = read_json(data), folder / "alone"
    alone.mkdir()
    write_stan_json(alone / "prior.json", {**facts, "likelihood": 0})
    try:
        program(executable).sample(
            data=str(alone / "prior.json"),
            chains=1,
            inits=str(start["init"]),
            fixed_param=True,
            iter_sampling=1,
            output_dir=alone,
            show_progress=False,
        )
    except RuntimeError:
        return (
            "The prior gives no density to where the chain starts: a prior far from the data, or so narrow "
            "that they are beyond its numbers. Move its location or widen its scale."
        )
    return (
        "The prior has a density where the chain starts, but some observation has none in any component"
        f"{_farthest(facts.get('y'))}. Correct that value, or choose a family with heavier tails or "
        "noise: true."
    )


def _farthest(y: Any) -> str:
    """Name the value that is farthest from the others, if the observations are numbers."""
    values = np.asarray(y if y is not None else [], dtype=float)
    if values.ndim != 1 or values.size < 2:
        return ""
    return f": {values[np.argmax(np.abs(values - np.median(values)))]:.6g} is the farthest from the others"


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
        file = folder / "pilot.parquet"
        # One draw, since cmdstanpy refuses a chain without draws.
        sample_chain(executable, data, start, file, {**settings, "draws": 1}, seed, 1, threads)
        return chains.adaptation(chains.read(file))[1]


def time_gradient(
    executable: str | Path,
    data: str | Path,
    start: Mapping[str, str | Path],
    seed: int,
    beside: str | Path,
    threads: int = 1,
) -> dict[str, float]:
    """Time the gradient of the log density, by trajectories that hardly move.

    Parameters
    ----------
    beside
        An output of the job, beside which scratch files are kept. The others are as in :func:`sample_chain`.

    Returns
    -------
    dict
        ``seconds`` of one gradient, and the number of ``gradients`` in the measurement.
    """
    iterations, seconds, gradients = 1, 0.0, 1.0
    with scratch_folder(beside) as folder:
        file = folder / "timing.parquet"
        while seconds < LEAST_TIMING and iterations <= MOST_ITERATIONS:
            settings = {"draws": iterations, "max_treedepth": 5}
            sample_chain(executable, data, start, file, settings, seed, 1, threads, step_size=1e-10)
            table = chains.read(file)
            elapsed = re.search(rb"([0-9.e+-]+) seconds \(Sampling\)", table.schema.metadata[chains.TAIL])
            if elapsed is None:
                raise StanmixError("CmdStan did not say how long it sampled. Is it a supported version?")
            seconds, gradients = float(elapsed[1]), chains.variable(table, "n_leapfrog__").sum()
            iterations *= 10
    return {"seconds": seconds / gradients, "gradients": gradients}


def generate_quantities(
    executable: str | Path, data: str | Path, draws: str | Path, folder: str | Path, seed: int
) -> Path:
    """Run a generated quantities program for the draws in one Stan CSV file.

    Returns
    -------
    Path
        The Stan CSV file that was written, in ``folder``.
    """
    model = program(executable)
    try:
        fit = model.generate_quantities(
            data=str(data),
            previous_fit=[str(draws)],
            seed=seed,
            gq_output_dir=str(folder),
            sig_figs=SIG_FIGS,
        )
    except RuntimeError as error:
        printed = complaints.console(folder)
        print(printed)
        raise complaints.failure("Drawing from the posterior or the prior", printed, error) from error
    return Path(fit.runset.csv_files[0])


def read_stan_csv(path: str | Path) -> pd.DataFrame:
    """Read the draws of a Stan CSV file: a row for each, columns as Stan names them."""
    return pd.read_csv(path, comment="#")


def columns_of(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Return the columns of one Stan variable, an array of shape (draws, size)."""
    prefix = f"{name}."
    chosen = [column for column in frame.columns if column == name or column.startswith(prefix)]
    return frame[chosen].to_numpy(dtype=np.float64)
