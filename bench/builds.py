"""Compile what the benchmarks run, as the workflow compiles its programs.

Everything is kept in ``build/bench`` under the hash of what it is made of.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cmdstanpy

from stanmix import toolchain
from stanmix.config.schema import with_defaults
from stanmix.paths import STAN
from stanmix.stan import programs
from stanmix.stan.sources import KERNELS, complete, kernel_headers

HERE = Path(__file__).resolve().parent / "programs"
PLACE = Path(__file__).resolve().parents[1] / "build" / "bench"


@dataclass(frozen=True)
class Program:
    """A Stan program of the benchmarks.

    Attributes
    ----------
    source
        The file without its suffix, or the name of a program of the workflow.
    headers
        The kernels that it declares.
    options
        Options of stanc.
    likelihood
        Whose likelihoods a program of the workflow includes.
    """

    source: str | Path
    headers: tuple[Path, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    likelihood: str = "kernel"


def _of_workflow(name: str, likelihood: str) -> Program:
    headers = tuple(kernel_headers(name, likelihood))
    return Program(name, headers, dict(programs.STANC_OPTIONS), likelihood)


PROGRAMS = {
    ("normal", "ours"): _of_workflow("normal", "kernel"),
    ("normal", "textbook"): Program(HERE / "normal_textbook"),
    ("normal", "stanc-O1"): Program(HERE / "normal_textbook", options={"O1": True}),
    ("multi_normal", "ours"): Program(
        HERE / "multi_normal", (KERNELS / "multi_normal_mixture.hpp",), dict(programs.STANC_OPTIONS)
    ),
    ("multi_normal", "textbook"): Program(HERE / "multi_normal_textbook"),
}


def gradient_worker(family: str, peer: str) -> Path:
    """Compile a program to a worker that times its gradient; see ``programs/gradient.hpp``."""
    return _compiled(PROGRAMS[family, peer], as_worker=True)


def gradient_of(program: str, likelihood: str) -> Path:
    """Compile one of the workflow's programs to a worker that times its gradient.

    Parameters
    ----------
    program
        Its name.
    likelihood
        ``kernel``, or ``stan`` for a loop over the observations by Stan's own functions.
    """
    return _compiled(_of_workflow(program, likelihood), as_worker=True)


def sampler(peer: str, program: str = "normal") -> Path:
    """Compile a program for sampling; ours as the workflow does it."""
    if peer != "ours":
        return _compiled(PROGRAMS[program, peer], as_worker=False)
    target = PLACE / "programs" / "ours" / program
    target.parent.mkdir(parents=True, exist_ok=True)
    processor = with_defaults({}, {"$ref": "#/$defs/compile"})["processor"]
    programs.build(program, "kernel", target, target.with_suffix(".json"), processor)
    return target


LIMIT = {
    "native": ["-march=native"],
    "plain": [],
    "avx2": ["-mavx2", "-mfma"],
    "avx512": ["-mavx2", "-mfma", "-mavx512f", "-mavx512dq"],
}
"""Flags of the bare exp by instruction set."""


def limit_worker(instructions: str = "native") -> Path:
    """Compile the bare exp with an instruction set."""
    source, flags = HERE / "limit.cpp", LIMIT[instructions]
    made_of = (source.read_bytes(), toolchain.compiler().encode(), *map(str.encode, flags))
    target = PLACE / "programs" / _key(*made_of) / "limit"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        include = toolchain.ensure(progress=print).path / "include"
        compiler = [*_compiler(), "-std=c++17", "-O3", *flags, "-isystem", str(include)]
        subprocess.run([*compiler, str(source), "-o", str(target)], check=True)
    return target


def _compiler() -> list[str]:
    return shlex.split(os.environ.get("CXX", "g++"))


def _compiled(program: Program, as_worker: bool) -> Path:
    cmdstan = toolchain.ensure(progress=print)
    worker = HERE / "gradient.hpp"
    name, text = Path(program.source).name, complete(str(program.source), program.likelihood)
    made_of = [worker] if as_worker else []
    if program.headers:
        made_of += sorted(path for path in STAN.rglob("*") if path.is_file())
    key = _key(
        text.encode(),
        *(path.read_bytes() for path in made_of),
        repr((sorted(program.options.items()), str(cmdstan.path), toolchain.compiler())).encode(),
    )
    target = PLACE / "programs" / key / f"{name}_{'gradient' if as_worker else 'sampler'}"
    if target.is_file():
        return target
    folder = target.parent / "work"
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{name}.stan"
    source.write_text(text, "utf-8")
    header = None
    cpp_options: dict[str, Any] = {}
    if as_worker:
        header = folder / "worker.hpp"
        files = [*program.headers, worker]
        header.write_text("".join(f'#include "{file}"\n' for file in files), "utf-8")
        # The worker has a main of its own, so CmdStan's objects stay out. Only the makefile of the
        # assembled CmdStan knows them by this name.
        cpp_options["OBJECTS"] = ""
    options = dict(program.options)
    if program.headers:
        options["allow-undefined"] = True
    cmdstanpy.set_cmdstan_path(str(cmdstan.path))
    built = cmdstanpy.compile_stan_file(
        source, stanc_options=options, cpp_options=cpp_options, user_header=header
    )
    Path(built).replace(target)
    shutil.rmtree(folder)
    return target


def _key(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part + b"\0")
    return digest.hexdigest()[:16]
