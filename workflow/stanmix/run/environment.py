"""The environment variables that the workflow reads and sets."""

from __future__ import annotations

import os

from stanmix.paths import INSTALLED, PACKAGE


def expose_package() -> None:
    """Let the scripts of all jobs import this package where it is not installed.

    If it is installed, nothing is done: its folder also has all other packages, which must not come before
    Python's own modules.
    """
    if INSTALLED:
        return
    folder = str(PACKAGE.parent)
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != folder]
    os.environ["PYTHONPATH"] = os.pathsep.join([folder, *others])


def chosen_cmdstan() -> str:
    """Return the CmdStan that the user chose by ``$CMDSTAN``, empty without a choice."""
    return os.environ.get("CMDSTAN", "")
