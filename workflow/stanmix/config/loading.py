"""Read a configuration into typed objects, or report all of its errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stanmix.config.reading import check_size
from stanmix.config.rules import component_numbers, rule_problems
from stanmix.config.schema import with_defaults
from stanmix.config.violations import schema_problems, text_problems
from stanmix.errors import ConfigError
from stanmix.families import family_of, simulated_columns

MARGINALISE = "marginalise"
"""Value of ``missing`` of a data set with which rows count by their observed cells."""


@dataclass(frozen=True)
class Fit:
    """One model with one number of components, fitted to one data set."""

    dataset: str
    model: str
    components: int

    @property
    def folder(self) -> str:
        """Folder of the fit below the results folder."""
        return f"{self.dataset}/{self.model}/k{self.components}"


@dataclass(frozen=True)
class Analysis:
    """A data set with the models to fit to it, and the file of new data that these predict, if any."""

    dataset: str
    models: tuple[str, ...]
    predict: str | None = None


@dataclass(frozen=True)
class Config:
    """A valid configuration with every default filled in.

    Attributes
    ----------
    effective
        The configuration as a mapping, defaults included; entries of ``datasets`` and ``models``
        that no analysis uses are left out.
    analyses
        The analyses that run.
    lost, unread
        Fits that failed, and data sets of which every fit did; all members below leave them out.
    """

    effective: Mapping[str, Any]
    analyses: tuple[Analysis, ...]
    lost: frozenset[Fit] = frozenset()
    unread: frozenset[str] = frozenset()

    def without(self, failures: Sequence[Mapping[str, Any]]) -> Config:
        """Leave out fits that failed.

        Parameters
        ----------
        failures
            What :func:`stanmix.run.failures.lost` lists.
        """
        lost = {Fit(own["dataset"], own["model"], own["components"]) for own in failures}
        unread = {own["dataset"] for own in failures if own["scope"] == "dataset"}
        return replace(self, lost=self.lost | lost, unread=self.unread | unread)

    @property
    def datasets(self) -> Mapping[str, Any]:
        """The data sets in use, by name."""
        return {name: used for name, used in self.effective["datasets"].items() if name not in self.unread}

    @property
    def models(self) -> Mapping[str, Any]:
        """The models in use, by name."""
        used: Mapping[str, Any] = self.effective["models"]
        return used

    @property
    def simulated(self) -> list[str]:
        """Names of the data sets that are simulated."""
        return [name for name, dataset in self.datasets.items() if "simulate" in dataset]

    @property
    def ingested(self) -> list[str]:
        """Names of the data sets that are read from files."""
        return [name for name, dataset in self.datasets.items() if "file" in dataset]

    @property
    def programs(self) -> list[str]:
        """Stan programs that the models need, without their generated quantities."""
        used = {(fit.model, fit.dataset) for fit in self.fits()}
        return sorted({self.program(model, dataset) for model, dataset in used})

    def program(self, model: str, dataset: str) -> str:
        """Return the Stan program of a model for a data set."""
        return family_of(self.spec(model, dataset)).stan_program

    def spec(self, model: str, dataset: str) -> dict[str, Any]:
        """Return a model's section for a data set, with ``missing`` if cells may be missing."""
        missing = self.datasets[dataset].get("missing") == MARGINALISE
        return {**self.models[model], **({"missing": True} if missing else {})}

    def fits(self, dataset: str | None = None) -> list[Fit]:
        """List the fits, in the order of the configuration; only those of a data set if it is named."""
        return [
            Fit(analysis.dataset, model, components)
            for analysis in self.analyses
            for model in analysis.models
            for components in component_numbers(self.models[model])
            if dataset in (None, analysis.dataset)
            if Fit(analysis.dataset, model, components) not in self.lost
        ]

    @property
    def predicted(self) -> dict[Fit, str]:
        """The file of new data of each fit with predictions."""
        files = {(a.dataset, model): a.predict for a in self.analyses for model in a.models if a.predict}
        return {
            fit: files[fit.dataset, fit.model] for fit in self.fits() if (fit.dataset, fit.model) in files
        }


def load(raw: Mapping[str, Any]) -> Config:
    """Check a configuration and fill in its defaults.

    Parameters
    ----------
    raw
        The configuration as YAML gives it.

    Raises
    ------
    ConfigError
        With one sentence for each thing that is wrong.
    """
    check_size(raw)
    problems = [*schema_problems(raw), *text_problems(raw)]
    if not problems:
        problems = list(rule_problems(raw))
    if problems:
        raise ConfigError("\n".join(problems))
    filled = with_defaults(raw)
    analyses = tuple(Analysis(a["dataset"], tuple(a["models"]), a.get("predict")) for a in filled["analyses"])
    datasets = {a.dataset for a in analyses}
    models = {model for a in analyses for model in a.models}
    effective = {
        **filled,
        "datasets": {name: spec for name, spec in filled["datasets"].items() if name in datasets},
        "models": {name: spec for name, spec in filled["models"].items() if name in models},
    }
    return Config(effective, analyses)


def new_columns(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return what :func:`stanmix.data.reading.read` needs for new data: ``response``, ``trials``, the form.

    Parameters
    ----------
    dataset
        The section of the data set that was fitted. New data have its file's columns, separator and decimal
        mark. If it was simulated, new data have the columns of its table: ``y``, or ``y_1`` to ``y_D``, and
        ``trials`` for families that have them.
    """
    if "simulate" not in dataset:
        form = {key: dataset[key] for key in ("separator", "decimal") if key in dataset}
        return {"response": dataset["response"], "trials": dataset.get("trials"), **form}
    columns = simulated_columns(dataset["simulate"])
    return {
        "response": "y" if columns is None else [f"y_{d + 1}" for d in range(columns)],
        "trials": "trials" if family_of(dataset["simulate"], columns).support.has_trials else None,
    }


def is_remote(file: str) -> bool:
    """Tell whether a data file is a URL, for which Snakemake has storage plugins."""
    return "://" in file


def unreadable_files(config: Config) -> list[str]:
    """List the missing data files, a sentence each."""
    named = {f"datasets.{name}.file": spec.get("file") for name, spec in config.datasets.items()}
    named |= {f"analyses[{i}].predict": a.predict for i, a in enumerate(config.analyses, start=1)}
    return [
        f"{key}: there is no file {file} below {Path.cwd()}. Correct the path, which starts at the working "
        "directory."
        for key, file in named.items()
        if file is not None and not is_remote(file) and not Path(file).is_file()
    ]
