"""Which files of the package a script uses, so that Snakemake reruns what a change touches.

Snakemake notices a changed script, but not a changed module that it imports.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from stanmix.paths import PACKAGE, SCRIPTS


def code_of(rule: str) -> list[str]:
    """List the package's files that a rule's script imports, directly or through others.

    Parameters
    ----------
    rule
        Name of the rule, which is that of its script.

    Returns
    -------
    list of str
        Absolute paths, sorted.
    """
    found: set[Path] = set()
    pending = _imported(SCRIPTS / f"{rule}.py")
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending |= _imported(path)
    return sorted(str(path) for path in found)


@cache
def _modules(source: Path) -> frozenset[str]:
    """Return the dotted names that a file imports from this package."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # An imported name is a module or something in one; names without a file drop out.
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(name for name in names if name.split(".")[0] == PACKAGE.name)


def _imported(source: Path) -> set[Path]:
    """Return the package's files that a file imports, with the packages that contain them."""
    files: set[Path] = set()
    for name in _modules(source):
        parts = name.split(".")[1:]
        for depth in range(1, len(parts) + 1):
            module = PACKAGE.joinpath(*parts[:depth])
            files |= {path for path in (module.with_suffix(".py"), module / "__init__.py") if path.is_file()}
    return files
