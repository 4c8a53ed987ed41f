"""`stanmix program`: the complete Stan program of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stanmix.commandline.options import ConfigFile, Directory
from stanmix.commandline.projects import read_config
from stanmix.errors import ConfigError

if TYPE_CHECKING:
    from stanmix.config import Config


def program(
    model: Annotated[str, typer.Argument(help="Name of a model in the configuration.", metavar="MODEL")],
    directory: Directory = Path(),
    config: ConfigFile = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="Data set, where the model has other programs for other ones.", metavar="NAME"),
    ] = None,
    quantities: Annotated[
        bool, typer.Option("--quantities", help="The program of the generated quantities.")
    ] = False,
    kernel: Annotated[
        bool,
        typer.Option("--kernel", help="Declare what the C++ kernels define, as likelihood: kernel does."),
    ] = False,
) -> None:
    """Print the complete Stan program of a model, to read it or to take it elsewhere.

    Its data are in stan.json of every fit. It needs no other file, unless it declares kernels.
    """
    from stanmix.stan.sources import complete

    name = _program(read_config(directory, config), model, dataset)
    print(complete(f"{name}_quantities" if quantities else name, "kernel" if kernel else "stan"), end="")


def _program(config: Config, model: str, dataset: str | None) -> str:
    """Return the name of a model's program, for a data set where it has several."""
    used = {fit.dataset: config.program(model, fit.dataset) for fit in config.fits() if fit.model == model}
    if not used:
        names = sorted({fit.model for fit in config.fits()})
        raise ConfigError(f"No analysis has a model {model}. Name one of these: {', '.join(names)}.")
    if dataset is not None and dataset not in used:
        raise ConfigError(
            f"No analysis fits {model} to a data set {dataset}. Name one of these: {', '.join(used)}."
        )
    if dataset is None and len(set(used.values())) > 1:
        raise ConfigError(
            f"The model {model} has several programs. Add --dataset with one of these: {', '.join(used)}."
        )
    return used[dataset or next(iter(used))]
