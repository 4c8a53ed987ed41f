"""Write the reference of the command line, ``docs/reference/commands.md``, from its own help."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

MODULE = "stanmix.commandline"
HEAD = """\
<!-- Written by `make docs` from the help of the commands. -->

Where the project is installed, `stanmix` and `python -m stanmix` are the same. Everything that its
commands do can be done by Snakemake alone.
"""


def is_there() -> bool:
    """Tell whether there is a command line by typer."""
    return importlib.util.find_spec(MODULE) is not None


def render() -> str:
    """Return the page."""
    command = [sys.executable, "-m", "typer", MODULE, "utils", "docs", "--name", "stanmix"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    title, _, rest = text.partition("\n")
    # Usage lines are no commands to be typed.
    body = rest.strip().replace("```console\n$ ", "```text\n")
    return f"{title}\n\n{HEAD}\n{body}\n"
