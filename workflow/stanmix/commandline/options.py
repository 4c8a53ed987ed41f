"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Directory = Annotated[
    Path,
    typer.Option(
        "--directory",
        "-d",
        help="Folder of the analysis, with config.yaml and the results.",
        metavar="FOLDER",
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Another configuration, whose entries override those of a config.yaml in the folder.",
        metavar="FILE",
    ),
]
Cores = Annotated[
    str | None,
    typer.Option(
        "--cores",
        help="Largest number of cores, or all; all is the default if no profile is named.",
        metavar="N",
        show_default=False,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Where jobs run: a profile of the project, such as slurm, or a folder with your own profile.",
        metavar="NAME",
    ),
]
