"""What can be done with the results of a run, without Snakemake."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stanmix.errors import StanmixError

# Heavy modules are imported after the arguments are known to be good, so that --help is there at once.
if TYPE_CHECKING:
    from stanmix.families import Family
    from stanmix.model import Model
    from stanmix.prediction import Places
    from stanmix.quantities import Columns

CONFIG = "config.effective.yaml"
WRITTEN = (".csv", ".parquet")
UNLIKE = 0.99
"""Rows with a higher outlier score are counted."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        Words after the program's name; those of the process if None.

    Returns
    -------
    int
        Exit code: 0, or 1 after a sentence that says what is wrong.
    """
    options = _parser().parse_args(arguments)
    try:
        for line in _predict(options):
            print(line)
    except StanmixError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"{error.filename or 'A file'} cannot be read or written: {error.strerror or error}.",
            file=sys.stderr,
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stanmix", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    predict = commands.add_parser(
        "predict",
        help="predict new data by a fit",
        description="Predict components, densities and outliers of new data by a fit: the same numbers as "
        "from `predict` in the configuration.",
    )
    predict.add_argument(
        "fit", type=Path, metavar="FIT_FOLDER", help="folder of a fit: results/{dataset}/{model}/k{K}"
    )
    predict.add_argument("file", type=Path, metavar="FILE", help="new data: .csv, .tsv or .parquet")
    predict.add_argument(
        "--output", type=Path, help="file to write, .csv or .parquet (default: {FILE}_predictions.csv here)"
    )
    predict.add_argument(
        "--response",
        nargs="+",
        metavar="COLUMN",
        help="column to predict, or columns of a multivariate fit (default: those of the fit's data)",
    )
    predict.add_argument(
        "--trials",
        type=_column_or_number,
        metavar="COLUMN|N",
        help="column of the numbers of trials, or one number for all rows (default: as in the fit's data)",
    )
    predict.add_argument(
        "--draws",
        type=_positive,
        metavar="N",
        help="posterior draws to use (default: quantities.draws of the configuration)",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _column_or_number(text: str) -> str | int:
    return int(text) if text.isdecimal() else text


def _predict(options: argparse.Namespace) -> list[str]:
    """Predict new data, write the predictions, and return what to say about them."""
    folder, file = options.fit.resolve(), options.file
    output = options.output or Path(f"{file.stem}_predictions.csv")
    if output.suffix not in WRITTEN:
        raise StanmixError(
            f"--output is {output}, but predictions are written as .csv or .parquet. Rename it."
        )
    if output.resolve() == file.resolve():
        raise StanmixError(f"--output is {output}, the file of the new data. Give it another name.")
    for name in ("model.json", "posterior.nc"):
        if not (folder / name).is_file():
            raise StanmixError(
                f"There is no file {options.fit / name}. Give the folder of a fit that has been run, such as "
                "results/galaxies/sweep/k3."
            )

    from stanmix.prediction import predict, read
    from stanmix.quantities import write_rows
    from stanmix.seeds import derive

    model, tree, config = _fit(options.fit, folder)
    dataset, name = folder.parent.parent.name, folder.parent.name
    columns = _columns(options, config, dataset, model.family)
    y = read(file, model, name, **columns)
    predictions, position = predict(
        model,
        tree,
        y,
        options.draws or config["quantities"]["draws"],
        config["diagnostics"]["interval"],
        derive(config["sampling"]["seed"], dataset, name, model.components, "predictions"),
    )
    write_rows(predictions, position, output)
    return [f"Wrote {output}.", *_summary(predictions, position, model.components)]


def _fit(shown: Path, folder: Path) -> tuple[Model, Any, Mapping[str, Any]]:
    """Read a fit, and the configuration of its run; the defaults where that has not been written."""
    import yaml

    from stanmix.config.schema import with_defaults
    from stanmix.io import read_json
    from stanmix.model import Model
    from stanmix.posterior import read_tree

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
    options: argparse.Namespace, config: Mapping[str, Any], dataset: str, family: Family
) -> dict[str, Any]:
    """Return which columns of the new data to read: those that are named, else those of the fit's data."""
    from stanmix.config import new_columns

    fitted = config.get("datasets", {}).get(dataset)
    columns = {"response": None, "trials": None} if fitted is None else new_columns(fitted)
    columns |= {name: getattr(options, name) for name in columns if getattr(options, name) is not None}
    if not family.support.has_trials and options.trials is not None:
        raise StanmixError(f"The {family.name} family of this fit has no numbers of trials. Remove --trials.")
    for name in ("response", "trials") if family.support.has_trials else ("response",):
        if columns[name] is None:
            raise StanmixError(
                f"The results have no {CONFIG} that describes the data set '{dataset}', so the column is not "
                f"known. Add: --{name} COLUMN"
            )
    fitted, named = family.identity().get("columns", 1), options.response
    if named is not None and len(named) != fitted:
        raise StanmixError(f"--response names {len(named)} columns, but the fit has {fitted}. Name as many.")
    return columns


def _summary(columns: Columns, position: Places, components: int) -> list[str]:
    """Return two lines about predictions: rows and classes, and outliers."""
    import numpy as np

    counts = np.bincount(columns["component"][position] - 1, minlength=components)
    classes = ", ".join(f"{count:,} in component {k}" for k, count in enumerate(counts, start=1))
    unlike = int((columns["outlier"][position] > UNLIKE).sum())
    rows = f"{len(position):,} row{'s' * (len(position) != 1)}"
    return [f"{rows}: {classes}.", f"Rows with an outlier score above {UNLIKE}: {unlike:,}."]


if __name__ == "__main__":
    sys.exit(main())
