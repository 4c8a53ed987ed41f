"""`stanmix plan`: what every fit will take."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from stanmix.commandline.options import ConfigFile, Cores, Directory
from stanmix.commandline.projects import RESULTS, read_config


def plan(
    directory: Directory = Path(),
    config: ConfigFile = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="First compile the programs and time a gradient of every fit, which takes a minute or more.",
        ),
    ] = False,
    cores: Cores = None,
) -> None:
    """Show what every fit would take: memory, disk and time.

    Times are assumed from the size of the data where no gradient has been timed.
    """
    from rich.console import Console

    from stanmix.commandline.tables import say, show
    from stanmix.run.planning import HEAD, Planner, cells, sums

    found = read_config(directory, config)
    if measure:
        from stanmix.commandline.run import start

        timings = [f"{RESULTS}/{fit.folder}/gradient.json" for fit in found.fits()]
        if code := start(timings, directory, config, cores):
            raise typer.Exit(code)
    with contextlib.chdir(directory):
        planner = Planner(found, RESULTS)
        estimates = list(planner.estimates())
        console = Console()
        first, *others = HEAD
        show(console, "Plan", (first, *(f">{name}" for name in others)), map(cells, estimates))
        say(console, sums(estimates), *planner.problems)
        missing = {fit.dataset for fit in found.fits()} - {e.fit.dataset for e in estimates}
        if missing:
            say(console, f"Not counted, since their files are not here: {', '.join(sorted(missing))}.")
