"""Go on after a run that was killed: end its jobs and clear its lock, without being asked.

A run holds a lock of the operating system on a file in its folder for as long as its process lives, however
that ends. Whoever gets this lock knows that no other run on this machine is at work in the folder, so that
locks which Snakemake left there are of a dead one, and so are its jobs that still run. These are ended
first: one that failed later would remove what the new run has made.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

from stanmix.errors import StanmixError

OWNER = "stan-mixtures.run"
RUN_ID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
"""Snakemake's plugin names Slurm jobs by such an identifier of the run, after a prefix if one is set."""
VARIABLE = "STAN_MIXTURES_RUN"
"""Environment variable by which the processes of a run are known."""
PATIENCE = 60.0
"""Seconds that cancelled jobs get to end."""

_held: dict[Path, IO[str]] = {}


def claim(folder: str | Path = ".snakemake") -> dict[str, Any]:
    """Take the folder for this process; of a killed run on this machine end the jobs and clear the lock.

    Where another process holds it nothing is done: Snakemake itself says so when it wants its lock.

    Returns
    -------
    dict
        Facts of the run that held the folder before and did not end well: ``host``, ``pid``, ``run``,
        ``executor``; empty where there is none.
    """
    folder = Path(folder).absolute()
    if folder in _held:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / OWNER).open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Held by another run; or a file system without locks, on which Snakemake's own must do.
        file.close()
        return {}
    _held[folder] = file
    file.seek(0)
    before = _facts(file.read())
    if before.get("host") != socket.gethostname():
        return {}
    _end_processes(before["run"])
    for lock in (folder / "locks").glob("*.lock"):
        lock.unlink()
        print(f"Cleared a lock of the run that was killed (process {before['pid']}).", file=sys.stderr)
    return before


def begin(executor: str, before: dict[str, Any], folder: str | Path = ".snakemake") -> None:
    """Note that this process runs here, and cancel what a killed run left on the cluster.

    Parameters
    ----------
    executor
        Name of Snakemake's executor.
    before
        What :func:`claim` returned.

    Raises
    ------
    StanmixError
        If jobs of the killed run are still there after a minute, or Slurm cannot be asked about them.
    """
    before = before or claim(folder)  # a dry run may have held the folder when this one came
    if before.get("executor") == "slurm":
        cancel_jobs(Path(folder).absolute().parent)
    run = str(uuid.uuid4())
    os.environ[VARIABLE] = run
    _write(folder, {"host": socket.gethostname(), "pid": os.getpid(), "run": run, "executor": executor})


def end(folder: str | Path = ".snakemake") -> None:
    """Note that the run ended by itself."""
    _write(folder, {})


def cancel_jobs(folder: Path) -> None:
    """Cancel the Slurm jobs that Snakemake submitted from a folder, and wait until they are gone."""
    deadline = time.monotonic() + PATIENCE
    while jobs := _jobs(folder):
        print(f"Cancelling {len(jobs)} Slurm jobs of the run that was killed.", file=sys.stderr)
        subprocess.run(["scancel", *jobs], check=False)
        if time.monotonic() > deadline:
            raise StanmixError(
                f"Slurm jobs of the run that was killed do not end: {', '.join(jobs)}. "
                "Wait until squeue no longer shows them, and run again."
            )
        time.sleep(2)


def _jobs(folder: Path) -> list[str]:
    """List the user's Slurm jobs that have this working directory and a name as Snakemake gives them."""
    command = ["squeue", "--me", "--noheader", "--format=%i|%j|%Z"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise StanmixError(
            "A run on Slurm was killed in this folder, and squeue cannot say whether its jobs still run "
            f"({error}). Make sure that they do not, remove {OWNER} from .snakemake, and run again."
        ) from error
    rows = [line.split("|", 2) for line in listed.splitlines()]
    return [job for job, name, place in rows if re.search(f"{RUN_ID}$", name) and Path(place) == folder]


def _end_processes(run: str) -> None:
    """Kill the processes of a run whose main process is gone, and wait until they are."""
    found = [process for process in psutil.process_iter() if _run_of(process) == run]
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(found, timeout=PATIENCE)


def _run_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(VARIABLE)
    except psutil.Error:  # it ended, or belongs to another user
        return None


def _facts(text: str) -> dict[str, Any]:
    """Read the facts of a run; a file that a killed process left half written says nothing."""
    try:
        facts: dict[str, Any] = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}
    return facts


def _write(folder: str | Path, facts: dict[str, Any]) -> None:
    file = _held.get(Path(folder).absolute())
    if file is not None:
        file.seek(0)
        file.truncate()
        file.write(json.dumps(facts))
        file.flush()
