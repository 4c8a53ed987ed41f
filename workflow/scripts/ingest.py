"""Read a data set from a file and check that there is something to model."""

from stanmix import data
from stanmix.job import job

with job(snakemake):
    frame = data.read(snakemake.input.file, **snakemake.params.columns)
    data.check(data.of_frame(frame), snakemake.input.file)
    facts = data.describe(snakemake.wildcards.dataset, frame, snakemake.params.source)
    data.write(frame, facts, snakemake.output.data, snakemake.output.facts)
