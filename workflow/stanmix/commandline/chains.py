"""Progress of a running chain, from the files that CmdStan writes while it samples."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RULES = ("pilot", "sample")
"""Rules whose jobs are chains."""
ITERATION = re.compile(r"Iteration: +(\d+) / (\d+) \[ *\d+%\] +\((\w+)\)")
TAIL = 4096
"""Number of bytes at the end of a log that contain its last progress line."""
DIVERGENT = "divergent__"


class Chain:
    """A running chain.

    Parameters
    ----------
    log
        Log of its job, with CmdStan's progress lines.
    output
        The file in which its draws will be stored; CmdStan writes beside it.
    since
        When the job started, in seconds of the epoch; older files belong to an earlier job.
    """

    def __init__(self, log: Path, output: Path, since: float) -> None:
        self._log, self._output, self._since = log, output, since
        self._csv: _Draws | None = None
        self.iteration = 0
        """Iterations that CmdStan has reported."""
        self.iterations = 0
        """Total number of iterations; 0 until CmdStan has reported it."""
        self.phase = ""
        """Warmup or Sampling."""
        self.divergences = 0
        """Divergent draws so far; those of warmup are not written."""

    def update(self) -> None:
        """Read what was written since the last reading."""
        if found := self._last_progress():
            self.iteration, self.iterations, self.phase = int(found[1]), int(found[2]), found[3]
        if self._csv is None:
            folders = self._output.parent.glob(f".{self._output.stem}.*.scratch")
            newest = [file for folder in folders for file in folder.rglob("*.csv") if self._is_new(file)]
            self._csv = _Draws(newest[0]) if newest else None
        if self._csv is not None:
            self.divergences = self._csv.divergences()

    def _is_new(self, file: Path) -> bool:
        try:
            return file.stat().st_mtime >= self._since
        except OSError:
            return False

    def _last_progress(self) -> re.Match[str] | None:
        if not self._is_new(self._log):
            return None
        with self._log.open("rb") as file:
            file.seek(max(0, self._log.stat().st_size - TAIL))
            text = file.read().decode("utf-8", errors="replace")
        return next(iter(list(ITERATION.finditer(text))[::-1]), None)


class _Draws:
    """Divergent draws in a Stan CSV file that grows."""

    def __init__(self, file: Path) -> None:
        self._file, self._position, self._column, self._count = file, 0, -1, 0

    def divergences(self) -> int:
        """Count them, starting where the last reading ended."""
        try:
            with self._file.open("rb") as file:
                file.seek(self._position)
                new = file.read()
        except OSError:  # stored, and removed
            return self._count
        whole = new.rfind(b"\n") + 1
        self._position += whole
        for line in new[:whole].decode("utf-8", errors="replace").splitlines():
            if not line or line.startswith("#"):
                continue
            fields = line.split(",")
            if self._column < 0:
                self._column = fields.index(DIVERGENT) if DIVERGENT in fields else len(fields)
            elif self._column < len(fields):
                self._count += fields[self._column] not in ("0", "0.0")
        return self._count


def stored_divergences(output: Path) -> int | None:
    """Count the divergent draws of a stored chain; None if it cannot be read here."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        column = pq.read_table(output, columns=[DIVERGENT])[DIVERGENT]
    except (OSError, KeyError, pa.ArrowException):
        return None
    return int(sum(value != 0 for value in column.to_pylist()))


def chain_of(job: Mapping[str, Any]) -> str:
    """Name the chain that a job samples; jobs of further rounds have the name of the first."""
    names: Sequence[str] = [
        str(job["wildcards"].get(key, "")) for key in ("dataset", "model", "components", "chain")
    ]
    return "/".join(names)
