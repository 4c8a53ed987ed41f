"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Directory = Annotated[
    Path,
    typer.Option(
        "--directory",
        "-d",
        help="Folder of the analysis, in which config.yaml is and results appear.",
        metavar="FOLDER",
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Another configuration, whose entries win over those of a config.yaml in the folder.",
        metavar="FILE",
    ),
]
Cores = Annotated[
    str | None,
    typer.Option(
        "--cores",
        help="Cores to use at most: a number, or all, which is the default where no profile is named.",
        metavar="N",
        show_default=False,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Where jobs run: a profile that comes with the project, such as slurm, or a folder with one of "
        "your own.",
        metavar="NAME",
    ),
]
