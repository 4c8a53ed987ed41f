"""Go on after a run that was killed: its jobs are ended and its lock is cleared automatically.

A run holds a lock of the operating system on a file in its folder as long as its process lives. A process
that gets this lock knows that no other run on this machine is at work in the folder. Locks that Snakemake
left there then belong to a dead run, and so do jobs that still run. These jobs are ended first: one that
failed later would remove the new run's outputs.

The Snakemake that `stanmix run` started ends with that command, even if only the command is killed. The next
run waits for the lock until then.
"""

from __future__ import annotations

import atexit
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
from stanmix.run.internals import RUN_ID, locks

OWNER = "stan-mixtures.run"
VARIABLE = "STAN_MIXTURES_RUN"
"""Environment variable that marks the processes of a run."""
RUN = str(uuid.uuid4())
"""Identifier of the run that this process may begin."""
COMMAND = "STAN_MIXTURES_COMMAND"
"""Environment variable that tells Snakemake the process of the command; Snakemake ends with it."""
PATIENCE = 60.0
"""Seconds that cancelled jobs have for ending."""
EVERY = 0.1
"""Seconds between two attempts to get a lock that another process holds."""

_held: dict[Path, IO[str]] = {}


def claim(folder: str | Path = ".snakemake") -> dict[str, Any]:
    """Take the folder for this process; end the jobs of a killed run on this machine and clear its lock.

    If the process that holds the folder is ending because its command was killed, this waits for it. If
    another process holds the folder, nothing is done: Snakemake says so when it cannot get its lock.

    Returns
    -------
    dict
        Facts of the run that held the folder before and did not end well: ``host``, ``pid``, ``run``,
        ``executor``; empty if there is none.
    """
    folder = Path(folder).absolute()
    if folder in _held:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / OWNER).open("a+", encoding="utf-8")
    if not _lock(file) and not _inherit(file):
        file.close()
        return {}
    _held[folder] = file
    before = _read(file)
    if before and before.get("host") != socket.gethostname():
        return {}
    if before:
        _end_processes(before["run"])
        for lock in locks(folder):
            lock.unlink()
            print(f"Cleared a lock of the run that was killed (process {before['pid']}).", file=sys.stderr)
    # Noted now, because Snakemake takes its lock before the run begins. Until then the executor is that of
    # the previous run, whose jobs on a cluster are still to be cancelled.
    _write(folder, _facts(before.get("executor")))
    atexit.register(_leave, folder, before)
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
    os.environ[VARIABLE] = RUN
    _write(folder, {**_facts(executor), "begun": True})


def end(folder: str | Path = ".snakemake") -> None:
    """Note that the run ended by itself."""
    _write(folder, {})


def _leave(folder: Path, before: dict[str, Any]) -> None:
    """Restore the facts of the previous run if none began: after a dry run, or if there was nothing to do."""
    file = _held.get(folder)
    if file is not None and not _read(file).get("begun", True):
        _write(folder, before)


def in_the_way(folder: str | Path) -> str:
    """Say who holds the lock that Snakemake could not get in a folder."""
    file = Path(folder) / OWNER
    facts = _parsed(file.read_text("utf-8")) if file.is_file() else {}
    if not facts:
        return (
            "Another Snakemake is at work in this folder, or was killed in it. Wait until it has ended. "
            "If none runs, type: snakemake --unlock"
        )
    if facts["host"] == socket.gethostname():
        return (
            f"Another run is at work in this folder (process {facts['pid']}). Wait until it has ended, "
            "or press Ctrl-C where it runs, and type the same command again."
        )
    return (
        f"A run on {facts['host']} (process {facts['pid']}) is at work in this folder, or was killed in it. "
        "Wait until it has ended. If it does not run any more, type the same command there, "
        "or here: snakemake --unlock"
    )


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
    """Kill the processes of a run whose main process is gone, and wait for their end."""
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


def _lock(file: IO[str]) -> bool:
    """Try to take the lock of a file, and tell whether that succeeded."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Held by another run; or the file system has no locks, and only Snakemake's own remain.
        return False
    return True


def _inherit(file: IO[str]) -> bool:
    """Take the lock of a process whose command was killed, after its end; False for any other."""
    facts = _read(file)
    holder = _orphan(facts)
    if holder is None:
        return False
    print(
        f"The command that ran here was killed. Waiting until its Snakemake (process {holder}) has ended.",
        file=sys.stderr,
    )
    while not _lock(file):
        if _read(file).get("pid", holder) != holder:
            return False  # another run was faster
        time.sleep(EVERY)
    _end_processes(facts["run"])
    return True


def _orphan(facts: dict[str, Any]) -> int | None:
    """Return the process that holds a folder if the command that started it is gone."""
    if facts.get("host") != socket.gethostname():
        return None
    try:
        holder = psutil.Process(facts["pid"])
        command = holder.environ().get(COMMAND)
        return holder.pid if command is not None and int(command) != holder.ppid() else None
    except psutil.Error:  # it ended just now, or belongs to another user
        return None


def _facts(executor: str | None) -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "run": RUN,
        "executor": executor,
        "begun": False,
    }


def _read(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    return _parsed(file.read())


def _parsed(text: str) -> dict[str, Any]:
    """Read the facts of a run; an incomplete file of a killed process has none."""
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
