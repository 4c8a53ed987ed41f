"""The files that a Stan program is made of, and its complete text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from stanmix.errors import StanmixError
from stanmix.paths import STAN
from stanmix.stan import templates

KERNELS = STAN / "kernels"
STAN_INCLUDE = re.compile(r"^( *)#include (\S+)$")
CPP_INCLUDE = re.compile(r"^#(include|define STANMIX_KERNEL) \"(.+)\"", re.MULTILINE)
"""Pattern of the files that a header includes, by itself or through `each_instruction_set.hpp`."""


def include_folders(likelihood: str) -> tuple[Path, ...]:
    """Return the folders that are searched for includes, in order, which decides a program's likelihood.

    Parameters
    ----------
    likelihood
        ``kernel``: the declarations of the C++ kernels come first. ``stan``: the definitions in Stan.
    """
    plain = (STAN / "blocks", STAN / "functions", STAN)
    return (KERNELS, *plain) if likelihood == "kernel" else plain


def complete(program: str, likelihood: str) -> str:
    """Return a program with all of its includes in their places: what is compiled.

    Parameters
    ----------
    program
        Name of a program: that of a family, or of one of its kinds of covariances, with ``_quantities``
        behind it for the generated quantities. Another file by its path without the suffix.
    likelihood
        ``kernel`` or ``stan``, as in the configuration.

    Raises
    ------
    StanmixError
        If the program or one of its includes is not there.
    """
    lines = (templates.broken(line) for line in _lines(f"{program}.stan", likelihood, []))
    return "\n".join(lines) + "\n"


def sources(program: str, likelihood: str) -> list[Path]:
    """List the files of a program: itself first, then what it includes, then its kernels' headers.

    The first of a family of single numbers is its template.

    Raises
    ------
    StanmixError
        If the program or one of its includes is not there.
    """
    names: list[str] = []
    list(_lines(f"{program}.stan", likelihood, names))
    files = [path for name in names for path in _files(name, likelihood)]
    return list(dict.fromkeys([*files, *headers(program, likelihood)]))


def headers(program: str, likelihood: str) -> list[Path]:
    """List the headers of a program's kernels with those of the project that they include."""
    found = (path for header in kernel_headers(program, likelihood) for path in _headers(header))
    return list(dict.fromkeys(found))


def kernel_headers(program: str, likelihood: str) -> list[Path]:
    """List the C++ headers that define what a program only declares."""
    if likelihood != "kernel":
        return []
    names: list[str] = []
    list(_lines(f"{program}.stan", likelihood, names))
    found = []
    for name in dict.fromkeys(names):
        if header := templates.kernel_of(name):
            found.append(header)
        elif _file(name, likelihood).parent == KERNELS:
            found.append(KERNELS / re.sub(r"_lp[dm]f\.stan$", ".hpp", name))
    return found


def _headers(header: Path) -> list[Path]:
    """List a header and the headers of the project that it includes."""
    found = [header]
    for directive, name in CPP_INCLUDE.findall(header.read_text("utf-8")):
        # What is read for each instruction set is named from the folder of the file that reads it.
        folder = header.parent if directive == "include" else KERNELS
        found += _headers(Path(os.path.normpath(folder / name)))
    return list(dict.fromkeys(found))


def _lines(name: str, likelihood: str, names: list[str]) -> Iterator[str]:
    """Give the lines of a Stan file with every include in its place, indented as it is.

    What was read is added to ``names``, itself first.
    """
    names.append(name)
    for line in _text(name, likelihood).splitlines():
        if included := STAN_INCLUDE.match(line):
            for inner in _lines(included[2], likelihood, names):
                yield f"{included[1]}{inner}" if inner else ""
        else:
            yield line


def _text(name: str, likelihood: str) -> str:
    path = _file(name, likelihood)
    return path.read_text("utf-8") if path.suffix == ".stan" else templates.render(name, likelihood)


def _files(name: str, likelihood: str) -> list[Path]:
    """Return the files that a Stan file is made of: itself, or its template and what is a program's own."""
    path = _file(name, likelihood)
    return [path] if path.suffix == ".stan" else templates.files_of(name)


def _file(name: str, likelihood: str) -> Path:
    """Return where a Stan file is, or the template that it is made from."""
    folders = include_folders(likelihood)
    path = next((folder / name for folder in folders if (folder / name).is_file()), None)
    path = path or templates.template_of(name)
    if path is None:
        places = " or ".join(str(folder.relative_to(STAN.parent)) for folder in folders)
        raise StanmixError(f"There is no Stan file {name} in {places}. Restore it, or correct the #include.")
    return path
