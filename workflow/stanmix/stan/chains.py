"""Chains as they are stored: the draws of a Stan CSV file in Parquet, with the comments around them.

A tenth of the size and of the time to read, and nothing is lost: :func:`write_stan_csv` gives back the file
that CmdStan wrote.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from stanmix.errors import StanmixError
from stanmix.io import read_json, replacing

Array = npt.NDArray[np.float64]

SIG_FIGS = 18
"""Digits in Stan CSV files: enough to read every double back, and a simplex that still sums to 1."""
PARAMETERS = ("theta_free", "standard")
"""Names of the Stan programs' parameters."""
HEAD, TAIL = b"stan_head", b"stan_tail"
"""Keys of the Parquet schema's metadata for the comments before and after the draws of the Stan CSV file."""
NUM_SAMPLES = r"(num_samples = )\d+( \(Default\))?"


def store(stan_csv: str | Path, target: str | Path) -> None:
    """Store a Stan CSV file as Parquet: one column of doubles for each of its own, its comments as metadata.

    Raises
    ------
    StanmixError
        If the file has no draws.
    """
    lines = [line for line in Path(stan_csv).read_text("utf-8").splitlines(keepends=True) if line.strip()]
    is_draw = [not line.startswith(("#", "lp__")) for line in lines]
    if not any(is_draw):
        raise StanmixError(f"{stan_csv} has no draws. Remove it and run again.")
    first = is_draw.index(True)
    end = len(lines) - is_draw[::-1].index(True)
    head, tail = lines[:first], lines[end:]
    names = next(line for line in head if line.startswith("lp__")).strip().split(",")
    table = csv.read_csv(
        io.BytesIO("".join(lines[first:end]).encode()),
        csv.ReadOptions(column_names=names),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64())),
    )
    _write(table, "".join(head), "".join(tail), target)


def read(chain: str | Path) -> pa.Table:
    """Read a stored chain: a row for each draw, columns as Stan names them."""
    try:
        table = pq.read_table(chain)
    except (pa.ArrowInvalid, OSError) as error:
        raise StanmixError(f"{chain} cannot be read: {error}. Remove it and run again.") from error
    if HEAD not in (table.schema.metadata or {}):
        raise StanmixError(f"{chain} holds no chain. Remove it and run again.")
    return table


def variable(table: pa.Table, name: str) -> Array:
    """Return the draws of one Stan variable, shape (draws, ...); (draws, 0) where there is none."""
    columns = [column for column in table.column_names if column == name or column.startswith(f"{name}.")]
    places = [tuple(int(i) - 1 for i in column.split(".")[1:]) for column in columns]
    shape = tuple(max(axis) + 1 for axis in zip(*places, strict=True)) if columns else (0,)
    values = np.empty((table.num_rows, *shape))
    for column, place in zip(columns, places, strict=True):
        where: Any = (slice(None), *place)
        values[where] = table[column].to_numpy()
    return values


def write_stan_csv(
    chains: Sequence[str | Path], target: str | Path, rows: npt.NDArray[np.intp] | None = None
) -> None:
    """Write chains, one after the other, as one Stan CSV file.

    Parameters
    ----------
    chains
        Stored chains.
    target
        The file to write. Its comments are the first chain's, with the number of draws corrected. One chain
        alone gives the file that CmdStan wrote, byte for byte.
    rows
        Which draws (from 0) to take of each chain; all by default.
    """
    tables = [read(chain) for chain in chains]
    head, tail = (tables[0].schema.metadata[key].decode() for key in (HEAD, TAIL))
    taken = [table if rows is None else table.take(rows) for table in tables]
    with replacing(target) as path, path.open("w", encoding="utf-8") as out:
        out.write(_with_draws(head, sum(table.num_rows for table in taken)))
        for table in taken:
            draws = np.stack([column.to_numpy() for column in table.columns], axis=1)
            np.savetxt(out, draws, fmt=f"%.{SIG_FIGS}g", delimiter=",")
        out.write(tail)


def append(first: str | Path, second: str | Path, target: str | Path) -> None:
    """Store the draws of two chains as one, with the comments of the first."""
    before, after = read(first), read(second)
    table = pa.concat_tables([before.replace_schema_metadata(), after.replace_schema_metadata()])
    head, tail = (before.schema.metadata[key].decode() for key in (HEAD, TAIL))
    _write(table, _with_draws(head, table.num_rows), tail, target)


def adaptation(table: pa.Table) -> tuple[float, Array]:
    """Return the step size and the inverse metric, a vector or a matrix, that a chain adapted."""
    # Imported here: it takes a second, and only few jobs ask.
    from cmdstanpy.utils.stancsv import parse_hmc_adaptation_lines

    step_size, inv_metric = parse_hmc_adaptation_lines(table.schema.metadata[HEAD].splitlines())
    if step_size is None or inv_metric is None:
        raise StanmixError("A chain has no metric in its comments. Remove it and run again.")
    return step_size, inv_metric


def state(chain: str | Path) -> dict[str, Any]:
    """Return a chain's last state: ``draw`` (Stan's parameters), ``inv_metric``, ``step_size``."""
    table = read(chain)
    step_size, inv_metric = adaptation(table)
    names = dict.fromkeys(column.split(".")[0] for column in table.column_names)
    draw = {name: variable(table, name)[-1] for name in PARAMETERS if name in names}
    return {
        "draw": {name: value.tolist() for name, value in draw.items()},
        "inv_metric": inv_metric.tolist(),
        "step_size": step_size,
    }


def final(kept: str | Path) -> list[Path]:
    """Return the chains that a fit's results come from, by the facts of the escalation.

    Raises
    ------
    StanmixError
        If a chain is not there.
    """
    kept = Path(kept)
    files = [kept.parent / it["file"] for it in read_json(kept)["chains"]]
    for file in files:
        if not file.is_file():
            raise StanmixError(f"{file} is gone. Remove {kept} and run again.")
    return files


def gather(chains: Sequence[str | Path], names: Mapping[str, str]) -> dict[str, Array]:
    """Read variables of several chains.

    Parameters
    ----------
    chains
        Stored chains, with as many draws each.
    names
        Stan's name for each variable that is wanted.

    Returns
    -------
    dict
        Arrays of shape (chains, draws, ...), one for each variable.
    """
    tables = [read(chain) for chain in chains]
    return {ours: np.stack([variable(table, stan) for table in tables]) for ours, stan in names.items()}


def _with_draws(head: str, draws: int) -> str:
    """Correct the number of draws in the comments; comments with the right number stay as they are."""
    if re.search(rf"num_samples = {draws}\b", head):
        return head
    return re.sub(NUM_SAMPLES, rf"\g<1>{draws}", head)


def _write(table: pa.Table, head: str, tail: str, target: str | Path) -> None:
    with replacing(target) as path:
        pq.write_table(table.replace_schema_metadata({HEAD: head, TAIL: tail}), path, compression="zstd")
