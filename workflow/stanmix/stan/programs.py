"""Compile the Stan programs, once for each content.

An executable is known by the hash of everything that makes it: the program with its includes, the
options, and the CmdStan and compiler that build it. It is kept in the user's cache and copied
to each run, so that no two fits and no two runs compile the same program.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stanmix.errors import StanmixError
from stanmix.io import replacing, scratch_folder, write_json
from stanmix.paths import STAN
from stanmix.stan.complaints import compiler_reason
from stanmix.stan.sources import complete, headers, kernel_headers, sources
from stanmix.toolchain import CmdStan, cache_dir, compiler, ensure, locked, processor_model

STANC_OPTIONS: Mapping[str, Any] = {"O1": True}
"""stanc's first optimisation level: about a quarter faster here, with identical draws."""

FLAGS: Mapping[str, str] = {"dispatch": "", "native": "-march=native", "portable": ""}
"""Compiler flags beside CmdStan's own for each choice of ``compile.processor``."""
PORTABLE = "#define STANMIX_PORTABLE // the plain instruction set only"
"""First line of a portable program's header. It is no compiler flag, since CmdStan would compile its own
objects again for another flag."""


def compiler_flags(processor: str) -> str:
    """Return a build's flags: CmdStan's level (``O`` in the environment, or 3), the user's, the choice's."""
    level = os.environ.get("O", "3")
    return " ".join([f"-O{level}", *os.environ.get("CXXFLAGS", "").split(), *FLAGS[processor].split()])


def fingerprint(program: str, likelihood: str, processor: str, cmdstan: CmdStan) -> str:
    """Return the hash of everything that makes a program's executable."""
    digest = hashlib.sha256()
    parts = [cmdstan.version, str(cmdstan.path), compiler(), repr(sorted(STANC_OPTIONS.items()))]
    parts += [compiler_flags(processor), processor]
    if processor == "native":
        parts.append(processor_model())
    for part in parts:
        digest.update(part.encode("utf-8") + b"\0")
    digest.update(complete(program, likelihood).encode("utf-8") + b"\0")
    for path in headers(program, likelihood):
        digest.update(path.relative_to(STAN).as_posix().encode("utf-8") + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build(
    program: str,
    likelihood: str,
    executable: str | Path,
    manifest: str | Path,
    processor: str = "dispatch",
) -> None:
    """Compile a program, or take it from the cache, and record what it was made of.

    Parameters
    ----------
    program
        Name of a program, as of :func:`stanmix.stan.sources.complete`.
    likelihood
        ``kernel`` for the C++ kernel with its analytic gradient, ``stan`` for the definition in Stan.
    executable
        Where to put the executable.
    manifest
        Where to write its facts. The content changes exactly when the executable does.
    processor
        ``dispatch``, ``native`` or ``portable``, as in the configuration.

    Raises
    ------
    StanmixError
        If the program does not compile.
    """
    cmdstan = ensure(progress=print)
    key = fingerprint(program, likelihood, processor, cmdstan)
    cached = compiled(program, likelihood, processor)
    with replacing(executable) as path:
        shutil.copy2(cached, path)
    write_json(
        manifest,
        {
            "program": program,
            "likelihood": likelihood,
            "hash": key,
            "cmdstan": cmdstan.version,
            "cmdstan_origin": cmdstan.origin,
            "compiler": compiler(),
            "processor": processor,
            "flags": compiler_flags(processor),
            "stanc_options": dict(STANC_OPTIONS),
            "sources": [path.relative_to(STAN).as_posix() for path in sources(program, likelihood)],
        },
    )


def compiled(program: str, likelihood: str, processor: str = "dispatch") -> Path:
    """Return the executable of a program in the cache, compiled first if it is not there.

    If several processes want it at the same time, one compiles it and the others wait.

    Parameters
    ----------
    program, likelihood, processor
        See :func:`build`. A program elsewhere is named by its absolute path without the suffix.

    Raises
    ------
    StanmixError
        If the program does not compile.
    """
    cmdstan = ensure(progress=print)
    key = fingerprint(program, likelihood, processor, cmdstan)
    name = Path(program).name
    cached = cache_dir() / "programs" / key[:2] / key / name
    if not cached.is_file():
        with locked(cached, print, f"compiling {name}"):
            if not cached.is_file():
                start = time.monotonic()
                _compile(program, likelihood, processor, cmdstan, cached)
                print(f"{name}: compiled in {time.monotonic() - start:.0f} s, {key[:12]}")
                return cached
    print(f"{name}: taken from the cache, {key[:12]}")
    return cached


@contextmanager
def _compiler_flags(processor: str) -> Iterator[None]:
    """Add flags to those of CmdStan's makefile.

    Through the environment: a variable on make's command line would replace CmdStan's own flags.
    """
    before = os.environ.get("CXXFLAGS")
    if FLAGS[processor]:
        os.environ["CXXFLAGS"] = f"{before or ''} {FLAGS[processor]}".strip()
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("CXXFLAGS", None)
        else:
            os.environ["CXXFLAGS"] = before


def _compile(program: str, likelihood: str, processor: str, cmdstan: CmdStan, target: Path) -> None:
    """Compile with cmdstanpy in a scratch folder of the cache."""
    import cmdstanpy

    cmdstanpy.set_cmdstan_path(str(cmdstan.path))
    with scratch_folder(target, alone=False) as folder, _compiler_flags(processor):
        source = folder / f"{Path(program).name}.stan"
        source.write_text(complete(program, likelihood), "utf-8")
        options, header = dict(STANC_OPTIONS), None
        if kernels := kernel_headers(program, likelihood):
            options["allow-undefined"] = True
            lines = [PORTABLE] if processor == "portable" else []
            lines += [f'#include "{path}"' for path in kernels]
            header = folder / "kernels.hpp"
            header.write_text("\n".join(lines) + "\n", "utf-8")
        try:
            executable = cmdstanpy.compile_stan_file(source, stanc_options=options, user_header=header)
        except (ValueError, RuntimeError, subprocess.CalledProcessError) as error:
            print(error)
            reason = compiler_reason(str(error)).rstrip(".")
            raise StanmixError(
                f"The Stan program {source.stem} does not compile. {reason}. The job's log has all messages; "
                "correct the program, or the compiler's set-up, and run again."
            ) from error
        Path(executable).replace(target)
