"""Check that the models asked for can be fitted to a data set."""

from stanmix import data
from stanmix.io import write_json
from stanmix.job import job

with job(snakemake):
    demands = snakemake.params.demands
    data.check(data.observations(snakemake.input.data), snakemake.wildcards.dataset, demands)
    write_json(snakemake.output.checked, demands)
