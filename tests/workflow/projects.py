"""A small project, and ways to run it and to ask what would run again."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from helpers import DATA, ROOT
from stanmix.stan import chains

CONFIG = """
title: Two groups and some lakes
datasets:
  toy:
    simulate: {family: normal, n: 60, theta: [0.4, 0.6], parameters: {mu: [0, 6], sigma: 1}}
  lakes: {file: acidity.csv, response: y}
models:
  shared:
    family: normal
    components: 2
    parameters: {sigma: {shared: true}}
  free:
    family: normal
    components: 2
    parameters: {mu: {prior: {dist: normal, mu: 4, sigma: 5}}}
analyses:
  - {dataset: toy, models: [shared, free]}
  - {dataset: lakes, models: [free]}
sampling: {chains: 2, warmup: 200, draws: 200, seed: 1}
escalate: {max_rounds: 0}
quantities: {draws: 100}
report: {ppc_draws: 10}
"""


@dataclass(frozen=True)
class Plan:
    """What Snakemake would run: how many jobs of each rule, and the jobs' messages."""

    rules: Counter[str]
    messages: frozenset[str]


@dataclass(frozen=True)
class Project:
    """A folder with a config.yaml, and the copy of the workflow that runs it."""

    folder: Path
    workflow: Path
    output: str = ""

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def draws(self) -> dict[str, dict[str, list[float]]]:
        """The draws of every chain that is there, by its file below the results."""
        files = sorted(self.results.glob("*/*/k*/chains/chain_*.parquet"))
        return {file.relative_to(self.results).as_posix(): chains.read(file).to_pydict() for file in files}

    def command(self, *arguments: str) -> list[str]:
        snakefile = str(self.workflow / "Snakefile")
        place = ["--snakefile", snakefile, "--directory", str(self.folder)]
        return [sys.executable, "-m", "snakemake", *place, *arguments]

    def snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake in the folder; both outputs are in stdout."""
        return subprocess.run(
            self.command(*arguments),
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def dry_run(self, *arguments: str) -> Plan:
        """Ask what would run now."""
        # The plain logger is for machines; the profile's is for people.
        result = self.snakemake("--dry-run", "--workflow-profile", "none", *arguments)
        assert result.returncode == 0, result.stdout
        if "Nothing to be done" in result.stdout:
            return Plan(Counter(), frozenset())
        table = result.stdout.rsplit("Job stats:", 1)[1].split("total", 1)[0]
        rules = Counter({name: int(n) for name, n in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)})
        return Plan(rules, frozenset(re.findall(r"^Job \d+: (.+)$", result.stdout, re.MULTILINE)))

    @contextmanager
    def changed(self, file: Path, old: str, new: str) -> Iterator[None]:
        """Replace a part of a file for a while."""
        before = file.read_text("utf-8")
        assert before.count(old) == 1, f"{old} is {before.count(old)} times in {file}"
        file.write_text(before.replace(old, new), "utf-8")
        try:
            yield
        finally:
            file.write_text(before, "utf-8")

    @contextmanager
    def configured(self, **sections: object) -> Iterator[None]:
        """Change top-level sections of config.yaml for a while; mappings are merged one level deep."""
        with self.configured_in("config.yaml", **sections):
            yield

    @contextmanager
    def configured_in(self, name: str, **sections: object) -> Iterator[None]:
        """Change another configuration so."""
        file = self.folder / name
        before = file.read_text("utf-8")
        config = yaml.safe_load(before)
        for name, value in sections.items():
            merged = {**config.get(name, {}), **value} if isinstance(value, dict) else value
            config[name] = merged
        file.write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")
        try:
            yield
        finally:
            file.write_text(before, "utf-8")


def copy_workflow(target: Path) -> Path:
    """Copy what runs the workflow, so that a test may edit it."""
    for name in ("workflow", "stan", "profiles"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "environment.yml"):
        shutil.copy2(ROOT / name, target)
    return target


def new_project(folder: Path, workflow: Path, config: str = CONFIG) -> Project:
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(config, "utf-8")
    shutil.copy2(DATA / "acidity.csv", folder)
    return Project(folder, workflow)
