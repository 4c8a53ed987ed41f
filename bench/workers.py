"""Worker processes: each peer lives in one, answers a line of JSON to a line of text, and has one core."""

from __future__ import annotations

import json
import os
import platform
import selectors
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "bench" / "logs"

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "STAN_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
SLOWED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""Settings that some machines carry for the sake of old builds of OpenBLAS; they would slow NumPy's."""


class StalledError(Exception):
    """A worker did not answer in time and was ended."""


class FailedError(Exception):
    """A worker ended with an error."""


def processor() -> str:
    """Return the name of this machine's processor."""
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def use_one_core() -> None:
    """Keep this process, and those that it starts from now on, on the last of its cores and to one thread."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ.update(ONE_THREAD)
    for name in SLOWED:
        os.environ.pop(name, None)


class Worker:
    """A peer's process.

    Parameters
    ----------
    name
        Name of the peer; its messages go to a log of that name.
    command
        What to run.
    environment
        Variables of the environment beside those of this process.
    """

    def __init__(
        self, name: str, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ):
        self.name = name
        self.environment: Mapping[str, str] = environment or {}
        self._command = [str(word) for word in command]
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, command: str, argument: str | Path | float, timeout: float = 600) -> dict[str, Any]:
        """Send a command and return the answer; the process is started where it does not run.

        Raises
        ------
        StalledError
            If there is no answer within ``timeout`` seconds.
        FailedError
            If the process ends.
        """
        if self._process is None:
            self._start()
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{command} {argument}\n".encode())
        process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout):
                self.close()
                raise StalledError(f"{self.name}: {command} took more than {timeout:.0f} s.")
        line = process.stdout.readline()
        if not line:
            self.close()
            raise FailedError(f"{self.name} ended at '{command} {argument}': see {self._log}.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    @property
    def _log(self) -> Path:
        return LOGS / f"{self.name}.log"

    def _start(self) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | dict(self.environment),
            )

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def peer_worker(name: str, module: str) -> Worker:
    """Return the worker of a Python peer, which runs in the peers' environment."""
    python = ROOT / "build" / "bench" / "peers" / "bin" / "python"
    if not python.is_file():
        sys.exit("The peers are not installed. Run: make bench")
    return Worker(name, [python, "-m", f"bench.speed.peers.{module}", name])
