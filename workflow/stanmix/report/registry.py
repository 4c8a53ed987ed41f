"""The definition of a section of the report, and the source of its facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from stanmix.io import read_json
from stanmix.model import Model

Facts = Mapping[str, Any]
Level = Literal["run", "dataset", "fit"]


@dataclass(frozen=True)
class Source:
    """The files of one fit, from which sections take their facts.

    Attributes
    ----------
    results, benchmarks
        Folders of the run.
    config
        The effective configuration.
    dataset, name, components, seed
        The fit's data set, the name of its model, its K, and the seed of its chains.
    """

    results: Path
    benchmarks: Path
    config: Mapping[str, Any]
    dataset: str
    name: str
    components: int
    seed: int

    @property
    def place(self) -> str:
        """The fit's path below the folders of the run."""
        return f"{self.dataset}/{self.name}/k{self.components}"

    @property
    def folder(self) -> Path:
        """Folder of the fit's results."""
        return self.results / self.place

    @property
    def data(self) -> Path:
        """The observations."""
        return self.results / self.dataset / "data.parquet"

    @property
    def spec(self) -> Mapping[str, Any]:
        """The model's section of the configuration."""
        spec: Mapping[str, Any] = self.config["models"][self.name]
        return spec

    @cached_property
    def model(self) -> Model:
        """The model with its resolved priors."""
        return Model.from_dict(read_json(self.folder / "model.json"))

    @cached_property
    def diagnostics(self) -> dict[str, Any]:
        """The judgement on the fit."""
        facts: dict[str, Any] = read_json(self.folder / "diagnostics.json")
        return facts

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """Component, its probability and those of all components, for every observation."""
        names = [f"p_{k + 1}" for k in range(self.model.components)]
        return pd.read_parquet(
            self.folder / "assignments.parquet", columns=["component", "probability", *names]
        )


def no_facts(source: Source) -> dict[str, Any]:
    """Add nothing to the facts of a fit."""
    return {}


def always(facts: Facts) -> bool:
    """Show a section wherever its level is shown."""
    return True


@dataclass(frozen=True)
class Section:
    """A part of the report: its facts, and the template that shows them.

    Attributes
    ----------
    level
        The object that the section is about: every fit, every data set, or the run, whose sections are pages.
    name
        Its name. Its template is ``workflow/report/sections/{level}/{name}.html.j2``.
    title
        Its heading.
    order
        Sections of a level are shown in ascending order.
    facts
        Function that returns its additions to the facts of a fit in ``report.json``, which the schema of that
        file describes.
    applies
        Function that tells whether a fit, a data set or a run with given facts has the section.
    """

    level: Level
    name: str
    title: str
    order: int
    facts: Callable[[Source], dict[str, Any]] = field(default=no_facts)
    applies: Callable[[Facts], bool] = field(default=always)

    @property
    def template(self) -> str:
        """The section's template, below ``workflow/report``."""
        return f"sections/{self.level}/{self.name}.html.j2"
