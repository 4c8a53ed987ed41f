"""`stanmix check`: is the configuration valid, do the data fit it, and what will run."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stanmix.commandline.options import ConfigFile, Directory
from stanmix.commandline.projects import RESULTS, check_files, read_config
from stanmix.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

    from stanmix.config import Config, Fit
    from stanmix.model import Model


def check(
    directory: Directory = Path(),
    config: ConfigFile = None,
    priors: Annotated[bool, typer.Option(help="Show the prior of every parameter.")] = True,
) -> None:
    """Check configuration and data, and show what would run."""
    from rich.console import Console

    from stanmix.commandline.tables import say, show
    from stanmix.report.words import describe
    from stanmix.run.planning import Planner

    found = read_config(directory, config)
    check_files(found, directory)
    console = Console()
    with contextlib.chdir(directory):
        # Before data are simulated that do not fit into memory.
        if problems := Planner(found, RESULTS).problems:
            raise ConfigError("\n".join(problems))
        with tempfile.TemporaryDirectory() as folder:
            files = {name: Path(folder) / f"{name}.parquet" for name in found.datasets}
            frames = {name: _data(found, name, file) for name, file in files.items()}
            models = {fit: _model(found, files[fit.dataset], fit) for fit in found.fits()}
        for fit, file in found.predicted.items():
            _check_new(found, models[fit], fit, file)

    show(
        console,
        "Data sets",
        ("name", "source", "response", ">rows", ">distinct", ">from", ">to"),
        (_described(name, found.datasets[name], frame) for name, frame in frames.items()),
    )
    show(
        console,
        "Fits",
        ("data set", "model", "family", "components", ">chains"),
        _fits(found),
    )
    if priors:
        largest = {(fit.dataset, fit.model): model for fit, model in models.items() if model is not None}
        for (dataset, name), model in largest.items():
            show(
                console,
                f"Priors of {name} on {dataset}, K = {model.components}{_of_noise(model)}",
                ("parameter", "meaning", "prior", "central interval", "from"),
                (
                    [row[key] for key in ("parameter", "meaning", "prior", "interval", "origin")]
                    for row in describe(model, found.models[name])
                ),
            )
    n, chains = len(models), len(models) * found.effective["sampling"]["chains"]
    say(console, f"Nothing is wrong. {n} fit{'s' * (n != 1)} with {chains} chains would run: stanmix run")


def _of_noise(model: Model) -> str:
    """Say which component is noise, if one is."""
    if model.noise is None:
        return ""
    ends = zip(model.noise.lower.tolist(), model.noise.upper.tolist(), strict=True)
    region = ", ".join(f"{low:.4g} to {high:.4g}" for low, high in ends)
    return f", of which {model.components} is noise, uniform from {region}"


def _data(config: Config, name: str, file: Path) -> pd.DataFrame | None:
    """Read or simulate a data set as the workflow does, and write it; None for a file that is elsewhere."""
    from stanmix.config import is_remote
    from stanmix.data import checking, reading, simulation, storage
    from stanmix.seeds import derive

    spec = config.datasets[name]
    where = spec.get("file", name)
    if is_remote(where):
        return None
    if "simulate" in spec:
        seed = derive(config.effective["sampling"]["seed"], name, "simulate")
        frame, _ = simulation.simulate(spec["simulate"], seed)
    else:
        frame = reading.read(where, **{key: value for key, value in spec.items() if key != "file"})
    checking.check(storage.of_frame(frame), where)
    storage.write(frame, {}, str(file), str(file.with_suffix(".json")))
    return frame


def _model(config: Config, file: Path, fit: Fit) -> Model | None:
    """Resolve the model of a fit, after checking that its family describes the data."""
    from stanmix import model
    from stanmix.data import checking, storage
    from stanmix.families import family_of

    if not file.is_file():
        return None
    y, told, spec = storage.responses(file), storage.told(file), config.models[fit.model]
    demand = {
        "model": fit.model,
        "components": fit.components,
        "spec": spec,
        "known": told["known"],
        "weight": storage.weights(file),
    }
    checking.check(y, fit.dataset, [demand])
    family = family_of(spec, storage.columns(y))
    low, high = family.region(y)
    region = (low.tolist(), high.tolist())
    return model.resolve(spec, fit.components, family.scale(y, storage.weights(file)), **told, region=region)


def _check_new(config: Config, model: Model | None, fit: Fit, file: str) -> None:
    """Check that a fit can predict the new data."""
    from stanmix.config import is_remote, new_columns
    from stanmix.results.new_data import read

    if model is not None and not is_remote(file):
        read(file, model, fit.model, **new_columns(config.datasets[fit.dataset]))


def _described(name: str, spec: Mapping[str, Any], frame: pd.DataFrame | None) -> list[str]:
    from stanmix.data import description

    source = spec.get("file", "simulated")
    response = spec.get("response", "y")
    response = ", ".join(response) if isinstance(response, list) else response
    if frame is None:
        return [name, source, response, "not read here", "", "", ""]
    facts = description.describe(name, frame, source)
    columns = facts["columns"] or [facts]
    low, high = (", ".join(f"{column[key]:.4g}" for column in columns) for key in ("minimum", "maximum"))
    return [name, source, response, f"{facts['n']:,}", f"{facts['distinct']:,}", low, high]


def _fits(config: Config) -> Iterator[list[str]]:
    from stanmix.config.rules import component_numbers

    for analysis in config.analyses:
        for model in analysis.models:
            numbers = component_numbers(config.models[model])
            chains = len(numbers) * config.effective["sampling"]["chains"]
            family, structure = config.models[model]["family"], config.models[model].get("structure")
            yield [
                analysis.dataset,
                model,
                f"{family} ({structure})" if structure else family,
                ", ".join(map(str, numbers)),
                str(chains),
            ]
