"""Read a data set from a file and check that there is something to model."""

from stanmix.data import checking, description, reading, storage
from stanmix.run.job import job

with job(snakemake):
    frame = reading.read(snakemake.input.file, **snakemake.params.columns)
    checking.check(storage.of_frame(frame), snakemake.input.file)
    facts = description.describe(snakemake.wildcards.dataset, frame, snakemake.params.source)
    storage.write(frame, facts, snakemake.output.data, snakemake.output.facts)
