import re
import subprocess

import kernel_program
import pytest

from stanmix.families import FAMILIES
from stanmix.paths import STAN
from stanmix.stan_sources import include_folders

NAMES = [
    *FAMILIES,
    "multi_normal",
    "multi_normal_diag",
    "multi_normal_structured",
    "multi_student_t",
    "product",
]
PROGRAMS = sorted(name + suffix for name in NAMES for suffix in ("", "_quantities"))
LIKELIHOODS = ("kernel", "stan")
INCLUDE = re.compile(r"^( *)#include (\S+)$")


def with_includes(name, likelihood):
    """Lines of a Stan file with every include in its place, indented as it is."""
    path = next(folder / name for folder in include_folders(likelihood) if (folder / name).is_file())
    for line in path.read_text("utf-8").splitlines():
        if included := INCLUDE.match(line):
            yield from (f"{included[1]}{inner}" for inner in with_includes(included[2], likelihood))
        else:
            yield line


def included_in(group):
    """Names of the files that a program of the kernels' tests includes."""
    lines = kernel_program.program(group).splitlines()
    return [included[2] for line in lines if (included := INCLUDE.match(line))]


def filled(lines):
    """Lines without blank ones, of which stanc keeps some and drops others."""
    return [line.rstrip() for line in lines if line.strip()]


def formatted(source, cmdstan):
    """Lines of a Stan file as stanc writes it."""
    command = [
        cmdstan / "bin" / "stanc",
        "--auto-format",
        "--allow-undefined",
        "--max-line-length=100",
        source,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_stan_code_has_the_canonical_format(program, likelihood, cmdstan, tmp_path):
    source = tmp_path / f"{program}.stan"
    source.write_text("\n".join(with_includes(source.name, likelihood)) + "\n", "utf-8")
    assert filled(formatted(source, cmdstan)) == filled(source.read_text("utf-8").splitlines())


@pytest.mark.parametrize("group", kernel_program.GROUPS)
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_functions_of_the_likelihoods_have_the_canonical_format(likelihood, group, cmdstan, tmp_path):
    source = tmp_path / "functions.stan"
    files = included_in(group)
    lines = ["functions {", *(f"  {line}" for name in files for line in with_includes(name, likelihood)), "}"]
    source.write_text("\n".join(lines) + "\n", "utf-8")
    assert filled(formatted(source, cmdstan)) == filled(lines)


def test_every_stan_file_belongs_to_a_program():
    used = set()
    pending = [(f"{program}.stan", likelihood) for program in PROGRAMS for likelihood in LIKELIHOODS]
    pending += [
        (name, likelihood)
        for g in kernel_program.GROUPS
        for name in included_in(g)
        for likelihood in LIKELIHOODS
    ]
    while pending:
        name, likelihood = pending.pop()
        used.add(name)
        path = next(folder / name for folder in include_folders(likelihood) if (folder / name).is_file())
        pending += [
            (m[2], likelihood) for line in path.read_text("utf-8").splitlines() if (m := INCLUDE.match(line))
        ]
    assert {path.name for path in STAN.rglob("*.stan")} == used


def test_every_stan_function_is_documented():
    for path in (*(STAN / "functions").glob("*.stan"), *(STAN / "kernels").glob("*.stan")):
        text = path.read_text("utf-8")
        signature = re.search(r"^(?:array\[,*\] )?\w+ \w+\((.*?)\)(?: \{|;)", text, re.MULTILINE | re.DOTALL)[
            1
        ]
        arguments = [
            part.split()[-1] for part in signature.split(",") if part.strip() and "[" not in part[-1:]
        ]
        assert text.startswith("/**"), path.name
        assert "@return" in text, path.name
        for argument in arguments:
            assert f"@param {argument} " in text, (path.name, argument)
