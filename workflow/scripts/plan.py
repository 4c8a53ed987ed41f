"""Estimate what every fit will take, and show it where Snakemake runs."""

from pathlib import Path

from stanmix.config import load
from stanmix.run.job import job
from stanmix.run.planning import Planner, table

with job(snakemake) as tell:
    results = Path(snakemake.input.facts[0]).parent.parent
    planner = Planner(load(snakemake.params.config), results)
    tell(table(list(planner.estimates()), planner.problems))
