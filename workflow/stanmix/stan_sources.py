"""The files that a Stan program is made of."""

from __future__ import annotations

import re
from pathlib import Path

from stanmix.errors import StanmixError
from stanmix.paths import STAN

KERNELS = STAN / "kernels"
STAN_INCLUDE = re.compile(r"^\s*#include\s+(\S+)", re.MULTILINE)
CPP_INCLUDE = re.compile(r"^#(?:include|define STANMIX_KERNEL) \"(.+)\"", re.MULTILINE)
"""Pattern of the files that a header includes, by itself or through `each_instruction_set.hpp`."""


def include_folders(likelihood: str) -> tuple[Path, ...]:
    """Return the folders that are searched for includes, in order, which decides a program's likelihood.

    Parameters
    ----------
    likelihood
        ``kernel``: the declarations of the C++ kernels come first. ``stan``: the definitions in Stan.
    """
    plain = (STAN / "models", STAN / "blocks", STAN / "functions")
    return (KERNELS, *plain) if likelihood == "kernel" else plain


def kernel_headers(program: str, likelihood: str) -> list[Path]:
    """List the C++ headers that define what a program only declares."""
    declared = [path for path in _stan_files(program, likelihood) if path.parent == KERNELS]
    return [KERNELS / re.sub(r"_lp[dm]f\.stan$", ".hpp", path.name) for path in declared]


def sources(program: str, likelihood: str) -> list[Path]:
    """List the files of a program: itself first, then what it includes, then its kernels' headers.

    Raises
    ------
    StanmixError
        If the program or one of its includes is not there.
    """
    headers = [path for header in kernel_headers(program, likelihood) for path in _headers(header)]
    return _stan_files(program, likelihood) + list(dict.fromkeys(headers))


def _headers(header: Path) -> list[Path]:
    """List a header and the headers of the project that it includes, all named from the kernels' folder."""
    inner = [KERNELS / name for name in CPP_INCLUDE.findall(header.read_text("utf-8"))]
    return list(dict.fromkeys([header, *(path for file in inner for path in _headers(file))]))


def _stan_files(program: str, likelihood: str) -> list[Path]:
    folders = include_folders(likelihood)
    found: list[Path] = []
    pending = [f"{program}.stan"]
    while pending:
        name = pending.pop(0)
        path = next((folder / name for folder in folders if (folder / name).is_file()), None)
        if path is None:
            places = " or ".join(str(folder.relative_to(STAN.parent)) for folder in folders)
            raise StanmixError(
                f"There is no Stan file {name} in {places}. Restore it, or correct the #include."
            )
        if path not in found:
            found.append(path)
            pending += STAN_INCLUDE.findall(path.read_text("utf-8"))
    return found
