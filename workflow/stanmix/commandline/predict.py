"""`stanmix predict`: new data by a fit, without Snakemake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stanmix.errors import StanmixError

# Heavy modules are imported after the arguments were checked, so that --help answers at once.
if TYPE_CHECKING:
    from stanmix.families import Family
    from stanmix.model import Model
    from stanmix.results.assignments import Columns
    from stanmix.results.new_data import Places

CONFIG = "config.effective.yaml"
WRITTEN = (".csv", ".parquet")
UNLIKE = 0.99
"""Rows with a higher outlier score are counted."""


def predict(
    fit: Annotated[
        Path,
        typer.Argument(
            metavar="FIT_FOLDER", help="Folder of a fit: results/{dataset}/{model}/k{K}.", show_default=False
        ),
    ],
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="New data: .csv, .tsv, .parquet or .xlsx.", show_default=False),
    ],
    output: Annotated[
        Path | None,
        typer.Option(help="File to write, .csv or .parquet (default: {FILE}_predictions.csv here)."),
    ] = None,
    response: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Column to predict (default: that of the fit's data); repeat it for a multivariate fit.",
        ),
    ] = None,
    trials: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN|N",
            help="Column of the numbers of trials, or one number for all rows (default: as in the fit's "
            "data).",
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Posterior draws to use (default: quantities.draws of the configuration).",
        ),
    ] = None,
) -> None:
    """Predict components, densities and outliers of new data by a fit.

    The numbers are the same as those of `predict` in the configuration.
    """
    folder = fit.resolve()
    output = output or Path(f"{file.stem}_predictions.csv")
    if output.suffix not in WRITTEN:
        raise StanmixError(
            f"--output is {output}, but predictions are written as .csv or .parquet. Rename it."
        )
    if output.resolve() == file.resolve():
        raise StanmixError(f"--output is {output}, the file of the new data. Give it another name.")
    for name in ("model.json", "posterior.nc"):
        if not (folder / name).is_file():
            raise StanmixError(
                f"There is no file {fit / name}. Give the folder of a fit that has been run, such as "
                "results/galaxies/sweep/k3."
            )

    from stanmix.results.assignments import write_rows
    from stanmix.results.new_data import predict, read
    from stanmix.seeds import derive

    model, tree, config = _fit(fit, folder)
    dataset, name = folder.parent.parent.name, folder.parent.name
    named = {"response": response or None, "trials": _column_or_number(trials)}
    columns = _columns(named, config, dataset, model.family)
    y = read(file, model, name, **columns)
    predictions, position = predict(
        model,
        tree,
        y,
        draws or config["quantities"]["draws"],
        config["diagnostics"]["interval"],
        derive(config["sampling"]["seed"], dataset, name, model.components, "predictions"),
    )
    write_rows(predictions, position, output)
    for line in [f"Wrote {output}.", *_summary(predictions, position, model.components)]:
        print(line)


def _column_or_number(text: str | None) -> str | int | None:
    return int(text) if text is not None and text.isdecimal() else text


def _fit(shown: Path, folder: Path) -> tuple[Model, Any, Mapping[str, Any]]:
    """Read a fit, and the configuration of its run; the defaults if the run wrote none."""
    import yaml

    from stanmix.config.schema import with_defaults
    from stanmix.io import read_json
    from stanmix.model import Model
    from stanmix.posterior.datatree import read_tree

    config = folder.parent.parent.parent / CONFIG
    try:
        raw = yaml.safe_load(config.read_text("utf-8")) if config.is_file() else {}
        model = Model.from_dict(read_json(folder / "model.json"))
        return model, read_tree(folder / "posterior.nc"), with_defaults(raw)
    except (OSError, ValueError, KeyError, yaml.YAMLError) as error:
        raise StanmixError(
            f"{shown} cannot be read as a fit ({str(error).splitlines()[0]}). Remove its files and run "
            "Snakemake again."
        ) from error


def _columns(
    named: Mapping[str, Any], config: Mapping[str, Any], dataset: str, family: Family
) -> dict[str, Any]:
    """Return which columns of the new data to read: the named ones, or by default those of the fit's data."""
    from stanmix.config import new_columns

    fitted = config.get("datasets", {}).get(dataset)
    columns = {"response": None, "trials": None} if fitted is None else new_columns(fitted)
    columns |= {name: value for name, value in named.items() if value is not None}
    if not family.support.has_trials and named["trials"] is not None:
        raise StanmixError(f"The {family.name} family of this fit has no numbers of trials. Remove --trials.")
    for name in ("response", "trials") if family.support.has_trials else ("response",):
        if columns[name] is None:
            raise StanmixError(
                f"The results have no {CONFIG} that describes the data set '{dataset}', so the column is not "
                f"known. Add: --{name} COLUMN"
            )
    fitted, given = family.identity().get("columns", 1), named["response"]
    if given is not None and len(given) != fitted:
        raise StanmixError(f"--response names {len(given)} columns, but the fit has {fitted}. Name as many.")
    return columns


def _summary(columns: Columns, position: Places, components: int) -> list[str]:
    """Return two lines about predictions: rows and classes, and outliers."""
    import numpy as np

    counts = np.bincount(columns["component"][position] - 1, minlength=components)
    classes = ", ".join(f"{count:,} in component {k}" for k, count in enumerate(counts, start=1))
    unlike = int((columns["outlier"][position] > UNLIKE).sum())
    rows = f"{len(position):,} row{'s' * (len(position) != 1)}"
    return [f"{rows}: {classes}.", f"Rows with an outlier score above {UNLIKE}: {unlike:,}."]
