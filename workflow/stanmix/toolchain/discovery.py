"""Which CmdStan to use, decided in one place."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stanmix.toolchain.cache import cache_dir
from stanmix.toolchain.identity import assembled_name
from stanmix.toolchain.problems import ToolchainError

Origin = Literal["environment", "conda", "home", "assembled"]


@dataclass(frozen=True)
class CmdStan:
    """A CmdStan folder, ready for cmdstanpy.

    Parameters
    ----------
    path
        The folder with ``makefile`` and ``bin/stanc``.
    version
        Such as ``2.39.0``.
    origin
        Where it comes from.
    reason
        One sentence for people: which one it is and why.
    """

    path: Path
    version: str
    origin: Origin
    reason: str


def find() -> CmdStan | None:
    """Return the CmdStan to use if there is one, without building anything.

    Raises
    ------
    ToolchainError
        If ``$CMDSTAN`` is set but is no CmdStan: what the user chose is never silently replaced.
    """
    return _from_environment() or _from_conda() or _from_home() or _from_cache()


def assembled_path() -> Path:
    """Return the folder in the cache for this version of the project, whether it is there or not."""
    return cache_dir() / assembled_name()


def defect(path: Path) -> str | None:
    """Return what keeps a folder from being a usable CmdStan, or None if nothing does."""
    if not path.is_dir():
        return "is not a folder"
    for part in ("makefile", "bin/stanc"):
        if not (path / part).is_file():
            return f"has no {part}"
    return None if _version(path) else "has a makefile without a line CMDSTAN_VERSION := ..."


def _version(path: Path) -> str | None:
    """Read the version where cmdstanpy reads it."""
    text = (path / "makefile").read_text(encoding="utf-8", errors="replace")
    match = re.search(r"CMDSTAN_VERSION := *(\S+)", text)
    return match.group(1) if match else None


def _described(path: Path, origin: Origin, why: str) -> CmdStan:
    version = _version(path) or "unknown"
    return CmdStan(path, version, origin, f"CmdStan {version} in {path} is used, because {why}.")


def _from_environment() -> CmdStan | None:
    value = os.environ.get("CMDSTAN")
    if not value:
        return None
    path = Path(value).expanduser().absolute()
    problem = defect(path)
    if problem:
        raise ToolchainError(
            f"$CMDSTAN is {value}, which {problem}: set it to a built CmdStan, or unset it to let the "
            "project find one."
        )
    # Conda sets the variable itself when the environment is activated, which is good to know when
    # it is unexpected.
    prefix = os.environ.get("CONDA_PREFIX")
    if prefix and path.is_relative_to(Path(prefix).absolute()):
        return _described(path, "conda", "the active conda environment sets $CMDSTAN to it")
    return _described(path, "environment", "$CMDSTAN names it")


def _from_conda() -> CmdStan | None:
    """Find conda's CmdStan in an environment that is in use but whose activation scripts did not run."""
    prefix = os.environ.get("CONDA_PREFIX")
    if not prefix:
        return None
    path = Path(prefix).absolute() / "bin" / "cmdstan"
    return None if defect(path) else _described(path, "conda", f"the conda environment {prefix} has it")


def _from_home() -> CmdStan | None:
    folder = Path.home() / ".cmdstan"
    candidates = [path for path in folder.glob("cmdstan-*") if defect(path) is None]
    if not candidates:
        return None
    return _described(
        max(candidates, key=_release), "home", f"it is the newest that install_cmdstan put into {folder}"
    )


def _release(path: Path) -> tuple[list[int], bool, list[int]]:
    """Return the sort key of a folder such as cmdstan-2.36.0-rc1, which comes before cmdstan-2.36.0."""
    release, is_candidate, candidate = path.name.removeprefix("cmdstan-").partition("-rc")
    return _numbers(release), not is_candidate, _numbers(candidate)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def _from_cache() -> CmdStan | None:
    path = assembled_path()
    if defect(path):
        return None
    version = _version(path) or "unknown"
    return CmdStan(
        path,
        version,
        "assembled",
        f"Stan {version} in {path} is used with stan-mixtures' own command-line front end, because no "
        "CmdStan was found; it was assembled from package-registry wheels.",
    )
