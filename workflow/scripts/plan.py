"""Estimate what every fit will take, and show it where Snakemake runs."""

from stanmix.config import load
from stanmix.job import job
from stanmix.planning import Planner, table

with job(snakemake) as tell:
    planner = Planner(load(snakemake.params.config), snakemake.params.results)
    estimates = list(planner.estimates())
    tell(table(estimates, planner.problems))
