"""The Stan code that all families have from the same templates.

A family of single numbers says what is its own: its parameters by its class; in ``stan/families/{name}`` the
kernel's component, and where Stan has no distribution of its name ``density.stan`` and ``draw.stan``, which
define ``{name}_lpdf`` (of counts ``{name}_lpmf``) and ``{name}_rng`` as Stan would. A program of rows says in
``stan/families/{name}/rows.stan.j2`` which functions, data and values it has.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from stanmix.families import FAMILIES
from stanmix.families.base import Family
from stanmix.paths import STAN

if TYPE_CHECKING:
    import jinja2

TEMPLATES = STAN / "templates"
TEMPLATE_OF = {
    "": "elementwise",
    "_quantities": "elementwise_quantities",
    "_log_components": "log_components",
    "_mixture_lpdf": "mixture",
    "_mixture_lpmf": "mixture",
}
"""Template of each file that a family has, by what stands behind the family's name in the file's."""
OF_ROWS = {"": "rows", "_quantities": "rows_quantities"}
"""The same of programs of rows, whose likelihoods are files of their own."""
ROWS = "rows.stan.j2"
"""What is a program of rows' own, in its folder."""
EXTENDS = re.compile(r'^\{% extends "(.+)" %\}', re.MULTILINE)
WIDTH = 100
"""Columns of a program: a line is shorter."""
CALL = re.compile(r"^( *(?:.*= |\w+ ))(\w+)\((.*)\)( \{|;)$")
"""A line with a call whose value something gets, or that defines or declares a function."""
LONG_NAME = 34
"""From so many letters on, a function's name leaves no room for arguments beside it."""


def template_of(name: str) -> Path | None:
    """Return the template of a Stan file of a family; None for other files.

    Parameters
    ----------
    name
        Name of the file, such as ``gamma_quantities.stan``.
    """
    if found := _owner(name):
        return TEMPLATES / f"{TEMPLATE_OF[found[1]]}.stan.j2"
    found = _owner_of_rows(name)
    return TEMPLATES / f"{OF_ROWS[found[1]]}.stan.j2" if found else None


def files_of(name: str) -> list[Path]:
    """Return the files that a Stan file of a family is rendered from: its template first."""
    template = template_of(name)
    assert template is not None
    found = _owner_of_rows(name)
    own = [] if found is None else [STAN / "families" / found[0] / ROWS]
    for path in own:  # what it extends follows
        own += [STAN / other for other in EXTENDS.findall(path.read_text("utf-8"))]
    return [template, *own]


def render(name: str, likelihood: str) -> str:
    """Return the text of a Stan file of a family, with its includes as they are.

    Parameters
    ----------
    name
        Name of the file, of which :func:`template_of` knows the template.
    likelihood
        ``kernel`` for declarations of the C++ kernels, ``stan`` for the definitions in Stan.
    """
    template = template_of(name)
    assert template is not None
    if of_rows := _owner_of_rows(name):
        program, suffix = of_rows
        own = _environment().get_template(f"families/{program}/{ROWS}")
        return own.render(program=program, base=f"templates/{template.name}", samples=not suffix)
    found = _owner(name)
    assert found is not None
    family, names = FAMILIES[found[0]], [p.name for p in FAMILIES[found[0]].parameters]
    kind = kind_of(family)
    return (
        _environment()
        .get_template(f"templates/{template.name}")
        .render(
            family=family.name,
            kind=kind,
            lpdf="lpdf" if kind == "real" else "lpmf",
            kernel=likelihood == "kernel",
            parameters=family.parameters,
            own=[path.stem for path in (STAN / "families" / family.name).glob("*.stan")],
            values=", ".join(names),
            values_of_k=", ".join(f"{name}[k]" for name in names),
            vectors=", ".join(f"vector {name}" for name in names),
            all_trials="trials, " if kind == "trials" else "",
            own_trials="trials[n], " if kind == "trials" else "",
        )
    )


def kernel_of(name: str) -> Path | None:
    """Return the header of the kernel that a Stan file of a family declares; None for other files."""
    found = _owner(name)
    return STAN / "families" / found[0] / "kernel.hpp" if found and "_mixture_" in found[1] else None


def kind_of(family: Family) -> str:
    """Return the kind of a family's observations: ``real``, ``count``, or ``trials`` beside successes."""
    return "trials" if family.support.has_trials else "count" if family.support.whole else "real"


def broken(line: str) -> str:
    """Break a line that is too long where Stan's formatter does: between the arguments of a function.

    That holds of functions whose names have 18 letters or more, as those of likelihoods have.
    """
    parts = CALL.match(line)
    if len(line) < WIDTH or parts is None:
        return line
    before, function, arguments, end = parts.groups()
    head, given = f"{before}{function}(", arguments.split(", ")
    place = len(before) + 2 if before.endswith("= ") else len(head)
    if not before.endswith("= ") and len(function) >= LONG_NAME:
        place = len(before) + 2
        listed = ",\n".join(" " * place + own for own in given)
        return "\n".join([head, listed, " " * (place - 2) + f"){end}"])
    lines = [head + given[0]]
    for own in given[1:]:
        if len(lines[-1]) + len(", ,") + len(own) > WIDTH - 1:
            lines.append(" " * place + own)
            lines[-2] += ","
        else:
            lines[-1] += f", {own}"
    return "\n".join(lines) + f"){end}"


def _owner(name: str) -> tuple[str, str] | None:
    """Return the family of a Stan file and what stands behind its name there; None for other files."""
    stem = name.removesuffix(".stan")
    found = ((stem.removesuffix(suffix), suffix) for suffix in TEMPLATE_OF if stem.endswith(suffix))
    return next((own for own in found if own[0] in FAMILIES), None)


def _owner_of_rows(name: str) -> tuple[str, str] | None:
    """Return the program of rows of a Stan file and what stands behind its name there; None for others."""
    stem = name.removesuffix(".stan")
    found = ((stem.removesuffix(suffix), suffix) for suffix in reversed(OF_ROWS) if stem.endswith(suffix))
    return next((own for own in found if (STAN / "families" / own[0] / ROWS).is_file()), None)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(STAN),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
