"""Read a data set from a file and check that the models asked for can be fitted to it."""

from stanmix import data
from stanmix.job import job

with job(snakemake):
    frame = data.read(snakemake.input.file, snakemake.params.response)
    data.check(frame[data.RESPONSE].to_numpy(), snakemake.input.file, snakemake.params.demands)
    facts = data.describe(snakemake.wildcards.dataset, frame, snakemake.input.file)
    data.write(frame, facts, snakemake.output.data, snakemake.output.facts)
