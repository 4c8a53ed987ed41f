"""Stan programs that call every mixture likelihood with every combination of data and parameters.

There is one for each group of likelihoods, so that none takes long to compile, and tests of one family need
only theirs. They differ in their calls alone: all have the same data and parameters.
"""

from __future__ import annotations

import itertools
import platform
from dataclasses import dataclass
from pathlib import Path

from family_values import VALUES
from stanmix.families import FAMILIES

ARGUMENTS = {
    "log_theta": "vector[K + noise]",
    "log_weights": "matrix[M, K + noise]",
    "a": "vector[K]",
    "b": "vector[K]",
    "c": "vector[K]",
    "mean": "array[K] vector[D]",
    "factor": "array[G] matrix[D, D]",
    "sd": "array[G] vector[D]",
    "radius": "vector[G]",
    "log_p": "matrix[A, K]",
    "values": "array[V] vector[K]",
}
"""What may be a parameter, with its Stan type: K components, noise or none, and G covariances."""

DATA = """
  int<lower=1> N;
  int<lower=0> M; // rows of the weights of single observations: N or 0
  int<lower=1> K;
  int<lower=0, upper=1> noise; // whether there is one more log weight than components
  int<lower=1> D;
  int<lower=1> G;
  int<lower=1> J;
  int<lower=1> A;
  vector[N] count;
  vector[N] y;
  vector[N] unit;
  vector[N] angle;
  array[N] int whole;
  array[N] int trials;
  matrix[N, D] rows_of_y;
  array[N, J] int answers;
  array[J] int levels;
  int<lower=1> V;
  int<lower=1> C;
  matrix[N, C] mixed;
  array[C] int families;
  array[C] int levels_of_columns;
  int which;
"""


@dataclass(frozen=True)
class Likelihood:
    """One function: its data beside the counts, and its parameters, as they are named in the program."""

    name: str
    y: str
    parameters: tuple[str, ...]
    more_data: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        return self.name.partition("_mixture")[0]


LIKELIHOODS = {
    **{
        name: Likelihood(
            f"{name}_mixture_{'lpmf' if own.y == 'whole' else 'lpdf'}",
            own.y,
            own.arguments,
            ("trials",) if FAMILIES[name].support.has_trials else (),
        )
        for name, own in VALUES.items()
    },
    "multi_normal": Likelihood("multi_normal_mixture_lpdf", "rows_of_y", ("mean", "factor")),
    "multi_student_t": Likelihood("multi_student_t_mixture_lpdf", "rows_of_y", ("b", "mean", "factor")),
    "multi_normal_diag": Likelihood("multi_normal_diag_mixture_lpdf", "rows_of_y", ("mean", "sd")),
    "multi_normal_spherical": Likelihood("multi_normal_diag_mixture_lpdf", "rows_of_y", ("mean", "radius")),
    "product": Likelihood("product_mixture_lpdf", "mixed", ("values",), ("families", "levels_of_columns")),
    "categorical": Likelihood("categorical_mixture_lpmf", "answers", ("log_p",), ("levels",)),
}


GROUPS = {
    **{
        group: tuple(name for name, own in VALUES.items() if own.group == group)
        for group in dict.fromkeys(own.group for own in VALUES.values())
    },
    "normals": ("multi_normal", "multi_normal_diag", "multi_normal_spherical"),
    "students": ("multi_student_t",),
    "columns": ("product", "categorical"),
}
"""The likelihoods of each program, of which any takes half a minute to compile however few there are."""


@dataclass(frozen=True)
class Call:
    """A call of a likelihood in which some arguments are data, the first being the log weights."""

    family: str
    is_parameter: tuple[bool, ...]
    by_row: bool

    @property
    def arguments(self) -> list[str]:
        """Names of the arguments that the call differentiates."""
        weights = "log_weights" if self.by_row else "log_theta"
        names = (weights, *LIKELIHOODS[self.family].parameters)
        return [name for name, free in zip(names, self.is_parameter, strict=True) if free]


CALLS = [
    Call(family, flags, by_row)
    for family, likelihood in LIKELIHOODS.items()
    for by_row in (False, True)
    for flags in itertools.product((True, False), repeat=1 + len(likelihood.parameters))
]


def call_of(family: str, by_row: bool = False) -> Call:
    """The call in which every argument is a parameter."""
    return next(c for c in CALLS if c.family == family and c.by_row == by_row and all(c.is_parameter))


def group_of(family: str) -> str:
    """The name of the program that has a family's likelihood."""
    return next(name for name, families in GROUPS.items() if family in families)


def program(group: str) -> str:
    """A program's text. Which call it makes is data; parameters have no constraints."""
    files = dict.fromkeys(name for family in GROUPS[group] for name in files_of(family))
    lines = ["functions {", *(f"#include {name}" for name in files), "}"]
    lines += ["data {", DATA, *(f"  {kind} {name}_data;" for name, kind in ARGUMENTS.items()), "}"]
    lines += ["parameters {", *(f"  {kind} {name};" for name, kind in ARGUMENTS.items()), "}"]
    lines += ["model {"]
    for number, call in enumerate(CALLS):
        if call.family not in GROUPS[group]:
            continue
        likelihood = LIKELIHOODS[call.family]
        names = ("log_weights" if call.by_row else "log_theta", *likelihood.parameters)
        chosen = [
            name if free else f"{name}_data" for name, free in zip(names, call.is_parameter, strict=True)
        ]
        arguments = ", ".join(("count", *likelihood.more_data, *chosen))
        lines.append(f"  if (which == {number}) target += {likelihood.name}({likelihood.y} | {arguments});")
    return "\n".join([*lines, "}"]) + "\n"


def files_of(family: str) -> list[str]:
    """What a program includes for a likelihood."""
    likelihood = LIKELIHOODS[family]
    columns = ["column_log_components.stan"] if family == "product" else []
    return [*columns, f"{likelihood.family}_log_components.stan", f"{likelihood.name}.stan"]


def instruction_sets() -> list[str]:
    """The instruction sets of this machine that kernels have code of their own for."""
    file = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not file.is_file():
        return ["plain"]
    line = next(line for line in file.read_text("utf-8").splitlines() if line.startswith("flags"))
    needs = {
        "plain": set(),
        "avx2": {"avx2", "fma"},
        "avx512": {"avx512f", "avx512dq", "avx512vl", "avx512bw"},
    }
    return [name for name, flags in needs.items() if flags <= set(line.split())]
