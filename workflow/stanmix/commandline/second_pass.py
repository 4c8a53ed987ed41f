"""Snakemake with the arguments of a pass in which jobs failed, without the fits that depend on these jobs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stanmix.commandline import events
from stanmix.io import read_json
from stanmix.run import failures, internals


def changes(folder: Path, targets: Sequence[str], config: Sequence[str]) -> dict[str, Any]:
    """Return the options that differ from the first pass, by their names in Snakemake.

    Parameters
    ----------
    folder
        The working directory of the run.
    targets, config
        Targets and configuration options of the first pass.
    """
    lost = read_json(folder / failures.FILE)
    return {
        "targets": failures.kept(targets, lost),
        "config": [*config, f"{failures.KEY}={failures.FILE}"],
        "keep_going": True,
        "force": False,  # forced reruns are not repeated
        "forceall": False,
        "forcerun": set(),
    }


def main(words: list[str]) -> None:
    """Run Snakemake, and end this process: with 0 if there is a report."""
    sys.argv[0] = "snakemake"
    told = list(words)
    if failures.DESCRIPTOR in os.environ:
        events.end_with_command()
        told += events.registered()
    whole = internals.run_changed(
        told, lambda args: changes(Path(args.directory or "."), args.targets or [], args.config or [])
    )
    sys.exit(0 if failures.finish() or whole else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
