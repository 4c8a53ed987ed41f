"""`stanmix init`: a configuration for a table of data."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stanmix.commandline.projects import CONFIG
from stanmix.errors import DataError, StanmixError

if TYPE_CHECKING:
    from stanmix.commandline.columns import Column
    from stanmix.commandline.suggestion import Suggestion
    from stanmix.data.tables import Form, Remedies
    from stanmix.priors import Prior

MOST_PRIORS = 4
"""Default priors that are written into the configuration, as comments."""


def init(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Table of data with a header: .csv, .tsv, .parquet or .xlsx.",
            show_default=False,
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Configuration to write.")] = Path(CONFIG),
    response: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="Column to model; repeat the option for columns to model together."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing configuration.")] = False,
) -> None:
    """Look at a table of data, and write a commented configuration for it."""
    if output.exists() and not force:
        raise StanmixError(f"{output} is there already. Add --force to replace it, or --output other.yaml")

    from rich.console import Console

    from stanmix.commandline.tables import say, show
    from stanmix.data.tables import look, read_all

    remedies = _remedies()
    form = look(file)
    found, priors = _look(read_all(file, remedies, form), file, response or [], remedies, form)
    text = write(found, priors, file, output, form)
    _verify(text)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, "utf-8")
    console = Console()
    show(
        console,
        f"Columns of {file}",
        ("column", "what", "use"),
        ((column.name, column.words, _use(column, found)) for column in found.columns),
    )
    say(console, *_reasons(found))
    place = "" if output.parent == Path() else f" --directory {output.parent}"
    place += "" if output.name == CONFIG else f" --config {output}"
    say(console, f"Wrote {output}. Read it, correct it, and then: stanmix check{place}, stanmix run{place}")


def _remedies() -> Remedies:
    from stanmix.data.tables import Remedies

    return Remedies(
        file="Correct the path.",
        column="Correct --response.",
        rows="at least two rows",
        trials="Correct those rows.",
        form="Write: {form}",
    )


def _look(
    table: Any, file: Path, response: Sequence[str], remedies: Remedies, form: Form
) -> tuple[Suggestion, dict[str, Prior]]:
    """Suggest what to model, with the default priors, after checking that these data can be modelled."""
    from stanmix import model
    from stanmix.commandline.columns import columns_of
    from stanmix.commandline.suggestion import suggest
    from stanmix.data import checking, reading, storage
    from stanmix.families import family_of

    if table.empty:
        raise DataError(f"{file} has a header but no rows. Give a file with {remedies.rows}.")
    columns = columns_of(table)
    if response:
        _refuse(columns, file, response, remedies, form)
    found = suggest(columns, response)
    if found is None:
        reasons = "; ".join(f"{column.name} {column.why_not}" for column in columns[:10])
        raise DataError(f"{file} has no column that can be modelled: {reasons}. Add a column of numbers.")
    frame = reading.read(file, **found.read, **form.keys, remedies=remedies)
    y = storage.of_frame(frame)
    for name, spec in found.models.items():
        demands = [{"model": name, "components": K, "spec": spec} for K in spec["components"]]
        checking.check(y, str(file), demands)
    spec = next(iter(found.models.values()))
    weight = frame[storage.WEIGHT].to_numpy() if storage.WEIGHT in frame else None
    scale = family_of(spec, storage.columns(y)).scale(y, weight)
    plans = model.resolve(spec, spec["components"][-1], scale).parameters
    return found, {name: plan.priors[0] for name, plan in plans.items()}


def _refuse(
    columns: Sequence[Column], file: Path, response: Sequence[str], remedies: Remedies, form: Form
) -> None:
    """Say why the named columns cannot be modelled, by themselves or together."""
    from stanmix.commandline.columns import listed_names
    from stanmix.data import checking, reading, storage

    named = [column for column in columns if column.name in response]
    several = len(response) > 1
    categories = listed_names(column for column in named if several and column.kind == "categories")
    missing = "marginalise" if several else None
    frame = reading.read(
        file,
        list(response),
        categorical=categories,
        missing=missing,
        separator=form.separator,
        decimal=form.decimal,
        remedies=remedies,
    )
    checking.check(storage.of_frame(frame), str(file))
    for column in named:
        if not column.kind or (column.why_not and not several):
            raise DataError(f"{file}, column {column.name} {column.why_not}. Name another one.")


def _use(column: Column, found: Suggestion) -> str:
    if column.name in found.response:
        return "response"
    for key in found.keys:
        if column.name == key.value:
            return key.name
    if column.why_not:
        return f"no: it {column.why_not}" + ("; perhaps labels" if column.may_be_labels else "")
    return "not chosen: its name is that of an identifier" if column.names_rows else "could be a response"


def _reasons(found: Suggestion) -> list[str]:
    from stanmix.commandline.suggestion import STRUCTURES

    lines = [
        f"Response: {', '.join(found.response)}, because {found.why_response}.",
        f"Family: {found.family}, because {found.why_family}.",
    ]
    lines += [f"{key.name.capitalize()}: {_shown(key.value)}, {key.why}." for key in found.keys]
    for own in found.structures:
        numbers = ", ".join(map(str, own.components))
        lines.append(
            f"Structure {own.name}: {STRUCTURES[own.name]}. Components: {numbers}, {own.why_components}."
        )
    if found.left_out:
        left_out = ", ".join(name for name in STRUCTURES if name not in found.models)
        lines.append(f"Left out: {left_out}, since {found.left_out}.")
    if not found.structures:
        lines.append(f"Components: {', '.join(map(str, found.components))}, {found.why_components}.")
    return lines


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _name(stem: str) -> str:
    """Make a name for the configuration from a file's name."""
    from stanmix.config.examples import unrepeated
    from stanmix.config.rules import PROGRAMS
    from stanmix.config.violations import MOST_NAMED

    name = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in stem)
    name = unrepeated(name[:MOST_NAMED])
    return f"{name}_data" if name == PROGRAMS else name


def write(found: Suggestion, priors: Mapping[str, Prior], file: Path, output: Path, form: Form) -> str:
    """Write the configuration.

    Parameters
    ----------
    found
        What to model, and how.
    priors
        The default prior of each parameter of the first model.
    file
        The table.
    output
        Where the configuration will be; paths in it are relative to its folder.
    form
        How the table is written.
    """
    from stanmix.config.schema import written

    place = Path(os.path.relpath(file.resolve(), output.parent.resolve())).as_posix()
    dataset = written(_name(file.stem))
    response = list(found.response) if len(found.response) > 1 else found.response[0]
    columns = [f"    # {_one_line(column.name)}: {column.words}" for column in found.columns]
    lines = [
        f"# Written by `stanmix init` after a look at {_one_line(file.name)}: read and correct it.",
        "# Check it by `stanmix check`, and run it by `stanmix run`. Results appear in the folder results.",
        f"title: {written(f'Mixtures in {file.stem}')}",
        "",
        "datasets:",
        f"  {dataset}:",
        f"    file: {written(place)} # from the folder of this file",
        *(f"    {key}: {json.dumps(value)} # as the table is written" for key, value in form.keys.items()),
        *columns,
        f"    response: {written(response)} # because {_one_line(found.why_response)}",
    ]
    lines += [f"    {key.name}: {written(key.value)} # {_one_line(key.why)}" for key in found.keys]
    lines += [f"    # {key.name}: {written(key.value)} # {_one_line(key.why)}" for key in found.possible]
    lines += ["", *_models(found, priors), ""]
    names = f"models: {written(list(found.models))}"
    fits = sum(len(model["components"]) for model in found.models.values())
    several = f", {fits} fits; to leave a model out, remove its name here" if len(found.models) > 1 else ""
    lines += [
        f"analyses: # what runs{several}",
        f"  - {{dataset: {dataset}, {names}}} # predict: new.csv for rows to classify",
        "",
        *_defaults(),
    ]
    return "\n".join([*lines, ""])


def _models(found: Suggestion, priors: Mapping[str, Prior]) -> list[str]:
    """Write the models: one, or one for each structure of covariances."""
    from stanmix.commandline.suggestion import STRUCTURES
    from stanmix.config.schema import written

    first, *others = found.models
    lines = ["models:", *(f"  # {line}" for line in _about_structures(found))]
    whys = {own.name: own.why_components for own in found.structures}
    for name, model in found.models.items():
        why = f" # because {_one_line(found.why_family)}" if name == first else ""
        lines += [f"  {name}:", f"    family: {model['family']}{why}"]
        if found.families:
            lines.append(f"    families: {written(model['families'])} # one for each column of the response")
        if found.product and name == first:
            alone = ", as the only model, without structure" if found.structures else ""
            product = _one_line(found.product)
            lines.append(f"    # or{alone}, if all of these columns tell groups apart: {product}")
        if found.instead:
            lines.append(f"    # other families to try, as models of their own: {', '.join(found.instead)}")
        if found.structures:
            lines.append(f"    structure: {name} # {STRUCTURES[name]}")
        why = whys.get(name, found.why_components)
        lines.append(f"    components: {written(model['components'])} # one fit for each; {why}")
        if name == first:
            where = "change them, in each model" if others else "change them"
            lines += [
                "    # Default priors are scaled to the data (`stanmix check` shows all). For your own,",
                f"    # remove the leading # and {where}:",
                *_priors(priors),
            ]
    return lines


def _about_structures(found: Suggestion) -> list[str]:
    """Say why these structures of covariances were chosen, and how to get others."""
    from stanmix.commandline.suggestion import STRUCTURES

    if not found.structures:
        return []
    lines = [
        "Structures of covariances have mclust's names. mclust fits 14 of them with 1 to 9 components each,",
        "and takes the best BIC. Here every fit is a posterior, so that of the usual three those that the",
        f"rows bear are compared, by elpd: {', '.join(found.models)}.",
    ]
    if found.left_out:
        left_out = ", ".join(name for name in STRUCTURES if name not in found.models)
        lines.append(f"Left out: {left_out}, since {found.left_out}.")
    return [
        *lines,
        "For another one copy a model, give it another name and that structure, and add the name under",
        f"analyses: {', '.join(_other_structures(found))}.",
    ]


def _one_line(text: str) -> str:
    """Write an arbitrary text so that it fits into a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _other_structures(found: Suggestion) -> list[str]:
    """Return the structures that are possible for this number of columns, without the suggested ones."""
    from stanmix.bounds import MOST_CORRELATED
    from stanmix.config.schema import config_schema
    from stanmix.families.multivariate import FACTORS, most_factors
    from stanmix.families.multivariate.normal import UNCORRELATED

    D = len(found.response)
    names = config_schema()["$defs"]["structure"]["enum"] if D <= MOST_CORRELATED else UNCORRELATED
    impossible = [FACTORS] if most_factors(D) < 1 else []
    return [name for name in names if name not in (*found.models, *impossible)]


def _priors(priors: Mapping[str, Prior]) -> list[str]:
    """Write the first of the default priors as comments."""
    from stanmix.config.schema import written

    first = dict(list(priors.items())[:MOST_PRIORS])
    lines = ["    # parameters:"]
    for name, prior in first.items():
        arguments = {argument: float(f"{value:.3g}") for argument, value in prior.args.items()}
        lines.append(f"    #   {name}: {{prior: {written({'dist': prior.dist, **arguments})}}}")
    return lines


def _defaults() -> list[str]:
    """Write the settings of sampling that users change most, as comments with their defaults."""
    from stanmix.config.schema import config_schema, written

    known = config_schema()["$defs"]["sampling"]["properties"]
    settings = {key: known[key]["default"] for key in ("chains", "warmup", "draws", "seed", "adapt_delta")}
    return [
        "# Left out, these are:",
        f"# sampling: {written(settings)}",
        "# escalate: {max_rounds: 0} # to report only, instead of sampling on where a verdict is not good",
    ]


def _verify(text: str) -> None:
    """Read the configuration as the workflow will."""
    from stanmix.config import load
    from stanmix.config.reading import read_text

    load(read_text(text, "The configuration"))
