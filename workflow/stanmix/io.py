"""Write files so that a job killed at any moment leaves nothing that looks finished."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from stanmix.errors import StanmixError

VALUES_AT_ONCE = 100_000


@contextmanager
def replacing(target: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``target`` that takes its place when the block ends well.

    The suffix of the target is kept, since writers choose the format by it.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.partial{target.suffix}")
    try:
        yield temporary
        temporary.replace(target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StanmixError(
                f"The disk is full while writing {target}. Free some space and run again; "
                "finished jobs are kept."
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def scratch_folder(beside: str | Path, alone: bool = True) -> Iterator[Path]:
    """Give a new folder beside a job's output, which is removed when the block ends.

    Parameters
    ----------
    beside
        The output.
    alone
        Whether no other process makes this output at the same time, which Snakemake's lock ensures for
        results. If so, leftovers of killed jobs are removed too.
    """
    beside = Path(beside)
    if alone:
        for leftover in beside.parent.glob(f".{beside.stem}.*.scratch"):
            shutil.rmtree(leftover, ignore_errors=True)
    folder = beside.with_name(f".{beside.stem}.{os.getpid()}.scratch")
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def write_json(target: str | Path, facts: Any) -> None:
    """Write facts as JSON; numbers that JSON does not have (NaN, infinities) become null."""
    text = json.dumps(_plain(facts), indent=2, ensure_ascii=False, allow_nan=False)
    with replacing(target) as path:
        path.write_text(text + "\n", "utf-8")


def read_json(source: str | Path) -> Any:
    """Read a JSON file."""
    return json.loads(Path(source).read_text("utf-8"))


def write_stan_json(target: str | Path, data: Mapping[str, Any]) -> None:
    """Write data for Stan, in which infinities are allowed and written as Stan reads them.

    Arrays are written in parts, so that little memory is needed beside them.
    """
    with replacing(target) as path, path.open("w", encoding="utf-8") as out:
        for i, (name, value) in enumerate(data.items()):
            out.write(f"{', ' if i else '{'}{json.dumps(name)}: ")
            if isinstance(value, np.ndarray) and value.ndim == 1:
                _write_array(out, value)
            else:
                out.write(json.dumps(_plain(value, keep_infinity=True)))
        out.write("}\n" if data else "{}\n")


def _write_array(out: IO[str], values: np.ndarray) -> None:
    for begin in range(0, max(1, len(values)), VALUES_AT_ONCE):
        part = json.dumps(values[begin : begin + VALUES_AT_ONCE].tolist())
        out.write(f"{', ' if begin else '['}{part[1:-1]}")
    out.write("]")


def _plain(value: Any, keep_infinity: bool = False) -> Any:
    """Turn NumPy values into plain ones that JSON can hold."""
    match value:
        case dict():
            return {str(key): _plain(item, keep_infinity) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, keep_infinity) for item in value]
        case np.ndarray():
            return _plain(value.tolist(), keep_infinity)
        case np.bool_():
            return bool(value)
        case np.integer():
            return int(value)
        case float() | np.floating():
            number = float(value)
            return number if math.isfinite(number) or keep_infinity else None
        case _:
            return value
