"""Run Stan: one chain, or the generated quantities of draws."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cmdstanpy
import numpy as np
import numpy.typing as npt
import pandas as pd

from stanmix.errors import StanmixError
from stanmix.io import replacing, scratch_folder

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
) -> None:
    """Run one chain of NUTS and write what CmdStan wrote.

    Parameters
    ----------
    executable
        Executable of the Stan program.
    data
        Data of the program, JSON.
    start
        Files ``init`` and ``metric``: where the chain starts and its first metric.
    output
        The Stan CSV file to write.
    settings
        The configuration's ``sampling`` section.
    seed, chain
        Chains of one fit share the seed and differ in their number, which selects Stan's stream.

    Raises
    ------
    StanmixError
        If the chain fails; CmdStan's own messages are in the job's log.
    """
    model = cmdstanpy.CmdStanModel(exe_file=str(executable))
    with scratch_folder(output) as folder:
        try:
            fit = model.sample(
                data=str(data),
                chains=1,
                chain_ids=[chain],
                seed=seed,
                inits=str(start["init"]),
                metric="diag_e",
                inv_metric=str(start["metric"]),
                iter_warmup=settings["warmup"],
                iter_sampling=settings["draws"],
                adapt_delta=settings["adapt_delta"],
                max_treedepth=settings["max_treedepth"],
                output_dir=folder,
                sig_figs=SIG_FIGS,
                show_progress=False,
                show_console=True,
                refresh=max(1, (settings["warmup"] + settings["draws"]) // 10),
            )
        except RuntimeError as error:
            raise StanmixError(
                f"Chain {chain} did not finish: {str(error).splitlines()[0]} "
                "The job's log has CmdStan's messages; run again to retry this chain alone."
            ) from error
        _publish(fit.runset.csv_files[0], output)


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
        The file to write. Its header is the first chain's with the new number of draws.
    """
    keep = set(rows.tolist())
    wanted = len(keep) * len(chains)
    with target.open("w", encoding="utf-8") as out:
        for position, chain in enumerate(chains):
            out.writelines(_thinned_lines(chain, keep, wanted, with_header=position == 0))


def _thinned_lines(chain: str | Path, keep: set[int], total: int, with_header: bool) -> Iterable[str]:
    """Give the lines of one chain that the merged file takes."""
    draw = -1
    seen_columns = False
    with Path(chain).open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                if with_header and not seen_columns:
                    yield re.sub(r"(num_samples = )\d+( \(Default\))?", rf"\g<1>{total}", line)
            elif not seen_columns:
                seen_columns = True
                if with_header:
                    yield line
            elif line.strip():
                draw += 1
                if draw in keep:
                    yield line


def read_stan_csv(path: str | Path) -> pd.DataFrame:
    """Read the draws of a Stan CSV file: a row for each, columns as Stan names them."""
    return pd.read_csv(path, comment="#", float_precision="round_trip")


def columns_of(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Return the columns of one Stan variable, an array of shape (draws, size)."""
    prefix = f"{name}."
    chosen = [column for column in frame.columns if column == name or column.startswith(prefix)]
    return frame[chosen].to_numpy(dtype=np.float64)


def _publish(source: str | Path, target: str | Path) -> None:
    with replacing(target) as path:
        shutil.move(source, path)
